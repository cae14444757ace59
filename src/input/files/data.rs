//! Data files as written in `data/*.yaml`: what is measured (`benchmarks`), where (`environments`), what came of it
//! (`results`), and the figures that are computed from that. Nothing is computed here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::formats::yaml::{self, Document};
use crate::input::schema::{self, Format};
use crate::text::quantity::Unit;
use crate::text::source::{SourceId, Sources, Span};

/// One data file.
#[derive(Debug)]
pub struct File {
    pub document: Document,
    pub data: Data,
    /// The ids of benchmarks and figures in it, broken ones too.
    pub declared: Vec<String>,
}

/// Where raw values are, in the folder of the data. Nothing reads them: what counts is in the summary of their session.
pub const RAW: &str = "raw/";

/// The format of a data file.
pub static FORMAT: Format = Format::of::<Data>("data");

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
    let declared = keys("benchmarks").chain(keys("figures")).collect();
    let mut faults = Vec::new();
    let data = decode(json, &mut faults);
    too_long(&data, &document, sources, diags);
    diags.extend(faults.first().filter(|_| fits).map(|fault| schema::unusable(&document, fault)));
    File { document, data, declared }
}

/// The entries that fit their types, each by itself, so that a broken one hides no other.
fn decode(mut json: Value, faults: &mut Vec<serde_json::Error>) -> Data {
    let mut section = |name: &str| json.get_mut(name).map(Value::take).unwrap_or_default();
    let reference = section("reference");
    Data {
        environments: entries(section("environments"), faults),
        reference: if reference.is_null() { Vec::new() } else { whole(reference, faults).unwrap_or_default() },
        benchmarks: entries(section("benchmarks"), faults),
        results: nested(section("results"), faults),
        sessions: nested(section("sessions"), faults),
        figures: entries(section("figures"), faults),
        metadata: None,
    }
}

fn entries<K: From<String> + Ord, T: DeserializeOwned>(
    json: Value,
    faults: &mut Vec<serde_json::Error>,
) -> BTreeMap<K, T> {
    let Value::Object(entries) = json else { return BTreeMap::new() };
    entries.into_iter().filter_map(|(id, value)| Some((id.into(), whole(value, faults)?))).collect()
}

/// Entries in entries: by environment, then by what they are of.
fn nested<K: From<String> + Ord, T: DeserializeOwned>(
    json: Value,
    faults: &mut Vec<serde_json::Error>,
) -> BTreeMap<EnvironmentId, BTreeMap<K, T>> {
    let Value::Object(outer) = json else { return BTreeMap::new() };
    outer.into_iter().map(|(id, inner)| (id.into(), entries(inner, faults))).collect()
}

fn whole<T: DeserializeOwned>(value: Value, faults: &mut Vec<serde_json::Error>) -> Option<T> {
    serde_json::from_value(value).map_err(|fault| faults.push(fault)).ok()
}

