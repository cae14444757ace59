//! The flags of `kbc migrate`.

use anyhow::Result;
use clap::Args;

use crate::commands::exit::Exit;
use crate::commands::migrate::{self, Mode};
use crate::commands::session::Session;

/// Bring files that were written for an older kbc to the words of this one, all or nothing.
///
/// It changes kbc.toml, papers, data, templates, utils and kbc.lock, and keeps their comments and their order. It need not be
/// able to compile the knowledge base. Run `kbc build` and `kbc check` afterwards.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Write nothing, and show what would change as a diff; exit 1 if there is one.
    #[arg(long)]
    diff: bool,
    /// Write nothing, and name the files that would change.
    #[arg(long)]
    dry_run: bool,
}

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let mode = match self {
            Self { diff: true, .. } => Mode::Diff,
            Self { dry_run: true, .. } => Mode::DryRun,
            Self { .. } => Mode::Write,
        };
        migrate::run(call, mode)
    }
}
