//! Golden cases: `tests/cases/NAME.md` says what is typed and printed, `NAME.in` is the tree that is
//! there before, `NAME.out` what is there after. `TRYCMD=overwrite cargo test --test all cases::` writes what
//! is printed now into the cases; read the diff before you commit it.
//!
//! The commands run in this process, each with a console in memory. Some cases run the program as well, and those that need
//! a process of their own run only that.

mod case;
mod run;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kbc::diag::{Class, Code};

use self::run::By;
use crate::kit::{self, copy};

/// Cases of every exit code, with answers, remarks, diagnostics, help, diffs, standard input and trees that change: the
/// program does with the ends of its process what the library does with those in memory.
const BY_PROGRAM: [&str; 12] = [
    "accept-unknown.md",
    "build.md",
    "build-diff.md",
    "false-claim.md",
    "help.md",
    "hook-session.toml",
    "hook-unknown.toml",
    "init.md",
    "inject.md",
    "json.md",
    "not-a-knowledge-base.md",
    "review.md",
];

#[test]
fn cases() {
    // Those that read standard input are written as TOML.
    let is_case = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "md" || ending == "toml");
    let paths: Vec<PathBuf> = kit::entries(Path::new("tests/cases")).into_iter().filter(is_case).collect();
    assert!(paths.len() > 250, "the cases are where the test looks for them");
    run::all(&paths, By::Library);
}

#[test]
fn the_program_does_what_the_library_does() {
    run::all(&BY_PROGRAM.map(|name| Path::new("tests/cases").join(name)), By::Program);
}

/// Every command and output that the README shows, on a copy of this knowledge base.
#[test]
fn readme() {
    let folder = kit::folder("readme");
    for part in [
        "README.md",
        ".claude",
        "kbc.toml",
        "kbc.lock",
        "papers",
        "data",
        "templates",
        "utils",
        "out",
        "schema",
        "examples",
    ] {
        copy(Path::new(part), &folder.join("README.in").join(part));
    }
    copy(Path::new("README.md"), &folder.join("README.md"));
    run::all(&[folder.join("README.md")], By::Library);
}

/// What the README quotes of files and messages is quoted, not made up.
#[test]
fn the_readme_quotes_what_there_is() {
    let readme = fs::read_to_string("README.md").expect("it is there");
    let mut texts = Vec::new();
    for folder in ["papers", "data", "out", "tests/cases"] {
        for entry in fs::read_dir(folder).expect("a folder of this repository") {
            let path = entry.expect("an entry can be read").path();
            texts.extend(path.is_file().then(|| fs::read_to_string(path).expect("it is text")));
        }
    }
    let blocks: Vec<&str> = readme.split("\n```").collect();
    let quotes = blocks.iter().filter_map(|block| {
        let (language, text) = block.split_once('\n')?;
        ["yaml", "markdown", "text"].contains(&language).then_some(text)
    });
    let mut seen = 0;
    for quote in quotes.flat_map(|quote| if quote.contains("error[") { vec![quote] } else { quote.lines().collect() }) {
        seen += 1;
        assert!(texts.iter().any(|text| text.contains(quote)), "the README quotes what is nowhere: {quote}");
    }
    assert!(seen > 8);
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
    // Made by tests/all/hostile.rs, since their inputs are too large or too odd to be kept.
    shown += "[oversized-file] [unreadable-file]";
    // Made by tests/all/review.rs, in repositories of git.
    shown += "[new-suppression]";
    // Told of the call, before anything is read: tests/cases/kbc-version.md.
    shown += "[kbc-version]";
    // Printed with the id of their rule.
    shown += "[rule-violation] [open-question]";
    let is_missing = |code: &&Code| code.class() != Class::Bug && !shown.contains(&format!("[{}]", code.name()));
    let missing: BTreeSet<_> = Code::ALL.iter().filter(is_missing).map(|code| code.name()).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

/// A case that writes has the tree that is there after it, else it would be run in the tree that is there before.
#[test]
fn every_case_that_writes_says_what_is_there_then() {
    const WRITING: [&str; 9] =
        ["build", "accept", "adopt", "init", "new", "measure", "import", "--fix", "--write-baseline"];
    for entry in fs::read_dir("tests/cases").expect("the cases are there") {
        let path = entry.expect("a folder can be read").path();
        if !path.is_file() {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a case is text");
        let is_command = |line: &&str| line.starts_with("$ kbc ") && !line.contains(" --dry-run");
        let commands = text.lines().filter(is_command);
        let writes = commands.flat_map(|line| line.split(' ')).any(|word| WRITING.contains(&word));
        let after = path.with_extension("out");
        let holds = |folder: &Path| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        // Without a tree before, it is run where nothing is.
        let writes = writes && holds(&path.with_extension("in"));
        assert!(!writes || holds(&after), "{} writes; {} is missing", path.display(), after.display());
    }
}
