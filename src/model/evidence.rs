//! Measurements and the figures that are computed from them.

use std::collections::BTreeMap;

use crate::text::quantity::Unit;
use crate::text::source::Span;

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
