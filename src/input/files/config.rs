//! `kbc.toml` as written, and what is read of the settings of Python projects. Every setting has a default, so the file may be empty or absent.

mod codes;
pub mod old;
mod paths;
mod places;
pub mod python;
#[cfg(test)]
mod tests;
pub mod version;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::paths::{Folders, Input, Paths, SETTINGS};
pub use self::places::Places;
use crate::diag::{Code, Diagnostic, Level, Severity, Sink};
use crate::input::files::exception::{Exception, Holder};
use crate::input::files::select::Select;
use crate::input::formats::document::Document;
use crate::input::formats::toml_document;
use crate::input::schema::{self, Format};
use crate::input::vocabulary::FailOn;
use crate::text::source::{SourceId, Span};
use crate::text::tokens::{Budget, Encoding, MAX_BUDGET};

/// The format of kbc.toml.
pub static FORMAT: Format = Format::of::<Config>("config");

/// The settings of a knowledge base.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The format of all files that people write; without it, 1. It is read before anything else.
    #[schemars(range(min = 1, max = 1))]
    pub format: u32,
    /// Bounds on the version of kbc: `>=0.1`. They are read before anything else.
    pub required_version: Option<String>,
    /// What the knowledge base is about; templates print it.
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub name: String,
    /// Where inputs are read and outputs are written.
    pub paths: Paths,
    /// Templates that kbc has built in, by name; `NAME.md` among the templates is taken instead.
    pub targets: Vec<String>,
    /// Reserved: knowledge bases whose settings, roles, utility rules and targets this one takes over.
    pub extends: Option<Vec<String>>,
    /// How long texts should be.
    pub budget: Budgets,
    /// Where the folder of kbc.toml is published, such as `https://github.com/me/rules/blob/main`: findings link to the papers
    /// of their rules there.
    #[schemars(regex(pattern = r"^https?://[!-~]+$"))]
    pub base_url: Option<String>,
    /// When `kbc check` fails.
    pub check: Check,
    /// How code is reviewed.
    pub review: Review,
    /// What reviews need to know of the languages of the code.
    pub languages: Languages,
    /// Agents, and what each of them gets.
    pub agents: Agents,
    /// What kbc would report, and why it may stay.
    pub allow: Vec<Exception>,
    /// For other tools: kbc never reads it.
    #[serde(skip_serializing)]
    pub metadata: Map<String, Value>,
    /// Where all of it stands.
    #[serde(skip)]
    #[schemars(skip)]
    pub places: Places,
}

impl Config {
    /// The defaults of settings that cannot be read. Nobody knows the bounds that were meant, so none are held.
    fn unbounded() -> Self {
        Self { budget: Budgets { papers: PaperBudget::unbounded() }, ..Self::default() }
    }

    /// Names as a key of kbc.toml.
    pub fn key(names: &[&str]) -> String {
        names.iter().map(|name| toml_document::key(name)).collect::<Vec<_>>().join(".")
    }

    /// Where the rulebook of a role is: `roles/ROLE.md` beside the rulebook of all.
    pub fn rulebook_of(&self, role: &str) -> String {
        let rulebook = self.rulebook();
        let folder = rulebook.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
        format!("{folder}roles/{role}.md")
    }

    /// The rulebook that `kbc inject` prints.
    pub fn rulebook(&self) -> String {
        self.paths.rulebook()
    }

    /// The file for the evals.
    pub fn rules(&self) -> String {
        self.paths.rules()
    }

    /// The folder that belongs to kbc. Empty if it is the project itself.
    pub fn output_folder(&self) -> String {
        self.paths.output_folder()
    }
}

/// How long texts should be.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budgets {
    pub papers: PaperBudget,
}

/// How long papers should be.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PaperBudget {
    /// Tokens that a paper should have at least.
    pub min: usize,
    /// Tokens that a paper should have at most.
    pub max: usize,
    /// How they are counted.
    pub encoding: Encoding,
}

impl PaperBudget {
    fn unbounded() -> Self {
        Self { min: 0, max: usize::MAX, ..Self::default() }
    }
}

/// When `kbc check` fails.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Check {
    /// The mildest message that it fails on.
    pub fail_on: FailOn,
    /// The severities of codes. A matter of taste can be `off`, `info`, `warning` or `error`; any other code can only be raised.
    pub codes: BTreeMap<String, Level>,
}

/// How code is reviewed.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Review {
    /// Globs of files that are not reviewed, besides those that git ignores.
    pub exclude: Vec<String>,
    /// Severities of rules by id, instead of those of their checks; a rule that is `"off"` finds nothing.
    pub rules: BTreeMap<String, RuleLevel>,
    /// The same in some files; the last one that matches wins.
    pub overrides: Vec<Override>,
}

