//! The program as people call it: cold, warm and without a cache it differs in nothing but time.

use std::process::Command;

use super::*;

/// How a run of kbc ended, and what it wrote.
fn run(root: &Path, cache: Option<&Path>, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kbc"));
    command.current_dir(root).args(arguments).env_remove("KBC_CACHE").env_remove("KBC_CACHE_DIR");
    match cache {
        Some(folder) => command.env("KBC_CACHE_DIR", folder),
        None => command.env("KBC_CACHE", "off"),
    };
    let output = command.output().expect("kbc runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("kbc writes text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Every file of a folder, with what is in it.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = ignore::WalkBuilder::new(root).standard_filters(false).build();
    let files = files.map(|entry| entry.expect("it can be read").into_path()).filter(|path| path.is_file());
    files.map(|path| (path.clone(), fs::read(path).expect("it can be read"))).collect()
}

#[test]
fn cold_warm_and_without_a_cache_a_run_differs_in_nothing() {
    let mut broken = knowledge();
    edit(&mut broken, "papers/retries.md", "[8.0x]", "[9.0x]");
    let mut stale = knowledge();
    edit(&mut stale, "out/RULEBOOK.md", "RTY1", "RTY2");
    for files in [knowledge(), broken, stale] {
        let root = on_disk(&files);
        let before = tree(root.path());
        let place = tempfile::tempdir().expect("a temporary folder");
        let cache = place.path().join("kbc");
        let calls: [&[&str]; 4] =
            [&["check"], &["check", "--format", "json"], &["check", "--format", "short"], &["check", "-q", "--drafts"]];
        for call in calls {
            let dated = [call, &["--today", TODAY]].concat();
            let expected = run(root.path(), None, &dated);
            for _ in 0..2 {
                assert_eq!(run(root.path(), Some(&cache), &dated), expected, "{call:?}");
            }
            assert_eq!(run(root.path(), Some(&cache), &[&dated[..], &["--no-cache"]].concat()), expected, "{call:?}");
        }
        assert!(!entries(&cache).is_empty());
        assert_eq!(tree(root.path()), before, "a check leaves nothing behind");
        let rebuilt = on_disk(&files);
        for call in [&["build", "--diff"][..], &["build", "--dry-run"], &["build"]] {
            assert_eq!(run(rebuilt.path(), None, call), run(root.path(), Some(&cache), call), "{call:?}");
        }
        let again = run(rebuilt.path(), None, &["build"]);
        for _ in 0..2 {
            run(root.path(), Some(&cache), &["check", "-q"]);
            assert_eq!(run(root.path(), Some(&cache), &["build"]), again);
        }
    }
}

#[test]
fn without_a_home_kbc_works_and_says_nothing_of_it() {
    let root = on_disk(&knowledge());
    let expected = run(root.path(), None, &["check", "--today", TODAY]);
    assert_eq!(expected.0, Some(0), "{expected:?}");
    let mut homeless = Command::new(env!("CARGO_BIN_EXE_kbc"));
    homeless.current_dir(root.path()).args(["check", "--today", TODAY]);
    for variable in ["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "KBC_CACHE", "KBC_CACHE_DIR"] {
        homeless.env_remove(variable);
    }
    let output = homeless.output().expect("kbc runs");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()), (expected.0, expected.2));
}

/// A clone that brings a cache along where one is looked for: `HOME` is the project.
#[test]
fn a_home_in_the_project_has_no_cache() {
    let root = on_disk(&knowledge());
    let mut command = Command::new(env!("CARGO_BIN_EXE_kbc"));
    command.current_dir(root.path()).args(["check"]).env("HOME", root.path()).env("LOCALAPPDATA", root.path());
    command.env_remove("XDG_CACHE_HOME").env_remove("KBC_CACHE").env_remove("KBC_CACHE_DIR");
    let before = tree(root.path());
    assert!(command.output().expect("kbc runs").status.success());
    assert_eq!(tree(root.path()), before);
}

#[test]
fn a_review_differs_in_nothing_either() {
    let retry = "import time\n\n\ndef fetch(get):\n    try:\n        return get()\n    except ConnectionError:\n        time.sleep(1)\n";
    let mut files = knowledge();
    let silenced = retry.replace("sleep(1)", "sleep(1)  # kbc: ignore[RTY1] it is alone");
    let unused = format!("{retry}x = 1  # kbc: ignore[RTY1] nothing is here\n");
    for (path, text) in [("a", retry), ("b", &silenced), ("c", &unused), ("d", "def (:\n"), ("e", "time.sleep(1)\n")] {
        files.insert(format!("src/app/{path}.py"), text.to_owned());
    }
    let root = on_disk(&files);
    let place = tempfile::tempdir().expect("a temporary folder");
    let cache = place.path().join("kbc");
    let calls: [&[&str]; 5] = [
        &["review", "src"],
        &["review", "--built", "--format", "json", "src"],
        &["review", "--built", "src/app/a.py"],
        &["review", "--diff", "src"],
        &["review", "--target-version", "3.9", "--rule", "RTY1", "src"],
    ];
    let alike = |what: &str| {
        for call in calls {
            let expected = run(root.path(), None, call);
            for _ in 0..2 {
                assert_eq!(run(root.path(), Some(&cache), call), expected, "{what}: {call:?}");
            }
        }
        run(root.path(), None, calls[1])
    };
    let first = alike("at first");
    assert!(first.1.contains("a retry sleeps a fixed time"), "{first:?}");
    put(root.path(), "src/app/a.py", &retry.replace("sleep(1)", "slept(1)"));
    let second = alike("once the code changed");
    let mut rules = fs::read_to_string(root.path().join("out/rules.yaml")).expect("it is there");
    rules = rules.replace("a retry sleeps a fixed time", "a retry waits a fixed time");
    put(root.path(), "out/rules.yaml", &rules);
    let third = alike("once the rules changed");
    assert!(first != second && second != third && third.1.contains("a retry waits a fixed time"), "{third:?}");
}
