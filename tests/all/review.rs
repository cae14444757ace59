//! Reviews that need more than a tree of files: a git repository, standard input, links, odd or large code.
//! Whatever is reviewed, it ends with a message and an exit code, and is the same for any number of threads.

use std::fs;
use std::path::{Path, PathBuf};

use crate::kit::{self, Ended, asked, command, git, kbc, write};

const PAPER: &str = r##"---
id: a
title: A
priority: high
rules:
  - id: SET1
    rule: "Test membership in a set"
    section: "#a"
    check:
      language: python
      severity: warning
      precision: high
      message: "a list is searched"
      ast: { pattern: "$X in [$$$ITEMS]" }
      fix: "$X in {$$$ITEMS}"
---
# A

```python bad=SET1
if x in [1, 2]: pass
```

```python good=SET1
if x in {1, 2}: pass
```
"##;
const FOUND: &str = "if x in [1, 2]: pass\n";

/// A folder with a knowledge base and other files.
fn project(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let root = kit::folder(&format!("review/{name}"));
    kit::knowledge(&root.join("kb"), PAPER);
    files.iter().for_each(|(path, bytes)| write(&root, path, bytes));
    root
}

fn review(root: &Path, arguments: &[&str]) -> Ended {
    kbc(root, &[&["-C", "kb", "review", "--format", "short"], arguments].concat())
}

/// Every file below a folder with its bytes and time, to see that nothing was touched.
fn state(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() { folders.push(path) } else { files.push((path.clone(), fs::read(path).expect("a file"))) }
        }
    }
    files.sort();
    files
}

#[test]
fn since_a_revision_only_changed_lines_count() {
    let old = format!("{FOUND}a = 1\nb = 2\n{FOUND}");
    let root = project("since", &[("app.py", old.as_bytes()), ("moved.py", old.as_bytes())]);
    git(&root, &["init", "-q"]);
    git(&root, &["add", "."]);
    git(&root, &["commit", "-q", "-m", "first"]);
    review(&root, &["--since", "HEAD", "."]).is(0, "4 on unchanged lines");
    // A line moves down, one is added, a file moves, another is new and not known to git.
    write(&root, "app.py", format!("\n\n{FOUND}a = 1\n{FOUND}b = 2\n{FOUND}").as_bytes());
    git(&root, &["mv", "moved.py", "there.py"]);
    write(&root, "new file.py", FOUND.as_bytes());
    let before = state(&root);
    let output = review(&root, &["--since", "HEAD", "."]);
    output.is(1, "2 findings, 4 on unchanged lines");
    assert!(output.said().contains("app.py:5:4:") && output.said().contains("new file.py:1:4:"), "{}", output.said());
    assert_eq!(state(&root), before, "neither the index nor the work tree was touched");
    review(&root, &["--since", "HEAD~7", "."]).is(2, "the repository has no revision `HEAD~7`");
    review(&root, &["--since=--help", "."]).is(2, "the repository has no revision `--help`");
}

#[test]
fn a_shallow_clone_says_that_it_is_one() {
    let root = project("origin", &[("app.py", FOUND.as_bytes())]);
    git(&root, &["init", "-q"]);
    for commit in ["first", "second"] {
        write(&root, "app.py", format!("{FOUND}# {commit}\n").as_bytes());
        git(&root, &["add", "."]);
        git(&root, &["commit", "-q", "-m", commit]);
    }
    let shallow = root.with_file_name("shallow");
    let _ = fs::remove_dir_all(&shallow);
    let url = format!("file://{}", root.display());
    git(&root, &["clone", "-q", "--depth", "1", &url, &shallow.to_string_lossy()]);
    review(&shallow, &["--since", "HEAD~1", "."]).is(2, "it is a shallow clone");
}

#[test]
fn without_git_there_is_nothing_to_compare_with() {
    let root = project("no-git", &[("app.py", FOUND.as_bytes())]);
    let review = |path: &str| {
        let mut command = command(&root, &["-C", "kb", "review", "--since", "HEAD", "."]);
        // The folder lies in the repository of kbc itself.
        command.env("PATH", path).env("GIT_CEILING_DIRECTORIES", &root).env("GIT_DIR", "/nowhere");
        kit::run(&mut command)
    };
    let path = std::env::var_os("PATH").expect("there is a path").to_string_lossy().into_owned();
    review(&path).is(2, "is not in a git repository");
    review("/nowhere").is(2, "`--since` needs the git program");
}

#[test]
fn standard_input_has_the_name_that_it_is_given() {
    let root = project("stdin", &[]);
    let arguments = ["-C", "kb", "review", "--stdin", "--path", "not/there.py", "--format", "short"];
    asked(&root, &arguments, FOUND).is(1, "not/there.py:1:4: warning[SET1]");
}

