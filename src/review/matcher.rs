//! One check as it runs: a matcher of the syntax engine or a regular expression. What a text needs for a match is known
//! before; the matcher is compiled when a text first has it.

use std::sync::OnceLock;

use ast_grep_config::{GlobalRules, RuleConfig, SerializableRuleConfig};
use ast_grep_core::Language as _;
use ast_grep_language::SupportLang;
use regex::Regex;
use serde_json::{Value, json};

use super::fault::{Fault, FaultKind};
use super::prefilter::{self, RequiredWords};
use super::tree_filter::TreeFilter;
use super::{builtin, conditions, growth};
use crate::input::files::check::{Language, named_utilities};
use crate::model::check::{Check, Conditions, Expression, Kind, Syntax};
use crate::model::{Rule, Utility};
use crate::text::glob::Globs;

/// A rule that the syntax engine runs.
pub type AstRule = RuleConfig<SupportLang>;

/// A rule for one dialect.
pub struct DialectRule {
    pub dialect: SupportLang,
    pub rule: AstRule,
    /// Asked before the rule.
    pub filter: TreeFilter,
    /// Does it ask about nodes around, in or beside a match?
    pub is_relational: bool,
    /// Is there nothing to know of a match but its place? Then a yes of the filter is enough.
    pub is_plain: bool,
}

/// A check that is a regular expression.
pub struct TextRule {
    pub regex: Regex,
    /// Is it about carriage returns? Others read a text with `\n` as its only line end.
    pub is_about_returns: bool,
}

/// How a rule looks.
pub enum CompiledRule {
    /// One rule a dialect of the language: TypeScript has two.
    Ast(Vec<DialectRule>),
    Regex(TextRule),
}

/// How a rule is to look, before it is compiled.
enum Plan {
    /// A rule in the form of the engine, and the dialects that it is compiled for.
    Ast(Value, &'static [SupportLang]),
    Regex(String),
}

/// A check, by the index of its rule in the model and its own among the checks of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckPlace {
    pub rule: usize,
    pub check: usize,
}

/// One check that runs.
pub struct Matcher {
    /// Index into the rules of the model.
    pub rule: usize,
    /// Index into the checks of the rule.
    pub check: usize,
    pub id: String,
    pub conditions: Option<Conditions>,
    /// What it finds is a place to ask about.
    pub is_question: bool,
    pub message: String,
    /// What a text holds if it matches anywhere in it.
    pub need: RequiredWords,
    files: Option<Globs>,
    /// Do `files` name the stubs of Python?
    names_stubs: bool,
    ignores: Option<Globs>,
    plan: Plan,
    looks: OnceLock<Result<CompiledRule, Fault>>,
}

impl Matcher {
    /// A check of a rule; `None` if it is a limit on measurements.
    ///
    /// # Errors
    /// Why it cannot run anywhere.
    pub fn new(place: CheckPlace, rule: &Rule) -> Result<Option<Self>, Fault> {
        Self::of_check(place, &rule.id.0, &rule.checks[place.check].check)
    }

    fn of_check(place: CheckPlace, id: &str, check: &Check) -> Result<Option<Self>, Fault> {
        if let Some(key) = growth::excessive(&check.message, check.syntax()) {
            return Err(Fault::grows(key, growth::MOST));
        }
        let (plan, need, files) = match &check.kind {
            Kind::Metric(_) => return Ok(None),
            Kind::Regex(Expression { regex, files, .. }) => (Plan::Regex(regex.clone()), RequiredWords::Nothing, files),
            Kind::Ast(syntax) | Kind::Judge(_, syntax) => {
                let language = syntax.language;
                let dialects = dialects(language).ok_or_else(|| Fault::missing(language))?;
                let utils = builtin::utils_of(syntax);
                let rule = engine_rule(syntax, id, &check.message, utils.as_ref());
                (Plan::Ast(rule, dialects), prefilter::of_syntax(syntax, utils.as_ref()), &syntax.files)
            }
        };
        Ok(Some(Self {
            rule: place.rule,
            check: place.check,
            id: id.to_owned(),
            conditions: check.syntax().and_then(|syntax| syntax.conditions.clone()),
            is_question: check.question().is_some(),
            message: check.message.clone(),
            need,
            names_stubs: files.only.iter().flatten().any(|glob| glob.contains("pyi")),
            files: globs("files", files.only.as_ref())?,
            ignores: globs("ignores", files.ignores.as_ref())?,
            plan,
            looks: OnceLock::new(),
        }))
    }

