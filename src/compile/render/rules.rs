//! `rules.yaml`: every active rule with its check, and the whole chain of evidence under it.
//!
//! Environments, measured values and figures are in it digit by digit, so that no measurement can
//! change without this file changing. Each part is written by itself and remembers its input.

use std::collections::BTreeMap;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::compile::artifact::{Artifact, Origin, Provenance};
use crate::diag::{Severity, Sink};
use crate::input::files::check as written;
use crate::input::files::check::{AstRule, Judge, Language, Metric, Where};
use crate::input::files::data::TOLERANCE;
use crate::input::formats::{head, yaml};
use crate::input::schema::Format;
use crate::input::vocabulary::{Precision, Priority, RuleId, Status};
use crate::model::{self, Check, Model, Reference};
use crate::review;
use crate::text::source::{Sources, Span};

/// The format of the evals.
pub static FORMAT: Format = Format::of::<Rules>("rules");

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
    /// Where measurements come from, in one line each.
    pub environments: BTreeMap<String, Environment>,
    pub measurements: BTreeMap<String, Measurement>,
    pub figures: BTreeMap<String, Figure>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<RuleCheck>,
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
    pub severity: Severity,
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

/// Where measurements come from.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Environment {
    pub about: String,
    /// Publication, revision, licence; absent for measurements of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What a reader must know before believing them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<String>,
}

/// Measured values of one experiment.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Measurement {
    pub about: String,
    pub environment: String,
    pub unit: String,
    pub cases: BTreeMap<String, Case>,
    /// The same cases measured elsewhere, by environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repeats: BTreeMap<String, Repeat>,
}

/// Cases as another environment has them.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Repeat {
    pub unit: String,
    pub cases: BTreeMap<String, Case>,
}

