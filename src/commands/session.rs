//! How a command was called: where it looks for a knowledge base, what it says besides its answer, and to whom.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::console::Console;
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
    /// Is anything remembered from run to run?
    pub cache: Cache,
}

impl Session {
    /// One without remarks, for a knowledge base that is there.
    pub fn silent(console: Console, root: &Path, drafts: Drafts) -> Self {
        Self { console, from: root.to_path_buf(), remarks: Remarks::Hidden, drafts, today: None, cache: Cache::Unused }
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
        if self.remarks == Remarks::Shown {
            self.console.remark(text);
        }
    }

    /// What was asked for, on standard output.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn answer(&self, text: &str) -> Result<()> {
        self.console.answer(text)
    }

    /// The same, written as it is made.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn answer_with(&self, made: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        self.console.answer_with(made)
    }

    /// Prints diagnostics for people on standard error.
    pub fn complain<'a>(&self, diags: impl IntoIterator<Item = &'a Diagnostic>, sources: &Sources) {
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
