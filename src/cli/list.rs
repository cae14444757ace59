//! The flags of `kbc list`.

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::PossibleValue;

use super::shared::{self, Shared};
use crate::commands::exit::Exit;
use crate::commands::list::{self, KINDS};
use crate::commands::session::Session;

/// List what the knowledge base has, one thing a line: rules, papers, figures and so on.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to list.
    #[arg(value_name = "KIND", value_parser = KINDS.map(|kind| PossibleValue::new(kind.name).help(kind.about)))]
    kind: String,
}

pub const SHARED: &[Shared] = shared::COMPILES;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        match KINDS.iter().find(|kind| kind.name == self.kind) {
            Some(kind) => list::run(call, kind),
            None => bail!("`{}` is no kind that can be listed", self.kind),
        }
    }
}
