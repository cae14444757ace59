//! The knowledge bases in `examples/`: each checks clean with the compiler as it is built for everybody, and is a start for
//! another one. That has the grammar of Rust; a program without it has nothing to try.
#![cfg(feature = "rust")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

fn kbc(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kbc"));
    command.current_dir(folder).args(arguments).output().expect("kbc was built for the test")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = fs::read_dir(folder).expect("there are examples");
    let folders = entries.map(|entry| entry.expect("the folder can be read").path());
    folders.filter(|folder| folder.join("kbc.toml").exists()).collect()
}

#[test]
fn every_example_checks_clean() {
    let examples = examples();
    assert!(!examples.is_empty());
    for example in examples {
        let output = kbc(&example, &["check"]);
        assert!(output.status.success(), "{}: {}", example.display(), said(&output));
        assert!(said(&output).starts_with("clean: "), "{}: {}", example.display(), said(&output));
    }
}

#[test]
fn every_example_is_a_start() {
    for example in examples() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(example.file_name().expect("it has a name"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the target folder can be written");
        let output = kbc(&folder, &["init", "--from", example.to_str().expect("paths here are UTF-8")]);
        assert!(output.status.success(), "{}: {}", example.display(), said(&output));
        for path in ["kbc.toml", "out/RULEBOOK.md", "out/rules.yaml", "kbc.lock"] {
            let same =
                fs::read(example.join(path)).expect("the example has it") == fs::read(folder.join(path)).expect(path);
            assert!(same, "{path} of {}", example.display());
        }
        let output = kbc(&folder, &["check"]);
        assert!(output.status.success(), "{}: {}", example.display(), said(&output));
    }
}
