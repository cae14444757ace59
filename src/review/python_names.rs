//! What names mean in a Python file: which import a name resolves to, and which values it is bound to.
//! One walk over the tree collects the bindings of every scope; nothing is inferred across calls.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use ast_grep_core::Language as _;
use ast_grep_language::SupportLang;

use super::node_table::{CodeNode, NodeTable, Row};

/// What one statement binds a name to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Binding {
    /// `import json as j`: the dotted name that it stands for.
    Import(String),
    /// A builtin type (`list`), or the dotted name of what was called to make it; where an annotation gives one, both.
    Value(Vec<String>),
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

    /// Binds what a node binds; returns the scope of what is in it.
    fn statement(&mut self, node: &CodeNode, scope: usize) -> usize {
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
            "case_pattern" => self.targets(Some(node.clone()), scope),
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

    fn class_around(&self, scope: usize) -> Option<usize> {
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
            let name = parameter.field("name").or_else(|| parameter.child(0));
            match (&*parameter.kind(), annotation, name) {
                ("identifier", ..) => self.bind(scope, &parameter.text(), Binding::Unknown),
                ("typed_parameter" | "typed_default_parameter", Some(annotation), Some(name))
                    if name.kind() == "identifier" =>
                {
                    let binding = self.annotated(&annotation, scope);
                    self.bind(scope, &name.text(), binding);
                }
                (_, _, name) => self.targets(name.or(Some(parameter.clone())), scope),
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
    fn value(&self, node: &CodeNode) -> Binding {
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
        let bindings = self.bindings(name, scope);
        if bindings.is_empty() {
            return if is_builtin(name) { vec![format!("builtins.{name}")] } else { Vec::new() };
        }
        let imports = bindings.iter().filter(|binding| !binding.is_none()).map(|binding| match binding {
            Binding::Import(name) => Some(name.clone()),
            Binding::Value(_) | Binding::Unknown => None,
        });
        imports.collect::<Option<Vec<_>>>().unwrap_or_default()
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
            Binding::Import(_) | Binding::Unknown => false,
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
const BINDING: [&str; 17] = [
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

fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

/// The functions and types of Python's `builtins`, without exceptions.
const BUILTINS: [&str; 71] = [
    "__import__",
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];

#[cfg(test)]
mod tests {
    use ast_grep_language::LanguageExt as _;

    use super::*;

    /// Asks about the last expression of a text.
    fn ask<T>(text: &str, question: impl Fn(&Scopes, &CodeNode) -> T) -> T {
        let tree = SupportLang::Python.ast_grep(text);
        let root = tree.root();
        let scopes = Scopes::of(&root, &NodeTable::of(&root));
        let last = root.dfs().filter(|node| node.kind() == "expression_statement").last().expect("there is one");
        question(&scopes, &last.child(0).expect("a statement has an expression"))
    }

    fn resolve(text: &str) -> Option<String> {
        ask(text, |scopes, node| scopes.resolve(node))
    }

    #[test]
    fn names_resolve_through_imports_and_aliases() {
        assert_eq!(resolve("import json\njson.dumps").as_deref(), Some("json.dumps"));
        assert_eq!(resolve("import json as j\nj.dumps").as_deref(), Some("json.dumps"));
        assert_eq!(resolve("from json import dumps as d\nd").as_deref(), Some("json.dumps"));
        assert_eq!(resolve("import os.path\nos.path.join").as_deref(), Some("os.path.join"));
        assert_eq!(resolve("import a.b as c\nc.d").as_deref(), Some("a.b.d"));
        assert_eq!(resolve("def f():\n    import json\n    json").as_deref(), Some("json"));
        assert_eq!(resolve("def f():\n    import json\njson"), None, "an import is seen in its function only");
        assert_eq!(resolve("len").as_deref(), Some("builtins.len"));
        assert_eq!(resolve("json"), None);
        let optional = "try:\n    import requests\nexcept ImportError:\n    requests = None\nrequests.get";
        assert_eq!(resolve(optional).as_deref(), Some("requests.get"));
        assert_eq!(resolve("requests = None\nrequests"), None);
    }

    #[test]
    fn what_hides_an_import_is_seen() {
        assert_eq!(resolve("import json\ndef f(json):\n    json"), None);
        assert_eq!(resolve("import json\njson = 1\njson"), None);
        assert_eq!(
            resolve("import json\nclass A:\n    json = 1\n    def f(self):\n        json").as_deref(),
            Some("json")
        );
        assert_eq!(resolve("def len(x): pass\nlen"), None);
        assert_eq!(resolve("import json\ndef f():\n    [json for json in y]\n    json").as_deref(), Some("json"));
        assert_eq!(
            resolve("try:\n    import ujson as json\nexcept ImportError:\n    import json\njson").as_deref(),
            Some("ujson")
        );
    }

    #[test]
    fn a_name_has_a_type_if_all_its_bindings_have_it() {
        let is_list = |text: &str| ask(text, |scopes, node| scopes.is_bound_to(node, &["list"]));
        for text in [
            "x = []\nx",
            "x = [i for i in y]\nx",
            "x = list(y)\nx",
            "x: list[int] = f()\nx",
            "x: Sequence = []\nx",
            "def f(x: List[int]):\n    x",
            "x = sorted(y)\nx",
            "x = [0] * 9\nx",
            "[1, 2]",
            "x = y = []\nx",
            "def f(x: 'list[int]'):\n    x",
            "x = []\ndef f():\n    x",
            "x = [] if a else [1]\nx",
            "x = []\nx += [1]\nx",
            "class A:\n    def f(self):\n        self.x = []\n    def g(self):\n        self.x",
        ] {
            assert!(is_list(text), "{text}");
        }
        for text in [
            "x = []\nx = set(x)\nx",
            "def f(x):\n    x",
            "for x in y:\n    x",
            "x = f()\nx",
            "x = {}\nx",
            "def list(y): pass\nx = list(y)\nx",
            "x = []\ndef f():\n    x = 1\n    x",
            "x: list | None = []\nx",
            "x = []\nx = None\nx",
            "class A:\n    def f(self):\n        self.x = []\n    def g(self):\n        self.x = 1\n        self.x",
            "x = []\ndef f():\n    global x\n    x = 1\n    x",
        ] {
            assert!(!is_list(text), "{text}");
        }
        let made = |text: &str| ask(text, |scopes, node| scopes.is_bound_to(node, &["sqlite3.connect"]));
        assert!(made("import sqlite3 as s\nwith s.connect(p) as c:\n    c"));
        assert!(made("from sqlite3 import connect\nc = connect(p)\nc"));
        assert!(made("import sqlite3\nc: Connection = sqlite3.connect(p)\nc"));
    }
}
