//! The flags of `kbc build`.

use anyhow::Result;
use clap::Args;

use super::shared::Shared;
use crate::commands::build::{self, Overwrite};
use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::commands::writing::Mode;

/// Compile, and write the outputs that changed, all or nothing.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Show the changes as a diff and write nothing; exit 1 if there are any.
    #[arg(long)]
    diff: bool,
    /// Name the files that would be written, and write nothing.
    #[arg(long, conflicts_with = "diff")]
    dry_run: bool,
    /// Overwrite files that kbc did not make.
    #[arg(long)]
    force: bool,
}

pub const SHARED: &[Shared] =
    &[Shared::Base, Shared::Drafts, Shared::Threads, Shared::NoCache, Shared::Format, Shared::Output];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let mode = Mode::of(self.diff, self.dry_run);
        let overwrite = if self.force { Overwrite::AnyFile } else { Overwrite::OwnFiles };
        build::run(call, mode, overwrite)
    }
}
