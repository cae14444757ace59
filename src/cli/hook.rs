//! The flags of `kbc hook`, and the events that it answers.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::shared::Shared;
use crate::agents::hook::Kind;
use crate::agents::hook::settings::Program;
use crate::commands::exit::Exit;
use crate::commands::hook;
use crate::commands::session::Session;
use crate::commands::writing::Mode;

/// Answer the events of an agent program: the rulebook at a start, findings after an edit.
///
/// The event is read from standard input. Whatever goes wrong is a remark and the exit code is 0, so that no agent is
/// held up.
#[derive(Debug, Args)]
#[command(subcommand_value_name = "EVENT")]
pub struct Arguments {
    #[command(subcommand)]
    what: Event,
}

pub const SHARED: &[Shared] = &[Shared::Base];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        self.what.run(call)
    }
}

/// What `kbc hook` is asked for.
#[derive(Debug, Subcommand)]
enum Event {
    /// The rulebook.
    SessionStart,
    /// The rulebook of the role that `[agents]` of kbc.toml has for the type of agent.
    SubagentStart,
    /// What a review finds on the lines that were just written.
    PostToolUse,
    /// Put the hooks into the settings of agent programs; nothing else there changes.
    Install {
        /// `.claude/settings.json`; the default.
        #[arg(long)]
        claude: bool,
        /// `.codex/hooks.json`
        #[arg(long)]
        codex: bool,
        /// Show the changes as a diff and write nothing; exit 1 if there are any.
        #[arg(long)]
        diff: bool,
        /// Name the files that would be written, and write nothing.
        #[arg(long, conflicts_with = "diff")]
        dry_run: bool,
    },
    /// Replay recorded events and print what agents would get.
    Test {
        /// Files that an agent is taken to have just written: only what it would be told of each.
        files: Vec<PathBuf>,
    },
    /// An event that this kbc does not know is passed over, so that no agent is held up.
    #[command(external_subcommand)]
    Other(Vec<String>),
}

impl Event {
    fn run(&self, call: &Session) -> Result<Exit> {
        match self {
            Event::SessionStart => hook::run(call, Kind::SessionStart.name()),
            Event::SubagentStart => hook::run(call, Kind::SubagentStart.name()),
            Event::PostToolUse => hook::run(call, Kind::PostToolUse.name()),
            Event::Other(words) => hook::run(call, words.first().map_or("", String::as_str)),
            Event::Test { files } => hook::test(call, files),
            Event::Install { claude, codex, diff, dry_run } => {
                let wanted = |program: &Program| match program {
                    Program::Claude => *claude || !*codex,
                    Program::Codex => *codex,
                };
                let programs: Vec<Program> = Program::ALL.into_iter().filter(wanted).collect();
                hook::install::run(call, &programs, Mode::of(*diff, *dry_run))
            }
        }
    }
}
