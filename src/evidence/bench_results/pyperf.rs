//! Results of pyperf (`-o FILE`): `benchmarks` with `runs` each, whose `values` are the measurements. `metadata` of the file,
//! of a benchmark and of its first run name it, its unit and the machine.

use super::json::Json;
use super::{Measured, Ran, Run, Trouble, bounded, day, platform, processor};
use crate::evidence::machine::Machine;
use crate::evidence::statistics::summary;
use crate::text::quantity::Unit;

const TOOL: &str = "pyperf";

pub fn is(json: &Json) -> bool {
    let benchmarks = json.get("benchmarks");
    let is_ours = |run: &Json| ["values", "warmups", "metadata"].iter().any(|key| *run.get(key) != Json::Null);
    let has_runs = |benchmark: &Json| benchmark.get("runs").list().first().is_some_and(is_ours);
    let is_marked = json.get("version").text().is_some() && !json.get("machine_info").is_object();
    benchmarks.is_list() && (is_marked || benchmarks.list().first().is_some_and(has_runs))
}

/// What is said of a benchmark: by itself, by its first run, or by the file of all.
fn said<'a>(json: &'a Json, benchmark: &'a Json, key: &str) -> &'a Json {
    let first = benchmark.get("runs").list().first().unwrap_or(&Json::Null);
    let mut places = [benchmark, first, json].into_iter().map(|place| place.get("metadata").get(key));
    places.find(|found| **found != Json::Null).unwrap_or(&Json::Null)
}

pub fn read(json: &Json) -> Result<Run, String> {
    let benchmarks = json.get("benchmarks").list();
    let results = benchmarks.iter().enumerate().map(|(at, benchmark)| one(json, benchmark, at, benchmarks.len()));
    Ok(Run { tool: TOOL, results: results.collect::<Result<_, _>>()?, ran: machine(json) })
}

fn one(json: &Json, benchmark: &Json, at: usize, count: usize) -> Result<Measured, String> {
    let name = match said(json, benchmark, "name").text() {
        Some(name) => bounded(name),
        // A file of one benchmark need not name it; what it timed does.
        None => match said(json, benchmark, "timeit_stmt").text() {
            Some(statement) => bounded(statement.trim_matches('\'')),
            None if count == 1 => "benchmark".to_owned(),
            None => return Err(format!("is {TOOL}'s, but its result {} has no `name` in its metadata", at + 1)),
        },
    };
    let (quantity, unit) = match said(json, benchmark, "unit").text() {
        None | Some("second") => ("time", Some(Unit::new("s"))),
        Some("byte") => ("memory", Some(Unit::new("bytes"))),
        Some(_) => ("count", None),
    };
    let values: Vec<f64> = benchmark.get("runs").list().iter().flat_map(|run| run.get("values").numbers()).collect();
    let result = Measured { name, quantity: quantity.to_owned(), unit, ..Measured::default() };
    Ok(match summary(&values) {
        None => Measured { trouble: Some(Trouble::Absent("has no values".to_owned())), ..result },
        Some(summary) => Measured {
            median: summary.median,
            spread: Some(summary.spread),
            min: Some(summary.min),
            rounds: Some(u64::from(summary.runs)),
            ..result
        },
    })
}

fn machine(json: &Json) -> Option<Ran> {
    let first = json.get("benchmarks").list().first()?;
    let text = |key: &str| said(json, first, key).text();
    let (system, architecture) = platform(text("platform")?);
    let implementation = text("python_implementation").map(|name| match name {
        "cpython" => "CPython".to_owned(),
        "pypy" => "PyPy".to_owned(),
        name => name.to_owned(),
    });
    let version = text("python_version").and_then(|version| version.split(' ').next()).map(str::to_owned);
    let cores = said(json, first, "cpu_count").count();
    let processor = processor(text("cpu_model_name"), cores);
    let days = json.get("benchmarks").list().iter().flat_map(|benchmark| benchmark.get("runs").list());
    let last = days.filter_map(|run| day(run.get("metadata").get("date"))).max();
    let date = last.or_else(|| day(said(json, first, "date")))?;
    let machine = Machine { implementation, version, system, architecture, processor, memory: None };
    Some(Ran { machine, date, limits: None })
}
