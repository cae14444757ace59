//! Measurements as written in `data/*.yaml`: where they were taken, what they are, and the figures
//! that are computed from them. Nothing is computed here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::formats::yaml::{self, Document};
use crate::input::schema::{self, Format};
use crate::text::source::{SourceId, Sources, Span};

/// One data file.
#[derive(Debug)]
pub struct File {
    pub document: Document,
    pub data: Data,
    /// The ids of measurements and figures in it, broken ones too.
    pub declared: Vec<String>,
}

/// The format of a data file.
pub static FORMAT: Format = Format::of::<Data>("benchmarks");

/// Reads a data file; `None` if it is not YAML.
pub fn read(source: SourceId, sources: &Sources, diags: &mut Sink) -> Option<File> {
    let document = yaml::read(source, &sources.get(source).text, 0, diags)?;
    Some(of(document, sources, diags))
}

/// A data file of what was read as YAML.
pub fn of(document: Document, sources: &Sources, diags: &mut Sink) -> File {
    let json = document.to_json();
    let fits = FORMAT.check(&document, &json, diags);
    let keys = |section: &str| json[section].as_object().into_iter().flat_map(|entries| entries.keys().cloned());
    let declared = keys("measurements").chain(keys("figures")).collect();
    let mut faults = Vec::new();
    let data = decode(json, &mut faults);
    too_long(&data, &document, sources, diags);
    diags.extend(faults.first().filter(|_| fits).map(|fault| schema::unusable(&document, fault)));
    File { document, data, declared }
}

/// The entries that fit their types, each by itself, so that a broken one hides no other.
fn decode(mut json: Value, faults: &mut Vec<serde_json::Error>) -> Data {
    let mut section = |name: &str| json.get_mut(name).map(Value::take).unwrap_or_default();
    let (found, measured) = (section("environments"), section("measurements"));
    let (repeated, figures) = (section("repeats"), section("figures"));
    let Value::Object(repeated) = repeated else {
        let (environments, measurements) = (entries(found, faults), entries(measured, faults));
        return Data { environments, measurements, repeats: BTreeMap::new(), figures: entries(figures, faults) };
    };
    Data {
        environments: entries(found, faults),
        measurements: entries(measured, faults),
        repeats: repeated.into_iter().map(|(id, repeats)| (Id(id), entries(repeats, faults))).collect(),
        figures: entries(figures, faults),
    }
}

fn entries<T: DeserializeOwned>(json: Value, faults: &mut Vec<serde_json::Error>) -> BTreeMap<Id, T> {
    let Value::Object(entries) = json else { return BTreeMap::new() };
    let decoded = entries.into_iter().filter_map(|(id, value)| match serde_json::from_value(value) {
        Ok(value) => Some((Id(id), value)),
        Err(fault) => {
            faults.push(fault);
            None
        }
    });
    decoded.collect()
}

/// Complains about digits that a number cannot hold.
fn too_long(data: &Data, document: &Document, sources: &Sources, diags: &mut Sink) {
    let cases = data.measurements.iter().map(|(id, measurement)| ("/measurements".to_owned(), id, &measurement.cases));
    let repeated = data.repeats.iter().flat_map(|(environment, repeats)| {
        repeats.iter().map(move |(id, repeat)| (format!("/repeats/{}", environment.0), id, &repeat.cases))
    });
    for (section, id, cases) in cases.chain(repeated) {
        for case in cases.keys() {
            let span = document.span(&format!("{section}/{}/cases/{}/value", id.0, case.0));
            too_many_digits(&format!("{}.{}", id.0, case.0), span, sources, diags);
        }
    }
}

fn too_many_digits(name: &str, span: Span, sources: &Sources, diags: &mut Sink) {
    let digits = sources.text(span).split(['e', 'E']).next().unwrap_or_default();
    let digits = digits.replace(|c: char| !c.is_ascii_digit(), "");
    if digits.trim_start_matches('0').len() > 15 {
        let message = format!("`{name}` has more digits than a number can hold");
        diags.push(
            Diagnostic::new(Code::InvalidValue, span, message)
                .help("round it to 15 significant digits; the rest is noise of the conversion"),
        );
    }
}

/// The measurements of a knowledge base and the figures computed from them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Machines and runs that measurements come from, by id.
    #[serde(default)]
    pub environments: BTreeMap<Id, Environment>,
    /// Measured values, by id.
    #[serde(default)]
    pub measurements: BTreeMap<Id, Measurement>,
    /// Measurements taken once more elsewhere: by environment, then by the id of the measurement.
    #[serde(default)]
    pub repeats: BTreeMap<Id, BTreeMap<Id, Repeat>>,
    /// Values computed from measurements, by id; rules and prose name them.
    #[serde(default)]
    pub figures: BTreeMap<Id, Figure>,
}

