//! Files that kbc writes, as they come back: reformatted, damaged, cut, or from a newer kbc. They are understood or refused,
//! and never taken for empty.

use std::fs;
use std::path::{Path, PathBuf};

use kbc::diag::Sink;
use kbc::input::formats::yaml;
use kbc::text::source::Sources;
use serde_json::{Value, json};

use crate::kit::{self, Ended, asked, copy, kbc};

/// A built knowledge base of one rule, in a folder with none around it, and the text of its rules.yaml.
struct Built {
    folder: tempfile::TempDir,
    text: String,
}

impl Built {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        copy(Path::new("tests/cases/hook.in"), folder.path());
        fs::remove_file(folder.path().join("out/rules.yaml")).expect("the case has it");
        kbc(folder.path(), &["build"]).is(0, "wrote out/rules.yaml");
        let text = fs::read_to_string(folder.path().join("out/rules.yaml")).expect("it was built");
        assert!(text.lines().next().is_some_and(|line| line.contains(" Seal ")), "{text}");
        Self { folder, text }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("it is there")
    }

    fn write(&self, text: impl AsRef<[u8]>) {
        kit::write(self.folder.path(), "out/rules.yaml", text);
    }

    fn review(&self) -> Ended {
        kbc(&self.root(), &["review", "--built", "--format", "short", "code.py"])
    }

    /// What an agent reads after it has written a file.
    fn told_to_agents(&self) -> String {
        let event = json!({ "cwd": self.root(), "tool_input": { "file_path": self.root().join("code.py") } });
        let ended = asked(&self.root(), &["hook", "post-tool-use"], &event.to_string());
        assert_eq!(ended.code, 0, "a hook stops no agent");
        let answer: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap_or_default().to_owned()
    }
}

/// A YAML text as one line of JSON, which is YAML in flow style.
fn in_flow_style(text: &str) -> String {
    let source = Sources::default().add("a", "");
    let document = yaml::read(source, text, 0, &mut Sink::new()).expect("it is YAML");
    format!("{}\n", document.to_json())
}

/// The lines of the list of rules, changed.
fn rules_changed(text: &str, change: impl Fn(&str) -> String) -> String {
    let (head, rest) = text.split_once("\nrules:\n").expect("there are rules");
    let (rules, evidence) = rest.split_once("\nenvironments:").expect("there is evidence");
    let rules: Vec<String> = rules.lines().map(change).collect();
    format!("{head}\nrules:\n{}\nenvironments:{evidence}", rules.join("\n"))
}

#[test]
fn rules_are_read_however_they_are_written() {
    let built = Built::new();
    let expected = built.review();
    expected.is(1, "code.py");
    let text = built.text.as_str();
    let line = |line: &str| format!("{line}\n");
    let forms: Vec<(&str, String)> = vec![
        ("items indented by two", rules_changed(text, |line| format!("  {line}"))),
        (
            "a key before the id",
            text.replace("- id: R1\n", "- weight: 10\n  id: R1\n").replace("\n  weight: 10\n", "\n"),
        ),
        ("CRLF", text.replace('\n', "\r\n")),
        ("a mark of byte order", format!("\u{feff}{text}")),
        ("comments", text.lines().map(|text| line(text) + "# a comment\n").collect()),
        ("empty lines", rules_changed(text, |text| format!("\n{text}"))),
        ("flow style", in_flow_style(text)),
        ("no line that says who made it", text.split_once('\n').expect("it has lines").1.to_owned()),
        ("a document mark", format!("---\n{text}...\n")),
        ("another end", text.trim_end().to_owned()),
        ("quoted keys", text.replace("id: R1", "\"id\": 'R1'").replace("rules:\n", "'rules':\n")),
        (
            "an unknown key",
            text.replace("count:", "planned: { a: 1 }\ncount:").replace("  weight:", "  heat: 3\n  weight:"),
        ),
        ("an unknown key of a check", text.replace("  - language:", "  - heat: [1]\n    language:")),
        ("the list at the end", {
            let (head, rest) = text.split_once("rules:\n").expect("there are rules");
            let (rules, evidence) = rest.split_once("environments:").expect("there is evidence");
            format!("{head}environments:{evidence}rules:\n{rules}")
        }),
    ];
    for (name, text) in forms {
        assert_ne!(text, built.text, "{name}");
        built.write(&text);
        let ended = built.review();
        assert_eq!((ended.code, ended.said()), (1, expected.said()), "{name}\n{text}");
        assert!(built.told_to_agents().contains("2 findings"), "{name}: {}", built.told_to_agents());
    }
}

