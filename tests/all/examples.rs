//! The knowledge bases in `examples/`: each checks clean with the compiler as it is built for everybody, and is a start for
//! another one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::kit::{self, kbc};

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    kit::entries(&folder).into_iter().filter(|folder| folder.join("kbc.toml").exists()).collect()
}

#[test]
fn every_example_checks_clean() {
    let examples = examples();
    assert!(!examples.is_empty());
    for example in examples {
        let output = kbc(&example, &["check"]);
        assert!(output.is_clean(), "{}: {}", example.display(), output.said());
        assert!(output.said().starts_with("clean: "), "{}: {}", example.display(), output.said());
    }
}

#[test]
fn every_example_is_a_start() {
    for example in examples() {
        let folder = kit::folder(&format!("examples/{}", example.file_name().expect("it has a name").display()));
        let output = kbc(&folder, &["init", "--from", example.to_str().expect("paths here are UTF-8")]);
        assert!(output.is_clean(), "{}: {}", example.display(), output.said());
        for path in ["kbc.toml", "out/RULEBOOK.md", "out/rules.yaml", "kbc.lock"] {
            let same =
                fs::read(example.join(path)).expect("the example has it") == fs::read(folder.join(path)).expect(path);
            assert!(same, "{path} of {}", example.display());
        }
        let output = kbc(&folder, &["check"]);
        assert!(output.is_clean(), "{}: {}", example.display(), output.said());
    }
}