#[test]
fn ignored_files_and_links_are_left_out() {
    let root = project(
        "walk",
        &[
            ("app.py", FOUND.as_bytes()),
            (".hidden/app.py", FOUND.as_bytes()),
            ("build/app.py", FOUND.as_bytes()),
            (".gitignore", b"build/\n"),
        ],
    );
    git(&root, &["init", "-q"]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(".", root.join("loop")).expect("a link can be made");
    let output = review(&root, &["."]);
    output.is(1, "2 findings: 2 files");
    review(&root, &["build/app.py"]).is(1, "1 finding: 1 file");
}

#[test]
fn odd_code_ends_with_a_message() {
    let deep = format!("x = {}1{}\n{FOUND}", "(".repeat(10_000), ")".repeat(10_000));
    let long = format!("x = {}1\n{FOUND}", "1 + ".repeat(10_000));
    let chain = format!("x{}\n{FOUND}", ".a()".repeat(10_000));
    let root = project(
        "odd",
        &[
            ("deep/a.py", deep.as_bytes()),
            ("long/a.py", long.as_bytes()),
            ("chain/a.py", chain.as_bytes()),
            ("large/a.py", &vec![b'#'; 100 << 20]),
            ("crlf/a.py", b"if a:\r\n    x in [1]\r\n"),
            ("empty/a.py", b""),
            ("cut/a.py", b"if x in [1, 2]: pass\nif x in [1, "),
        ],
    );
    for folder in ["deep", "long", "chain", "cut"] {
        review(&root, &[folder]).is(1, ": warning[SET1]: a list is searched");
    }
    review(&root, &["large"]).is(1, "warning[unreviewed]: `large/a.py` has 100.0 MiB");
    review(&root, &["crlf"]).is(1, "crlf/a.py:2:5: warning[SET1]");
    review(&root, &["empty"]).is(0, "clean: 1 file");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", root.join("dangling.py")).expect("a link can be made");
        review(&root, &["dangling.py"]).is(2, "cannot review `dangling.py`");
    }
}

#[test]
fn fixes_keep_everything_else_to_the_byte() {
    let before = "# é\r\nif x in [1, 2]:\r\n\tpass  \r\nif y in [ 3 ]: pass";
    let root = project("fix", &[("app.py", before.as_bytes()), ("other.py", b"a = 1\n")]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(root.join("app.py"), fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    review(&root, &["--fix", "."]).is(0, "2 rewrites made: 2 files");
    let after = fs::read_to_string(root.join("app.py")).expect("it is there");
    assert_eq!(after, "# é\r\nif x in {1, 2}:\r\n\tpass  \r\nif y in {3}: pass");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(root.join("app.py")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o755, "it is still a program");
    }
}

#[test]
fn any_number_of_threads_finds_the_same() {
    let files: Vec<(String, String)> =
        (0..60).map(|n| (format!("src/f{n}.py"), format!("{FOUND}{}", "a = 1\n".repeat(n)))).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
    let root = project("threads", &files);
    let one = review(&root, &["--threads", "1", "src"]).said();
    assert_eq!(one, review(&root, &["--threads", "8", "src"]).said());
    assert_eq!(one.matches("warning[SET1]").count(), 60);
}

/// `tests/sarif.sh` fetches the schema and runs this.
#[test]
#[ignore = "needs the schema of the standard: tests/sarif.sh"]
fn sarif_is_what_the_standard_says() {
    #[expect(clippy::disallowed_methods, reason = "where a script put a file")]
    let schema = std::env::var("KBC_SARIF_SCHEMA").expect("tests/sarif.sh says where the schema is");
    let schema = fs::read_to_string(schema).expect("the schema is there");
    // The expression that the standard gives for languages is none: it closes a bracket that it did not open.
    let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("a schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let root = project(
        "sarif",
        &[
            ("a b/é.py", FOUND.as_bytes()),
            ("broken.py", b"def f(:\n    x in [1]\n"),
            ("odd.py", b"\0"),
            ("c.py", b"x in [1]  # kbc: ignore[SET1]\n"),
        ],
    );
    for arguments in [&["."][..], &["broken.py"], &["--rule", "SET1", "a b"]] {
        let output = kbc(&root, &[&["-C", "kb", "review", "--format", "sarif"], arguments].concat());
        let sarif: serde_json::Value = serde_json::from_str(&output.stdout).expect("SARIF is JSON");
        let faults: Vec<String> =
            validator.iter_errors(&sarif).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        assert!(sarif["runs"][0]["results"].as_array().is_some_and(|results| !results.is_empty()));
    }
}
