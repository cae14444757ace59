//! `kbc prompt`: a step of the work on a paper, as a prompt for an agent, who may be asked at once.

pub mod exec;

use anyhow::Result;

use self::exec::Agent;
use super::exit::Exit;
use super::new;
use super::project::compile;
use super::session::Session;
use crate::agents::prompts::{self, Room, Step};
use crate::compile::{Compilation, Digest};
use crate::text::hidden::visible;

/// Prints the prompt, or what a program answers to it. Broken inputs are no hindrance, since a paper is broken while it
/// is written.
pub fn run(call: &Session, step: Step, domain: &str, agent: Option<&Agent>) -> Result<Exit> {
    new::examine(domain)?;
    let compilation = compile(call)?;
    if compilation.compiled.has_errors() {
        call.remark("the inputs have errors, so some of it may be missing: `kbc check` tells them");
    }
    let prompt = text(&compilation.compiled, step, domain)?;
    let Some(agent) = agent else {
        call.answer(&prompt)?;
        return Ok(Exit::Clean);
    };
    let paper = compilation.compiled.sources.iter().find(|(_, source)| source.path == format!("papers/{domain}.md"));
    let order = prompts::order(step, domain, paper.map(|(_, source)| source.text.as_str()));
    let said = exec::ask(agent, &compilation.root, &format!("{prompt}\n{}", visible(&order)))?;
    // What is analysed is for whoever writes next; no file of the knowledge base is made of it.
    if step == Step::Explore {
        call.answer(&visible(&said))?;
        return Ok(Exit::Clean);
    }
    exec::take(call, &compilation.root, domain, &said)
}

/// The prompt of a step for a domain.
///
/// # Errors
/// If the domain can be none.
pub fn text(compiled: &Compilation, step: Step, domain: &str) -> Result<String> {
    new::examine(domain)?;
    let room = |digest: &Digest| {
        let max = digest.front.budget.as_ref()?.max;
        let encoding = digest.encoding.name();
        Some(Room { output: digest.front.output.clone(), tokens: digest.tokens, max, encoding })
    };
    let rooms: Vec<Room> = compiled.digests.iter().filter_map(room).collect();
    let text = prompts::prompt(step, domain, &compiled.model, &compiled.config, &rooms);
    Ok(visible(&text).into_owned())
}
