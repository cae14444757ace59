//! What keeps a check, or a utility rule that it names, from running, and how its author is told.

use std::collections::HashMap;
use std::error::Error;

use ast_grep_config::{RuleConfigError, RuleCoreError};
use serde_json::{Map, Value};

use super::{builtin, matcher};
use crate::diag::{Code, Diagnostic};
use crate::input::files::check::{Language, named_utilities};
use crate::model::{Check, Model, Rule, Utility};
use crate::text::source::{Sources, Span};

/// A fault of a check.
#[derive(Clone)]
pub struct Fault {
    code: Code,
    /// The part of the check that is at fault.
    key: &'static str,
    /// What is wrong with it, after "the check of `ID`".
    text: String,
    help: Option<String>,
}

impl Fault {
    fn new(code: Code, key: &'static str, text: impl Into<String>) -> Self {
        Self { code, key, text: text.into(), help: None }
    }

    fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// A check about a language whose grammar is not compiled in.
    pub fn missing(language: Language) -> Self {
        let text = format!("is about {0}, and this kbc was built without {0}", language.name());
        let help = format!("build kbc with `cargo install kbc --features {}`", language.name());
        Self::new(Code::MissingLanguage, "language", text).help(help)
    }

    pub fn regex(error: &regex::Error) -> Self {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Self::new(Code::InvalidCheck, "regex", format!("is no regular expression: {reason}"))
            .help("https://docs.rs/regex/latest/regex/#syntax has the syntax")
    }

    pub fn globs(key: &'static str, reason: &str) -> Self {
        Self::new(Code::InvalidCheck, key, format!("cannot be held to its files: {reason}"))
            .help("write globs as `*.toml` or `src/**/*.py`")
    }

    /// A part of a check that makes more of a match than anybody reads.
    pub fn grows(key: &'static str, most: usize) -> Self {
        let text = format!("can make more than {most} bytes of each byte of a match");
        Self::new(Code::InvalidCheck, key, text).help(format!("repeat fewer metavariables in `{key}`"))
    }

    /// A utility rule that is named and that nobody has defined.
    pub fn undefined_utility(name: &str) -> Self {
        Self::new(Code::InvalidCheck, "utils", format!("cannot run: rule `{name}` is not defined"))
    }

    /// An object that the engine does not take for a rule.
    pub fn form(error: &serde_json::Error) -> Self {
        Self::new(Code::InvalidCheck, "ast", format!("is no ast-grep rule: {error}"))
    }

    pub fn engine(error: &RuleConfigError) -> Self {
        let invalid =
            |key, error: &dyn Error| Self::new(Code::InvalidCheck, key, format!("cannot run: {}", reason(error)));
        match error {
            RuleConfigError::MissingPotentialKinds => Self::new(
                Code::MatchesEverything,
                "ast",
                "says of no node what it is, so it would match everything",
            )
            .help("add a `pattern` that is more than a metavariable, or a `kind`; `has`, `inside`, `not` and `regex` only narrow"),
            RuleConfigError::Core(RuleCoreError::UndefinedMetaVar(variable, key)) => Self::unbound(variable, key),
            RuleConfigError::Core(RuleCoreError::Utils(error)) => invalid("utils", error),
            RuleConfigError::Core(RuleCoreError::Constraints(error)) => invalid("constraints", error),
            RuleConfigError::Core(RuleCoreError::Transform(error)) => invalid("transform", error),
            RuleConfigError::Fixer(error) => invalid("fix", error),
            RuleConfigError::Core(RuleCoreError::Rule(error)) => invalid("ast", error),
            other => invalid("ast", other),
        }
    }

    pub fn unbound(variable: &str, key: &str) -> Self {
        let key = ["constraints", "transform", "fix", "message", "where"]
            .into_iter()
            .find(|known| *known == key)
            .unwrap_or("ast");
        let text = format!("uses `{variable}` in `{key}`, which its pattern does not bind");
        Self::new(Code::UnboundMetavariable, key, text)
            .help(format!("bind it in `ast` as `${variable}`, or take it out of `{key}`"))
    }

    /// What is said of a rule whose check has the fault; if the fault is that of a utility rule that it names, of that one.
    pub fn diagnostic(&self, rule: &Rule, model: &Model, sources: &Sources) -> Diagnostic {
        if let Some((utility, fault)) = broken_utility(rule, model) {
            return fault.of_utility(utility, rule.check(), model, sources);
        }
        let text = self.text.replace(&format!("`{}`", rule.id), "");
        let part = rule.check_part(self.key);
        let place = quoted_place(&text, &[part, rule.check_body], sources).unwrap_or(part);
        let diagnostic = Diagnostic::new(self.code, place, format!("the check of `{}` {}", rule.id, self.text));
        let check = rule.check();
        self.next_step(diagnostic, check.and_then(Check::language), check, model)
    }

    fn of_utility(&self, utility: &Utility, check: Option<&Check>, model: &Model, sources: &Sources) -> Diagnostic {
        let text = self.text.replace(&format!("`{}`", utility.id), "");
        let place = quoted_place(&text, &[utility.body], sources).unwrap_or(utility.body);
        let message = format!("the utility rule `{}` {}", utility.id, self.text);
        self.next_step(Diagnostic::new(self.code, place, message), Some(utility.language), check, model)
    }

