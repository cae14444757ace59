//! `kbc serve`: the servers.

use anyhow::Result;
use clap::{Args, Subcommand};

use super::mcp;
use super::shared::Shared;
use crate::commands::exit::Exit;
use crate::commands::session::Session;

/// Serve the knowledge base to other programs.
#[derive(Debug, Args)]
#[command(subcommand_value_name = "SERVER")]
pub struct Arguments {
    #[command(subcommand)]
    what: Server,
}

#[derive(Debug, Subcommand)]
enum Server {
    Mcp(mcp::Arguments),
}

pub const SHARED: &[Shared] = mcp::SHARED;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        match self.what {
            Server::Mcp(arguments) => arguments.run(call),
        }
    }
}
