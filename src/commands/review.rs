//! `kbc review`: the evals run on code, on what changed in it, and on measurements.

pub mod measured;
mod rewrite;
mod rules;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;
use rayon::prelude::*;

use super::progress::Progress;
use super::{Exit, Session, answer, built_outputs, day_or_today};
use crate::compile::artifact;
use crate::compile::{self, Linked, Texts};
use crate::diag::{Class, Code, Diagnostic, Place, Severity, Sink};
use crate::host::disk::{self, CodeFile, Unread};
use crate::host::git;
use crate::input::files::config;
use crate::input::vocabulary::Precision;
use crate::model::Model;
use crate::print::findings::{self, Format};
use crate::review::finding::{self, Baseline, Counts, Finding, Review, Waivers};
use crate::review::{Engine, Scan, Timing};
use crate::text::glob::Globs;
use crate::text::quantity::plural;
use crate::text::source::{SourceId, Sources, Span};

/// What a review is asked to do.
#[derive(Debug, Default)]
pub struct Options {
    /// Files and folders; none means here.
    pub paths: Vec<PathBuf>,
    pub layer: Layer,
    pub format: Format,
    pub fail_on: Vec<FailOn>,
    pub rules: Vec<String>,
    pub role: Option<String>,
    pub min_precision: Option<Precision>,
    pub rewrites: Rewrites,
    pub since: Option<String>,
    pub baseline: Option<PathBuf>,
    pub baseline_mode: BaselineMode,
    /// The name of the file whose text comes from standard input.
    pub stdin: Option<String>,
    /// That text, if it is at hand already.
    pub text: Option<String>,
    /// A folder above which no pyproject.toml is looked for.
    pub within: Option<PathBuf>,
    pub timing: Times,
    pub metrics: Vec<PathBuf>,
    pub answers: Option<PathBuf>,
    pub python: Option<String>,
    pub today: Option<String>,
}

/// What makes a review fail: findings of this severity or worse, or questions that nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Info,
    Hint,
    Open,
    Never,
}

/// Where the rules are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layer {
    /// From the papers as they are.
    #[default]
    Papers,
    /// From the evals as they were built, if they were, since somebody waits.
    Built,
}

/// What becomes of fixes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rewrites {
    #[default]
    Offered,
    /// Shown as a diff.
    Shown,
    Made,
}

/// Is the baseline read or written?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BaselineMode {
    #[default]
    Read,
    Write,
}

/// Are times told?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    #[default]
    Untold,
    Told,
}

/// Reviews, and prints what was found.
pub fn run(call: &Session, options: &Options) -> Result<Exit> {
    let mut looked = look(call, options)?;
    if options.rewrites != Rewrites::Offered {
        let rewritten = rewrite::texts(&looked.review, &looked.engine);
        if options.rewrites == Rewrites::Shown {
            answer(&rewrite::diff(&rewritten))?;
            return Ok(exit(&looked.review, &options.fail_on));
        }
        let files: Vec<(PathBuf, String)> = rewritten
            .iter()
            .filter_map(|file| Some((looked.paths.get(&file.name)?.clone(), file.after.clone())))
            .collect();
        disk::rewrite(&files)?;
        let fixed = rewritten.iter().map(|file| file.applied).sum();
        looked = look(call, options)?;
        looked.review.counts.fixed = fixed;
    }
    let review = &mut looked.review;
    if let (Some(path), BaselineMode::Write) = (&options.baseline, options.baseline_mode) {
        let baseline = Baseline::of(review);
        fs::write(path, baseline.text()).with_context(|| format!("cannot write the baseline `{}`", path.display()))?;
        call.remark(&format!("wrote {} to {}", plural(baseline.len(), "finding"), path.display()));
        return Ok(exit_of_troubles(review));
    }
    answer(&findings::print(options.format, review))?;
    if options.timing == Times::Told {
        call.remark(&times(&looked.engine, &looked.timing));
    }
    call.remark(&summary(review));
    Ok(exit(review, &options.fail_on))
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

/// What a review goes by.
struct RuleSet {
    sources: Sources,
    config: config::Config,
    model: Model,
    /// kbc.toml.
    settings: Option<SourceId>,
    /// Errors in the papers.
    diagnostics: Sink,
}

impl RuleSet {
    fn of_papers(root: &Path) -> Self {
        let understood = compile::link_only(disk::load(root), &disk::Project::at(root));
        let Linked { sources, config, model, settings, diags, .. } = understood;
        let mut diagnostics = Sink::new();
        diagnostics.extend(diags.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error));
        Self { sources, config, model, settings, diagnostics }
    }

    /// `None` if there is no output to go by.
    fn as_built(root: &Path) -> Option<Self> {
        let (config, Texts { mut sources, config: settings, diags, .. }) = built_outputs::settings(root);
        let model = built_outputs::rules::read(root, &config.rules, &mut sources)?;
        diags.is_empty().then_some(Self { sources, config, model, settings, diagnostics: Sink::new() })
    }
}

