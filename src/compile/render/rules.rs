//! `rules.yaml`: every active rule with its check, and the whole chain of evidence under it.
//!
//! The figures that rules cite are in it digit by digit, with the results that they are computed from. Of everything else in
//! the data there is a digest, so that no result can change without this file changing. Each part is written by itself and
//! remembers its input.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::compile::artifact::{Artifact, Origin, Provenance};
use crate::diag::Sink;
use crate::input::files::check as written;
use crate::input::files::check::{AstRule, Judge, Language, Level, Metric, Where};
use crate::input::files::data::{Op, Publication, Spread, TOLERANCE, UnitText};
use crate::input::formats::head;
use crate::input::formats::yaml::{self, IdsInOneLine};
use crate::input::schema::Format;
use crate::input::vocabulary::{Precision, Priority, RuleId, Status};
use crate::model::{self, Check, Model, Reference};
use crate::review;
use crate::text::fingerprint;
use crate::text::source::{Sources, Span};

/// The format of the evals.
pub static FORMAT: Format = Format::written::<Rules>("rules");

/// What it says that it is.
pub const KIND: head::Kind = head::Kind::new("kbc.rules", 1);

/// The evals of a knowledge base: its active rules, their checks, and the evidence for them.
#[derive(Serialize, JsonSchema)]
pub struct Rules {
    /// The name of this format: `kbc.rules`.
    pub kind: String,
    /// Of this format.
    pub version: u32,
    /// How many rules there are. A reader that finds another number has not understood the file.
    pub count: usize,
    pub rules: Vec<Rule>,
    /// Where the results come from.
    pub environments: BTreeMap<String, Environment>,
    /// What was measured for the figures.
    pub benchmarks: BTreeMap<String, Benchmark>,
    /// The measured values in the figures: by environment, then by benchmark.
    pub results: BTreeMap<String, BTreeMap<String, Results>>,
    /// The figures that rules cite.
    pub figures: BTreeMap<String, Figure>,
    /// What tells everything else in the data from what it was before.
    #[serde(default)]
    pub uncited: Uncited,
}

/// Digests of what no rule cites.
#[derive(Default, Serialize, JsonSchema)]
pub struct Uncited {
    /// By environment, then by benchmark.
    pub results: BTreeMap<String, BTreeMap<String, String>>,
    pub figures: BTreeMap<String, String>,
}

/// A rule as reviewers read it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rule {
    pub id: RuleId,
    /// The id of the paper.
    pub paper: String,
    pub priority: Priority,
    pub weight: u32,
    pub tags: Vec<String>,
    /// The full wording.
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short: Option<String>,
    /// The file of the paper, and the anchor of the section that argues for the rule.
    pub path: String,
    pub section: String,
    /// Ids of figures.
    pub evidence: Vec<String>,
    /// What it governs in the repository around; absent: nothing that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refs: Option<References>,
    /// How it is checked, by language or by kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub checks: Vec<RuleCheck>,
    /// Why there is no check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unchecked: Option<String>,
}

/// What a rule or its paper names of the repository around.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct References {
    /// Paths and globs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Commands that the repository defines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

/// The check of a rule, by one of `ast`, `regex`, `metric`, or `judge` with `ast`. Beside `ast` the keys are those
/// of an ast-grep rule; the utils of kbc that it names are among its `utils`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RuleCheck {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    pub severity: Level,
    pub precision: Precision,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<Metric>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<Judge>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<AstRule>")]
    pub ast: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, AstRule>>")]
    pub constraints: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, AstRule>>")]
    pub utils: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    pub transform: Option<Value>,
    /// What syntax alone cannot say; engines that do not know it find more than is meant.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Where>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignores: Option<Vec<String>>,
}

/// Where results come from: the keys of data files, with one line about it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Environment {
    pub about: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<String>,
    pub platform: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// Absent for measurements of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Publication>,
    /// What a reader must know before believing them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<String>,
}

/// What is measured.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Benchmark {
    pub about: String,
    pub unit: UnitText,
}

/// What was measured of a benchmark in one environment.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Results {
    pub unit: UnitText,
    /// The day of all values, if it is the same of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    pub cases: BTreeMap<String, Case>,
}

/// One measured value.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Case {
    pub value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
    /// Its day, if the results have several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

