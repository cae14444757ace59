//! What each command does, in the order that it does it. A command knows no rule of any kind.

pub mod budget;
pub mod build;
pub mod check;
pub mod completions;
pub mod explain;
pub mod init;
pub mod inject;
pub mod new;
pub mod review;
pub mod schema;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::compile::{self, Compiled};
use crate::diag::{Class, Diagnostic, Place};
use crate::disk::{self, Access, Hold, Settled};
use crate::{drift, print, tokens};

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

/// Does a command say more than what it was asked for?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remarks {
    Shown,
    Hidden,
}

/// What every command needs to know of how it was called.
#[derive(Debug)]
pub struct Call {
    /// The folder to look for a knowledge base from.
    pub from: PathBuf,
    pub remarks: Remarks,
}

impl Call {
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
        let settled = Hold::settle(&root, &|| self.waits())?;
        self.tell(settled);
        Ok(root)
    }

    fn waits(&self) {
        self.remark("waiting for another kbc that writes or reads here");
    }

    fn tell(&self, settled: Option<Settled>) {
        self.remark(match settled {
            None => return,
            Some(Settled::Finished) => "finished a write that was interrupted: every output is the new one",
            Some(Settled::TakenBack) => "took back a write that was interrupted: every output is the old one",
            Some(Settled::Cleared) => "removed what an interrupted write left behind: every output is whole",
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
pub struct Compilation {
    pub root: PathBuf,
    pub compiled: Compiled,
    pub drift: Vec<Diagnostic>,
}

impl Compilation {
    /// What the papers, the data and the outputs have against each other.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.compiled.diags.iter().chain(&self.drift)
    }

    pub fn exit(&self) -> Exit {
        let all: Vec<Diagnostic> = self.diagnostics().cloned().collect();
        match compile::worst(&all) {
            None => Exit::Clean,
            Some(Class::Finding) => Exit::Findings,
            Some(Class::Unreadable) => Exit::Unusable,
            Some(Class::Bug) => Exit::Bug,
        }
    }
}

/// Reads, compiles, and compares with what is there.
///
/// # Errors
/// If there is no knowledge base, or an output cannot be read.
pub fn compile(call: &Call) -> Result<Compilation> {
    // What is held while it is printed would be held as long as a pager is open.
    Ok(compile_held(call, Access::Read)?.0)
}

/// Compiles, and keeps others from writing what is written next.
///
/// # Errors
/// As of [`compile()`].
pub fn compile_held(call: &Call, access: Access) -> Result<(Compilation, Hold)> {
    let root = call.root()?;
    // The tokenizer takes longer to load than the files take to read.
    std::thread::spawn(tokens::preload);
    let hold = Hold::take(&root, access, &|| call.waits())?;
    call.tell(hold.settled);
    let inputs = disk::load(&root);
    let mut compiled = compile::compile(inputs, &|path| root.join(path).exists());
    let drift = if compiled.has_errors() { Vec::new() } else { find_drift(&root, &mut compiled)? };
    Ok((Compilation { root, compiled, drift }, hold))
}

fn find_drift(root: &Path, compiled: &mut Compiled) -> Result<Vec<Diagnostic>> {
    let named: Vec<&str> = compiled.artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
    let folder = compiled.config.output_folder().to_owned();
    let outputs = disk::read_outputs(root, &named, &folder, &mut compiled.sources)?;
    Ok(drift::find(&compiled.artifacts, &folder, &outputs, &compiled.sources))
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

/// A line on standard error. Where there is none, there is nobody to tell.
pub fn remark(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// The day, YYYY-MM-DD, in UTC. Only what expires asks for it, and takes a day from the command line instead.
pub fn today() -> String {
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
pub fn path_of<'a>(diagnostic: &'a Diagnostic, compiled: &'a Compiled) -> &'a str {
    match &diagnostic.place {
        Place::File(path) => path,
        Place::Span(span) => &compiled.sources.get(span.source).path,
    }
}

/// Prints diagnostics for people on standard error.
pub fn complain<'a>(diags: impl IntoIterator<Item = &'a Diagnostic>, compiled: &Compiled) {
    let diags: Vec<Diagnostic> = diags.into_iter().cloned().collect();
    let _ =
        write!(anstream::stderr().lock(), "{}", print::diagnostics(print::Format::Human, &diags, &compiled.sources));
}
