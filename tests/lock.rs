//! `kbc.lock` in version control: two branches that touch different rules merge without a conflict.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of this knowledge base under version control.
fn repository(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&root).expect("a folder can be made");
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

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("a folder can be made");
        for entry in fs::read_dir(from).expect("a folder can be read") {
            let path = entry.expect("an entry can be read").path();
            copy(&path, &to.join(path.file_name().expect("it has a name")));
        }
    } else {
        fs::copy(from, to).expect("a file can be copied");
    }
}

fn run(command: &mut Command) -> (bool, String) {
    let output = command.output().expect("it can be started");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

fn git(root: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    let (done, text) = run(Command::new("git").arg("-C").arg(root).args(identity).args(arguments));
    assert!(done, "git {arguments:?}: {text}");
}

fn kbc(root: &Path, arguments: &[&str]) -> (bool, String) {
    run(Command::new(env!("CARGO_BIN_EXE_kbc")).arg("-C").arg(root).args(arguments))
}

/// Adds a sentence to the end of the section of a rule, on a branch of its own, and accepts it.
fn change(root: &Path, paper: &str, heading: &str, rules: &[&str]) {
    git(root, &["switch", "--quiet", "--create", rules[0], "main"]);
    let path = root.join("papers").join(paper);
    let text = fs::read_to_string(&path).expect("a paper can be read");
    let at = text.find(heading).expect("the heading is there") + heading.len();
    fs::write(&path, format!("{}\n\nA sentence that is new.{}", &text[..at], &text[at..])).expect("it can be written");
    assert!(!kbc(root, &["check"]).0, "the change is noticed");
    let (done, text) = kbc(root, &[&["accept"], rules].concat());
    assert!(done, "{text}");
    assert!(kbc(root, &["check"]).0, "and accepted");
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
    let (clean, text) = kbc(&root, &["check"]);
    assert!(clean, "{text}");
}
