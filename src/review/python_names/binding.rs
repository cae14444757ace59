//! What statements, parameters and patterns of Python bind names to.

use super::{Binding, Kind, Scopes};
use crate::review::node_table::CodeNode;

impl Scopes {
    /// Binds what a node binds; returns the scope of what is in it.
    pub(super) fn statement(&mut self, node: &CodeNode, scope: usize) -> usize {
        match &*node.kind() {
            "import_statement" => self.import(node, scope),
            "import_from_statement" => self.import_from(node, scope),
            "global_statement" | "nonlocal_statement" => {
                let names = node.children().filter(|child| child.kind() == "identifier");
                self.scopes[scope].outer.extend(names.map(|name| name.text().into_owned()));
            }
            "assignment" => self.assignment(node, scope),
            "named_expression" => self.walrus(node, scope),
            "as_pattern" => self.as_pattern(node, scope),
            "for_statement" | "for_in_clause" => self.targets(node.field("left"), scope),
            "case_pattern" => self.captures(node, scope),
            "type_alias_statement" => {
                let name = node.field("left").and_then(|left| left.dfs().find(|node| node.kind() == "identifier"));
                self.targets(name, scope);
            }
            "class_definition" => {
                self.targets(node.field("name"), scope);
                return self.open(Kind::Class, Some(scope), &node.field("body").unwrap_or(node.clone()));
            }
            "function_definition" => {
                self.targets(node.field("name"), scope);
                let inner = self.open(Kind::Plain, Some(scope), &node.field("body").unwrap_or(node.clone()));
                self.parameters(node.field("parameters").as_ref(), inner);
                return inner;
            }
            "lambda" => {
                let inner = self.open(Kind::Plain, Some(scope), node);
                self.parameters(node.field("parameters").as_ref(), inner);
                return inner;
            }
            "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression" => {
                return self.open(Kind::Comprehension, Some(scope), node);
            }
            _ => {}
        }
        scope
    }

    fn import(&mut self, node: &CodeNode, scope: usize) {
        for child in node.children() {
            match &*child.kind() {
                "dotted_name" => {
                    let text = child.text();
                    let first = text.split('.').next().unwrap_or_default();
                    self.bind(scope, first, Binding::Import(first.to_owned()));
                }
                "aliased_import" => self.alias(&child, "", scope),
                _ => {}
            }
        }
    }

    fn import_from(&mut self, node: &CodeNode, scope: usize) {
        let Some(module) = node.field("module_name") else { return };
        let prefix = format!("{}.", module.text());
        for child in node.children().filter(|child| child.node_id() != module.node_id()) {
            match &*child.kind() {
                "dotted_name" => {
                    let name = child.text();
                    self.bind(scope, &name, Binding::Import(format!("{prefix}{name}")));
                }
                "aliased_import" => self.alias(&child, &prefix, scope),
                _ => {}
            }
        }
    }

    fn alias(&mut self, node: &CodeNode, prefix: &str, scope: usize) {
        let (Some(name), Some(alias)) = (node.field("name"), node.field("alias")) else { return };
        self.bind(scope, &alias.text(), Binding::Import(format!("{prefix}{}", name.text())));
    }

    fn assignment(&mut self, node: &CodeNode, scope: usize) {
        let Some(left) = node.field("left") else { return };
        let binding = match (node.field("type"), node.field("right")) {
            (Some(annotation), right) => {
                match (self.annotated(&annotation, scope), right.map(|right| self.value(&right))) {
                    (Binding::Value(names), Some(Binding::Value(made))) => Binding::Value([names, made].concat()),
                    (annotated, _) => annotated,
                }
            }
            (None, Some(right)) if is_dotted(&right) => Binding::Alias(right.text().into_owned(), scope),
            (None, Some(right)) => self.value(&right),
            (None, None) => return,
        };
        match &*left.kind() {
            "identifier" => self.bind(scope, &left.text(), binding),
            "attribute" => self.attribute(&left, binding, scope),
            _ => self.targets(Some(left), scope),
        }
    }