fn look(call: &Session, options: &Options) -> Result<ReviewRun> {
    let root = call.root()?;
    let as_built = (options.layer == Layer::Built).then(|| RuleSet::as_built(&root)).flatten();
    let RuleSet { mut sources, config, model, settings, mut diagnostics } =
        as_built.unwrap_or_else(|| RuleSet::of_papers(&root));
    let rules = rules::wanted(&model, &config, options)?;
    let mut engine = Engine::new(&model, &rules, &sources, &mut diagnostics);
    engine.python = python(options, &config, options.paths.first().map_or(Path::new("."), PathBuf::as_path));
    let timing = engine.timing();
    let files = files(&root, options, &engine, &config)?;
    // For one file it is quicker to compile only what it needs.
    if files.len() > 1 {
        engine.prepare();
    }
    let seen = scan(options, &engine, &files, &timing)?;
    diagnostics.extend(engine.faults(&model, &sources));
    let mut counts = Counts { files: seen.len(), ..Counts::default() };
    let mut all = Vec::new();
    let mut questions = Vec::new();
    for (file, seen) in files.iter().zip(seen) {
        let seen = match seen {
            Ok(seen) => seen,
            Err(why) => {
                diagnostics.push(unread(file, &why));
                continue;
            }
        };
        counts.suppressed += seen.scan.suppressed;
        if seen.scan.is_silent() {
            continue;
        }
        let source = sources.add(&file.name, seen.text);
        take(seen.scan, source, &engine, &sources, &mut all, &mut questions, &mut diagnostics);
    }
    finding::number(&mut all, &sources);
    finding::number(&mut questions, &sources);
    all.extend(measured::findings(&model, &rules, &options.metrics, &mut diagnostics)?);
    let paths = files.into_iter().map(|file| (file.name, file.path)).collect();
    let mut review = Review { sources, model, findings: all, open: questions, diagnostics, counts, rules };
    if let Some(revision) = &options.since {
        since(&mut review, revision, &paths)?;
    }
    answers(&mut review, options)?;
    if let Some(settings) = settings {
        waive(&mut review, &config, settings, options)?;
    }
    if let (Some(path), BaselineMode::Read) = (&options.baseline, options.baseline_mode) {
        baseline(path)?.apply(&mut review);
    }
    Ok(ReviewRun { review, engine, timing, paths })
}

/// The files to review: those that some rule looks at.
fn files(root: &Path, options: &Options, engine: &Engine, config: &config::Config) -> Result<Vec<CodeFile>> {
    if let Some(name) = &options.stdin {
        return Ok(vec![disk::code_text(root, name)]);
    }
    let ignores = Globs::new(&config.review.ignores)
        .map_err(|fault| anyhow::anyhow!("`review.ignores` of kbc.toml: {fault}\n  help: write it as `vendor/**`"))?;
    if options.paths.is_empty() && !options.metrics.is_empty() {
        return Ok(Vec::new());
    }
    let here = [PathBuf::from(".")];
    let paths = if options.paths.is_empty() { &here[..] } else { &options.paths };
    disk::code_files(root, paths, &|about| !ignores.is_match(about) && engine.reads_file(about))
}

/// What one file came to.
struct Seen {
    text: String,
    scan: Scan,
}

fn scan(options: &Options, engine: &Engine, files: &[CodeFile], timing: &Timing) -> Result<Vec<Result<Seen, Unread>>> {
    let timing = (options.timing == Times::Told).then_some(timing);
    let see = |file: &CodeFile, text: String| {
        if files.len() == 1 {
            engine.prepare_for(&text);
        }
        let scan = engine.scan(&file.about, &text, timing);
        // Only texts that something is said of are kept.
        let text = if scan.is_silent() { String::new() } else { text };
        Seen { text, scan }
    };
    if options.stdin.is_some() {
        if let Some(text) = &options.text {
            return Ok(vec![Ok(see(&files[0], text.clone()))]);
        }
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
        let text = String::from_utf8(bytes).map_err(|error| Unread::NotUtf8(error.utf8_error().valid_up_to()));
        return Ok(vec![text.map(|text| see(&files[0], text))]);
    }
    let progress = Progress::start(files.len(), "files");
    let one = |file: &CodeFile| {
        let seen = disk::read_code(&file.path).map(|text| see(file, text));
        progress.step();
        seen
    };
    Ok(files.par_iter().with_max_len(8).map(one).collect())
}