/// A figure with its value in full.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Figure {
    pub about: String,
    /// As rules print it.
    pub text: String,
    pub value: f64,
    pub unit: String,
    /// How it is computed, and of which cases or benchmarks.
    pub op: Op,
    #[schemars(with = "Vec<String>")]
    pub of: IdsInOneLine<Vec<String>>,
    /// Absent: the spread of every value in it is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// Where it was measured, and what it is there.
    pub environments: BTreeMap<String, FigureThere>,
    /// By how much of it two environments may differ, in per cent; absent: by 25%.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<String>,
    /// The environments that it is claimed for; absent: all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_in: Option<Vec<String>>,
}

/// What a figure is in one environment.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FigureThere {
    /// Absent where a crossover does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// As rules print it.
    pub text: String,
}

/// How far a figure can be believed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The spread of a value in it is not recorded.
    Low,
}

/// What goes out, before it is text.
pub fn rules(model: &Model) -> Rules {
    let active = || model.rules.iter().filter(|rule| rule.status == Status::Active);
    let cited: BTreeSet<&String> = active().flat_map(|rule| &rule.evidence).collect();
    let (cited, uncited): (Vec<_>, Vec<_>) = model.figures.iter().partition(|(id, _)| cited.contains(id));
    let inputs: BTreeSet<(&str, &str)> = cited
        .iter()
        .flat_map(|(_, figure)| figure.inputs.iter().map(|(id, case)| (id.as_str(), case.as_str())))
        .collect();
    let mut benchmarks = BTreeMap::new();
    let mut results: BTreeMap<String, BTreeMap<String, Results>> = BTreeMap::new();
    let mut left_out = Uncited::default();
    for (id, benchmark) in &model.benchmarks {
        for found in &benchmark.results {
            let is_cited = |case: &str| inputs.contains(&(id.as_str(), case));
            if let Some(group) = results_out(found, &is_cited) {
                results.entry(found.environment.clone()).or_default().insert(id.clone(), group);
                benchmarks.insert(id.clone(), benchmark_out(benchmark));
            }
            if let Some(digest) = digest_of(benchmark, found, &is_cited) {
                left_out.results.entry(found.environment.clone()).or_default().insert(id.clone(), digest);
            }
        }
    }
    left_out.figures = uncited.into_iter().map(|(id, figure)| (id.clone(), digest(&figure_out(figure)))).collect();
    let rules: Vec<Rule> = active().map(|rule| rule_out(model, rule)).collect();
    Rules {
        kind: KIND.name.to_owned(),
        version: KIND.version,
        count: rules.len(),
        rules,
        environments: model
            .environments
            .iter()
            .map(|(id, environment)| (id.clone(), environment_out(environment)))
            .collect(),
        benchmarks,
        results,
        figures: cited.into_iter().map(|(id, figure)| (id.clone(), figure_out(figure))).collect(),
        uncited: left_out,
    }
}

/// Some letters and digits that follow from a value.
fn digest(value: &impl Serialize) -> String {
    fingerprint::of(&[&serde_json::to_string(value).expect("texts and finite numbers are JSON")])
}

/// Of the results that no figure of a rule is computed from.
fn digest_of(
    benchmark: &model::Benchmark,
    results: &model::Results,
    is_cited: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let group = results_out(results, &|case| !is_cited(case))?;
    Some(digest(&(&benchmark.about, &benchmark.cases, benchmark.unit.symbol(), group)))
}

fn rule_out(model: &Model, rule: &model::Rule) -> Rule {
    let paper = &model.papers[rule.paper];
    Rule {
        id: rule.id.clone(),
        paper: paper.id.clone(),
        priority: rule.priority,
        weight: rule.weight,
        tags: rule.tags.clone(),
        text: rule.full.text.clone(),
        short: rule.short.as_ref().map(|short| short.text.clone()),
        path: paper.path.clone(),
        section: rule.section.anchor.clone(),
        evidence: rule.evidence.clone(),
        refs: refs_out(&rule.refs),
        checks: rule.checks().map(check_out).collect(),
        unchecked: rule.unchecked.clone(),
    }
}

fn refs_out(refs: &model::References) -> Option<References> {
    let texts = |refs: &[Reference]| refs.iter().map(|reference| reference.text.clone()).collect::<Vec<_>>();
    let out = References { files: texts(&refs.files), commands: texts(&refs.commands) };
    Some(out).filter(|out| !out.files.is_empty() || !out.commands.is_empty())
}

