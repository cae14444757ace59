//! A data file that kbc writes wholly: what was measured, here or by another tool, and where. Twins of the types of `data`
//! that go out as YAML. A later record replaces the cases that it has, with their days, and keeps the rest.

mod imported;
mod measured;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

pub use self::imported::{Imported, Refusal, imported};
pub use self::measured::{Outcome, measured};
use crate::evidence::machine::Machine;
use crate::input::files::data::{self, Publication, Session, Spread, UnitText};
use crate::input::formats::yaml::{self, Document};
use crate::text::quantity::tidy;

/// How the first line of such a file begins.
const MARK: &str = "# Written by `kbc ";

/// What is known after measuring.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Record {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, Environment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reference: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub benchmarks: BTreeMap<String, Benchmark>,
    /// By environment, then by the id of the benchmark.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<String, BTreeMap<String, Results>>,
    /// By environment, then by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sessions: BTreeMap<String, BTreeMap<String, Session>>,
    /// As somebody wrote them into the file.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub figures: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Environment {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<String>,
    pub platform: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// As somebody wrote it; kbc writes days beside results.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Publication>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Benchmark {
    pub about: String,
    pub unit: UnitText,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Results {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    pub cases: BTreeMap<String, Case>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    pub value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// What tells the code that ran from other code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Environment {
    pub fn of(machine: &Machine) -> Self {
        Self {
            about: None,
            interpreter: machine.interpreter(),
            platform: machine.platform(),
            processor: machine.processor.clone(),
            memory: machine.memory.clone(),
            date: None,
            source: None,
            limits: None,
            aliases: Vec::new(),
            metadata: Value::Null,
        }
    }

    /// What is said of it now; who published it and what else may have been added by hand stays.
    fn over(self, old: Self) -> Self {
        Self {
            interpreter: self.interpreter.or(old.interpreter),
            platform: self.platform,
            processor: self.processor.or(old.processor),
            memory: self.memory.or(old.memory),
            source: self.source.or(old.source),
            limits: self.limits.or(old.limits),
            ..old
        }
    }

    /// Is it the same machine with the same interpreter?
    pub fn is_same_machine(&self, other: &Environment) -> bool {
        let facts = |environment: &Environment| {
            [environment.interpreter.clone(), environment.processor.clone(), environment.memory.clone()]
        };
        facts(self) == facts(other) && self.platform == other.platform
    }
}

impl Results {
    /// Writes day and session beside each case, and no longer over all of them.
    fn spelled_out(mut self) -> Self {
        let (date, session) = (self.date.take(), self.session.take());
        for case in self.cases.values_mut().filter(|case| case.date.is_none() && case.session.is_none()) {
            (case.date, case.session) = (date.clone(), session.clone());
        }
        self
    }

    /// Writes the day and session of most cases once, over all of them; of two that are as frequent, the earlier.
    fn summed_up(mut self) -> Self {
        let mut counts: BTreeMap<(Option<String>, Option<String>), usize> = BTreeMap::new();
        for case in self.cases.values() {
            *counts.entry((case.date.clone(), case.session.clone())).or_default() += 1;
        }
        // A case without a day would get one.
        if counts.contains_key(&(None, None)) {
            return self;
        }
        let most = counts.values().max().copied();
        let Some((common, _)) = counts.into_iter().find(|(_, count)| Some(*count) == most) else { return self };
        for case in self.cases.values_mut().filter(|case| case.date == common.0 && case.session == common.1) {
            (case.date, case.session) = (None, None);
        }
        (self.date, self.session) = common;
        self
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
        for (id, newer) in newer.benchmarks {
            self.benchmarks.entry(id).or_insert(newer);
        }
        for (environment, results) in newer.results {
            for (id, newer) in results {
                let unit = self.benchmarks.get(&id).map(|benchmark| benchmark.unit.clone());
                let known = self.results.entry(environment.clone()).or_default();
                let joined = match known.remove(&id) {
                    Some(old) => joined(&id, unit.as_ref(), old, newer, &mut gone),
                    None => newer,
                };
                known.insert(id, joined);
            }
        }
        for (environment, sessions) in newer.sessions {
            self.sessions.entry(environment).or_default().extend(sessions);
        }
        self.drop_unused_sessions();
        gone
    }

    /// A session without raw values of which every value was measured again says nothing more.
    fn drop_unused_sessions(&mut self) {
        for (environment, sessions) in &mut self.sessions {
            let results = self.results.get(environment).into_iter().flatten();
            let named = results.flat_map(|(_, results)| {
                results.cases.values().map(|case| case.session.as_ref()).chain([results.session.as_ref()])
            });
            let named: BTreeSet<&String> = named.flatten().collect();
            sessions.retain(|id, session| session.raw.is_some() || named.contains(id));
        }
        self.sessions.retain(|_, sessions| !sessions.is_empty());
    }

