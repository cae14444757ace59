//! Results of python-numbers-everyone-should-know: `categories` with `results` each, medians without spread. Read are
//! `name`, `value` and `unit`, and the machine in `metadata`.

use super::json::Json;
use super::{Measured, Ran, Run, day, named, needed, platform, processor};
use crate::evidence::machine::{Machine, id_of};
use crate::text::quantity::Unit;

const TOOL: &str = "python-numbers";

pub fn is(json: &Json) -> bool {
    json.get("categories").is_object()
}

pub fn read(json: &Json) -> Result<Run, String> {
    let mut results = Vec::new();
    for (at, (_, category)) in json.get("categories").entries().iter().enumerate() {
        let group = named(category, "name", TOOL, at)?;
        for (at, result) in category.get("results").list().iter().enumerate() {
            results.push(one(&group, result, at)?);
        }
    }
    Ok(Run { tool: TOOL, results, ran: machine(json.get("metadata")) })
}

fn one(group: &str, result: &Json, at: usize) -> Result<Measured, String> {
    let name = named(result, "name", TOOL, at)?;
    let unit = Unit::new(named(result, "unit", TOOL, at)?);
    let is = |symbol: &str| unit.factor_to(&Unit::new(symbol)).is_some();
    let known = [("s", "time"), ("bytes", "memory"), ("req/s", "rate")];
    let quantity = known.iter().find(|(symbol, _)| is(symbol));
    Ok(Measured {
        group: Some(group.to_owned()),
        quantity: quantity.map_or_else(|| id_of(unit.symbol()), |(_, quantity)| (*quantity).to_owned()),
        unit: Some(unit),
        median: needed(result, "value", TOOL, &name)?,
        name,
        ..Measured::default()
    })
}

fn machine(metadata: &Json) -> Option<Ran> {
    let text = |key: &str| metadata.get(key).text().map(str::to_owned);
    let (system, architecture) = platform(metadata.get("platform").text()?);
    let machine = Machine {
        implementation: text("python_implementation"),
        version: text("python_version"),
        system,
        architecture,
        processor: processor(metadata.get("processor").text(), metadata.get("cpu_cores_logical").count()),
        memory: metadata.get("ram_gb").number().map(|size| format!("{size} GB")),
    };
    let limits = Some("medians as published, without spread".to_owned());
    Some(Ran { machine, date: day(metadata.get("timestamp"))?, limits })
}
