//! `kbc.lock` in version control: two branches that touch different rules merge without a conflict.

use std::fs;
use std::path::{Path, PathBuf};

use crate::kit::{self, copy, git, kbc};

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
    kbc(root, &["check"]).is(1, "error[suspect]");
    kbc(root, &[&["accept"], rules].concat()).is(0, "");
    kbc(root, &["check"]).is(0, "");
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
    kbc(&root, &["check"]).is(0, "");
}
