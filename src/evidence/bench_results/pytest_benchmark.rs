//! Results of pytest-benchmark (`--benchmark-json`): `machine_info`, and `benchmarks` with `stats` each. Read are `name`,
//! `fullname`, `params`, `group`, of the statistics `median`, `min`, `iqr` and `rounds`, and numbers in `extra_info`.

use super::amount::Amount;
use super::json::Json;
use super::{Measured, Ran, Run, add, bounded, day, named, needed, parameters, processor};
use crate::evidence::machine::Machine;
use crate::text::quantity::Unit;

const TOOL: &str = "pytest-benchmark";

pub fn is(json: &Json) -> bool {
    let benchmarks = json.get("benchmarks");
    let has_statistics =
        |benchmark: &Json| benchmark.get("stats").is_object() || benchmark.get("fullname").text().is_some();
    benchmarks.is_list() && (json.get("machine_info").is_object() || benchmarks.list().iter().all(has_statistics))
}

pub fn read(json: &Json) -> Result<Run, String> {
    let mut results = Vec::new();
    for (at, benchmark) in json.get("benchmarks").list().iter().enumerate() {
        let time = time(benchmark, at)?;
        let extra = benchmark.get("extra_info").entries().iter();
        let extra = extra.filter_map(|(key, value)| recorded(&time, key, value));
        add(&mut results, std::iter::once(time.clone()).chain(extra), TOOL)?;
    }
    Ok(Run { tool: TOOL, results, ran: machine(json) })
}

fn time(benchmark: &Json, at: usize) -> Result<Measured, String> {
    let name = named(benchmark, "name", TOOL, at)?;
    let stats = benchmark.get("stats");
    Ok(Measured {
        full: benchmark.get("fullname").text().map(|full| with_parameters(full, benchmark.get("params"))),
        group: benchmark.get("group").text().map(bounded),
        quantity: "time".to_owned(),
        unit: Some(Unit::new("s")),
        median: needed(stats, "median", TOOL, &name)?,
        spread: stats.get("iqr").number().map(|iqr| iqr / 2.0),
        min: Some(needed(stats, "min", TOOL, &name)?),
        rounds: stats.get("rounds").count(),
        trouble: None,
        name,
    })
}

/// The name of a test has its parameters in brackets. Only where it has none are they added.
fn with_parameters(full: &str, of: &Json) -> String {
    let full = bounded(full);
    let added = if full.ends_with(']') { None } else { parameters(of) };
    added.map_or_else(|| full.clone(), |added| format!("{full} ({added})"))
}

fn machine(json: &Json) -> Option<Ran> {
    let info = json.get("machine_info");
    let text = |key: &str| info.get(key).text().map(str::to_owned);
    let cpu = info.get("cpu");
    let machine = Machine {
        implementation: text("python_implementation"),
        version: text("python_version"),
        system: text("system")?,
        architecture: text("machine")?,
        processor: processor(cpu.get("brand_raw").text(), cpu.get("count").count()),
        memory: None,
    };
    Some(Ran { machine, date: day(json.get("datetime"))?, limits: None })
}

/// A value that a benchmark recorded itself: a number, or a text of a number and its unit. Other texts are no values.
fn recorded(time: &Measured, key: &str, value: &Json) -> Option<Measured> {
    let Amount { value, unit } = match value {
        Json::Number(value) => Amount { value: *value, unit: None },
        value => Amount::with_unit(value.text()?)?,
    };
    // The time is what pytest-benchmark measured.
    let quantity = if key == "time" { "extra_time".to_owned() } else { bounded(key) };
    let min = Some(value);
    (!key.trim().is_empty()).then(|| Measured { quantity, unit, median: value, spread: None, min, ..time.clone() })
}
