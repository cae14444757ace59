//! Pipes, devices and files of the system in every place from which kbc reads: none of them is opened, whoever put them
//! there. A run that waits for a pipe is ended by `timeout`, one that reads without an end meets its limit of memory.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use crate::kit;
use crate::trust::PAPER;

/// What stands in the environment of a CI job, and must not stand in its log.
const SECRET: &str = "sesame-opens";

/// A kind of file, and how one is made.
type Kind = (&'static str, fn(&Path));

const KINDS: [Kind; 4] = [
    ("pipe", |at| {
        let made = Command::new("mkfifo").arg(at).status().expect("mkfifo is there");
        assert!(made.success());
    }),
    ("endless", |at| symlink("/dev/zero", at).expect("a link can be made")),
    ("environment", |at| symlink("/proc/self/environ", at).expect("a link can be made")),
    ("sizeless", |at| symlink("/proc/self/pagemap", at).expect("a link can be made")),
];

/// A place, and the commands that read it.
const PLACES: &[(&str, &[&[&str]])] = &[
    ("kbc.toml", &[&["check"], &["review", "src"], &["inject"], SESSION]),
    ("kbc.lock", &[&["check"], &["accept", "--all"]]),
    ("papers/b.md", &[&["check"], &["build"], &["review", "src"]]),
    ("data/d.yaml", &[&["check"], &["import", "r.json", "--data", "d"]]),
    ("templates/x.md", &[&["check"], &["build"]]),
    ("utils/u.yaml", &[&["check"]]),
    ("out/RULEBOOK.md", &[&["check"], &["build"], &["inject"], &["doctor"], SESSION]),
    ("out/rules.yaml", &[&["check"], &["review", "--built", "src"], EDIT]),
    ("out/other.md", &[&["check"], &["build"]]),
    ("AGENTS.md", &[&["check"], &["build"], &["doctor"]]),
    (".claude/settings.json", &[&["doctor"], &["hook", "install"]]),
    (".codex/hooks.json", &[&["doctor"], &["hook", "install"]]),
    (".mcp.json", &[&["doctor"]]),
    ("src/b.py", &[&["review", "src"], &["review", "src/b.py"], &["review", "--fix", "src"]]),
    ("src/a.py", &[&["review", "src/a.py"], EDIT]),
    (".gitignore", &[&["review", "src"], &["review", "."]]),
    (".ignore", &[&["review", "src"]]),
    ("src/.gitignore", &[&["review", "src"], &["review", "."]]),
    ("src/deep/.gitignore", &[&["review", "src"]]),
    (".git/info/exclude", &[&["review", "src"], &["review", "src", "--since", "HEAD"]]),
    (".git/config", &[&["review", "src", "--since", "HEAD"]]),
    (".git/HEAD", &[&["review", "src", "--since", "HEAD"]]),
    (".git/packed-refs", &[&["review", "src", "--since", "HEAD"]]),
    (".git/refs/heads/main", &[&["review", "src", "--since", "HEAD"]]),
    (".git/objects/pack/pack-1.idx", &[&["review", "src", "--since", "HEAD"]]),
    (".git/objects/info/alternates", &[&["review", "src", "--since", "HEAD"]]),
    ("pyproject.toml", &[&["review", "src"], &["check"]]),
    ("r.json", &[&["import", "r.json"], &["review", "--metrics", "r.json", "src"]]),
    ("b.json", &[&["review", "--baseline", "b.json", "src"]]),
    ("answers.jsonl", &[&["review", "--answers", "answers.jsonl", "src"]]),
    ("prompt.md", &[&["inject", "--prompt", "prompt.md"]]),
    (".kbc-staging/redo", &[&["check"], &["build"], &["review", "src"], SESSION]),
    (".kbc-staging/undo", &[&["check"], &["build"], &["accept", "--all"]]),
    (".kbc-staging", &[&["check"], &["build"], SESSION]),
];

/// As a session starts, and after an edit; the event stands in a file.
const SESSION: &[&str] = &["hook", "session-start"];
const EDIT: &[&str] = &["hook", "post-tool-use"];

/// Within 20 s and 2 GiB; who needs more of either waits, or reads without an end.
fn kbc(root: &Path, arguments: &[&str]) -> Output {
    let event = format!("{{\"cwd\":{:?},\"tool_input\":{{\"file_path\":\"src/a.py\"}}}}", root.display().to_string());
    kit::write(root, "event.json", event);
    let limited = "ulimit -v 2000000; ulimit -t 20; exec timeout --signal KILL 20 \"$0\" \"$@\" < event.json";
    let mut command = Command::new("sh");
    command.env("KBC_CACHE", "off").env("SECRET", SECRET).args(["-c", limited, env!("CARGO_BIN_EXE_kbc")]);
    command.args(arguments).current_dir(root).output().expect("a shell is part of every Unix")
}

#[test]
fn none_is_opened() {
    let faults: Vec<String> = PLACES.iter().flat_map(|(place, commands)| in_place(place, commands)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn in_place(place: &str, commands: &[&[&str]]) -> Vec<String> {
    let root =
        kit::project("special_files", PAPER, &[("src/a.py", b"f(1)\n"), ("r.json", b"{}"), ("src/deep/x.py", b"")]);
    kit::git(&root, &["init", "--quiet", "."]);
    kit::git(&root, &["add", "."]);
    kit::git(&root, &["commit", "--quiet", "--message", "a"]);
    assert!(kit::kbc(&root, &["build"]).is_clean(), "the knowledge base is in order");
    let at = root.join(place);
    fs::create_dir_all(at.parent().expect("a file lies in a folder")).expect("a folder can be made");
    let mut faults = Vec::new();
    for (kind, make) in KINDS {
        for arguments in commands {
            // A command before may have put another file in its place.
            let _ = fs::remove_file(&at).or_else(|_| fs::remove_dir_all(&at));
            make(&at);
            let output = kbc(&root, arguments);
            let text = [&output.stdout[..], &output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            let code = output.status.code();
            if !matches!(code, Some(0..=2)) || text.contains(SECRET) || text.contains("panicked") {
                let end: String = text.chars().take(300).collect();
                faults.push(format!("{place} as {kind}, kbc {}: {code:?} {end}", arguments.join(" ")));
            }
        }
    }
    faults
}
