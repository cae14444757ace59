//! The flags of `kbc budget`.

use anyhow::Result;
use clap::Args;

use super::shared::Shared;
use crate::commands::budget::{self, Format};
use crate::commands::exit::Exit;
use crate::commands::session::Session;

/// Report what outputs, rules and papers cost in tokens, and what more tokens would buy.
#[derive(Debug, Args)]
pub struct Arguments {
    /// How the report is written [env: KBC_FORMAT].
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub const SHARED: &[Shared] = &[Shared::Base, Shared::Drafts, Shared::Threads, Shared::Output];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        budget::run(call, self.format)
    }
}
