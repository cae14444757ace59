//! The flags of `kbc adopt`.

use anyhow::Result;
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::adopt;
use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::commands::writing::Mode;

/// Move edits of wordings that somebody made in an output into the papers.
///
/// A line of an output that holds the wording of a rule is led back to the `rule` or `short` in its paper; figures stay
/// figures. No output is touched: `kbc build` brings them along.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Say which wordings would be moved, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub const SHARED: &[Shared] = shared::COMPILES;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        adopt::run(call, Mode::of(false, self.dry_run))
    }
}
