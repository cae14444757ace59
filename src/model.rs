//! The knowledge base as meant: every name resolved, every figure computed, in one order.
//! Holding a [`Rule`] is the proof that its section, its figures and its paper exist.

pub mod check;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

pub use self::check::Check;
use crate::input::files::check::Language;
use crate::input::vocabulary::{Priority, RuleId, Shows, Status};
use crate::text::quantity::Unit;
use crate::text::source::{SourceId, Span};

/// A whole knowledge base.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// By priority, then id.
    pub domains: Vec<Paper>,
    /// By domain, then priority, then the order of the paper.
    pub rules: Vec<Rule>,
    pub environments: BTreeMap<String, Environment>,
    pub measurements: BTreeMap<String, Measurement>,
    pub figures: BTreeMap<String, Figure>,
    /// The programs of measurements, by the ids of these.
    pub benchmarks: BTreeMap<String, Benchmark>,
    /// What checks name with `matches`, besides their own and those of kbc.
    pub utilities: Vec<Utility>,
    /// Is there a utility rule that could not be read, so that nobody knows what it defines?
    pub lacks_utilities: bool,
}

impl Model {
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id.0 == id)
    }

    /// The rules of a domain, by its index.
    pub fn rules_of(&self, domain: usize) -> &[Rule] {
        &self.rules[self.range_of(domain)]
    }

    /// The same as indices.
    pub fn range_of(&self, domain: usize) -> Range<usize> {
        let start = self.rules.partition_point(|rule| rule.domain < domain);
        start..start + self.rules[start..].partition_point(|rule| rule.domain == domain)
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
        self.rules.iter().filter(move |rule| rule.check().is_some_and(has_it))
    }

    /// The language that most checks of a domain are about, else most of all checks; without checks any.
    pub fn language(&self, domain: &str) -> Language {
        let commonest = |is_counted: &dyn Fn(&Rule) -> bool| {
            let rules = self.rules.iter().filter(|rule| is_counted(rule));
            let languages = rules.filter_map(|rule| rule.check()?.language());
            let mut counts: BTreeMap<Language, usize> = BTreeMap::new();
            languages.for_each(|language| *counts.entry(language).or_default() += 1);
            counts
                .into_iter()
                .max_by_key(|(language, count)| (*count, Reverse(*language)))
                .map(|(language, _)| language)
        };
        commonest(&|rule| self.domains[rule.domain].id == domain)
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
}