    /// Is it about a file of this path? Nothing in a stub runs, so checks by syntax leave stubs out unless they name them.
    pub fn is_about(&self, path: &str) -> bool {
        let is_left_out = path.ends_with(".pyi") && !self.names_stubs && matches!(self.plan, Plan::Ast(..));
        !is_left_out && self.files.as_ref().is_none_or(|globs| globs.is_match(path)) && !self.leaves_out(path)
    }

    /// Does it name files of this path as none of its own?
    pub fn leaves_out(&self, path: &str) -> bool {
        self.ignores.as_ref().is_some_and(|globs| globs.is_match(path))
    }

    /// The dialects that it reads; none if it reads any text.
    pub fn dialects(&self) -> &'static [SupportLang] {
        match self.plan {
            Plan::Ast(_, dialects) => dialects,
            Plan::Regex(_) => &[],
        }
    }

    /// How it looks, compiled at the first call; `None` if it has a fault.
    pub fn looks(&self) -> Option<&CompiledRule> {
        self.looks.get_or_init(|| self.compile()).as_ref().ok()
    }

    /// Compiles it, if nobody did.
    pub fn prepare(&self) {
        self.looks();
    }

    /// The rule for a dialect.
    pub fn ast(&self, dialect: SupportLang) -> Option<&DialectRule> {
        match self.looks()? {
            CompiledRule::Ast(rules) => rules.iter().find(|rule| rule.dialect == dialect),
            CompiledRule::Regex(_) => None,
        }
    }

    /// The regular expression that it is, if it is one.
    pub fn regex(&self) -> Option<&TextRule> {
        match (&self.plan, self.looks()?) {
            (Plan::Regex(_), CompiledRule::Regex(regex)) => Some(regex),
            _ => None,
        }
    }

    /// What kept it from running, if it was tried.
    pub fn fault(&self) -> Option<&Fault> {
        self.looks.get()?.as_ref().err()
    }

    fn compile(&self) -> Result<CompiledRule, Fault> {
        match &self.plan {
            Plan::Regex(pattern) => regex(pattern).map(CompiledRule::Regex),
            Plan::Ast(json, dialects) => {
                let compile = |dialect: &SupportLang| {
                    let rule = ast_rule(json, *dialect)?;
                    let filter = TreeFilter::new(json, *dialect);
                    let is_plain = self.conditions.is_none()
                        && rule.fixer.is_empty()
                        && !rule.message.contains('$')
                        && filter.is_sure();
                    Ok(DialectRule { dialect: *dialect, rule, filter, is_relational: is_relational(json), is_plain })
                };
                let rules = dialects.iter().map(compile).collect::<Result<Vec<_>, Fault>>()?;
                self.bindings(&rules[0].rule)?;
                Ok(CompiledRule::Ast(rules))
            }
        }
    }

    /// Metavariables of the message and of `where` that the rule does not bind. The engine would print an empty text.
    fn bindings(&self, rule: &AstRule) -> Result<(), Fault> {
        let bound = rule.matcher.defined_vars();
        let first_unbound = |names: Vec<&str>| names.into_iter().find(|name| !bound.contains(name)).map(str::to_owned);
        if let Some(name) = first_unbound(metavariables(&self.message)) {
            return Err(Fault::unbound(&name, "message"));
        }
        let named = self.conditions.as_ref().map(conditions::variables).unwrap_or_default();
        if let Some(name) = first_unbound(named) {
            return Err(Fault::unbound(&name, "where"));
        }
        Ok(())
    }
}

fn globs(key: &'static str, globs: Option<&Vec<String>>) -> Result<Option<Globs>, Fault> {
    let Some(globs) = globs else { return Ok(None) };
    Globs::new(globs).map(Some).map_err(|reason| Fault::globs(key, &reason))
}

