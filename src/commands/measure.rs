//! `kbc measure`: runs the benchmarks of the papers here, and records what they take as one more environment.

mod raw_values;
mod run;
mod unchanged;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use self::run::{Failure, Runner};
use super::data_file::{Target, WriteResult};
use super::exit::Exit;
use super::session::Session;
use super::writing::{self, Done};
use crate::compile::link::environments::{self, Verdict};
use crate::compile::{self, Linked};
use crate::diag::{Code, Diagnostic, Severity, UserError};
use crate::evidence::data_writer::{self, Environment, Outcome};
use crate::evidence::machine::Machine;
use crate::evidence::measure::{self, Plan};
use crate::host::disk::{self, Change};
use crate::input::files::data::EnvironmentId;
use crate::model::{self, Figure, Model};
use crate::text::quantity::{self, Unit, listed, plural};

/// Are programs run, only shown, or said to be what ran before?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Run,
    Show,
    Unchanged,
}

/// What is asked for.
pub struct Options {
    /// Figures, or benchmarks of papers; all of these if none is named.
    pub figures: Vec<String>,
    pub mode: Mode,
    pub interpreter: String,
    pub processes: u32,
    /// For each case, all its runs together.
    pub time_limit: Duration,
    /// The name of the environment; else it is made of the machine's facts.
    pub environment: Option<String>,
    /// The day to record instead of today.
    pub date: Option<String>,
}

/// Runs, records, and says what that changes.
pub fn run(call: &Session, options: &Options) -> Result<Exit> {
    let root = call.root()?;
    let date = options.date.clone().unwrap_or_else(|| call.day());
    let understood = compile::link_only(disk::load(&root), &disk::Project::at(&root));
    let faults: Vec<Diagnostic> = understood.diags.iter().filter(|fault| is_in_the_way(fault)).cloned().collect();
    if !faults.is_empty() {
        call.complain(&faults, &understood.sources);
        call.remark("nothing was measured: the inputs have errors");
        return Ok(Exit::Unusable);
    }
    let model = &understood.model;
    let plan = measure::plan(model, &options.figures)?;
    match options.mode {
        Mode::Run => {}
        Mode::Show => {
            let programs = programs(&understood, &plan);
            call.set("programs", &programs);
            call.answer(&programs)?;
            return Ok(Exit::Clean);
        }
        Mode::Unchanged => return unchanged::run(call, options, &understood, &plan),
    }
    let runner = Runner::new(&call.console, options, &understood.sources, &plan, model)?;
    let id = options.environment.clone().unwrap_or_else(|| runner.machine.id());
    let id = model.environment_id(&id).to_owned();
    if !EnvironmentId::is_valid(&id) {
        bail!(UserError::new(format!("`{id}` cannot be an environment")).help(EnvironmentId::FORM));
    }
    let target = Target::open(&root, &format!("measured-{id}"))?;
    let now = Environment::of(&runner.machine);
    let is_elsewhere = examine(&understood, &plan, &id, &target, &now)?;
    let unknown = unknown_cases(model, &plan);
    if !unknown.is_empty() {
        call.complain(&unknown, &understood.sources);
        call.remark("nothing was measured");
        return Ok(Exit::Unusable);
    }
    call.remark(&announcement(&plan, options, &runner.machine));
    let (outcomes, failures) = runner.run();
    let exit = if failures.is_empty() { Exit::Clean } else { Exit::Findings };
    let failures: Vec<Diagnostic> = failures.iter().map(Failure::diagnostic).collect();
    call.complain(&failures, &understood.sources);
    if outcomes.is_empty() {
        call.remark("nothing was recorded");
        return Ok(exit);
    }
    let session = raw_values::session(&root, &target.path, &id, &date, &outcomes);
    let mut newer = data_writer::measured(model, &id, now, (&session.id, session.summary), &outcomes);
    if is_elsewhere {
        newer.environments.clear();
    }
    let path = target.path.clone();
    let raw = Change::Write { path: session.path.clone(), text: session.text };
    match target.write(&root, &disk::load(&root), newer, "measure", vec![raw])? {
        WriteResult::Unchanged => {
            call.list("files");
            call.remark(&format!("nothing to change: `{path}` has all of it"));
        }
        WriteResult::Broken(faults, sources) => {
            call.complain(&faults, &sources);
            call.remark("nothing was recorded");
            return Ok(Exit::Unusable);
        }
        WriteResult::Changed(written) => {
            let recorded = format!(": {} in `{id}`", plural(outcomes.len(), "case"));
            call.tell_file(writing::Mode::Write, Done::Written, &path, &recorded)?;
            call.tell_file(writing::Mode::Write, Done::Written, &session.path, ": their raw values")?;
            call.set("environment", &id);
            call.set("cases", &outcomes.iter().map(as_json).collect::<Vec<_>>());
            call.answer(&(values(&outcomes) + &comparison(&written.after.model, &id, &outcomes)))?;
            if !written.gone.is_empty() {
                let gone: Vec<String> = written.gone.iter().map(|case| format!("`{case}`")).collect();
                call.remark(&format!("{} went from it: what was measured now is in another unit", listed(&gone)));
            }
        }
    }
    Ok(exit)
}