    fn next_step(
        &self,
        diagnostic: Diagnostic,
        language: Option<Language>,
        check: Option<&Check>,
        model: &Model,
    ) -> Diagnostic {
        if let Some(name) = self.undefined() {
            let own = language.map_or("its language", Language::name);
            let theirs = model.utilities.iter().find(|utility| utility.id == name).map(|utility| utility.language);
            if let Some(language) = theirs.or_else(|| builtin::language_of(name)) {
                let help = format!(
                    "there is one for {} only; define it for {own} under `utils` of the check, or in a file of utils/",
                    language.name()
                );
                return diagnostic.help(help);
            }
            let names = check.map(|check| nameable(check, model)).unwrap_or_default();
            return diagnostic
                .help_nearest(name, names.into_iter())
                .help(format!("or define it for {own} under `utils` of the check, or in a file of utils/"));
        }
        if self.text.ends_with(CIRCLE) {
            return diagnostic.help("let one of those in the circle not name the next");
        }
        match (&self.help, check.and_then(Check::syntax)) {
            (Some(help), _) => diagnostic.help(help.clone()),
            (None, Some(_)) => {
                diagnostic.help("https://ast-grep.github.io/playground.html shows the syntax tree of a piece of code")
            }
            (None, None) => diagnostic.help("correct it"),
        }
    }

    /// Does it say of no node what it is? A utility rule need not: the rules that name it do.
    pub fn is_boundless(&self) -> bool {
        self.code == Code::MatchesEverything
    }

    /// The name of a utility rule that nobody has defined.
    pub fn undefined(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once("rule `")?;
        Some(rest.split_once("` is not defined")?.0)
    }
}

/// What is wrong with utility rules that no check names, as nobody runs them.
pub fn of_unnamed(model: &Model, sources: &Sources) -> Vec<Diagnostic> {
    let known = |language: Language| {
        let mut utils: Map<String, Value> =
            builtin::names_for(language).map(|name| (name.to_owned(), builtin::rule(language, name))).collect();
        let shared = model.utilities.iter().filter(|other| other.language == language);
        utils.extend(shared.map(|other| (other.id.clone(), other.rule.clone())));
        Value::Object(utils)
    };
    let mut by_language: HashMap<&str, Value> = HashMap::new();
    let of = |utility: &Utility| {
        let utils = by_language.entry(utility.language.name()).or_insert_with(|| known(utility.language));
        let fault = matcher::fault_of_utility(utility, &reached(utility, utils))?;
        Some(fault.of_utility(utility, None, model, sources))
    };
    model.utilities.iter().filter(|utility| model.rules_with(utility).next().is_none()).filter_map(of).collect()
}

/// The utility rules that a check may name: its own, those of the knowledge base and those of kbc.
fn nameable<'a>(check: &'a Check, model: &'a Model) -> Vec<&'a str> {
    let own =
        check.syntax().and_then(|syntax| syntax.utils.as_ref()?.as_object()).into_iter().flat_map(|utils| utils.keys());
    let shared = model.utilities.iter().filter(|utility| Some(utility.language) == check.language());
    let builtin = check.language().into_iter().flat_map(builtin::names_for);
    let mut names: Vec<&str> =
        own.map(String::as_str).chain(shared.map(|utility| utility.id.as_str())).chain(builtin).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Of the utility rules of the knowledge base that a check has, the one that is broken by itself.
fn broken_utility<'a>(rule: &Rule, model: &'a Model) -> Option<(&'a Utility, Fault)> {
    let check = rule.check()?;
    let utils = builtin::utils_of(check.syntax()?)?;
    let had = utils.as_object()?.keys().filter_map(|name| model.utility_of(check, name));
    let broken = |utility: &'a Utility| Some((utility, matcher::fault_of_utility(utility, &reached(utility, &utils))?));
    let broken: Vec<_> = had.filter_map(broken).collect();
    let is_broken = |name: &&str| broken.iter().any(|(utility, _)| utility.id == *name);
    // One that names a broken one is no better, and not to blame.
    let blame = |(utility, _): &&(&Utility, Fault)| {
        named_utilities(&utility.rule).iter().filter(|name| is_broken(name)).count()
    };
    broken.iter().min_by_key(blame).cloned()
}

/// Of `utils`, a utility rule and those that it names, or that these name.
fn reached(utility: &Utility, utils: &Value) -> Value {
    let mut all = Map::new();
    let mut wanted = vec![utility.id.as_str()];
    while let Some(name) = wanted.pop() {
        let Some(rule) = utils.get(name).filter(|_| !all.contains_key(name)) else { continue };
        all.insert(name.to_owned(), rule.clone());
        wanted.extend(named_utilities(rule));
    }
    Value::Object(all)
}

/// The word that a message quotes, where it stands in the first of some parts that has it.
fn quoted_place(message: &str, parts: &[Span], sources: &Sources) -> Option<Span> {
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).filter(|word| word.len() > 1).collect();
    parts.iter().find_map(|part| {
        let text = sources.text(*part);
        words.iter().rev().find_map(|word| {
            let start = part.start + whole_word(text, word)?;
            Some(Span { start, end: start + word.len(), ..*part })
        })
    })
}

/// Where a word stands in a text, not as a part of a longer one.
fn whole_word(text: &str, word: &str) -> Option<usize> {
    let is_letter = |c: char| c.is_alphanumeric() || "_-".contains(c);
    text.match_indices(word)
        .map(|(at, _)| at)
        .find(|at| !text[..*at].ends_with(is_letter) && !text[at + word.len()..].starts_with(is_letter))
}

/// What is said of utility rules that name each other in a circle.
const CIRCLE: &str = "a rule names itself, or is named by one that it names";

/// The innermost cause, in our style: lower case, no full stop.
fn reason(error: &dyn Error) -> String {
    let mut innermost = error;
    let mut text = error.to_string();
    while let Some(source) = innermost.source() {
        innermost = source;
        text = source.to_string();
    }
    // Which one of the circle the engine names is chance.
    if text.contains(" has a cyclic dependency") {
        return CIRCLE.to_owned();
    }
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}
