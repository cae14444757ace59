//! The flags of `kbc accept`.

use anyhow::Result;
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::accept::{self, Accepted};
use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::commands::writing::Mode;

/// Say that rules still say what their papers say, after reading both again.
///
/// `kbc check` calls a rule suspect when the section that argues for it, a figure, its check or its examples have
/// changed. A paper that changed elsewhere is accepted by its own id, a rule that is gone is retired for good.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Rules and papers by id.
    #[arg(value_name = "RULE|PAPER", required_unless_present = "all")]
    ids: Vec<String>,
    /// Everything that has changed.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Say what would be accepted, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub const SHARED: &[Shared] = shared::COMPILES;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let accepted = if self.all { Accepted::All } else { Accepted::Named(self.ids) };
        accept::run(call, &accepted, Mode::of(false, self.dry_run))
    }
}