fn unread(file: &CodeFile, why: &Unread) -> Diagnostic {
    let at = Place::File(file.name.clone());
    let name = &file.name;
    let help = "convert it, or leave it out: list it in .gitignore, .ignore or `review.ignores` of kbc.toml";
    match why {
        Unread::Failed(error) => Diagnostic::new(Code::Unreadable, at, format!("`{name}` cannot be read: {error}"))
            .help("make it a readable file, or leave it out of the review"),
        Unread::Binary => {
            Diagnostic::new(Code::Unreviewed, at, format!("`{name}` is binary, so it was not reviewed")).help(help)
        }
        Unread::NotUtf8(byte) => {
            let message = format!("`{name}` is not UTF-8 (byte {byte} begins no character), so it was not reviewed");
            Diagnostic::new(Code::Unreviewed, at, message).help(help)
        }
        Unread::TooLarge(size) => {
            let size = *size as f64 / f64::from(1 << 20);
            Diagnostic::new(Code::Unreviewed, at, format!("`{name}` has {size:.1} MiB, so it was not reviewed"))
                .help(help)
        }
    }
}

/// Turns what was seen in one file into findings, questions and diagnostics.
fn take(
    scan: Scan,
    source: SourceId,
    engine: &Engine,
    sources: &Sources,
    findings: &mut Vec<Finding>,
    questions: &mut Vec<Finding>,
    diagnostics: &mut Sink,
) {
    if let Some(range) = scan.broken {
        diagnostics.push(
            Diagnostic::new(Code::SyntaxError, Span::new(source, range), "this does not parse")
                .label("near here")
                .help("what does parse was reviewed; correct the code, or leave the file out"),
        );
    }
    diagnostics.extend(scan.complaints.into_iter().map(|complaint| finding::suppression(source, complaint)));
    for found in scan.matches {
        let matcher = &engine.matchers[found.matcher];
        let span = Span::new(source, found.range);
        let finding = Finding {
            rule: matcher.rule,
            place: span.into(),
            message: found.message,
            severity: None,
            fix: found.fix,
            content: Finding::content_of(span, sources),
            occurrence: 0,
            reason: None,
            help: None,
        };
        if matcher.is_question { questions.push(finding) } else { findings.push(finding) }
    }
}

/// The lowest Python that the reviewed code supports: as asked for, as set, or as its pyproject.toml says.
fn python(options: &Options, config: &config::Config, reviewed: &Path) -> Option<Vec<u32>> {
    let folder = if reviewed.is_dir() { reviewed } else { reviewed.parent().unwrap_or(Path::new(".")) };
    let declared = || {
        let path = disk::nearest_above(folder, "pyproject.toml")?;
        let leads_out = |top: &PathBuf| !path.canonicalize().is_ok_and(|path| path.starts_with(top));
        if options.within.as_ref().is_some_and(leads_out) {
            return None;
        }
        config::lowest_python(&fs::read_to_string(path).ok()?)
    };
    let version = options.python.clone().or_else(|| config.review.python.clone()).or_else(declared)?;
    Some(version.split('.').map_while(|part| part.parse().ok()).collect())
}

fn since(review: &mut Review, revision: &str, paths: &BTreeMap<String, PathBuf>) -> Result<()> {
    let first = paths.values().next().map_or(Path::new("."), |path| path.as_path());
    let folder = first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let changes = git::since(folder, revision)?;
    let spans = review.findings.iter().chain(&review.open).map(|finding| finding.path(&review.sources).to_owned());
    let mut names: Vec<String> = spans.filter(|name| paths.contains_key(name)).collect();
    names.sort_unstable();
    names.dedup();
    let files: Vec<PathBuf> = names.iter().map(|name| paths[name].clone()).collect();
    let mut changed = BTreeMap::new();
    for (name, change) in names.into_iter().zip(changes.of(&files)?) {
        let lines = match change {
            git::Change::Unchanged => Vec::new(),
            git::Change::New => std::iter::once(0..usize::MAX).collect(),
            git::Change::Changed(old) => {
                let source = review.sources.find(&name).expect("a file with findings is among the sources");
                artifact::changed_lines(&old, &review.sources.get(source).text)
            }
        };
        changed.insert(name, lines);
    }
    review.counts.unchanged = finding::only_changed(&mut review.findings, &review.sources, &changed)
        + finding::only_changed(&mut review.open, &review.sources, &changed);
    Ok(())
}

fn answers(review: &mut Review, options: &Options) -> Result<()> {
    let Some(path) = &options.answers else { return Ok(()) };
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the answers `{}`", path.display()))?;
    let source = review.sources.add(path.to_string_lossy(), text.clone());
    let answers = finding::answers(source, &text).map_err(|fault| {
        let form = r#"{"rule": "ID", "place": "file:line", "answer": "yes", "reason": "why"}"#;
        anyhow::anyhow!("`{}` {fault}\n  help: write one object a line: {form}", path.display())
    })?;
    answers.apply(review);
    Ok(())
}

