//! `kbc import`: results that other tools wrote become measurements.

pub mod instructions;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::console::Console;
use super::data_file::{Target, WriteResult};
use super::exit::Exit;
use super::results;
use super::session::Session;
use super::writing::{Done, Mode};
use crate::compile::{self, Linked};
use crate::diag::{Code, Diagnostic, Place, UserError};
use crate::evidence::bench_results::Run;
use crate::evidence::data_writer::{self, Environment, Imported, Record, Refusal};
use crate::evidence::machine::id_of;
use crate::host::disk;
use crate::input::files::data::EnvironmentId;
use crate::model::Model;
use crate::text::quantity::plural;
use crate::text::source::{Sources, Span, nearest};

/// What is asked for besides the results.
pub struct Options {
    /// A file, or a folder of criterion.
    pub file: PathBuf,
    /// The name of the data file.
    pub data: Option<String>,
    pub environment: Option<String>,
}

/// Reads, names and writes; nothing is written if anything is refused.
pub fn run(call: &Session, options: &Options, mode: Mode) -> Result<Exit> {
    let root = call.root()?;
    let results = read(&call.console, &options.file)?;
    let shown = options.file.display().to_string().replace('\\', "/");
    let stem =
        options.file.file_stem().map_or_else(|| "results".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let name = options.data.clone().unwrap_or_else(|| id_of(&stem));
    let target = Target::open(&root, &name)?.in_mode(mode);
    let Linked { mut sources, model, .. } = compile::link_only(disk::load(&root), &disk::Project::at(&root));
    let importing = Importing { model: &model, sources: &sources, target: &target, shown: &shown };
    let (environment, facts) = importing.environment(&results, options.environment.as_deref())?;
    let Imported { record: mut newer, left_out } = data_writer::imported(&results, &name, &environment, &target.record)
        .map_err(|refusals| refused(&shown, &refusals))?;
    if newer.benchmarks.is_empty() {
        bail!(refused(&shown, &left_out));
    }
    let clashes = importing.clashes(&newer, &environment);
    if !clashes.is_empty() {
        // A folder has no text to point into.
        let text = results::text(&call.console, &options.file).unwrap_or_default();
        let source = sources.add(&shown, &text);
        let place = |id: &str| {
            id_in(&text, &results, id, &name)
                .map_or(Place::File(shown.clone()), |range| Span::new(source, range).into())
        };
        let clashes: Vec<Diagnostic> =
            clashes.into_iter().map(|(id, clash)| Diagnostic { place: place(&id), ..clash }).collect();
        call.complain(&clashes, &sources);
        call.remark("nothing was written");
        return Ok(Exit::Unusable);
    }
    newer.environments.extend(facts.map(|facts| (environment.clone(), facts)));
    let told = told(&newer, &environment);
    newer.benchmarks.retain(|id, _| !importing.model.benchmarks.contains_key(id));
    if !left_out.is_empty() {
        call.remark(&format!("left out, since there is no value: {}", list(&left_out)));
    }
    let path = target.path.clone();
    match target.write(&root, &disk::load(&root), newer, "import", Vec::new())? {
        WriteResult::Unchanged => {
            call.list("files");
            call.remark(&format!("nothing to change: `{path}` has all of it"));
        }
        WriteResult::Broken(faults, sources) => {
            call.complain(&faults, &sources);
            call.remark("nothing was written");
            return Ok(Exit::Unusable);
        }
        WriteResult::Changed(_) => {
            call.tell_file(mode, Done::Written, &path, "")?;
            call.set("environment", &environment);
            call.answer(&told)?;
        }
    }
    Ok(Exit::Clean)
}

/// The results of the one run that a file or a folder holds.
fn read(console: &Console, path: &Path) -> Result<Run> {
    let mut runs = results::runs(console, path)?;
    if runs.len() > 1 {
        let names: Vec<String> = runs.iter().take(6).map(|(name, _)| format!("`{name}`")).collect();
        bail!(
            UserError::new(format!("`{}` holds the results of {}", path.display(), plural(runs.len(), "run")))
                .help(format!("name one of them: {}", names.join(", ")))
        );
    }
    Ok(runs.pop().map(|(_, run)| run).unwrap_or_default())
}

fn refused(shown: &str, refusals: &[Refusal]) -> UserError {
    let help = "measure it again, or take it out of the file; nothing was written";
    UserError::new(format!("`{shown}` cannot be imported: {}", list(refusals))).help(help)
}

fn list(refusals: &[Refusal]) -> String {
    let list: Vec<String> =
        refusals.iter().take(8).map(|refusal| format!("`{}` {}", refusal.name, refusal.why)).collect();
    let more = refusals.len().saturating_sub(list.len());
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    format!("{}{more}", list.join(", "))
}

/// One file on its way into a knowledge base.
struct Importing<'a> {
    model: &'a Model,
    sources: &'a Sources,
    target: &'a Target,
    /// The file, as the caller named it.
    shown: &'a str,
}