#[test]
fn rules_that_are_not_understood_are_never_clean() {
    let built = Built::new();
    let text = built.text.as_str();
    let cut = text.find("\n- id: ").expect("there is a rule");
    let newer = "was written by a newer kbc";
    let forms: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), "it has no `kind`"),
        ("only its first line", text.lines().next().expect("it has lines").into(), "it has no `kind`"),
        ("cut in the list", text[..cut].into(), "its `rules` are no list"),
        (
            "no rule, but a count",
            text.replace("\nrules:", "\nrules: []\nold:").into(),
            "says that there are 1 rules, and 0",
        ),
        ("another count", text.replace("count: 1", "count: 2").into(), "says that there are 2 rules, and 1"),
        ("no count", text.replace("count: 1\n", "").into(), "says no number of rules, and 1"),
        ("no kind", text.replace("kind: kbc.rules\n", "").into(), "it has no `kind`"),
        ("another kind", text.replace("kbc.rules", "kbc.lock").into(), "its `kind` is \"kbc.lock\""),
        ("no version", text.replace("version: 1\n", "").into(), "it has no `version`"),
        ("version 2", text.replace("version: 1", "version: 2").into(), newer),
        ("version 2^64", text.replace("version: 1", "version: 18446744073709551616").into(), newer),
        ("a version in words", text.replace("version: 1", "version: one").into(), "its `version` is \"one\""),
        ("version -1", text.replace("version: 1", "version: -1").into(), "its `version` is -1"),
        (
            "a severity that is not known",
            text.replace("severity: error", "severity: fatal").into(),
            "the checks of `R1`",
        ),
        ("a kind of check that is not known", text.replace("    ast:", "    graph:").into(), "the checks of `R1`"),
        ("a rule without an id", text.replace("- id: R1\n  ", "- ").into(), "the rule `rules/0`"),
        ("a key twice", format!("{text}rules: []\n").into(), "line "),
        ("not YAML", text.replace("rules:\n", "rules: [\n").into(), "line "),
        (
            "a merge conflict",
            text.replace("count: 1\n", "<<<<<<< a\ncount: 1\n=======\ncount: 2\n>>>>>>> b\n").into(),
            "line ",
        ),
        ("not UTF-8", b"kind: kbc.rules\n\xff".to_vec(), "it is not UTF-8"),
    ];
    for (name, bytes, says) in forms {
        assert_ne!(bytes, built.text.as_bytes(), "{name}");
        built.write(&bytes);
        let ended = built.review();
        ended.is(2, says);
        assert!(!ended.said().contains("clean"), "{name}: {}", ended.said());
        let told = built.told_to_agents();
        assert!(told.starts_with("kbc could not look at this edit: ") && told.contains(says), "{name}: {told}");
        let doctor = kbc(&built.root(), &["doctor"]);
        doctor.is(1, "out/rules.yaml  broken: ");
        assert!(doctor.said().contains(says), "{name}: {}", doctor.said());
        assert!(says != newer || !ended.said().contains("kbc build"), "{name}: {}", ended.said());
    }
    fs::remove_file(built.root().join("out/rules.yaml")).expect("it is there");
    fs::create_dir(built.root().join("out/rules.yaml")).expect("it was removed");
    built.review().is(2, "it is no file");
}

#[test]
fn what_looks_at_nothing_does_not_say_clean() {
    let built = Built::new();
    fs::create_dir(built.root().join("empty")).expect("it can be made");
    kbc(&built.root(), &["review", "empty"]).is(0, "nothing was looked at: 0 files, 1 rule");
    kbc(&built.root(), &["review", "--min-precision", "high", "code.py"]).is(1, "2 findings");
    kbc(&built.root(), &["review"]).is(1, "1 rule");
}
