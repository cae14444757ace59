//! What is written, finished and taken back, and what is left when a write stops half way.

use super::*;
use crate::diag::user_error;

/// What a knowledge base holds, by path.
type Tree = Vec<(&'static str, Option<&'static str>)>;

const OLD: [(&str, Option<&str>); 5] = [
    ("out/a.md", Some("old a")),
    ("out/b.md", Some("old b")),
    ("out/gone", Some("old gone")),
    ("new/deep/c.md", None),
    ("out/gone/d.md", None),
];

fn new() -> Tree {
    vec![
        ("out/a.md", Some("new a")),
        ("out/b.md", Some("new b")),
        ("out/gone", None),
        ("new/deep/c.md", Some("new c")),
        ("out/gone/d.md", Some("new d")),
    ]
}

fn changes() -> Vec<Change> {
    let change = |(path, text): (&str, Option<&str>)| match text {
        Some(text) => Change::Write { path: path.to_owned(), text: text.to_owned() },
        None => Change::Remove { path: path.to_owned() },
    };
    new().into_iter().map(change).collect()
}

fn project() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder can be made");
    fs::create_dir(root.path().join("out")).expect("a folder can be made");
    for (path, text) in OLD {
        let Some(text) = text else { continue };
        fs::write(root.path().join(path), text).expect("a file can be written");
    }
    root
}

fn holds(root: &Path, tree: &[(&str, Option<&str>)]) {
    for (path, text) in tree {
        let found = fs::read_to_string(root.join(path)).ok();
        assert_eq!(found.as_deref(), *text, "{path}");
    }
    assert!(!is_pending(root), "no litter stays");
}

/// A write that was decided and then stopped after some of its entries.
fn stopped_after(root: &Path, count: usize) -> Journal<'_> {
    let journal = Journal::of(root);
    journal.begin().expect("it begins");
    let plan = journal.prepare(&changes()).expect("it is put down");
    let plan = journal.decide(plan).expect("it is decided");
    for (number, entry) in plan.entries.iter().enumerate().take(count) {
        journal.redo_entry(number, entry).expect("it is done");
    }
    journal
}

#[test]
fn a_write_changes_everything_and_leaves_nothing() {
    let root = project();
    write(root.path(), &changes()).expect("it is written");
    holds(root.path(), &new());
}

#[test]
fn what_was_decided_is_finished_wherever_it_stopped() {
    for count in 0..=OLD.len() {
        let root = project();
        stopped_after(root.path(), count);
        assert_eq!(settle(root.path()).expect("it is settled"), Some(Recovery::Finished));
        holds(root.path(), &new());
    }
}

#[test]
fn what_was_not_decided_never_was() {
    let root = project();
    let journal = Journal::of(root.path());
    journal.begin().expect("it begins");
    journal.prepare(&changes()).expect("it is put down");
    assert_eq!(settle(root.path()).expect("it is settled"), Some(Recovery::Cleared));
    holds(root.path(), &OLD);
}

#[test]
fn what_is_taken_back_is_taken_back_wherever_it_stopped() {
    for (done, undone) in (0..=OLD.len()).flat_map(|done| (0..=OLD.len()).map(move |undone| (done, undone))) {
        let root = project();
        let journal = stopped_after(root.path(), done);
        fs::rename(journal.plan(Stage::Redo), journal.plan(Stage::Undo)).expect("it is turned round");
        let plan = journal.read_plan(Stage::Undo).expect("it is a plan");
        for (number, entry) in plan.entries.iter().enumerate().rev().take(undone) {
            journal.undo_entry(number, entry).expect("it is undone");
            journal.remove_folders(&plan);
        }
        assert_eq!(settle(root.path()).expect("it is settled"), Some(Recovery::RolledBack));
        holds(root.path(), &OLD);
        assert!(!root.path().join("new").exists(), "folders that were made are gone");
    }
}

#[test]
fn what_cannot_be_finished_is_taken_back() {
    let root = project();
    stopped_after(root.path(), 2);
    fs::write(root.path().join("new"), "a file where a folder is needed").expect("a file can be written");
    assert_eq!(settle(root.path()).expect("it is settled"), Some(Recovery::RolledBack));
    holds(root.path(), &OLD);
}

#[test]
fn what_somebody_changed_in_the_meantime_is_left() {
    let root = project();
    stopped_after(root.path(), 1);
    fs::write(root.path().join("out/b.md"), "theirs").expect("a file can be written");
    assert_eq!(settle(root.path()).expect("it is settled"), Some(Recovery::Finished));
    let mut tree = new();
    tree[1].1 = Some("theirs");
    holds(root.path(), &tree);
}

fn splice(path: &str, before: Option<&str>) -> Vec<Change> {
    let other = Change::Write { path: "out/a.md".into(), text: "new a".into() };
    let (path, before) = (path.to_owned(), before.map(str::to_owned));
    vec![other, Change::Splice { path, before, text: "spliced".into() }]
}

#[test]
fn a_file_of_others_is_written_as_it_was_read_or_nothing_is() {
    for (before, is_written) in [(Some("old b"), true), (Some("as it was read"), false), (None, false)] {
        let root = project();
        assert_eq!(write(root.path(), &splice("out/b.md", before)).is_ok(), is_written);
        let (a, b) = if is_written { ("new a", "spliced") } else { ("old a", "old b") };
        holds(root.path(), &[("out/a.md", Some(a)), ("out/b.md", Some(b))]);
    }
    for (before, is_written) in [(None, true), (Some("it was there"), false)] {
        let root = project();
        assert_eq!(write(root.path(), &splice("NEW.md", before)).is_ok(), is_written);
        let (a, new) = if is_written { ("new a", Some("spliced")) } else { ("old a", None) };
        holds(root.path(), &[("out/a.md", Some(a)), ("NEW.md", new)]);
    }
}

