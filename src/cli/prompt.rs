//! The flags of `kbc prompt`.

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::shared::Shared;
use crate::agents::prompts;
use crate::commands::exit::Exit;
use crate::commands::prompt;
use crate::commands::session::Session;

/// Print a prompt for a step of work on a paper: explore, write, distill, formalize or import.
///
/// It carries what the knowledge base has for the step: benchmarks and figures, the form of a paper, the tokens that
/// are left in budgets, the rules and their examples.
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(value_enum)]
    step: Step,
    /// The id of a paper, there or to be.
    #[arg(value_name = "PAPER")]
    paper: String,
}

pub const SHARED: &[Shared] = &[Shared::Base, Shared::Drafts, Shared::Threads, Shared::Output];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        prompt::run(call, self.step.into(), &self.paper)
    }
}

/// A step of the work on a paper.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Step {
    /// Analyse a subject: what is decided in it, and what bears on it.
    Explore,
    /// Write the paper.
    Write,
    /// Make rules of it that fit the budgets.
    Distill,
    /// Make checks of the rules, and prove them.
    Formalize,
    /// Turn the rules of a list that was imported into papers and checks.
    Import,
}

impl From<Step> for prompts::Step {
    fn from(step: Step) -> Self {
        match step {
            Step::Explore => Self::Explore,
            Step::Write => Self::Write,
            Step::Distill => Self::Distill,
            Step::Formalize => Self::Formalize,
            Step::Import => Self::Import,
        }
    }
}
