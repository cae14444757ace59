//! What names mean in a Python file: which import a name resolves to, and which values it is bound to.
//! One walk over the tree collects the bindings of every scope; nothing is inferred across calls.

mod binding;
mod builtins;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use ast_grep_core::Language as _;
use ast_grep_language::SupportLang;

use self::builtins::is_builtin;
use super::node_table::{CodeNode, NodeTable, Row};

/// How many names may stand for each other, one after the other.
const ALIASES_OF_ALIASES: usize = 2;
/// Bindings of a name from which on nobody follows what it stands for.
const MOST_ALIASES: usize = 4;

/// What one statement binds a name to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Binding {
    /// `import json as j`: the dotted name that it stands for.
    Import(String),
    /// A builtin type (`list`), or the dotted name of what was called to make it; where an annotation gives one, both.
    Value(Vec<String>),
    /// `dumps = json.dumps`: a dotted name, as it is meant in a scope.
    Alias(String, usize),
    Unknown,
}

impl Binding {
    fn value(name: impl Into<String>) -> Self {
        Self::Value(vec![name.into()])
    }

    /// `requests = None`, where it could not be imported.
    fn is_none(&self) -> bool {
        matches!(self, Binding::Value(names) if names.iter().all(|name| name == "None"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A module, function or lambda.
    Plain,
    Comprehension,
    /// Its names are not seen from the functions in it.
    Class,
}

#[derive(Debug)]
struct Scope {
    kind: Kind,
    parent: Option<usize>,
    range: Range<usize>,
    names: HashMap<String, Vec<Binding>>,
    /// Names that `global` or `nonlocal` hands to an outer scope.
    outer: HashSet<String>,
    /// What methods bind `self.NAME` to.
    attributes: HashMap<String, Vec<Binding>>,
}

/// The scopes of one file, each after the one that it lies in.
#[derive(Debug)]
pub struct Scopes {
    scopes: Vec<Scope>,
    /// Begin, end and index of each, in the order of the text, those around before those inside.
    places: BTreeSet<(usize, Reverse<usize>, usize)>,
}

impl Scopes {
    pub fn of(root: &CodeNode, nodes: &NodeTable) -> Self {
        let mut scopes = Scopes { scopes: Vec::new(), places: BTreeSet::new() };
        let module = scopes.open(Kind::Plain, None, root);
        let mut cursor = root.get_inner_node().walk();
        // The nodes around, with the row after each, the scope that it lies in, and the one that it opens.
        let mut around: Vec<(Row, usize, usize)> = Vec::new();
        let rows = nodes.rows();
        for row in rows.clone().filter(|row| is_binding(nodes.kind(*row))) {
            while around.last().is_some_and(|(after, ..)| *after <= row) {
                around.pop();
            }
            // A parameter's default lies in the scope around the function.
            let start = nodes.start(row);
            let (_, outer, inner) = around.last().copied().unwrap_or((rows.end, module, module));
            let scope = if start >= scopes.scopes[inner].range.start { inner } else { outer };
            cursor.goto_descendant(row as usize);
            let opened = scopes.statement(&root.root().adopt(cursor.node()), scope);
            if opened != scope {
                around.push((nodes.after(row), scope, opened));
            }
        }
        scopes
    }

    fn open(&mut self, kind: Kind, parent: Option<usize>, node: &CodeNode) -> usize {
        let (names, outer, attributes) = Default::default();
        let (range, index) = (node.range(), self.scopes.len());
        self.places.insert((range.start, Reverse(range.end), index));
        self.scopes.push(Scope { kind, parent, range, names, outer, attributes });
        index
    }

    fn bind(&mut self, scope: usize, name: &str, binding: Binding) {
        let scope = if self.scopes[scope].outer.contains(name) { self.owner_outside(scope, name) } else { scope };
        self.scopes[scope].names.entry(name.to_owned()).or_default().push(binding);
    }

    /// The scope that `global` or `nonlocal` hands a name to: the nearest around that binds it, or the module.
    fn owner_outside(&self, scope: usize, name: &str) -> usize {
        let around = self.chain(scope).skip(1).filter(|at| self.scopes[*at].kind == Kind::Plain);
        let mut around = around.filter(|at| self.scopes[*at].names.contains_key(name));
        around.next().unwrap_or(0)
    }

    /// The innermost scope around a place.
    fn innermost(&self, range: &Range<usize>) -> usize {
        // The last one that begins before the place lies in the scope that is looked for, or is it.
        let before = self.places.range(..=(range.start, Reverse(0), usize::MAX)).next_back();
        let holds = |at: &usize| range.end <= self.scopes[*at].range.end;
        before.and_then(|(.., last)| self.chain(*last).find(holds)).unwrap_or(0)
    }

    /// A scope and those around it, without the classes that its names cannot see.
    fn chain(&self, scope: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(scope), |at| self.scopes[*at].parent)
    }

    /// All bindings of a name, in the scope that owns it.
    fn bindings(&self, name: &str, scope: usize) -> &[Binding] {
        let visible = self.chain(scope).filter(|at| *at == scope || self.scopes[*at].kind != Kind::Class);
        let owner =
            visible.filter(|at| !self.scopes[*at].outer.contains(name)).find_map(|at| self.scopes[at].names.get(name));
        owner.map_or(&[], Vec::as_slice)
    }

    /// What a name may stand for, an import or a builtin; nothing, if it is bound to anything else. That it is None where
    /// the import failed is no other meaning.
    fn meanings(&self, name: &str, scope: usize) -> Vec<String> {
        self.meanings_by(name, scope, ALIASES_OF_ALIASES)
    }

    fn meanings_by(&self, name: &str, scope: usize, aliases: usize) -> Vec<String> {
        let bindings = self.bindings(name, scope);
        if bindings.is_empty() {
            return if is_builtin(name) { vec![format!("builtins.{name}")] } else { Vec::new() };
        }
        let imports = bindings.iter().filter(|binding| !binding.is_none()).map(|binding| match binding {
            Binding::Import(name) => Some(vec![name.clone()]),
            Binding::Alias(name, scope) if aliases > 0 && bindings.len() <= MOST_ALIASES => {
                let (first, rest) =
                    name.split_once('.').map_or((name.as_str(), None), |(first, rest)| (first, Some(rest)));
                let found = self.meanings_by(first, *scope, aliases - 1).into_iter();
                let found: Vec<String> =
                    found.map(|first| rest.map_or(first.clone(), |rest| format!("{first}.{rest}"))).collect();
                Some(found).filter(|found| !found.is_empty())
            }
            Binding::Alias(..) | Binding::Value(_) | Binding::Unknown => None,
        });
        imports.collect::<Option<Vec<_>>>().unwrap_or_default().concat()
    }

    /// The dotted name that an expression of names resolves to.
    pub fn resolve(&self, node: &CodeNode) -> Option<String> {
        self.resolutions(node).into_iter().next()
    }

    /// Every dotted name that an expression of names may resolve to.
    fn resolutions(&self, node: &CodeNode) -> Vec<String> {
        match &*node.kind() {
            "identifier" => self.meanings(&node.text(), self.innermost(&node.range())),
            "attribute" => {
                let (Some(object), Some(name)) = (node.field("object"), node.field("attribute")) else {
                    return Vec::new();
                };
                self.resolutions(&object).into_iter().map(|object| format!("{object}.{}", name.text())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Does an expression of names resolve to one of these? `json.*` is anything in `json`.
    pub fn is_any_of(&self, node: &CodeNode, wanted: &[&str]) -> bool {
        let matches = |found: &str, wanted: &str| match wanted.strip_suffix(".*") {
            Some(module) => found.strip_prefix(module).is_some_and(|rest| rest.starts_with('.')),
            None => found == wanted,
        };
        self.resolutions(node).iter().any(|found| wanted.iter().any(|wanted| matches(found, wanted)))
    }

    /// Is an expression, on every way that it is bound, of one of these types (or made by a call of one)?
    pub fn is_bound_to(&self, node: &CodeNode, wanted: &[&str]) -> bool {
        let scope = self.innermost(&node.range());
        let fits = |binding: &Binding| match binding {
            Binding::Value(names) => wanted.iter().any(|wanted| names.iter().any(|name| name == wanted)),
            Binding::Import(_) | Binding::Alias(..) | Binding::Unknown => false,
        };
        let all = |bindings: &[Binding]| !bindings.is_empty() && bindings.iter().all(fits);
        match &*node.kind() {
            "identifier" => all(self.bindings(&node.text(), scope)),
            "attribute" => {
                let is_self = node.field("object").is_some_and(|object| object.text() == "self");
                let class = self.class_around(scope).filter(|_| is_self);
                let name = node.field("attribute").map(|name| name.text().into_owned()).unwrap_or_default();
                class.is_some_and(|class| {
                    let scope = &self.scopes[class];
                    let parts = [scope.attributes.get(&name), scope.names.get(&name)];
                    let bindings: Vec<Binding> = parts.into_iter().flatten().flatten().cloned().collect();
                    all(&bindings)
                })
            }
            _ => fits(&self.value(node)),
        }
    }
}

/// The kinds of nodes that bind names or open a scope.
const BINDING: [&str; 18] = [
    "import_statement",
    "import_from_statement",
    "global_statement",
    "nonlocal_statement",
    "assignment",
    "named_expression",
    "as_pattern",
    "for_statement",
    "for_in_clause",
    "case_pattern",
    "type_alias_statement",
    "class_definition",
    "function_definition",
    "lambda",
    "list_comprehension",
    "set_comprehension",
    "dictionary_comprehension",
    "generator_expression",
];

fn is_binding(kind: u16) -> bool {
    static KINDS: OnceLock<Vec<bool>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| {
        let kinds = BINDING.map(|kind| usize::from(SupportLang::Python.kind_to_id(kind)));
        let mut is_binding = vec![false; kinds.iter().max().map_or(0, |last| last + 1)];
        kinds.into_iter().for_each(|kind| is_binding[kind] = true);
        is_binding
    });
    kinds.get(usize::from(kind)).copied().unwrap_or_default()
}
