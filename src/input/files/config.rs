//! `kbc.toml` as written, and what is read of the TOML of others. Every setting has a default, so the file may be empty or absent.

mod codes;
mod places;
pub mod python;
#[cfg(test)]
mod tests;
pub mod version;

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::places::{Part, Places, walk};
use crate::diag::{Code, Diagnostic, Level, Sink};
use crate::input::schema::Format;
use crate::input::vocabulary::FailOn;
use crate::text::day;
use crate::text::glob::Globs;
use crate::text::source::{SourceId, Span};
use crate::text::tokens::{Budget, MAX_BUDGET};

/// The format of kbc.toml.
pub static FORMAT: Format = Format::of::<Config>("config");

/// The settings of a knowledge base.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// The rulebook that `kbc inject` prints.
    pub rulebook: String,
    /// The file for the evals.
    pub rules: String,
    /// The folder for the JSON Schemas of kbc's formats, for editors; none are written without it.
    pub schema: Option<String>,
    /// Templates that kbc brings along, by name; `templates/NAME.md` of the same name is taken instead.
    pub templates: Vec<String>,
    /// How long papers should be.
    pub papers: Papers,
    /// Where the folder of kbc.toml is published, such as `https://github.com/me/rules/blob/main`: findings link to the papers
    /// of their rules there.
    #[schemars(regex(pattern = r"^https?://[!-~]+$"))]
    pub base_url: Option<String>,
    /// When `kbc check` fails.
    pub check: Check,
    /// How code is reviewed.
    pub review: Review,
    /// The phases of the work, in order.
    #[schemars(inner(regex(pattern = r"^[^\r\n]*$")))]
    pub phases: Vec<String>,
    /// Agents by name, and the part of the knowledge base that each carries.
    pub roles: BTreeMap<String, Role>,
    /// Rules that no role carries, and why.
    pub unassigned: Vec<Unassigned>,
    /// What agent programs are told at their events.
    pub hooks: Hooks,
    /// Findings that are tolerated for a time.
    pub waivers: Vec<Waiver>,
    /// Text that no reader sees.
    pub hidden: Hidden,
    /// Where all of it stands.
    #[serde(skip)]
    #[schemars(skip)]
    pub places: Places,
}

impl Config {
    /// Where the rulebook of a role is: `roles/ROLE.md` beside the rulebook of all.
    pub fn rulebook_of(&self, role: &str) -> String {
        let folder = self.rulebook.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
        format!("{folder}roles/{role}.md")
    }

    /// The folder that belongs to kbc: the one of the evals. Empty if they lie in the root.
    pub fn output_folder(&self) -> &str {
        self.rules.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// How long papers should be.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Papers {
    /// Tokens (o200k_base) that a paper should have at least.
    pub min_tokens: usize,
    /// Tokens (o200k_base) that a paper should have at most.
    pub max_tokens: usize,
}

/// When `kbc check` fails.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Check {
    /// The mildest message that it fails on.
    pub fail_on: FailOn,
    /// The severities of codes. A matter of taste can be `off`, `info`, `warning` or `error`; any other code can only be raised.
    pub codes: BTreeMap<String, Level>,
}

/// How code is reviewed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Review {
    /// The lowest version of Python that the reviewed code supports; else `requires-python` of the nearest
    /// pyproject.toml says it.
    #[schemars(regex(pattern = r"^\d+(\.\d+)*$"))]
    pub python: Option<String>,
    /// Globs of files that are not reviewed, besides those that git ignores.
    pub ignores: Vec<String>,
}

/// An agent. It carries the rules of its domains, those with one of its tags, and those named; an orchestrator for which
/// none of the three is set carries every rule.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Role {
    /// What it is there for.
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub description: String,
    pub tier: Option<Tier>,
    /// One of `phases`.
    pub phase: Option<String>,
    /// Ids of papers.
    pub domains: Vec<String>,
    /// Tags of rules; those of papers that are not written yet may be among them.
    pub tags: Vec<String>,
    /// Ids of rules.
    pub rules: Vec<String>,
    /// What its rulebook may cost, instead of the template's budget.
    pub budget: Option<Budget>,
    /// Whom it hands the work over to.
    pub hands_over: Vec<Handover>,
}

/// What an agent is among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// The root: work begins with it and comes back to it.
    Orchestrator,
    Master,
    Specialist,
}

impl Tier {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Orchestrator => "orchestrator",
            Tier::Master => "master",
            Tier::Specialist => "specialist",
        }
    }
}

/// Work that goes from one agent to another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    #[schemars(length(min = 1), regex(pattern = r"^[^\r\n]*$"))]
    pub when: String,
    /// The name of a role.
    pub to: String,
}

/// Rules that are meant for no agent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unassigned {
    /// Ids of rules.
    #[schemars(length(min = 1))]
    pub rules: Vec<String>,
    #[schemars(length(min = 1))]
    pub reason: String,
}

