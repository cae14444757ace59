//! Texts too large, too deep or too odd to be kept as golden cases. Each ends with a message and an
//! exit code of its own, soon, and with the old files whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kit::{self, Ended, command, kbc, write};

const PAPER: &str =
    "---\nid: a\ntitle: A\npriority: high\nrules:\n  - { id: R1, text: \"Use sets\", section: \"#a\" }\n---\n# A\n";

/// A small knowledge base in a folder of its own.
fn project(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    kit::project(&format!("hostile/{name}"), PAPER, files)
}

#[test]
fn a_paper_of_50_megabytes_is_refused_unread() {
    let root = project("large", &[("papers/log.md", &vec![b'x'; 50 << 20])]);
    kbc(&root, &["check"]).is(2, "error[oversized-file]: `papers/log.md` has 50.0 MiB");
}

#[test]
fn a_paper_of_one_endless_word_is_counted_in_good_time() {
    let text = format!("{PAPER}{}\n", "x".repeat(1_000_000));
    let root = project("word", &[("papers/a.md", text.as_bytes())]);
    kbc(&root, &["check", "--format", "short"]).is(1, "warning[paper-size]");
}

#[test]
fn deep_nesting_is_refused_or_read_but_never_overflows() {
    // In a process of its own: an overflow ends the one that it happens in.
    let kbc = |root: &Path, arguments: &[&str]| kit::run(&mut command(root, arguments));
    let deep = "[".repeat(200_000);
    let root = project("yaml", &[("data/d.yaml", format!("figures: {deep}").as_bytes())]);
    kbc(&root, &["check"]).is(1, "error[yaml-too-deep]");
    for (name, mark) in
        [("quotes", ">"), ("brackets", "["), ("images", "!["), ("lists", "- "), ("stars", "*a "), ("html", "<b>")]
    {
        let text = format!("{PAPER}{}\n", mark.repeat(200_000));
        let root = project(name, &[("papers/a.md", text.as_bytes())]);
        kbc(&root, &["build", "-q"]).is(0, "wrote out/rules.yaml");
    }
    for (name, mark) in [("parentheses", "("), ("minus", "-"), ("not", "not "), ("dots", "1|abs|")] {
        let template = format!("---\noutput: out/x.md\n---\n{{{{ {}", mark.repeat(60_000 / mark.len()));
        let root = project(name, &[("templates/x.md", template.as_bytes())]);
        kbc(&root, &["check"]).is(1, "error[template-");
    }
    for (name, mark, end) in [("if", "{% if 1 %}", ""), ("elif", "{% elif 0 %}", "{% endif %}")] {
        let template = format!("---\noutput: out/x.md\n---\n{{% if 0 %}}{}{end}", mark.repeat(60_000 / mark.len()));
        let root = project(name, &[("templates/x.md", template.as_bytes())]);
        kbc(&root, &["check"]).is(1, "error[");
    }
    let root = project("template", &[("templates/x.md", &[b'x'; 200_000])]);
    kbc(&root, &["check"]).is(2, "error[oversized-file]");
}

#[test]
fn a_million_spaces_are_counted() {
    let text = format!("{PAPER}{}x\n", " ".repeat(1_000_000));
    let root = project("spaces", &[("papers/a.md", text.as_bytes())]);
    kbc(&root, &["build", "-q"]).is(0, "wrote out/rules.yaml");
}

#[test]
fn large_prompts_get_the_rulebook_in_good_time() {
    let root = project("prompts", &[]);
    kbc(&root, &["build"]).is(0, "wrote out/RULEBOOK.md");
    let names: Vec<String> = (0..100_000).map(|number| format!("{{{{ v{number} }}}} ")).collect();
    for (path, prompt) in [
        ("plain.md", "What {x} is in {{ language }}.\n".repeat(100_000)),
        ("braces.md", "{{".repeat(1 << 20) + "}}"),
        ("spaces.md", "{{ a b ".repeat(200_000) + "}}"),
        ("names.md", names.concat()),
        ("hidden.md", "a\u{200b}b\n".repeat(100_000)),
    ] {
        write(&root, path, prompt.as_bytes());
        for framework in ["text", "openai", "anthropic", "langchain", "litellm"] {
            let output = kbc(&root, &["inject", "--as", framework, "--prompt", path]);
            assert!(output.is_clean(), "{path}: {}", output.stderr);
            assert!(output.stdout.contains("- R1 Use sets"), "{path} as {framework}");
        }
    }
}

