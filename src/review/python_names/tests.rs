//! Which names mean what, by small texts.

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
    assert_eq!(resolve("import json\nclass A:\n    json = 1\n    def f(self):\n        json").as_deref(), Some("json"));
    assert_eq!(resolve("def len(x): pass\nlen"), None);
    assert_eq!(resolve("import json\ndef f():\n    [json for json in y]\n    json").as_deref(), Some("json"));
    assert_eq!(
        resolve("try:\n    import ujson as json\nexcept ImportError:\n    import json\njson").as_deref(),
        Some("ujson")
    );
}

#[test]
fn patterns_bind_what_they_capture() {
    let is_dumps = |text: &str| ask(text, |scopes, node| scopes.is_any_of(node, &["json"]));
    let of = |pattern: &str| {
        format!("import json\ndef f(e):\n    match e:\n        case {pattern}:\n            pass\n    json")
    };
    for pattern in [
        "json.Error",
        "Options(json=True)",
        "Options(json=x)",
        "json.Point()",
        "json.Point(x=1)",
        "[json.A, *_]",
        "{json.K: v, **rest}",
        "json.A | json.B",
        "x if json.y",
        "(json.A as q)",
        "str(s)",
        "Options(x=json.y)",
    ] {
        assert!(is_dumps(&of(pattern)), "{pattern}");
    }
    for pattern in [
        "json",
        "[json, 1]",
        "(a, json)",
        "*json, a",
        "{'k': json}",
        "{'k': 1, **json}",
        "[*json]",
        "x as json",
        "Options(json)",
        "Options(x=json)",
        "Options(x=[json])",
        "Options(x=Point(json))",
        "(json)",
        "[1, [json]]",
        "Options(x=(1 | 2) as json)",
        "json if x",
    ] {
        assert!(!is_dumps(&of(pattern)), "{pattern}");
    }
}

#[test]
fn parameters_with_stars_are_bound() {
    for (text, made) in [
        ("def f(*x):\n    x", "tuple"),
        ("def f(a, *x: int):\n    x", "tuple"),
        ("def f(**x):\n    x", "dict"),
        ("def f(*, a, **x: int):\n    x", "dict"),
        ("match e:\n    case {**x}: pass\nx", "dict"),
        ("match e:\n    case [*x]: pass\nx", "list"),
    ] {
        assert!(ask(text, |scopes, node| scopes.is_bound_to(node, &[made])), "{text}");
    }
    assert!(!ask("import x\ndef f(*x):\n    x", |scopes, node| scopes.is_any_of(node, &["x"])));
}

#[test]
fn a_name_may_stand_for_another() {
    let is_dumps = |text: &str| ask(text, |scopes, node| scopes.is_any_of(node, &["json.dumps"]));
    for text in [
        "import json\nd = json.dumps\nd",
        "import json\nj = json\nj.dumps",
        "from json import dumps\nd = dumps\ne = d\ne",
        "import json\ndef f():\n    d = json.dumps\n    d",
    ] {
        assert!(is_dumps(text), "{text}");
    }
    for text in [
        "import json\nd = json.dumps\nd = 1\nd",
        "import json\njson = f()\nd = json.dumps\nd",
        "a = b\nb = a\na",
        "import json\ndef f(d=json.dumps):\n    d",
    ] {
        assert!(!is_dumps(text), "{text}");
    }
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
