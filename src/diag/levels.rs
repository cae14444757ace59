//! The severities that a project sets for codes, and what it switches off. Matters of taste can be set to anything. Everything
//! else can only be raised: a gate that reports what is not true is of no use if it can be switched off.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::codes::{Code, Kind};
use super::diagnostic::{Diagnostic, listed};
use super::severity::Severity;

/// What a project makes of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported; the summary says how many there are.
    Off,
    Info,
    Warning,
    Error,
}

impl Level {
    /// The severity; none, if it is switched off.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Level::Off => None,
            Level::Info => Some(Severity::Info),
            Level::Warning => Some(Severity::Warning),
            Level::Error => Some(Severity::Error),
        }
    }
}

impl Code {
    /// May a project give it this level?
    pub fn may_be(self, level: Level) -> bool {
        match self.kind() {
            Kind::Taste => true,
            Kind::Rule => false,
            Kind::Truth | Kind::Unreadable | Kind::Bug => level.severity() >= Some(self.severity()),
        }
    }
}

/// The levels of a project. Those that a code may not have are left out.
#[derive(Clone, Debug, Default)]
pub struct Levels(BTreeMap<Code, Level>);

impl Levels {
    /// Of names as they are written, old ones included.
    pub fn of<'a>(written: impl IntoIterator<Item = (&'a String, &'a Level)>) -> Self {
        let level = |(name, level): (&String, &Level)| Some((Code::from_any_name(name)?, *level));
        Self(written.into_iter().filter_map(level).filter(|(code, level)| code.may_be(*level)).collect())
    }

    /// The diagnostic with the severity that it has here; none, if it is switched off. A finding has that of its rule.
    fn of_one(&self, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        let Some(level) = self.0.get(&diagnostic.code).filter(|_| diagnostic.rule.is_none()) else {
            return Some(diagnostic);
        };
        let severity = level.severity()?;
        diagnostic.severity = match diagnostic.code.kind() {
            Kind::Taste => severity,
            // What is worse in this place stays so.
            Kind::Truth | Kind::Rule | Kind::Unreadable | Kind::Bug => severity.max(diagnostic.severity),
        };
        Some(diagnostic)
    }

    /// Those that are to be told, with the severities that they have here.
    pub fn apply(&self, diagnostics: Vec<Diagnostic>) -> (Vec<Diagnostic>, SwitchedOff) {
        let mut off = SwitchedOff::default();
        let told = diagnostics.into_iter().filter_map(|diagnostic| {
            let (code, count) = (diagnostic.code, diagnostic.count);
            let told = self.of_one(diagnostic);
            if told.is_none() {
                *off.0.entry(code).or_default() += count;
            }
            told
        });
        (told.collect(), off)
    }
}

/// How many diagnostics of each code are not told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwitchedOff(BTreeMap<Code, usize>);

impl SwitchedOff {
    pub fn add(&mut self, other: Self) {
        for (code, count) in other.0 {
            *self.0.entry(code).or_default() += count;
        }
    }

    /// By the names of the codes.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.0.iter().map(|(code, count)| (code.name(), *count))
    }

    /// What [`SwitchedOff::counts`] said; `None`, if a name is of no code.
    pub fn from_counts(counts: impl IntoIterator<Item = (String, usize)>) -> Option<Self> {
        let counts = counts.into_iter().map(|(name, count)| Some((Code::from_name(&name)?, count)));
        counts.collect::<Option<_>>().map(Self)
    }

    /// "kbc.toml switches off 2 `long-line`, 1 `paper-size`"; `None` if nothing is switched off.
    pub fn told(&self) -> Option<String> {
        let counts: Vec<String> = self.counts().map(|(name, count)| format!("{count} `{name}`")).collect();
        (!counts.is_empty()).then(|| format!("kbc.toml switches off {}", listed(&counts)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;

    #[test]
    fn taste_can_be_set_and_truth_only_raised() {
        let all = [Level::Off, Level::Info, Level::Warning, Level::Error];
        let allowed = |code: Code| all.into_iter().filter(|level| code.may_be(*level)).count();
        assert_eq!(allowed(Code::PaperSize), 4);
        assert_eq!(allowed(Code::FalseClaim), 1, "an error stays one");
        assert_eq!(allowed(Code::RewordedPaper), 2);
        assert_eq!(allowed(Code::RuleViolation), 0);
        for code in Code::ALL.iter().filter(|code| code.kind() == Kind::Taste) {
            assert!(code.severity() < Severity::Error, "{code:?}: an error is no matter of taste");
        }
    }

    #[test]
    fn what_is_switched_off_is_counted_and_what_is_worse_stays() {
        let set = [("near-duplicate", Level::Off), ("reworded-paper", Level::Warning), ("stale-output", Level::Off)];
        let set: BTreeMap<String, Level> = set.map(|(name, level)| (name.to_owned(), level)).into();
        let at = || Place::File("a".to_owned());
        let mut worse = Diagnostic::new(Code::RewordedPaper, at(), "");
        worse.severity = Severity::Error;
        let told =
            [Code::SimilarRules, Code::StaleOutput, Code::SimilarRules].map(|code| Diagnostic::new(code, at(), ""));
        let (told, off) = Levels::of(&set).apply(told.into_iter().chain([worse]).collect());
        let told: Vec<_> = told.iter().map(|diagnostic| (diagnostic.code, diagnostic.severity)).collect();
        assert_eq!(told, [(Code::StaleOutput, Severity::Error), (Code::RewordedPaper, Severity::Error)]);
        assert_eq!(off.told().as_deref(), Some("kbc.toml switches off 2 `similar-rules`"));
    }
}
