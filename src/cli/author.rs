//! The flags of `kbc author`.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::duration;
use super::prompt::Step;
use super::shared::Shared;
use crate::commands::author;
use crate::commands::author::agent::Agent;
use crate::commands::exit::Exit;
use crate::commands::session::Session;

/// Let an agent program work on a paper, and take its answer if that checks clean.
///
/// The program gets the prompt of `kbc prompt` on its standard input. Its answer takes the place of the paper if the
/// knowledge base has no error with it; otherwise it is kept in rejected/, with what is wrong. What `explore` is answered is
/// printed.
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(value_enum)]
    step: Step,
    /// The id of a paper, there or to be.
    #[arg(value_name = "PAPER")]
    paper: String,
    /// The command line of the program, as a shell takes it: `--agent 'claude -p'`.
    #[arg(long, value_name = "CMD")]
    agent: String,
    /// Stop the program after this time.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    time_limit: Duration,
}

pub const SHARED: &[Shared] = &[Shared::Base, Shared::Drafts, Shared::Threads];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let agent = Agent { command: self.agent, time_limit: self.time_limit };
        author::run(call, self.step.into(), &self.paper, &agent)
    }
}