#[test]
fn of_thousands_of_errors_some_are_told_and_all_are_counted() {
    let text = format!("{PAPER}{}\n", "[a](nowhere.md)\n".repeat(10_000));
    let root = project("findings", &[("papers/a.md", text.as_bytes())]);
    for format in ["short", "human", "json"] {
        let output = kbc(&root, &["check", "--format", format]);
        output.is(1, "10000 errors, 1 warning;");
        output.is(1, "and 9,000 more of these in this file");
    }
    let output = kbc(&root, &["check", "--format", "short"]);
    assert_eq!(output.stdout.lines().count(), 1002, "a thousand links, the others, and the size of the paper");
    let json = kbc(&root, &["check", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    assert_eq!((&json["errors"], &json["warnings"]), (&10_000.into(), &1.into()));
    assert_eq!(json["diagnostics"].as_array().map(Vec::len), Some(1002));
}

#[test]
fn what_is_behind_a_link_in_the_output_folder_is_not_touched() {
    let root = project(
        "linked",
        &[(
            "outside/old.md",
            b"<!-- Made by `kbc build` from papers/, data/ and templates/. Edit those, not this file. -->\n",
        )],
    );
    kbc(&root, &["build"]).is(0, "wrote out/rules.yaml");
    link("../outside", &root.join("out/ext"));
    kbc(&root, &["build"]).is(0, "nothing to change");
    assert!(root.join("outside/old.md").exists());
}

#[test]
#[cfg(unix)]
fn a_pipe_is_no_paper() {
    let root = project("pipe-in", &[]);
    let made = Command::new("mkfifo").arg(root.join("papers/b.md")).status().expect("mkfifo is part of every Unix");
    assert!(made.success());
    kbc(&root, &["check"]).is(2, "error[unreadable-file]: `papers/b.md` cannot be read: it is neither");
}

#[test]
fn a_link_to_nowhere_is_unreadable() {
    let root = project("dangling", &[]);
    link("nowhere.md", &root.join("papers/b.md"));
    kbc(&root, &["check"]).is(2, "error[unreadable-file]: `papers/b.md` cannot be read");
}

#[test]
fn an_output_cannot_leave_the_project_through_a_link() {
    let root = project("link", &[]);
    let outside = root.parent().expect("it has one").join("outside");
    let _ = fs::remove_dir_all(&outside);
    fs::create_dir_all(&outside).expect("a folder can be made");
    link(outside.to_str().expect("a UTF-8 path"), &root.join("out"));
    kbc(&root, &["build"]).is(2, "leads out of the project");
    assert_eq!(fs::read_dir(outside).expect("it is there").count(), 0);
}

#[test]
#[cfg(unix)]
fn an_output_that_is_a_link_in_the_project_is_written_through() {
    let root = project("through", &[]);
    kbc(&root, &["build"]).is(0, "wrote out/RULEBOOK.md");
    let (output, real) = (root.join("out/RULEBOOK.md"), root.join("real.md"));
    fs::rename(&output, &real).expect("it can be moved");
    link("../real.md", &output);
    kbc(&root, &["build"]).is(0, "nothing to change");
    let whole = fs::read_to_string(&real).expect("it is no stray");
    fs::write(&real, format!("{whole}- by hand\n")).expect("it can be written");
    kbc(&root, &["check"]).is(1, "error[stale-output]");
    kbc(&root, &["build"]).is(0, "wrote out/RULEBOOK.md");
    assert_eq!(fs::read_to_string(&real).expect("it is there"), whole);
    assert!(output.symlink_metadata().expect("it is there").is_symlink());
}

#[test]
fn an_output_that_is_a_folder_is_said_to_be_one() {
    let root = project("folder", &[("out/rules.yaml/x", b"")]);
    kbc(&root, &["check"]).is(2, "the output `out/rules.yaml` is a folder");
    kbc(&root, &["build"]).is(2, "the output `out/rules.yaml` is a folder");
}

#[test]
fn when_one_output_cannot_be_written_none_is() {
    let other = b"---\noutput: blocked/x.md\n---\nx\n";
    let root = project("atomic", &[("templates/x.md", other), ("blocked", b"a file where a folder is needed")]);
    kbc(&root, &["build"]).is(2, "blocked/x.md");
    assert!(!root.join("out").exists(), "nothing was written, and no folder is left behind");
}

#[test]
fn a_build_that_changes_nothing_touches_nothing() {
    let root = project("touch", &[]);
    kbc(&root, &["build"]).is(0, "wrote out/rules.yaml");
    let written =
        |path: &str| fs::metadata(root.join(path)).and_then(|metadata| metadata.modified()).expect("it is there");
    let before = [written("out/rules.yaml"), written("out/RULEBOOK.md"), written("out")];
    kbc(&root, &["build"]).is(0, "nothing to change");
    assert_eq!(before, [written("out/rules.yaml"), written("out/RULEBOOK.md"), written("out")]);
    assert_eq!(fs::read_dir(root.join("out")).expect("it is there").count(), 2, "no temporary file is left");
}

#[test]
fn a_reader_that_goes_away_is_no_trouble() {
    let root = project("pipe", &[]);
    let mut child = command(&root, &["schema", "paper"]).spawn().expect("kbc runs");
    drop(child.stdout.take());
    let output = Ended::from(child.wait_with_output().expect("kbc ends"));
    assert_eq!(output.code, 0);
    assert!(output.stderr.is_empty());
}

#[cfg(unix)]
fn link(target: &str, at: &Path) {
    std::os::unix::fs::symlink(target, at).expect("a link can be made");
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) {}
