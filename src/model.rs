//! The knowledge base as meant: every name resolved, every figure computed, in one order.
//! Holding a [`Rule`] is the proof that its section, its figures and its paper exist.

pub mod check;
mod evidence;
mod program;
mod rule;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

pub use self::check::Check;
pub use self::evidence::{Benchmark, Case, Confidence, Environment, EnvironmentValue, Figure, Results};
pub use self::program::{Block, By, Program, ProgramCase};
pub use self::rule::{Example, Reference, References, Rule, RuleCheck, Section, Wording};
use crate::input::files::check::Language;
use crate::input::files::config::Paths;
pub use crate::input::files::data::{Op, Spread};
use crate::input::vocabulary::{Priority, Status};
use crate::text::source::{SourceId, Span};

/// A whole knowledge base.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// By priority, then id.
    pub papers: Vec<Paper>,
    /// By paper, then priority, then the order of the paper.
    pub rules: Vec<Rule>,
    pub environments: BTreeMap<String, Environment>,
    /// What environments were called before, with what they are called now.
    pub environment_aliases: BTreeMap<String, String>,
    /// The same of figures.
    pub figure_aliases: BTreeMap<String, String>,
    pub benchmarks: BTreeMap<String, Benchmark>,
    pub figures: BTreeMap<String, Figure>,
    /// What runs for benchmarks, by the ids of these.
    pub programs: BTreeMap<String, Program>,
    /// What checks name with `matches`, besides their own and those of kbc.
    pub utilities: Vec<Utility>,
    /// Is there a utility rule that could not be read, so that nobody knows what it defines?
    pub lacks_utilities: bool,
    /// Where the files lie.
    pub paths: Paths,
    /// What data files say that no output shows.
    pub settings: Vec<Setting>,
}

impl Model {
    /// Is it recorded in any environment which code a case was measured with?
    pub fn has_code(&self, benchmark: &str, case: &str) -> bool {
        let Some(benchmark) = self.benchmarks.get(benchmark) else { return false };
        benchmark.results.iter().any(|results| results.cases.get(case).is_some_and(|case| case.code.is_some()))
    }

    /// The id that an environment has now.
    pub fn environment_id<'a>(&'a self, written: &'a str) -> &'a str {
        self.environment_aliases.get(written).map_or(written, String::as_str)
    }

    /// The id that a figure has now.
    pub fn figure_id<'a>(&'a self, written: &'a str) -> &'a str {
        self.figure_aliases.get(written).map_or(written, String::as_str)
    }

    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id.0 == id)
    }

    /// The rule that somebody means, who may have typed its id in small letters.
    pub fn rule_meant(&self, id: &str) -> Option<&Rule> {
        self.rule(id).or_else(|| self.rules.iter().find(|rule| rule.id.0.eq_ignore_ascii_case(id)))
    }

    /// The rules of a paper, by its index.
    pub fn rules_of(&self, paper: usize) -> &[Rule] {
        &self.rules[self.range_of(paper)]
    }

    /// The same as indices.
    pub fn range_of(&self, paper: usize) -> Range<usize> {
        let start = self.rules.partition_point(|rule| rule.paper < paper);
        start..start + self.rules[start..].partition_point(|rule| rule.paper == paper)
    }

    /// The utility rule that a check has from the knowledge base by a name, rather than one of its own.
    pub fn utility_of(&self, check: &Check, name: &str) -> Option<&Utility> {
        let syntax = check.syntax()?;
        let had = syntax.utils.as_ref()?.get(name)?;
        let is_it = |utility: &&Utility| utility.id == name && utility.language == syntax.language;
        self.utilities.iter().find(is_it).filter(|utility| utility.rule == *had)
    }

    /// The utility rules that a check has from the knowledge base.
    pub fn utilities_of(&self, check: &Check) -> impl Iterator<Item = &Utility> {
        self.utilities
            .iter()
            .filter(|utility| self.utility_of(check, &utility.id).is_some_and(|had| had.span == utility.span))
    }

    /// The rules whose checks have a utility rule from the knowledge base.
    pub fn rules_with(&self, utility: &Utility) -> impl Iterator<Item = &Rule> {
        let has_it = |check: &Check| self.utility_of(check, &utility.id).is_some_and(|had| had.span == utility.span);
        self.rules.iter().filter(move |rule| rule.checks().any(has_it))
    }

    /// The language that most checks of a paper are about, else most of all checks; without checks any.
    pub fn language(&self, paper: &str) -> Language {
        let commonest = |is_counted: &dyn Fn(&Rule) -> bool| {
            let rules = self.rules.iter().filter(|rule| is_counted(rule));
            let languages = rules.flat_map(Rule::checks).filter_map(Check::language);
            let mut counts: BTreeMap<Language, usize> = BTreeMap::new();
            languages.for_each(|language| *counts.entry(language).or_default() += 1);
            counts
                .into_iter()
                .max_by_key(|(language, count)| (*count, Reverse(*language)))
                .map(|(language, _)| language)
        };
        commonest(&|rule| self.papers[rule.paper].id == paper)
            .or_else(|| commonest(&|_| true))
            .unwrap_or(Language::ALL[0])
    }
}

/// What one paper is about.
#[derive(Clone, Debug)]
pub struct Paper {
    pub id: String,
    pub title: String,
    pub priority: Priority,
    pub source: SourceId,
    pub path: String,
    pub status: Status,
    /// Where its prose begins.
    pub body: usize,
    /// What its front matter says that no output shows.
    pub settings: Vec<Setting>,
}

/// A value that no output shows, so that only whoever reads it sees it change.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Where it is in its file: `/known/30 s`.
    pub pointer: String,
    pub value: String,
    pub span: Span,
}

/// A part of a syntax rule that all checks of a language can name.
#[derive(Clone, Debug)]
pub struct Utility {
    pub id: String,
    pub language: Language,
    pub rule: Value,
    /// Of its name.
    pub span: Span,
    /// Of the rule.
    pub body: Span,
}
