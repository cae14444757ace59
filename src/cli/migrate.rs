//! The flags of `kbc migrate`.

use anyhow::Result;
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::exit::Exit;
use crate::commands::migrate;
use crate::commands::session::Session;
use crate::commands::writing::Mode;

/// Bring the files of an older kbc to the words of this one, all or nothing.
///
/// It changes kbc.toml, papers, data, templates, utils and kbc.lock, and keeps their comments and their order. It need not be
/// able to compile the knowledge base. Run `kbc build` and `kbc check` afterwards.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Show the changes as a diff and write nothing; exit 1 if there are any.
    #[arg(long)]
    diff: bool,
    /// Name the files that would be written, and write nothing.
    #[arg(long, conflicts_with = "diff")]
    dry_run: bool,
}

pub const SHARED: &[Shared] = shared::READS;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        migrate::run(call, Mode::of(self.diff, self.dry_run))
    }
}
