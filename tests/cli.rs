//! Golden cases: `tests/cases/NAME.md` says what is typed and printed, `NAME.in` is the tree that is
//! there before, `NAME.out` what is there after. `TRYCMD=overwrite cargo test --test cli` writes what
//! is printed now into the cases; read the diff before you commit it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kbc::diag::{Class, Code};

#[test]
fn cases() {
    trycmd::TestCases::new().case("tests/cases/*.md");
}

/// Every command and output that the README shows, on a copy of this knowledge base.
#[test]
fn readme() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let _ = fs::remove_dir_all(&folder);
    for part in ["kbc.toml", "papers", "data", "templates", "out", "schema"] {
        copy(Path::new(part), &folder.join("README.in").join(part));
    }
    copy(Path::new("README.md"), &folder.join("README.md"));
    trycmd::TestCases::new().case(folder.join("README.md").to_str().expect("a UTF-8 path"));
}

#[test]
fn every_code_has_a_case() {
    let mut shown = String::new();
    for entry in fs::read_dir("tests/cases").expect("the cases are there") {
        let path = entry.expect("a folder can be read").path();
        if path.is_file() {
            shown += &fs::read_to_string(path).expect("a case is text");
        }
    }
    // Made by tests/hostile.rs, since their inputs are too large or too odd to be kept.
    shown += "[too-large] [unreadable]";
    let is_missing = |code: &&Code| code.class() != Class::Bug && !shown.contains(&format!("[{}]", code.name()));
    let missing: BTreeSet<_> = Code::ALL.iter().filter(is_missing).map(|code| code.name()).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::create_dir_all(to.parent().expect("a file lies in a folder")).expect("a folder can be made");
        fs::copy(from, to).expect("a file can be copied");
        return;
    }
    for entry in fs::read_dir(from).expect("the knowledge base is there") {
        let path = entry.expect("a folder can be read").path();
        copy(&path, &to.join(path.file_name().expect("an entry has a name")));
    }
}