impl Importing<'_> {
    /// Does another file than the one that is written hold this place?
    fn is_elsewhere(&self, span: Span) -> bool {
        self.sources.get(span.source).path != self.target.path
    }

    /// The environment of the results, and its facts where the results have them.
    fn environment(&self, run: &Run, asked: Option<&str>) -> Result<(String, Option<Environment>)> {
        let shown = self.shown;
        let facts = run
            .ran
            .as_ref()
            .map(|ran| (ran.machine.id(), Environment { limits: ran.limits.clone(), ..Environment::of(&ran.machine) }));
        let known = |id: &str| self.model.environments.get(id);
        match (asked, facts) {
            (Some(id), _) if known(id).is_some_and(|known| self.is_elsewhere(known.span)) => Ok((id.to_owned(), None)),
            (Some(id), Some(_)) if !EnvironmentId::is_valid(id) => {
                bail!(UserError::new(format!("`{id}` cannot be an environment")).help(EnvironmentId::FORM))
            }
            (Some(id), Some((_, facts))) => Ok((id.to_owned(), Some(facts))),
            (Some(id), None) if known(id).is_some() => Ok((id.to_owned(), None)),
            (Some(id), None) => {
                let near = nearest(id, self.model.environments.keys().map(String::as_str));
                let help = near.map_or_else(
                    || "define it under `environments` of a file in data/".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                bail!(
                    UserError::new(format!(
                        "no environment is called `{id}`, and `{shown}` does not say where it was measured"
                    ))
                    .help(help)
                )
            }
            (None, Some((id, _))) if known(&id).is_some_and(|known| self.is_elsewhere(known.span)) => {
                let place = &self.sources.get(self.model.environments[&id].span.source).path;
                bail!(
                    UserError::new(format!(
                        "`{shown}` was measured in an environment like `{id}`, which `{place}` defines"
                    ))
                    .help(format!("`--environment {id}` if it is the same machine, another name if it is not"))
                )
            }
            (None, Some((id, facts))) => Ok((id, Some(facts))),
            (None, None) => {
                let known: Vec<String> = self.model.environments.keys().take(6).map(|id| format!("`{id}`")).collect();
                let known = if known.is_empty() { String::new() } else { format!("; there is {}", known.join(", ")) };
                bail!(
                    UserError::new(format!("`{shown}` does not say where it was measured"))
                        .help(format!("name an environment of data/ with `--environment`{known}"))
                )
            }
        }
    }

    /// Ids that mean something else: figures, benchmarks of another file with other cases, and results that another file
    /// has.
    fn clashes(&self, newer: &Record, environment: &str) -> Vec<(String, Diagnostic)> {
        let results = newer.results.values().flatten();
        results.filter_map(|(id, results)| Some((id.clone(), self.clash(id, results, environment)?))).collect()
    }

    fn clash(&self, id: &str, results: &data_writer::Results, environment: &str) -> Option<Diagnostic> {
        let at = Place::File(self.shown.to_owned());
        let taken = |what: &str, span| {
            let message = format!("`{id}` is {what} already");
            Diagnostic::new(Code::DuplicateId, at.clone(), message).label("again").also(span, "here")
        };
        if let Some(figure) = self.model.figures.get(id) {
            return Some(taken("a figure", figure.span).help("rename the figure, or the group of the benchmark"));
        }
        let known = self.model.benchmarks.get(id)?;
        if let Some(there) = known.in_environment(environment).filter(|there| self.is_elsewhere(there.span)) {
            let message = format!("`{id}` is measured in `{environment}` already");
            let diagnostic = Diagnostic::new(Code::DuplicateId, at, message).label("again").also(there.span, "here");
            return Some(diagnostic.help("name another environment with `--environment`, or delete the old results"));
        }
        let measured = known.first_cases();
        let is_known = |case: &String| match &known.cases {
            Some(cases) => cases.contains(case),
            None => measured.contains_key(case.as_str()),
        };
        if self.is_elsewhere(known.span) && !results.cases.keys().all(is_known) {
            let help = "rename the group of the benchmark, or, for one without a group, give the file another name with `--data`";
            return Some(taken("a benchmark with other cases", known.span).help(help));
        }
        None
    }
}

/// Where the results name what became a benchmark: the name of its group, or of its first result.
fn id_in(text: &str, run: &Run, id: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let result = run.results.iter().find(|result| id.starts_with(&id_of(result.group.as_deref().unwrap_or(name))))?;
    let written = serde_json::to_string(result.group.as_ref().unwrap_or(&result.name)).ok()?;
    let at = text.find(&written)?;
    Some(at..at + written.len())
}

/// The ids that came of names.
fn told(record: &Record, environment: &str) -> String {
    let line = |(id, results): (&String, &data_writer::Results)| {
        let cases: Vec<&str> = results.cases.keys().map(String::as_str).collect();
        let unit = results.unit.as_ref().map_or("", |unit| unit.symbol());
        format!("  {id} ({}, {unit}): {}\n", plural(cases.len(), "case"), cases.join(", "))
    };
    let lines: Vec<String> = record.results.values().flatten().map(line).collect();
    format!("{} in `{environment}`\n{}", plural(lines.len(), "benchmark"), lines.concat())
}