/// Complains about digits that a number cannot hold.
fn too_long(data: &Data, document: &Document, sources: &Sources, diags: &mut Sink) {
    for (environment, results) in &data.results {
        for (id, results) in results {
            for case in results.cases.keys() {
                let pointer = format!("/results/{}/{}/cases/{}/value", environment.0, id.0, case.0);
                too_many_digits(&format!("{}.{}", id.0, case.0), document.span(&pointer), sources, diags);
            }
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

/// What is measured, what came of it, and the figures computed from that. A file may have any part.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Machines and runs that results come from, by id.
    #[serde(default)]
    pub environments: BTreeMap<EnvironmentId, Environment>,
    /// Environments in the order in which figures and links take them: the first that has the values. The others
    /// follow by the day of their first result, then by name. One file of a knowledge base has this list.
    #[serde(default)]
    pub reference: Vec<EnvironmentId>,
    /// What is measured, by id.
    #[serde(default)]
    pub benchmarks: BTreeMap<Id, Benchmark>,
    /// Measured values: by environment, then by the id of the benchmark.
    #[serde(default)]
    pub results: BTreeMap<EnvironmentId, BTreeMap<Id, Results>>,
    /// Runs that measured several values: by environment, then by id.
    #[serde(default)]
    pub sessions: BTreeMap<EnvironmentId, BTreeMap<SessionId, Session>>,
    /// Values computed from results, by id; rules and prose name them.
    #[serde(default)]
    pub figures: BTreeMap<Id, Figure>,
    /// For other tools; kbc does not read it.
    #[serde(default)]
    #[schemars(with = "Option<Value>")]
    pub metadata: Option<IgnoredAny>,
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

/// The name of an environment: letters, digits, hyphens, underscores and points.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct EnvironmentId(#[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"))] pub String);

impl EnvironmentId {
    /// What to write instead of a text that is none.
    pub const FORM: &str = "write letters, digits, hyphens, underscores and points, the first a letter or digit";

    /// Can a text be the name of an environment?
    pub fn is_valid(text: &str) -> bool {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    }
}

/// The name of a session, as that of an environment. Its raw values are in `data/raw/ENVIRONMENT/SESSION.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SessionId(#[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"))] pub String);

impl From<String> for Id {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<String> for EnvironmentId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<String> for SessionId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Where something was measured, and who published it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// One line about it; by default its facts and the days of its results.
    #[schemars(regex(pattern = r"^[^\r\n]+$"))]
    pub about: Option<String>,
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
    /// Day of all of its results that have no day of their own, YYYY-MM-DD.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub date: Option<String>,
    /// Who published the numbers; absent for measurements of one's own.
    pub source: Option<Publication>,
    /// What a reader must know before believing them.
    pub limits: Option<String>,
    /// Names that it had before; links and files may still use them.
    #[serde(default)]
    pub aliases: Vec<EnvironmentId>,
    /// For other tools; kbc does not read it.
    #[serde(default)]
    #[schemars(with = "Option<Value>")]
    pub metadata: Option<IgnoredAny>,
}

/// A published set of measurements.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub name: String,
    pub url: String,
    /// The exact revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// SPDX identifier.
    pub license: String,
    /// SHA-256 of the file that the numbers were taken from, in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub sha256: Option<String>,
}

/// A unit as it is written: one that kbc knows, or what is counted.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum UnitText {
    /// ns, us, ms, s, bytes, KB, MB, req/s and their like.
    Known(#[schemars(length(min = 1), regex(pattern = r"^[^\r\n]*$"))] String),
    Count(Counted),
}

/// A count of things: `{ count: requests }`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// What is counted, in one word.
    #[schemars(length(min = 1), regex(pattern = r"^[^\r\n]*$"))]
    pub count: String,
}

impl UnitText {
    /// As kbc writes a unit.
    pub fn of(unit: &Unit) -> Self {
        let symbol = unit.symbol().to_owned();
        if Unit::known(&symbol).is_some() { Self::Known(symbol) } else { Self::Count(Counted { count: symbol }) }
    }

    pub fn symbol(&self) -> &str {
        let (Self::Known(symbol) | Self::Count(Counted { count: symbol })) = self;
        symbol
    }

    pub fn unit(&self) -> Unit {
        Unit::new(self.symbol())
    }
}

/// One experiment with several cases, in one unit. A benchmark of a paper needs no entry: its blocks say all of this.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// One line: what is measured.
    #[schemars(regex(pattern = r"^[^\r\n]+$"))]
    pub about: String,
    /// ns, us, ms, s, bytes, KB, MB, req/s, ... or `{ count: requests }`.
    pub unit: UnitText,
    /// The ids of all cases; without it, whatever has results. For a crossover the ids are sizes: 1, 10, 100.
    #[schemars(length(min = 1))]
    pub cases: Option<Vec<Id>>,
    /// For other tools; kbc does not read it.
    #[serde(default)]
    #[schemars(with = "Option<Value>")]
    pub metadata: Option<IgnoredAny>,
}

/// What was measured of one benchmark in one environment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// One that converts to the benchmark's; by default the same.
    pub unit: Option<UnitText>,
    /// Day of all values that have none of their own, YYYY-MM-DD.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub date: Option<String>,
    /// The session of all values that have none of their own.
    pub session: Option<SessionId>,
    /// The measured values, by the ids of the benchmark's cases.
    #[schemars(length(min = 1))]
    pub cases: BTreeMap<Id, Case>,
}

/// One measured value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// In the unit of the results.
    pub value: f64,
    /// How far its runs lie apart, in the same unit. Without it the value is of low confidence.
    pub spread: Option<Spread>,
    /// Number of runs that the value is the median of.
    pub runs: Option<u32>,
    /// The day that it was measured on, YYYY-MM-DD.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub date: Option<String>,
    /// The session that it was measured in.
    pub session: Option<SessionId>,
    /// What the publication calls it.
    pub original: Option<String>,
    /// What tells the code that `kbc measure` ran from other code: the benchmark's case, then its setup.
    #[schemars(regex(pattern = r"^[0-9a-f]{8}-[0-9a-f]{8}$"))]
    pub code: Option<String>,
}

