//! Results of cargo-criterion (`--message-format=json`): a message a line, each with a `reason`. Read are `id`, `unit`,
//! `median`, `iteration_count` and `measured_values` of `benchmark-complete`, and the groups of `group-complete`.

use std::collections::HashMap;

use super::json::Json;
use super::{Measured, Run, Unread, bounded, named, needed};
use crate::evidence::statistics::summary;
use crate::text::quantity::Unit;

const TOOL: &str = "cargo-criterion";

/// A tool may write on past the first message, so only that one is looked at.
pub fn is(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default();
    first.starts_with('{') && Json::read(first).is_ok_and(|json| json.get("reason").text().is_some())
}

pub fn read(text: &str) -> Result<Run, String> {
    let mut results = Vec::new();
    let mut groups = HashMap::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let message = Json::read(line).map_err(|fault| {
            let (Unread::Broken(fault) | Unread::Foreign(fault)) = fault;
            format!("is {TOOL}'s, but its line {} {fault}", at + 1)
        })?;
        match message.get("reason").text() {
            Some("benchmark-complete") => results.push(one(&message, at)?),
            Some("group-complete") => {
                let group = named(&message, "group_name", TOOL, at)?;
                let members = message.get("benchmarks").list().iter().filter_map(Json::text);
                groups.extend(members.map(|id| (bounded(id), group.clone())));
            }
            _ => {}
        }
    }
    for result in &mut results {
        result.group = groups.get(&result.name).filter(|group| **group != result.name).cloned();
    }
    Ok(Run { tool: TOOL, results, ran: None })
}

fn one(message: &Json, at: usize) -> Result<Measured, String> {
    let name = named(message, "id", TOOL, at)?;
    let median = message.get("median");
    let unit = median.get("unit").text().or(message.get("unit").text()).unwrap_or("ns");
    let values = message.get("measured_values").numbers();
    let counts = message.get("iteration_count").numbers();
    let runs = summary(&values.iter().zip(counts).map(|(value, n)| value / n).collect::<Vec<_>>());
    let unit = Unit::new(unit);
    let is_time = unit.factor_to(&Unit::new("s")).is_some();
    Ok(Measured {
        quantity: if is_time { "time".to_owned() } else { unit.symbol().to_owned() },
        unit: Some(unit),
        median: needed(median, "estimate", TOOL, &name)?,
        spread: runs.map(|runs| runs.spread),
        min: runs.map(|runs| runs.min),
        rounds: runs.map(|runs| u64::from(runs.runs)),
        name,
        ..Measured::default()
    })
}
