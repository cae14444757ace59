//! Writing all or nothing, whatever happens on the way: what is to be written is put down in full first, together with
//! what it replaces, so that whoever comes after a process that was killed can finish it or take it back.
//!
//! All of it lies in one folder in the root. What its plan is called says how far the write has come: a `plan` is not
//! decided, `redo` is being carried out, `undo` is being taken back. Renaming the plan is the one step that decides.
//!
//! A repository can bring such a folder along. So a plan has a seal, which only the user's own kbc can make, and names each
//! text by its digest: a file that holds neither the old nor the new text is left as it is.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::key;
use super::paths::{must_be_writable, target};
use super::read::{self, Unread};
use crate::compile::artifact::STAGING;
use crate::diag::UserError;
use crate::text::fingerprint::{self, Digest};

/// The most bytes of a plan. One for 100,000 outputs has less.
const MAX_PLAN: u64 = 64 << 20;
/// The most bytes of a text that is put down.
const MAX_TEXT: u64 = 1 << 30;

/// What became of a write that was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// All of it is written now.
    Finished,
    /// It could not be finished, or had failed already: everything is as it was before it.
    RolledBack,
    /// It had written nothing, or everything; only its litter was there.
    Cleared,
}

/// One file to write or to remove, relative to the root.
#[derive(Debug)]
pub enum Change {
    Write {
        path: String,
        text: String,
    },
    /// A file that others own, as it was read (`None`: it was not there) and as it is to be. If it is anything else by
    /// now, nothing is written at all.
    Splice {
        path: String,
        before: Option<String>,
        text: String,
    },
    Remove {
        path: String,
    },
}

impl Change {
    /// The file that it is about.
    pub fn path(&self) -> &str {
        match self {
            Change::Write { path, .. } | Change::Splice { path, .. } | Change::Remove { path } => path,
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            Change::Write { .. } | Change::Splice { .. } => "write",
            Change::Remove { .. } => "remove",
        }
    }
}

/// Has a write begun that is not over?
pub fn is_pending(root: &Path) -> bool {
    root.join(STAGING).symlink_metadata().is_ok()
}

/// Applies every change or none. The caller holds the knowledge base, and nothing is pending.
pub fn write(root: &Path, changes: &[Change]) -> Result<()> {
    let Some(first) = changes.first() else { return Ok(()) };
    let journal = Journal::of(root);
    let begun = journal.begin().with_context(|| unchanged(first.verb(), first.path()));
    let plan = match begun.and_then(|()| journal.prepare(changes)).and_then(|plan| journal.decide(plan)) {
        Ok(plan) => plan,
        Err(error) => {
            journal.clear();
            return Err(error);
        }
    };
    match journal.redo(&plan) {
        Ok(()) => {
            journal.clear();
            Ok(())
        }
        Err(error) => match journal.take_back(&plan) {
            Ok(()) => Err(error.context("nothing was changed")),
            Err(again) => Err(error.context(format!("{again:#}; the next command tries again"))),
        },
    }
}

/// Finishes what was decided, takes back what cannot be finished, and removes what is left of the rest.
pub fn settle(root: &Path) -> Result<Option<Recovery>> {
    let journal = Journal::of(root);
    let Some(stage) = journal.stage()? else { return Ok(None) };
    journal.must_be_of_kbc()?;
    let settled = match stage {
        Stage::Plan => Recovery::Cleared,
        Stage::Undo => {
            journal.undo(&journal.sealed_plan(stage)?).with_context(|| lasting("taken back"))?;
            Recovery::RolledBack
        }
        Stage::Redo => {
            let plan = journal.sealed_plan(stage)?;
            match journal.redo(&plan) {
                Ok(()) => Recovery::Finished,
                Err(error) if journal.take_back(&plan).is_err() => {
                    return Err(error.context(lasting("finished")));
                }
                Err(_) => Recovery::RolledBack,
            }
        }
    };
    journal.clear();
    // On a disk that cannot be written the litter stays, and nothing was done.
    Ok((!is_pending(root)).then_some(settled))
}

/// How far a write has come, and so the name of its plan.
#[derive(Clone, Copy)]
enum Stage {
    Plan,
    Redo,
    Undo,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Stage::Plan => "plan",
            Stage::Redo => "redo",
            Stage::Undo => "undo",
        }
    }
}

/// What is to be done. The texts lie beside it, numbered like the entries.
#[derive(Serialize, Deserialize)]
struct Plan {
    entries: Vec<Entry>,
    /// Folders that are made, the outer ones first.
    folders: Vec<String>,
    /// Over all of this and the root. `None`, if the user has no place for a secret.
    seal: Option<String>,
}