pub fn check_out(check: &Check) -> RuleCheck {
    let utils = check.syntax().and_then(review::utils_of);
    let precision = check.precision();
    let level = if check.is_off { Level::Off } else { Level::of(check.severity) };
    let message = check.message.clone();
    let written::Check { language, ast, regex, metric, judge, constraints, transform, fix, .. } = check.written();
    let written::Check { r#where: conditions, files, ignores, .. } = check.written();
    RuleCheck {
        language,
        severity: level,
        precision,
        message,
        regex,
        metric,
        judge,
        ast,
        constraints,
        utils,
        transform,
        conditions,
        fix,
        files,
        ignores,
    }
}

pub fn environment_out(environment: &model::Environment) -> Environment {
    let model::Environment { about, interpreter, platform, processor, memory, source, limits, .. } =
        environment.clone();
    Environment { about, interpreter, platform, processor, memory, source, limits }
}

fn benchmark_out(benchmark: &model::Benchmark) -> Benchmark {
    Benchmark { about: benchmark.about.clone(), unit: UnitText::of(&benchmark.unit) }
}

/// The wanted cases of some results; `None` if there are none.
fn results_out(results: &model::Results, is_wanted: &dyn Fn(&str) -> bool) -> Option<Results> {
    let wanted: Vec<_> = results.cases.iter().filter(|(id, _)| is_wanted(id)).collect();
    let (_, first) = wanted.first()?;
    let date = first.date.clone().filter(|date| wanted.iter().all(|(_, case)| case.date.as_ref() == Some(date)));
    let case = |case: &model::Case| Case {
        value: case.value,
        spread: case.spread,
        runs: case.runs,
        date: if date.is_some() { None } else { case.date.clone() },
        original: case.original.clone(),
    };
    let cases = wanted.iter().map(|(id, written)| ((*id).clone(), case(written))).collect();
    Some(Results { unit: UnitText::of(&results.unit), cases, date })
}

fn figure_out(figure: &model::Figure) -> Figure {
    Figure {
        about: figure.about.clone(),
        text: figure.text.clone(),
        value: figure.value,
        unit: figure.unit.symbol().to_owned(),
        op: figure.op,
        of: IdsInOneLine(figure.of.clone()),
        confidence: match figure.confidence {
            model::Confidence::Low => Some(Confidence::Low),
            model::Confidence::Known => None,
        },
        environments: environments_of(figure),
        tolerance: (figure.tolerance.total_cmp(&TOLERANCE).is_ne()).then(|| format!("{}%", figure.tolerance)),
        holds_in: figure.holds_in.clone(),
    }
}

/// The figure in every environment. One that is computed from two environments holds in neither of them alone.
pub fn environments_of(figure: &model::Figure) -> BTreeMap<String, FigureThere> {
    let home = match figure.home.as_slice() {
        [home] => Some((home.clone(), FigureThere { value: Some(figure.value), text: figure.text.clone() })),
        _ => None,
    };
    let there = |found: &model::EnvironmentValue| FigureThere { value: found.value, text: found.text.clone() };
    figure.elsewhere.iter().map(|(id, elsewhere)| (id.clone(), there(elsewhere))).chain(home).collect()
}

/// The file.
pub fn artifact(path: &str, out: &Rules, maker: Option<Span>) -> Artifact {
    let mut text = format!("kind: {}\nversion: {}\ncount: {}\n", out.kind, out.version, out.count);
    for section in sections(out) {
        text.push_str(&section.head());
        let parts: Vec<String> = section.parts.par_iter().map(Part::text).collect();
        parts.iter().for_each(|part| text.push_str(part));
    }
    // Who reads it knows by the seal that it is as it was written here.
    let mut artifact = Artifact::new(path, &text, maker).sealed();
    artifact.provenance = Some(Box::new(Evals));
    artifact
}

/// A section of the file.
struct Section<'a> {
    name: &'static str,
    /// As it is written without parts; empty, if it is left out then.
    nothing: &'static str,
    parts: Vec<Part<'a>>,
}

