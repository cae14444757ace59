//! What keeps a check, or a utility rule that it names, from running. How its author is told is in `fault_report`.

use std::error::Error;

use ast_grep_config::{RuleConfigError, RuleCoreError};

use crate::diag::Code;
use crate::input::files::check::Language;

/// A fault of a check.
#[derive(Clone)]
pub struct Fault {
    pub code: Code,
    pub kind: FaultKind,
    /// The part of the check that is at fault.
    pub key: &'static str,
    /// What is wrong with it, after "the check of `ID`".
    pub text: String,
    pub help: Option<String>,
}

/// What the next step depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It names a utility rule that is not defined.
    UndefinedUtility(String),
    /// Utility rules name each other in a circle.
    Circle,
    /// It says of no node what it is. A utility rule need not: the rules that name it do.
    MatchesEverything,
    Other,
}

impl Fault {
    fn new(code: Code, key: &'static str, text: impl Into<String>) -> Self {
        Self { code, kind: FaultKind::Other, key, text: text.into(), help: None }
    }

    fn kind(mut self, kind: FaultKind) -> Self {
        self.kind = kind;
        self
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
        Self::new(Code::InvalidCheck, key, format!("cannot be limited to its files: {reason}"))
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
            .kind(FaultKind::UndefinedUtility(name.to_owned()))
    }

    /// An object that the engine does not take for a rule.
    pub fn form(error: &serde_json::Error) -> Self {
        Self::new(Code::InvalidCheck, "ast", format!("is no ast-grep rule: {error}"))
    }

    pub fn engine(error: &RuleConfigError) -> Self {
        let invalid = |key, error: &dyn Error| {
            let reason = reason(error);
            let kind = kind_of(&reason);
            Self::new(Code::InvalidCheck, key, format!("cannot run: {reason}")).kind(kind)
        };
        match error {
            RuleConfigError::MissingPotentialKinds => Self::new(
                Code::MatchesEverything,
                "ast",
                "does not say which nodes it looks for, so it would match everything",
            )
            .kind(FaultKind::MatchesEverything)
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

/// The engine's own words are all that its errors have.
fn kind_of(reason: &str) -> FaultKind {
    let name = || Some(reason.split_once("rule `")?.1.split_once("` is not defined")?.0.to_owned());
    match name() {
        Some(name) => FaultKind::UndefinedUtility(name),
        None if reason == CIRCLE => FaultKind::Circle,
        None => FaultKind::Other,
    }
}
