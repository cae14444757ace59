//! Which benchmarks of the papers to run, as programs for an interpreter, and what its answers mean. Nothing runs
//! here.

mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::diag::UserError;
use crate::model::{By, Model, Program};
use crate::text::fingerprint;
use crate::text::source::{Sources, nearest};

/// The program that runs benchmarks, for Python 3.8 and newer.
pub const DRIVER: &str = include_str!("measure/driver.py");

/// Seconds that a round of loops takes at least: far above the resolution and the jitter of any clock.
const LEAST: f64 = 0.02;
/// Rounds in each process.
const ROUNDS: u32 = 5;

/// Cases by benchmark.
pub type Plan<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The cases that figures or benchmarks need; every case that a paper has, if none is named.
///
/// # Errors
/// What nobody can measure, and the next step.
pub fn plan<'a>(model: &'a Model, names: &'a [String]) -> Result<Plan<'a>, UserError> {
    let mut plan = Plan::new();
    if names.is_empty() {
        let all = model.programs.iter().map(|(id, benchmark)| (id.as_str(), cases(benchmark)));
        plan.extend(all);
        if plan.is_empty() {
            let help = "add a block to a paper: ```python bench=BENCHMARK case=CASE";
            return Err(UserError::new("no paper has a benchmark").help(help));
        }
        return Ok(plan);
    }
    for name in names {
        if let Some(benchmark) = model.programs.get(name) {
            plan.entry(name).or_default().extend(cases(benchmark));
            continue;
        }
        let Some(figure) = model.figures.get(name) else { return Err(unknown(model, name)) };
        for (benchmark, case) in &figure.inputs {
            let has = model.programs.get(benchmark).is_some_and(|program| program.cases.contains_key(case));
            if !has {
                let help = format!("add a block to a paper: ```python bench={benchmark} case={case}");
                return Err(UserError::new(format!(
                    "`{name}` is computed from `{benchmark}.{case}`, for which no paper has a benchmark"
                ))
                .help(help));
            }
            plan.entry(benchmark).or_default().insert(case);
        }
    }
    Ok(plan)
}

fn cases(benchmark: &Program) -> BTreeSet<&str> {
    benchmark.cases.keys().map(String::as_str).collect()
}

fn unknown(model: &Model, name: &str) -> UserError {
    let known = model.figures.keys().chain(model.programs.keys()).map(String::as_str);
    let help = nearest(name, known).map_or_else(
        || "name a figure, or a benchmark that a paper has blocks of".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    UserError::new(format!("no figure and no benchmark is called `{name}`")).help(help)
}

/// What tells the code that a case is measured with from other code: a mark of the case, with the way that it is measured,
/// and one of the setup. Comments and white space do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeMark {
    pub case: String,
    pub setup: String,
}

impl CodeMark {
    /// Of a case that the benchmark has.
    pub fn of(benchmark: &Program, case: &str) -> Self {
        let found = &benchmark.cases[case];
        let setup = benchmark.setup.iter().map(|block| block.text.as_str());
        Self { case: mark(&[found.by.name(), &found.block.text]), setup: mark(&setup.collect::<Vec<_>>()) }
    }

    /// As it is written beside a value; `None` if that is none.
    pub fn read(written: &str) -> Option<Self> {
        let (case, setup) = written.split_once('-')?;
        Some(Self { case: case.to_owned(), setup: setup.to_owned() })
    }

    pub fn text(&self) -> String {
        format!("{}-{}", self.case, self.setup)
    }
}

fn mark(blocks: &[&str]) -> String {
    let tokens: Vec<&str> = blocks.iter().flat_map(|block| tokens::of(block)).map(|token| token.text()).collect();
    fingerprint::of(&tokens)[..8].to_owned()
}

/// Some cases of one benchmark, measured in one way: what one process runs.
#[derive(Debug, Serialize)]
pub struct Request<'a> {
    by: &'static str,
    rounds: u32,
    least: f64,
    /// Seconds that the rounds of a case may take in this process.
    most: f64,
    cases: Vec<Script<'a>>,
    #[serde(skip)]
    pub way: By,
}

#[derive(Debug, Serialize)]
struct Script<'a> {
    by: &'static str,
    setup: Vec<Block<'a>>,
    #[serde(flatten)]
    block: Block<'a>,
}

/// A block with its place, so that a traceback leads to the paper.
#[derive(Debug, Serialize)]
struct Block<'a> {
    file: &'a str,
    line: usize,
    text: &'a str,
}

impl Request<'_> {
    /// As the interpreter reads it.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}

/// A request for cases that are measured the same way. `most` is in seconds.
pub fn request<'a>(sources: &'a Sources, benchmark: &'a Program, by: By, cases: &[&str], most: f64) -> Request<'a> {
    let block = |block: &'a crate::model::Block| {
        let source = sources.get(block.body.source);
        Block { file: &source.path, line: source.position(block.body.start).0, text: &block.text }
    };
    let programs = cases.iter().map(|case| {
        let case = &benchmark.cases[*case];
        Script { by: by.name(), setup: benchmark.setup.iter().map(block).collect(), block: block(&case.block) }
    });
    Request { by: by.name(), rounds: ROUNDS, least: LEAST, most, cases: programs.collect(), way: by }
}

/// The request for the facts of the machine.
pub const MACHINE: &str = r#"{"by": "machine"}"#;

/// How often the processes that measure one way are started, for `processes` that people asked for: imports are measured
/// once in each, and the first of them only warms the disk.
pub fn starts(by: By, processes: u32) -> u32 {
    match by {
        By::Time | By::Peak | By::Size => processes,
        By::Import => processes * ROUNDS + 1,
    }
}

/// A line that the driver prints. The case is its place in the request.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    Begin { begin: usize },
    Value { case: usize, value: f64 },
    Error { case: usize, error: String },
}

impl Answer {
    /// Reads a line; `None` if it is none of the driver's.
    pub fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// The program of a case as a person reads it: the module that the setup makes, and what is timed in it.
pub fn program(benchmark: &Program, case: &str) -> String {
    let found = &benchmark.cases[case];
    let setup: String = benchmark.setup.iter().map(|block| block.text.as_str()).collect();
    let indented =
        || found.block.text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect::<String>();
    let body = match found.by {
        By::Time | By::Peak => format!("def block():\n{}\n", indented().trim_end()),
        By::Size => format!("def block():  # returns its last line\n{}\n", indented().trim_end()),
        By::Import => found.block.text.clone(),
    };
    format!("{setup}{body}")
}
