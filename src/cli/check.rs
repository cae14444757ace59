//! The flags of `kbc check`.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::commands::check;
use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::host::clock::day_or_today;
use crate::input::vocabulary;
use crate::print;

/// Compile in memory and compare; exit 1 if anything is broken, stale, missing or stray.
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(long, value_enum, default_value_t)]
    format: print::Format,
    /// Fail on messages of this severity or worse [default: `check.fail_on` of kbc.toml, or error].
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// The day that `review_by` is held against, YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DAY")]
    today: Option<String>,
}

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let today = Some(day_or_today(self.today.as_deref())?);
        let fail_on = self.fail_on.map(|fail_on| match fail_on {
            FailOn::Error => vocabulary::FailOn::Error,
            FailOn::Warning => vocabulary::FailOn::Warning,
        });
        check::run(&Session { today, ..call.clone() }, self.format, fail_on)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    Error,
    Warning,
}
