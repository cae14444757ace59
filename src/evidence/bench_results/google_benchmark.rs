//! Results of google-benchmark (`--benchmark_format=json`): `context`, and `benchmarks` with a `real_time` each. Read are
//! `run_name`, `real_time`, `time_unit`, `error_occurred` and `skipped`. The runs of a repeated benchmark are one result;
//! of one that kept only its aggregates the `median` is.

use std::collections::{BTreeMap, BTreeSet};

use super::json::Json;
use super::{Measured, Run, Trouble, bounded, brief, named, needed};
use crate::evidence::statistics::summary;
use crate::text::quantity::Unit;

const TOOL: &str = "google-benchmark";

pub fn is(json: &Json) -> bool {
    let benchmarks = json.get("benchmarks");
    let has_time = |benchmark: &Json| benchmark.get("real_time").number().is_some();
    let is_marked = json.get("context").is_object();
    benchmarks.is_list() && (is_marked || (!benchmarks.list().is_empty() && benchmarks.list().iter().all(has_time)))
}

/// All that a file has of one benchmark.
#[derive(Default)]
struct Entries<'a> {
    runs: Vec<&'a Json>,
    median: Option<&'a Json>,
    has_aggregates: bool,
    trouble: Option<Trouble>,
}

pub fn read(json: &Json) -> Result<Run, String> {
    let mut all: BTreeMap<String, Entries> = BTreeMap::new();
    for (at, benchmark) in json.get("benchmarks").list().iter().enumerate() {
        let name =
            benchmark.get("run_name").text().map(bounded).map_or_else(|| named(benchmark, "name", TOOL, at), Ok)?;
        let is_complexity = benchmark.get("big_o").text().is_some() || benchmark.get("rms").number().is_some();
        if is_complexity {
            continue;
        }
        let entries = all.entry(name).or_default();
        let is_aggregate = benchmark.get("run_type").text() == Some("aggregate");
        match trouble(benchmark) {
            Some(trouble) => entries.trouble = Some(trouble),
            None if !is_aggregate => entries.runs.push(benchmark),
            None => entries.has_aggregates = true,
        }
        if is_aggregate && benchmark.get("aggregate_name").text() == Some("median") {
            entries.median = Some(benchmark);
        }
    }
    let results = all.into_iter().map(|(name, entries)| results(&name, &entries)).collect::<Result<Vec<_>, _>>()?;
    Ok(Run { tool: TOOL, results: results.into_iter().flatten().collect(), ran: None })
}

/// A failure, or a reason to skip it. Neither has a time.
fn trouble(benchmark: &Json) -> Option<Trouble> {
    let told = |key: &str, what: &str| match benchmark.get(key).text().map(brief) {
        Some(why) if !why.is_empty() => Trouble::Absent(format!("{what}: {why}")),
        _ => Trouble::Absent(what.to_owned()),
    };
    if benchmark.get("error_occurred").is_true() {
        return Some(told("error_message", "failed"));
    }
    benchmark.get("skipped").is_true().then(|| told("skip_message", "was skipped"))
}

fn results(name: &str, entries: &Entries) -> Result<Vec<Measured>, String> {
    let result = Measured { name: name.to_owned(), quantity: "time".to_owned(), ..Measured::default() };
    if let Some(trouble) = &entries.trouble {
        return Ok(vec![Measured { trouble: Some(trouble.clone()), ..result }]);
    }
    let of = |run: &Json| -> Result<Measured, String> {
        let median = needed(run, "real_time", TOOL, name)?;
        Ok(Measured { unit: Some(unit(run)), median, min: Some(median), rounds: Some(1), ..result.clone() })
    };
    match entries.runs.as_slice() {
        [] => match entries.median {
            Some(median) => Ok(vec![Measured { min: None, rounds: median.get("repetitions").count(), ..of(median)? }]),
            None if entries.has_aggregates => {
                let why = "has neither its runs nor their median in the file";
                Ok(vec![Measured { trouble: Some(Trouble::Absent(why.to_owned())), ..result }])
            }
            None => Ok(Vec::new()),
        },
        [one] => Ok(vec![of(one)?]),
        runs if are_repetitions(runs) => Ok(vec![pooled(&result, runs, name)?]),
        // Two benchmarks of one name: whoever reads the results must not take one for the other.
        runs => runs.iter().map(|run| of(run)).collect(),
    }
}

fn are_repetitions(runs: &[&Json]) -> bool {
    let indices: BTreeSet<u64> = runs.iter().filter_map(|run| run.get("repetition_index").count()).collect();
    indices.len() == runs.len() && runs.iter().all(|run| unit(run) == unit(runs[0]))
}

fn pooled(result: &Measured, runs: &[&Json], name: &str) -> Result<Measured, String> {
    let times: Vec<f64> = runs.iter().map(|run| needed(run, "real_time", TOOL, name)).collect::<Result<_, String>>()?;
    let summary = summary(&times).ok_or_else(|| format!("is {TOOL}'s, but `{name}` has no runs"))?;
    Ok(Measured {
        unit: Some(unit(runs[0])),
        median: summary.median,
        spread: Some(summary.spread),
        min: Some(summary.min),
        rounds: Some(u64::from(summary.runs)),
        ..result.clone()
    })
}

fn unit(run: &Json) -> Unit {
    Unit::new(run.get("time_unit").text().unwrap_or("ns"))
}
