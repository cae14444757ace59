//! `kbc.lock`: two branches that touch different rules merge without a conflict, and what is written is read back.

use std::fs;
use std::path::{Path, PathBuf};

use crate::kit::{self, copy, git, kbc};

use kbc::compile::{self, Texts};
use proptest::prelude::*;

/// A copy of this knowledge base under version control.
fn repository(name: &str) -> PathBuf {
    let root = kit::folder(name);
    for part in
        ["README.md", ".claude", "kbc.toml", "kbc.lock", "papers", "data", "templates", "utils", "out", "schema"]
    {
        copy(Path::new(part), &root.join(part));
    }
    git(&root, &["init", "--quiet", "--initial-branch=main"]);
    git(&root, &["add", "."]);
    git(&root, &["commit", "--quiet", "--message=all"]);
    root
}

/// Adds a sentence to the end of the section of a rule, on a branch of its own, and accepts it.
fn change(root: &Path, paper: &str, heading: &str, rules: &[&str]) {
    git(root, &["switch", "--quiet", "--create", rules[0], "main"]);
    let path = root.join("papers").join(paper);
    let text = fs::read_to_string(&path).expect("a paper can be read");
    let at = text.find(heading).expect("the heading is there") + heading.len();
    fs::write(&path, format!("{}\n\nA sentence that is new.{}", &text[..at], &text[at..])).expect("it can be written");
    kbc(root, &["check"]).is(1, "error[suspect-rule]");
    kbc(root, &[&["accept"], rules].concat()).is(0, "");
    kbc(root, &["check", "--fail-on", "error"]).is(0, "");
    git(root, &["commit", "--quiet", "--all", "--message=changed"]);
}

#[test]
fn branches_that_touch_different_rules_merge() {
    let root = repository("merge");
    // Neighbours in the lock: one ends where the other begins.
    let lock = fs::read_to_string("kbc.lock").expect("it is committed");
    let of = |id: &str| lock.find(&format!("\nrule {id}\n")).expect("it has an entry");
    assert!(of("ASY1") < of("ASY2") && !lock[of("ASY1") + 1..of("ASY2")].contains("\nrule "));
    change(&root, "async-overhead.md", "### ASY1: one entry for the whole program", &["ASY1"]);
    change(&root, "async-overhead.md", "### ASY2: no await inside, no async outside", &["ASY2"]);
    git(&root, &["merge", "--quiet", "--no-edit", "ASY1"]);
    kbc(&root, &["check", "--fail-on", "error"]).is(0, "");
}

/// Pieces of Markdown that go over several lines, or stand for line ends, or look like lines of the lock.
const PIECES: [&str; 19] = [
    "\n",
    "\n\n",
    " ",
    "<details>\n<summary>a</summary>\nretired R9\n",
    "<!-- a\n\nretired R9\n\nrule R8 -->\n",
    "<div\n  class=\"a\">",
    "text <b\nc=\"d\"> more <!-- e\nf --> end.",
    "[a](https://b/&#10;c) ",
    "![a\nb](<https://c d> \"e\nf\") ",
    "```py&#10;x\ny\n\nz\n```\n",
    "    indented\n",
    "- item\n\n  <pre>\n  a\n\n  b\n  </pre>\n",
    "> quote\n> <div>\n> a\n",
    "| a | b |\n|---|---|\n| <b\n",
    "`code\nof two lines` ",
    "# ???\n",
    "## A b c\n",
    "<![CDATA[ a\nb ]]>",
    "\u{a0}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the papers are made of, the lock of it is read back as it was written, and says that nothing changed.
    #[test]
    fn the_lock_of_any_paper_is_read_back(
        body in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12),
        unit in prop::sample::select(vec!["ms", "a\nretired R9", " = ", "[\"a\"]"]),
        name in prop::sample::select(vec!["a", "a-b", "größe"]),
    ) {
        let text = serde_json::Value::from;
        let check = format!(
            "{{ language: python, severity: warning, precision: high, message: look, ast: {{ any: [{{ matches: {name} }}, {{ pattern: b($A) }}] }}, utils: {{ {name}: {{ pattern: a($A) }} }} }}",
            name = text(name)
        );
        let paper = format!(
            "---\nid: a\ntitle: A\npriority: high\nrules:\n  - id: R1\n    text: Use sets\n    section: \"#a\"\n    evidence: [f]\n    checks: [{check}]\n---\n# A\n\nA list.\n\n```python bad=R1\na(1)\n```\n\n```python good=R1\nc(1)\n```\n\n{}",
            body.concat()
        );
        let data = format!(
            "environments:\n  e: {{ platform: Linux, date: 2026-01-01 }}\nbenchmarks:\n  m: {{ about: A, unit: {} }}\nresults:\n  e:\n    m: {{ cases: {{ c: {{ value: 1.5 }} }} }}\nfigures:\n  f: {{ about: A, op: value, of: m.c }}\n",
            text(unit)
        );
        let inputs = [("kbc.toml", "[budget.papers]\nmin = 0\n"), ("papers/a.md", &paper), ("data/d.yaml", &data)];
        let compile = |lock: Option<&str>| {
            let lock = lock.map(|lock| ("kbc.lock", lock));
            compile::compile(Texts::of(inputs.into_iter().chain(lock)), &|_: &str| true)
        };
        let compiled = compile(None);
        prop_assume!(!compiled.has_errors());
        let written = compiled.standing().lock;
        let again = compile(Some(&written.to_string()));
        prop_assert!(!again.has_errors(), "{:?}", again.diags);
        let (_, read) = again.lock.as_ref().expect("it is there");
        prop_assert_eq!((&read.entries, &read.retired), (&written.entries, &written.retired));
        let told = again.standing();
        prop_assert!(told.changed.is_empty() && told.diags.is_empty(), "{:?}", told.diags);
        prop_assert!(read.retired.is_empty());
    }
}
