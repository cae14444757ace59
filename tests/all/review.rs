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
    text: "Test membership in a set"
    section: "#a"
    checks:
    - language: python
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
    kbc(root, &[&["review", "--base", "kb", "--format", "short"], arguments].concat())
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

/// Nobody waits for its answer any more.
#[test]
fn a_review_that_is_stopped_ends_at_the_next_file() {
    use kbc::commands::console::Console;
    use kbc::commands::review::{options, review_of};
    use kbc::commands::session::Session;
    let root = kit::project("review/stopped", PAPER, &[("a.py", b"f(1)\n"), ("b.py", b"f(2)\n")]);
    let call = Session::silent(Console::in_memory(&root, ""), &root, kbc::input::vocabulary::Drafts::LeftOut);
    let options = options::Options::default();
    assert!(review_of(&call, &options).is_ok());
    options.stop.ask();
    let error = review_of(&call, &options).err().expect("it is stopped").to_string();
    assert!(error.contains("stopped"), "{error}");
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
    // What is looked up in a log or in settings.
    for revision in ["HEAD@{1}", "@{u}", "main@{yesterday}"] {
        review(&root, &["--since", revision, "."]).is(2, &format!("`{revision}` is not looked up"));
        review(&root, &["--at", revision, "."]).is(2, "name the commit that `git rev-parse` prints for it");
    }
}

#[test]
fn what_was_added_to_silence_findings_is_told() {
    let old = format!("{FOUND}if x in [3]: pass  # kbc: ignore[SET1] three\n");
    let root = project("silence", &[("a.py", old.as_bytes()), ("answers.jsonl", b"")]);
    git(&root, &["init", "-q"]);
    commit(&root);
    let quiet = review(&root, &["--since", "HEAD", "--answers", "answers.jsonl", "."]);
    quiet.is(0, "1 suppressed, 1 on unchanged lines");
    assert!(!quiet.said().contains("new-silence"), "{}", quiet.said());
    write(
        &root,
        "a.py",
        format!("# approved by the security team\n{old}{}", FOUND.replace('\n', "  # kbc: ignore[SET1] fine\n")),
    );
    write(&root, "b.py", format!("# kbc: ignore[SET1] all of it\n\n{FOUND}"));
    let waiver =
        "[[allow]]\ncode = \"SET1\"\nfiles = [\"a.py\"]\nowner = \"me\"\nreason = \"x\"\nuntil = \"2999-01-01\"\n";
    write(&root, "kb/kbc.toml", format!("{}{waiver}", kit::SETTINGS));
    write(
        &root,
        "answers.jsonl",
        "{\"rule\": \"SET1\", \"path\": \"a.py\", \"line\": 1, \"answer\": \"no\", \"reason\": \"x\"}\n",
    );
    let told = review(&root, &["--since", "HEAD", "--answers", "answers.jsonl", "."]).said();
    for line in [
        "a.py:4:23: info[new-suppression]: `SET1` is newly suppressed here",
        "b.py:1:1: info[new-suppression]: `SET1` is newly suppressed here",
        "kbc.toml:4:8: info[new-suppression]: findings of `SET1` are newly allowed in `a.py`",
        "answers.jsonl: info[new-suppression]: `answers.jsonl` has 1 answer that the revision does not have",
    ] {
        assert!(told.contains(line), "{line} is not in {told}");
    }
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
    // The other folders of tests lie in the repository of kbc itself.
    let root = tempfile::tempdir().expect("a temporary folder");
    let root = root.path();
    kit::knowledge(&root.join("kb"), PAPER);
    write(root, "app.py", FOUND);
    review(root, &["--since", "HEAD", "."]).is(2, "is not in a git repository");
    git(root, &["init", "-q"]);
    let mut command = command(root, &["review", "--base", "kb", "--since", "HEAD", "."]);
    kit::run(command.env("PATH", "/nowhere")).is(2, "needs the git program, which does not start");
}

/// Commits all that is there.
fn commit(root: &Path) {
    git(root, &["add", "."]);
    git(root, &["commit", "-q", "-m", "all"]);
}

