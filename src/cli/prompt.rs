//! The flags of `kbc prompt`.

use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::seconds;
use crate::agents::prompts;
use crate::commands::exit::Exit;
use crate::commands::prompt;
use crate::commands::prompt::exec::Agent;
use crate::commands::session::Session;

/// Print a prompt for a step of work on a paper: explore, write, distill or formalize.
///
/// It carries what the knowledge base has for the step: measurements and figures, the form of a paper, the tokens that
/// are left in budgets, the rules and their examples.
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(value_enum)]
    step: Step,
    /// The id of a paper, there or to be.
    domain: String,
    /// Hand the prompt to this program, on its standard input: `--exec 'claude -p'`.
    ///
    /// What it answers takes the place of the paper if the knowledge base has no error with it; otherwise it is kept in
    /// rejected/, with what is wrong. What `explore` is answered is printed.
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,
    /// Give the program up after so long.
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds, requires = "exec")]
    time_limit: Duration,
}

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let agent = self.exec.map(|command| Agent { command, time_limit: self.time_limit });
        prompt::run(call, self.step.into(), &self.domain, agent.as_ref())
    }
}

/// What `kbc prompt` is about.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Step {
    /// Analyse a domain: what is decided in it, and what bears on it.
    Explore,
    /// Write its paper.
    Write,
    /// Make rules of it that fit the budgets.
    Distill,
    /// Make checks of the rules, and prove them.
    Formalize,
}

impl From<Step> for prompts::Step {
    fn from(step: Step) -> Self {
        match step {
            Step::Explore => Self::Explore,
            Step::Write => Self::Write,
            Step::Distill => Self::Distill,
            Step::Formalize => Self::Formalize,
        }
    }
}
