//! `kbc doctor`: does every rule reach those whom it is meant for, and if not, why.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Value, json};

use super::channels::{self, Audience, Channel, State};
use super::exit::Exit;
use super::project::{CheckedProject, compile, path_of};
use super::session::Session;
use super::{built_outputs, hook};
use crate::compile::budget_report::{Missing, Recount};
use crate::diag::{Diagnostic, Severity, user_error};
use crate::host::disk::Project;
use crate::text::memo::Memory;
use crate::text::quantity::plural;
use crate::text::source::Sources;
use crate::text::tokens::Encoding;

/// Replays every channel and tells what arrives. Fails if one that is installed does not deliver what it should.
///
/// # Errors
/// If there is no knowledge base here.
pub fn run(call: &Session) -> Result<Exit> {
    let compilation = compile(call)?;
    let compiled = &compilation.compiled;
    if compiled.has_errors() {
        call.complain(&compiled.diags, &compiled.sources);
        call.remark("what should arrive is not known while the inputs have errors");
        return Ok(Exit::Unusable);
    }
    let audiences = channels::audiences(&call.console, &compilation.root, compiled);
    let recount = Recount::of(compiled);
    let examined: Vec<Examined> = audiences.iter().map(|audience| examine(audience, &recount)).collect();
    let checks = BuiltChecks::of(&compilation);
    call.set("audiences", &examined.iter().map(audience_json).collect::<Vec<_>>());
    call.set("checks", &checks.json());
    let told: String = examined.iter().map(human).collect();
    call.answer(&(told + &checks.human() + &not_installed(&audiences)))?;
    if let Some(said) = hook::below_repository(&compilation.root) {
        call.remark(&said);
    }
    let broken = examined.iter().flat_map(|examined| &examined.channels).filter(|channel| channel.is_broken()).count();
    let broken = broken + usize::from(checks.is_broken());
    if broken == 0 {
        call.remark("every channel that is installed delivers what it should");
        return Ok(Exit::Clean);
    }
    call.remark(&format!("{} should deliver and cannot", plural(broken, "channel")));
    Ok(Exit::Findings)
}

/// An audience with what each of its channels fails to bring.
struct Examined<'a> {
    audience: &'a Audience,
    channels: Vec<Found<'a>>,
}

struct Found<'a> {
    channel: &'a Channel,
    /// Ids of rules by why they are not there.
    missing: Vec<(&'a str, Missing)>,
}

impl Found<'_> {
    fn is_broken(&self) -> bool {
        matches!(self.channel.state, State::Broken(_)) || self.missing.iter().any(|(_, why)| *why == Missing::Stale)
    }
}

fn examine<'a>(audience: &'a Audience, recount: &Recount<'a>) -> Examined<'a> {
    let found = |channel: &'a Channel| {
        let missing = match &channel.state {
            State::Delivers(text) => channels::missing(text, channel, audience, recount),
            State::NotInstalled(_) | State::Broken(_) => Vec::new(),
        };
        Found { channel, missing: missing.into_iter().map(|(rule, why)| (rule.id.0.as_str(), why)).collect() }
    };
    Examined { audience, channels: audience.channels.iter().map(found).collect() }
}

fn human(examined: &Examined) -> String {
    let all = examined.audience.rules.len();
    let who = examined.audience.role.as_deref().unwrap_or("every other agent");
    let mut text = format!("{who}: {}\n", plural(all, "rule"));
    let width = examined.channels.iter().map(|found| found.channel.name.chars().count()).max().unwrap_or(0);
    for found in &examined.channels {
        let name = &found.channel.name;
        let _ = match &found.channel.state {
            State::Delivers(context) => {
                let tokens = plural(Encoding::default().count(context), "token");
                writeln!(text, "  {name:width$}  {} of {all} arrive, in {tokens}", all - found.missing.len())
            }
            State::Broken(why) => writeln!(text, "  {name:width$}  broken: {why}"),
            State::NotInstalled(_) => Ok(()),
        };
        for (why, ids) in grouped(&found.missing) {
            let _ = writeln!(text, "    {why}: {}", ids.join(" "));
        }
    }
    text + "\n"
}

