//! Results of benchmarks that other tools wrote, a file a tool. A format is known by what stands in it, never by the name
//! of its file.

mod amount;
mod asv;
mod cargo_criterion;
mod criterion;
mod google_benchmark;
mod hyperfine;
mod json;
mod pyperf;
mod pytest_benchmark;
mod python_numbers;

use std::fmt;

use self::amount::Amount;
use self::json::Json;
use crate::evidence::machine::Machine;
use crate::text::fingerprint;
use crate::text::quantity::{self, Unit};

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    pub name: String,
    /// The name with all that tells it from others: the file of a test, the parameters of a command.
    pub full: Option<String>,
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
    /// Why the values say nothing.
    pub trouble: Option<Trouble>,
}

/// Why the values of a result say nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// What ran ended badly. There are values, but of something else.
    Failed(String),
    /// It failed or was skipped, and there is no value.
    Absent(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Trouble::Failed(why) | Trouble::Absent(why)) = self;
        f.write_str(why)
    }
}

impl Measured {
    /// What tells it from all others of its quantity.
    pub fn identity(&self) -> &str {
        self.full.as_ref().unwrap_or(&self.name)
    }
}

/// Gives the text of a file that lies beside the results, by its path from there.
pub type Around<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A tool: its name for messages, whether a text is of it, and how it is read.
type Tool = (&'static str, fn(&Json) -> bool, fn(&Json, Around) -> Result<Run, String>);

/// Which tool wrote a file is asked in this order.
const TOOLS: [Tool; 7] = [
    ("pyperf", pyperf::is, |json, _| pyperf::read(json)),
    ("google-benchmark (--benchmark_format=json)", google_benchmark::is, |json, _| google_benchmark::read(json)),
    ("pytest-benchmark (--benchmark-json)", pytest_benchmark::is, |json, _| pytest_benchmark::read(json)),
    ("hyperfine (--export-json)", hyperfine::is, |json, _| hyperfine::read(json)),
    ("asv", asv::is, asv::read),
    ("criterion (estimates.json)", criterion::is, criterion::read),
    ("python-numbers", python_numbers::is, |json, _| python_numbers::read(json)),
];

/// The tool that writes a folder for each result.
pub const IN_FOLDERS: &str = criterion::TOOL;

/// Why a file gives no results.
#[derive(Debug, PartialEq)]
pub enum Unread {
    /// No tool that is known writes such files.
    Foreign(String),
    /// To be said after the name of the file.
    Broken(String),
}

/// Reads the results in a file.
///
/// # Errors
/// Why there are none.
pub fn read(text: &str, around: Around) -> Result<Run, Unread> {
    let run = if cargo_criterion::is(text) {
        cargo_criterion::read(text).map_err(Unread::Broken)?
    } else {
        let json = Json::read(text)?;
        let Some((.., read)) = TOOLS.into_iter().find(|(_, is, _)| is(&json)) else {
            return Err(Unread::Foreign(foreign()));
        };
        read(&json, around).map_err(Unread::Broken)?
    };
    if run.results.is_empty() {
        return Err(Unread::Broken(format!("has no results: {} measured nothing", run.tool)));
    }
    match run.results.iter().find_map(impossible) {
        Some(fault) => Err(Unread::Broken(fault)),
        None => Ok(run),
    }
}

fn foreign() -> String {
    let names: Vec<&str> = TOOLS.iter().map(|(name, ..)| *name).collect();
    format!("is of no tool that kbc knows: it reads {} or cargo-criterion (--message-format=json)", names.join(", "))
}

/// Says which value of a result nobody can have measured.
fn impossible(result: &Measured) -> Option<String> {
    if result.trouble.is_some() {
        return None;
    }
    let values = [("median", Some(result.median)), ("minimum", result.min), ("spread", result.spread)];
    let is_bad = |value: &f64| !value.is_finite() || *value < 0.0;
    let (what, value) = values.into_iter().find_map(|(what, value)| Some((what, value.filter(is_bad)?)))?;
    let quantity = if result.quantity == "time" { String::new() } else { format!(" {}", result.quantity) };
    Some(format!("says that the {what}{quantity} of `{}` is {value}: the benchmark failed or did not run", result.name))
}

/// The number of a key that a result must have.
fn needed(result: &Json, key: &str, tool: &str, name: &str) -> Result<f64, String> {
    let found = result.get(key).number();
    found.ok_or_else(|| format!("is {tool}'s, but `{name}` has no number for `{key}`"))
}

/// The name of a result, which is told by its place where it has none.
fn named(result: &Json, key: &str, tool: &str, at: usize) -> Result<String, String> {
    let found = result.get(key).text().map(bounded);
    found.ok_or_else(|| format!("is {tool}'s, but its result {} has no `{key}`", at + 1))
}

/// A name that is not too long to be kept many times. What is left out of it still tells it from others.
fn bounded(name: &str) -> String {
    match name.char_indices().nth(MAX_NAME) {
        None => name.to_owned(),
        Some((end, _)) => format!("{}... {}", &name[..end], fingerprint::of(&[name])),
    }
}

/// Characters of a name that are kept.
const MAX_NAME: usize = 500;

/// Results that are read of a file at most.
const MAX_RESULTS: usize = 100_000;

/// Adds results, as long as there are not too many.
fn add(results: &mut Vec<Measured>, more: impl IntoIterator<Item = Measured>, tool: &str) -> Result<(), String> {
    for result in more {
        if results.len() == MAX_RESULTS {
            return Err(format!("is {tool}'s and has more than {} results", quantity::grouped(MAX_RESULTS)));
        }
        results.push(result);
    }
    Ok(())
}

/// `n=100, kind=list`: parameters by name, whatever order they are written in.
fn parameters(of: &Json) -> Option<String> {
    let value = |value: &Json| match value {
        Json::Number(number) => number.to_string(),
        value => bounded(value.text().unwrap_or_default()),
    };
    let mut pairs: Vec<String> = of.entries().iter().map(|(key, found)| format!("{key}={}", value(found))).collect();
    pairs.sort_unstable();
    (!pairs.is_empty()).then(|| bounded(&pairs.join(", ")))
}

/// What a tool says of a failure, on one line.
fn brief(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    line.char_indices().nth(MAX_BRIEF).map_or_else(|| line.clone(), |(at, _)| format!("{}...", &line[..at]))
}

/// Characters that are shown of what a tool says.
const MAX_BRIEF: usize = 80;

/// The day of a time stamp.
fn day(stamp: &Json) -> Option<String> {
    let day = stamp.text()?.get(..10)?;
    crate::text::day::is_day(day).then(|| day.to_owned())
}

/// The system and the architecture of a platform as Python writes it: `macOS-26.2-arm64-arm-64bit`,
/// `Linux-6.1.0-x86_64-with-glibc2.36`.
fn platform(text: &str) -> (String, String) {
    let (system, rest) = text.split_once('-').unwrap_or((text, ""));
    let release = rest.split('-').next().unwrap_or_default();
    let known = ["x86_64", "amd64", "AMD64", "arm64", "aarch64", "i686", "riscv64", "ppc64le", "s390x"];
    let architecture = rest.split(['-', '.']).find(|part| known.contains(part)).unwrap_or_default();
    let system = if system == "macOS" { format!("{system} {release}") } else { system.to_owned() };
    (system, architecture.to_owned())
}

fn processor(name: Option<&str>, cores: Option<u64>) -> Option<String> {
    let cores = cores.map(|cores| quantity::plural(usize::try_from(cores).unwrap_or(usize::MAX), "core"));
    let parts: Vec<String> = name.map(str::to_owned).into_iter().chain(cores).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Reads the results of an example: lines of `name: value unit`.
///
/// # Errors
/// The line that is none.
pub fn example(text: &str) -> Result<Run, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let result = |line: &str| {
        let (name, value) = line.rsplit_once(':').ok_or_else(|| format!("`{line}` has no `:`"))?;
        let Amount { value, unit } =
            Amount::of(value).ok_or_else(|| format!("`{line}` has no number, or more than a number and its unit"))?;
        let name = name.trim().trim_matches(['"', '\'']).to_owned();
        Ok(Measured { name, unit, median: value, min: Some(value), ..Measured::default() })
    };
    Ok(Run { tool: "an example", results: lines.map(result).collect::<Result<_, String>>()?, ran: None })
}

#[cfg(test)]
mod tests;