/// Errors that a new measurement cannot mend.
fn is_in_the_way(fault: &Diagnostic) -> bool {
    let of_values = [Code::ClaimReversed, Code::FalseClaim, Code::ImplausibleValue, Code::ChangedBenchmark];
    let is_of_values = of_values.contains(&fault.code);
    fault.severity == Severity::Error && !is_of_values
}

fn programs(understood: &Linked, plan: &Plan) -> String {
    let mut text = String::new();
    for (id, cases) in plan {
        let benchmark = &understood.model.programs[*id];
        for case in cases {
            let found = &benchmark.cases[*case];
            let source = understood.sources.get(found.block.span.source);
            let (line, _) = source.position(found.block.span.start);
            text += &format!("# {id}.{case}, by {}: {}:{line}\n", found.by.name(), source.path);
            text += &measure::program(benchmark, case);
            text += "\n";
        }
    }
    text
}

/// Complains if the environment is another machine's, or would come to be of two machines. Is it defined in another file?
fn examine(understood: &Linked, plan: &Plan, id: &str, target: &Target, now: &Environment) -> Result<bool> {
    let defined = understood.model.environments.get(id);
    let path = defined.map(|known| &understood.sources.get(known.span.source).path);
    if let (Some(known), Some(path)) = (defined, path)
        && *path != target.path
    {
        let model::Environment { interpreter, platform, processor, memory, .. } = known;
        let facts = (interpreter, platform, processor, memory);
        if facts != (&now.interpreter, &now.platform, &now.processor, &now.memory) {
            bail!(
                UserError::new(format!("the environment `{id}` is another machine or interpreter in `{path}`"))
                    .help("name the one of this machine with `--environment`")
            );
        }
        return Ok(true);
    }
    let is_planned = |name: &str| {
        name.split_once('.').is_some_and(|(id, case)| plan.get(id).is_some_and(|cases| cases.contains(case)))
    };
    let kept = target.record.cases().filter(|(_, name)| !is_planned(name)).count();
    let before = target.record.environments.get(id);
    match before.filter(|before| !before.is_same_machine(now)) {
        Some(before) if kept > 0 => {
            let what = [&before.interpreter, &Some(before.platform.clone()), &before.processor];
            let what: Vec<&str> = what.into_iter().flatten().map(String::as_str).collect();
            bail!(
                UserError::new(format!(
                    "`{}` is of another machine or interpreter ({}), and {} of it would stay",
                    target.path,
                    what.join(", "),
                    plural(kept, "case")
                ))
                .help("name this one with `--environment`, or measure everything again: `kbc measure` without a name")
            )
        }
        _ => Ok(false),
    }
}

