//! `kbc hook`: what an agent program asks at its events: the rulebook as a session or a subagent starts, the findings in a
//! file that was just edited. It fails open: whatever goes wrong is a remark, and the agent goes on.

pub mod install;
mod replay;

use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::built_outputs;
use super::exit::Exit;
use super::review;
use super::review::options::{Layer, Options};
use super::session::Session;
use crate::agents::hook::{self, Event, Kind};
use crate::diag::user_error::told;
use crate::diag::{Place, Severity};
use crate::host::disk;
use crate::host::disk::Project;
use crate::input::files::config::Config;
use crate::review::finding::{Finding, Review};
use crate::text::source::Sources;

pub use self::replay::test;

/// The most bytes of an event that are read; one with a large file in it has some hundred thousand.
const MAX_EVENT: u64 = 64 << 20;
/// The most findings that are told; an agent that has to read more reads none.
const MAX_FINDINGS: usize = 10;

/// Reads the event from standard input and answers it.
///
/// # Errors
/// Never: trouble is told as a remark.
pub fn run(call: &Session, name: &str) -> Result<Exit> {
    // A fault of kbc must not stop the agent either.
    let answered = std::panic::catch_unwind(AssertUnwindSafe(|| respond(call, name)));
    match answered {
        Ok(Ok(text)) => call.answer(&text)?,
        Ok(Err(error)) => call.remark(&format!("kbc hook {name}: {}; the agent goes on without it", told(&error))),
        Err(_) => call.remark(&format!("kbc hook {name}: this is a fault of kbc; the agent goes on without it")),
    }
    Ok(Exit::Clean)
}

fn respond(call: &Session, name: &str) -> Result<String> {
    let Some(kind) = Kind::from_name(name) else {
        let known = Kind::ALL.map(Kind::name).join(", ");
        bail!("there is no such event (there are {known})");
    };
    let bytes = call.console.input(MAX_EVENT).context("the event cannot be read")?;
    let text = String::from_utf8(bytes).context("the event is not UTF-8")?;
    let event = hook::read(kind, &text).map_err(anyhow::Error::msg)?;
    of(&Session { from: root(call, &event)?, ..call.clone() }, kind, &event)
}

/// The knowledge base: the one around the folder that kbc was called in, else the one around the agent's.
fn root(call: &Session, event: &Event) -> Result<PathBuf> {
    call.root().or_else(|error| {
        disk::nearest_above(&call.console.path(&event.cwd), "kbc.toml")
            .and_then(|settings| settings.parent().map(Path::to_path_buf))
            .ok_or(error)
    })
}

/// What an event is answered; nothing where there is nothing to say.
fn of(call: &Session, kind: Kind, event: &Event) -> Result<String> {
    let root = &call.from;
    let config = built_outputs::config(&Project::at(root))?;
    match kind {
        Kind::SessionStart => Ok(hook::answer(kind, &context(&config, None, root)?, None)),
        Kind::SubagentStart => {
            let role = config.hooks.role_of(&event.agent_type, &config.roles);
            Ok(hook::answer(kind, &context(&config, role, root)?, None))
        }
        Kind::PostToolUse => edited(call, event),
    }
}

/// What an agent reads at an event, out of the answer that its program gets.
///
/// # Errors
/// As of the event: no such role, no such output.
pub fn context_of(call: &Session, kind: Kind, event: &Event) -> Result<String> {
    let told = of(call, kind, event)?;
    let answer: Value = if told.is_empty() { Value::Null } else { serde_json::from_str(&told)? };
    Ok(answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap_or_default().to_owned())
}

/// The rulebook as an agent reads it: what it is, then what it says. Stated as a fact, since text that gives orders from
/// the side is taken for an attack.
fn context(config: &Config, role: Option<&str>, root: &Path) -> Result<String> {
    let (path, rulebook) = built_outputs::rulebook(&Project::at(root), config, role)?;
    let whose = role.map(|role| format!(", the part of the role `{role}`")).unwrap_or_default();
    Ok(format!(
        "The rules of this project{whose} (from {path}, `kbc explain ID` has the evidence):\n\n{}\n",
        rulebook.trim_end()
    ))
}

/// Findings on the lines that were just written.
fn edited(call: &Session, event: &Event) -> Result<String> {
    let project = call.from.canonicalize().context("the project is gone")?;
    let mut told = String::new();
    let mut is_error = false;
    let mut count = 0;
    for file in event.files() {
        let path = call.console.path(&event.cwd).join(file);
        let Ok(path) = path.canonicalize() else { continue };
        // Files elsewhere are not this project's.
        if !path.starts_with(&project) {
            continue;
        }
        let options = Options { paths: vec![path.clone()], layer: Layer::Built, ..Options::default() };
        let review = review::review_of(call, &options)?;
        for finding in review.findings.iter().filter(|finding| is_new(finding, event, &review.sources)) {
            count += 1;
            is_error |= review.severity(finding) == Severity::Error;
            if count <= MAX_FINDINGS {
                tell(&mut told, finding, &review, &project);
            }
        }
    }
    if count == 0 {
        return Ok(String::new());
    }
    if count > MAX_FINDINGS {
        let _ = writeln!(told, "and {} more: `kbc review` has them all", count - MAX_FINDINGS);
    }
    let head =
        format!("kbc review found {} in what was just written:\n", crate::text::quantity::plural(count, "finding"));
    let reason = is_error.then(|| head.trim_end_matches(":\n"));
    Ok(hook::answer(Kind::PostToolUse, &format!("{head}{told}"), reason))
}

/// Does a finding touch what the tool wrote?
fn is_new(finding: &Finding, event: &Event, sources: &Sources) -> bool {
    let Place::Span(span) = &finding.place else { return false };
    let written = event.written(&sources.get(span.source).text);
    written.iter().any(|part| span.start < part.end && part.start < span.end)
}

fn tell(told: &mut String, finding: &Finding, review: &Review, project: &Path) {
    let Place::Span(span) = &finding.place else { return };
    let rule = review.rule(finding);
    let source = review.sources.get(span.source);
    let (line, _) = source.position(span.start);
    let path = Path::new(&source.path).strip_prefix(project).unwrap_or(Path::new(&source.path)).display();
    let _ = writeln!(told, "- {path}:{line}: {} {}: {}", rule.id, finding.message, rule.full.text);
}
