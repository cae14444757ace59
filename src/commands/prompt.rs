//! `kbc prompt`: a step of the work on a paper, as a prompt for an agent.

use anyhow::Result;

use super::exit::Exit;
use super::new;
use super::project::{CheckedProject, compile};
use super::session::Session;
use crate::agents::prompts::{self, Room, Step};
use crate::compile::{Compilation, Digest};
use crate::text::hidden::visible;

/// Prints the prompt. Broken inputs are no hindrance, since a paper is broken while it is written.
pub fn run(call: &Session, step: Step, paper: &str) -> Result<Exit> {
    call.answer(&made(call, step, paper)?.1)?;
    Ok(Exit::Clean)
}

/// The knowledge base as it is, and the prompt that it makes.
pub fn made(call: &Session, step: Step, paper: &str) -> Result<(CheckedProject, String)> {
    new::examine(paper)?;
    let compilation = compile(call)?;
    if compilation.compiled.has_errors() {
        call.remark("the inputs have errors, so some of it may be missing: `kbc check` tells them");
    }
    let prompt = text(&compilation.compiled, step, paper)?;
    Ok((compilation, prompt))
}

/// The prompt of a step for a paper.
///
/// # Errors
/// If the paper can be none.
pub fn text(compiled: &Compilation, step: Step, paper: &str) -> Result<String> {
    new::examine(paper)?;
    let room = |digest: &Digest| {
        let max = digest.front.budget.as_ref()?.max;
        let encoding = digest.encoding.name();
        Some(Room { output: digest.front.output.clone(), tokens: digest.tokens, max, encoding })
    };
    let rooms: Vec<Room> = compiled.digests.iter().filter_map(room).collect();
    let text = prompts::prompt(step, paper, &compiled.model, &compiled.config, &rooms);
    Ok(visible(&text).into_owned())
}
