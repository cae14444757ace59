//! Results of criterion (`estimates.json`). The name and the sample lie in files beside it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Measured, Run};
use crate::evidence::statistics::summary;
use crate::text::quantity::Unit;

pub fn is(json: &Value) -> bool {
    json["median"]["point_estimate"].is_number()
}

#[derive(Deserialize)]
struct CriterionName {
    full_id: String,
}

#[derive(Deserialize)]
struct CriterionSample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

pub fn read(json: &Value, around: &BTreeMap<&str, String>) -> Result<Run, String> {
    let name = around.get("benchmark.json").and_then(|text| serde_json::from_str::<CriterionName>(text).ok());
    let Some(name) = name else {
        return Err("is criterion's, but the benchmark.json beside it, which has the name, cannot be read".to_owned());
    };
    let sample = around.get("sample.json").and_then(|text| serde_json::from_str::<CriterionSample>(text).ok());
    let times =
        sample.map(|sample| sample.times.iter().zip(&sample.iters).map(|(time, n)| time / n).collect::<Vec<_>>());
    let runs = times.as_deref().and_then(summary);
    let result = Measured {
        group: name.full_id.split_once('/').map(|(group, _)| group.to_owned()),
        name: name.full_id,
        alias: None,
        quantity: "time".to_owned(),
        unit: Some(Unit::new("ns")),
        median: json["median"]["point_estimate"].as_f64().unwrap_or(f64::NAN),
        spread: runs.map(|runs| runs.spread),
        min: runs.map(|runs| runs.min),
        rounds: runs.map(|runs| u64::from(runs.runs)),
    };
    Ok(Run { tool: "criterion", results: vec![result], ran: None })
}
