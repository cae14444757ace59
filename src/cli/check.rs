//! The flags of `kbc check`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use super::shared::Shared;
use crate::commands::check;
use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::diag::UserError;
use crate::input::vocabulary;
use crate::print;

/// Compile in memory and compare; exit 1 if anything is broken, stale, missing or stray.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What other tools check: code. It is the matter of `kbc review`.
    #[arg(hide = true)]
    paths: Vec<PathBuf>,
    /// How the report is written [env: KBC_FORMAT].
    #[arg(long, value_enum, default_value_t)]
    format: print::Format,
    /// Fail on messages of this severity or worse [default: `check.fail_on` of kbc.toml, or error].
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
}

pub const SHARED: &[Shared] =
    &[Shared::Base, Shared::Drafts, Shared::Threads, Shared::NoCache, Shared::Today, Shared::Output];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        if let Some(path) = self.paths.first().map(|path| path.display()) {
            let error = UserError::new(format!("`kbc check` checks the knowledge base, and takes no `{path}`"));
            let error = error.help(format!("`kbc review {path}` runs its checks on code"));
            bail!(error.help(format!("`kbc check --base {path}` checks the knowledge base there")));
        }
        let fail_on = self.fail_on.map(|fail_on| match fail_on {
            FailOn::Error => vocabulary::FailOn::Error,
            FailOn::Warning => vocabulary::FailOn::Warning,
        });
        check::run(call, self.format, fail_on)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    Error,
    Warning,
}
