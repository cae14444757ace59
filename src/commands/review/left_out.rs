//! Findings that do not count: on lines that did not change, answered, waived, or known to a baseline.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::options::Options;
use crate::commands::console::Console;
use crate::commands::session::Session;
use crate::compile::artifact;
use crate::diag::UserError;
use crate::host::clock::day_or_today;
use crate::host::{git, read};
use crate::input::files::config::Config;
use crate::review::finding::{self, Baseline, Review, Waivers};

/// Leaves findings on lines that changed since a revision.
pub fn since(call: &Session, review: &mut Review, revision: &str, paths: &BTreeMap<String, PathBuf>) -> Result<()> {
    let console = &call.console;
    let first = paths.values().next().map_or(Path::new("."), |path| path.as_path());
    let folder = first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut changes = git::Changes::since(&console.here().join(folder), folder, revision)?;
    let spans = review.findings.iter().chain(&review.open).map(|finding| finding.path(&review.sources).to_owned());
    let mut names: Vec<String> = spans.filter(|name| paths.contains_key(name)).collect();
    names.sort_unstable();
    names.dedup();
    let files: Vec<PathBuf> = names.iter().map(|name| console.path(&paths[name])).collect();
    let mut changed = BTreeMap::new();
    changes.each(&files, &mut |index, change| {
        let name = &names[index];
        let lines = match change {
            git::Change::New => std::iter::once(0..usize::MAX).collect(),
            git::Change::Old(old) => {
                let source = review.sources.find(name).expect("a file with findings is among the sources");
                artifact::changed_lines(&old, &review.sources.get(source).text)
            }
        };
        changed.insert(name.clone(), lines);
    })?;
    for note in &changes.notes {
        call.remark(note);
    }
    review.counts.unchanged = finding::only_changed(&mut review.findings, &review.sources, &changed)
        + finding::only_changed(&mut review.open, &review.sources, &changed);
    Ok(())
}

/// Takes the answers to questions: some become findings, some are settled.
pub fn answers(console: &Console, review: &mut Review, options: &Options) -> Result<()> {
    let Some(path) = &options.answers else { return Ok(()) };
    let text = read::text(&console.path(path), read::MAX_HANDED)
        .with_context(|| format!("cannot read the answers `{}`", path.display()))?;
    let source = review.sources.add(path.to_string_lossy(), text.clone());
    let answers = finding::answers(source, &text).map_err(|fault| {
        let form = r#"{"rule": "ID", "place": "file:line", "answer": "yes", "reason": "why"}"#;
        anyhow::Error::from(
            UserError::new(format!("`{}` {fault}", path.display())).help(format!("write one object a line: {form}")),
        )
    })?;
    answers.apply(review);
    Ok(())
}

/// Leaves out what kbc.toml waives, and complains of waivers that have expired.
pub fn waive(review: &mut Review, config: &Config, options: &Options) -> Result<()> {
    if config.waivers.is_empty() {
        return Ok(());
    }
    let today = day_or_today(options.today.as_deref())?;
    let Review { sources, model, diagnostics, findings, names, .. } = review;
    finding::expired(config, &today, model, diagnostics);
    let waivers = Waivers::new(config, &today, diagnostics);
    let before = findings.len();
    findings.retain(|finding| !waivers.cover(finding, model, sources, names));
    review.counts.waived = before - review.findings.len();
    Ok(())
}

/// The findings that a baseline knows.
pub fn baseline(console: &Console, path: &Path) -> Result<Baseline> {
    let text = read::text(&console.path(path), read::MAX_HANDED).map_err(|error| {
        let help = "`--write-baseline` makes one";
        anyhow::Error::from(
            UserError::new(format!("cannot read the baseline `{}`: {error}", path.display())).help(help),
        )
    })?;
    Ok(Baseline::read(&text).map_err(|fault| fault.of(format!("`{}`", path.display())))?)
}
