//! Every text that fuzzing started from or found, through the functions that it was made for: no panic, and what must
//! hold holds. So runs without a fuzzer guard what one found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../fuzz/targets.rs"]
mod targets;

use targets::TARGETS;

fn corpus(target: &str) -> Vec<PathBuf> {
    targets::files(&Path::new("fuzz/corpus").join(target))
}

#[test]
fn every_text_of_the_corpus_ends_well() {
    for (target, _) in TARGETS {
        for path in corpus(target) {
            let bytes = fs::read(&path).expect("a corpus can be read");
            let run = std::panic::catch_unwind(|| targets::run(target, &bytes));
            assert!(run.is_ok(), "{} ends badly", path.display());
        }
    }
}

/// Else what comes after the readers is never reached.
#[test]
fn what_targets_put_around_a_text_compiles() {
    assert!(targets::makes_outputs());
}

#[test]
fn every_target_is_whole() {
    let manifest = fs::read_to_string("fuzz/Cargo.toml").expect("it is there");
    for (target, _) in TARGETS {
        assert!(!corpus(target).is_empty(), "fuzz/corpus/{target} holds nothing");
        let path = format!("targets/{target}.rs");
        let program = fs::read_to_string(Path::new("fuzz").join(&path)).expect("each target has a file");
        assert!(program.contains(&format!("\"{target}\"")), "{path} runs its own target");
        assert!(
            manifest.contains(&format!("name = \"{target}\"\npath = \"{path}\"")),
            "fuzz/Cargo.toml lacks {target}"
        );
    }
    let known: BTreeSet<String> = TARGETS.iter().map(|(target, _)| (*target).to_owned()).collect();
    let name = |path: PathBuf| path.file_stem().expect("it has a name").to_string_lossy().into_owned();
    for folder in ["fuzz/corpus", "fuzz/targets"] {
        let found: BTreeSet<String> = targets::files(Path::new(folder)).into_iter().map(name).collect();
        assert_eq!(found, known, "{folder}");
    }
}

#[test]
fn the_corpus_is_small() {
    let files = TARGETS.iter().flat_map(|(target, _)| corpus(target));
    let bytes: u64 = files.map(|path| fs::metadata(path).expect("it is there").len()).sum();
    assert!(bytes < 200_000, "{bytes} bytes");
}