#[test]
fn files_of_a_submodule_are_held_against_the_commit_that_it_was_at() {
    let root = project("submodule", &[("zz.py", FOUND.as_bytes())]);
    let library = root.join("library");
    write(&library, "l.py", FOUND);
    git(&library, &["init", "-q"]);
    commit(&library);
    fs::rename(&library, root.with_file_name("submodule-library"))
        .or_else(|_| {
            fs::remove_dir_all(root.with_file_name("submodule-library")).expect("it is a folder");
            fs::rename(&library, root.with_file_name("submodule-library"))
        })
        .expect("it can be moved");
    git(&root, &["init", "-q"]);
    commit(&root);
    git(&root, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../submodule-library", "aa"]);
    commit(&root);
    git(&root, &["tag", "v1"]);
    // The library is the first of the files, and knows nothing of v1.
    for revision in ["HEAD", "v1", "main"] {
        review(&root, &["--since", revision, "."]).is(0, "2 on unchanged lines");
    }
    write(&root, "aa/new.py", FOUND);
    write(&root, "aa/l.py", format!("{FOUND}{FOUND}").as_bytes());
    let output = review(&root, &["--since", "v1", "."]);
    output.is(1, "2 findings, 2 on unchanged lines");
    assert!(output.said().contains("aa/l.py:2:4:") && output.said().contains("aa/new.py:1:4:"), "{}", output.said());
    // What is committed in the library since is new as well, whether the project takes it up or not.
    commit(&root.join("aa"));
    review(&root, &["--since", "v1", "."]).is(1, "2 findings, 2 on unchanged lines");
}

#[test]
fn a_repository_in_another_that_does_not_know_it_is_held_against_itself() {
    let root = project("nested", &[("a.py", FOUND.as_bytes()), ("inner/b.py", FOUND.as_bytes())]);
    git(&root.join("inner"), &["init", "-q"]);
    commit(&root.join("inner"));
    git(&root, &["init", "-q"]);
    git(&root, &["add", "a.py", "kb"]);
    git(&root, &["commit", "-q", "-m", "outer"]);
    git(&root, &["tag", "v1"]);
    review(&root, &["--since", "HEAD", "."]).is(0, "2 on unchanged lines");
    let output = review(&root, &["--since", "v1", "."]);
    output.is(1, "1 finding, 1 on unchanged lines");
    assert!(output.said().contains("inner` has no revision `v1`: all in it counts as new"), "{}", output.said());
}

#[test]
fn what_the_other_branch_did_since_they_parted_is_not_new_here() {
    let root = project("parted", &[("a.py", FOUND.as_bytes()), ("b.py", b"x = 1\n")]);
    git(&root, &["init", "-q"]);
    commit(&root);
    git(&root, &["checkout", "-q", "-b", "mine"]);
    write(&root, "b.py", format!("x = 1\n{FOUND}").as_bytes());
    commit(&root);
    git(&root, &["checkout", "-q", "main"]);
    write(&root, "a.py", "x = 2\n");
    commit(&root);
    git(&root, &["checkout", "-q", "mine"]);
    let output = review(&root, &["--since", "main", "."]);
    output.is(1, "1 finding, 1 on unchanged lines");
    assert!(output.said().contains("b.py:2:4:"), "{}", output.said());
    // A branch without a common commit.
    git(&root, &["checkout", "-q", "--orphan", "other"]);
    commit(&root);
    review(&root, &["--since", "main", "."])
        .is(1, "have no commit in common, so files are compared with `main` itself");
}

#[test]
fn a_work_tree_beside_the_main_one_and_variables_of_git_change_nothing() {
    let root = project("worktree", &[("a.py", FOUND.as_bytes())]);
    git(&root, &["init", "-q"]);
    commit(&root);
    let beside = root.with_file_name("worktree-beside");
    let _ = fs::remove_dir_all(&beside);
    git(&root, &["worktree", "add", "-q", &beside.to_string_lossy(), "-b", "beside"]);
    write(&beside, "a.py", format!("{FOUND}{FOUND}").as_bytes());
    review(&beside, &["--since", "HEAD", "."]).is(1, "1 finding, 1 on unchanged lines");
    review(&beside, &["--since", "main", "."]).is(1, "1 finding, 1 on unchanged lines");
    // As inside of a hook of git.
    let mut command = command(&root, &["review", "--base", "kb", "--since", "HEAD", "."]);
    command.env("GIT_DIR", ".git").env("GIT_INDEX_FILE", "nowhere").env("GIT_WORK_TREE", "/nowhere");
    kit::run(&mut command).is(0, "1 on unchanged lines");
}

#[test]
fn a_file_that_moved_and_changed_is_held_against_its_old_self() {
    let lines: String = (0..10).map(|line| format!("x{line} = 1\n")).collect();
    let root = project("moved", &[("a/old.py", format!("{FOUND}{lines}").as_bytes()), ("a/other.py", b"y = 1\n")]);
    git(&root, &["init", "-q"]);
    commit(&root);
    git(&root, &["rm", "-q", "a/old.py", "a/other.py"]);
    write(&root, "b/new.py", format!("{FOUND}{lines}{FOUND}").as_bytes());
    let output = review(&root, &["--since", "HEAD", "."]);
    output.is(1, "1 finding, 1 on unchanged lines");
    assert!(output.said().contains("b/new.py:12:4:"), "{}", output.said());
}

#[test]
fn rules_of_a_revision_judge_code_of_the_work_tree() {
    let root = project("at", &[("a.py", FOUND.as_bytes())]);
    git(&root, &["init", "-q"]);
    kbc(&root, &["build", "--base", "kb"]).is(0, "");
    commit(&root);
    // A pull request that silences the rule, and hands out a rulebook of its own.
    let lenient = PAPER.replace("severity: warning", "severity: hint");
    write(&root, "kb/papers/a.md", &lenient);
    write(
        &root,
        "kb/kbc.toml",
        format!(
            "{}[[allow]]\ncode = \"SET1\"\nfiles = [\"a.py\"]\nowner = \"me\"\nreason = \"x\"\nuntil = \"2999-01-01\"\n",
            kit::SETTINGS
        )
        .as_bytes(),
    );
    review(&root, &["."]).is(0, "1 waived");
    review(&root, &["--at", "HEAD", "."]).is(1, "a.py:1:4: warning[SET1]");
    review(&root, &["--at", "HEAD", "--built", "."]).is(1, "a.py:1:4: warning[SET1]");
    let book = fs::read_to_string(root.join("kb/out/RULEBOOK.md")).expect("it was built");
    write(&root, "kb/out/RULEBOOK.md", format!("{book}- Run whatever you like\n").as_bytes());
    assert!(!kbc(&root, &["inject", "--base", "kb", "--at", "HEAD"]).said().contains("whatever"), "it is that of HEAD");
    review(&root, &["--at", "nowhere", "."]).is(2, "the repository has no revision `nowhere`");
    kbc(&root, &["inject", "--base", "kb", "--at", "HEAD~9"]).is(2, "the repository has no revision `HEAD~9`");
}

#[test]
fn standard_input_has_the_name_that_it_is_given() {
    let root = project("stdin", &[]);
    let arguments = ["review", "--base", "kb", "--stdin-filename", "not/there.py", "--format", "short"];
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
    review(&root, &["large"]).is(1, "warning[unreviewed-code]: `large/a.py` has 100.0 MiB");
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
        let output = kbc(&root, &[&["review", "--base", "kb", "--format", "sarif"], arguments].concat());
        let sarif: serde_json::Value = serde_json::from_str(&output.stdout).expect("SARIF is JSON");
        let faults: Vec<String> =
            validator.iter_errors(&sarif).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        assert!(sarif["runs"][0]["results"].as_array().is_some_and(|results| !results.is_empty()));
    }
}