/// An id: lower-case letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Id(#[schemars(regex(pattern = r"^[a-z0-9][a-z0-9_]*$"))] pub String);

impl Id {
    /// Can a text be an id?
    pub fn is_valid(text: &str) -> bool {
        let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        text.starts_with(is_letter) && text.chars().all(|c| is_letter(c) || c == '_')
    }
}

/// Where and when something was measured, and who published it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// What ran the code, with its version.
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub interpreter: Option<String>,
    /// Operating system and architecture.
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub platform: String,
    /// Processor and number of cores.
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub processor: Option<String>,
    /// Main memory.
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub memory: Option<String>,
    /// Day of the run, YYYY-MM-DD.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub date: String,
    /// Who published the numbers; absent for measurements of one's own.
    pub source: Option<Publication>,
    /// What a reader must know before believing them.
    pub limits: Option<String>,
}

/// A published set of measurements.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub name: String,
    pub url: String,
    /// The exact revision.
    pub commit: Option<String>,
    /// SPDX identifier.
    pub licence: String,
}

/// Several cases of one experiment, in one unit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// One line: what was measured.
    #[schemars(regex(pattern = r"^[^\r\n]+$"))]
    pub about: String,
    /// Id of the environment.
    pub environment: String,
    /// ns, us, ms, s, bytes, KB, MB, req/s, ... or any word.
    #[schemars(length(min = 1), regex(pattern = r"^[^\r\n]*$"))]
    pub unit: String,
    /// The measured values, by id. For a crossover the ids are sizes: 1, 10, 100.
    #[schemars(length(min = 1))]
    pub cases: BTreeMap<Id, Case>,
}

/// Cases of a measurement as they were measured in another environment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// One that converts to the measurement's.
    #[schemars(length(min = 1), regex(pattern = r"^[^\r\n]*$"))]
    pub unit: String,
    /// The measured values, by the ids of the measurement's cases.
    #[schemars(length(min = 1))]
    pub cases: BTreeMap<Id, Case>,
}

/// One measured value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// In the measurement's unit.
    pub value: f64,
    /// Half the interquartile range, in the same unit. Without it the value is of low confidence.
    pub spread: Option<f64>,
    /// Number of runs that the value is the median of.
    pub runs: Option<u32>,
    /// What the publication calls it.
    pub original: Option<String>,
    /// What tells the code that `kbc measure` ran from other code: the benchmark's case, then its setup.
    #[schemars(regex(pattern = r"^[0-9a-f]{8}-[0-9a-f]{8}$"))]
    pub code: Option<String>,
}

/// A value computed from measured cases, each written `measurement.case`. Exactly one of `ratio`,
/// `difference`, `saving`, `share`, `value` and `crossover`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// One line: what it says.
    #[schemars(regex(pattern = r"^[^\r\n]+$"))]
    pub about: String,
    /// First / second.
    pub ratio: Option<[String; 2]>,
    /// First - second, in the first's unit.
    pub difference: Option<[String; 2]>,
    /// By how many per cent the first is below the second: 100 * (1 - first / second).
    pub saving: Option<[String; 2]>,
    /// 100 * first / second.
    pub share: Option<[String; 2]>,
    /// One case as it is.
    pub value: Option<String>,
    /// Two measurements whose cases are sizes: the size at which the second becomes the lower one.
    pub crossover: Option<[String; 2]>,
    /// By how many per cent of it the figure may differ in another environment before the two disagree.
    /// That goes for ratios, savings and shares. Times and sizes differ between machines by nature: of a
    /// difference only the sign counts, of a crossover whether there is one, of a value nothing.
    #[serde(default = "tolerance")]
    #[schemars(range(min = 0))]
    pub tolerance: f64,
    /// The environments that it is claimed for; without it, all in which its cases are measured.
    #[schemars(length(min = 1))]
    pub holds_in: Option<Vec<String>>,
    /// How to print it.
    #[serde(default)]
    pub print: Print,
}

impl Figure {
    /// The cases that it names; of a crossover the measurements.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let pairs = [&self.ratio, &self.difference, &self.saving, &self.share, &self.crossover];
        pairs.into_iter().flatten().flatten().chain(&self.value).map(String::as_str)
    }
}

/// The largest of the changes between two shared machines that mean nothing.
pub const TOLERANCE: f64 = 25.0;

fn tolerance() -> f64 {
    TOLERANCE
}

/// How a figure is printed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Print {
    /// A unit that the value converts to.
    pub unit: Option<String>,
    /// Digits after the point; by default none from 10 up, one below.
    #[schemars(range(max = 12))]
    pub decimals: Option<u32>,
}
