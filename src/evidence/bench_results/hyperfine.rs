//! Results of hyperfine (`--export-json`): `results` with a `command` each. Read are `command`, `parameters`, `median`,
//! `min`, `times`, `memory_usage_byte` and `exit_codes`.

use std::collections::HashMap;

use super::json::Json;
use super::{Measured, Run, Trouble, named, needed, parameters};
use crate::evidence::statistics::summary;
use crate::text::quantity::{Unit, plural};

const TOOL: &str = "hyperfine";

pub fn is(json: &Json) -> bool {
    let results = json.get("results");
    let has_command = |result: &Json| result.get("command").text().is_some();
    results.is_list() && (results.list().is_empty() || results.list().iter().any(has_command))
}

pub fn read(json: &Json) -> Result<Run, String> {
    let results = json.get("results").list().iter().enumerate();
    let mut results = results.map(|(at, result)| one(result, at)).collect::<Result<Vec<_>, _>>()?;
    tell_apart(&mut results);
    Ok(Run { tool: TOOL, results: results.into_iter().flat_map(|(found, _)| found).collect(), ran: None })
}

/// Adds the parameters to the names of commands that do not show them, or that are there twice.
fn tell_apart(results: &mut [(Vec<Measured>, Option<Parameters>)]) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (found, _) in results.iter() {
        *counts.entry(found[0].name.clone()).or_default() += 1;
    }
    for (found, parameters) in results {
        let Some(Parameters { text, are_in_command }) = parameters else { continue };
        if *are_in_command && counts[&found[0].name] == 1 {
            continue;
        }
        for measured in found {
            measured.full = Some(format!("{} ({text})", measured.name));
        }
    }
}

/// What a command was run with.
struct Parameters {
    text: String,
    /// Does the command show all of them?
    are_in_command: bool,
}

impl Parameters {
    fn of(result: &Json, command: &str) -> Option<Self> {
        let written = result.get("parameters");
        let is_in_word = |c: char| c.is_alphanumeric() || "._".contains(c);
        let words: Vec<&str> = command.split(|c| !is_in_word(c)).collect();
        let is_shown = |value: &Json| value.text().is_some_and(|value| words.contains(&value));
        let are_in_command = written.entries().iter().all(|(_, value)| is_shown(value));
        parameters(written).map(|text| Self { text, are_in_command })
    }
}

/// The time of a command first, then its memory.
fn one(result: &Json, at: usize) -> Result<(Vec<Measured>, Option<Parameters>), String> {
    let name = named(result, "command", TOOL, at)?;
    let parameters = Parameters::of(result, &name);
    let times = result.get("times").numbers();
    let time = Measured {
        quantity: "time".to_owned(),
        unit: Some(Unit::new("s")),
        median: needed(result, "median", TOOL, &name)?,
        spread: summary(&times).map(|summary| summary.spread),
        min: Some(needed(result, "min", TOOL, &name)?),
        rounds: (!times.is_empty()).then_some(times.len() as u64),
        trouble: failed(result.get("exit_codes").list()).map(Trouble::Failed),
        name,
        ..Measured::default()
    };
    let memory = summary(&result.get("memory_usage_byte").numbers()).map(|memory| Measured {
        quantity: "memory".to_owned(),
        unit: Some(Unit::new("bytes")),
        median: memory.median,
        spread: Some(memory.spread),
        min: Some(memory.min),
        ..time.clone()
    });
    Ok((std::iter::once(time).chain(memory).collect(), parameters))
}

/// What became of the runs that did not end well. Of a run that a signal ended there is no code.
fn failed(codes: &[Json]) -> Option<String> {
    let bad: Vec<Option<f64>> = codes.iter().map(Json::number).filter(|code| *code != Some(0.0)).collect();
    let first = bad.first()?;
    let how = match first {
        Some(code) => format!("ended with exit code {code}"),
        None => "was ended by a signal".to_owned(),
    };
    Some(format!("{how}, {} of {} failed", bad.len(), plural(codes.len(), "run")))
}
