//! Files of other versions of kbc, in `tests/compat`: a knowledge base in the words of before 0.1 is migrated.

use std::fs;
use std::path::{Path, PathBuf};

use crate::kit::{self, copy, kbc};

/// A copy of a folder of `tests/compat`.
fn compat(name: &str) -> PathBuf {
    let folder = kit::folder(&format!("compat/{name}"));
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat").join(name), &folder);
    folder
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for path in kit::entries(folder) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = fs::read(&path).expect("it can be read");
            found.push((path, bytes));
        }
    }
    found
}

#[test]
fn a_base_of_before_the_first_release_is_migrated_and_checks_clean() {
    let whole = compat("before-0.1");
    for base in [whole.clone(), whole.join("examples/rust-robustness")] {
        let before = files(&base);
        kbc(&base, &["migrate", "--diff"]);
        kbc(&base, &["migrate", "--dry-run"]).is(0, "");
        assert!(files(&base) == before, "--diff and --dry-run write nothing");
        kbc(&base, &["migrate"]).is(0, "");
        let migrated = files(&base);
        kbc(&base, &["migrate"]).is(0, "nothing to migrate");
        kbc(&base, &["migrate", "--diff"]).is(0, "nothing to migrate");
        assert!(files(&base) == migrated, "a second run changes nothing");
        // Lists of checks and exceptions are longer than what they were, and the papers of this base had no room left.
        let settings = fs::read_to_string(base.join("kbc.toml")).expect("it is text");
        let off = "check.codes.paper-size = \"off\"\ncheck.fail_on";
        fs::write(base.join("kbc.toml"), settings.replace("check.fail_on", off)).expect("it can be written");
        kbc(&base, &["accept", "kbc.toml"]);
        kbc(&base, &["build"]).is(0, "wrote");
        kbc(&base, &["check"]).is(0, "clean: ");
    }
}