/// How far the runs of a value lie apart, by one of these measures.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Spread {
    /// The interquartile range: the third quartile less the first.
    Iqr(#[schemars(range(min = 0))] f64),
    /// The standard deviation.
    Sd(#[schemars(range(min = 0))] f64),
    /// The 95% confidence interval of the value.
    Ci95([f64; 2]),
}

impl Spread {
    /// Multiplied by a factor.
    pub fn times(self, factor: f64, tidy: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Iqr(range) => Self::Iqr(tidy(range * factor)),
            Self::Sd(deviation) => Self::Sd(tidy(deviation * factor)),
            Self::Ci95(bounds) => Self::Ci95(bounds.map(|bound| tidy(bound * factor))),
        }
    }

    /// How far below and above a value it reaches: half the interquartile range, one standard deviation, or the interval.
    pub fn around(self, value: f64) -> (f64, f64) {
        match self {
            Self::Iqr(range) => (range / 2.0, range / 2.0),
            Self::Sd(deviation) => (deviation, deviation),
            Self::Ci95([low, high]) => ((value - low).max(0.0), (high - value).max(0.0)),
        }
    }
}

/// One run of a tool, which measured several values.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Day of the run, YYYY-MM-DD (UTC).
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub date: String,
    /// What measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[^\r\n]*$"))]
    pub tool: Option<String>,
    /// Its raw values, in `data/raw/ENVIRONMENT/SESSION.jsonl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
    /// For other tools; kbc does not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// A file of raw values: what tells it from any other.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    /// The BLAKE3 digest of the file, in hexadecimal digits.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub blake3: String,
    /// How many values are in it, one a line.
    pub values: u64,
}

/// A value computed from measured cases, each written `benchmark.case`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// One line: what it says.
    #[schemars(regex(pattern = r"^[^\r\n]+$"))]
    pub about: String,
    pub op: Op,
    /// What it is computed of: two cases `[a, b]`, of a value one, of a crossover two benchmarks.
    pub of: Of,
    /// By how much of it, in per cent (`50%`), the figure may differ in another environment before the two disagree.
    /// That goes for ratios, savings and shares. Times and sizes differ between machines by nature: of a
    /// difference only the sign counts, of a crossover whether there is one, of a value nothing.
    #[serde(default)]
    pub tolerance: Tolerance,
    /// The environments that it is claimed for; without it, all in which its cases are measured.
    #[schemars(length(min = 1))]
    pub holds_in: Option<Vec<EnvironmentId>>,
    /// How to print it.
    #[serde(default)]
    pub print: Print,
    /// Ids that it had before; links and rules may still use them.
    #[serde(default)]
    pub aliases: Vec<Id>,
    /// For other tools; kbc does not read it.
    #[serde(default)]
    #[schemars(with = "Option<Value>")]
    pub metadata: Option<IgnoredAny>,
}

/// How a figure is computed of `[a, b]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// a / b.
    Ratio,
    /// a - b, in the unit of a.
    Difference,
    /// By how many per cent a is below b: 100 * (1 - a / b).
    Saving,
    /// 100 * a / b.
    Share,
    /// One case as it is.
    Value,
    /// Two benchmarks whose cases are sizes: the size at which b becomes the lower one.
    Crossover,
}

impl Op {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Op::Ratio => "ratio",
            Op::Difference => "difference",
            Op::Saving => "saving",
            Op::Share => "share",
            Op::Value => "value",
            Op::Crossover => "crossover",
        }
    }
}

/// What a figure is computed of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Of {
    One(String),
    Several(#[schemars(length(min = 1, max = 2))] Vec<String>),
}

impl Of {
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }

    /// Where one of the names is, from the figure on.
    pub fn member(&self, index: usize) -> String {
        match self {
            Self::One(_) => "of".to_owned(),
            Self::Several(_) => format!("of/{index}"),
        }
    }
}

impl Figure {
    /// The cases that it names; of a crossover the benchmarks.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.of.names().iter().map(String::as_str)
    }
}

/// The largest of the changes between two shared machines that mean nothing.
pub const TOLERANCE: f64 = 25.0;

/// A share in per cent, as it is written: `50%`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Tolerance(#[schemars(regex(pattern = r"^\d{1,9}(\.\d{1,9})?%$"))] String);

impl Default for Tolerance {
    fn default() -> Self {
        Self(format!("{TOLERANCE}%"))
    }
}

impl Tolerance {
    pub fn percent(&self) -> f64 {
        self.0.trim_end_matches('%').parse().unwrap_or(TOLERANCE)
    }
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
