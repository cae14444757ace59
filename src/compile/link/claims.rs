//! Links in the prose: those to data are claims and must be true, the others must lead somewhere.

use std::collections::{HashMap, HashSet};

use super::{DeclaredFigures, Inputs, Used, stated, tables, unsourced_numbers};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::paper::{self, Link, ParsedPaper, Target};
use crate::model::{Figure, Model};
use crate::text::quantity::{self, Unit};
use crate::text::source::{SourceId, Span};

/// Checks every link of every paper.
pub fn verify(written: &Inputs, known: &DeclaredFigures, model: &Model, used: &mut Used, diags: &mut Sink) {
    let path = |source: SourceId| written.sources.get(source).path.as_str();
    let data = written.parsed.data.iter().map(|file| path(file.document.span("").source)).collect();
    let papers = written.parsed.papers.iter().map(|paper| (path(paper.source), paper)).collect();
    let verifying = Verifying { written, known, model, data, papers };
    let verify = |paper: &ParsedPaper, diags: &mut Sink| {
        let mut used = Used::new();
        paper.prose.links.iter().for_each(|link| verifying.link(paper, link, &mut used, diags));
        tables::check(model, paper, &|link| verifying.claimed(paper, link), diags);
        used
    };
    used.extend(diags.par_map(written.parsed.papers.iter().collect(), verify).into_iter().flatten());
}

/// What links are held against.
struct Verifying<'a> {
    written: &'a Inputs<'a>,
    known: &'a DeclaredFigures,
    model: &'a Model,
    /// The paths of data files.
    data: HashSet<&'a str>,
    /// By path.
    papers: HashMap<&'a str, &'a ParsedPaper>,
}

impl Verifying<'_> {
    /// What a link to the data claims something of.
    fn claimed(&self, paper: &ParsedPaper, link: &Link) -> Option<String> {
        match Target::of(&self.written.sources.get(paper.source).path, &link.target) {
            Target::Inside { path, fragment } => self.data.contains(path.as_str()).then_some(fragment),
            Target::External | Target::Outside => None,
        }
    }

    fn link(&self, paper: &ParsedPaper, link: &Link, used: &mut Used, diags: &mut Sink) {
        let (path, fragment) = match Target::of(&self.written.sources.get(paper.source).path, &link.target) {
            Target::External => return,
            Target::Outside => {
                diags.push(dead_link(link, "it leads out of the project"));
                return;
            }
            Target::Inside { path, fragment } => (path, fragment),
        };
        if self.data.contains(path.as_str()) {
            claim(self.known, self.model, link, &fragment, used, diags);
            return;
        }
        match self.papers.get(path.as_str()) {
            Some(target) => {
                let is_everywhere = paper::is_everywhere(&fragment, Target::shows_source(&link.target));
                if !is_everywhere && !target.prose.has_anchor(&fragment) {
                    dead_section(target, link, &fragment, diags);
                }
                unsourced_numbers::in_link(link, diags);
            }
            None if self.written.world.exists(&path) => {}
            None => diags.push(dead_link(link, &format!("there is no `{path}`"))),
        }
    }
}

fn dead_link(link: &Link, why: &str) -> Diagnostic {
    Diagnostic::new(Code::DeadLink, link.span, format!("the link to `{}` is dead", link.target))
        .label(why)
        .help("links are relative to the paper; correct or remove it")
}

fn dead_section(target: &ParsedPaper, link: &Link, fragment: &str, diags: &mut Sink) {
    let message = format!("`{}` has no section `#{fragment}`", target.id);
    let known = target.prose.known_anchors();
    diags.push(diags.near(Diagnostic::new(Code::DeadSection, link.span, message), fragment, known));
}

/// What the data say about the target of a claim.
pub struct Fact<'a> {
    pub value: f64,
    pub unit: &'a Unit,
    /// As kbc would print it.
    pub text: String,
    /// How it was computed.
    pub formula: String,
    pub span: Span,
    /// The measured values in it, where it is not one itself.
    pub inputs: Vec<(String, Span)>,
}

/// What a link means to be about: a figure or case, in the environment that it names.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub id: &'a str,
    pub environment: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// By the ids that figure and environment have now.
    pub fn of(model: &'a Model, fragment: &'a str) -> Self {
        match fragment.split_once('@') {
            Some((id, environment)) => {
                Self { id: model.figure_id(id), environment: Some(model.environment_id(environment)) }
            }
            None => Self { id: model.figure_id(fragment), environment: None },
        }
    }
}

fn fact<'a>(model: &'a Model, subject: Subject) -> Option<Fact<'a>> {
    match subject.environment {
        None => first_fact(model, subject.id),
        Some(environment) => fact_in(model, subject.id, environment),
    }
}