/// What is written by itself, and remembers its input.
enum Part<'a> {
    Rule(&'a Rule),
    Environment(&'a str, &'a Environment),
    Benchmark(&'a str, &'a Benchmark),
    /// Of one environment.
    Results(&'a str, &'a BTreeMap<String, Results>),
    Figure(&'a str, &'a Figure),
    UncitedResults(&'a BTreeMap<String, BTreeMap<String, String>>),
    UncitedFigures(&'a BTreeMap<String, String>),
}

fn sections(out: &Rules) -> [Section<'_>; 6] {
    let rules = out.rules.iter().map(Part::Rule).collect();
    let environments = out.environments.iter().map(|(id, written)| Part::Environment(id, written)).collect();
    let benchmarks = out.benchmarks.iter().map(|(id, written)| Part::Benchmark(id, written)).collect();
    let results = out.results.iter().map(|(id, written)| Part::Results(id, written)).collect();
    let figures = out.figures.iter().map(|(id, written)| Part::Figure(id, written)).collect();
    let Uncited { results: uncited_results, figures: uncited_figures } = &out.uncited;
    let mut uncited = Vec::new();
    if !uncited_results.is_empty() {
        uncited.push(Part::UncitedResults(uncited_results));
    }
    if !uncited_figures.is_empty() {
        uncited.push(Part::UncitedFigures(uncited_figures));
    }
    [
        Section { name: "rules", nothing: "[]", parts: rules },
        Section { name: "environments", nothing: "{}", parts: environments },
        Section { name: "benchmarks", nothing: "{}", parts: benchmarks },
        Section { name: "results", nothing: "{}", parts: results },
        Section { name: "figures", nothing: "{}", parts: figures },
        Section { name: "uncited", nothing: "", parts: uncited },
    ]
}

impl Section<'_> {
    fn head(&self) -> String {
        match self.parts.is_empty() {
            true if self.nothing.is_empty() => String::new(),
            true => format!("{}: {}\n", self.name, self.nothing),
            false => format!("{}:\n", self.name),
        }
    }
}

impl Part<'_> {
    /// As YAML, not indented.
    fn plain(&self) -> String {
        let written = match self {
            Part::Rule(rule) => yaml::write(&[rule]),
            Part::Environment(id, environment) => yaml::write(&BTreeMap::from([(id, environment)])),
            Part::Benchmark(id, benchmark) => yaml::write(&BTreeMap::from([(id, benchmark)])),
            Part::Results(id, results) => yaml::write(&BTreeMap::from([(id, results)])),
            Part::Figure(id, figure) => yaml::write(&BTreeMap::from([(id, figure)])),
            Part::UncitedResults(digests) => yaml::write(&BTreeMap::from([("results", digests)])),
            Part::UncitedFigures(digests) => yaml::write(&BTreeMap::from([("figures", digests)])),
        };
        written.expect("texts, finite numbers and what was read from YAML can be written")
    }

    /// As it stands in the file.
    fn text(&self) -> String {
        let plain = self.plain();
        let indent = match self {
            Part::Rule(_) => "",
            Part::Environment(..)
            | Part::Benchmark(..)
            | Part::Results(..)
            | Part::Figure(..)
            | Part::UncitedResults(_)
            | Part::UncitedFigures(_) => "  ",
        };
        let mut text = String::with_capacity(plain.len() + plain.len() / 8);
        for line in plain.lines() {
            text.push_str(if line.is_empty() { "" } else { indent });
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// The evals are made from the model alone.
#[derive(Debug)]
struct Evals;

impl Provenance for Evals {
    fn origins(&self, artifact: &Artifact, model: &Model) -> Vec<Origin> {
        let out = rules(model);
        let active: BTreeMap<&RuleId, &model::Rule> = model.rules.iter().map(|rule| (&rule.id, rule)).collect();
        let head = artifact.body().lines().take_while(|line| !line.starts_with("rules:")).count();
        let mut tracing = Tracing { line: artifact.body_line() + head, origins: Vec::new() };
        for section in sections(&out) {
            tracing.line += section.head().lines().count();
            for part in &section.parts {
                match part {
                    Part::Rule(rule) => tracing.part(part, &|at| rule_origin(active[&rule.id], model, at)),
                    Part::Environment(id, _) => {
                        let span = model.environments[*id].span;
                        tracing.part(part, &|_| (span, format!("the environment `{id}`")));
                    }
                    Part::Benchmark(id, _) => {
                        let span = model.benchmarks[*id].span;
                        tracing.part(part, &|_| (span, format!("the benchmark `{id}`")));
                    }
                    Part::Results(..) | Part::UncitedResults(_) => tracing.part(part, &|at| results_origin(model, at)),
                    Part::UncitedFigures(_) => tracing.part(part, &|at| {
                        let id = at.rsplit('/').next().unwrap_or_default();
                        let figure = model.figures.get(id).or_else(|| model.figures.values().next());
                        (figure.expect("there is one that no rule cites").span, format!("the figure `{id}`"))
                    }),
                    Part::Figure(id, _) => {
                        let span = model.figures[*id].span;
                        tracing.part(part, &|_| (span, format!("the figure `{id}`")));
                    }
                }
            }
        }
        tracing.origins
    }
}

fn rule_origin(rule: &model::Rule, model: &Model, pointer: &str) -> (Span, String) {
    let steps: Vec<&str> = pointer.split('/').skip(2).collect();
    if steps.first() == Some(&"refs")
        && let Some(reference) = reference(&rule.refs, pointer)
    {
        return (reference.span, format!("the reference `{}` of `{}`", reference.text, rule.id));
    }
    match steps.as_slice() {
        ["text"] => (rule.full.span, format!("the `text` of `{}`", rule.id)),
        ["short"] => (rule.short.as_ref().unwrap_or(&rule.full).span, format!("the `short` of `{}`", rule.id)),
        ["checks"] => {
            (rule.checks.first().map_or(rule.span, |check| check.span), format!("the checks of `{}`", rule.id))
        }
        ["checks", index, rest @ ..]
            if let Some(of) = index.parse().ok().and_then(|index: usize| rule.checks.get(index)) =>
        {
            check_origin(rule, of, model, rest)
        }
        [key @ ("priority" | "weight" | "tags" | "evidence"), ..] => {
            (rule.part(key), format!("the `{key}` of `{}`", rule.id))
        }
        ["path" | "section"] => (rule.part("section"), format!("the `section` of `{}`", rule.id)),
        _ => (rule.span, format!("the rule `{}`", rule.id)),
    }
}

fn check_origin(rule: &model::Rule, of: &model::RuleCheck, model: &Model, steps: &[&str]) -> (Span, String) {
    match steps {
        ["utils", name, ..] if let Some(utility) = model.utility_of(&of.check, name) => {
            (utility.body, format!("the utility rule `{name}`"))
        }
        [part, ..] => (of.part(part), format!("the check of `{}`", rule.id)),
        [] => (of.span, format!("the check of `{}`", rule.id)),
    }
}

/// The one that was written out at a pointer: `/0/refs/files/1`.
fn reference<'a>(refs: &'a model::References, pointer: &str) -> Option<&'a Reference> {
    let (list, index) = pointer.split_once("/refs/")?.1.split_once('/')?;
    let list = if list == "files" { &refs.files } else { &refs.commands };
    list.get(index.parse::<usize>().ok()?)
}

/// Where results come from: `/ENV/BENCHMARK/cases/CASE/spread`, or `/results/ENV/BENCHMARK` of a digest.
fn results_origin(model: &Model, pointer: &str) -> (Span, String) {
    let steps: Vec<&str> = pointer
        .strip_prefix("/results")
        .filter(|rest| !rest.is_empty())
        .unwrap_or(pointer)
        .split('/')
        .skip(1)
        .collect();
    let environment = steps.first().and_then(|id| model.environments.get(*id));
    let (Some(environment), Some(id)) = (environment, steps.get(1)) else {
        let first = environment.or_else(|| model.environments.values().next());
        return (first.expect("results are of an environment").span, "the results".to_owned());
    };
    let found = model.benchmarks.get(*id).and_then(|benchmark| benchmark.in_environment(steps[0]));
    let Some(results) = found else { return (environment.span, format!("the environment `{}`", steps[0])) };
    let last = steps.last().copied().unwrap_or_default();
    let case = steps.get(3).and_then(|case| Some((*case, results.cases.get(*case)?)));
    case.map_or_else(
        || (results.span, format!("the results of `{id}` in `{}`", steps[0])),
        |(name, case)| (case.part(last), format!("the measured case `{id}.{name}`")),
    )
}

/// Goes through the file part by part.
struct Tracing {
    /// The line (from 0) that the next part begins on.
    line: usize,
    origins: Vec<Origin>,
}

impl Tracing {
    /// Asks where each line of a part was made from. The part is read back to learn on which lines its values stand.
    fn part(&mut self, part: &Part, origin: &dyn Fn(&str) -> (Span, String)) {
        let text = part.plain();
        let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let line_of = |offset: usize| self.line + starts.partition_point(|start| *start <= offset) - 1;
        // Its spans are asked for their offsets only, so it need not be one of the run's sources.
        let source = Sources::default().add("", "");
        let document = yaml::read(source, &text, 0, &mut Sink::new()).expect("what was written can be read");
        let mut previous: Option<Span> = None;
        document.walk(&mut |pointer, span| {
            let (from, what) = origin(pointer);
            if previous == Some(from) {
                return;
            }
            previous = Some(from);
            let lines = line_of(span.start)..line_of(span.end.saturating_sub(1).max(span.start)) + 1;
            let wording = matches!(pointer.split('/').nth(2), Some("text" | "short"));
            self.origins.push(Origin { lines, span: from, what, wording });
        });
        self.line += text.lines().count();
    }
}
