//! Results of criterion (`new/estimates.json`): estimates with a `point_estimate` each. The names lie beside it in
//! `benchmark.json` (`group_id`, `full_id`), the runs in `sample.json` (`iters`, `times`).

use super::json::Json;
use super::{Around, Measured, Run, bounded};
use crate::evidence::statistics::summary;
use crate::text::quantity::Unit;

pub const TOOL: &str = "criterion";

pub fn is(json: &Json) -> bool {
    json.get("median").get("point_estimate").number().is_some()
}

pub fn read(json: &Json, around: Around) -> Result<Run, String> {
    let beside = |name: &str| around(name).and_then(|text| Json::read(&text).ok()).unwrap_or(Json::Null);
    let ids = beside("benchmark.json");
    let Some(name) = ids.get("full_id").text() else {
        return Err("is criterion's, but the benchmark.json beside it, which has the name, cannot be read".to_owned());
    };
    let sample = beside("sample.json");
    let runs = sample.get("times").numbers();
    let times: Vec<f64> = runs.iter().zip(sample.get("iters").numbers()).map(|(time, n)| time / n).collect();
    let runs = summary(&times);
    let result = Measured {
        name: bounded(name),
        group: ids.get("group_id").text().filter(|group| *group != name).map(bounded),
        quantity: "time".to_owned(),
        unit: Some(Unit::new("ns")),
        median: json.get("median").get("point_estimate").number().unwrap_or(f64::NAN),
        spread: runs.map(|runs| runs.spread),
        min: runs.map(|runs| runs.min),
        rounds: runs.map(|runs| u64::from(runs.runs)),
        ..Measured::default()
    };
    Ok(Run { tool: TOOL, results: vec![result], ran: None })
}
