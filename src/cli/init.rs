//! The flags of `kbc init`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::exit::Exit;
use crate::commands::init;
use crate::commands::session::Session;
use crate::commands::writing::Mode;

/// Start a small knowledge base that builds and checks clean at once.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where [default: here].
    dir: Option<PathBuf>,
    /// Start with the papers, data, templates and settings of the knowledge base in FOLDER.
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
    /// Name the files that would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub const SHARED: &[Shared] = shared::REPORTS;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        init::run(call, self.dir.as_deref(), self.from.as_deref(), Mode::of(false, self.dry_run))
    }
}
