//! Results of benchmarks that other tools wrote, and holding them against a limit. A format is known by what
//! stands in it, never by the name of its file.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::evidence::machine::Machine;
use crate::evidence::statistics::summary;
use crate::input::files::check::{Metric, Statistic};
use crate::text::quantity::{self, NumberInText, Unit};
use crate::text::source::nearest;

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

/// The tools that are known, for messages.
const TOOLS: &str =
    "pytest-benchmark (--benchmark-json), hyperfine (--export-json), criterion (estimates.json) or python-numbers";

/// Reads the results in a file. Of criterion, `around` may hold what lies beside the file: `benchmark.json`
/// and `sample.json`.
///
/// # Errors
/// What is wrong with the text, to be said after the name of the file.
pub fn read(text: &str, around: &BTreeMap<&str, String>) -> Result<Run, String> {
    let json: Value = serde_json::from_str(text).map_err(|error| syntax(text, &error))?;
    let run = if json["benchmarks"].is_array() {
        pytest_benchmark(&json)?
    } else if json["results"].is_array() {
        hyperfine(&json)?
    } else if json["median"]["point_estimate"].is_number() {
        criterion(&json, around)?
    } else if json["categories"].is_object() {
        python_numbers(&json)?
    } else {
        return Err(format!("is of no tool that kbc knows: it reads {TOOLS}"));
    };
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

fn pytest_benchmark(json: &Value) -> Result<Run, String> {
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
    Ok(Run { tool: "pytest-benchmark", results, ran: pytest_machine(json) })
}

fn pytest_machine(json: &Value) -> Option<Ran> {
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

fn hyperfine(json: &Value) -> Result<Run, String> {
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

#[derive(Deserialize)]
struct CriterionName {
    full_id: String,
}

#[derive(Deserialize)]
struct CriterionSample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

fn criterion(json: &Value, around: &BTreeMap<&str, String>) -> Result<Run, String> {
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

/// The results of python-numbers-everyone-should-know: medians without spread, by category.
fn python_numbers(json: &Value) -> Result<Run, String> {
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
    Ok(Run { tool: "python-numbers", results: results.collect(), ran: numbers_machine(&json["metadata"]) })
}

fn numbers_machine(metadata: &Value) -> Option<Ran> {
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

/// What became of a limit.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Kept; and the stretch goal, if there is one?
    Met {
        stretch: Option<bool>,
    },
    Broken,
    /// There is no such result, too few rounds, or units that do not convert.
    Unknown,
}

/// A limit held against one result.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The result, or what the limit asked for.
    pub name: String,
    pub outcome: Outcome,
    /// The number and the limit, or why nothing can be said.
    pub text: String,
    /// The names that there are, where the one asked for is none of them.
    pub help: Option<String>,
}

/// Holds every result that a limit is about against it. Nothing to hold is a judgement too.
pub fn judge(metric: &Metric, run: &Run) -> Vec<Judged> {
    let wanted = metric.quantity.as_deref().unwrap_or("time");
    let is_wanted = |measured: &&Measured| measured.quantity.is_empty() || measured.quantity == wanted;
    let results: Vec<&Measured> = run.results.iter().filter(is_wanted).collect();
    let named =
        |pattern: &str| results.iter().copied().filter(|measured| is_named(measured, pattern)).collect::<Vec<_>>();
    let found = named(&metric.result);
    if found.is_empty() {
        return vec![missing(&metric.result, wanted, &results)];
    }
    let base = match &metric.relative_to {
        None => None,
        Some(name) => match named(name).first() {
            None => return vec![missing(name, wanted, &results)],
            Some(base) => Some(*base),
        },
    };
    found.into_iter().map(|measured| judge_one(metric, measured, base)).collect()
}

fn is_named(measured: &Measured, pattern: &str) -> bool {
    let fits = |name: &str| {
        let mut rest = name;
        let mut parts = pattern.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(after) = rest.strip_prefix(first) else { return false };
        rest = after;
        let mut last = None;
        for part in parts {
            if let Some(part) = last {
                let Some(at) = rest.find(part) else { return false };
                rest = &rest[at + str::len(part)..];
            }
            last = Some(part);
        }
        last.map_or(rest.is_empty(), |last| rest.ends_with(last))
    };
    fits(&measured.name) || measured.alias.as_deref().is_some_and(fits)
}

fn missing(name: &str, quantity: &str, results: &[&Measured]) -> Judged {
    let names: Vec<&str> = results.iter().map(|measured| measured.name.as_str()).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if names.is_empty() => None,
        None => Some(format!(
            "there are {}",
            names.iter().take(12).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        )),
    };
    let text = format!("there is no {quantity} of `{name}`");
    Judged { name: name.to_owned(), outcome: Outcome::Unknown, text, help }
}

fn judge_one(metric: &Metric, measured: &Measured, base: Option<&Measured>) -> Judged {
    let verdict = |outcome, text| Judged { name: measured.name.clone(), outcome, text, help: None };
    let unknown = |text: String| verdict(Outcome::Unknown, text);
    let rounds = [Some(measured), base].into_iter().flatten().filter_map(|measured| measured.rounds).min();
    if let (Some(least), Some(rounds)) = (metric.rounds, rounds)
        && rounds < u64::from(least)
    {
        let ran = quantity::plural(usize::try_from(rounds).unwrap_or(usize::MAX), "round");
        return unknown(format!("`{}` ran {ran}, and fewer than {least} say nothing", measured.name));
    }
    let statistic = |measured: &Measured| match metric.statistic {
        Statistic::Median => Some(measured.median),
        Statistic::Min => measured.min,
    };
    let target_unit = metric.target.unit();
    let (value, unit) = match base {
        None => (statistic(measured), measured.unit.clone().unwrap_or(target_unit.clone())),
        Some(base) => {
            let scale = if ["%", "percent"].contains(&target_unit.symbol()) { 100.0 } else { 1.0 };
            let ratio = statistic(measured).zip(statistic(base)).map(|(value, base)| value / base * scale);
            (ratio, target_unit.clone())
        }
    };
    let Some(value) = value.filter(|value| value.is_finite()) else {
        return unknown(format!("`{}` has no {}", measured.name, metric.statistic.name()));
    };
    let Some(factor) = unit.factor_to(&target_unit) else {
        return unknown(format!("`{}` is in {unit}, its limit in {target_unit}", measured.name));
    };
    let value = quantity::tidy(value * factor);
    let shown = quantity::print(value, &target_unit, None);
    let what = match base {
        None => format!("the {} of `{}` is {shown}", metric.statistic.name(), measured.name),
        Some(base) => format!("`{}` is {shown} of `{}`", measured.name, base.name),
    };
    let text = format!("{what}, the target is {}", metric.target.0);
    if !metric.target.holds(value) {
        return verdict(Outcome::Broken, text);
    }
    let stretch = metric.stretch.as_ref().map(|stretch| {
        let factor = target_unit.factor_to(&stretch.unit()).unwrap_or(f64::NAN);
        stretch.holds(value * factor)
    });
    match (&metric.stretch, stretch) {
        (Some(stretch), Some(false)) => {
            verdict(Outcome::Met { stretch: Some(false) }, format!("{what}, the stretch goal is {}", stretch.0))
        }
        _ => verdict(Outcome::Met { stretch }, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::files::check::Limit;

    fn metric(result: &str, target: &str) -> Metric {
        Metric {
            result: result.to_owned(),
            relative_to: None,
            quantity: None,
            statistic: Statistic::Median,
            target: Limit(target.to_owned()),
            stretch: None,
            rounds: None,
        }
    }

    fn outcome(metric: &Metric, text: &str) -> Outcome {
        judge(metric, &example(text).expect("the example is one"))[0].outcome.clone()
    }

    #[test]
    fn units_convert_and_ratios_have_none() {
        assert_eq!(outcome(&metric("import", "<= 500 ms"), "import: 0.4 s"), Outcome::Met { stretch: None });
        assert_eq!(outcome(&metric("import", "<= 500 ms"), "import: 0.6 s"), Outcome::Broken);
        assert_eq!(outcome(&metric("import", "<= 500 ms"), "import: 3 MB"), Outcome::Unknown);
        let ratio = Metric { relative_to: Some("old".into()), ..metric("new", "< 0.6") };
        assert_eq!(outcome(&ratio, "new: 3 s\nold: 10 s"), Outcome::Met { stretch: None });
        assert_eq!(outcome(&ratio, "new: 3 s"), Outcome::Unknown);
        let share = Metric { relative_to: Some("old".into()), ..metric("new", "<= 20 %") };
        assert_eq!(outcome(&share, "new: 3 s\nold: 10 s"), Outcome::Broken);
    }

    #[test]
    fn a_stretch_goal_lies_beyond_the_target() {
        let metric = Metric { stretch: Some(Limit("<= 0.3 s".into())), ..metric("import", "<= 500 ms") };
        assert_eq!(outcome(&metric, "import: 400 ms"), Outcome::Met { stretch: Some(false) });
        assert_eq!(outcome(&metric, "import: 200 ms"), Outcome::Met { stretch: Some(true) });
    }

    #[test]
    fn names_may_have_stars() {
        let run = example("test_a[x]: 1 s\ntest_b: 2 s").expect("it is an example");
        assert_eq!(judge(&metric("test_*", "< 3 s"), &run).len(), 2);
        assert_eq!(judge(&metric("*[x]", "< 3 s"), &run).len(), 1);
        let none = judge(&metric("test_c", "< 3 s"), &run);
        assert_eq!(none[0].help.as_deref(), Some("did you mean `test_b`?"));
    }

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
