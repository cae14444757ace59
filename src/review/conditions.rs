//! `where`: what a match must be besides its syntax.

use std::cell::OnceCell;

use ast_grep_core::NodeMatch;
use ast_grep_core::tree_sitter::StrDoc;
use ast_grep_language::SupportLang;

use super::node_table::{CodeNode, NodeTable};
use super::python_names::Scopes;
use crate::input::files::check::{Imports, Names};
use crate::model::check::Conditions;

/// A match in a parsed file.
pub type CodeMatch<'t> = NodeMatch<'t, StrDoc<SupportLang>>;

/// The metavariables that conditions are about.
pub fn variables(conditions: &Conditions) -> Vec<&str> {
    let imports = match &conditions.imports {
        Some(Imports::Of(variables)) => Some(variables),
        Some(Imports::Anywhere(_)) | None => None,
    };
    let names = imports.into_iter().chain(&conditions.binds).flat_map(|variables| variables.keys());
    let counts = conditions.at_least.iter().chain(&conditions.at_most).flat_map(|variables| variables.keys());
    names.chain(counts).map(String::as_str).collect()
}

/// What is asked of a file, found out when somebody first asks.
pub struct File<'t> {
    root: CodeNode<'t>,
    nodes: OnceCell<NodeTable<'t>>,
    scopes: OnceCell<Scopes>,
}

impl<'t> File<'t> {
    pub fn new(root: CodeNode<'t>) -> Self {
        Self { root, nodes: OnceCell::new(), scopes: OnceCell::new() }
    }

    pub fn nodes(&self) -> &NodeTable<'t> {
        self.nodes.get_or_init(|| NodeTable::of(&self.root))
    }

    fn scopes(&self) -> &Scopes {
        self.scopes.get_or_init(|| Scopes::of(&self.root, self.nodes()))
    }
}

/// Do all conditions hold of a match? Those on the version of Python are not about a match; see [`applies`].
pub fn hold(conditions: &Conditions, found: &CodeMatch, file: &File) -> bool {
    let imports = conditions.imports.as_ref().is_none_or(|imports| imported(imports, found, file));
    let bound = |variable: &str, types: &Names| {
        let types: Vec<&str> = types.iter().collect();
        occurrence(variable, found).is_some_and(|node| file.scopes().is_bound_to(&node, &types))
    };
    imports
        && conditions.at_least.iter().flatten().all(|(variable, least)| {
            number(variable, found).zip(least.value()).is_some_and(|(number, least)| number >= least)
        })
        && conditions.at_most.iter().flatten().all(|(variable, most)| {
            number(variable, found).zip(most.value()).is_some_and(|(number, most)| number <= most)
        })
        && conditions.binds.iter().flatten().all(|(variable, types)| bound(variable, types))
}

fn imported(imports: &Imports, found: &CodeMatch, file: &File) -> bool {
    match imports {
        Imports::Anywhere(names) => {
            let wanted: Vec<&str> = names.iter().collect();
            let is_name = |node: &CodeNode| ["identifier", "attribute"].contains(&&*node.kind());
            found.get_node().dfs().filter(is_name).any(|node| file.scopes().is_any_of(&node, &wanted))
        }
        Imports::Of(variables) => variables.iter().all(|(variable, names)| {
            let wanted: Vec<&str> = names.iter().collect();
            occurrence(variable, found).is_some_and(|node| file.scopes().is_any_of(&node, &wanted))
        }),
    }
}

/// What a metavariable stands for, where it stands in the match. The engine hands out the node that it saw last, which may
/// lie around the match (`inside`, `follows`), where the same name means something else.
fn occurrence<'t>(variable: &str, found: &CodeMatch<'t>) -> Option<CodeNode<'t>> {
    let last = found.get_env().get_match(variable)?;
    let around = found.get_node().range();
    if around.start <= last.range().start && last.range().end <= around.end {
        return Some(last.clone());
    }
    let (kind, text) = (last.kind(), last.text());
    let inside = found.get_node().dfs().find(|node| node.kind() == kind && node.text() == text);
    Some(inside.unwrap_or_else(|| last.clone()))
}

/// The number that a variable stands for: of the nodes under `$$$VAR`, of the items of a literal, or a number.
fn number(variable: &str, found: &CodeMatch) -> Option<f64> {
    let items = |nodes: &mut dyn Iterator<Item = CodeNode>| {
        nodes.filter(|node| node.is_named() && !node.kind().ends_with("comment")).count() as f64
    };
    let Some(node) = found.get_env().get_match(variable) else {
        let nodes = found.get_env().get_multiple_matches(variable);
        return (!nodes.is_empty()).then(|| items(&mut nodes.into_iter()));
    };
    match &*node.kind() {
        "list" | "set" | "tuple" | "dictionary" | "array" | "object" | "argument_list" | "arguments" | "block"
        | "array_expression" | "tuple_expression" | "array_initializer" | "literal_value" => {
            Some(items(&mut node.children()))
        }
        _ => node.text().replace('_', "").parse().ok(),
    }
}

/// Is a rule worth saying for a version of Python, such as 3.11? Where the version is not known, it is.
pub fn applies(conditions: &Conditions, python: Option<&[u32]>) -> bool {
    let (Some(range), Some(version)) = (&conditions.python, python) else { return true };
    range.split(',').map(str::trim).all(|bound| {
        let at = bound.find(|c: char| c.is_ascii_digit()).unwrap_or(bound.len());
        let (operator, wanted) = bound.split_at(at);
        let wanted = self::version(wanted);
        // `==3.11` is about every 3.11.x.
        let ordering = version.iter().take(wanted.len()).cmp(wanted.iter());
        match operator.trim() {
            ">=" => ordering.is_ge(),
            "<=" => ordering.is_le(),
            "==" => ordering.is_eq(),
            "!=" => ordering.is_ne(),
            ">" => ordering.is_gt(),
            "<" => ordering.is_lt(),
            _ => false,
        }
    })
}

/// The numbers of a version: `3.11` is 3 and 11.
pub fn version(text: &str) -> Vec<u32> {
    text.trim().split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_versions_holds_the_lowest_one() {
        let conditions = |python: &str| Conditions { python: Some(python.to_owned()), ..Conditions::default() };
        let applies = |range, text| applies(&conditions(range), Some(&version(text)));
        assert!(applies(">=3.8,<3.11", "3.8") && applies(">= 3.8, < 3.11", "3.10"));
        assert!(!applies(">=3.8,<3.11", "3.11") && !applies(">=3.8", "3.7"));
        assert!(applies("==3.11", "3.11.4") && !applies("!=3.11", "3.11.4"));
        assert!(super::applies(&conditions(">=3.8"), None), "an unknown version is no reason to be silent");
    }
}