/// How bad a finding of a rule is in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    Off,
    Hint,
    Info,
    Warning,
    Error,
}

impl RuleLevel {
    /// The severity; `None` if nothing is to be found.
    pub fn severity(self) -> Option<Severity> {
        match self {
            RuleLevel::Off => None,
            RuleLevel::Hint => Some(Severity::Hint),
            RuleLevel::Info => Some(Severity::Info),
            RuleLevel::Warning => Some(Severity::Warning),
            RuleLevel::Error => Some(Severity::Error),
        }
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        self.severity().map_or("off", Severity::name)
    }
}

/// Severities of rules in some files.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Globs of files; one without `/` is about names in any folder.
    #[schemars(length(min = 1))]
    pub files: Vec<String>,
    /// Severities of rules by id.
    pub rules: BTreeMap<String, RuleLevel>,
    /// Why it is so there.
    #[schemars(length(min = 1))]
    pub reason: String,
}

/// What reviews need to know of the languages of the code.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Languages {
    pub python: Python,
}

/// What reviews need to know of Python.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Python {
    /// The lowest version that the reviewed code supports; else `requires-python` of the nearest pyproject.toml says it.
    #[schemars(regex(pattern = r"^\d+(\.\d+)*$"))]
    pub version: Option<String>,
}

/// Agents, and what each of them gets.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Agents {
    /// The phases of the work, in order.
    #[schemars(inner(regex(pattern = r"^[^\r\n]*$")))]
    pub phases: Vec<String>,
    /// The role of agents whose type has none; without it they get the rulebook of all.
    pub default_role: Option<String>,
    /// Agents by name, and the part of the knowledge base that each carries.
    pub roles: BTreeMap<String, Role>,
    /// Roles by the type of agent. A type that is the name of a role needs no entry.
    pub types: BTreeMap<String, String>,
    /// Folders of the project that are knowledge bases of their own, and answer for themselves when an agent works in them.
    /// Any other that lies in the project, as in a dependency, is passed over.
    pub bases: Vec<String>,
}

impl Agents {
    /// The role of a type of agent.
    pub fn role_of<'a>(&'a self, agent: &'a str) -> Option<&'a str> {
        let named = self.types.get(agent).map(String::as_str);
        named.or_else(|| self.roles.contains_key(agent).then_some(agent)).or(self.default_role.as_deref())
    }
}

/// An agent, and the rules that it carries. The root carries every rule if it has no `select`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Role {
    /// What it is there for.
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub description: String,
    /// Does work begin with it, and come back to it?
    pub root: bool,
    /// A word for templates: what it is among the others.
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub tier: Option<String>,
    /// One of `phases`.
    pub phase: Option<String>,
    /// The rules that it carries.
    pub select: Select,
    /// What its rulebook may cost, instead of the template's budget.
    pub budget: Option<Budget>,
    /// Whom it hands the work over to.
    pub hands_over: Vec<Handover>,
}

/// Work that goes from one agent to another.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    #[schemars(length(min = 1), regex(pattern = r"^[^\r\n]*$"))]
    pub when: String,
    /// The name of a role.
    pub to: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            format: version::FORMAT,
            required_version: None,
            name: "Knowledge base".into(),
            paths: Paths::default(),
            targets: Vec::new(),
            extends: None,
            budget: Budgets::default(),
            base_url: None,
            check: Check::default(),
            review: Review::default(),
            languages: Languages::default(),
            agents: Agents::default(),
            allow: Vec::new(),
            metadata: Map::new(),
            places: Places::default(),
        }
    }
}

impl Default for PaperBudget {
    fn default() -> Self {
        Self { min: 2000, max: 5000, encoding: Encoding::default() }
    }
}

/// Reads `kbc.toml`. What is wrong with it is pushed; each setting of the top level that is at fault has its default then.
pub fn read(source: SourceId, text: &str, diags: &mut Sink) -> Config {
    if let Err(version::Unfit { at, message, help }) = version::examine(text) {
        diags.push(Diagnostic::new(Code::KbcVersion, Span::new(source, at), message).help(help));
        return Config::unbounded();
    }
    let document = toml_document::read(source, text, "kbc.toml", diags);
    if let Some(old) = document.as_ref().and_then(old::first) {
        diags.push(old);
        return Config { places: Places::of(source, document), ..Config::unbounded() };
    }
    let config = document.as_ref().map_or_else(Config::unbounded, |document| of_document(document, diags));
    let config = Config { places: Places::of(source, document), ..config };
    let mut found = Sink::new();
    exceptions(&config, &mut found);
    budgets(&config, &mut found);
    one_line(&config, &mut found);
    codes::check(&config, &mut found);
    reserved(&config, &mut found);
    reasons(&config, &mut found);
    let mut config = bounds(config, &mut found);
    config.paths = std::mem::take(&mut config.paths).examined(&config.places, &mut found);
    // What the schema says of a value need not be said in other words.
    let told: Vec<Option<Span>> = diags.iter().map(Diagnostic::span).collect();
    diags.extend(found.into_iter().filter(|diagnostic| !told.contains(&diagnostic.span())));
    config
}

