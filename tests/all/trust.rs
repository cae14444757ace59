//! Repositories that bring programs along, for git to run or to reach through the network: none runs, whatever way in it
//! takes. Each program would leave a trace, and the trace is looked for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kit::{self, Ended, git, write};

/// One rule, which finds `f(...)`.
pub const PAPER: &str = "---
id: a
title: A
priority: high
rules:
  - id: R1
    text: \"Use sets\"
    section: \"#a\"
    checks: [{ language: python, severity: warning, precision: high, message: look, ast: { pattern: f($A) } }]
---
# A

```python bad=R1
f(1)
```

```python good=R1
g(1)
```
";

/// A repository, and a place beside it for programs and their traces.
struct Place {
    root: PathBuf,
    beside: PathBuf,
}

impl Place {
    /// One commit, and a finding since then.
    fn new(name: &str) -> Self {
        let beside = kit::folder(&format!("trust-{name}"));
        let root = beside.join("root");
        kit::knowledge(&root, PAPER);
        write(&root, "a.py", "x = 1\n");
        git(&root, &["init", "--quiet", "."]);
        git(&root, &["add", "."]);
        git(&root, &["commit", "--quiet", "--message", "a"]);
        write(&root, "a.py", "x = 1\nf(1)\n");
        Self { root, beside }
    }

    /// A program that leaves a trace, and succeeds.
    fn trap(&self, name: &str) -> String {
        let path = self.beside.join(name);
        fs::write(&path, format!("#!/bin/sh\necho {name} >> '{}'\ncat\n", self.trace().display())).expect("writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        path.display().to_string()
    }

    fn trace(&self) -> PathBuf {
        self.beside.join("trace")
    }

    fn config(&self, key: &str, value: &str) {
        git(&self.root, &["config", key, value]);
    }

    /// Removes the object of a file, as a partial clone would not have it.
    fn lose(&self, path: &str) {
        let object = git(&self.root, &["rev-parse", &format!("HEAD:{path}")]);
        let (folder, name) = object.trim().split_at(2);
        let object = self.root.join(".git/objects").join(folder).join(name);
        fs::set_permissions(&object, fs::Permissions::from_mode(0o644)).expect("it is ours");
        fs::remove_file(object).expect("it is there");
    }

    /// What every command that asks git says; none of them has run a program.
    #[track_caller]
    fn nothing_runs(&self, at: &Path) -> Vec<Ended> {
        let _ = fs::remove_file(self.trace());
        let commands: [&[&str]; 4] = [
            &["review", "--format", "short", "--since", "HEAD", "."],
            &["review", "--format", "short", "--since", "HEAD", "--at", "HEAD", "."],
            &["inject", "--at", "HEAD"],
            &["check"],
        ];
        let run = |arguments: &&[&str]| {
            let mut command = Command::new("timeout");
            command.args(["--signal", "KILL", "60", env!("CARGO_BIN_EXE_kbc")]).args(*arguments).current_dir(at);
            command.env("KBC_CACHE", "off").env("GIT_SSH_COMMAND", self.trap("ssh-of-the-environment"));
            kit::run(&mut command)
        };
        let ended = commands.iter().map(run).collect();
        let trace = fs::read_to_string(self.trace()).unwrap_or_default();
        assert!(trace.is_empty(), "it ran: {trace}");
        ended
    }

    /// As before, and the comparison is made.
    #[track_caller]
    fn compares_and_nothing_runs(&self) {
        let ended = self.nothing_runs(&self.root);
        ended[0].is(1, "a.py:2:1: warning[R1]: look");
        ended[1].is(1, "a.py:2:1: warning[R1]: look");
    }
}

#[test]
fn settings_of_a_repository() {
    let place = Place::new("settings");
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.askPass",
        "core.sshCommand",
        "core.gitProxy",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "credential.helper",
        "gpg.program",
        "alias.ls-tree",
        "alias.cat-file",
        "alias.rev-parse",
        "alias.merge-base",
        "uploadpack.packObjectsHook",
    ] {
        place.config(key, &place.trap(key));
    }
    place.config("pager.ls-tree", "true");
    let hooks = place.beside.join("hooks");
    fs::create_dir(&hooks).expect("a folder can be made");
    for hook in ["post-checkout", "fsmonitor-watchman", "post-index-change", "reference-transaction"] {
        let path = place.trap(hook);
        fs::copy(path, hooks.join(hook)).expect("a file can be copied");
    }
    place.config("core.hooksPath", &hooks.display().to_string());
    write(&place.root, ".gitattributes", "* filter=x diff=x\n");
    place.compares_and_nothing_runs();
}

#[test]
fn a_folder_that_looks_like_a_repository() {
    let place = Place::new("bare");
    let bare = place.root.join("AA");
    git(&place.root, &["init", "--quiet", "--bare", "AA"]);
    let settings = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = TRAP\n";
    write(&bare, "config", settings.replace("TRAP", &place.trap("bare")));
    write(&bare, "a.py", "f(1)\n");
    git(&place.root, &["add", "--force", "."]);
    git(&place.root, &["commit", "--quiet", "--message", "b"]);
    write(&bare, "b.py", "f(2)\n");
    let ended = place.nothing_runs(&place.root);
    ended[0].is(1, "AA/b.py:1:1: warning[R1]: look\n1 finding, 2 on unchanged lines");
    place.nothing_runs(&bare);
}

#[test]
fn a_git_file_that_leads_elsewhere() {
    let place = Place::new("gitdir");
    let elsewhere = place.beside.join("elsewhere");
    fs::rename(place.root.join(".git"), &elsewhere).expect("it can be moved");
    write(&place.root, ".git", format!("gitdir: {}\n", elsewhere.display()));
    place.config("core.fsmonitor", &place.trap("gitdir"));
    place.compares_and_nothing_runs();
}

#[test]
fn remotes_that_have_what_is_missing() {
    for (name, url) in
        [("ext", "ext::TRAP %S"), ("ssh", "ssh://h/x"), ("file", "/nowhere"), ("git", "git://127.0.0.1:9/x")]
    {
        let place = Place::new(&format!("remote-{name}"));
        let settings = [
            ("core.repositoryformatversion", "1"),
            ("extensions.partialClone", "evil"),
            ("remote.evil.promisor", "true"),
            ("protocol.ext.allow", "always"),
            ("protocol.allow", "always"),
        ];
        settings.iter().for_each(|(key, value)| place.config(key, value));
        place.config("remote.evil.url", &url.replace("TRAP", &place.trap("ext")));
        place.config("core.sshCommand", &place.trap("ssh"));
        place.lose("a.py");
        let ended = place.nothing_runs(&place.root);
        ended[0].is(1, "all of `a.py` counts as new: the clone does not have its old text");
    }
}

#[test]
fn settings_that_other_files_bring_in() {
    let place = Place::new("include");
    write(&place.beside, "more", format!("[core]\n\tfsmonitor = {}\n", place.trap("include")));
    place.config("include.path", &place.beside.join("more").display().to_string());
    place.compares_and_nothing_runs();
    // Git would wait for somebody to write into it.
    let pipe = place.beside.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there").success());
    let config = place.root.join(".git/config");
    let text = fs::read_to_string(&config).expect("it is there");
    fs::write(config, text.replace(&place.beside.join("more").display().to_string(), &pipe.display().to_string()))
        .expect("it can be written");
    place.compares_and_nothing_runs();
}
