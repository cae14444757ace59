//! Findings that do not count: on lines that did not change, answered, waived, or known to a baseline.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::options::Options;
use crate::commands::console::Console;
use crate::commands::session::Session;
use crate::compile::artifact;
use crate::diag::{Code, Diagnostic, Place, Sink, UserError};
use crate::host::{git, read};
use crate::input::files::config::{self, Config};
use crate::input::files::exception::Exception;
use crate::review::finding::{self, Baseline, Review, Tolerance, Waivers};
use crate::text::quantity::plural;
use crate::text::source::{Sources, Span};

/// What a review is compared with.
pub struct Since<'a> {
    pub revision: &'a str,
    /// The files that were reviewed, by name.
    pub paths: &'a BTreeMap<String, PathBuf>,
    /// The folder of the knowledge base.
    pub root: &'a Path,
}

/// What keeps findings from being told.
pub struct Known<'a> {
    pub config: &'a Config,
    pub silenced: &'a [(Span, Vec<String>)],
    pub answers: Option<&'a Path>,
}

/// Lines that changed, by the name of their file.
type Changed = BTreeMap<String, Vec<Range<usize>>>;

/// Leaves findings on lines that changed since a revision, and tells what was added since then to silence others.
pub fn since(call: &Session, review: &mut Review, known: &Known, since: &Since) -> Result<()> {
    let console = &call.console;
    let first = since.paths.values().next().map_or(Path::new("."), |path| path.as_path());
    let folder = first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut changes = git::Changes::since(&console.here().join(folder), folder, since.revision)?;
    let changed = changed(console, review, known, since.paths, &mut changes)?;
    review.counts.unchanged = finding::only_changed(&mut review.findings, &review.sources, &changed)
        + finding::only_changed(&mut review.open, &review.sources, &changed);
    for (span, rules) in known.silenced {
        let source = review.sources.get(span.source);
        let line = source.position(span.start).0 - 1;
        if changed.get(&source.path).is_some_and(|lines| lines.iter().any(|lines| lines.contains(&line))) {
            let rules: Vec<String> = rules.iter().map(|rule| format!("`{rule}`")).collect();
            let message = format!("{} is newly suppressed here", rules.join(", "));
            review.diagnostics.push(Diagnostic::new(Code::NewSuppression, *span, message));
        }
    }
    let settings = since.root.join("kbc.toml");
    if let Some(text) = changes.old_text(&settings)? {
        let mut sources = Sources::default();
        let older = config::read(sources.add("kbc.toml", &text), &text, &mut Sink::new());
        finding::new_waivers(known.config, &older, &mut review.diagnostics);
        finding::newly_off(known.config, &older, &mut review.diagnostics);
    }
    if let Some(path) = known.answers {
        new_answers(&console.path(path), path, &mut changes, review)?;
    }
    changes.notes.iter().for_each(|note| call.remark(note));
    Ok(())
}

/// The lines that changed in the files that something is to be told of.
fn changed(
    console: &Console,
    review: &Review,
    known: &Known,
    paths: &BTreeMap<String, PathBuf>,
    changes: &mut git::Changes,
) -> Result<Changed> {
    let found = review.findings.iter().chain(&review.open).map(|finding| finding.path(&review.sources));
    let silenced = known.silenced.iter().map(|(span, _)| review.sources.get(span.source).path.as_str());
    let mut names: Vec<&str> = found.chain(silenced).filter(|name| paths.contains_key(*name)).collect();
    names.sort_unstable();
    names.dedup();
    let mut changed = Changed::new();
    for name in names {
        let lines = match changes.old_text(&console.path(&paths[name]))? {
            None => std::iter::once(0..usize::MAX).collect(),
            Some(old) => {
                let source = review.sources.find(name).expect("a file with findings is among the sources");
                artifact::changed_lines(&old, &review.sources.get(source).text)
            }
        };
        changed.insert(name.to_owned(), lines);
    }
    Ok(changed)
}

/// Tells of answers that were added to their file.
fn new_answers(place: &Path, path: &Path, changes: &mut git::Changes, review: &mut Review) -> Result<()> {
    let text = read::text(place, read::MAX_HANDED).unwrap_or_default();
    let old = changes.old_text(place)?.unwrap_or_default();
    let old: HashSet<&str> = old.lines().collect();
    let count = text.lines().filter(|line| !line.trim().is_empty() && !old.contains(line)).count();
    if count > 0 {
        let shown = path.display().to_string().replace('\\', "/");
        let message = format!("`{shown}` has {} that the revision does not have", plural(count, "answer"));
        review.diagnostics.push(Diagnostic::new(Code::NewSuppression, Place::File(shown), message));
    }
    Ok(())
}

/// Takes the answers to questions: some become findings, some are settled.
pub fn answers(console: &Console, review: &mut Review, options: &Options) -> Result<()> {
    let Some(path) = &options.answers else { return Ok(()) };
    let text = read::text(&console.path(path), read::MAX_HANDED)
        .with_context(|| format!("cannot read the answers `{}`", path.display()))?;
    let source = review.sources.add(path.to_string_lossy(), text.clone());
    let answers = finding::answers(source, &text).map_err(|fault| {
        let form = r#"{"rule": "ID", "path": "file", "line": 1, "answer": "yes", "reason": "why"}"#;
        anyhow::Error::from(
            UserError::new(format!("`{}` {fault}", path.display())).help(format!("write one object a line: {form}")),
        )
    })?;
    answers.apply(review);
    Ok(())
}

/// Leaves out what kbc.toml waives, and complains of waivers that have expired.
pub fn waive(call: &Session, review: &mut Review, config: &Config) {
    if !config.allow.iter().any(Exception::is_of_rule) {
        return;
    }
    let today = call.day();
    let Review { sources, model, diagnostics, findings, names, .. } = review;
    finding::expired(config, &today, model, diagnostics);
    let waivers = Waivers::new(config, &today);
    let (waived, left): (Vec<_>, Vec<_>) =
        std::mem::take(findings).into_iter().partition(|finding| waivers.cover(finding, model, sources, names));
    review.findings = left;
    review.counts.waived = waived.len();
    review.tolerated.extend(waived.into_iter().map(|finding| (finding, Tolerance::Waiver)));
}

/// The findings that a baseline knows.
pub fn baseline(console: &Console, path: &Path) -> Result<Baseline> {
    let text = read::text(&console.path(path), read::MAX_HANDED).map_err(|error| {
        let help = "`--write-baseline` makes one";
        anyhow::Error::from(
            UserError::new(format!("cannot read the baseline `{}`: {error}", path.display())).help(help),
        )
    })?;
    Ok(Baseline::read(&path.to_string_lossy(), &text)?)
}