    /// `self.items = []` belongs to the class around the method.
    fn attribute(&mut self, target: &CodeNode, binding: Binding, scope: usize) {
        let (Some(object), Some(name)) = (target.field("object"), target.field("attribute")) else { return };
        let class = self.class_around(scope);
        if let Some(class) = class.filter(|_| object.text() == "self") {
            self.scopes[class].attributes.entry(name.text().into_owned()).or_default().push(binding);
        }
    }

    pub(super) fn class_around(&self, scope: usize) -> Option<usize> {
        self.chain(scope).find(|scope| self.scopes[*scope].kind == Kind::Class)
    }

    fn walrus(&mut self, node: &CodeNode, scope: usize) {
        let (Some(name), Some(value)) = (node.field("name"), node.field("value")) else { return };
        let owner = self.chain(scope).find(|scope| self.scopes[*scope].kind != Kind::Comprehension).unwrap_or(scope);
        let binding = self.value(&value);
        self.bind(owner, &name.text(), binding);
    }

    /// `with open(path) as file`, `except Error as error`.
    fn as_pattern(&mut self, node: &CodeNode, scope: usize) {
        let Some(alias) = node.field("alias") else { return };
        let is_with = node.parent().is_some_and(|parent| parent.kind() == "with_item");
        let name = alias.child(0).filter(|name| name.kind() == "identifier");
        match (is_with, name, node.child(0)) {
            (true, Some(name), Some(value)) => {
                let binding = self.value(&value);
                self.bind(scope, &name.text(), binding);
            }
            _ => self.targets(Some(alias), scope),
        }
    }

    fn parameters(&mut self, parameters: Option<&CodeNode>, scope: usize) {
        let parameters: Vec<CodeNode> =
            parameters.into_iter().flat_map(|node| node.named_children().collect::<Vec<_>>()).collect();
        for parameter in parameters {
            let annotation = parameter.field("type");
            let name = parameter.field("name").or_else(|| parameter.child(0)).unwrap_or(parameter.clone());
            let splat = [&parameter, &name].into_iter().find_map(|node| Some((splat_type(node)?, node.clone())));
            match (splat, &*parameter.kind(), annotation) {
                (Some((made, splat)), ..) => self.splat(&splat, made, scope),
                (None, "identifier", _) => self.bind(scope, &parameter.text(), Binding::Unknown),
                (None, "typed_parameter" | "typed_default_parameter", Some(annotation))
                    if name.kind() == "identifier" =>
                {
                    let binding = self.annotated(&annotation, scope);
                    self.bind(scope, &name.text(), binding);
                }
                _ => self.targets(Some(name), scope),
            }
        }
    }

    /// `*args` is a tuple, `**kwargs` a dict.
    fn splat(&mut self, node: &CodeNode, made: &str, scope: usize) {
        if let Some(name) = node.children().find(|child| child.kind() == "identifier") {
            self.bind(scope, &name.text(), Binding::value(made));
        }
    }

    /// What a part of a pattern binds (PEP 634): captures, `as` names, `*rest` and `**rest`. Dotted names, names of classes and
    /// of keywords are looked up. The patterns inside are visited for themselves.
    fn captures(&mut self, part: &CodeNode, scope: usize) {
        let kind = part.kind();
        for child in part.named_children() {
            match (&*child.kind(), &*kind) {
                ("case_pattern", _)
                | ("dotted_name", "class_pattern" | "dict_pattern")
                | ("identifier", "keyword_pattern") => {}
                ("dotted_name", _) => {
                    let text = child.text();
                    if !text.contains('.') && text != "_" {
                        self.bind(scope, &text, Binding::Unknown);
                    }
                }
                ("identifier", _) => self.bind(scope, &child.text(), Binding::Unknown),
                ("splat_pattern", _) => {
                    let made = if child.text().starts_with("**") { "dict" } else { "list" };
                    self.splat(&child, made, scope);
                }
                _ => self.captures(&child, scope),
            }
        }
    }

