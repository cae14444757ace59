//! The processes of a measurement: started one after the other, watched, and summed up case by case.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::Options;
use crate::commands::console::Console;
use crate::commands::progress::Progress;
use crate::diag::{Code, Diagnostic, UserError};
use crate::evidence::data_writer::Outcome;
use crate::evidence::machine::Machine;
use crate::evidence::measure::{self, Answer, Plan};
use crate::evidence::statistics::summary;
use crate::host::disk::Scratch;
use crate::host::python::{self, Event, Running};
use crate::model::{By, Model, Program, ProgramCase};
use crate::text::quantity::Unit;
use crate::text::source::Sources;

/// How long an interpreter may take between cases: to start, and to end.
const START: Duration = Duration::from_secs(60);

/// A case of which nothing is recorded.
pub struct Failure<'a> {
    name: String,
    case: &'a ProgramCase,
    why: String,
}

impl Failure<'_> {
    /// What to tell its author.
    pub fn diagnostic(&self) -> Diagnostic {
        let (what, details) = self.why.split_once('\n').unwrap_or((&self.why, ""));
        let message = format!("`{}` was not measured: {what}", self.name);
        let diagnostic = Diagnostic::new(Code::FailedBenchmark, self.case.block.span, message);
        let diagnostic = if details.is_empty() { diagnostic } else { diagnostic.note(details) };
        diagnostic.help("correct the block; nothing of this case is recorded")
    }
}

/// What runs the benchmarks of a plan.
pub struct Runner<'a> {
    console: &'a Console,
    options: &'a Options,
    sources: &'a Sources,
    plan: &'a Plan<'a>,
    model: &'a Model,
    scratch: Scratch,
    pub machine: Machine,
}

/// Cases of one benchmark that are measured the same way, and what is known of each so far.
struct Group<'a> {
    id: &'a str,
    benchmark: &'a Program,
    by: By,
    cases: BTreeMap<&'a str, State>,
}

#[derive(Default)]
struct State {
    /// By the process that measured them.
    values: Vec<Vec<f64>>,
    spent: Duration,
    failed: Option<String>,
}

impl<'a> Runner<'a> {
    /// Asks the interpreter what it is.
    ///
    /// # Errors
    /// If there is none, or it is no Python that can measure.
    pub fn new(
        console: &'a Console,
        options: &'a Options,
        sources: &'a Sources,
        plan: &'a Plan<'a>,
        model: &'a Model,
    ) -> Result<Self> {
        let scratch = Scratch::new()?;
        let mut running =
            python::start(console.here(), &options.interpreter, scratch.path(), measure::DRIVER, measure::MACHINE)?;
        let event = running.next(START);
        let machine = match &event {
            Event::Line(line) => serde_json::from_str(line).ok(),
            Event::Late | Event::Ended => None,
        };
        let Some(machine) = machine else {
            let why = match event {
                Event::Late => "it does not answer".to_owned(),
                Event::Line(_) | Event::Ended => {
                    running.end()?.unwrap_or_else(|| "its answer is not understood".to_owned())
                }
            };
            bail!(
                UserError::new(format!("`{}` cannot measure: {}", options.interpreter, why.replace('\n', ": ")))
                    .help("name Python 3.8 or newer with `--interpreter PATH`")
            );
        };
        running.end().context("the interpreter does not end")?;
        Ok(Self { console, options, sources, plan, model, scratch, machine })
    }

    /// Runs everything; what was measured, and what was not.
    pub fn run(&self) -> (Vec<Outcome<'a>>, Vec<Failure<'a>>) {
        let mut groups = self.groups();
        let starts = |group: &Group| measure::starts(group.by, self.options.processes) as usize * group.cases.len();
        let progress = Progress::start(self.console, groups.iter().map(starts).sum(), "runs");
        for group in &mut groups {
            for number in 0..measure::starts(group.by, self.options.processes) {
                match group.by {
                    By::Time | By::Peak | By::Size => self.process(group, None),
                    // Each import needs a process of its own; the first fills the caches of the disk.
                    By::Import => {
                        let cases: Vec<&str> = group.cases.keys().copied().collect();
                        cases.into_iter().for_each(|case| self.process(group, Some(case)));
                        if number == 0 {
                            group.cases.values_mut().for_each(|state| state.values.clear());
                        }
                    }
                }
                group.cases.iter().for_each(|_| progress.step());
            }
        }
        drop(progress);
        let (mut outcomes, mut failures) = (Vec::new(), Vec::new());
        for group in groups {
            group.sum_up(&mut outcomes, &mut failures);
        }
        outcomes.sort_by_key(|outcome| (outcome.benchmark, outcome.case));
        (outcomes, failures)
    }

