//! How a command was called: where it looks for a knowledge base, what it says besides its answer, and to whom.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::json;

use super::console::Console;
use super::exit::Exit;
use super::report::Report;
use super::writing::{Done, Mode};
use crate::diag::user_error::told;
use crate::diag::{Diagnostic, UserError};
use crate::host::cache::Cache;
use crate::host::clock;
use crate::host::disk;
use crate::host::journal::Recovery;
use crate::host::read;
use crate::input::files::config::version;
use crate::input::vocabulary::Drafts;
use crate::print;
use crate::text::source::Sources;

/// Does a command say more than what it was asked for?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remarks {
    Shown,
    Hidden,
    /// With what was read, and how long it took.
    Detailed,
}

/// What every command needs to know of how it was called.
#[derive(Clone, Debug)]
pub struct Session {
    pub console: Console,
    /// The folder to look for a knowledge base from, as it was named.
    pub from: PathBuf,
    pub remarks: Remarks,
    pub drafts: Drafts,
    /// The day that was named to take for today.
    pub today: Option<String>,
    /// The document for programs, if one is asked for instead of text for people.
    pub report: Option<Report>,
    /// The file that the answer is written to, if not to standard output.
    pub output: Option<PathBuf>,
    /// Is anything remembered from run to run?
    pub cache: Cache,
}

impl Session {
    /// One without remarks, for a knowledge base that is there.
    pub fn silent(console: Console, root: &Path, drafts: Drafts) -> Self {
        Self {
            console,
            from: root.to_path_buf(),
            remarks: Remarks::Hidden,
            drafts,
            today: None,
            report: None,
            output: None,
            cache: Cache::Unused,
        }
    }

    /// The root of the knowledge base.
    ///
    /// # Errors
    /// If there is none, with how to start one; or if it is for another kbc.
    pub fn root(&self) -> Result<PathBuf> {
        let root = self.root_for_any_kbc()?;
        must_be_for_this_kbc(&root)?;
        Ok(root)
    }

    /// The same of one that may be for another kbc, for programs that stay.
    ///
    /// # Errors
    /// If there is none.
    pub fn root_for_any_kbc(&self) -> Result<PathBuf> {
        let from = self.console.path(&self.from).canonicalize();
        let from = from.with_context(|| format!("there is no folder `{}`", self.from.display()))?;
        let Some(root) = disk::find_root(&from) else {
            bail!(
                UserError::new(format!(
                    "`{}` is not in a knowledge base: no folder above it has a kbc.toml or papers/",
                    self.from.display()
                ))
                .help("`kbc init` starts one here")
            );
        };
        Ok(root)
    }

    /// Today in UTC, or the day that was named.
    pub fn day(&self) -> String {
        self.today.clone().unwrap_or_else(clock::today)
    }

    /// Hands over what a command came to: the document for programs, and the file that the answer goes to. A call that failed
    /// before it had an answer leaves that file as it is.
    pub fn end(&self, command: &str, done: Result<Exit>) -> Exit {
        let is_answered = self.report.is_some() || done.is_ok();
        let exit = match done {
            Ok(exit) => exit,
            Err(error) => {
                self.console.fail(&told(&error));
                self.report.iter().for_each(|report| report.fail(&UserError::from(&error)));
                Exit::Unusable
            }
        };
        let document = self.report.as_ref().and_then(|report| report.text(command, exit));
        let document = document.map(|document| self.console.answer(&document));
        let written = document.unwrap_or(Ok(())).and_then(|()| match &self.output {
            Some(path) if is_answered => fs::write(self.console.path(path), self.console.kept())
                .with_context(|| format!("cannot write the report `{}`", path.display())),
            Some(_) | None => Ok(()),
        });
        match written {
            Ok(()) => exit,
            Err(error) => {
                self.console.fail(&told(&error));
                Exit::Unusable
            }
        }
    }

    /// Says that another process is waited for.
    pub fn waits(&self) {
        self.remark("waiting for another kbc that writes or reads here");
    }

    /// Says what became of a write that was interrupted.
    pub fn tell(&self, settled: Option<Recovery>) {
        self.remark(match settled {
            None => return,
            Some(Recovery::Finished) => "finished a write that was interrupted: every output is the new one",
            Some(Recovery::RolledBack) => "took back a write that was interrupted: every output is the old one",
            Some(Recovery::Cleared) => "removed what an interrupted write left behind: every output is whole",
        });
    }

    /// A line on standard error, unless remarks are unwanted.
    pub fn remark(&self, text: &str) {
        if self.remarks != Remarks::Hidden {
            self.console.remark(text);
        }
    }

    /// A line on standard error for who wants to know how a command comes to its answer.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if self.remarks == Remarks::Detailed {
            self.console.remark(&text());
        }
    }

    /// What was asked for, on standard output; programs get the document instead.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn answer(&self, text: &str) -> Result<()> {
        if self.report.is_some() { Ok(()) } else { self.console.answer(text) }
    }

    /// An answer as every format has it, written as it is made; where programs get a document, this is it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn answer_with(&self, made: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        self.report.iter().for_each(Report::is_made);
        self.console.answer_with(made)
    }

    /// Sets a field of the document for programs.
    pub fn set(&self, key: &str, value: &impl Serialize) {
        self.report.iter().for_each(|report| report.set(key, value));
    }

    /// Adds to a list of the document for programs.
    pub fn push(&self, key: &str, value: &impl Serialize) {
        self.report.iter().for_each(|report| report.push(key, value));
    }

    /// Begins a list of the document for programs, which may stay empty.
    pub fn list(&self, key: &str) {
        self.set(key, &Vec::<()>::new());
    }

    /// An answer that is the same for people and programs, or a document with a head by itself.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn hand_out(&self, text: &str) -> Result<()> {
        self.report.iter().for_each(Report::is_made);
        self.console.answer(text)
    }

    /// Says which file was written or removed, or would be.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn tell_file(&self, mode: Mode, done: Done, path: &str, more: &str) -> Result<()> {
        self.push("files", &json!({ "path": path, "change": done.name(), "is_written": mode == Mode::Write }));
        self.answer(&format!("{} {path}{more}\n", done.told(mode)))
    }

    /// Diagnostics for people on standard error, and for programs in the document.
    pub fn complain<'a>(&self, diags: impl IntoIterator<Item = &'a Diagnostic>, sources: &Sources) {
        if let Some(report) = &self.report {
            report.complain(diags, sources);
            return;
        }
        let diags: Vec<Diagnostic> = diags.into_iter().cloned().collect();
        self.console.complain(&print::diagnostics(print::Format::Human, &diags, sources));
    }
}

/// Complains if the settings of a knowledge base are for another kbc, before anything else of it is read.
///
/// # Errors
/// If they are.
pub fn must_be_for_this_kbc(root: &Path) -> Result<()> {
    // What is wrong with a file that cannot be read is told by whoever needs more of it.
    let Ok(text) = read::text(&root.join("kbc.toml"), read::MAX_SETTINGS) else { return Ok(()) };
    let Err(version::Unfit { at, message, help }) = version::examine(&text) else { return Ok(()) };
    let line = text[..at.start].matches('\n').count() + 1;
    bail!(UserError::new(format!("{message} (kbc.toml, line {line})")).help(help).not_understood())
}
