//! The flags of `kbc check`.

use anyhow::Result;
use clap::Args;

use crate::commands::check;
use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::host::clock::day_or_today;
use crate::print;

/// Compile in memory and compare; exit 1 if anything is broken, stale, missing or stray.
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(long, value_enum, default_value_t)]
    format: print::Format,
    /// The day that `review_by` is held against, YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DAY")]
    today: Option<String>,
}

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let today = Some(day_or_today(self.today.as_deref())?);
        check::run(&Session { today, ..call.clone() }, self.format)
    }
}
