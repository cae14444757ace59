//! What is said after an edit of what was read.

use crate::compile::{Compilation, Texts, compile};

const DATA: &str = "environments:\n  e: { platform: Linux, date: 2026-01-01 }\nbenchmarks:\n  m: { about: A, unit: ms }\nresults:\n  e:\n    m: { cases: { c: { value: 1.5 } } }\nfigures:\n  f: { about: A, op: value, of: m.c }\n";
const PAPER: &str = "---\nid: a\ntitle: A\npriority: high\nrules:\n  - id: R1\n    text: Use sets\n    section: \"#why\"\n    evidence: [f]\n    checks: [{ language: python, severity: warning, precision: high, message: look, ast: { pattern: f($A) } }]\n---\n# A\n\nAs a whole.\n\n## Why\n\nA list scans.\n\n```python bad=R1\nf(1)\n```\n\n```python good=R1\ng(1)\n```\n";

fn compiled(paper: &str, data: &str, lock: Option<&str>) -> Compilation {
    let texts = [("kbc.toml", "[budget.papers]\nmin = 0\n"), ("papers/a.md", paper), ("data/d.yaml", data)];
    compile(Texts::of(texts.into_iter().chain(lock.map(|lock| ("kbc.lock", lock)))), &|_: &str| false)
}

/// What is said after an edit of what was read; each as code and message, and the text of its place.
fn told(paper: &str, data: &str) -> Vec<(String, String)> {
    let read = compiled(PAPER, DATA, None);
    assert!(!read.has_errors(), "{:?}", read.diags);
    let now = compiled(paper, data, Some(&read.standing().lock.to_string()));
    assert!(!now.has_errors(), "{:?}", now.diags);
    let standing = now.standing();
    let line = |diagnostic: &crate::diag::Diagnostic| {
        let place = diagnostic.span().map(|span| now.sources.text(span).to_owned()).unwrap_or_default();
        (format!("{}: {}", diagnostic.code.name(), diagnostic.message), place)
    };
    standing.diags.iter().map(line).collect()
}

#[test]
fn what_changed_is_told_where_it_changed() {
    let suspect = |what: &str| format!("suspect-rule: `R1` is suspect: {what} changed since it was last read");
    for (from, to, said) in [
        ("", "", None),
        ("A list scans.", "A list\nscans.", None),
        ("A list scans.", "A *list* scans.", None),
        ("A list scans.", "A set hashes.", Some((suspect("its section"), "A set hashes."))),
        ("A list scans.", "A list scans. It waits.", Some((suspect("its section"), "It waits."))),
        ("value: 1.5", "value: 1.75", Some((suspect("the figure `f`"), "f"))),
        ("pattern: f($A)", "pattern: f($B)", Some((suspect("its check"), "f($B)"))),
        ("\nf(1)", "\nf(2)", Some((suspect("its examples"), "f(2)"))),
        (
            "As a whole.",
            "In part.",
            Some((
                "reworded-paper: `a` has changed since it was last read, outside of the sections of its rules"
                    .to_owned(),
                "In part.",
            )),
        ),
        ("id: R1\n", "id: R2\n", None),
    ] {
        let paper = if from.starts_with("id:") { PAPER.to_owned() } else { PAPER.replacen(from, to, 1) };
        let found = told(&paper, &DATA.replacen(from, to, 1));
        let said: Vec<(String, String)> = said.into_iter().map(|(text, at)| (text, at.to_owned())).collect();
        assert_eq!(found, said, "{from} -> {to}");
    }
}

#[test]
fn a_rule_that_is_new_or_gone_is_told() {
    let renamed = PAPER.replace("R1", "R2");
    let messages: Vec<String> = told(&renamed, DATA).into_iter().map(|(message, _)| message).collect();
    assert_eq!(messages, ["no-lock-entry: `R2` is not in kbc.lock", "gone-rule: no paper has the rule `R1` any more"]);
}

#[test]
fn a_lock_of_fewer_sentences_is_no_trouble() {
    let read = compiled(PAPER, DATA, None).standing().lock.to_string();
    let shorter = read.replace("  | A list scans.\n", "");
    for lock in [shorter, read.replace("  | A list scans.\n", "  | One.\n  | A list scans.\n  | Two.\n")] {
        let now = compiled(PAPER, DATA, Some(&lock));
        assert_eq!(now.standing().diags.len(), 1, "{lock}");
    }
}