#[test]
fn a_file_of_others_that_is_read_only_stays() {
    let root = project();
    let path = root.path().join("out/b.md");
    let mut permissions = fs::metadata(&path).expect("it is there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).expect("it can be made so");
    let error = write(root.path(), &splice("out/b.md", Some("old b"))).expect_err("it is read-only");
    assert!(format!("{error:#}").contains("`out/b.md`; nothing was changed: the file is read-only"), "{error:#}");
    holds(root.path(), &OLD);
}

#[cfg(unix)]
#[test]
fn a_file_of_others_that_became_a_link_stays() {
    let root = project();
    std::os::unix::fs::symlink("a.md", root.path().join("out/link.md")).expect("a link can be made");
    let error = write(root.path(), &splice("out/link.md", Some("old a"))).expect_err("it is a link");
    assert!(error.to_string().contains("has become a link"), "{error:#}");
    holds(root.path(), &OLD);
}

#[test]
fn a_record_that_came_with_a_repository_writes_nothing_else() {
    for path in
        ["../outside", "/etc/outside", ".git/hooks/pre-commit", "x/.GIT/config", "papers/../.git/x", "x/../../outside"]
    {
        let root = project();
        fs::create_dir_all(root.path().join(".git/hooks")).expect("a folder can be made");
        let journal = Journal::of(root.path());
        journal.begin().expect("it begins");
        fs::write(journal.new_text(0), "theirs").expect("a file can be written");
        let new = Some(digest(b"theirs"));
        let entries = vec![Entry { path: path.to_owned(), action: Action::Create, old: None, new }];
        let mut plan = Plan { entries, folders: vec!["..".to_owned()], seal: None };
        plan.seal = plan.seal(root.path());
        journal.decide(plan).expect("it is decided");
        settle(root.path()).expect_err("it can neither be finished nor taken back");
        assert!(!root.path().join(path).exists(), "{path}");
        assert!(root.path().exists());
    }
}

/// A record of a write whose first step is still to be done or taken back.
fn planted(root: &Path, stage: Stage, seal: impl Fn(&Plan) -> Option<String>) {
    let journal = Journal::of(root);
    journal.begin().expect("it begins");
    fs::write(journal.new_text(0), "theirs").expect("a file can be written");
    fs::write(journal.old_text(0), "theirs").expect("a file can be written");
    let text = |text: &str| Some(digest(text.as_bytes()));
    let entry = match stage {
        Stage::Undo => (Action::Replace, text("theirs"), text("old a")),
        Stage::Plan | Stage::Redo => (Action::Replace, text("old a"), text("theirs")),
    };
    let entries = vec![Entry { path: "out/a.md".into(), action: entry.0, old: entry.1, new: entry.2 }];
    let mut plan = Plan { entries, folders: Vec::new(), seal: None };
    plan.seal = seal(&plan);
    journal.decide(plan).expect("it is decided");
    fs::rename(journal.plan(Stage::Redo), journal.plan(stage)).expect("it can be renamed");
}

/// Makes a seal for a plan, or does not.
type Sealing<'a> = &'a dyn Fn(&Plan) -> Option<String>;

#[test]
fn a_record_that_somebody_else_made_does_nothing() {
    let elsewhere = project();
    let seals: [Sealing<'_>; 3] = [&|_| None, &|_| Some("0".repeat(64)), &|plan: &Plan| plan.seal(elsewhere.path())];
    for (stage, seal) in [Stage::Redo, Stage::Undo].into_iter().flat_map(|stage| seals.map(|seal| (stage, seal))) {
        let root = project();
        planted(root.path(), stage, seal);
        let error = user_error::told(&settle(root.path()).expect_err("it is not ours"));
        assert!(error.contains("is not the record of a write of yours on this machine"), "{error}");
        fs::remove_dir_all(root.path().join(STAGING)).expect("it is left where it was");
        holds(root.path(), &OLD);
    }
    let root = project();
    planted(root.path(), Stage::Redo, |plan| plan.seal(root.path()));
    assert_eq!(settle(root.path()).expect("it is ours"), Some(Recovery::Finished));
    holds(root.path(), &[("out/a.md", Some("theirs"))]);
}

#[test]
fn a_text_that_is_another_by_now_is_not_put_down() {
    let root = project();
    planted(root.path(), Stage::Redo, |plan| plan.seal(root.path()));
    fs::write(Journal::of(root.path()).new_text(0), "yet another").expect("a file can be written");
    settle(root.path()).expect("it is taken back");
    holds(root.path(), &OLD);
}

#[test]
fn a_folder_with_anything_else_in_it_is_left_alone() {
    for name in ["notes.txt", "new-", "new-1x", "redo2"] {
        let root = project();
        fs::create_dir(root.path().join(STAGING)).expect("a folder can be made");
        fs::write(root.path().join(STAGING).join(name), "mine").expect("a file can be written");
        let error = user_error::told(&settle(root.path()).expect_err("it is not ours"));
        assert!(error.contains("was not put there by kbc"), "{error}");
        assert!(root.path().join(STAGING).join(name).exists());
    }
}

#[test]
fn a_record_that_nobody_can_read_is_said_to_be_one() {
    let root = project();
    fs::create_dir(root.path().join(STAGING)).expect("a folder can be made");
    fs::write(root.path().join(STAGING).join("redo"), "{").expect("a file can be written");
    let error = user_error::told(&settle(root.path()).expect_err("it is no plan"));
    assert!(error.contains("look at the folder `.kbc-staging`, remove it"), "{error}");
}
