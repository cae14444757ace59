//! `kbc review`: the checks run on code, on what changed in it, and on results of benchmarks.

mod left_out;
mod measured;
pub mod options;
mod python;
mod rewrite;
mod rules;
mod scan;
mod summary;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use self::left_out::{Known, Since};
use self::options::{BaselineMode, Options, Rewrites, Shows, Times};
use self::rewrite::Rewritten;
use self::rules::RuleSet;
use self::scan::Collected;
use self::summary::{exit, exit_of_troubles, statistics, times, times_told};
use super::exit::Exit;
use super::session::Session;
use crate::compile::Compilation;
use crate::diag::{Levels, Place, Sink, SwitchedOff};
use crate::host::disk::CodeFile;
use crate::host::{cache, disk};
use crate::print;
use crate::print::findings;
use crate::review::finding::{self, Baseline, Counts, FileNames, Names, Review, RuleLevels};
use crate::review::{Engine, Recall, Timing};
use crate::text::memo::Memory;
use crate::text::quantity::plural;
use crate::text::quoted;
use crate::text::url;

pub use self::summary::summary;

/// Reviews, and prints what was found.
pub fn run(call: &Session, options: &Options) -> Result<Exit> {
    let console = &call.console;
    let root = call.root()?;
    let mut looked = look(call, options)?;
    if options.rewrites != Rewrites::Offered {
        let rewritten = rewrite::texts(&looked.review, &looked.engine);
        if options.rewrites == Rewrites::Shown {
            return show(call, &looked.review, &rewritten);
        }
        let files: Vec<(PathBuf, String)> = rewritten
            .iter()
            .filter_map(|file| Some((looked.paths.get(&file.name)?.clone(), file.after.clone())))
            .collect();
        let removed = disk::rewrite(console.here(), &files)?;
        if removed > 0 {
            call.remark(&format!("removed {} that an interrupted `--fix` had left", plural(removed, "temporary file")));
        }
        let fixed = rewritten.iter().map(|file| file.applied).sum();
        looked = look(call, options)?;
        looked.review.counts.fixed = fixed;
    }
    let review = &mut looked.review;
    match (&options.baseline, options.baseline_mode) {
        (Some(path), BaselineMode::Write) => {
            write_baseline(call, path, review)?;
            return Ok(exit_of_troubles(review));
        }
        (Some(path), BaselineMode::Update) => update_baseline(call, path, &root, review, &looked.paths)?,
        (Some(_), BaselineMode::Read) | (None, _) => {}
    }
    if options.timing == Times::Told {
        review.times = times(&looked.engine, &looked.timing);
    }
    match options.shows {
        Shows::Findings => call.answer_with(|out| findings::write(options.format, review, out))?,
        Shows::Statistics => tell_statistics(call, review)?,
    }
    if options.timing == Times::Told {
        call.remark(&times_told(&review.times));
    }
    call.remark(&summary(review));
    Ok(exit(review, &options.fail_on))
}

/// Prints how often each rule is broken.
fn tell_statistics(call: &Session, review: &Review) -> Result<()> {
    let counted = statistics(review);
    let width = counted.iter().map(|(_, rule)| rule.id.0.len()).max().unwrap_or(0);
    call.list("statistics");
    call.complain(&review.diagnostics, &review.sources);
    for (count, rule) in counted {
        let (id, text) = (&rule.id.0, quoted::line(&rule.full.text));
        call.push("statistics", &json!({ "rule": id, "findings": count, "text": rule.full.text }));
        call.answer(&format!("{count:>6}  {id:width$}  {text}\n"))?;
    }
    Ok(())
}

/// Writes what was found to a baseline. One that is there and is not understood is left alone.
fn write_baseline(call: &Session, path: &Path, review: &Review) -> Result<()> {
    let is_there = call.console.path(path).symlink_metadata().is_ok();
    let before = if is_there { left_out::baseline(&call.console, path)? } else { Baseline::default() };
    let baseline = Baseline::of(review, &before, &call.day());
    put_baseline(call, path, &baseline)?;
    let shown = path.to_string_lossy();
    call.remark(&format!("wrote {} to {}", plural(baseline.len(), "finding"), quoted::path(&shown)));
    Ok(())
}

/// Takes findings that are gone out of a baseline, and those that it knows out of a review.
fn update_baseline(
    call: &Session,
    path: &Path,
    root: &Path,
    review: &mut Review,
    looked_at: &BTreeMap<String, PathBuf>,
) -> Result<()> {
    let mut baseline = left_out::baseline(&call.console, path)?;
    if exit_of_troubles(review) != Exit::Clean {
        call.remark("the baseline is left as it is, since not everything could be looked at");
        baseline.apply(review);
        return Ok(());
    }
    let files: BTreeSet<&str> = looked_at
        .keys()
        .map(|name| review.names.get(name).map_or(name.as_str(), |names| names.identity.as_str()))
        .collect();
    let rules: BTreeSet<&str> = review.rules.iter().map(|index| review.model.rules[*index].id.0.as_str()).collect();
    let was_looked_at = |rule: &str, file: &str| {
        let has_run = rules.contains(rule) || review.model.rule(rule).is_none();
        has_run && (files.contains(file) || !root.join(file).exists())
    };
    let gone = baseline.shrink(review, &was_looked_at);
    if gone > 0 {
        put_baseline(call, path, &baseline)?;
    }
    let (gone, left) = (plural(gone, "finding"), plural(baseline.len(), "finding"));
    call.remark(&format!("took {gone} out of {}, {left} left", quoted::path(&path.to_string_lossy())));
    baseline.apply(review);
    Ok(())
}