/// A rule with its wordings as an agent reads them.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: RuleId,
    /// Index into [`Model::domains`].
    pub domain: usize,
    pub full: Wording,
    pub short: Option<Wording>,
    pub priority: Priority,
    pub weight: u32,
    pub status: Status,
    pub tags: Vec<String>,
    pub section: Section,
    /// Ids of figures.
    pub evidence: Vec<String>,
    /// What it governs in the repository around: what it names itself, then what its paper does.
    pub refs: References,
    pub enforcement: Enforcement,
    /// Where its check stands; its id if it has none.
    pub check_span: Span,
    /// Where all of its check stands.
    pub check_body: Span,
    /// Where the parts of its check stand, by key.
    pub check_parts: Vec<(&'static str, Span)>,
    /// Where its other values stand, by key.
    pub parts: Vec<(&'static str, Span)>,
    /// The blocks that show it, in the order of the paper.
    pub examples: Vec<Example>,
    /// Where its id stands.
    pub span: Span,
}

impl Rule {
    pub fn check(&self) -> Option<&Check> {
        match &self.enforcement {
            Enforcement::Check(check) => Some(check),
            Enforcement::Unchecked(_) | Enforcement::Nothing => None,
        }
    }

    /// Why it has no check, if it says so.
    pub fn unchecked(&self) -> Option<&str> {
        match &self.enforcement {
            Enforcement::Unchecked(reason) => Some(reason),
            Enforcement::Check(_) | Enforcement::Nothing => None,
        }
    }

    /// Where the value of one of its keys stands; its id if its paper says it for all rules.
    pub fn part(&self, key: &str) -> Span {
        self.parts.iter().find(|(part, _)| *part == key).map_or(self.span, |(_, span)| *span)
    }

    /// Where a part of its check stands; the check itself if it has no such part.
    pub fn check_part(&self, key: &str) -> Span {
        self.check_parts.iter().find(|(part, _)| *part == key).map_or(self.check_span, |(_, span)| *span)
    }

    /// The examples that show it one way.
    pub fn examples(&self, shows: Shows) -> impl Iterator<Item = &Example> {
        self.examples.iter().filter(move |example| example.shows == shows)
    }
}

/// What holds people to a rule.
#[derive(Clone, Debug)]
pub enum Enforcement {
    Check(Box<Check>),
    /// Nothing can, for this reason.
    Unchecked(String),
    /// Nobody has said.
    Nothing,
}

/// Paths or globs, and commands, of the repository around a knowledge base.
#[derive(Clone, Debug, Default)]
pub struct References {
    pub files: Vec<Reference>,
    pub commands: Vec<Reference>,
}

impl References {
    /// With those of another that are not among them.
    pub fn and(mut self, other: &References) -> Self {
        for (own, others) in [(&mut self.files, &other.files), (&mut self.commands, &other.commands)] {
            let is_new = |reference: &&Reference| !own.iter().any(|known| known.text == reference.text);
            let new: Vec<Reference> = others.iter().filter(is_new).cloned().collect();
            own.extend(new);
        }
        self
    }
}

/// Something of the repository around, as it is written.
#[derive(Clone, Debug)]
pub struct Reference {
    pub text: String,
    pub span: Span,
}

/// A block of code that shows a rule.
#[derive(Clone, Debug)]
pub struct Example {
    pub shows: Shows,
    /// The language that the block names.
    pub language: String,
    pub text: String,
    /// The line that opens it.
    pub span: Span,
    /// Where its text stands.
    pub body: Span,
}

/// One wording, its figures filled in.
#[derive(Clone, Debug)]
pub struct Wording {
    pub text: String,
    pub span: Span,
}

/// The heading that argues for a rule.
#[derive(Clone, Debug)]
pub struct Section {
    pub anchor: String,
    pub title: String,
    /// Of the heading.
    pub span: Span,
    /// Where the section ends in its paper.
    pub end: usize,
}

/// Where measurements come from.
#[derive(Clone, Debug)]
pub struct Environment {
    /// One line for people: interpreter, platform, processor, date.
    pub summary: String,
    /// Publication with revision and licence; `None` for measurements of one's own.
    pub source: Option<String>,
    /// What a reader must know before believing them.
    pub limits: Option<String>,
    pub span: Span,
}

/// Cases of one experiment.
#[derive(Clone, Debug)]
pub struct Measurement {
    pub about: String,
    pub environment: String,
    pub unit: Unit,
    pub cases: BTreeMap<String, Case>,
    /// The same cases measured elsewhere, by environment.
    pub repeats: BTreeMap<String, Repeat>,
    pub span: Span,
}

impl Measurement {
    /// Its cases as they were measured in an environment, with their unit.
    pub fn in_environment(&self, environment: &str) -> Option<(&BTreeMap<String, Case>, &Unit)> {
        if self.environment == environment {
            return Some((&self.cases, &self.unit));
        }
        self.repeats.get(environment).map(|repeat| (&repeat.cases, &repeat.unit))
    }
}

/// Cases of a measurement as another environment has them.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// One that converts to the measurement's.
    pub unit: Unit,
    pub cases: BTreeMap<String, Case>,
    pub span: Span,
}

