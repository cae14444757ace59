//! The flags of `kbc import`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::exit::Exit;
use crate::commands::import::{self, Options};
use crate::commands::session::Session;
use crate::commands::writing::Mode;

/// Record results that another tool wrote, such as pytest-benchmark, pyperf or hyperfine.
///
/// It reads pytest-benchmark, pyperf, asv, google-benchmark, hyperfine, criterion, cargo-criterion and python-numbers.
/// They go to data/NAME.yaml, with ids made from their names; `kbc import` owns that file, replaces what it imports
/// again and keeps the rest. The order of results changes no id, and importing the same results twice changes nothing.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A file of results, or a folder with those of one run, such as `target/criterion`.
    file: PathBuf,
    /// The name of the data file [default: that of the results].
    #[arg(long, value_name = "NAME")]
    data: Option<String>,
    /// The environment of the results: one of data/, or a name for the one that the results describe.
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Name the file that would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub const SHARED: &[Shared] = shared::READS;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let Self { file, data, environment, dry_run } = self;
        import::run(call, &Options { file, data, environment }, Mode::of(false, dry_run))
    }
}
