//! Results of other tools as results of benchmarks: one for each group and quantity, in one unit. Ids follow from what was measured,
//! never from the order of the results; a case that a file has already keeps its id.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Benchmark, Case, Record, Results};
use crate::evidence::bench_results::{Measured, Run, Trouble};
use crate::evidence::machine::id_of;
use crate::input::files::data::{Spread, UnitText};
use crate::text::fingerprint;
use crate::text::quantity::{self, Unit};

/// Results as a record.
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
    benchmark: String,
    /// The id of the case that a file has of it.
    known: Option<String>,
}

/// The results of a run in an environment, beside what a file has. Those without a group are one benchmark called `name`.
///
/// # Errors
/// Every result that cannot be; nothing of the run is taken then.
pub fn imported(run: &Run, name: &str, environment: &str, file: &Record) -> Result<Imported, Vec<Refusal>> {
    let is_absent = |result: &&Measured| matches!(result.trouble, Some(Trouble::Absent(_)));
    let (absent, results): (Vec<&Measured>, Vec<&Measured>) = run.results.iter().partition(is_absent);
    let why = |result: &Measured| result.trouble.as_ref().map(ToString::to_string).unwrap_or_default();
    let left_out = absent.into_iter().map(|result| Refusal::of(result, why(result))).collect();
    let mut refusals = unfit(&results, name);
    let known = Known::all(file);
    let items = placed(&results, name, &known, &mut refusals);
    let mut benchmarks: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for item in items {
        benchmarks.entry(item.benchmark.clone()).or_default().push(item);
    }
    let mut record = Record::default();
    let mut in_environment = BTreeMap::new();
    for (id, items) in benchmarks {
        let group = items[0].result.group.as_deref().unwrap_or(name);
        let about = format!("{}, measured by {}", one_line(group), run.tool);
        let known = known.get(id.as_str());
        let unit = unit_of(&items, known, &mut refusals);
        let cases = cases(&items, known, &unit);
        let unit = UnitText::of(&unit);
        let date = run.ran.as_ref().map(|ran| ran.date.clone());
        record.benchmarks.insert(
            id.clone(),
            Benchmark { about, unit: unit.clone(), cases: None, metadata: serde_json::Value::Null },
        );
        in_environment.insert(id, Results { unit: Some(unit), date, session: None, cases });
    }
    record.results.insert(environment.to_owned(), in_environment);
    if refusals.is_empty() { Ok(Imported { record, left_out }) } else { Err(refusals) }
}

/// What a file has of one benchmark, in whatever environment.
struct Known<'a> {
    unit: Unit,
    /// The ids of its cases by what the tools called them.
    names: HashMap<&'a str, BTreeSet<&'a str>>,
    ids: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn all(file: &'a Record) -> BTreeMap<&'a str, Known<'a>> {
        let new = |unit: &UnitText| Known { unit: unit.unit(), names: HashMap::new(), ids: BTreeSet::new() };
        let mut all: BTreeMap<&str, Known> = BTreeMap::new();
        for (id, benchmark) in &file.benchmarks {
            all.insert(id, new(&benchmark.unit));
        }
        for (id, results) in file.results.values().flatten() {
            let known = match &results.unit {
                Some(unit) => all.entry(id).or_insert_with(|| new(unit)),
                None => match all.get_mut(id.as_str()) {
                    Some(known) => known,
                    None => continue,
                },
            };
            for (case_id, case) in &results.cases {
                known.ids.insert(case_id);
                known.names.entry(case.original.as_ref().unwrap_or(case_id)).or_default().insert(case_id);
            }
        }
        all
    }
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

/// The benchmark of a group: of times it has the name of the group, of everything else the quantity behind that.
fn benchmark_id(group: &str, quantity: &str) -> String {
    match quantity {
        "time" => short(id_of(group), group),
        quantity => short(format!("{}_{}", id_of(group), id_of(quantity)), &format!("{group}\n{quantity}")),
    }
}

