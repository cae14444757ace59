//! What ran here, as results in the environment of this machine.

use std::collections::BTreeMap;

use super::{Case, Environment, Record, Results};
use crate::evidence::measure::CodeMark;
use crate::evidence::statistics::Summary;
use crate::input::files::data::{Session, Spread, UnitText};
use crate::model::{By, Model};

/// What came of one case.
#[derive(Debug)]
pub struct Outcome<'a> {
    pub benchmark: &'a str,
    pub case: &'a str,
    pub by: By,
    /// In the unit of the way that it was measured.
    pub summary: Summary,
    /// The values that it sums up, by the process that measured them, in their order.
    pub values: Vec<Vec<f64>>,
}

/// A record of all outcomes in an environment and a session.
pub fn measured(
    model: &Model,
    id: &str,
    environment: Environment,
    (session_id, session): (&str, Session),
    outcomes: &[Outcome],
) -> Record {
    let mut results: BTreeMap<String, Results> = BTreeMap::new();
    for outcome in outcomes {
        let new = || Results {
            unit: Some(UnitText::Known(outcome.by.unit().to_owned())),
            date: None,
            session: Some(session_id.to_owned()),
            cases: BTreeMap::new(),
        };
        let cases = &mut results.entry(outcome.benchmark.to_owned()).or_insert_with(new).cases;
        let code = CodeMark::of(&model.programs[outcome.benchmark], outcome.case).text();
        cases.insert(outcome.case.to_owned(), Case { code: Some(code), ..case(outcome.by, &outcome.summary) });
    }
    Record {
        environments: BTreeMap::from([(id.to_owned(), environment)]),
        results: BTreeMap::from([(id.to_owned(), results)]),
        sessions: BTreeMap::from([(id.to_owned(), BTreeMap::from([(session_id.to_owned(), session)]))]),
        ..Record::default()
    }
}

fn case(by: By, summary: &Summary) -> Case {
    // Digits of a time beyond these are noise of the runs; sizes are exact.
    let (value, spread) = match by {
        By::Time | By::Import => (significant(summary.median, 5), significant(2.0 * summary.spread, 2)),
        By::Peak | By::Size => (summary.median, 2.0 * summary.spread),
    };
    Case {
        value,
        spread: Some(Spread::Iqr(spread)),
        runs: Some(summary.runs),
        date: None,
        session: None,
        original: None,
        code: None,
    }
}

fn significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}
