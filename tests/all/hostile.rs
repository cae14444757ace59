//! Texts too large, too deep or too odd to be kept as golden cases. Each ends with a message and an
//! exit code of its own, soon, and with the old files whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kit::{self, command, ends, kbc, write};

const PAPER: &str =
    "---\nid: a\ntitle: A\npriority: high\nrules:\n  - { id: R1, rule: \"Use sets\", section: \"#a\" }\n---\n# A\n";

/// A small knowledge base in a folder of its own.
fn project(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    kit::project(&format!("hostile/{name}"), PAPER, files)
}

#[test]
fn a_paper_of_50_megabytes_is_refused_unread() {
    let root = project("large", &[("papers/log.md", &vec![b'x'; 50 << 20])]);
    ends(&kbc(&root, &["check"]), 2, "error[too-large]: `papers/log.md` has 50.0 MiB");
}

#[test]
fn a_paper_of_one_endless_word_is_counted_in_good_time() {
    let text = format!("{PAPER}{}\n", "x".repeat(1_000_000));
    let root = project("word", &[("papers/a.md", text.as_bytes())]);
    ends(&kbc(&root, &["check", "--format", "short"]), 1, "warning[paper-size]");
}

#[test]
fn deep_nesting_is_refused_or_read_but_never_overflows() {
    let deep = "[".repeat(200_000);
    let root = project("yaml", &[("data/d.yaml", format!("figures: {deep}").as_bytes())]);
    ends(&kbc(&root, &["check"]), 1, "error[yaml-too-deep]");
    for (name, mark) in
        [("quotes", ">"), ("brackets", "["), ("images", "!["), ("lists", "- "), ("stars", "*a "), ("html", "<b>")]
    {
        let text = format!("{PAPER}{}\n", mark.repeat(200_000));
        let root = project(name, &[("papers/a.md", text.as_bytes())]);
        ends(&kbc(&root, &["build", "-q"]), 0, "wrote out/rules.yaml");
    }
    for (name, mark) in [("parentheses", "("), ("minus", "-"), ("not", "not "), ("dots", "1|abs|")] {
        let template = format!("---\noutput: out/x.md\n---\n{{{{ {}", mark.repeat(60_000 / mark.len()));
        let root = project(name, &[("templates/x.md", template.as_bytes())]);
        ends(&kbc(&root, &["check"]), 1, "error[template-");
    }
    for (name, mark, end) in [("if", "{% if 1 %}", ""), ("elif", "{% elif 0 %}", "{% endif %}")] {
        let template = format!("---\noutput: out/x.md\n---\n{{% if 0 %}}{}{end}", mark.repeat(60_000 / mark.len()));
        let root = project(name, &[("templates/x.md", template.as_bytes())]);
        ends(&kbc(&root, &["check"]), 1, "error[");
    }
    let root = project("template", &[("templates/x.md", &[b'x'; 200_000])]);
    ends(&kbc(&root, &["check"]), 2, "error[too-large]");
}

#[test]
fn a_million_spaces_are_counted() {
    let text = format!("{PAPER}{}x\n", " ".repeat(1_000_000));
    let root = project("spaces", &[("papers/a.md", text.as_bytes())]);
    ends(&kbc(&root, &["build", "-q"]), 0, "wrote out/rules.yaml");
}

#[test]
fn large_prompts_get_the_rulebook_in_good_time() {
    let root = project("prompts", &[]);
    ends(&kbc(&root, &["build"]), 0, "wrote out/RULEBOOK.md");
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
            assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
            assert!(String::from_utf8_lossy(&output.stdout).contains("- R1 Use sets"), "{path} as {framework}");
        }
    }
}