    /// Binds every name of a target to nobody knows what.
    fn targets(&mut self, target: Option<CodeNode>, scope: usize) {
        let Some(target) = target else { return };
        for node in target.dfs().filter(|node| node.kind() == "identifier") {
            let is_part = node.parent().is_some_and(|parent| ["attribute", "subscript"].contains(&&*parent.kind()));
            if !is_part || node.node_id() == target.node_id() {
                self.bind(scope, &node.text(), Binding::Unknown);
            }
        }
    }

    /// What an expression makes.
    pub(super) fn value(&self, node: &CodeNode) -> Binding {
        let known = |name: &str| Binding::value(name);
        match &*node.kind() {
            "list" | "list_comprehension" => known("list"),
            "set" | "set_comprehension" => known("set"),
            "dictionary" | "dictionary_comprehension" => known("dict"),
            "tuple" | "expression_list" => known("tuple"),
            "integer" => known("int"),
            "float" => known("float"),
            "none" => known("None"),
            "string" | "concatenated_string" => {
                let text = node.text();
                let prefix = text.split(['"', '\'']).next().unwrap_or_default().to_lowercase();
                known(if prefix.contains('b') { "bytes" } else { "str" })
            }
            "parenthesized_expression" | "await" => {
                node.named_children().last().map_or(Binding::Unknown, |inner| self.value(&inner))
            }
            "assignment" => node.field("right").map_or(Binding::Unknown, |right| self.value(&right)),
            "conditional_expression" => {
                let parts: Vec<_> = node.named_children().collect();
                match parts.as_slice() {
                    [yes, _, no] if self.value(yes) == self.value(no) => self.value(yes),
                    _ => Binding::Unknown,
                }
            }
            "binary_operator" => match node.field("left").map(|left| self.value(&left)) {
                // `[0] * n` is a list; what numbers become depends on the other side.
                Some(Binding::Value(names)) if ["list", "tuple", "str", "bytes"].contains(&names[0].as_str()) => {
                    Binding::Value(names)
                }
                _ => Binding::Unknown,
            },
            "call" => node.field("function").map_or(Binding::Unknown, |function| self.made_by(&function)),
            _ => Binding::Unknown,
        }
    }

    /// What a call of a function makes: the type for a builtin type, else the name of the function.
    fn made_by(&self, function: &CodeNode) -> Binding {
        let Some(name) = self.resolve(function) else { return Binding::Unknown };
        Binding::value(match name.strip_prefix("builtins.") {
            Some("sorted") => "list".to_owned(),
            Some(builtin) => builtin.to_owned(),
            None => name,
        })
    }

    fn annotated(&self, annotation: &CodeNode, scope: usize) -> Binding {
        let text = annotation.text();
        let text = text.trim().trim_matches(['"', '\'']);
        if text.contains('|') || text.starts_with("Optional") || text.starts_with("Union") {
            return Binding::Unknown;
        }
        let base = text.split('[').next().unwrap_or_default().trim();
        let name = base.strip_prefix("typing.").or_else(|| base.strip_prefix("t.")).unwrap_or(base);
        let builtin = ["List", "Dict", "Set", "Tuple", "FrozenSet"].contains(&name).then(|| name.to_lowercase());
        if let Some(builtin) = builtin {
            return Binding::value(builtin);
        }
        let (first, rest) = base.split_once('.').map_or((base, ""), |(first, rest)| (first, rest));
        if !base.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.') {
            return Binding::Unknown;
        }
        let resolved = self.meanings(first, scope).into_iter().next();
        Binding::value(match resolved {
            Some(module) if rest.is_empty() => module.strip_prefix("builtins.").unwrap_or(&module).to_owned(),
            Some(module) => format!("{module}.{rest}"),
            None => base.to_owned(),
        })
    }
}

/// Is an expression a name, or names with dots?
fn is_dotted(node: &CodeNode) -> bool {
    match &*node.kind() {
        "identifier" => true,
        "attribute" => node.field("object").is_some_and(|object| is_dotted(&object)),
        _ => false,
    }
}

/// What a parameter with stars is.
fn splat_type(node: &CodeNode) -> Option<&'static str> {
    match &*node.kind() {
        "list_splat_pattern" => Some("tuple"),
        "dictionary_splat_pattern" => Some("dict"),
        _ => None,
    }
}
