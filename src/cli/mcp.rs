//! `kbc serve mcp`, which has no flags of its own, and `kbc mcp`, its other name in settings of agent programs.

use anyhow::Result;
use clap::Args;

use super::shared::Shared;
use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::serve::mcp;

/// Serve the knowledge base to agent programs over standard input and output (Model Context Protocol).
///
/// Rulebooks, papers and their sections are resources; explain, review, budget and search_papers are tools; the steps
/// of `kbc prompt` are prompts. Papers are read again when they change, and nothing outside of the project is read.
#[derive(Debug, Args)]
pub struct Arguments {}

pub const SHARED: &[Shared] = &[Shared::Base, Shared::Drafts, Shared::Threads];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        mcp::run(call)
    }
}
