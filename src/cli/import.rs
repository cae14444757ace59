//! The flags of `kbc import`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::exit::Exit;
use crate::commands::import::instructions::{self, Format};
use crate::commands::import::{self, Options};
use crate::commands::session::Session;
use crate::commands::writing::Mode;
use crate::diag::UserError;

/// Take in the rules of instruction files such as AGENTS.md, or results that another tool measured.
///
/// Results are those of pytest-benchmark, pyperf, asv, google-benchmark, hyperfine, criterion, cargo-criterion or
/// python-numbers. They go to data/NAME.yaml, with ids made from their names; `kbc import` owns that file, replaces what it
/// imports again and keeps the rest. The order of results changes no id, and importing the same results twice changes
/// nothing.
///
/// Instruction files are AGENTS.md, CLAUDE.md with what it includes, rules of Cursor, Claude Code and Copilot, skills, and
/// records of decisions. Their rules go to a list, papers/NAME.md, each with the place that it comes from; a knowledge base
/// is begun if there is none. `--dry-run` prints the rules, what they cost, which look checkable, which say the same
/// twice, which may contradict each other, and what they name that is not there.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Instruction files, or folders with such files; or a file of results, or a folder with those of one run, such as
    /// `target/criterion`.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The name of the data file [default: that of the results].
    #[arg(long, value_name = "NAME")]
    data: Option<String>,
    /// The environment of the results: one of data/, or a name for the one that the results describe.
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Print what instruction files come to, or name the data file that would be written; write nothing.
    #[arg(long)]
    dry_run: bool,
    /// How to print what instruction files come to [env: KBC_FORMAT].
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The id of the list that the rules go to [default: from the name of the file].
    #[arg(long, value_name = "NAME")]
    paper: Option<String>,
    /// Take the lines that became rules out of the file, and put the block in that kbc maintains. The difference is printed.
    #[arg(long)]
    replace: bool,
}

pub const SHARED: &[Shared] = shared::READS;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let Self { files, data, environment, dry_run, format, paper, replace } = self;
        let of_agents = files.iter().filter(|file| instructions::is_one(call, file)).count();
        if of_agents == files.len() {
            return instructions::run(call, &instructions::Options { files, dry_run, format, paper, replace });
        }
        let mut files = files.into_iter();
        let (Some(file), None) = (files.next(), files.next()) else {
            bail!(
                UserError::new("the results of benchmarks are imported one file at a time, and without other files")
                    .help("call `kbc import` again for the next file")
            );
        };
        if replace || paper.is_some() {
            bail!(
                UserError::new("`--replace` and `--paper` are for instruction files")
                    .help("leave them out for results of benchmarks")
            );
        }
        import::run(call, &Options { file, data, environment }, Mode::of(false, dry_run))
    }
}
