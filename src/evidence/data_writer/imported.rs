//! Results of other tools as measurements: one for each group and quantity, in one unit. Ids follow from what was measured,
//! never from the order of the results; a case that a file has already keeps its id.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Case, Measurement, Record};
use crate::evidence::bench_results::{Measured, Run, Trouble};
use crate::evidence::machine::id_of;
use crate::text::fingerprint;
use crate::text::quantity::{self, Unit};

/// Results as measurements.
#[derive(Debug)]
pub struct Imported {
    pub record: Record,
    /// Those without a value: what failed or was skipped.
    pub left_out: Vec<Refusal>,
}

/// Why a result is no measured case.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Of the result.
    pub name: String,
    pub why: String,
}

impl Refusal {
    fn of(result: &Measured, why: impl Into<String>) -> Self {
        Self { name: result.identity().to_owned(), why: why.into() }
    }
}

/// A result on its way to a case.
struct Item<'a> {
    result: &'a Measured,
    measurement: String,
    /// The id of the case that a file has of it.
    known: Option<String>,
}

/// Measurements of a run in an environment, beside what a file has. Results without a group are one measurement called `name`.
///
/// # Errors
/// Every result that cannot be; nothing of the run is taken then.
pub fn imported(run: &Run, name: &str, environment: &str, file: &Record) -> Result<Imported, Vec<Refusal>> {
    let is_absent = |result: &&Measured| matches!(result.trouble, Some(Trouble::Absent(_)));
    let (absent, results): (Vec<&Measured>, Vec<&Measured>) = run.results.iter().partition(is_absent);
    let why = |result: &Measured| result.trouble.as_ref().map(ToString::to_string).unwrap_or_default();
    let left_out = absent.into_iter().map(|result| Refusal::of(result, why(result))).collect();
    let mut refusals = unfit(&results, name);
    let items = placed(&results, name, file, &mut refusals);
    let mut measurements: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for item in items {
        measurements.entry(item.measurement.clone()).or_default().push(item);
    }
    let mut record = Record::default();
    for (id, items) in measurements {
        let group = items[0].result.group.as_deref().unwrap_or(name);
        let about = format!("{}, measured by {}", one_line(group), run.tool);
        let known = file.measurements.get(&id);
        let unit = unit_of(&items, known, &mut refusals);
        let cases = cases(&items, known, &unit);
        let measurement =
            Measurement { about, environment: environment.to_owned(), unit: unit.symbol().to_owned(), cases };
        record.measurements.insert(id, measurement);
    }
    if refusals.is_empty() { Ok(Imported { record, left_out }) } else { Err(refusals) }
}

/// Results that are no values: of runs that failed, of an amount that nobody can have measured, or in the file twice.
fn unfit(results: &[&Measured], name: &str) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut seen = BTreeSet::new();
    for result in results {
        let key = (group(result, name), result.quantity.as_str(), result.identity());
        if let Some(trouble) = &result.trouble {
            refusals.push(Refusal::of(result, trouble.to_string()));
        } else if let Some(why) = unit(result).implausible(result.median) {
            refusals.push(Refusal::of(result, format!("is {why}")));
        } else if !seen.insert(key) {
            refusals.push(Refusal::of(result, "is in the results twice"));
        }
    }
    refusals
}

fn group<'a>(result: &'a Measured, name: &'a str) -> &'a str {
    result.group.as_deref().unwrap_or(name)
}

