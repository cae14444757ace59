//! `kbc build`: compiles and writes what changed, all or nothing.

use std::path::Path;

use anyhow::Result;

use super::exit::Exit;
use super::project::{CheckedProject, compile_held, path_of};
use super::session::Session;
use super::verdict::{self, Comparison, Subject};
use super::writing::{Done, Mode};
use crate::compile::artifact;
use crate::diag::{Code, Diagnostic, Severity, SwitchedOff};
use crate::host::cache;
use crate::host::disk::{Access, Change, DirectoryLock, Project};
use crate::input::files::lock_file;
use crate::print;
use crate::text::quantity::plural;

/// May files be overwritten that kbc did not make?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    OwnFiles,
    AnyFile,
}

/// Writes the outputs, or tells what would be written. Broken inputs or a file of somebody else's in the way: nothing is
/// written.
pub fn run(call: &Session, mode: Mode, overwrite: Overwrite) -> Result<Exit> {
    if let Some(exit) = unchanged(call)? {
        return Ok(exit);
    }
    let access = if mode == Mode::Write { Access::Write } else { Access::Read };
    let (compilation, hold) = compile_held(call, access)?;
    let compiled = &compilation.compiled;
    let is_in_the_way =
        |diagnostic: &&Diagnostic| diagnostic.code == Code::ForeignOutput && overwrite == Overwrite::OwnFiles;
    let in_the_way: Vec<_> = compilation.drift.iter().filter(is_in_the_way).collect();
    let outputs = compilation.drift.iter().filter_map(|drift| Some((change(&compilation, drift)?, diff_of(drift))));
    let (changes, diffs): (Vec<Change>, Vec<String>) = outputs.chain(lock_change(&compilation)).unzip();
    let is_refused = compiled.has_errors() || !in_the_way.is_empty();
    // Said after it is done, since others wait and who reads along may be slow.
    let applied = match mode {
        Mode::Write if !is_refused => hold.apply(&changes),
        _ => {
            drop(hold);
            Ok(())
        }
    };
    call.complain(&compiled.diags, &compiled.sources);
    tell_off(call, &compilation.off);
    if compiled.has_errors() {
        let tally = print::tally(&compiled.diags).unwrap_or_default();
        call.remark(&format!("{tally}; nothing was written"));
        return Ok(Exit::Unusable);
    }
    if !in_the_way.is_empty() {
        call.complain(in_the_way, &compiled.sources);
        call.remark("nothing was written");
        return Ok(Exit::Unusable);
    }
    applied?;
    if changes.is_empty() {
        keep(&compilation, call);
        call.remark(&nothing_to_change(compiled.artifacts.len()));
    }
    tell(call, mode, &compilation, changes.iter().zip(&diffs))?;
    let is_left = |drift: &&Diagnostic| drift.code == Code::StrayOutput && change(&compilation, drift).is_none();
    let is_done = |diagnostic: &&Diagnostic| diagnostic.code != Code::NoLockEntry;
    let left = compilation.drift.iter().filter(is_left).chain(compilation.standing.diags.iter().filter(is_done));
    let left: Vec<&Diagnostic> = left.collect();
    let fails = left.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    call.complain(left, &compiled.sources);
    let is_shown = mode == Mode::Diff && !changes.is_empty();
    Ok(if fails || is_shown { Exit::Findings } else { Exit::Clean })
}

/// Says what was written, or would be.
fn tell<'a>(
    call: &Session,
    mode: Mode,
    compilation: &CheckedProject,
    changes: impl Iterator<Item = (&'a Change, &'a String)>,
) -> Result<()> {
    call.list(if mode == Mode::Diff { "diffs" } else { "files" });
    for (change, diff) in changes {
        if mode == Mode::Diff {
            call.push("diffs", diff);
            call.answer(&print::diff(diff))?;
        } else {
            let (done, more) = told(change, compilation);
            call.tell_file(mode, done, change.path(), &more)?;
        }
    }
    Ok(())
}