/// Which role's rulebook a subagent gets as it starts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hooks {
    /// Roles by the type of agent. A type that is the name of a role needs no entry.
    pub agents: BTreeMap<String, String>,
    /// The role of all other agents; without one they get the rulebook of all.
    pub default: Option<String>,
    /// Folders of the project that are knowledge bases of their own, and answer for themselves when an agent works in them.
    /// Any other that lies in the project, as in a dependency, is passed over.
    pub bases: Vec<String>,
}

impl Hooks {
    /// The role of a type of agent.
    pub fn role_of<'a>(&'a self, agent: &'a str, roles: &BTreeMap<String, Role>) -> Option<&'a str> {
        let named = self.agents.get(agent).map(String::as_str);
        named.or_else(|| roles.contains_key(agent).then_some(agent)).or(self.default.as_deref())
    }
}

/// Findings of a rule in some files that are tolerated until a day.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    pub rule: String,
    /// A glob of the files; without `/` it is about names in any folder.
    pub path: String,
    /// Who answers for it.
    #[schemars(length(min = 1))]
    pub owner: String,
    #[schemars(length(min = 1))]
    pub reason: String,
    /// The last day that it holds, YYYY-MM-DD.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub expires: String,
}

/// Text that no reader sees.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hidden {
    /// Characters that may stand in a text nevertheless.
    pub allow: Vec<Allowance>,
}

/// A hidden character that somebody has a reason for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// The character, by its code point: U+200B.
    #[schemars(regex(pattern = r"^U\+[0-9A-F]{4,6}$"))]
    pub code: String,
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Globs of the files, inputs and outputs, that it may stand in; without them it may stand in all.
    #[serde(default)]
    pub files: Vec<String>,
}

impl Allowance {
    /// The character; `None` if the code is none.
    pub fn character(&self) -> Option<char> {
        let digits = self.code.strip_prefix("U+").filter(|digits| (4..=6).contains(&digits.len()))?;
        let is_digit = |digit: u8| digit.is_ascii_digit() || (b'A'..=b'F').contains(&digit);
        char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(is_digit))?)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            format: version::FORMAT,
            required_version: None,
            name: "Knowledge base".into(),
            rulebook: "out/RULEBOOK.md".into(),
            rules: "out/rules.yaml".into(),
            schema: None,
            templates: Vec::new(),
            papers: Papers::default(),
            base_url: None,
            check: Check::default(),
            review: Review::default(),
            phases: Vec::new(),
            roles: BTreeMap::new(),
            unassigned: Vec::new(),
            hooks: Hooks::default(),
            waivers: Vec::new(),
            hidden: Hidden::default(),
            places: Places::default(),
        }
    }
}

impl Default for Papers {
    fn default() -> Self {
        Self { min_tokens: 2000, max_tokens: 5000 }
    }
}

/// A range of bytes with the whole of the characters that it cuts: the reader names a character by its first byte.
fn whole_characters(text: &str, range: Range<usize>) -> Range<usize> {
    let is_begin = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=range.start.min(text.len())).rev().find(is_begin).unwrap_or(0);
    start..(range.end.max(start)..=text.len()).find(is_begin).unwrap_or(text.len())
}

/// Reads `kbc.toml`; a fault is pushed and the defaults are used.
pub fn read(source: SourceId, text: &str, diags: &mut Sink) -> Config {
    if let Err(version::Unfit { at, message, help }) = version::examine(text) {
        diags.push(Diagnostic::new(Code::KbcVersion, Span::new(source, at), message).help(help));
        return Config { papers: Papers { min_tokens: 0, max_tokens: usize::MAX }, ..Config::default() };
    }
    let read = toml::from_str(text).unwrap_or_else(|error| {
        let span = Span::new(source, whole_characters(text, error.span().unwrap_or(0..0)));
        diags.push(
            Diagnostic::new(
                code_of(&error, text),
                span,
                format!("kbc.toml cannot be used: {}", error.message().trim()),
            )
            .help("`kbc schema config` prints every setting with its meaning"),
        );
        // Nobody knows the bounds that were meant, so none are held.
        Config { papers: Papers { min_tokens: 0, max_tokens: usize::MAX }, ..Config::default() }
    });
    let config = Config { places: Places::of(source, text), ..read };
    waivers(&config, diags);
    allowances(&config, diags);
    budgets(&config, diags);
    codes::check(&config, diags);
    one_line(source, text, diags);
    bounds(config, diags)
}

/// What keeps settings from being used: what the reader says is the only sign of it.
fn code_of(error: &toml::de::Error, text: &str) -> Code {
    let message = error.message();
    match text.parse::<toml::Table>() {
        Err(_) => Code::TomlSyntax,
        Ok(_) if message.starts_with("unknown field") => Code::UnknownKey,
        Ok(_) if message.starts_with("missing field") => Code::MissingKey,
        Ok(_) if message.starts_with("invalid type") => Code::WrongType,
        Ok(_) => Code::InvalidValue,
    }
}