fn regex(pattern: &str) -> Result<TextRule, Fault> {
    let regex = Regex::new(&format!("(?m){pattern}")).map_err(|error| Fault::regex(&error))?;
    let lower = pattern.to_lowercase();
    let is_about_returns = ["\r", "\\r", "\\x0d", "\\x{d}", "\\x{0d}", "\\u000d", "\\u{d}", "\\u{0d}"];
    let is_about_returns = is_about_returns.iter().any(|name| lower.contains(name));
    Ok(TextRule { regex, is_about_returns })
}

/// Does a rule have a relation anywhere?
fn is_relational(json: &Value) -> bool {
    match json {
        Value::Object(parts) => {
            let relations = ["inside", "has", "follows", "precedes"];
            parts.iter().any(|(key, part)| relations.contains(&key.as_str()) || is_relational(part))
        }
        Value::Array(parts) => parts.iter().any(is_relational),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The check in the form of the engine.
fn engine_rule(syntax: &Syntax, id: &str, message: &str, utils: Option<&Value>) -> Value {
    let mut rule = json!({ "id": id, "message": message, "rule": syntax.ast });
    let parts = [
        ("constraints", syntax.constraints.as_ref()),
        ("utils", utils),
        ("transform", syntax.transform.as_ref()),
        ("fix", syntax.fix.as_ref()),
    ];
    for (key, part) in parts {
        if let Some(part) = part {
            rule[key] = part.clone();
        }
    }
    rule
}

fn ast_rule(json: &Value, dialect: SupportLang) -> Result<AstRule, Fault> {
    // The engine takes a name in a utility rule that nobody has defined for one that matches nothing.
    if let Some(name) = undefined(json) {
        return Err(Fault::undefined_utility(name));
    }
    let mut json = json.clone();
    json["language"] = json!(dialect.to_string());
    let rule: SerializableRuleConfig<SupportLang> =
        serde_json::from_value(json).map_err(|error| Fault::form(&error))?;
    RuleConfig::try_from(rule, &GlobalRules::default()).map_err(|error| Fault::engine(&error))
}

/// A name under `matches`, anywhere in a rule, that its `utils` do not have.
fn undefined(json: &Value) -> Option<&str> {
    let utils = json["utils"].as_object();
    let parts = ["rule", "constraints", "utils"].into_iter().flat_map(|key| named_utilities(&json[key]));
    parts.into_iter().find(|name| !utils.is_some_and(|utils| utils.contains_key(*name)))
}

/// What keeps a utility rule from running by itself; `utils` has it and those that it names.
pub fn fault_of_utility(utility: &Utility, utils: &Value) -> Option<Fault> {
    let json = json!({ "id": utility.id, "message": "", "rule": { "matches": utility.id }, "utils": utils });
    ast_rule(&json, *dialects(utility.language)?.first()?)
        .err()
        .filter(|fault| fault.kind != FaultKind::MatchesEverything)
}

/// The metavariables of a template: `$NAME` and `$$$NAME`.
fn metavariables(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in template.match_indices('$') {
        let name = &template[at + 1..];
        let length =
            name.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')).unwrap_or(name.len());
        if name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && length > 0 {
            names.push(&name[..length]);
        }
    }
    names
}

/// The dialect of a file, by the ending of its name, if its grammar is compiled in.
pub fn grammar(path: &str) -> Option<SupportLang> {
    let is_known = |dialect: &SupportLang| {
        Language::ALL.iter().filter_map(|language| dialects(*language)).any(|known| known.contains(dialect))
    };
    SupportLang::from_path(path).filter(is_known)
}

/// The dialects of a language; `None` if its grammar is not compiled in.
pub fn dialects(language: Language) -> Option<&'static [SupportLang]> {
    match language {
        Language::Python => Some(&[SupportLang::Python]),
        Language::Rust => cfg!(feature = "rust").then_some(&[SupportLang::Rust]),
        Language::JavaScript => cfg!(feature = "javascript").then_some(&[SupportLang::JavaScript]),
        Language::TypeScript => cfg!(feature = "typescript").then_some(&[SupportLang::TypeScript, SupportLang::Tsx]),
        Language::Go => cfg!(feature = "go").then_some(&[SupportLang::Go]),
        Language::Java => cfg!(feature = "java").then_some(&[SupportLang::Java]),
    }
}