impl Plan {
    /// What the seal has to be.
    fn seal(&self, root: &Path) -> Option<String> {
        let root = root.canonicalize().ok()?;
        let text = serde_json::to_vec(&(&self.entries, &self.folders)).expect("paths are JSON");
        key::seal(&[b"record of a write", root.as_os_str().as_encoded_bytes(), &text])
    }

    /// Remembers the folders that a file needs and that are not there.
    fn note_folders(&mut self, root: &Path, target: &Path) {
        let Ok(root) = root.canonicalize() else { return };
        let missing = target.ancestors().skip(1).take_while(|folder| !folder.is_dir());
        let missing: Vec<String> = missing
            .filter_map(|folder| Some(folder.strip_prefix(&root).ok()?.to_str()?.to_owned()))
            .filter(|folder| !self.folders.contains(folder))
            .collect();
        self.folders.extend(missing.into_iter().rev());
    }
}

#[derive(Serialize, Deserialize)]
struct Entry {
    path: String,
    action: Action,
    /// The digest of the text that the file had; `None`, if there was no file.
    old: Option<String>,
    /// The digest of the text that it gets; `None`, if the file goes.
    new: Option<String>,
}

/// What stands where an entry writes.
#[derive(PartialEq, Eq)]
enum Found {
    /// As it was before.
    Old,
    /// As it is to be.
    New,
    /// Something else: somebody was there in the meantime.
    Other,
}

impl Entry {
    fn found(&self, target: &Path) -> Found {
        let digest = match read::bytes(target, MAX_TEXT) {
            Ok(bytes) => Some(digest(&bytes)),
            Err(unread) if unread.is_absent() => None,
            // There is a file where its folder was.
            Err(Unread::Failed(error)) if error.kind() == io::ErrorKind::NotADirectory => None,
            Err(_) => return Found::Other,
        };
        // A file that gets the text that it had is written already.
        match digest {
            digest if digest == self.new => Found::New,
            digest if digest == self.old => Found::Old,
            _ => Found::Other,
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    let digest: Digest = fingerprint::whole(&[bytes]);
    fingerprint::hex(&digest)
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Action {
    Create,
    Replace,
    Remove,
}

struct Journal<'a> {
    root: &'a Path,
    folder: PathBuf,
}

impl<'a> Journal<'a> {
    fn of(root: &'a Path) -> Self {
        Self { root, folder: root.join(STAGING) }
    }

    fn new_text(&self, number: usize) -> PathBuf {
        self.folder.join(format!("new-{number}"))
    }

    /// What a file held before; there is none if the file was not there.
    fn old_text(&self, number: usize) -> PathBuf {
        self.folder.join(format!("old-{number}"))
    }

    fn plan(&self, stage: Stage) -> PathBuf {
        self.folder.join(stage.name())
    }

    fn stage(&self) -> Result<Option<Stage>> {
        let Ok(metadata) = self.folder.symlink_metadata() else { return Ok(None) };
        if !metadata.is_dir() {
            bail!(UserError::new(format!("`{STAGING}` is not a folder that kbc made")).help("remove it"));
        }
        let is_there = |stage: &Stage| self.plan(*stage).symlink_metadata().is_ok();
        Ok(Some([Stage::Redo, Stage::Undo].into_iter().find(is_there).unwrap_or(Stage::Plan)))
    }

    /// Nothing but what kbc puts there, and no links: else the folder is left alone.
    fn must_be_of_kbc(&self) -> Result<()> {
        let entries = fs::read_dir(&self.folder).with_context(|| format!("cannot read the folder `{STAGING}`"))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read the folder `{STAGING}`"))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if !is_file || !is_ours(&name) {
                bail!(foreign(&format!("`{STAGING}/{name}` was not put there by kbc")));
            }
        }
        Ok(())
    }

    fn begin(&self) -> Result<()> {
        let made = fs::create_dir(&self.folder).map_err(with_help);
        made.with_context(|| format!("cannot make the folder `{STAGING}` beside it"))
    }

    /// Puts down what is to be written and what it replaces.
    fn prepare(&self, changes: &[Change]) -> Result<Plan> {
        // What is removed goes first: it may lie where a folder is needed.
        let (removals, writes): (Vec<_>, Vec<_>) =
            changes.iter().partition(|change| matches!(change, Change::Remove { .. }));
        let mut plan = Plan { entries: Vec::new(), folders: Vec::new(), seal: None };
        for (number, change) in removals.into_iter().chain(writes).enumerate() {
            let path = change.path().to_owned();
            let target = target(self.root, &path)?;
            let action = match change {
                Change::Remove { .. } => Action::Remove,
                Change::Write { .. } | Change::Splice { .. } if target.exists() => Action::Replace,
                Change::Write { .. } | Change::Splice { .. } => Action::Create,
            };
            let old = self.put_down(number, change, &target)?;
            let new = match change {
                Change::Write { text, .. } | Change::Splice { text, .. } => Some(digest(text.as_bytes())),
                Change::Remove { .. } => None,
            };
            must_be_as_read(self.root, change, old.as_deref())?;
            plan.note_folders(self.root, &target);
            plan.entries.push(Entry { path, action, old: old.map(|bytes| digest(&bytes)), new });
        }
        plan.seal = plan.seal(self.root);
        Ok(plan)
    }