    /// Leaves out every case that is not wanted, by benchmark and case.
    pub fn retain_cases(&mut self, is_wanted: impl Fn(&str, &str) -> bool) {
        for results in self.results.values_mut() {
            results.retain(|id, results| {
                results.cases.retain(|case, _| is_wanted(id, case));
                !results.cases.is_empty()
            });
        }
    }

    /// Changes every case, by benchmark and case.
    pub fn each_case(&mut self, change: impl Fn(&str, &str, &mut Case)) {
        for (id, results) in self.results.values_mut().flatten() {
            results.cases.iter_mut().for_each(|(name, case)| change(id, name, case));
        }
    }

    /// Every case that it holds, as environment and `benchmark.case`.
    pub fn cases(&self) -> impl Iterator<Item = (&str, String)> {
        self.results.iter().flat_map(|(environment, results)| {
            results.iter().flat_map(move |(id, results)| {
                results.cases.keys().map(move |case| (environment.as_str(), format!("{id}.{case}")))
            })
        })
    }

    /// The results of a benchmark in an environment.
    pub fn results_of(&self, environment: &str, id: &str) -> Option<&Results> {
        self.results.get(environment)?.get(id)
    }
}

/// The old cases with the new ones over them, in the old unit if the two convert. The days of the old ones stay.
fn joined(id: &str, unit: Option<&UnitText>, old: Results, new: Results, gone: &mut Vec<String>) -> Results {
    let (mut old, mut new) = (old.spelled_out(), new.spelled_out());
    let unit_of = |results: &Results| results.unit.as_ref().or(unit).map(UnitText::unit);
    let factor = match (unit_of(&new), unit_of(&old)) {
        (Some(new), Some(old)) => new.factor_to(&old),
        (None, _) | (_, None) => Some(1.0),
    };
    let Some(factor) = factor else {
        gone.extend(old.cases.keys().filter(|case| !new.cases.contains_key(*case)).map(|case| format!("{id}.{case}")));
        return new.summed_up();
    };
    if factor != 1.0 {
        for case in new.cases.values_mut() {
            case.value = tidy(case.value * factor);
            case.spread = case.spread.map(|spread| spread.times(factor, tidy));
        }
    }
    old.cases.extend(new.cases);
    old.summed_up()
}

impl Record {
    /// What a file has.
    pub fn of(data: data::Data, document: &Document) -> Self {
        let mut json = document.to_json();
        let mut taken = |pointer: &str| json.pointer_mut(pointer).map(Value::take).unwrap_or_default();
        let data::Data { environments, reference, benchmarks, results, sessions, .. } = data;
        let environments = environments.into_iter().map(|(id, written)| {
            let metadata = taken(&format!("/environments/{}/metadata", id.0));
            (id.0, Environment { metadata, ..written.into() })
        });
        let environments = environments.collect();
        let benchmarks = benchmarks.into_iter().map(|(id, written)| {
            let data::Benchmark { about, unit, cases, metadata: _ } = written;
            let cases = cases.map(|cases| cases.into_iter().map(|case| case.0).collect());
            let metadata = taken(&format!("/benchmarks/{}/metadata", id.0));
            (id.0, Benchmark { about, unit, cases, metadata })
        });
        let benchmarks = benchmarks.collect();
        let results = results.into_iter().map(|(environment, results)| {
            (environment.0, results.into_iter().map(|(id, written)| (id.0, written.into())).collect())
        });
        let sessions = sessions.into_iter().map(|(environment, sessions)| {
            (environment.0, sessions.into_iter().map(|(id, session)| (id.0, session)).collect())
        });
        Self {
            environments,
            reference: reference.into_iter().map(|id| id.0).collect(),
            benchmarks,
            results: results.collect(),
            sessions: sessions.collect(),
            figures: taken("/figures"),
            metadata: taken("/metadata"),
        }
    }
}

impl From<data::Environment> for Environment {
    fn from(written: data::Environment) -> Self {
        let data::Environment {
            about, interpreter, platform, processor, memory, date, source, limits, aliases, ..
        } = written;
        let aliases = aliases.into_iter().map(|id| id.0).collect();
        let metadata = Value::Null;
        Self { about, interpreter, platform, processor, memory, date, source, limits, aliases, metadata }
    }
}

impl From<data::Results> for Results {
    fn from(written: data::Results) -> Self {
        let data::Results { unit, date, session, cases } = written;
        let session = session.map(|id| id.0);
        Self { unit, date, session, cases: cases.into_iter().map(|(id, case)| (id.0, case.into())).collect() }
    }
}

impl From<data::Case> for Case {
    fn from(written: data::Case) -> Self {
        let data::Case { value, spread, runs, date, session, original, code } = written;
        Self { value, spread, runs, date, session: session.map(|id| id.0), original, code }
    }
}