/// One measured value.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Case {
    pub value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
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
    /// How it is computed from measured cases.
    pub formula: String,
    /// Absent: the spread of every value in it is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// Where it was measured, and what it is there; `null` where a crossover does not exist.
    pub environments: BTreeMap<String, Option<f64>>,
    /// By how many per cent of it two environments may differ; absent: by 25.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// The environments that it is claimed for; absent: all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_in: Option<Vec<String>>,
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
    let active = model.rules.iter().filter(|rule| rule.status == Status::Active);
    let measurements = model.measurements.iter().map(|(id, written)| (id.clone(), measurement(written)));
    let rules: Vec<Rule> = active.map(|rule| rule_out(model, rule)).collect();
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
        measurements: measurements.collect(),
        figures: model.figures.iter().map(|(id, figure)| (id.clone(), figure_out(figure))).collect(),
    }
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
        check: rule.check().map(check_out),
        unchecked: rule.unchecked().map(str::to_owned),
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
    let written::Check { language, severity, message, ast, regex, metric, judge, constraints, transform, fix, .. } =
        check.written();
    let written::Check { r#where: conditions, files, ignores, .. } = check.written();
    RuleCheck {
        language,
        severity,
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

fn environment_out(environment: &model::Environment) -> Environment {
    Environment {
        about: environment.summary.clone(),
        source: environment.source.clone(),
        limits: environment.limits.clone(),
    }
}

fn measurement(written: &model::Measurement) -> Measurement {
    Measurement {
        about: written.about.clone(),
        environment: written.environment.clone(),
        unit: written.unit.symbol().to_owned(),
        cases: cases_out(&written.cases),
        repeats: written.repeats.iter().map(|(id, written)| (id.clone(), repeat(written))).collect(),
    }
}

fn repeat(written: &model::Repeat) -> Repeat {
    Repeat { unit: written.unit.symbol().to_owned(), cases: cases_out(&written.cases) }
}

fn cases_out(cases: &BTreeMap<String, model::Case>) -> BTreeMap<String, Case> {
    let case = |case: &model::Case| Case {
        value: case.value,
        spread: case.spread,
        runs: case.runs,
        original: case.original.clone(),
    };
    cases.iter().map(|(id, written)| (id.clone(), case(written))).collect()
}

fn figure_out(figure: &model::Figure) -> Figure {
    Figure {
        about: figure.about.clone(),
        text: figure.text.clone(),
        value: figure.value,
        unit: figure.unit.symbol().to_owned(),
        formula: figure.formula.clone(),
        confidence: match figure.confidence {
            model::Confidence::Low => Some(Confidence::Low),
            model::Confidence::Known => None,
        },
        environments: environments_of(figure),
        tolerance: Some(figure.tolerance).filter(|tolerance| *tolerance != TOLERANCE),
        holds_in: figure.holds_in.clone(),
    }
}

/// The figure in every environment. One that is computed from two environments holds in neither of them alone.
fn environments_of(figure: &model::Figure) -> BTreeMap<String, Option<f64>> {
    let home = match figure.home.as_slice() {
        [home] => Some((home.clone(), Some(figure.value))),
        _ => None,
    };
    figure.elsewhere.iter().map(|(id, elsewhere)| (id.clone(), elsewhere.value)).chain(home).collect()
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
    /// As it is written without parts.
    nothing: &'static str,
    parts: Vec<Part<'a>>,
}

/// What is written by itself, and remembers its input.
enum Part<'a> {
    Rule(&'a Rule),
    Environment(&'a str, &'a Environment),
    Measurement(&'a str, &'a Measurement),
    Figure(&'a str, &'a Figure),
}

fn sections(out: &Rules) -> [Section<'_>; 4] {
    let rules = out.rules.iter().map(Part::Rule).collect();
    let environments = out.environments.iter().map(|(id, written)| Part::Environment(id, written)).collect();
    let measurements = out.measurements.iter().map(|(id, written)| Part::Measurement(id, written)).collect();
    let figures = out.figures.iter().map(|(id, written)| Part::Figure(id, written)).collect();
    [
        Section { name: "rules", nothing: "[]", parts: rules },
        Section { name: "environments", nothing: "{}", parts: environments },
        Section { name: "measurements", nothing: "{}", parts: measurements },
        Section { name: "figures", nothing: "{}", parts: figures },
    ]
}

impl Section<'_> {
    fn head(&self) -> String {
        if self.parts.is_empty() { format!("{}: {}\n", self.name, self.nothing) } else { format!("{}:\n", self.name) }
    }
}

impl Part<'_> {
    /// As YAML, not indented.
    fn plain(&self) -> String {
        let written = match self {
            Part::Rule(rule) => yaml::write(&[rule]),
            Part::Environment(id, environment) => yaml::write(&BTreeMap::from([(id, environment)])),
            Part::Measurement(id, measurement) => yaml::write(&BTreeMap::from([(id, measurement)])),
            Part::Figure(id, figure) => yaml::write(&BTreeMap::from([(id, figure)])),
        };
        written.expect("texts, finite numbers and what was read from YAML can be written")
    }

    /// As it stands in the file.
    fn text(&self) -> String {
        let plain = self.plain();
        let indent = match self {
            Part::Rule(_) => "",
            Part::Environment(..) | Part::Measurement(..) | Part::Figure(..) => "  ",
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
            tracing.line += 1;
            for part in &section.parts {
                match part {
                    Part::Rule(rule) => tracing.part(part, &|at| rule_origin(active[&rule.id], model, at)),
                    Part::Environment(id, _) => {
                        let span = model.environments[*id].span;
                        tracing.part(part, &|_| (span, format!("the environment `{id}`")));
                    }
                    Part::Measurement(id, _) => {
                        let made_from = &model.measurements[*id];
                        tracing.part(part, &|at| measurement_origin(id, made_from, at));
                    }
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
        ["check"] => (rule.check_span, format!("the check of `{}`", rule.id)),
        ["check", "utils", name, ..]
            if let Some(utility) = rule.check().and_then(|check| model.utility_of(check, name)) =>
        {
            (utility.body, format!("the utility rule `{name}`"))
        }
        ["check", part, ..] => (rule.check_part(part), format!("the check of `{}`", rule.id)),
        [key @ ("priority" | "weight" | "tags" | "evidence"), ..] => {
            (rule.part(key), format!("the `{key}` of `{}`", rule.id))
        }
        ["path" | "section"] => (rule.part("section"), format!("the `section` of `{}`", rule.id)),
        _ => (rule.span, format!("the rule `{}`", rule.id)),
    }
}

/// The one that was written out at a pointer: `/0/refs/files/1`.
fn reference<'a>(refs: &'a model::References, pointer: &str) -> Option<&'a Reference> {
    let (list, index) = pointer.split_once("/refs/")?.1.split_once('/')?;
    let list = if list == "files" { &refs.files } else { &refs.commands };
    list.get(index.parse::<usize>().ok()?)
}

fn measurement_origin(id: &str, measurement: &model::Measurement, pointer: &str) -> (Span, String) {
    let steps: Vec<&str> = pointer.split('/').skip(2).collect();
    let last = steps.last().copied().unwrap_or_default();
    let case = match steps.as_slice() {
        ["cases", case, ..] => measurement.cases.get(*case).map(|found| (*case, found.part(last))),
        ["repeats", environment, "cases", case, ..] => {
            let repeat = measurement.repeats.get(*environment);
            repeat.and_then(|repeat| repeat.cases.get(*case)).map(|found| (*case, found.part(last)))
        }
        ["repeats", environment, ..] => {
            let repeat = measurement.repeats.get(*environment);
            let what = format!("the measurement `{id}` in `{environment}`");
            return (repeat.map_or(measurement.span, |repeat| repeat.span), what);
        }
        _ => None,
    };
    case.map_or_else(
        || (measurement.span, format!("the measurement `{id}`")),
        |(name, span)| (span, format!("the measured case `{id}.{name}`")),
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