/// The benchmark of a result that a file does not have. The name of its group may be one of rates there, which no time
/// converts to.
fn own_benchmark(result: &Measured, group: &str, known: &BTreeMap<&str, Known>) -> String {
    let id = benchmark_id(group, &result.quantity);
    let is_other = |known: &Known| unit(result).factor_to(&known.unit).is_none();
    if result.quantity == "time" && known.get(id.as_str()).is_some_and(is_other) {
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

/// The benchmark that each result belongs to. Two groups never share one, and nobody knows which of two results of one
/// name an old case is of.
fn placed<'a>(
    results: &[&'a Measured],
    name: &str,
    file: &BTreeMap<&str, Known>,
    refusals: &mut Vec<Refusal>,
) -> Vec<Item<'a>> {
    let mut namesakes: HashMap<(&str, &str, &str), BTreeSet<&str>> = HashMap::new();
    for result in results {
        let key = (group(result, name), result.quantity.as_str(), result.name.as_str());
        namesakes.entry(key).or_default().insert(result.identity());
    }
    let mut owners: HashMap<String, (&str, &str)> = HashMap::new();
    let mut items = Vec::new();
    for result in results {
        let own = (group(result, name), result.quantity.as_str());
        let pure = own_benchmark(result, own.0, file);
        let others = &namesakes[&(own.0, own.1, result.name.as_str())];
        let known = match find(file, result, own.0, &pure, others.len() > 1) {
            Ok(known) => known,
            Err(why) => {
                refusals.push(Refusal::of(result, why));
                continue;
            }
        };
        let (benchmark, known) = known.map_or((pure, None), |(id, case)| (id, Some(case)));
        let owner = owners.entry(benchmark.clone()).or_insert(own);
        if known.is_none() && *owner != own {
            let of = |(group, quantity): (&str, &str)| format!("the {quantity} of `{group}`");
            let why = format!("cannot be told from others: {} and {} are both `{benchmark}`", of(*owner), of(own));
            refusals.push(Refusal::of(result, why));
        }
        items.push(Item { result, benchmark, known });
    }
    items
}

/// The benchmark and the case that a file has of a result: by all that tells it from others, or by its name where that is
/// enough.
fn find(
    file: &BTreeMap<&str, Known>,
    result: &Measured,
    group: &str,
    pure: &str,
    is_ambiguous: bool,
) -> Result<Option<(String, String)>, String> {
    let called = |benchmark: &str, name: &str| -> Vec<String> {
        let known = file.get(benchmark).and_then(|known| known.names.get(name));
        known.into_iter().flatten().map(|id| (*id).to_owned()).collect()
    };
    for benchmark in candidates(file, result, group, pure) {
        let exact = called(&benchmark, result.identity());
        let is_exact = !exact.is_empty();
        let found = if is_exact { exact } else { called(&benchmark, &result.name) };
        match found.as_slice() {
            [] => {}
            [case] if !is_ambiguous || is_exact => return Ok(Some((benchmark, case.clone()))),
            cases => {
                let cases = cases.iter().map(|case| format!("`{benchmark}.{case}`")).collect::<Vec<_>>().join(", ");
                return Err(format!(
                    "may be {cases} of the data file, which do not tell; delete them there, or give them this name as `original`"
                ));
            }
        }
    }
    Ok(None)
}

/// Where a file may have a result: under its own id, or under one that earlier versions made.
fn candidates(file: &BTreeMap<&str, Known>, result: &Measured, group: &str, pure: &str) -> Vec<String> {
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
    let converts = |known: &Known| unit.factor_to(&known.unit).is_some();
    ids.retain(|id| id == pure || file.get(id.as_str()).is_some_and(converts));
    ids
}

/// The unit of a benchmark: that of a file, else the smallest that it is measured in. Complains of what does not convert.
fn unit_of(items: &[Item], known: Option<&Known>, refusals: &mut Vec<Refusal>) -> Unit {
    let first = items.iter().min_by_key(|item| item.result.identity()).map_or(&items[0], |item| item);
    let given = known.map(|known| known.unit.clone());
    let reference = given.clone().unwrap_or_else(|| unit(first.result));
    let mut smallest = reference.clone();
    for item in items {
        let own = unit(item.result);
        match own.factor_to(&reference) {
            None => {
                let other = match given {
                    Some(_) => format!("`{}` of the data file", item.benchmark),
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

fn cases(items: &[Item], known: Option<&Known>, unit: &Unit) -> BTreeMap<String, Case> {
    let by_name = |item: &Item| short(id_of(&item.result.name), &item.result.name);
    let in_full = |item: &Item| short(id_of(item.result.identity()), item.result.identity());
    let mut wanted: HashMap<String, usize> = HashMap::new();
    for item in items.iter().filter(|item| item.known.is_none()) {
        let ids = BTreeSet::from([by_name(item), in_full(item)]);
        for id in ids {
            *wanted.entry(id).or_default() += 1;
        }
    }
    let is_free =
        |id: &String| wanted.get(id) == Some(&1) && !known.is_some_and(|known| known.ids.contains(id.as_str()));
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
        spread: result.spread.map(|half| Spread::Iqr(quantity::tidy(2.0 * half * factor))),
        runs: result.rounds.map(|rounds| u32::try_from(rounds).unwrap_or(u32::MAX)),
        date: None,
        session: None,
        original: (name != id).then(|| name.to_owned()),
        code: None,
    }
}

#[cfg(test)]
mod tests;
