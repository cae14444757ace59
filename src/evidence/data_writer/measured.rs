//! What ran here as measurements, or as repeats of what was measured elsewhere first.

use std::collections::BTreeMap;

use super::{Case, Environment, Measurement, Record, Repeat};
use crate::evidence::measure::CodeMark;
use crate::evidence::statistics::Summary;
use crate::model::{By, Model};

/// What came of one case.
#[derive(Debug)]
pub struct Outcome<'a> {
    pub measurement: &'a str,
    pub case: &'a str,
    pub by: By,
    /// In the unit of the way that it was measured.
    pub summary: Summary,
}

/// A record of all outcomes in an environment.
pub fn measured(model: &Model, id: &str, environment: Environment, outcomes: &[Outcome]) -> Record {
    let mut record = Record { environments: BTreeMap::from([(id.to_owned(), environment)]), ..Record::default() };
    for outcome in outcomes {
        let unit = outcome.by.unit();
        let known = model.measurements.get(outcome.measurement);
        let cases = if known.is_some_and(|known| known.environment != id) {
            let repeats = record.repeats.entry(id.to_owned()).or_default();
            let repeat = repeats.entry(outcome.measurement.to_owned());
            &mut repeat.or_insert_with(|| Repeat { unit: unit.to_owned(), cases: BTreeMap::new() }).cases
        } else {
            let about = known.map_or(&model.benchmarks[outcome.measurement].about, |known| &known.about);
            let new = || Measurement {
                about: about.clone(),
                environment: id.to_owned(),
                unit: unit.to_owned(),
                cases: BTreeMap::new(),
            };
            &mut record.measurements.entry(outcome.measurement.to_owned()).or_insert_with(new).cases
        };
        let code = CodeMark::of(&model.benchmarks[outcome.measurement], outcome.case).text();
        cases.insert(outcome.case.to_owned(), Case { code: Some(code), ..case(outcome.by, &outcome.summary) });
    }
    record
}

fn case(by: By, summary: &Summary) -> Case {
    // Digits of a time beyond these are noise of the runs; sizes are exact.
    let (value, spread) = match by {
        By::Time | By::Import => (significant(summary.median, 5), significant(summary.spread, 2)),
        By::Peak | By::Size => (summary.median, summary.spread),
    };
    Case { value, spread: Some(spread), runs: Some(summary.runs), original: None, code: None }
}

fn significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}
