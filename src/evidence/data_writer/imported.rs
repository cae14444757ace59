//! Results of other tools as measurements: one for each group and quantity, with ids made from names.

use std::collections::{BTreeMap, HashMap};

use super::{Case, Measurement, Record};
use crate::evidence::bench_results::{Measured, Run};
use crate::evidence::machine::id_of;
use crate::text::quantity;

/// Why a result cannot become a measured case.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    /// Of the result.
    pub name: String,
    pub why: String,
}

/// Measurements of a run in an environment. Results without a group are one measurement called `name`.
///
/// # Errors
/// Every result that cannot be; nothing of the run is taken then.
pub fn imported(run: &Run, name: &str, environment: &str) -> Result<Record, Vec<Refusal>> {
    let mut measurements: BTreeMap<String, Measurement> = BTreeMap::new();
    let mut refusals = Vec::new();
    let mut first: HashMap<&str, &Measured> = HashMap::new();
    let mut seen: HashMap<(String, String), &Measured> = HashMap::new();
    for result in &run.results {
        if let Some(why) = unit(result).implausible(result.median) {
            refusals.push(Refusal { name: result.name.clone(), why: format!("is {why}") });
            continue;
        }
        let group = result.group.as_deref().unwrap_or(name);
        let id = measurement_id(group, first.entry(group).or_insert(result), result);
        let measurement = measurements.entry(id.clone()).or_insert_with(|| Measurement {
            about: format!("{group}, measured by {}", run.tool),
            environment: environment.to_owned(),
            unit: unit(result).symbol().to_owned(),
            cases: BTreeMap::new(),
        });
        let case = free_id(&id_of(&result.name), &measurement.cases);
        let whole = result.alias.clone().unwrap_or_else(|| result.name.clone());
        if seen.insert((id, whole), result).is_some() {
            refusals.push(Refusal { name: result.name.clone(), why: "is in the results twice".to_owned() });
        }
        measurement.cases.insert(case.clone(), case_of(result, &case));
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(Record { measurements, ..Record::default() })
}

/// A plain number is counted in what it is a number of.
fn unit(result: &Measured) -> quantity::Unit {
    result.unit.clone().unwrap_or_else(|| quantity::Unit::new(&result.quantity))
}

/// The id of a group for what its first result measures; another quantity or unit gets its own.
fn measurement_id(group: &str, first: &Measured, result: &Measured) -> String {
    let id = id_of(group);
    if first.quantity != result.quantity {
        return format!("{id}_{}", id_of(&result.quantity));
    }
    if first.unit != result.unit {
        return format!("{id}_{}", id_of(unit(result).symbol()));
    }
    id
}

/// The id, or with a number where two names are one id.
fn free_id(id: &str, taken: &BTreeMap<String, Case>) -> String {
    let numbered = (2..).map(|number| format!("{id}_{number}"));
    let mut ids = std::iter::once(id.to_owned()).chain(numbered);
    ids.find(|id| !taken.contains_key(id)).expect("numbers do not end")
}

fn case_of(result: &Measured, id: &str) -> Case {
    Case {
        value: quantity::tidy(result.median),
        spread: result.spread.map(quantity::tidy),
        runs: result.rounds.map(|rounds| u32::try_from(rounds).unwrap_or(u32::MAX)),
        original: (result.name != id).then(|| result.name.clone()),
        code: None,
    }
}