/// What the hook after an edit and `kbc review --built` go by.
struct BuiltChecks {
    path: String,
    /// How many rules there are and how many of them have a check; `None` if the papers are read instead.
    found: Result<Option<(usize, usize)>, String>,
}

impl BuiltChecks {
    fn of(compilation: &CheckedProject) -> Self {
        let path = compilation.compiled.config.rules();
        let world = Project::at(&compilation.root);
        let read = built_outputs::rules::read(&world, &path, &mut Sources::default(), &Memory::none());
        let is_stale =
            |drift: &Diagnostic| drift.severity == Severity::Error && path_of(drift, &compilation.compiled) == path;
        let found = match read {
            Err(fault) => Err(user_error::line(&fault.into())),
            Ok(Some(_)) if compilation.drift.iter().any(is_stale) => {
                Err("it is not what the papers say now; `kbc build` makes it anew".to_owned())
            }
            Ok(model) => Ok(model.map(|model| {
                let checks = model.rules.iter().map(|rule| rule.checks.len()).sum::<usize>();
                (model.rules.len(), checks)
            })),
        };
        Self { path, found }
    }

    fn is_broken(&self) -> bool {
        self.found.is_err()
    }

    fn human(&self) -> String {
        let told = match &self.found {
            Ok(Some((rules, checks))) => format!("{}, {}", plural(*rules, "rule"), plural(*checks, "check")),
            Ok(None) => "is not there; the papers are read instead".to_owned(),
            Err(why) => format!("broken: {why}"),
        };
        format!("checks of code\n  {}  {told}\n\n", self.path)
    }

    fn json(&self) -> Value {
        let (rules, checks) = self.found.as_ref().ok().copied().flatten().unzip();
        let state = match &self.found {
            Ok(Some(_)) => "delivers",
            Ok(None) => "not-built",
            Err(_) => "broken",
        };
        json!({ "path": self.path, "state": state, "reason": self.found.as_ref().err(), "rules": rules, "checks": checks })
    }
}

/// What could be there besides, once for all.
fn not_installed(audiences: &[Audience]) -> String {
    let channels = audiences.iter().flat_map(|audience| &audience.channels);
    let wanted = |channel: &Channel| match &channel.state {
        State::NotInstalled(how) => Some((channel.name.clone(), how.clone())),
        State::Delivers(_) | State::Broken(_) => None,
    };
    let wanted: BTreeMap<String, String> = channels.filter_map(wanted).collect();
    let width = wanted.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    let lines = wanted.iter().map(|(name, how)| format!("  {name:width$}  {how}\n"));
    if wanted.is_empty() { String::new() } else { format!("not installed\n{}\n", lines.collect::<String>()) }
}

/// The rules that are missing for the same reason stand together; what each would cost is for programs and `kbc budget`.
fn grouped<'a>(missing: &[(&'a str, Missing)]) -> BTreeMap<&'static str, Vec<&'a str>> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, why) in missing {
        let said = match why {
            Missing::Stale => "changed since it was built; `kbc build` makes it anew",
            Missing::NoRoom(_) => "no room in the budget; `kbc budget` says what would admit them",
            Missing::NotSelected(_) => "not in the selection of the template",
            Missing::NoOutput => "no template makes the output",
        };
        groups.entry(said).or_default().push(id);
    }
    groups
}

fn audience_json(examined: &Examined) -> Value {
    let channel = |found: &Found| {
        let (state, tokens, reason) = match &found.channel.state {
            State::Delivers(text) => ("delivers", Some(Encoding::default().count(text)), None),
            State::NotInstalled(how) => ("not-installed", None, Some(how)),
            State::Broken(why) => ("broken", None, Some(why)),
        };
        let missing = found.missing.iter().map(|(id, why)| (*id, why.text()));
        json!({
            "channel": found.channel.name, "state": state, "reason": reason, "tokens": tokens,
            "missing": missing.collect::<BTreeMap<_, _>>(),
        })
    };
    json!({
        "role": examined.audience.role, "rules": examined.audience.rules.len(),
        "channels": examined.channels.iter().map(channel).collect::<Vec<_>>(),
    })
}