fn put_baseline(call: &Session, path: &Path, baseline: &Baseline) -> Result<()> {
    let written = fs::write(call.console.path(path), baseline.text());
    written.with_context(|| format!("cannot write the baseline `{}`", path.display()))
}

/// Shows rewrites as a diff. What they leave is counted on standard error, and what could not be looked at is told there.
fn show(call: &Session, review: &Review, rewritten: &[Rewritten]) -> Result<Exit> {
    call.set("diffs", &rewritten.iter().map(rewrite::diff).collect::<Vec<_>>());
    rewritten.iter().try_for_each(|file| call.answer(&print::diff(&rewrite::diff(file))))?;
    call.complain(&review.diagnostics, &review.sources);
    let applied: usize = rewritten.iter().map(|file| file.applied).sum();
    let left = review.findings.len() - applied;
    if left > 0 {
        let (have, it) = if left == 1 { ("has", "it") } else { ("have", "them") };
        call.remark(&format!("{} {have} no fix that is made: `kbc review` shows {it}", plural(left, "finding")));
    }
    let shown = if rewritten.is_empty() { Exit::Clean } else { Exit::Findings };
    Ok(exit_of_troubles(review).max(shown))
}

/// What a review comes to, without printing it.
///
/// # Errors
/// As of `kbc review`.
pub fn review_of(call: &Session, options: &Options) -> Result<Review> {
    Ok(look(call, options)?.review)
}

/// A review, and what it took to make it.
struct ReviewRun {
    review: Review,
    engine: Engine,
    timing: Timing,
    /// The files that were reviewed, by name.
    paths: BTreeMap<String, PathBuf>,
}

fn look(call: &Session, options: &Options) -> Result<ReviewRun> {
    let root = call.root()?;
    let memory = cache::memory(&root, call.cache);
    let world = disk::world(&root, options.at.as_deref())?;
    let known = RuleSet::of(&*world, options.layer, &memory)?;
    look_with(call, &root, known, &memory, options)
}

/// A review by the rules of a knowledge base that is compiled already.
///
/// # Errors
/// As of `kbc review`.
pub fn review_with(call: &Session, compiled: &Compilation, options: &Options) -> Result<Review> {
    let root = call.root()?;
    let memory = cache::memory(&root, call.cache);
    Ok(look_with(call, &root, RuleSet::of_compiled(compiled), &memory, options)?.review)
}

fn look_with(call: &Session, root: &Path, known: RuleSet, memory: &Memory, options: &Options) -> Result<ReviewRun> {
    let console = &call.console;
    let RuleSet { mut sources, config, model, mut diagnostics } = known;
    let rules = rules::wanted(&model, &config, options, &mut diagnostics)?;
    let engine = Engine::new(&model, rules::checks(&model, &rules, options), &sources, &mut diagnostics);
    let timing = engine.timing();
    let files = scan::files(console, root, options, &engine, &config)?;
    // For one file it is quicker to compile only what it needs.
    if files.len() > 1 {
        engine.prepare();
    }
    let pythons = scan::pythons(console, options, &engine, &config, &files);
    let seen = scan::scan(console, options, &Recall::new(&engine, &model, memory), &files, &pythons, &timing)?;
    diagnostics.extend(engine.faults(&model, &sources));
    let mut collected = Collected { diagnostics, ..Collected::default() };
    for (file, seen) in files.iter().zip(seen) {
        collected.add(file, seen, &engine, &mut sources);
    }
    let Collected { mut findings, questions: mut open, mut diagnostics, suppressed, silenced } = collected;
    let mut limits = 0;
    findings.extend(measured::findings(console, &model, &rules, options, &mut limits, &mut diagnostics)?);
    let results = findings.iter().filter_map(|finding| match &finding.place {
        Place::File(path) => Some(disk::code_text(root, console.here(), path)),
        Place::Span(_) => None,
    });
    let names: Names = results.chain(files.iter().cloned()).map(named).collect();
    // What is wrong with the settings was told as the rules were chosen.
    let rule_levels = RuleLevels::new(&config, &model, &mut Sink::new());
    for found in [&mut findings, &mut open] {
        if options.rules.is_empty() {
            rule_levels.apply(found, &model, &sources, &names);
        }
    }
    finding::number(&mut findings, &sources, &names);
    finding::number(&mut open, &sources, &names);
    let counts = Counts { files: files.len(), limits, suppressed, ..Counts::default() };
    let paths = files.into_iter().map(|file| (file.name, file.path)).collect();
    let times = Vec::new();
    let (off, base_url) = (SwitchedOff::default(), config.base_url.clone().filter(|url| url::is_web(url)));
    let tolerated = Vec::new();
    let mut review =
        Review { sources, model, findings, open, tolerated, diagnostics, off, counts, rules, times, names, base_url };
    if let Some(revision) = &options.since {
        let known = Known { config: &config, silenced: &silenced, answers: options.answers.as_deref() };
        left_out::since(call, &mut review, &known, &Since { revision, paths: &paths, root })?;
    }
    left_out::answers(console, &mut review, options)?;
    left_out::waive(call, &mut review, &config);
    if let (Some(path), BaselineMode::Read) = (&options.baseline, options.baseline_mode) {
        left_out::baseline(console, path)?.apply(&mut review);
    }
    review.off = review.diagnostics.set(&Levels::of(&config.check.codes));
    Ok(ReviewRun { review, engine, timing, paths })
}

/// What a file is called besides its name.
fn named(file: CodeFile) -> (String, FileNames) {
    let CodeFile { name, about, identity, reported, .. } = file;
    (name, FileNames { about, identity, reported })
}
