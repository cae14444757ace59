//! A knowledge base as commands see it: compiled, and compared with what is on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;

use super::exit::Exit;
use super::progress::Progress;
use super::session::Session;
use crate::compile::review_state::LockComparison;
use crate::compile::{self, Compilation, OutputCheck, Texts};
use crate::diag::{Diagnostic, Place, SwitchedOff};
use crate::host::disk::{Access, DirectoryLock, Project};
use crate::input::world::{Record, Recorded};
use crate::text::source::Sources;

/// A compiled knowledge base and what its outputs on disk have against it.
pub struct CheckedProject {
    pub root: PathBuf,
    pub compiled: Compilation,
    pub drift: Vec<Diagnostic>,
    /// How the rules stand to `kbc.lock`.
    pub standing: LockComparison,
    /// What the outputs on disk hold that no reader sees; writing them anew removes it.
    pub hidden: Vec<Diagnostic>,
    /// What kbc.toml switches off.
    pub off: SwitchedOff,
    /// What was asked for all this, if it is of one state.
    pub asked: Option<Record>,
}

impl CheckedProject {
    /// What the papers, the data and the outputs have against each other.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.compiled.diags.iter().chain(&self.standing.diags).chain(&self.hidden).chain(&self.drift)
    }

    pub fn exit(&self) -> Exit {
        Exit::of(&self.diagnostics().cloned().collect::<Vec<_>>())
    }
}

/// Reads, compiles, and compares with what is there.
///
/// # Errors
/// If there is no knowledge base, or an output cannot be read.
pub fn compile(call: &Session) -> Result<CheckedProject> {
    // What is held while it is printed would be held as long as a pager is open.
    Ok(compile_held(call, Access::Read)?.0)
}

/// Compiles, and keeps others from writing what is written next.
///
/// # Errors
/// As of [`compile()`].
pub fn compile_held(call: &Session, access: Access) -> Result<(CheckedProject, DirectoryLock)> {
    let root = call.root()?;
    let hold = DirectoryLock::take(&root, access, &|| call.waits())?;
    call.tell(hold.settled);
    let world = Project::at(&root).on(call.today.clone());
    let recorded = Recorded::new(&world);
    let _progress = Progress::waiting(&call.console, "compiling");
    let start = Instant::now();
    let mut inputs = Texts::read(&recorded);
    inputs.drafts = call.drafts;
    call.detail(|| read(&root, &inputs.sources, start));
    let start = Instant::now();
    let mut compiled = compile::compile(inputs, &recorded);
    call.detail(|| format!("compiled in {}", time(start)));
    let OutputCheck { drift, hidden, standing, off: off_outputs } = compiled.compare(&recorded)?;
    let mut off = compiled.off.clone();
    off.add(off_outputs);
    let asked = recorded.record();
    Ok((CheckedProject { root, compiled, drift, hidden, standing, off, asked }, hold))
}

/// What was read, and how long that took.
pub fn read(root: &Path, sources: &Sources, since: Instant) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, source) in sources.iter() {
        let place = source.path.split_once('/').map_or(source.path.as_str(), |(folder, _)| folder);
        *counts.entry(place).or_default() += 1;
    }
    let counts: Vec<String> = counts.into_iter().map(|(place, count)| format!("{count} of {place}")).collect();
    let files = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    format!("read {}: {files}, in {}", root.display(), time(since))
}

pub fn time(since: Instant) -> String {
    format!("{:.1} ms", since.elapsed().as_secs_f64() * 1e3)
}

/// The path that a diagnostic is about.
pub fn path_of<'a>(diagnostic: &'a Diagnostic, compiled: &'a Compilation) -> &'a str {
    match &diagnostic.place {
        Place::File(path) => path,
        Place::Span(span) => &compiled.sources.get(span.source).path,
    }
}
