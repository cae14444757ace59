//! Results of asv (`results/MACHINE/COMMIT-ENV.json`): `results` by the name of a benchmark, of version 1 (a value, or an
//! object) or 2 (a row as `result_columns` says). Null is a failure, NaN a benchmark that was skipped. What a name does
//! not tell, the unit of a tracked value, is in `benchmarks.json` in the folder above.

use std::collections::HashMap;

use super::json::Json;
use super::{Around, Measured, Ran, Run, Trouble, add, bounded};
use crate::evidence::machine::Machine;
use crate::evidence::statistics::summary;
use crate::text::day;
use crate::text::quantity::{Unit, plural};

const TOOL: &str = "asv";

/// What a version that does not name its columns has in a row.
const COLUMNS: [&str; 2] = ["result", "params"];

pub fn is(json: &Json) -> bool {
    json.get("results").is_object()
        && (json.get("commit_hash").text().is_some() || json.get("result_columns").is_list())
}

/// Columns of a row, and parameters of a benchmark, at most.
const MAX_COLUMNS: usize = 64;

/// One benchmark with all of its parameters, as lists of equal length.
struct Row<'a> {
    name: &'a str,
    columns: &'a [&'a str],
    values: &'a Json,
}

impl<'a> Row<'a> {
    /// Of version 1 an object, or the value alone.
    fn get(&self, column: &str) -> &'a Json {
        match self.values {
            Json::List(cells) => {
                let at = self.columns.iter().position(|known| *known == column);
                at.and_then(|at| cells.get(at)).unwrap_or(&Json::Null)
            }
            Json::Object(_) => self.values.get(column),
            value if column == "result" => value,
            _ => &Json::Null,
        }
    }

    /// A statistic for one choice of parameters.
    fn statistic(&self, column: &str, old: &str, at: usize) -> Option<f64> {
        let new = match self.get(column) {
            Json::List(values) => values.get(at).and_then(Json::number),
            value => value.number(),
        };
        new.or_else(|| self.get("stats").list().get(at)?.get(old).number()).filter(|number| number.is_finite())
    }
}

pub fn read(json: &Json, around: Around) -> Result<Run, String> {
    let named = json.get("result_columns").list().iter().take(MAX_COLUMNS).filter_map(Json::text).collect::<Vec<_>>();
    let columns = if named.is_empty() { COLUMNS.to_vec() } else { named };
    let rows = json.get("results").entries().iter();
    let rows = rows.map(|(name, values)| Row { name, columns: &columns, values });
    let has_tracked = json.get("results").entries().iter().any(|(name, _)| kind(name) == Kind::Tracked);
    let about = if has_tracked { around("../benchmarks.json") } else { None };
    let about = about.and_then(|text| Json::read(&text).ok()).unwrap_or(Json::Null);
    let about: HashMap<&str, &Json> = about.entries().iter().map(|(name, about)| (&**name, about)).collect();
    let mut results = Vec::new();
    for row in rows {
        measured(&row, &about, &mut results)?;
    }
    Ok(Run { tool: TOOL, results, ran: machine(json, &columns) })
}

fn measured(row: &Row, about: &HashMap<&str, &Json>, results: &mut Vec<Measured>) -> Result<(), String> {
    let parameters: Vec<&[Json]> = row.get("params").list().iter().map(Json::list).collect();
    let count: usize = parameters.iter().try_fold(1usize, |count, list| count.checked_mul(list.len())).unwrap_or(0);
    let single = std::slice::from_ref(row.get("result"));
    let values = if row.get("result").is_list() { row.get("result").list() } else { single };
    if parameters.len() > MAX_COLUMNS {
        return Err(format!("is {TOOL}'s, but `{}` has more than {MAX_COLUMNS} parameters", bounded(row.name)));
    }
    let is_whole = values.len() == count || (values.len() == 1 && *values == [Json::Null]);
    if !is_whole {
        let combinations = plural(count, "choice");
        return Err(format!(
            "is {TOOL}'s, but `{}` has {} for {combinations} of parameters",
            bounded(row.name),
            plural(values.len(), "value")
        ));
    }
    for (at, value) in values.iter().enumerate() {
        let name = if values.len() == count { with_parameters(row.name, &parameters, at) } else { bounded(row.name) };
        add(results, [one(row, about, name, at, value)], TOOL)?;
    }
    Ok(())
}