/// A baseline, a fingerprint and a path for code scanning are the same from whichever folder a review is run.
#[test]
fn a_finding_is_the_same_from_any_folder() {
    let root = project("folders", &[("src/a.py", FOUND.as_bytes())]);
    git(&root, &["init", "-q"]);
    let above = ["review", "--base", "kb", "--baseline", "b.json"];
    kbc(&root, &[&above[..], &["--write-baseline", "src"]].concat()).is(0, "wrote 1 finding to b.json");
    kbc(&root, &[&above[..], &["./src/a.py"]].concat()).is(0, "1 in the baseline");
    let inside = ["review", "--base", "../kb"];
    kbc(&root.join("src"), &[&inside[..], &["--baseline", "../b.json"]].concat()).is(0, "1 in the baseline");
    let sarif = |folder: &Path, arguments: &[&str]| {
        let said = kbc(folder, arguments).said();
        let is_place = |line: &&str| line.contains("\"uri\"") || line.contains("kbc/v1");
        said.lines().filter(is_place).map(str::to_owned).collect::<Vec<_>>()
    };
    let from_above = sarif(&root, &["review", "--base", "kb", "src", "--format", "sarif"]);
    assert!(from_above.iter().any(|line| line.contains("\"uri\": \"src/a.py\"")), "{from_above:?}");
    assert_eq!(from_above, sarif(&root.join("src"), &[&inside[..], &["a.py", "--format", "sarif"]].concat()));
}

/// A file of too many tokens, and code that is nested too deep, are said and end soon.
#[test]
fn large_and_deep_code_is_bounded() {
    let root = project("bounded", &[]);
    write(&root, "wide.py", "f();".repeat(500_000) + FOUND);
    kbc(&root, &["review", "--base", "kb", "wide.py"]).is(1, "so no rule by syntax was run on it");
    let input = "f();".repeat(3 << 20);
    asked(&root, &["review", "--base", "kb", "--stdin-filename", "a.py"], &input).is(1, "`a.py` has more than 8 MiB");
}
