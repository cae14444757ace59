//! The flags of `kbc explain`.

use anyhow::Result;
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::exit::Exit;
use crate::commands::explain;
use crate::commands::session::Session;

/// Trace a rule, a figure or a line to where it comes from; explain a diagnostic code.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A rule (RTY1), paper (retries), figure (jitter_relief), measured case
    /// (outage.fixed_delay), code (stale-output) or place (out/RULEBOOK.md:4). If a name has several meanings, put `rule:`,
    /// `paper:`, `figure:`, `case:`, `utility:` or `code:` before it.
    #[arg(value_name = "ID|CODE|FILE:LINE")]
    what: Option<String>,
    /// List all codes by group.
    #[arg(long, conflicts_with = "what")]
    list: bool,
}

pub const SHARED: &[Shared] = shared::COMPILES;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        if self.list { explain::list(call) } else { explain::run(call, self.what.as_deref()) }
    }
}
