//! The flags of `kbc config`.

use anyhow::Result;
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::config;
use crate::commands::exit::Exit;
use crate::commands::session::Session;

/// Print every setting with its value and where that comes from
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only this setting, or those of this table: `paths`, `check.fail_on`, `agents.roles.reader`.
    key: Option<String>,
}

pub const SHARED: &[Shared] = shared::READS;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        config::run(call, self.key.as_deref())
    }
}
