//! What is measured, its results by environment, and the figures that are computed from them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::input::files::data::{Op, Publication, Spread};
use crate::text::quantity::Unit;
use crate::text::source::Span;

/// Where results come from.
#[derive(Clone, Debug)]
pub struct Environment {
    /// One line for people: what its author says of it, or its facts and the days of its results.
    pub about: String,
    pub interpreter: Option<String>,
    pub platform: String,
    pub processor: Option<String>,
    pub memory: Option<String>,
    /// The first and the last day of its results.
    pub days: Option<(String, String)>,
    /// `None` for measurements of one's own.
    pub source: Option<Publication>,
    /// What a reader must know before believing them.
    pub limits: Option<String>,
    pub span: Span,
}

impl Environment {
    /// The publication with its revision and license, in one line.
    pub fn source_line(&self) -> Option<String> {
        let Publication { name, url, commit, license, .. } = self.source.as_ref()?;
        let commit = commit.as_ref().map(|commit| format!(" at {commit}")).unwrap_or_default();
        Some(format!("{name}{commit} ({license}), {url}"))
    }
}

/// What is measured: cases of one experiment.
#[derive(Clone, Debug)]
pub struct Benchmark {
    pub about: String,
    pub unit: Unit,
    /// The ids of its cases, if all are known.
    pub cases: Option<BTreeSet<String>>,
    /// The first is what figures and links take where they name no environment.
    pub results: Vec<Results>,
    /// Where each environment is in `results`.
    pub by_environment: HashMap<String, usize>,
    /// Where it is defined; without a definition in the data, its first results.
    pub span: Span,
}

impl Benchmark {
    /// Its results in an environment.
    pub fn in_environment(&self, environment: &str) -> Option<&Results> {
        self.by_environment.get(environment).map(|at| &self.results[*at])
    }

    /// A case in the first environment that has it.
    pub fn case(&self, id: &str) -> Option<(&Results, &Case)> {
        self.results.iter().find_map(|results| Some((results, results.cases.get(id)?)))
    }

    /// Every case that has a result, each in the first environment that has it, by id.
    pub fn first_cases(&self) -> BTreeMap<&str, (&Results, &Case)> {
        let mut first = BTreeMap::new();
        for results in &self.results {
            for (id, case) in &results.cases {
                first.entry(id.as_str()).or_insert((results, case));
            }
        }
        first
    }
}

/// Cases of a benchmark as they were measured in an environment.
#[derive(Clone, Debug)]
pub struct Results {
    pub environment: String,
    /// One that converts to the benchmark's.
    pub unit: Unit,
    pub cases: BTreeMap<String, Case>,
    pub span: Span,
}

/// One measured value, in the unit of its results.
#[derive(Clone, Debug)]
pub struct Case {
    pub value: f64,
    pub spread: Option<Spread>,
    pub runs: Option<u32>,
    /// The day that it was measured on.
    pub date: Option<String>,
    pub original: Option<String>,
    /// What tells the code that was measured from other code.
    pub code: Option<String>,
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

    /// How far below and above its value the spread reaches.
    pub fn reach(&self) -> (f64, f64) {
        self.spread.map_or((0.0, 0.0), |spread| spread.around(self.value))
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
    /// What it was computed of, as written.
    pub of: Vec<String>,
    /// The cases in it, as benchmark and case.
    pub inputs: Vec<(String, String)>,
    pub op: Op,
    pub confidence: Confidence,
    /// The environment that it was computed in; several, if none has all its cases.
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

    /// One of its cases as it was computed with.
    pub fn input<'a>(
        &self,
        benchmarks: &'a BTreeMap<String, Benchmark>,
        id: &str,
        case: &str,
    ) -> Option<(&'a Results, &'a Case)> {
        let benchmark = benchmarks.get(id)?;
        match self.home.as_slice() {
            [home] => benchmark.in_environment(home).and_then(|results| Some((results, results.cases.get(case)?))),
            _ => benchmark.case(case),
        }
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

/// A figure in an environment besides its own.
#[derive(Clone, Debug)]
pub struct EnvironmentValue {
    /// In the figure's unit; `None` where the series of a crossover do not cross.
    pub value: Option<f64>,
    /// As the figure is printed.
    pub text: String,
}