    fn groups(&self) -> Vec<Group<'a>> {
        let mut groups = Vec::new();
        for (id, cases) in self.plan {
            let benchmark = &self.model.programs[*id];
            for by in By::ALL {
                let cases = cases.iter().filter(|case| benchmark.cases[**case].by == by);
                let cases: BTreeMap<&str, State> = cases.map(|case| (*case, State::default())).collect();
                if !cases.is_empty() {
                    groups.push(Group { id, benchmark, by, cases });
                }
            }
        }
        groups
    }

    /// One process with all cases that have not failed, or with one of them. A case that stops its process is left out
    /// of the next try; the values of the others in the process that it stopped are not kept.
    fn process(&self, group: &mut Group<'a>, only: Option<&str>) {
        loop {
            let wanted =
                |(case, state): &(&&str, &State)| state.failed.is_none() && only.is_none_or(|only| only == **case);
            let cases: Vec<&str> = group.cases.iter().filter(wanted).map(|(case, _)| *case).collect();
            if cases.is_empty() {
                return;
            }
            let most = self.options.time_limit.as_secs_f64() / f64::from(2 * self.options.processes);
            let request = measure::request(self.sources, group.benchmark, group.by, &cases, most);
            let started = python::start(
                self.console.here(),
                &self.options.interpreter,
                self.scratch.path(),
                measure::DRIVER,
                &request.text(),
            );
            let fault = match started {
                Ok(running) => Following { runner: self, cases: &cases, group }.follow(running),
                Err(error) => Some((None, error.to_string())),
            };
            match fault {
                None => return,
                Some((Some(case), why)) => group.fail(cases[case], why),
                Some((None, why)) => cases.iter().for_each(|case| group.fail(case, why.clone())),
            }
        }
    }
}

impl<'a> Group<'a> {
    fn fail(&mut self, case: &str, why: String) {
        let state = self.cases.get_mut(case).expect("it is one of the cases");
        state.failed.get_or_insert(why);
    }

    fn sum_up(self, outcomes: &mut Vec<Outcome<'a>>, failures: &mut Vec<Failure<'a>>) {
        for (case, state) in self.cases {
            let unit = Unit::new(self.by.unit());
            let summed = match (state.failed, summary(&state.values.concat())) {
                (Some(why), _) => Err(why),
                (None, None) => Err("the interpreter did not tell what it took".to_owned()),
                (None, Some(summary)) => match unit.implausible(summary.median) {
                    Some(why) => Err(format!("what it takes is {why}")),
                    None => Ok(summary),
                },
            };
            match summed {
                Ok(summary) => {
                    let values = state.values;
                    outcomes.push(Outcome { benchmark: self.id, case, by: self.by, summary, values });
                }
                Err(why) => {
                    let name = format!("{}.{case}", self.id);
                    failures.push(Failure { name, case: &self.benchmark.cases[case], why });
                }
            }
        }
    }
}

/// One process being followed line by line.
struct Following<'f, 'a> {
    runner: &'f Runner<'a>,
    /// As the request has them.
    cases: &'f [&'f str],
    group: &'f mut Group<'a>,
}

impl Following<'_, '_> {
    /// Takes the values of a process; what stopped it, and in which case.
    fn follow(self, mut running: Running) -> Option<(Option<usize>, String)> {
        let limit = self.runner.options.time_limit;
        let mut values: Vec<(usize, f64)> = Vec::new();
        let mut current: Option<usize> = None;
        let mut since = Instant::now();
        loop {
            let rest = current.map(|case| limit.saturating_sub(self.group.cases[self.cases[case]].spent));
            let event = running.next(rest.unwrap_or(START));
            if let Some(case) = current {
                let state = self.group.cases.get_mut(self.cases[case]).expect("it is one of the cases");
                state.spent += since.elapsed();
            }
            since = Instant::now();
            let line = match event {
                Event::Line(line) => line,
                Event::Late if current.is_none() => return Some((None, "the interpreter does not answer".to_owned())),
                Event::Late => return Some((current, format!("it takes longer than {} s", limit.as_secs_f64()))),
                Event::Ended => {
                    let ended = running.end().unwrap_or_else(|error| Some(error.to_string()));
                    if let Some(why) = ended {
                        return Some((current, why));
                    }
                    break;
                }
            };
            match Answer::read(&line) {
                Some(Answer::Begin { begin }) if begin < self.cases.len() => current = Some(begin),
                Some(Answer::Value { case, value }) if case < self.cases.len() => {
                    values.push((case, value));
                    current = None;
                }
                Some(Answer::Error { case, error }) if case < self.cases.len() => {
                    // The last line of a traceback says what it is.
                    let what = error.lines().last().unwrap_or_default().to_owned();
                    let why = if error == what { what } else { format!("{what}\n{error}") };
                    self.group.fail(self.cases[case], why);
                    current = None;
                }
                Some(Answer::Begin { .. } | Answer::Value { .. } | Answer::Error { .. }) | None => {
                    return Some((current, format!("the interpreter answers `{line}`")));
                }
            }
        }
        let mut by_case: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for (case, value) in values {
            by_case.entry(case).or_default().push(value);
        }
        for (case, values) in by_case {
            let state = self.group.cases.get_mut(self.cases[case]).expect("it is one of the cases");
            state.values.push(values);
        }
        None
    }
}
