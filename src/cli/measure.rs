//! The flags of `kbc measure`.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::duration;
use super::shared::{self, Shared};
use crate::commands::exit::Exit;
use crate::commands::measure::{self, Mode, Options};
use crate::commands::session::Session;

/// Run the benchmarks of the papers with the local Python, and record what they take.
///
/// A benchmark is the blocks ```python bench=BENCHMARK case=CASE of a paper; ```python bench=BENCHMARK setup
/// runs before each of them, as the module around the block, which is the body of a function. by=time (the default)
/// takes the time of a call, by=peak the memory that it holds at most, by=size the deep size of the value in its
/// last line, by=import the time in a fresh interpreter. The values go to data/measured-ENVIRONMENT.yaml; cases that are
/// not run keep theirs. The raw values of the run go to data/raw/ENVIRONMENT/SESSION.jsonl.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Figures, or benchmarks of papers [default: every benchmark].
    #[arg(value_name = "FIGURE")]
    figures: Vec<String>,
    /// Print the program of every case, and run none.
    #[arg(long)]
    dry_run: bool,
    /// Run nothing: a change of the code has no effect on what was measured. Records the code as it is now.
    #[arg(long, conflicts_with = "dry_run")]
    unchanged: bool,
    /// The Python that runs the benchmarks.
    #[arg(long, value_name = "PATH", default_value = "python3")]
    interpreter: String,
    /// How many processes to spread the runs over.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    processes: u32,
    /// Give a case up whose runs together take longer.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    time_limit: Duration,
    /// The name of the environment [default: of system, processor and interpreter].
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// The day to record as that of the measurement, YYYY-MM-DD [default: today, UTC].
    #[arg(long, value_name = "DAY", value_parser = shared::day)]
    date: Option<String>,
}

pub const SHARED: &[Shared] = shared::READS;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        measure::run(call, &self.into())
    }
}

impl From<Arguments> for Options {
    fn from(arguments: Arguments) -> Self {
        Self {
            figures: arguments.figures,
            mode: match (arguments.dry_run, arguments.unchanged) {
                (true, _) => Mode::Show,
                (false, true) => Mode::Unchanged,
                (false, false) => Mode::Run,
            },
            interpreter: arguments.interpreter,
            processes: arguments.processes,
            time_limit: arguments.time_limit,
            environment: arguments.environment,
            date: arguments.date,
        }
    }
}
