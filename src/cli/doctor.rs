//! `kbc doctor`, which has no flags of its own.

use anyhow::Result;
use clap::Args;

use super::shared::Shared;
use crate::commands::doctor;
use crate::commands::exit::Exit;
use crate::commands::session::Session;

/// Replay every channel to agents: which rules arrive, which do not, and why.
///
/// Channels are the outputs that agent programs read by themselves, hooks in their settings, `kbc serve mcp` in .mcp.json,
/// and `kbc inject`. Fails if one that is installed does not deliver what it should.
#[derive(Debug, Args)]
pub struct Arguments {}

pub const SHARED: &[Shared] = &[Shared::Base, Shared::Threads, Shared::Format, Shared::Output];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        doctor::run(call)
    }
}
