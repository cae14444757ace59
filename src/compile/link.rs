//! From written to meant: resolves every name, computes every figure, and holds every claim of the
//! prose against the data. Whatever does not resolve is complained about and left out.

mod checks;
mod claims;
pub mod environments;
mod figures;
mod measured_code;
mod plausibility;
mod programs;
pub mod refs;
mod results;
mod rules;
mod stated;
mod status;
mod tables;
#[cfg(test)]
mod tests;
mod unsourced_numbers;
mod utilities;

use std::collections::{BTreeSet, HashMap};

use crate::compile::parse::Parsed;
use crate::compile::texts::Texts;
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::input::files::config::Paths;
use crate::input::vocabulary::Drafts;
use crate::input::world::World;
use crate::model::Model;
use crate::text::source::{Sources, Span};

/// What is linked: the inputs as written, and what they are held against.
pub struct Inputs<'a> {
    pub sources: &'a Sources,
    pub parsed: &'a Parsed,
    pub paths: &'a Paths,
    pub drafts: Drafts,
    pub world: &'a dyn World,
}

impl<'a> Inputs<'a> {
    pub fn new(texts: &'a Texts, parsed: &'a Parsed, world: &'a dyn World) -> Self {
        Self { sources: &texts.sources, parsed, paths: &texts.paths, drafts: texts.drafts, world }
    }
}

/// Links papers and data to one model.
pub fn link(written: &Inputs, diags: &mut Sink) -> Model {
    let mut model = Model { paths: written.paths.clone(), ..Model::default() };
    let mut used = BTreeSet::new();
    let known = DeclaredFigures::of(written);
    results::link(written, &mut model, diags);
    plausibility::check(written, &model, diags);
    programs::link(written, &mut model, diags);
    measured_code::check(written, &model, diags);
    figures::link(&written.parsed.data, &mut model, &mut used, diags);
    model.lacks_utilities = written.parsed.lacks_utilities;
    utilities::link(&written.parsed.utilities, &mut model, diags);
    rules::link(written, &known, &mut model, &mut used, diags);
    claims::verify(written, &known, &model, &mut used, diags);
    environments::check(&model, &used, diags);
    unsourced_numbers::vouched(&written.parsed.papers, written.sources, diags);
    // What a broken input would have used is not known.
    if !diags.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        unused(&model, &used, diags);
        programs::unused(written, &model, diags);
        utilities::unused(&model, diags);
    }
    model
}

/// The figures that the data files mean to define, broken ones too: those have been complained about
/// where they are defined, and whoever uses them is not to blame.
struct DeclaredFigures {
    figures: BTreeSet<String>,
    lacks_data: bool,
}

impl DeclaredFigures {
    fn of(written: &Inputs) -> Self {
        let figures = written.parsed.data.iter().flat_map(|file| &file.declared).cloned().collect();
        Self { figures, lacks_data: written.parsed.lacks_data }
    }

    /// Complains about a figure or case that no data file defines.
    fn unknown_figure(&self, name: &str, at: Span, model: &Model, diags: &mut Sink) {
        let owner = name.split('.').next().unwrap_or(name);
        let is_broken_elsewhere =
            self.figures.contains(name) || self.figures.contains(owner) && !model.benchmarks.contains_key(owner);
        if self.lacks_data || is_broken_elsewhere {
            return;
        }
        // Who names a case writes its benchmark before it.
        let suggests = diags.suggests(Code::UnknownFigure, &at.into());
        let benchmarks = model.benchmarks.iter().filter(|_| suggests && name.contains('.'));
        let cases: Vec<(String, Span)> = benchmarks
            .flat_map(|(id, found)| {
                found.first_cases().into_iter().map(move |(case, (_, found))| (format!("{id}.{case}"), found.span))
            })
            .collect();
        let known = model.figures.iter().map(|(id, figure)| (id.as_str(), figure.span));
        let known = known.chain(cases.iter().map(|(id, span)| (id.as_str(), *span)));
        let diagnostic = Diagnostic::new(Code::UnknownFigure, at, format!("no figure is called `{name}`"));
        diags.push(if model.figures.is_empty() {
            diagnostic.help("define it under `figures` of a file in data/")
        } else {
            diags.near_at(diagnostic, name, known)
        });
    }
}

/// What rules, links and figures named: figures by id, cases as `benchmark.case`; what a link names in one
/// environment besides as `id@environment`.
type Used = BTreeSet<String>;

fn unused(model: &Model, used: &Used, diags: &mut Sink) {
    let figures = model.figures.iter().map(|(id, figure)| (id.clone(), Code::UnusedFigure, figure.span));
    let cases = model.benchmarks.iter().flat_map(|(id, benchmark)| {
        let cases = benchmark.first_cases().into_iter();
        cases.map(move |(case, (_, value))| (format!("{id}.{case}"), Code::UnusedCase, value.span))
    });
    for (id, code, span) in figures.chain(cases).filter(|(id, ..)| !used.contains(id)) {
        let what = if code == Code::UnusedCase { "measured case" } else { "figure" };
        diags.push(
            Diagnostic::new(code, span, format!("no rule and no link uses the {what} `{id}`"))
                .help("delete it, or link to it where the prose says what follows from it"),
        );
    }
}

/// Keeps the first owner of every id and complains about the others.
struct UniqueIds<'a> {
    what: &'a str,
    first: HashMap<String, Span>,
}

impl<'a> UniqueIds<'a> {
    fn new(what: &'a str) -> Self {
        Self { what, first: HashMap::new() }
    }

    /// Is this the first with its id?
    fn claim(&mut self, id: &str, span: Span, diags: &mut Sink) -> bool {
        let Some(first) = self.first.get(id) else {
            self.first.insert(id.to_owned(), span);
            return true;
        };
        diags.push(
            Diagnostic::new(Code::DuplicateId, span, format!("the {} `{id}` is defined twice", self.what))
                .label("again")
                .also(*first, "first here")
                .help("give one of them an id of its own"),
        );
        false
    }
}
