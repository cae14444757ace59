//! Results of python-numbers-everyone-should-know: medians without spread, by category.

use serde::Deserialize;
use serde_json::Value;

use super::{Measured, Ran, Run, day, processor, typed};
use crate::evidence::machine::Machine;
use crate::text::quantity::Unit;

pub fn is(json: &Value) -> bool {
    json["categories"].is_object()
}

#[derive(Deserialize)]
struct NumbersCategory {
    name: String,
    results: Vec<NumbersResult>,
}

#[derive(Deserialize)]
struct NumbersResult {
    name: String,
    value: f64,
    unit: String,
}

pub fn read(json: &Value) -> Result<Run, String> {
    let categories = json["categories"].as_object().into_iter().flatten();
    let categories: Vec<NumbersCategory> =
        categories.map(|(_, category)| typed(category, "python-numbers")).collect::<Result<_, String>>()?;
    let results = categories.into_iter().flat_map(|category| {
        let group = category.name;
        category.results.into_iter().map(move |result| {
            let unit = Unit::new(result.unit);
            let is = |symbol: &str| unit.factor_to(&Unit::new(symbol)).is_some();
            let quantity = if is("s") {
                "time"
            } else if is("bytes") {
                "memory"
            } else {
                "rate"
            };
            Measured {
                name: result.name,
                alias: None,
                group: Some(group.clone()),
                quantity: quantity.to_owned(),
                unit: Some(unit),
                median: result.value,
                spread: None,
                min: None,
                rounds: None,
            }
        })
    });
    Ok(Run { tool: "python-numbers", results: results.collect(), ran: machine(&json["metadata"]) })
}

fn machine(metadata: &Value) -> Option<Ran> {
    let text = |key: &str| metadata[key].as_str().map(str::to_owned);
    // `macOS-26.2-arm64-arm-64bit`, `Linux-6.1.0-x86_64-with-glibc2.36`
    let platform = text("platform")?;
    let mut parts = platform.split('-');
    let (system, release) = (parts.next()?, parts.next().unwrap_or_default());
    let known = ["x86_64", "amd64", "AMD64", "arm64", "aarch64", "i686", "riscv64", "ppc64le", "s390x"];
    let architecture = parts.find(|part| known.contains(part)).unwrap_or_default();
    let machine = Machine {
        implementation: text("python_implementation"),
        version: text("python_version"),
        system: if system == "macOS" { format!("{system} {release}") } else { system.to_owned() },
        architecture: architecture.to_owned(),
        processor: processor(metadata["processor"].as_str(), metadata["cpu_cores_logical"].as_u64()),
        memory: metadata["ram_gb"].as_f64().map(|size| format!("{size} GB")),
    };
    let limits = Some("medians as published, without spread".to_owned());
    Some(Ran { machine, date: day(&metadata["timestamp"])?, limits })
}
