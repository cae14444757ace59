//! Is every measured value one of the code that the papers show? Compares what was recorded with each value with the
//! benchmark as it is now.

use std::collections::{BTreeMap, BTreeSet};

use super::Inputs;
use crate::diag::{Code, Diagnostic, Sink};
use crate::evidence::data_writer::Record;
use crate::evidence::measure::CodeMark;
use crate::input::files::config::Input;
use crate::model::{Case, Model, Program};
use crate::text::quantity::{listed, plural};
use crate::text::source::{SourceId, Span};

/// Complains about values of other code, about those whose code is gone, and about those without a record of it.
pub fn check(written: &Inputs, model: &Model, diags: &mut Sink) {
    let is_measured = |text: &str, path: &str| written.paths.is_among(Input::Data, path) && Record::is_measured(text);
    let files = written.sources.iter().filter(|(_, source)| is_measured(&source.text, &source.path));
    let measured = files.map(|(id, _)| id).collect();
    let checking = Checking { written, model, measured };
    for (id, values) in checking.values() {
        match model.programs.get(id) {
            Some(benchmark) => checking.benchmark(id, benchmark, &values, diags),
            None => checking.gone(id, &values, None, diags),
        }
    }
}

/// A value with a record of its code, or from a file that has one for every value.
struct Value<'a> {
    case: &'a str,
    value: &'a Case,
}

impl Value<'_> {
    fn code(&self) -> Option<CodeMark> {
        self.value.code.as_deref().and_then(CodeMark::read)
    }

    fn place(&self) -> Span {
        self.value.part("code")
    }
}

struct Checking<'a> {
    written: &'a Inputs<'a>,
    model: &'a Model,
    /// The files that `kbc measure` writes.
    measured: BTreeSet<SourceId>,
}

impl<'a> Checking<'a> {
    /// By benchmark.
    fn values(&self) -> BTreeMap<&'a str, Vec<Value<'a>>> {
        let is_held = |value: &&Case| value.code.is_some() || self.measured.contains(&value.span.source);
        let mut values: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (id, benchmark) in &self.model.benchmarks {
            for (case, value) in benchmark.results.iter().flat_map(|results| &results.cases) {
                if is_held(&value) {
                    values.entry(id).or_default().push(Value { case, value });
                }
            }
        }
        values
    }

    fn benchmark(&self, id: &str, benchmark: &Program, values: &[Value], diags: &mut Sink) {
        let (there, gone): (Vec<_>, Vec<_>) = values.iter().partition(|value| benchmark.cases.contains_key(value.case));
        let (recorded, unrecorded): (Vec<&Value>, Vec<&Value>) =
            there.into_iter().partition(|value| value.code().is_some());
        let mut by_case: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        let mut other_setup = Vec::new();
        for value in recorded {
            let (now, then) = (CodeMark::of(benchmark, value.case), value.code());
            if then.as_ref().is_some_and(|then| then.case != now.case) {
                by_case.entry(value.case).or_default().push(value);
            }
            if then.is_some_and(|then| then.setup != now.setup) {
                other_setup.push(value);
            }
        }
        for (case, values) in by_case {
            diags.push(changed_case(id, case, benchmark, &values));
        }
        diags.extend(changed_setup(id, benchmark, &other_setup));
        diags.extend(no_record(id, &unrecorded));
        let gone: Vec<Value> = gone.into_iter().map(|value| Value { ..*value }).collect();
        if !gone.is_empty() {
            self.gone(id, &gone, Some(benchmark), diags);
        }
    }

