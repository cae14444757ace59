//! Results of hyperfine (`--export-json`).

use serde::Deserialize;
use serde_json::Value;

use super::{Measured, Run, typed};
use crate::evidence::statistics::summary;
use crate::text::quantity::Unit;

pub fn is(json: &Value) -> bool {
    json["results"].is_array()
}

#[derive(Deserialize)]
struct Hyperfine {
    command: String,
    median: f64,
    min: f64,
    #[serde(default)]
    times: Vec<f64>,
    #[serde(default)]
    memory_usage_byte: Vec<f64>,
}

pub fn read(json: &Value) -> Result<Run, String> {
    let results: Vec<Hyperfine> = typed(&json["results"], "hyperfine")?;
    let results = results
        .into_iter()
        .flat_map(|result| {
            let time = Measured {
                name: result.command,
                alias: None,
                group: None,
                quantity: "time".to_owned(),
                unit: Some(Unit::new("s")),
                median: result.median,
                spread: summary(&result.times).map(|summary| summary.spread),
                min: Some(result.min),
                rounds: (!result.times.is_empty()).then_some(result.times.len() as u64),
            };
            let memory = summary(&result.memory_usage_byte).map(|memory| Measured {
                quantity: "memory".to_owned(),
                unit: Some(Unit::new("bytes")),
                median: memory.median,
                spread: Some(memory.spread),
                min: Some(memory.min),
                ..time.clone()
            });
            std::iter::once(time).chain(memory)
        })
        .collect();
    Ok(Run { tool: "hyperfine", results, ran: None })
}