/// One measured value, in the unit of its measurement.
#[derive(Clone, Debug)]
pub struct Case {
    pub value: f64,
    pub spread: Option<f64>,
    pub runs: Option<u32>,
    pub original: Option<String>,
    /// Of the value.
    pub span: Span,
    /// Where its other parts stand, by key.
    pub parts: Vec<(&'static str, Span)>,
}

impl Case {
    /// Where a part of it stands; its value if that says it all.
    pub fn part(&self, key: &str) -> Span {
        self.parts.iter().find(|(part, _)| *part == key).map_or(self.span, |(_, span)| *span)
    }
}

/// A value computed from cases.
#[derive(Clone, Debug)]
pub struct Figure {
    pub about: String,
    /// In `unit`, unrounded.
    pub value: f64,
    pub unit: Unit,
    /// As rules print it.
    pub text: String,
    /// `outage.fixed_delay / outage.jitter`.
    pub formula: String,
    /// The cases in it, as measurement and case.
    pub inputs: Vec<(String, String)>,
    pub kind: Kind,
    pub confidence: Confidence,
    /// The environments that its cases were first measured in, each once.
    pub home: Vec<String>,
    /// What it is in the other environments that have all its cases.
    pub elsewhere: BTreeMap<String, EnvironmentValue>,
    /// By how many per cent of it two environments may differ.
    pub tolerance: f64,
    /// The environments that it is claimed for; `None`: all of them.
    pub holds_in: Option<Vec<String>>,
    pub span: Span,
}

impl Figure {
    /// Is it claimed for an environment?
    pub fn is_claimed_for(&self, environment: &str) -> bool {
        self.holds_in.as_ref().is_none_or(|claimed| claimed.iter().any(|id| id == environment))
    }

    /// What it is in an environment; in its own, what it is.
    pub fn in_environment(&self, environment: &str) -> Option<&str> {
        if self.home == [environment] {
            return Some(&self.text);
        }
        self.elsewhere.get(environment).map(|elsewhere| elsewhere.text.as_str())
    }
}

/// How far a figure can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// The spread of every value in it is recorded.
    Known,
    Low,
}

/// How a figure is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ratio,
    Difference,
    Saving,
    Share,
    Value,
    Crossover,
}

impl Kind {
    /// The key that it is written under.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ratio => "ratio",
            Kind::Difference => "difference",
            Kind::Saving => "saving",
            Kind::Share => "share",
            Kind::Value => "value",
            Kind::Crossover => "crossover",
        }
    }
}

/// A figure in an environment that repeats its measurements.
#[derive(Clone, Debug)]
pub struct EnvironmentValue {
    /// In the figure's unit; `None` where the series of a crossover do not cross.
    pub value: Option<f64>,
    /// As the figure is printed.
    pub text: String,
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

/// How a measurement is taken: the blocks of a paper that `kbc measure` runs.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// The heading that its first block stands under.
    pub about: String,
    pub paper: SourceId,
    /// What runs before every case.
    pub setup: Vec<Block>,
    pub cases: BTreeMap<String, BenchmarkCase>,
}

impl Benchmark {
    /// All its blocks.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.setup.iter().chain(self.cases.values().map(|case| &case.block))
    }
}

/// What is measured of a case, and how.
#[derive(Clone, Debug)]
pub struct BenchmarkCase {
    pub by: By,
    pub block: Block,
}

/// A block of code.
#[derive(Clone, Debug)]
pub struct Block {
    pub text: String,
    /// The line that opens it.
    pub span: Span,
    /// Where its text stands.
    pub body: Span,
}

/// What is measured of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// How long one run takes.
    Time,
    /// The most memory that one run holds at a time.
    Peak,
    /// The deep size of its last value.
    Size,
    /// How long it takes in a fresh interpreter.
    Import,
}

impl By {
    pub const ALL: [By; 4] = [By::Time, By::Peak, By::Size, By::Import];

    /// As it is written behind `by=`.
    pub fn name(self) -> &'static str {
        match self {
            By::Time => "time",
            By::Peak => "peak",
            By::Size => "size",
            By::Import => "import",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }

    /// The unit that it is recorded in.
    pub fn unit(self) -> &'static str {
        match self {
            By::Time | By::Import => "ns",
            By::Peak | By::Size => "bytes",
        }
    }
}