fn waive(review: &mut Review, config: &config::Config, settings: SourceId, options: &Options) -> Result<()> {
    if config.waivers.is_empty() {
        return Ok(());
    }
    let today = day_or_today(options.today.as_deref())?;
    let Review { sources, model, diagnostics, findings, .. } = review;
    finding::expired(&config.waivers, &today, settings, model, sources, diagnostics);
    let waivers = Waivers::new(&config.waivers, &today, settings, sources, diagnostics);
    let before = findings.len();
    findings.retain(|finding| !waivers.cover(finding, model, sources));
    review.counts.waived = before - review.findings.len();
    Ok(())
}

fn baseline(path: &Path) -> Result<Baseline> {
    let text = fs::read_to_string(path).map_err(|error| {
        let help = "`--write-baseline` makes one";
        anyhow::anyhow!("cannot read the baseline `{}`: {error}\n  help: {help}", path.display())
    })?;
    Baseline::read(&text).map_err(|fault| anyhow::anyhow!("`{}` {fault}", path.display()))
}

fn exit(review: &Review, fail_on: &[FailOn]) -> Exit {
    let troubled = exit_of_troubles(review);
    if troubled != Exit::Clean {
        return troubled;
    }
    let mut limit = fail_on.iter().filter_map(|fail_on| match fail_on {
        FailOn::Error => Some(Some(Severity::Error)),
        FailOn::Warning => Some(Some(Severity::Warning)),
        FailOn::Info => Some(Some(Severity::Info)),
        FailOn::Hint => Some(Some(Severity::Hint)),
        FailOn::Never => Some(None),
        FailOn::Open => None,
    });
    let limit = limit.next_back().unwrap_or(Some(Severity::Warning));
    let mut severities = review.findings.iter().map(|finding| review.severity(finding));
    let is_bad = |severity: Severity| limit.is_some_and(|limit| severity >= limit);
    let is_troubled = review.diagnostics.iter().any(|trouble| is_bad(trouble.severity));
    let is_open = fail_on.contains(&FailOn::Open) && !review.open.is_empty();
    if severities.any(is_bad) || is_troubled || is_open { Exit::Findings } else { Exit::Clean }
}

/// Errors among the diagnostics fail whatever else is asked for: what could not be looked at has not passed.
fn exit_of_troubles(review: &Review) -> Exit {
    match crate::diag::worst(&review.diagnostics) {
        None => Exit::Clean,
        Some(Class::Finding) => Exit::Findings,
        Some(Class::Unreadable) => Exit::Unusable,
        Some(Class::Bug) => Exit::Bug,
    }
}

/// What was found and looked at, in a line.
pub fn summary(review: &Review) -> String {
    let counts = review.counts;
    let mut parts = Vec::new();
    let mut tell = |count: usize, text: String| {
        if count > 0 {
            parts.push(text);
        }
    };
    let diagnostics = review.diagnostics.len();
    let findings = review.findings.len();
    tell(findings, plural(findings, "finding"));
    tell(review.open.len(), plural(review.open.len(), "open question"));
    tell(diagnostics, plural(diagnostics, "other message"));
    tell(counts.fixed, format!("{} made", plural(counts.fixed, "rewrite")));
    tell(counts.suppressed, format!("{} suppressed", counts.suppressed));
    tell(counts.waived, format!("{} waived", counts.waived));
    tell(counts.known, format!("{} in the baseline", counts.known));
    tell(counts.unchanged, format!("{} on unchanged lines", counts.unchanged));
    let looked = format!("{}, {}", plural(counts.files, "file"), plural(review.rules.len(), "rule"));
    match parts.as_slice() {
        [] => format!("clean: {looked}"),
        parts => format!("{}: {looked}", parts.join(", ")),
    }
}

/// The time that each rule took, the slowest first.
fn times(engine: &Engine, timing: &Timing) -> String {
    let mut times: Vec<(u64, &str)> =
        timing.nanoseconds().zip(&engine.matchers).map(|(time, matcher)| (time, matcher.id.as_str())).collect();
    times.sort_unstable_by(|a, b| b.cmp(a));
    let all: u64 = times.iter().map(|(time, _)| time).sum();
    let share = |time: u64| if all == 0 { 0.0 } else { 100.0 * time as f64 / all as f64 };
    let line = |(time, id): &(u64, &str)| format!("{id:<12} {:>9.1} ms {:>5.1}%\n", *time as f64 / 1e6, share(*time));
    let lines: String = times.iter().map(line).collect();
    format!(
        "matching, over all threads, without reading and parsing:\n{lines}{:<12} {:>9.1} ms",
        "all",
        all as f64 / 1e6
    )
}