/// What the data say in the first environment that has it.
fn first_fact<'a>(model: &'a Model, id: &str) -> Option<Fact<'a>> {
    if let Some(figure) = model.figures.get(id) {
        let input = |(benchmark, case): &(String, String)| {
            let (_, found) = figure.input(&model.benchmarks, benchmark, case)?;
            Some((format!("{benchmark}.{case}"), found.span))
        };
        let inputs = figure.inputs.iter().filter_map(input).collect();
        let formula = format!("`{id}` is {} = {}", figure.formula, figure.value);
        return Some(Fact {
            value: figure.value,
            unit: &figure.unit,
            text: figure.text.clone(),
            formula,
            span: figure.span,
            inputs,
        });
    }
    let (benchmark, case) = id.split_once('.')?;
    let (results, case) = model.benchmarks.get(benchmark)?.case(case)?;
    let unit = &results.unit;
    let formula = format!("`{id}` is measured as {} {unit}", case.value);
    let text = quantity::print(case.value, unit, None);
    Some(Fact { value: case.value, unit, text, formula, span: case.span, inputs: Vec::new() })
}

/// What the data say in one environment.
fn fact_in<'a>(model: &'a Model, id: &str, environment: &str) -> Option<Fact<'a>> {
    if let Some(figure) = model.figures.get(id) {
        if figure.home == [environment] {
            return first_fact(model, id);
        }
        let elsewhere = figure.elsewhere.get(environment)?;
        let value = elsewhere.value?;
        let input = |(benchmark, case): &(String, String)| {
            let results = model.benchmarks.get(benchmark)?.in_environment(environment)?;
            Some((format!("{benchmark}.{case}"), results.cases.get(case)?.span))
        };
        return Some(Fact {
            value,
            unit: &figure.unit,
            text: elsewhere.text.clone(),
            formula: format!("in `{environment}`, `{id}` is {} = {value}", figure.formula),
            span: figure.span,
            inputs: figure.inputs.iter().filter_map(input).collect(),
        });
    }
    let (benchmark, case) = id.split_once('.')?;
    let results = model.benchmarks.get(benchmark)?.in_environment(environment)?;
    let (case, unit) = (results.cases.get(case)?, &results.unit);
    let formula = format!("in `{environment}`, `{id}` is measured as {} {unit}", case.value);
    let text = quantity::print(case.value, unit, None);
    Some(Fact { value: case.value, unit, text, formula, span: case.span, inputs: Vec::new() })
}

/// Complains about a link that names an environment in which its figure has no value.
fn no_fact(known: &DeclaredFigures, model: &Model, link: &Link, subject: Subject, diags: &mut Sink) {
    let Subject { id, environment } = subject;
    let Some(environment) = environment.filter(|_| first_fact(model, id).is_some()) else {
        known.unknown_figure(id, link.span, model, diags);
        return;
    };
    let environments = model.environments.keys().map(String::as_str);
    if !model.environments.contains_key(environment) {
        let message = format!("no environment is called `{environment}`");
        let diagnostic = Diagnostic::new(Code::UnknownEnvironment, link.span, message);
        diags.push(diags.near(diagnostic, environment, environments));
        return;
    }
    let there: Vec<String> = environments
        .filter(|environment| fact_in(model, id, environment).is_some())
        .map(|environment| format!("`{environment}`"))
        .collect();
    let message = format!("`{id}` has no value in `{environment}`");
    let help = if there.is_empty() {
        format!("its cases are of two environments, so it holds in neither alone; drop the `@{environment}`")
    } else {
        format!("it has one in {}; drop the `@{environment}`, or measure it there", there.join(", "))
    };
    diags.push(Diagnostic::new(Code::UnknownEnvironment, link.span, message).help(help));
}

fn claim(known: &DeclaredFigures, model: &Model, link: &Link, fragment: &str, used: &mut Used, diags: &mut Sink) {
    let subject = Subject::of(model, fragment);
    let id = subject.id;
    let is_figure = model.figures.contains_key(id) || id.contains('.');
    let names_no_figure = id.is_empty() || model.benchmarks.contains_key(id) || model.environments.contains_key(id);
    if names_no_figure && !is_figure {
        if quantity::hides_digits(&link.text) || quantity::in_words(&link.text).is_some() {
            let help = "link it to a figure, or to a case: `#benchmark.case`";
            diags.push(Diagnostic::new(Code::UnclearClaim, link.span, "the number is linked to no figure").help(help));
        }
        return;
    }
    used.insert(id.to_owned());
    used.extend(subject.environment.map(|environment| format!("{id}@{environment}")));
    let Some(fact) = fact(model, subject) else {
        // That nothing crosses there is said without a number.
        let is_there = |figure: &Figure| subject.environment.is_some_and(|id| figure.elsewhere.contains_key(id));
        if !quantity::hides_digits(&link.text) && model.figures.get(id).is_some_and(is_there) {
            return;
        }
        no_fact(known, model, link, subject, diags);
        return;
    };
    diags.extend(stated::verify(model, link, subject, &fact));
}
