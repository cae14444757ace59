//! What agents are really handed: every channel that leads to them, replayed as the program at its other end would do it.

use std::path::Path;

use super::console::Console;
use super::session::Session;
use super::{built_outputs, hook};
use crate::agents::hook::settings::{self, Program};
use crate::agents::hook::{Event, Kind};
use crate::compile::artifact::{self, Artifact};
use crate::compile::budget_report::{Missing, Recount};
use crate::compile::distill::Pick;
use crate::compile::render::template::Subject;
use crate::compile::roles;
use crate::compile::{Compilation, Digest};
use crate::diag::user_error;
use crate::host::disk::Project;
use crate::host::read;
use crate::input::files::template::Mode;
use crate::input::formats::managed_block;
use crate::input::vocabulary::{Drafts, Status};
use crate::model::Rule;

/// Where a project names the servers that Claude Code starts for it.
const SERVERS: &str = ".mcp.json";

/// A way to an agent.
pub struct Channel {
    pub name: String,
    pub state: State,
    /// The output that it hands out.
    output: String,
}

/// What came of replaying a channel.
pub enum State {
    /// What an agent reads, framing included.
    Delivers(String),
    /// Nobody has put it there; says how.
    NotInstalled(String),
    /// It is there, and nothing arrives.
    Broken(String),
}

/// Those who are handed the same: the agents of a role, or all others.
pub struct Audience {
    pub role: Option<String>,
    /// The rules that are meant for them, as indices into the model.
    pub rules: Vec<usize>,
    pub channels: Vec<Channel>,
}

/// Every audience, first those without a role, with all channels replayed.
pub fn audiences(console: &Console, root: &Path, compiled: &Compilation) -> Vec<Audience> {
    let call = Session::silent(console.clone(), root, Drafts::LeftOut);
    let replay = Replay { call, root, compiled };
    let roles = compiled.config.agents.roles.keys().map(|name| Some(name.as_str()));
    std::iter::once(None).chain(roles).map(|role| replay.audience(role)).collect()
}

struct Replay<'a> {
    call: Session,
    root: &'a Path,
    compiled: &'a Compilation,
}