/// kbc.toml as a document; `None` if it is no TOML.
pub fn document(source: SourceId, text: &str) -> Option<Document> {
    toml_document::read(source, text, "kbc.toml", &mut Sink::new())
}

fn of_document(document: &Document, diags: &mut Sink) -> Config {
    let mut json = document.to_json();
    if FORMAT.check(document, &json, diags) {
        return match serde_json::from_value(json) {
            Ok(config) => config,
            Err(fault) => {
                diags.push(schema::unusable(document, &fault));
                Config::unbounded()
            }
        };
    }
    let is_usable = |key: &str, value: &Value| serde_json::from_value::<Config>(json!({ key: value })).is_ok();
    let has_budget = json.get("budget").is_some();
    if let Some(settings) = json.as_object_mut() {
        settings.retain(|key, value| is_usable(key, value));
    }
    let is_bounded = json.get("budget").is_some() == has_budget;
    let config: Config = serde_json::from_value(json).unwrap_or_else(|_| Config::unbounded());
    if is_bounded { config } else { Config { budget: Config::unbounded().budget, ..config } }
}

/// Complains about overrides that nobody gives a reason for.
fn reasons(config: &Config, diags: &mut Sink) {
    for (index, written) in config.review.overrides.iter().enumerate() {
        if written.reason.trim().is_empty() {
            let at = config.places.at(&format!("/review/overrides/{index}/reason"));
            let message = "an entry of `review.overrides` has no reason";
            diags.push(Diagnostic::new(Code::InvalidValue, at, message).help("say why it is so in these files"));
        }
    }
}

/// Complains about what a later kbc will know.
fn reserved(config: &Config, diags: &mut Sink) {
    if config.extends.is_some() {
        let message = "`extends` is reserved for a later kbc: this one cannot build on another knowledge base";
        let help = "delete it; `kbc init --from` copies another knowledge base";
        diags.push(Diagnostic::new(Code::InvalidValue, config.places.key_at("/extends"), message).help(help));
    }
}

fn exceptions(config: &Config, diags: &mut Sink) {
    for (index, exception) in config.allow.iter().enumerate() {
        for (key, message, help) in exception.faults(Holder::Base) {
            let at = config.places.at(&format!("/allow/{index}/{key}"));
            diags.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
        }
    }
}

/// Complains about names and texts that would be several lines of an output; reasons are in none.
fn one_line(config: &Config, diags: &mut Sink) {
    config.places.texts(&mut |pointer, _, value, span| {
        let is_shown = !pointer.ends_with("/reason") && !pointer.starts_with("/metadata");
        if is_shown && value.contains(['\n', '\r']) {
            let message = format!("`{}` is more than one line", pointer.trim_start_matches('/').replace('/', "."));
            diags.push(
                Diagnostic::new(Code::InvalidValue, span, message.escape_debug().to_string()).help("write one line"),
            );
        }
    });
}

/// A template's budget is held by its schema, that of a role here.
fn budgets(config: &Config, diags: &mut Sink) {
    for (name, role) in &config.agents.roles {
        let Some(budget) = role.budget.as_ref().filter(|budget| budget.max > MAX_BUDGET) else { continue };
        let at = config.places.at(&format!("/agents/roles/{name}/budget/max"));
        let message = format!("the budget of the role `{name}` has a max of {}, above {MAX_BUDGET}", budget.max);
        diags.push(Diagnostic::new(Code::InvalidValue, at, message).help("no model reads as much; lower it"));
    }
}

fn bounds(mut config: Config, diags: &mut Sink) -> Config {
    let PaperBudget { min, max, .. } = config.budget.papers;
    if min > max {
        let message = format!("budget.papers.min of {min} is above budget.papers.max of {max}");
        diags.push(
            Diagnostic::new(Code::InvalidValue, config.places.at("/budget/papers"), message)
                .help("no paper can have both; correct one"),
        );
        config.budget.papers = PaperBudget { encoding: config.budget.papers.encoding, ..PaperBudget::unbounded() };
    }
    config
}