/// A plain number is counted in what it is a number of.
fn unit(result: &Measured) -> Unit {
    result.unit.clone().unwrap_or_else(|| Unit::new(&result.quantity))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The measurement of a group: of times it has the name of the group, of everything else the quantity behind that.
fn measurement_id(group: &str, quantity: &str) -> String {
    match quantity {
        "time" => short(id_of(group), group),
        quantity => short(format!("{}_{}", id_of(group), id_of(quantity)), &format!("{group}\n{quantity}")),
    }
}

/// The measurement of a result that a file does not have. The name of its group may be one of rates there, which no time
/// converts to.
fn own_measurement(result: &Measured, group: &str, file: &Record) -> String {
    let id = measurement_id(group, &result.quantity);
    let is_other = |known: &Measurement| unit(result).factor_to(&Unit::new(&known.unit)).is_none();
    if result.quantity == "time" && file.measurements.get(&id).is_some_and(is_other) {
        return format!("{id}_time");
    }
    id
}

/// An id that can be read. What is left out of it still tells it from others.
fn short(id: String, of: &str) -> String {
    if id.len() <= MAX_ID { id } else { format!("{}_{}", id[..MAX_ID].trim_end_matches('_'), mark(of)) }
}

/// Characters of an id, without what tells it from others.
const MAX_ID: usize = 80;

/// Some letters and digits that follow from a name.
fn mark(name: &str) -> String {
    fingerprint::of(&[name])[..6].to_owned()
}

/// The measurement that each result belongs to. Two groups never share one, and nobody knows which of two results of one
/// name an old case is of.
fn placed<'a>(results: &[&'a Measured], name: &str, file: &Record, refusals: &mut Vec<Refusal>) -> Vec<Item<'a>> {
    let labels = Labels::of(file);
    let mut namesakes: HashMap<(&str, &str, &str), BTreeSet<&str>> = HashMap::new();
    for result in results {
        let key = (group(result, name), result.quantity.as_str(), result.name.as_str());
        namesakes.entry(key).or_default().insert(result.identity());
    }
    let mut owners: HashMap<String, (&str, &str)> = HashMap::new();
    let mut items = Vec::new();
    for result in results {
        let own = (group(result, name), result.quantity.as_str());
        let pure = own_measurement(result, own.0, file);
        let others = &namesakes[&(own.0, own.1, result.name.as_str())];
        let known = match labels.find(result, own.0, &pure, others.len() > 1) {
            Ok(known) => known,
            Err(why) => {
                refusals.push(Refusal::of(result, why));
                continue;
            }
        };
        let (measurement, known) = known.map_or((pure, None), |(id, case)| (id, Some(case)));
        let owner = owners.entry(measurement.clone()).or_insert(own);
        if known.is_none() && *owner != own {
            let of = |(group, quantity): (&str, &str)| format!("the {quantity} of `{group}`");
            let why = format!("cannot be told from others: {} and {} are both `{measurement}`", of(*owner), of(own));
            refusals.push(Refusal::of(result, why));
        }
        items.push(Item { result, measurement, known });
    }
    items
}

/// What the cases of a file were called by the tools that measured them.
struct Labels<'a> {
    file: &'a Record,
    /// By measurement and name the ids of the cases.
    cases: HashMap<&'a str, HashMap<&'a str, Vec<&'a str>>>,
}

impl<'a> Labels<'a> {
    fn of(file: &'a Record) -> Self {
        let mut cases: HashMap<&str, HashMap<&str, Vec<&str>>> = HashMap::new();
        for (measurement, known) in &file.measurements {
            let names = cases.entry(measurement).or_default();
            for (id, case) in &known.cases {
                names.entry(case.original.as_ref().unwrap_or(id)).or_default().push(id);
            }
        }
        Self { file, cases }
    }