impl Replay<'_> {
    fn audience(&self, role: Option<&str>) -> Audience {
        let model = &self.compiled.model;
        let config = &self.compiled.config;
        let is_meant = |rule: &Rule| {
            let role = role.and_then(|role| config.agents.roles.get(role));
            rule.status == Status::Active && role.is_none_or(|role| roles::carries(role, rule, model))
        };
        let rules = (0..model.rules.len()).filter(|index| is_meant(&model.rules[*index])).collect();
        let mut channels = self.files(role);
        channels.extend(Program::ALL.into_iter().map(|program| self.hook(program, role)));
        channels.push(self.server(role));
        channels.push(self.injected(role));
        Audience { role: role.map(str::to_owned), rules, channels }
    }

    fn rulebook(&self, role: Option<&str>) -> String {
        role.map_or(self.compiled.config.rulebook(), |role| self.compiled.config.rulebook_of(role))
    }

    /// Outputs that programs read by themselves; the rulebooks have to be handed to them.
    fn files(&self, role: Option<&str>) -> Vec<Channel> {
        let subject = role.map_or(Subject::Whole, |role| Subject::Role(role.to_owned()));
        let is_file = |digest: &&Digest| {
            digest.subject == subject
                && (digest.front.budget.is_some() || digest.front.mode == Mode::Splice)
                && digest.front.output != self.rulebook(role)
        };
        let found = self.compiled.digests.iter().filter(is_file).filter_map(|digest| self.compiled.artifact(digest));
        found.map(|artifact| self.file(artifact)).collect()
    }

    fn file(&self, artifact: &Artifact) -> Channel {
        let path = &artifact.path;
        let state = match read::text(&self.root.join(path), artifact::MAX_OUTPUT) {
            Ok(text) => State::Delivers(match &artifact.block {
                None => artifact::counted(path, &text).to_owned(),
                Some(block) => {
                    managed_block::inside(&text, &block.name).map_or_else(String::new, |inside| text[inside].into())
                }
            }),
            Err(error) => State::Broken(format!("cannot read `{path}`: {error}; `kbc build` makes it")),
        };
        Channel { name: path.clone(), state, output: path.clone() }
    }

    /// The hook of a program at the start of a subagent with a role, or of a session.
    fn hook(&self, program: Program, role: Option<&str>) -> Channel {
        let kind = if role.is_some() { Kind::SubagentStart } else { Kind::SessionStart };
        let state = match self.is_hooked(program, kind) {
            Err(fault) => State::Broken(fault),
            Ok(false) => {
                let flag = if program == Program::Claude { "--claude" } else { "--codex" };
                State::NotInstalled(format!("`kbc hook install {flag}` puts it into {}", program.settings()))
            }
            Ok(true) => {
                let agent_type = role.map(|role| self.agent_of(role)).unwrap_or_default();
                let event = Event { agent_type, ..Event::default() };
                match hook::context_of(&self.call, kind, &event) {
                    Ok(text) => self.shown(program, text),
                    Err(error) => State::Broken(user_error::line(&error)),
                }
            }
        };
        Channel { name: format!("{} of {}", kind.event(), program.name()), state, output: self.rulebook(role) }
    }

    fn shown(&self, program: Program, text: String) -> State {
        match program.hides(&text) {
            None => State::Delivers(text),
            Some(why) => State::Broken(why),
        }
    }

    fn is_hooked(&self, program: Program, kind: Kind) -> Result<bool, String> {
        let path = program.settings();
        let Some(text) = settings_text(&self.root.join(path), path)? else { return Ok(false) };
        let settings = settings::read(&text).map_err(|fault| format!("`{path}`: {fault}"))?;
        Ok(settings::has(&settings, kind))
    }

    /// A type of agent that gets a role: one that kbc.toml maps to it, or its own name.
    fn agent_of(&self, role: &str) -> String {
        let mapped = self.compiled.config.agents.types.iter().find(|(_, mapped)| mapped.as_str() == role);
        mapped.map_or(role, |(agent, _)| agent).to_owned()
    }

    fn server(&self, role: Option<&str>) -> Channel {
        let state = match self.is_served() {
            Err(fault) => State::Broken(fault),
            Ok(false) => {
                State::NotInstalled("`claude mcp add --scope project kbc -- kbc serve mcp` adds it".to_owned())
            }
            Ok(true) => self.built(role),
        };
        Channel { name: "kbc serve mcp".to_owned(), state, output: self.rulebook(role) }
    }

    fn is_served(&self) -> Result<bool, String> {
        let Some(text) = settings_text(&self.root.join(SERVERS), SERVERS)? else { return Ok(false) };
        let settings = settings::read(&text).map_err(|fault| format!("`{SERVERS}`: {fault}"))?;
        let servers = settings["mcpServers"].as_object();
        Ok(servers.into_iter().flat_map(|servers| servers.values()).any(|server| settings::calls_kbc(server, &["mcp"])))
    }

    fn built(&self, role: Option<&str>) -> State {
        match built_outputs::rulebook(&Project::at(self.root), &self.compiled.config, role) {
            Ok((_, text)) => State::Delivers(text),
            Err(error) => State::Broken(user_error::line(&error)),
        }
    }

    fn injected(&self, role: Option<&str>) -> Channel {
        let name = role.map_or("kbc inject".to_owned(), |role| format!("kbc inject --role {role}"));
        Channel { name, state: self.built(role), output: self.rulebook(role) }
    }
}

/// The rules of an audience that are not in what was delivered.
pub fn missing<'a>(
    text: &str,
    channel: &Channel,
    audience: &Audience,
    recount: &Recount<'a>,
) -> Vec<(&'a Rule, Missing)> {
    let compiled = recount.compiled();
    let digest = compiled.digests.iter().find(|digest| digest.front.output == channel.output);
    let is_there = |rule: &Rule| {
        std::iter::once(&rule.full).chain(&rule.short).any(|wording| text.contains(wording.text.as_str()))
    };
    let rules = audience.rules.iter().map(|index| (*index, &compiled.model.rules[*index]));
    rules.filter(|(_, rule)| !is_there(rule)).map(|(index, rule)| (rule, why(digest, index, recount))).collect()
}

fn why<'a>(digest: Option<&'a Digest>, rule: usize, recount: &Recount<'a>) -> Missing {
    let Some(digest) = digest else { return Missing::NoOutput };
    let is_picked = |(index, _): &Pick| digest.rules[*index] == rule;
    if digest.picks.iter().any(is_picked) { Missing::Stale } else { recount.why_missing(digest, rule) }
}

/// Settings of an agent program; `None` if there are none.
fn settings_text(path: &Path, name: &str) -> Result<Option<String>, String> {
    match read::text(path, read::MAX_SETTINGS) {
        Ok(text) => Ok(Some(text)),
        Err(unread) if unread.is_absent() => Ok(None),
        Err(unread) => Err(format!("`{name}`: {unread}")),
    }
}