    /// Puts down the new text and the old one, and returns this.
    fn put_down(&self, number: usize, change: &Change, target: &Path) -> Result<Option<Vec<u8>>> {
        let put_down = || -> Result<Option<Vec<u8>>> {
            let permissions = fs::metadata(target).ok().map(|metadata| metadata.permissions());
            let mut old = None;
            if let Some(permissions) = &permissions {
                must_be_writable(permissions).map_err(with_help)?;
                let bytes = read::bytes(target, MAX_TEXT).map_err(|unread| match unread {
                    Unread::Failed(error) => with_help(error),
                    other => other.into(),
                })?;
                create(&self.old_text(number), &bytes, Some(permissions.clone())).map_err(with_help)?;
                old = Some(bytes);
            }
            if let Change::Write { text, .. } | Change::Splice { text, .. } = change {
                create(&self.new_text(number), text.as_bytes(), permissions).map_err(with_help)?;
            }
            Ok(old)
        };
        put_down().with_context(|| unchanged(change.verb(), change.path()))
    }

    /// From here on the changes are made, by this process or by the next.
    fn decide(&self, plan: Plan) -> Result<Plan> {
        let text = serde_json::to_vec(&plan).expect("paths are JSON");
        let decided = create(&self.plan(Stage::Plan), &text, None)
            .and_then(|()| fs::rename(self.plan(Stage::Plan), self.plan(Stage::Redo)));
        decided.map_err(with_help).with_context(|| format!("cannot write to `{STAGING}`; nothing was changed"))?;
        sync(&self.folder);
        Ok(plan)
    }

    /// The plan, if the user's own kbc made it here.
    fn sealed_plan(&self, stage: Stage) -> Result<Plan> {
        let plan = self.read_plan(stage)?;
        if plan.seal.is_none() || plan.seal != plan.seal(self.root) {
            bail!(foreign(&format!(
                "`{STAGING}/{}` is not the record of a write of yours on this machine",
                stage.name()
            )));
        }
        Ok(plan)
    }

    fn read_plan(&self, stage: Stage) -> Result<Plan> {
        let unreadable = || {
            anyhow::Error::from(foreign(&format!(
                "`{STAGING}/{}` cannot be read as the record of a write",
                stage.name()
            )))
        };
        let text = read::bytes(&self.plan(stage), MAX_PLAN).map_err(|_| unreadable())?;
        serde_json::from_slice(&text).map_err(|_| unreadable())
    }

    fn redo(&self, plan: &Plan) -> Result<()> {
        for (number, entry) in plan.entries.iter().enumerate() {
            self.redo_entry(number, entry)?;
        }
        self.sync_folders(plan);
        Ok(())
    }

    /// Doing it twice is doing it once. What somebody changed in the meantime is left as it is.
    fn redo_entry(&self, number: usize, entry: &Entry) -> Result<()> {
        if self.root.join(&entry.path).is_dir() && matches!(entry.action, Action::Remove) {
            // It was removed, and a folder took its place.
            return Ok(());
        }
        let target = target(self.root, &entry.path)?;
        if entry.found(&target) != Found::Old {
            return Ok(());
        }
        match entry.action {
            Action::Create | Action::Replace => {
                let placed = self.place(&self.new_text(number), entry.new.as_deref(), &target);
                placed.with_context(|| format!("cannot replace `{}`", entry.path))
            }
            Action::Remove => {
                remove(&target).map_err(with_help).with_context(|| format!("cannot remove `{}`", entry.path))
            }
        }
    }

    /// Turns a write that cannot be carried out into one that never was.
    fn take_back(&self, plan: &Plan) -> Result<()> {
        fs::rename(self.plan(Stage::Redo), self.plan(Stage::Undo)).context("what was changed cannot be taken back")?;
        self.undo(plan)?;
        self.clear();
        Ok(())
    }

    fn undo(&self, plan: &Plan) -> Result<()> {
        self.remove_folders(plan);
        for (number, entry) in plan.entries.iter().enumerate().rev() {
            let undone = self.undo_entry(number, entry);
            undone.with_context(|| format!("cannot put `{}` back as it was", entry.path))?;
            self.remove_folders(plan);
        }
        self.sync_folders(plan);
        Ok(())
    }

    /// Removes the folders that were made as soon as they are empty: a file may have to come back where one is.
    fn remove_folders(&self, plan: &Plan) {
        for folder in plan.folders.iter().rev() {
            // What holds files of others is theirs now.
            let _ = target(self.root, &format!("{folder}/x")).map(|inside| inside.parent().map(fs::remove_dir));
        }
    }

