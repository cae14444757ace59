//! Results of pytest-benchmark (`--benchmark-json`).

use serde::Deserialize;
use serde_json::Value;

use super::{Measured, Ran, Run, day, processor, typed};
use crate::evidence::machine::Machine;
use crate::text::quantity::{NumberInText, Unit};

pub fn is(json: &Value) -> bool {
    json["benchmarks"].is_array()
}

#[derive(Deserialize)]
struct PytestBenchmark {
    name: String,
    fullname: Option<String>,
    group: Option<String>,
    stats: PytestStats,
    #[serde(default)]
    extra_info: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct PytestStats {
    min: f64,
    median: f64,
    iqr: Option<f64>,
    rounds: Option<u64>,
}

pub fn read(json: &Value) -> Result<Run, String> {
    let benchmarks: Vec<PytestBenchmark> = typed(&json["benchmarks"], "pytest-benchmark")?;
    let results = benchmarks
        .into_iter()
        .flat_map(|benchmark| {
            let time = Measured {
                name: benchmark.name.clone(),
                alias: benchmark.fullname.clone(),
                group: benchmark.group.clone(),
                quantity: "time".to_owned(),
                unit: Some(Unit::new("s")),
                median: benchmark.stats.median,
                spread: benchmark.stats.iqr.map(|iqr| iqr / 2.0),
                min: Some(benchmark.stats.min),
                rounds: benchmark.stats.rounds,
            };
            let extra = benchmark.extra_info.iter().filter_map(|(key, value)| recorded(&time, key, value));
            let extra: Vec<Measured> = extra.collect();
            std::iter::once(time).chain(extra)
        })
        .collect();
    Ok(Run { tool: "pytest-benchmark", results, ran: machine(json) })
}

fn machine(json: &Value) -> Option<Ran> {
    let info = &json["machine_info"];
    let text = |key: &str| info[key].as_str().map(str::to_owned);
    let machine = Machine {
        implementation: text("python_implementation"),
        version: text("python_version"),
        system: text("system")?,
        architecture: text("machine")?,
        processor: processor(info["cpu"]["brand_raw"].as_str(), info["cpu"]["count"].as_u64()),
        memory: None,
    };
    Some(Ran { machine, date: day(&json["datetime"])?, limits: None })
}

/// A value that a benchmark recorded itself: a number, or text such as `82 %`.
fn recorded(time: &Measured, key: &str, value: &Value) -> Option<Measured> {
    let (median, unit) = match value {
        Value::Number(number) => (number.as_f64()?, None),
        Value::String(text) => {
            let number = NumberInText::all(text).into_iter().next()?;
            (number.value, number.unit)
        }
        _ => return None,
    };
    Some(Measured { quantity: key.to_owned(), unit, median, spread: None, min: Some(median), ..time.clone() })
}
