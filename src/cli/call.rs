//! How a command was called, from the flags that it shares with others and the variables that stand for them.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{ArgAction, ArgMatches, Args, ValueEnum, ValueHint};

use super::shared::{self, Shared};
use crate::commands::console::{Colours, Console};
use crate::commands::report::Report;
use crate::commands::session::{Remarks, Session};
use crate::diag::UserError;
use crate::host::cache::Cache;
use crate::input::vocabulary::Drafts;

/// Flags that every command takes.
#[derive(Debug, Args)]
pub struct Every {
    /// Change to this folder first: every path on the command line and in the answer is seen from there.
    #[arg(short = 'C', long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    directory: Option<PathBuf>,
    /// Show no progress and no summary; twice (-qq) say nothing at all, so that the exit code alone tells.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    quiet: u8,
    /// Tell on standard error what is read, what is remembered and how long it takes.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment says otherwise (NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM=dumb).
    Auto,
    Always,
    Never,
}

/// The flag, or else the variable.
///
/// # Errors
/// If the variable says something else.
pub fn colours(flag: Option<Color>, console: &Console) -> Result<Colours> {
    let named = variable(console, "KBC_COLOR", |text| {
        Color::from_str(text, false).map_err(|_| "write auto, always or never".to_owned())
    })?;
    // Whom NO_COLOR stops, nothing forces.
    let is_set = |name| console.variable(name).is_some_and(|text| !text.is_empty());
    let forced = console.variable("FORCE_COLOR").is_some_and(|text| !text.is_empty() && text != "0");
    Ok(match flag.or(named).unwrap_or(Color::Auto) {
        Color::Auto if forced && !is_set("NO_COLOR") => Colours::Always,
        Color::Auto => Colours::Auto,
        Color::Always => Colours::Always,
        Color::Never => Colours::Never,
    })
}

/// What was given to a command that takes some of the shared flags.
pub struct Given<'a> {
    pub flags: &'static [Shared],
    pub found: &'a ArgMatches,
    pub console: &'a Console,
}

impl Given<'_> {
    /// # Errors
    /// If a variable has a value that its flag would refuse, or the folder is not there.
    pub fn call(&self, every: &Every) -> Result<Session> {
        let console = match &every.directory {
            None => self.console.clone(),
            Some(folder) => changed_to(self.console, folder)?,
        };
        let console = match every.quiet {
            0 => console,
            1 => console.unwatched(),
            _ => console.silenced(),
        };
        let output: Option<PathBuf> = shared::value(self.found, Shared::Output);
        let console = if output.is_some() { console.keeping() } else { console };
        let threads = self.value(Shared::Threads, shared::threads)?;
        let base = self.value(Shared::Base, |text| Ok(PathBuf::from(text)))?;
        Ok(Session {
            console: threads.map_or(console.clone(), |threads| console.with_threads(threads.into())),
            from: base.unwrap_or_else(|| ".".into()),
            remarks: match (every.verbose, every.quiet) {
                (true, _) => Remarks::Detailed,
                (false, 0) => Remarks::Shown,
                (false, _) => Remarks::Hidden,
            },
            drafts: if self.is_set(Shared::Drafts) { Drafts::Compiled } else { Drafts::LeftOut },
            today: self.value(Shared::Today, shared::day)?,
            report: (shared::format(self.found).as_deref() == Some("json")).then(Report::default),
            output,
            cache: if self.is_set(Shared::NoCache) { Cache::Unused } else { Cache::Used },
        })
    }

    fn is_set(&self, flag: Shared) -> bool {
        self.flags.contains(&flag) && shared::value(self.found, flag) == Some(true)
    }

    /// The value of a flag, or else of its variable.
    fn value<T>(&self, flag: Shared, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>>
    where
        T: Clone + Send + Sync + 'static,
    {
        if !self.flags.contains(&flag) {
            return Ok(None);
        }
        match (shared::value(self.found, flag), flag.variable()) {
            (None, Some(name)) => variable(self.console, name, read),
            (given, _) => Ok(given),
        }
    }
}

fn changed_to(console: &Console, folder: &PathBuf) -> Result<Console> {
    if !console.path(folder).is_dir() {
        bail!(UserError::new(format!("there is no folder `{}`", folder.display())).help("`-C` changes to a folder"));
    }
    Ok(console.at(folder))
}

/// What a variable of the environment says. One that is empty says nothing.
fn variable<T>(console: &Console, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>> {
    let Some(text) = console.variable(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let refused =
        |why| UserError::new(format!("the variable `{name}` is `{text}`: {why}")).help("correct it, or unset it");
    read(&text).map(Some).map_err(|why| refused(why).into())
}