/// Cases that a benchmark of the data does not have.
fn unknown_cases(model: &Model, plan: &Plan) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (id, cases) in plan {
        let Some(benchmark) = model.benchmarks.get(*id) else { continue };
        let Some(known) = &benchmark.cases else { continue };
        for case in cases.iter().filter(|case| !known.contains(**case)) {
            let at = model.programs[*id].cases[*case].block.span;
            let message = format!("`{id}` has no case `{case}` in the data");
            faults.push(
                Diagnostic::new(Code::UnknownBenchmark, at, message)
                    .also(benchmark.span, "the benchmark")
                    .help_nearest(case, known.iter().map(String::as_str)),
            );
        }
    }
    faults
}

fn announcement(plan: &Plan, options: &Options, machine: &Machine) -> String {
    let cases: usize = plan.values().map(std::collections::BTreeSet::len).sum();
    let names: Vec<String> = plan.keys().map(|id| format!("`{id}`")).collect();
    format!(
        "measuring {} of {} with {} ({}) in {}, at most {} s a case",
        plural(cases, "case"),
        names.join(", "),
        options.interpreter,
        machine.interpreter().unwrap_or_default(),
        if options.processes == 1 { "1 process".to_owned() } else { format!("{} processes", options.processes) },
        options.time_limit.as_secs_f64(),
    )
}

fn values(outcomes: &[Outcome]) -> String {
    let line = |outcome: &Outcome| {
        let unit = Unit::new(outcome.by.unit());
        let value = quantity::print(outcome.summary.median, &unit, None);
        let spread = quantity::print(outcome.summary.spread, &unit, None);
        let runs = plural(outcome.summary.runs as usize, "run");
        format!("  {}.{}: {value}, spread {spread}, {runs}\n", outcome.benchmark, outcome.case)
    };
    outcomes.iter().map(line).collect()
}

fn as_json(outcome: &Outcome) -> Value {
    let summary = &outcome.summary;
    json!({
        "id": format!("{}.{}", outcome.benchmark, outcome.case), "unit": outcome.by.unit(),
        "value": summary.median, "spread": summary.spread, "runs": summary.runs,
    })
}

/// What every figure was, and what it is here.
fn comparison(model: &Model, environment: &str, outcomes: &[Outcome]) -> String {
    let is_new = |figure: &Figure| {
        let names = |(id, case): &(String, String)| outcomes.iter().any(|new| new.benchmark == id && new.case == case);
        figure.inputs.iter().any(names)
    };
    let line = |(id, figure): (&String, &Figure)| {
        let mixed = mixed(id, figure, outcomes);
        let Some(here) = figure.elsewhere.get(environment) else {
            return (figure.home == [environment]).then(|| format!("{id}: {}\n{mixed}", figure.text));
        };
        let verdict = match environments::verdict(figure, here) {
            _ if !figure.is_claimed_for(environment) => ", not claimed for it".to_owned(),
            Verdict::Agrees => String::new(),
            Verdict::Differs(None) => ": they disagree".to_owned(),
            Verdict::Differs(Some(by)) => format!(": they disagree by {by:.0}%"),
            Verdict::Reversed => ": it is reversed".to_owned(),
        };
        let home = figure.home.iter().map(|home| format!("`{home}`")).collect::<Vec<_>>().join(" and ");
        Some(format!("{id}: {} in {home}, {} in this one{verdict}\n{mixed}", figure.text, here.text))
    };
    let figures: BTreeMap<&String, &Figure> = model.figures.iter().filter(|(_, figure)| is_new(figure)).collect();
    figures.into_iter().filter_map(line).collect()
}

/// What is said of a figure that relates cases of this run to ones from before, when the machine may have been busier.
fn mixed(id: &str, figure: &Figure, outcomes: &[Outcome]) -> String {
    let is_old =
        |(name, case): &&(String, String)| !outcomes.iter().any(|new| new.benchmark == *name && new.case == *case);
    let old: Vec<String> = figure.inputs.iter().filter(is_old).map(|(name, case)| format!("`{name}.{case}`")).collect();
    if old.is_empty() {
        return String::new();
    }
    let was = if old.len() == 1 { "was" } else { "were" };
    format!("  but {} {was} measured before: `kbc measure {id}` measures all of it in turn\n", listed(&old))
}
