//! What each command does, in the order that it does it. A command knows no rule of any kind.

pub mod accept;
pub mod adopt;
pub mod budget;
pub mod build;
pub mod built_outputs;
pub mod channels;
pub mod check;
pub mod completions;
mod data_file;
pub mod doctor;
pub mod explain;
pub mod hook;
pub mod import;
pub mod init;
pub mod inject;
pub mod measure;
pub mod new;
mod progress;
pub mod prompt;
pub mod review;
pub mod schema;

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::compile::review_state::LockComparison;
use crate::compile::{self, Compilation, OutputCheck, Texts};
use crate::diag::{Class, Diagnostic, Place};
use crate::host::disk::{self, Access, DirectoryLock, Project, Recovery};
use crate::input::vocabulary::{self, Drafts};
use crate::print;
use crate::text::hidden;
use crate::text::source::Sources;

/// How a command ended. The numbers are those of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to complain about.
    Clean = 0,
    /// The layers disagree, or a budget is broken.
    Findings = 1,
    /// Wrong usage or configuration, or input that cannot be read.
    Unusable = 2,
    /// A fault of kbc.
    Bug = 3,
}

impl Exit {
    /// By the worst of what was found.
    pub fn of(diags: &[Diagnostic]) -> Self {
        match crate::diag::worst(diags) {
            None => Exit::Clean,
            Some(Class::Finding) => Exit::Findings,
            Some(Class::Unreadable) => Exit::Unusable,
            Some(Class::Bug) => Exit::Bug,
        }
    }
}

/// Does a command say more than what it was asked for?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remarks {
    Shown,
    Hidden,
}

/// What every command needs to know of how it was called.
#[derive(Clone, Debug)]
pub struct Session {
    /// The folder to look for a knowledge base from.
    pub from: PathBuf,
    pub remarks: Remarks,
    pub drafts: Drafts,
    /// The day that reviews are held against, if the command asks for it.
    pub today: Option<String>,
}

impl Session {
    /// The root of the knowledge base, which is made whole if a process that wrote there was killed.
    ///
    /// # Errors
    /// If there is none; the message says how to start one.
    pub fn root(&self) -> Result<PathBuf> {
        let from = self.from.canonicalize().with_context(|| format!("there is no folder `{}`", self.from.display()))?;
        let Some(root) = disk::find_root(&from) else {
            bail!(
                "`{}` is not in a knowledge base: no folder above it has a kbc.toml or papers/\n  help: `kbc init` starts one here",
                self.from.display()
            );
        };
        let settled = DirectoryLock::settle(&root, &|| self.waits())?;
        self.tell(settled);
        Ok(root)
    }

    fn waits(&self) {
        self.remark("waiting for another kbc that writes or reads here");
    }

    fn tell(&self, settled: Option<Recovery>) {
        self.remark(match settled {
            None => return,
            Some(Recovery::Finished) => "finished a write that was interrupted: every output is the new one",
            Some(Recovery::RolledBack) => "took back a write that was interrupted: every output is the old one",
            Some(Recovery::Cleared) => "removed what an interrupted write left behind: every output is whole",
        });
    }

    /// A line on standard error, unless remarks are unwanted.
    pub fn remark(&self, text: &str) {
        if self.remarks == Remarks::Shown {
            remark(text);
        }
    }
}

/// A compiled knowledge base and what its outputs on disk have against it.
pub struct CheckedProject {
    pub root: PathBuf,
    pub compiled: Compilation,
    pub drift: Vec<Diagnostic>,
    /// How the rules stand to `kbc.lock`.
    pub standing: LockComparison,
    /// What the outputs on disk hold that no reader sees; writing them anew removes it.
    pub hidden: Vec<Diagnostic>,
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
    let mut inputs = Texts::read(&world);
    inputs.drafts = call.drafts;
    let mut compiled = compile::compile(inputs, &world);
    let judgement = compiled.compare(&world).map_err(anyhow::Error::msg)?;
    let OutputCheck { drift, hidden, standing } = judgement;
    Ok((CheckedProject { root, compiled, drift, hidden, standing }, hold))
}

/// Writes what was asked for to standard output. A reader that went away is no trouble.
///
/// # Errors
/// If it cannot be written for another reason, such as a full disk.
pub fn answer(text: &str) -> Result<()> {
    let mut output = anstream::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}

/// A line on standard error, with what it hides written out. Where there is none, there is nobody to tell.
pub fn remark(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", hidden::visible(text));
}

/// Why a command could do nothing, on standard error.
pub fn fail(why: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    let _ = writeln!(anstream::stderr().lock(), "{style}error{style:#}: {}", hidden::visible(why));
}

/// The day that was named, or else this one, YYYY-MM-DD, in UTC.
///
/// # Errors
/// If it is none of the calendar.
pub fn day_or_today(named: Option<&str>) -> Result<String> {
    match named {
        Some(day) if vocabulary::is_day(day) => Ok(day.to_owned()),
        Some(day) => bail!("`{day}` is no day\n  help: write it as YYYY-MM-DD"),
        None => Ok(today()),
    }
}

/// Only what expires asks for it, and takes a day from the command line instead.
fn today() -> String {
    #[expect(clippy::disallowed_methods, reason = "a waiver expires by the calendar")]
    let now = std::time::SystemTime::now();
    let seconds = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    // Days to civil date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The path that a diagnostic is about.
pub fn path_of<'a>(diagnostic: &'a Diagnostic, compiled: &'a Compilation) -> &'a str {
    match &diagnostic.place {
        Place::File(path) => path,
        Place::Span(span) => &compiled.sources.get(span.source).path,
    }
}

/// Prints diagnostics for people on standard error.
pub fn complain<'a>(diags: impl IntoIterator<Item = &'a Diagnostic>, compiled: &Compilation) {
    let diags: Vec<Diagnostic> = diags.into_iter().cloned().collect();
    complain_of(&diags, &compiled.sources);
}

/// The same, of a knowledge base that was not compiled.
pub fn complain_of(diags: &[Diagnostic], sources: &Sources) {
    let _ = write!(anstream::stderr().lock(), "{}", print::diagnostics(print::Format::Human, diags, sources));
}