fn one(row: &Row, about: &HashMap<&str, &Json>, name: String, at: usize, value: &Json) -> Measured {
    let kind = kind(row.name);
    let unit = match kind {
        Kind::Time => Some(Unit::new("s")),
        Kind::Memory | Kind::Peak => Some(Unit::new("bytes")),
        Kind::Tracked => unit_in(about, row.name).filter(|unit| *unit != "unit").map(unit_of),
    };
    // Tracked values of different benchmarks have nothing in common.
    let group = (kind == Kind::Tracked).then(|| bounded(row.name));
    let trouble = match value.number() {
        None => Some(Trouble::Absent("failed".to_owned())),
        Some(number) if number.is_nan() => Some(Trouble::Absent("was skipped".to_owned())),
        Some(_) => None,
    };
    let quartiles = row.statistic("stats_q_25", "q_25", at).zip(row.statistic("stats_q_75", "q_75", at));
    let samples = match row.get("samples").list().get(at) {
        Some(samples) => summary(&samples.numbers()),
        None => None,
    };
    Measured {
        name,
        full: None,
        group,
        quantity: kind.quantity().to_owned(),
        unit,
        median: value.number().unwrap_or_default(),
        spread: quartiles.map(|(low, high)| (high - low) / 2.0),
        min: samples.map(|samples| samples.min).or_else(|| row.statistic("stats_min", "min", at)),
        rounds: row.statistic("stats_repeat", "repeat", at).map(|repeat| repeat as u64),
        trouble,
    }
}

fn unit_in<'a>(about: &HashMap<&str, &'a Json>, name: &str) -> Option<&'a str> {
    about.get(name)?.get("unit").text()
}

fn unit_of(word: &str) -> Unit {
    Unit::new(if word == "seconds" { "s" } else { word })
}

/// `suite.time_sort(100, 'a')`: parameters count up from the last one.
fn with_parameters(name: &str, parameters: &[&[Json]], at: usize) -> String {
    let mut rest = at;
    let mut chosen: Vec<String> = Vec::new();
    for list in parameters.iter().rev() {
        chosen.push(bounded(list[rest % list.len()].text().unwrap_or_default()));
        rest /= list.len();
    }
    chosen.reverse();
    let name = bounded(name);
    if chosen.is_empty() { name } else { bounded(&format!("{name}({})", chosen.join(", "))) }
}

/// What a benchmark measures, by how its name begins.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Time,
    Memory,
    Peak,
    Tracked,
}

impl Kind {
    fn quantity(self) -> &'static str {
        match self {
            Kind::Time => "time",
            Kind::Memory => "memory",
            Kind::Peak => "peak_memory",
            Kind::Tracked => "track",
        }
    }
}

fn kind(name: &str) -> Kind {
    let function = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    let begins = |start: &str| function.starts_with(start);
    if begins("track") {
        Kind::Tracked
    } else if begins("peakmem") {
        Kind::Peak
    } else if begins("mem") {
        Kind::Memory
    } else {
        Kind::Time
    }
}

fn machine(json: &Json, columns: &[&str]) -> Option<Ran> {
    let facts = json.get("params");
    let text = |key: &str| facts.get(key).text().map(str::to_owned);
    let at = columns.iter().position(|column| *column == "started_at");
    let starts = json.get("results").entries().iter().filter_map(|(_, row)| row.list().get(at?)?.number());
    let started = starts.fold(None, |last: Option<f64>, start| Some(last.map_or(start, |last| last.max(start))));
    let (moment, limits) = match started {
        Some(moment) => (moment, None),
        None => (json.get("date").number()?, Some("the day is that of the commit".to_owned())),
    };
    let version = json.get("python").text().filter(|version| version.starts_with(|c: char| c.is_ascii_digit()));
    let memory = text("ram").map(|size| match size.parse::<f64>() {
        Ok(bytes) => format!("{:.1} GB", bytes / 1e9),
        Err(_) => size,
    });
    let cores = facts.get("num_cpu").text().and_then(|cores| cores.parse().ok());
    let machine = Machine {
        implementation: version.map(|_| "Python".to_owned()),
        version: version.map(str::to_owned),
        system: text("os")?,
        architecture: text("arch").unwrap_or_default(),
        processor: super::processor(facts.get("cpu").text(), cores),
        memory,
    };
    (moment.is_finite() && (0.0..4e12).contains(&moment)).then(|| Ran {
        machine,
        date: day::of((moment / 1000.0) as u64),
        limits,
    })
}
