//! A data file that kbc writes wholly: an environment with what was measured in it, here or by another tool.
//! Twins of the types of `data` that go out as YAML; a later record replaces the cases that it has and keeps
//! the rest.

mod imported;
mod measured;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use self::imported::{Imported, Refusal, imported};
pub use self::measured::{Outcome, measured};
use crate::evidence::machine::Machine;
use crate::input::files::data;
use crate::input::formats::yaml::{self, Document};
use crate::text::quantity::{Unit, tidy};

/// How the first line of such a file begins.
const MARK: &str = "# Written by `kbc ";

/// What is known after measuring.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Record {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, Environment>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub measurements: BTreeMap<String, Measurement>,
    /// By environment, then by the id of the measurement.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub repeats: BTreeMap<String, BTreeMap<String, Repeat>>,
    /// As somebody wrote them into the file.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub figures: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Environment {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<String>,
    pub platform: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// Of the last run.
    pub date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Publication>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Publication {
    pub name: String,
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    pub licence: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    pub about: String,
    pub environment: String,
    pub unit: String,
    pub cases: BTreeMap<String, Case>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Repeat {
    pub unit: String,
    pub cases: BTreeMap<String, Case>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    pub value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// What tells the code that ran from other code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Environment {
    /// A machine on a day, YYYY-MM-DD.
    pub fn new(machine: &Machine, date: &str) -> Self {
        Self {
            interpreter: machine.interpreter(),
            platform: machine.platform(),
            processor: machine.processor.clone(),
            memory: machine.memory.clone(),
            date: date.to_owned(),
            source: None,
            limits: None,
        }
    }

    /// What is said of it now; who published it and what else may have been added by hand stays.
    fn over(self, old: Self) -> Self {
        Self {
            interpreter: self.interpreter.or(old.interpreter),
            processor: self.processor.or(old.processor),
            memory: self.memory.or(old.memory),
            source: self.source.or(old.source),
            limits: self.limits.or(old.limits),
            ..self
        }
    }

    /// Is it the same machine with the same interpreter, whatever the day?
    pub fn is_same_machine(&self, other: &Environment) -> bool {
        let facts = |environment: &Environment| {
            [environment.interpreter.clone(), environment.processor.clone(), environment.memory.clone()]
        };
        facts(self) == facts(other) && self.platform == other.platform
    }
}

impl Record {
    /// Did kbc write this file?
    pub fn is_ours(text: &str) -> bool {
        text.starts_with(MARK)
    }

    /// Did `kbc measure` write this file? Then it says of every value which code was run.
    pub fn is_measured(text: &str) -> bool {
        text.strip_prefix(MARK).is_some_and(|rest| rest.starts_with("measure`"))
    }

    /// As a file that a command of kbc writes.
    pub fn text(&self, command: &str) -> String {
        let body = yaml::write(self).expect("texts and finite numbers can be written");
        format!("{MARK}{command}`. What it measures again it replaces; the rest stays, but for comments.\n{body}")
    }

    /// Takes what a newer record has: its cases, and what it says of environments. Values are converted to the unit that
    /// is there. Gives the cases that went because their unit does not convert.
    pub fn merge(&mut self, newer: Record) -> Vec<String> {
        let mut gone = Vec::new();
        for (id, environment) in newer.environments {
            let environment = match self.environments.remove(&id) {
                Some(old) => environment.over(old),
                None => environment,
            };
            self.environments.insert(id, environment);
        }
        for (id, mut newer) in newer.measurements {
            if let Some(old) = self.measurements.remove(&id) {
                newer.about = old.about;
                (newer.unit, newer.cases) = joined(&id, (old.unit, old.cases), (newer.unit, newer.cases), &mut gone);
            }
            self.measurements.insert(id, newer);
        }
        for (environment, repeats) in newer.repeats {
            let known = self.repeats.entry(environment).or_default();
            for (id, mut newer) in repeats {
                if let Some(old) = known.remove(&id) {
                    (newer.unit, newer.cases) =
                        joined(&id, (old.unit, old.cases), (newer.unit, newer.cases), &mut gone);
                }
                known.insert(id, newer);
            }
        }
        gone
    }

    /// Leaves out every case that is not wanted, by measurement and case.
    pub fn retain_cases(&mut self, is_wanted: impl Fn(&str, &str) -> bool) {
        self.measurements.retain(|id, measurement| {
            measurement.cases.retain(|case, _| is_wanted(id, case));
            !measurement.cases.is_empty()
        });
        for repeats in self.repeats.values_mut() {
            repeats.retain(|id, repeat| {
                repeat.cases.retain(|case, _| is_wanted(id, case));
                !repeat.cases.is_empty()
            });
        }
    }

    /// Changes every case, by measurement and case.
    pub fn each_case(&mut self, change: impl Fn(&str, &str, &mut Case)) {
        let first = self.measurements.iter_mut().map(|(id, measurement)| (id, &mut measurement.cases));
        let again = self.repeats.values_mut().flatten().map(|(id, repeat)| (id, &mut repeat.cases));
        for (id, cases) in first.chain(again) {
            cases.iter_mut().for_each(|(name, case)| change(id, name, case));
        }
    }

    /// Every case that it holds, as environment and `measurement.case`.
    pub fn cases(&self) -> impl Iterator<Item = (&str, String)> {
        let first = self.measurements.iter().flat_map(|(id, measurement)| {
            measurement.cases.keys().map(move |case| (measurement.environment.as_str(), format!("{id}.{case}")))
        });
        let again = self.repeats.iter().flat_map(|(environment, repeats)| {
            repeats.iter().flat_map(move |(id, repeat)| {
                repeat.cases.keys().map(move |case| (environment.as_str(), format!("{id}.{case}")))
            })
        });
        first.chain(again)
    }
}

/// A unit and the cases that are measured in it.
type Values = (String, BTreeMap<String, Case>);

/// The old cases with the new ones over them, in the old unit if the two convert.
fn joined(id: &str, old: Values, new: Values, gone: &mut Vec<String>) -> Values {
    let ((old_unit, mut cases), (new_unit, new)) = (old, new);
    let Some(factor) = Unit::new(&new_unit).factor_to(&Unit::new(&old_unit)) else {
        gone.extend(cases.keys().filter(|case| !new.contains_key(*case)).map(|case| format!("{id}.{case}")));
        return (new_unit, new);
    };
    let converted = |case: Case| match factor {
        1.0 => case,
        _ => Case { value: tidy(case.value * factor), spread: case.spread.map(|spread| tidy(spread * factor)), ..case },
    };
    cases.extend(new.into_iter().map(|(id, case)| (id, converted(case))));
    (old_unit, cases)
}

impl Record {
    /// What a file has.
    pub fn of(data: data::Data, document: &Document) -> Self {
        let figures = document.to_json().get_mut("figures").map(Value::take).unwrap_or_default();
        let repeats = |repeats: BTreeMap<data::Id, data::Repeat>| {
            let repeat = |(id, repeat): (data::Id, data::Repeat)| {
                (id.0, Repeat { unit: repeat.unit, cases: cases(repeat.cases) })
            };
            repeats.into_iter().map(repeat).collect()
        };
        Self {
            environments: data.environments.into_iter().map(|(id, written)| (id.0, written.into())).collect(),
            measurements: data.measurements.into_iter().map(|(id, written)| (id.0, written.into())).collect(),
            repeats: data.repeats.into_iter().map(|(id, written)| (id.0, repeats(written))).collect(),
            figures,
        }
    }
}

impl From<data::Environment> for Environment {
    fn from(written: data::Environment) -> Self {
        let data::Environment { interpreter, platform, processor, memory, date, source, limits } = written;
        let source =
            source.map(|data::Publication { name, url, commit, licence }| Publication { name, url, commit, licence });
        Self { interpreter, platform, processor, memory, date, source, limits }
    }
}

impl From<data::Measurement> for Measurement {
    fn from(written: data::Measurement) -> Self {
        let data::Measurement { about, environment, unit, cases: written } = written;
        Self { about, environment, unit, cases: cases(written) }
    }
}

fn cases(written: BTreeMap<data::Id, data::Case>) -> BTreeMap<String, Case> {
    let case = |data::Case { value, spread, runs, original, code }| Case { value, spread, runs, original, code };
    written.into_iter().map(|(id, written)| (id.0, case(written))).collect()
}
