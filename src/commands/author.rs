//! `kbc author`: an agent program works on a paper, and its answer is taken if the knowledge base holds with it.

pub mod agent;

use anyhow::Result;

use self::agent::Agent;
use super::exit::Exit;
use super::new;
use super::prompt;
use super::session::Session;
use crate::agents::prompts::{self, Step};
use crate::text::hidden::visible;

/// Hands the prompt of a step to the program. What it answers becomes the paper, or is printed if nothing is to be written.
///
/// # Errors
/// If the program cannot be run, or its answer not be kept.
pub fn run(call: &Session, step: Step, paper: &str, agent: &Agent) -> Result<Exit> {
    let (compilation, prompt) = prompt::made(call, step, paper)?;
    let path = new::path(&compilation.compiled.config.paths, paper);
    let known = compilation.compiled.sources.iter().find(|(_, source)| source.path == path);
    let order = prompts::order(step, paper, known.map(|(_, source)| source.text.as_str()));
    let said = agent::ask(agent, &compilation.root, &format!("{prompt}\n{}", visible(&order)))?;
    // What is analysed is for whoever writes next; no file of the knowledge base is made of it.
    if step == Step::Explore {
        call.answer(&visible(&said))?;
        return Ok(Exit::Clean);
    }
    agent::take(call, &compilation.root, &path, paper, &said)
}
