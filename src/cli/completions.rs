//! The flags of `kbc completions`.

use anyhow::Result;
use clap::Args;
use clap_complete::Shell;

use super::shared::Shared;
use crate::commands::completions;
use crate::commands::exit::Exit;
use crate::commands::session::Session;

/// Print a completion script for a shell.
#[derive(Debug, Args)]
pub struct Arguments {
    shell: Shell,
}

pub const SHARED: &[Shared] = &[Shared::Output];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        completions::run(call, super::command(), self.shell)
    }
}
