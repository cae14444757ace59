//! What a line of a file comes from: a rule, a utility rule, a paper, a figure, or what an output says there.

use std::path::Path;

use anyhow::{Result, bail};

use super::did_you_mean;
use crate::commands::console::Console;
use crate::compile::Compilation;
use crate::compile::artifact::Artifact;
use crate::diag::UserError;
use crate::model::Utility;
use crate::print::trace;
use crate::text::quantity::plural;

/// `FILE:LINE`, or `FILE:LINE:COLUMN` as messages print it.
pub fn parse(what: &str) -> Option<(&str, usize)> {
    let number = |text: &str| text.parse::<usize>().ok();
    let (before, last) = what.rsplit_once(':')?;
    let last = number(last)?;
    match before.rsplit_once(':').and_then(|(file, line)| Some((file, number(line)?))) {
        Some((file, line)) => Some((file, line)),
        None => Some((before, last)),
    }
}

/// A file as seen from the knowledge base, if it is there.
pub fn inside(console: &Console, root: &Path, file: &str) -> Option<String> {
    let absolute = console.path(file).canonicalize().ok()?;
    absolute.strip_prefix(root).ok()?.to_str().map(str::to_owned)
}

pub fn traced(file: &str, compiled: &Compilation, line: usize) -> Result<String> {
    let file = file.trim_start_matches("./");
    if let Some((_, source)) = compiled.sources.iter().find(|(_, source)| source.path == file) {
        let count = source.text.lines().count();
        if line == 0 || line > count {
            bail!(UserError::new(format!("`{file}` has {}", plural(count, "line"))).help("name one of them"));
        }
    }
    if let Some(artifact) = compiled.artifacts.iter().find(|artifact| artifact.path == file) {
        let count = artifact.text.lines().count();
        let Some(text) = line.checked_sub(1).and_then(|line| artifact.text.lines().nth(line)) else {
            bail!(UserError::new(format!("`{file}` has {count} lines")).help("name one of them"));
        };
        return Ok(format!("{file}:{line}: {text}\n") + &origin(artifact, line, compiled));
    }
    let rule = compiled.model.rules.iter().rev().find(|rule| {
        let source = compiled.sources.get(rule.span.source);
        source.path == file && source.position(rule.span.start).0 <= line && line <= source.position(rule.entry.end).0
    });
    if let Some(rule) = rule {
        return Ok(trace::rule(compiled, rule));
    }
    let is_in_file = |utility: &&Utility| compiled.sources.get(utility.span.source).path == file;
    if let Some(utility) = compiled.model.utilities.iter().find(is_in_file) {
        return Ok(trace::utility(compiled, utility));
    }
    let paper = compiled.model.papers.iter().find(|paper| paper.path == file);
    let text = paper.and_then(|paper| trace::paper(compiled, &paper.id));
    if let Some(text) = text.or_else(|| trace::data_line(compiled, file, line)) {
        return Ok(text);
    }
    if compiled.has_errors() {
        bail!("`{file}` cannot be traced while the inputs have errors");
    }
    let names: Vec<&str> = compiled.artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
    bail!(UserError::new(format!("`{file}:{line}` is no line that leads anywhere")).help(did_you_mean(
        file,
        names.into_iter(),
        compiled.model.rules.first()
    )));
}

/// Where a line of an output comes from, and the rule that it says.
fn origin(artifact: &Artifact, line: usize, compiled: &Compilation) -> String {
    let origin = artifact.origin(line - 1, &compiled.model);
    let mut text = match origin {
        Some(origin) => format!("  from      {} ({})\n", trace::place(compiled, origin.span), origin.what),
        None if artifact.block.is_some() => "  from      those who own the file; kbc keeps its block only\n".to_owned(),
        None => "  from      kbc itself\n".to_owned(),
    };
    let owners = compiled.model.rules.iter();
    let rule = origin.and_then(|origin| {
        owners.into_iter().find(|rule| {
            [rule.full.span, rule.span].contains(&origin.span)
                || rule.checks.iter().any(|check| check.span == origin.span)
                || rule.short.as_ref().is_some_and(|short| short.span == origin.span)
        })
    });
    if let Some(rule) = rule {
        text += &trace::rule(compiled, rule);
    }
    text
}