/// How a build ends that has nothing to write, if that is remembered.
fn unchanged(call: &Session) -> Result<Option<Exit>> {
    let root = call.root()?;
    let memory = cache::memory(&root, call.cache);
    if memory.is_none() || DirectoryLock::is_pending(&root) {
        return Ok(None);
    }
    let hold = DirectoryLock::take(&root, Access::Read, &|| call.waits())?;
    let known = verdict::recalled(&Project::at(&root), subject(&root, call), &memory);
    drop(hold);
    let Some(known) = known.filter(|known| known.comparison == Comparison::Equal) else { return Ok(None) };
    call.complain(&known.diagnostics, &known.sources);
    tell_off(call, &known.off);
    call.list("files");
    call.remark(&nothing_to_change(known.counts.outputs));
    Ok(Some(Exit::Clean))
}

/// Says what is not told.
fn tell_off(call: &Session, off: &SwitchedOff) {
    if let Some(told) = off.told() {
        call.remark(&told);
    }
}

/// Remembers that there was nothing to write.
fn keep(compilation: &CheckedProject, call: &Session) {
    let CheckedProject { root, compiled, drift, hidden, standing, off: _, asked } = compilation;
    let is_equal = drift.is_empty() && hidden.is_empty() && standing.diags.is_empty();
    if let Some(record) = asked.as_ref().filter(|_| is_equal) {
        let memory = cache::memory(root, call.cache);
        verdict::keep_equal(compiled, record, &Project::at(root), subject(root, call), &memory);
    }
}

fn subject<'a>(root: &'a Path, call: &Session) -> Subject<'a> {
    Subject { place: root.as_os_str().as_encoded_bytes(), drafts: call.drafts }
}

fn nothing_to_change(outputs: usize) -> String {
    format!("nothing to change: {} as the papers say", plural(outputs, "output"))
}

fn diff_of(drift: &Diagnostic) -> String {
    drift.diff.clone().unwrap_or_default()
}

/// New entries of `kbc.lock`, and their diff.
fn lock_change(compilation: &CheckedProject) -> Option<(Change, String)> {
    let lock = &compilation.standing.lock;
    let old = compilation.compiled.lock.as_ref().map(|(source, _)| &compilation.compiled.sources.get(*source).text);
    if old.is_some_and(|old| lock.is_written_as(old)) {
        return None;
    }
    let text = lock.to_string();
    let diff = artifact::whole(lock_file::PATH, old.map_or("", String::as_str), &text);
    Some((Change::Write { path: lock_file::PATH.to_owned(), text }, diff))
}

/// What undoes a drift; `None` for a stray file that kbc did not make.
fn change(compilation: &CheckedProject, drift: &Diagnostic) -> Option<Change> {
    let compiled = &compilation.compiled;
    let path = path_of(drift, compiled).to_owned();
    if drift.code != Code::StrayOutput {
        let artifact = compiled.artifacts.iter().find(|artifact| artifact.path == path)?;
        let text = artifact.text.clone();
        return Some(match &artifact.block {
            None => Change::Write { path, text },
            Some(block) => {
                let before = block.host.map(|host| compiled.sources.get(host).text.clone());
                Change::Splice { path, before, text }
            }
        });
    }
    let text = &compiled.sources.get(drift.span()?.source).text;
    artifact::is_made(&path, text).then_some(Change::Remove { path })
}

/// What becomes of a file, and what it costs to read it.
fn told(change: &Change, compilation: &CheckedProject) -> (Done, String) {
    match change {
        Change::Remove { .. } => (Done::Removed, String::new()),
        Change::Write { path, .. } | Change::Splice { path, .. } => {
            let digest = compilation.compiled.digests.iter().find(|digest| digest.front.output == *path);
            let tokens = digest.map(|digest| format!(" ({} tokens)", digest.tokens)).unwrap_or_default();
            (Done::Written, tokens)
        }
    }
}
