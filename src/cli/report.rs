//! `kbc report`: what only prints.

use anyhow::Result;
use clap::{Args, Subcommand};

use super::budget;
use super::shared::Shared;
use crate::commands::exit::Exit;
use crate::commands::session::Session;

/// Print a report on the knowledge base.
#[derive(Debug, Args)]
#[command(subcommand_value_name = "REPORT")]
pub struct Arguments {
    #[command(subcommand)]
    what: Report,
}

#[derive(Debug, Subcommand)]
enum Report {
    Budget(budget::Arguments),
}

pub const SHARED: &[Shared] = budget::SHARED;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        match self.what {
            Report::Budget(arguments) => arguments.run(call),
        }
    }
}