    fn called(&self, measurement: &str, name: &str) -> &[&'a str] {
        self.cases.get(measurement).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The measurement and the case that a file has of a result: by all that tells it from others, or by its name where
    /// that is enough.
    fn find(
        &self,
        result: &Measured,
        group: &str,
        pure: &str,
        is_ambiguous: bool,
    ) -> Result<Option<(String, String)>, String> {
        for measurement in self.measurements(result, group, pure) {
            let exact = self.called(&measurement, result.identity());
            let by_name = self.called(&measurement, &result.name);
            let found = if exact.is_empty() { by_name } else { exact };
            match found {
                [] => {}
                [case] if !is_ambiguous || !exact.is_empty() => {
                    let case = (*case).to_owned();
                    return Ok(Some((measurement, case)));
                }
                cases => {
                    let cases = cases.iter().map(|case| format!("`{measurement}.{case}`")).collect::<Vec<_>>();
                    let cases = cases.join(", ");
                    return Err(format!(
                        "may be {cases} of the data file, which do not tell; delete them there, or give them this name as `original`"
                    ));
                }
            }
        }
        Ok(None)
    }

    /// Where a file may have it: under its own id, or under one that earlier versions made.
    fn measurements(&self, result: &Measured, group: &str, pure: &str) -> Vec<String> {
        let unit = unit(result);
        let is_time = unit.factor_to(&Unit::new("s")).is_some();
        let bare = id_of(group);
        let by_unit = format!("{bare}_{}", id_of(unit.symbol()));
        let by_name = result.name.split_once('/').map(|(group, _)| id_of(group));
        let mut ids = vec![pure.to_owned(), by_unit];
        // A time that a benchmark recorded besides is not the time that it took.
        if !is_time || result.quantity == "time" {
            ids.push(bare);
            ids.extend(by_name);
        }
        let converts = |known: &Measurement| unit.factor_to(&Unit::new(&known.unit)).is_some();
        ids.retain(|id| id == pure || self.file.measurements.get(id).is_some_and(converts));
        ids
    }
}

/// The unit of a measurement: that of a file, else the smallest that it is measured in. Complains of what does not convert.
fn unit_of(items: &[Item], known: Option<&Measurement>, refusals: &mut Vec<Refusal>) -> Unit {
    let first = items.iter().min_by_key(|item| item.result.identity()).map_or(&items[0], |item| item);
    let given = known.map(|known| Unit::new(&known.unit));
    let reference = given.clone().unwrap_or_else(|| unit(first.result));
    let mut smallest = reference.clone();
    for item in items {
        let own = unit(item.result);
        match own.factor_to(&reference) {
            None => {
                let other = match given {
                    Some(_) => format!("`{}` of the data file", item.measurement),
                    None => format!("`{}`", first.result.identity()),
                };
                let why = format!("is in {own}, {other} in {reference}: they do not convert");
                refusals.push(Refusal::of(item.result, why));
            }
            Some(_) => {
                let factor = own.factor_to(&smallest).unwrap_or(1.0);
                if factor < 1.0 || (factor == 1.0 && own.symbol() < smallest.symbol()) {
                    smallest = own;
                }
            }
        }
    }
    given.unwrap_or(smallest)
}

fn cases(items: &[Item], known: Option<&Measurement>, unit: &Unit) -> BTreeMap<String, Case> {
    let taken: BTreeSet<&str> = known.iter().flat_map(|known| known.cases.keys()).map(String::as_str).collect();
    let by_name = |item: &Item| short(id_of(&item.result.name), &item.result.name);
    let in_full = |item: &Item| short(id_of(item.result.identity()), item.result.identity());
    let mut wanted: HashMap<String, usize> = HashMap::new();
    for item in items.iter().filter(|item| item.known.is_none()) {
        let ids = BTreeSet::from([by_name(item), in_full(item)]);
        for id in ids {
            *wanted.entry(id).or_default() += 1;
        }
    }
    let is_free = |id: &String| wanted.get(id) == Some(&1) && !taken.contains(id.as_str());
    let id = |item: &Item| {
        let short = by_name(item);
        let mut ids = [short.clone(), in_full(item)].into_iter();
        let marked = || format!("{short}_{}", mark(item.result.identity()));
        item.known.clone().or_else(|| ids.find(is_free)).unwrap_or_else(marked)
    };
    items.iter().map(|item| (id(item), item)).map(|(id, item)| (id.clone(), case(item.result, &id, unit))).collect()
}

fn case(result: &Measured, id: &str, in_unit: &Unit) -> Case {
    let factor = unit(result).factor_to(in_unit).unwrap_or(f64::NAN);
    let name = result.identity();
    Case {
        value: quantity::tidy(result.median * factor),
        spread: result.spread.map(|spread| quantity::tidy(spread * factor)),
        runs: result.rounds.map(|rounds| u32::try_from(rounds).unwrap_or(u32::MAX)),
        original: (name != id).then(|| name.to_owned()),
        code: None,
    }
}

#[cfg(test)]
mod tests;