#[test]
fn thousands_of_findings_are_told_in_good_time() {
    let text = format!("{PAPER}{}\n", "[a](nowhere.md)\n".repeat(10_000));
    let root = project("findings", &[("papers/a.md", text.as_bytes())]);
    let output = kbc(&root, &["check", "--format", "short"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 10_001, "each link and the size of the paper");
    assert_eq!(output.status.code(), Some(1));
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
    ends(&kbc(&root, &["build"]), 0, "wrote out/rules.yaml");
    link("../outside", &root.join("out/ext"));
    ends(&kbc(&root, &["build"]), 0, "nothing to change");
    assert!(root.join("outside/old.md").exists());
}

#[test]
#[cfg(unix)]
fn a_pipe_is_no_paper() {
    let root = project("pipe-in", &[]);
    let made = Command::new("mkfifo").arg(root.join("papers/b.md")).status().expect("mkfifo is part of every Unix");
    assert!(made.success());
    ends(&kbc(&root, &["check"]), 2, "error[unreadable]: `papers/b.md` cannot be read: it is neither");
}

#[test]
fn a_link_to_nowhere_is_unreadable() {
    let root = project("dangling", &[]);
    link("nowhere.md", &root.join("papers/b.md"));
    ends(&kbc(&root, &["check"]), 2, "error[unreadable]: `papers/b.md` cannot be read");
}

#[test]
fn an_output_cannot_leave_the_project_through_a_link() {
    let root = project("link", &[]);
    let outside = root.parent().expect("it has one").join("outside");
    let _ = fs::remove_dir_all(&outside);
    fs::create_dir_all(&outside).expect("a folder can be made");
    link(outside.to_str().expect("a UTF-8 path"), &root.join("out"));
    ends(&kbc(&root, &["build"]), 2, "leads out of the project");
    assert_eq!(fs::read_dir(outside).expect("it is there").count(), 0);
}

#[test]
#[cfg(unix)]
fn an_output_that_is_a_link_in_the_project_is_written_through() {
    let root = project("through", &[]);
    ends(&kbc(&root, &["build"]), 0, "wrote out/RULEBOOK.md");
    let (output, real) = (root.join("out/RULEBOOK.md"), root.join("real.md"));
    fs::rename(&output, &real).expect("it can be moved");
    link("../real.md", &output);
    ends(&kbc(&root, &["build"]), 0, "nothing to change");
    let whole = fs::read_to_string(&real).expect("it is no stray");
    fs::write(&real, format!("{whole}- by hand\n")).expect("it can be written");
    ends(&kbc(&root, &["check"]), 1, "error[stale]");
    ends(&kbc(&root, &["build"]), 0, "wrote out/RULEBOOK.md");
    assert_eq!(fs::read_to_string(&real).expect("it is there"), whole);
    assert!(output.symlink_metadata().expect("it is there").is_symlink());
}

#[test]
fn an_output_that_is_a_folder_is_said_to_be_one() {
    let root = project("folder", &[("out/rules.yaml/x", b"")]);
    ends(&kbc(&root, &["check"]), 2, "the output `out/rules.yaml` is a folder");
    ends(&kbc(&root, &["build"]), 2, "the output `out/rules.yaml` is a folder");
}

#[test]
fn when_one_output_cannot_be_written_none_is() {
    let other = b"---\noutput: blocked/x.md\n---\nx\n";
    let root = project("atomic", &[("templates/x.md", other), ("blocked", b"a file where a folder is needed")]);
    ends(&kbc(&root, &["build"]), 2, "blocked/x.md");
    assert!(!root.join("out").exists(), "nothing was written, and no folder is left behind");
}

#[test]
fn a_build_that_changes_nothing_touches_nothing() {
    let root = project("touch", &[]);
    ends(&kbc(&root, &["build"]), 0, "wrote out/rules.yaml");
    let written =
        |path: &str| fs::metadata(root.join(path)).and_then(|metadata| metadata.modified()).expect("it is there");
    let before = [written("out/rules.yaml"), written("out/RULEBOOK.md"), written("out")];
    ends(&kbc(&root, &["build"]), 0, "nothing to change");
    assert_eq!(before, [written("out/rules.yaml"), written("out/RULEBOOK.md"), written("out")]);
    assert_eq!(fs::read_dir(root.join("out")).expect("it is there").count(), 2, "no temporary file is left");
}

#[test]
fn a_reader_that_goes_away_is_no_trouble() {
    let root = project("pipe", &[]);
    let mut child = command(&root, &["schema", "paper"]).spawn().expect("kbc runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("kbc ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[cfg(unix)]
fn link(target: &str, at: &Path) {
    std::os::unix::fs::symlink(target, at).expect("a link can be made");
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) {}