    fn undo_entry(&self, number: usize, entry: &Entry) -> Result<()> {
        let target = target(self.root, &entry.path)?;
        // It was never done, or is undone already, or somebody was there in the meantime.
        if entry.found(&target) != Found::New {
            return Ok(());
        }
        match entry.action {
            Action::Create => remove(&target).map_err(with_help),
            Action::Replace | Action::Remove => self.place(&self.old_text(number), entry.old.as_deref(), &target),
        }
    }

    /// Moves a text to the place that is its own, if it still is that text.
    fn place(&self, staged: &Path, expected: Option<&str>, target: &Path) -> Result<()> {
        if expected != Some(&digest(&read::bytes(staged, MAX_TEXT)?)) {
            bail!("`{}` is not the text that was put down", staged.display());
        }
        let folder = target.parent().expect("an output lies in a folder");
        fs::create_dir_all(folder).map_err(with_help)?;
        match fs::rename(staged, target) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => carry_over(staged, target),
            result => result,
        }
        .map_err(with_help)
    }

    fn sync_folders(&self, plan: &Plan) {
        let folder = |entry: &Entry| Some(self.root.join(&entry.path).parent()?.to_owned());
        let folders: BTreeSet<PathBuf> = plan.entries.iter().filter_map(folder).collect();
        folders.iter().for_each(|folder| sync(folder));
    }

    /// The plan goes first: without it, what is left is litter. What cannot be removed, the next command removes.
    fn clear(&self) {
        for stage in [Stage::Redo, Stage::Undo] {
            let _ = fs::remove_file(self.plan(stage));
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A text that was put down of a file of others is what its new text was made of: an edit that somebody made in the
/// meantime would be lost. After this a changed file is left as it is.
fn must_be_as_read(root: &Path, change: &Change, found: Option<&[u8]>) -> Result<()> {
    let Change::Splice { path, before, .. } = change else { return Ok(()) };
    if root.join(path).symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
        bail!(
            UserError::new(format!("`{path}` has become a link; nothing was changed"))
                .help("name the file that it leads to")
        );
    }
    if found != before.as_ref().map(String::as_bytes) {
        bail!(
            UserError::new(format!("`{path}` was changed by somebody else in the meantime; nothing was changed"))
                .help("run it again")
        );
    }
    Ok(())
}

/// Is this a name that kbc gives?
fn is_ours(name: &str) -> bool {
    let numbered = name.strip_prefix("new-").or_else(|| name.strip_prefix("old-"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    [Stage::Plan, Stage::Redo, Stage::Undo].iter().any(|stage| stage.name() == name) || numbered.is_some_and(is_number)
}

/// What cannot be trusted is left where it is.
fn foreign(why: &str) -> UserError {
    UserError::new(why).help(format!("look at the folder `{STAGING}`, remove it, and run `kbc build`"))
}

fn create(path: &Path, bytes: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.sync_all()
}

/// A file that is not there is removed.
fn remove(path: &Path) -> io::Result<()> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match fs::remove_file(path) {
        Err(error) if [NotADirectory, NotFound].contains(&error.kind()) => Ok(()),
        result => result,
    }
}

/// Into a folder that is mounted from elsewhere a file cannot be moved: it is copied beside its place first.
fn carry_over(staged: &Path, target: &Path) -> io::Result<()> {
    let name = staged.file_name().expect("a staged file has a name").to_string_lossy();
    let beside = target.with_file_name(format!("{STAGING}-{name}"));
    let carried = fs::copy(staged, &beside)
        .and_then(|_| File::open(&beside)?.sync_all())
        .and_then(|()| fs::rename(&beside, target));
    if carried.is_err() {
        let _ = fs::remove_file(&beside);
    }
    carried.and_then(|()| fs::remove_file(staged))
}

/// Makes names survive a power failure. Not every system can do that for a folder.
fn sync(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

fn lasting(what: &str) -> String {
    format!("a write that was interrupted cannot be {what}; its record is in `{STAGING}`")
}

fn unchanged(verb: &str, path: &str) -> String {
    format!("cannot {verb} `{path}`; nothing was changed")
}

/// What the system says, and what to do about it.
fn with_help(error: io::Error) -> anyhow::Error {
    use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let kind = error.kind();
    if [FileTooLarge, QuotaExceeded, StorageFull].contains(&kind) {
        return anyhow::Error::from(UserError::new(error.to_string()).help("make room, then run it again"));
    }
    if [PermissionDenied, ReadOnlyFilesystem].contains(&kind) {
        return anyhow::Error::from(
            UserError::new(error.to_string()).help("make the folder and its files writable, or build in a copy"),
        );
    }
    error.into()
}

#[cfg(test)]
mod tests;