/// What is wrong with a text that is no TOML, whatever its keys are.
pub fn syntax_fault(source: SourceId, text: &str) -> Option<Diagnostic> {
    let error = text.parse::<toml::Table>().err()?;
    let span = Span::new(source, whole_characters(text, error.span().unwrap_or(0..0)));
    let message = format!("kbc.toml is no TOML: {}", error.message().trim());
    Some(Diagnostic::new(Code::TomlSyntax, span, message).help("correct it; the place is where the reader stopped"))
}

fn waivers(config: &Config, diags: &mut Sink) {
    for (index, waiver) in config.waivers.iter().enumerate() {
        let empty = [("owner", &waiver.owner), ("reason", &waiver.reason)];
        let mut faults: Vec<(&str, String, &str)> = Vec::new();
        for (key, _) in empty.iter().filter(|(_, value)| value.trim().is_empty()) {
            faults.push((
                key,
                format!("a waiver of `{}` has no {key}", waiver.rule),
                "say who answers for it, and why",
            ));
        }
        if !day::is_day(&waiver.expires) {
            let message = format!("`{}` is no day", waiver.expires);
            faults.push(("expires", message, "write it as YYYY-MM-DD: `2027-01-31`"));
        }
        for (key, message, help) in faults {
            diags.push(Diagnostic::new(Code::InvalidValue, config.places.of_waiver(index, key), message).help(help));
        }
    }
}

fn allowances(config: &Config, diags: &mut Sink) {
    for (index, allowance) in config.hidden.allow.iter().enumerate() {
        let mut fault = |key: &str, message: String, help: &str| {
            let at = config.places.at(&format!("/hidden/allow/{index}/{key}"));
            diags.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
        };
        if allowance.character().is_none() {
            let message = format!("`{}` is no code point", allowance.code);
            fault("code", message, "write it in capital hexadecimal digits, as messages do: `U+200B`");
        }
        if allowance.reason.trim().is_empty() {
            let message = format!("nobody says why {} is allowed", allowance.code);
            fault("reason", message, "say what the text needs it for");
        }
        if let Err(error) = Globs::new(&allowance.files) {
            fault("files", error, "`*` stays in a folder, `**` crosses them");
        }
    }
}

/// Complains about names and texts that would be several lines of an output; reasons are in none.
fn one_line(source: SourceId, text: &str, diags: &mut Sink) {
    walk(text, &mut |pointer, _, value, range| {
        if value.contains(['\n', '\r']) && !pointer.ends_with("/reason") {
            let message = format!("`{}` is more than one line", pointer.trim_start_matches('/').replace('/', "."));
            let place = Span::new(source, range);
            diags.push(
                Diagnostic::new(Code::InvalidValue, place, message.escape_debug().to_string()).help("write one line"),
            );
        }
    });
}

/// A template's budget is held by its schema, that of a role here.
fn budgets(config: &Config, diags: &mut Sink) {
    for (name, role) in &config.roles {
        let Some(budget) = role.budget.as_ref().filter(|budget| budget.max > MAX_BUDGET) else { continue };
        let at = config.places.at(&format!("/roles/{name}/budget/max"));
        let message = format!("the budget of the role `{name}` has a max of {}, above {MAX_BUDGET}", budget.max);
        diags.push(Diagnostic::new(Code::InvalidValue, at, message).help("no model reads as much; lower it"));
    }
}

/// Every value of the settings by its pointer, but for some; a list of plain values is one. None, if the text is no TOML.
pub fn values(text: &str, is_left_out: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        values_in(&toml::Value::Table(table), "", is_left_out, &mut found);
    }
    found
}

fn values_in(
    value: &toml::Value,
    pointer: &str,
    is_left_out: &dyn Fn(&str) -> bool,
    found: &mut Vec<(String, String)>,
) {
    if is_left_out(pointer) {
        return;
    }
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(key, value)| values_in(value, &format!("{pointer}/{key}"), is_left_out, found));
        }
        toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
            for (index, item) in items.iter().enumerate() {
                values_in(item, &format!("{pointer}/{index}"), is_left_out, found);
            }
        }
        value => found.push((pointer.to_owned(), value.to_string())),
    }
}

/// The keys of a table of any TOML text, in their order; none, if there is no such table.
///
/// # Errors
/// What is wrong, if it is no TOML.
pub fn keys(text: &str, table: &[&str]) -> Result<Vec<String>, String> {
    let whole: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().trim().to_owned())?;
    let start = Some(&whole);
    let found = table.iter().fold(start, |above, key| above?.get(*key)?.as_table());
    Ok(found.map(|table| table.keys().cloned().collect()).unwrap_or_default())
}

fn bounds(mut config: Config, diags: &mut Sink) -> Config {
    if config.papers.min_tokens > config.papers.max_tokens {
        let Papers { min_tokens, max_tokens } = config.papers;
        let message = format!("papers.min_tokens of {min_tokens} is above papers.max_tokens of {max_tokens}");
        diags.push(
            Diagnostic::new(Code::InvalidValue, config.places.at("/papers"), message)
                .help("no paper can have both; correct one"),
        );
        config.papers = Papers { min_tokens: 0, max_tokens: usize::MAX };
    }
    config
}