    /// Values of cases that no paper has. A block that is broken has been complained about.
    fn gone(&self, id: &str, values: &[Value], benchmark: Option<&Program>, diags: &mut Sink) {
        let mut cases: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        values.iter().for_each(|value| cases.entry(value.case).or_default().push(value));
        cases.retain(|case, _| !self.is_written(id, case));
        for (case, values) in cases {
            let name = format!("{id}.{case}");
            let message = format!("no paper has the case `{name}` any more, which was measured");
            let mut fault = match benchmark.and_then(|benchmark| renamed(benchmark, &values)) {
                Some((now, block)) => Diagnostic::new(Code::ChangedBenchmark, block, message)
                    .label(format!("its code is the case `{now}` here")),
                None => Diagnostic::new(Code::ChangedBenchmark, values[0].value.span, message),
            };
            if let Some(first) = benchmark.and_then(|benchmark| benchmark.blocks().next()) {
                let is_told = fault.span() == Some(first.span);
                fault = if is_told { fault } else { fault.also(first.span, format!("the benchmark `{id}`")) };
            }
            fault = places(fault, &values);
            diags.push(fault.help(format!(
                "put the block back: ```python bench={id} case={case}, or delete the value and whatever is computed from it"
            )));
        }
    }

    fn is_written(&self, id: &str, case: &str) -> bool {
        let mut fences = self.written.parsed.papers.iter().flat_map(|paper| &paper.prose.fences);
        let has = |key: &str, value: &str, fence: &crate::input::files::paper::Fence| {
            fence.attributes.get(key).is_some_and(|written| written == value)
        };
        fences.any(|fence| has("bench", id, fence) && has("case", case, fence))
    }
}

/// A case that has the code of a case that is gone.
fn renamed<'a>(benchmark: &'a Program, values: &[&Value]) -> Option<(&'a str, Span)> {
    let then = values.iter().find_map(|value| value.code())?;
    let is_it = |case: &&String| CodeMark::of(benchmark, case).case == then.case;
    let case = benchmark.cases.keys().find(is_it)?;
    Some((case, benchmark.cases[case].block.span))
}

fn changed_case(id: &str, case: &str, benchmark: &Program, values: &[&Value]) -> Diagnostic {
    let name = format!("{id}.{case}");
    let message = format!("`{name}` was measured with other code than this");
    let mut fault = Diagnostic::new(Code::ChangedBenchmark, benchmark.cases[case].block.span, message);
    fault = places(fault, values);
    let then = values.iter().find_map(|value| value.code());
    let is_it = |other: &&String| then.as_ref().is_some_and(|then| CodeMark::of(benchmark, other).case == then.case);
    if let Some(other) = benchmark.cases.keys().find(is_it) {
        fault = fault.note(format!("it was measured with what `{id}.{other}` is now"));
    }
    again(fault, id)
}

fn changed_setup(id: &str, benchmark: &Program, values: &[&Value]) -> Option<Diagnostic> {
    let first = values.first()?;
    let names: BTreeSet<String> = values.iter().map(|value| format!("`{id}.{}`", value.case)).collect();
    let names: Vec<String> = names.into_iter().collect();
    let told = if names.len() > 3 { format!("{} of `{id}`", plural(names.len(), "case")) } else { listed(&names) };
    let were = if names.len() == 1 { "was" } else { "were" };
    let (place, message) = match benchmark.setup.first() {
        Some(setup) => (setup.span, format!("{told} {were} measured with another setup than this")),
        None => (benchmark.cases[first.case].block.span, format!("{told} {were} measured with a setup that is gone")),
    };
    let fault = Diagnostic::new(Code::ChangedBenchmark, place, message);
    let others = benchmark.setup.iter().skip(1).fold(fault, |fault, setup| fault.also(setup.span, "more of the setup"));
    Some(again(places(others, &values[..1]), id))
}

fn no_record(id: &str, values: &[&Value]) -> Option<Diagnostic> {
    let first = values.first()?;
    let more = if values.len() > 1 { format!(" and {} more of it", values.len() - 1) } else { String::new() };
    let message = format!("no record says with which code `{id}.{}`{more} was measured", first.case);
    Some(again(Diagnostic::new(Code::ChangedBenchmark, first.place(), message), id))
}

fn places(fault: Diagnostic, values: &[&Value]) -> Diagnostic {
    values.iter().fold(fault, |fault, value| {
        if fault.span() == Some(value.value.span) { fault } else { fault.also(value.place(), "measured here") }
    })
}

fn again(fault: Diagnostic, id: &str) -> Diagnostic {
    fault
        .help(format!("measure it again: `kbc measure {id}`"))
        .help(format!("if the code changed without effect on what is measured, say so: `kbc measure --unchanged {id}`"))
}
