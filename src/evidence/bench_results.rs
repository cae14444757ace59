//! Results of benchmarks that other tools wrote, a file a tool. A format is known by what stands in it, never by the name
//! of its file.

mod criterion;
mod hyperfine;
mod pytest_benchmark;
mod python_numbers;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::evidence::machine::Machine;
use crate::text::quantity::{self, NumberInText, Unit};

/// Everything that one file holds: results of one run, so that they can be compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// The tool that wrote it.
    pub tool: &'static str,
    pub results: Vec<Measured>,
    /// Where and when it ran, where the tool says so.
    pub ran: Option<Ran>,
}

/// The machine of a run and its day.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    pub machine: Machine,
    /// YYYY-MM-DD.
    pub date: String,
    /// What the tool leaves out.
    pub limits: Option<String>,
}

/// What was measured of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub name: String,
    /// Another name that it goes by.
    pub alias: Option<String>,
    /// Of the benchmarks that belong together.
    pub group: Option<String>,
    /// `time`, `memory`, or what the benchmark recorded besides.
    pub quantity: String,
    /// None: a plain number, in whatever unit the limit has.
    pub unit: Option<Unit>,
    pub median: f64,
    /// Half the interquartile range.
    pub spread: Option<f64>,
    pub min: Option<f64>,
    pub rounds: Option<u64>,
}

/// What lies beside a file, by name.
type Around<'a> = BTreeMap<&'a str, String>;

/// A tool: its name for messages, whether a text is of it, and how it is read.
type Tool = (&'static str, fn(&Value) -> bool, fn(&Value, &Around) -> Result<Run, String>);

const TOOLS: [Tool; 4] = [
    ("pytest-benchmark (--benchmark-json)", pytest_benchmark::is, |json, _| pytest_benchmark::read(json)),
    ("hyperfine (--export-json)", hyperfine::is, |json, _| hyperfine::read(json)),
    ("criterion (estimates.json)", criterion::is, criterion::read),
    ("python-numbers", python_numbers::is, |json, _| python_numbers::read(json)),
];

/// Reads the results in a file. Of criterion, `around` may hold what lies beside the file: `benchmark.json`
/// and `sample.json`.
///
/// # Errors
/// What is wrong with the text, to be said after the name of the file.
pub fn read(text: &str, around: &Around) -> Result<Run, String> {
    let json: Value = serde_json::from_str(text).map_err(|error| syntax(text, &error))?;
    let Some((.., read)) = TOOLS.into_iter().find(|(_, is, _)| is(&json)) else {
        let names = TOOLS.map(|(name, ..)| name);
        let [others @ .., last] = &names;
        return Err(format!("is of no tool that kbc knows: it reads {} or {last}", others.join(", ")));
    };
    let run = read(&json, around)?;
    match run.results.iter().find(|result| !result.median.is_finite() || result.median < 0.0) {
        Some(result) => Err(format!("says that `{}` took {}", result.name, result.median)),
        None => Ok(run),
    }
}

fn syntax(text: &str, error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let word = ["NaN", "Infinity"].into_iter().find(|word| line.contains(word));
    match word {
        Some(word) if !error.is_eof() => {
            format!("has {word} for a number in line {}: the benchmark failed or did not run", error.line())
        }
        _ if error.is_eof() => format!("ends in the middle, at {place}: the benchmark may not have finished"),
        _ => format!("is no JSON: {error}"),
    }
}

/// The day of a time stamp.
fn day(stamp: &Value) -> Option<String> {
    let day = stamp.as_str()?.get(..10)?;
    let fits = |(at, byte): (usize, u8)| if [4, 7].contains(&at) { byte == b'-' } else { byte.is_ascii_digit() };
    day.bytes().enumerate().all(fits).then(|| day.to_owned())
}

fn processor(name: Option<&str>, cores: Option<u64>) -> Option<String> {
    let cores = cores.map(|cores| quantity::plural(usize::try_from(cores).unwrap_or(usize::MAX), "core"));
    let parts: Vec<String> = name.map(str::to_owned).into_iter().chain(cores).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn typed<T: serde::de::DeserializeOwned>(json: &Value, tool: &str) -> Result<T, String> {
    serde_json::from_value(json.clone()).map_err(|error| format!("looks like {tool}'s, but cannot be read: {error}"))
}

/// Reads the results of an example: lines of `name: value unit`.
///
/// # Errors
/// The line that is none.
pub fn example(text: &str) -> Result<Run, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let result = |line: &str| {
        let (name, value) = line.rsplit_once(':').ok_or_else(|| format!("`{line}` has no `:`"))?;
        let written = NumberInText::all(value).into_iter().next().ok_or_else(|| format!("`{line}` has no number"))?;
        Ok(Measured {
            name: name.trim().trim_matches(['"', '\'']).to_owned(),
            alias: None,
            group: None,
            quantity: String::new(),
            unit: written.unit,
            median: written.value,
            spread: None,
            min: Some(written.value),
            rounds: None,
        })
    };
    Ok(Run { tool: "an example", results: lines.map(result).collect::<Result<_, String>>()?, ran: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_what_stands_in_them() {
        let none = BTreeMap::new();
        let pytest = r#"{"machine_info": {}, "benchmarks": [{"name": "t", "fullname": "a.py::t",
            "stats": {"min": 0.1, "max": 0.3, "median": 0.2, "rounds": 5}, "extra_info": {"hit_rate": "82 %"}}]}"#;
        let run = read(pytest, &none).expect("it is pytest-benchmark's");
        assert_eq!((run.results[0].median, run.results[0].rounds), (0.2, Some(5)));
        assert_eq!((run.results[1].quantity.as_str(), run.results[1].median), ("hit_rate", 82.0));
        let hyperfine = r#"{"results": [{"command": "ls", "mean": 1, "median": 0.2, "min": 0.1, "times": [0.1, 0.3], "memory_usage_byte": [4096, 8192]}]}"#;
        let run = read(hyperfine, &none).expect("it is hyperfine's");
        assert_eq!((run.results[0].rounds, run.results[1].median), (Some(2), 6144.0));
        let criterion =
            r#"{"mean": {"point_estimate": 9}, "median": {"confidence_interval": {}, "point_estimate": 7.5}}"#;
        let around = BTreeMap::from([
            ("benchmark.json", r#"{"full_id": "group/f"}"#.to_owned()),
            ("sample.json", r#"{"iters": [1, 2], "times": [9, 10]}"#.to_owned()),
        ]);
        let run = read(criterion, &around).expect("it is criterion's");
        assert_eq!((run.results[0].name.as_str(), run.results[0].min), ("group/f", Some(5.0)));
        assert!(read(criterion, &none).is_err() && read("{}", &none).is_err());
        assert!(read("{\"benchmarks\": [", &none).expect_err("it is cut off").contains("ends in the middle"));
        assert!(read("{\"results\": [{\"median\": NaN}]}", &none).expect_err("it has no number").contains("NaN"));
    }
}
