//! The flags of `kbc schema`.

use anyhow::Result;
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::exit::Exit;
use crate::commands::schema;
use crate::commands::session::Session;

/// Print the JSON Schema of a format; without a name, list the formats.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A name of the list: paper, data, template, utility, config, rules, ...
    name: Option<String>,
}

pub const SHARED: &[Shared] = shared::REPORTS;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        schema::run(call, self.name.as_deref())
    }
}
