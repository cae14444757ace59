//! The flags of `kbc build`.

use anyhow::Result;
use clap::Args;

use crate::commands::build::{self, Overwrite, Show};
use crate::commands::exit::Exit;
use crate::commands::session::Session;

/// Compile, and write the outputs that changed, all or nothing.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Show what changed as a diff.
    #[arg(long)]
    diff: bool,
    /// Overwrite files that kbc did not make.
    #[arg(long)]
    force: bool,
}

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let show = if self.diff { Show::Diff } else { Show::Names };
        let overwrite = if self.force { Overwrite::AnyFile } else { Overwrite::OwnFiles };
        build::run(call, show, overwrite)
    }
}
