//! The flags of `kbc new`.

use anyhow::{Result, bail};
use clap::Args;

use super::shared::{self, Shared};
use crate::commands::exit::Exit;
use crate::commands::new;
use crate::commands::session::Session;
use crate::commands::writing::Mode;
use crate::diag::UserError;

/// Start a new input of the knowledge base: the skeleton of a paper.
///
/// `kbc new paper error-handling` writes papers/error-handling.md, a draft that checks clean. `kbc new NAME` is `kbc new paper
/// NAME`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to start (paper), and its name: lower-case words joined by hyphens.
    #[arg(value_names = ["KIND", "NAME"], num_args = 1..=2, required = true)]
    words: Vec<String>,
    /// Name the files that would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub const SHARED: &[Shared] = shared::READS;

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let name = match self.words.as_slice() {
            [kind] if kind == "paper" => {
                bail!(UserError::new("the paper has no name").help("`kbc new paper error-handling`"))
            }
            [name] => name,
            [kind, name] if kind == "paper" => name,
            [kind, ..] => {
                let error = UserError::new(format!("`{kind}` is nothing that `kbc new` starts"));
                bail!(error.help("`kbc new paper NAME` starts a paper"))
            }
            [] => unreachable!("clap asks for one"),
        };
        new::run(call, name, Mode::of(false, self.dry_run))
    }
}
