//! The flags of `kbc new`.

use anyhow::Result;
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::exit::Exit;
use crate::commands::new;
use crate::commands::session::Session;

/// Write the skeleton of a paper: papers/PAPER.md.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Lower-case words joined by hyphens: error-handling.
    paper: String,
}

pub const SHARED: &[Shared] = shared::READS;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        new::run(call, &self.paper)
    }
}
