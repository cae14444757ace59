//! `kbc explain`: from a rule, a figure, a code or a line back to where it comes from, and forward to
//! where it goes.

use std::path::Path;

use anyhow::{Result, bail};

use super::console::Console;
use super::exit::Exit;
use super::project::compile;
use super::session::Session;
use crate::compile::Compilation;
use crate::compile::artifact::Artifact;
use crate::diag::{Code, UserError};
use crate::model::{Rule, Utility};
use crate::print::trace;
use crate::text::hidden::visible;
use crate::text::quantity::plural;
use crate::text::source::nearest;

/// Explains a rule id, a figure, a diagnostic code, or a place written FILE:LINE.
pub fn run(call: &Session, what: &str) -> Result<Exit> {
    if let Some(text) = code(what) {
        call.answer(&text)?;
        return Ok(Exit::Clean);
    }
    let place = place_in(what);
    if call.root().is_err() && place.is_none() {
        bail!(UserError::new(format!("no diagnostic code is called `{what}`")).help(did_you_mean(
            what,
            Code::ALL.iter().map(|code| code.name()),
            None
        )));
    }
    let compilation = compile(call)?;
    let compiled = &compilation.compiled;
    let text = explain(&call.console, &compilation.root, compiled, what).inspect_err(|_| {
        if place.is_some() && compiled.has_errors() {
            call.complain(&compiled.diags, &compiled.sources);
        }
    })?;
    call.answer(&text)?;
    Ok(Exit::Clean)
}

/// What a diagnostic code means, if it is one.
pub fn code(what: &str) -> Option<String> {
    let code = Code::from_any_name(what)?;
    Some(format!("{}[{}]\n\n{}\n", code.severity().name(), code.name(), code.explanation()))
}

/// What a rule, a figure, a case, a paper or a place comes from and leads to. What papers and outputs say is shown with
/// what it hides written out.
///
/// # Errors
/// If nothing is called so; the message says what probably was meant.
pub fn explain(console: &Console, root: &Path, compiled: &Compilation, what: &str) -> Result<String> {
    let text = match place_in(what) {
        Some((file, line)) => place(inside(console, root, file).as_deref().unwrap_or(file), compiled, line)?,
        None => named(compiled, what)?,
    };
    Ok(visible(&text).into_owned())
}

fn named(compiled: &Compilation, what: &str) -> Result<String> {
    if let Some(rule) = compiled.model.rule(what) {
        return Ok(trace::rule(compiled, rule));
    }
    if let Some(figure) = compiled.model.figures.get(what) {
        return Ok(trace::figure(compiled, what, figure));
    }
    if let Some(text) = trace::case(compiled, what).or_else(|| trace::paper(compiled, what)) {
        return Ok(text);
    }
    let utilities = compiled.model.utilities.iter().filter(|utility| utility.id == what);
    let told: String = utilities.map(|utility| trace::utility(compiled, utility)).collect();
    if !told.is_empty() {
        return Ok(told);
    }
    if let Some(text) = trace::builtin_utility(compiled, what) {
        return Ok(text);
    }
    let rules = compiled.model.rules.iter().map(|rule| rule.id.0.as_str());
    let utilities = compiled.model.utilities.iter().map(|utility| utility.id.as_str());
    let known = rules
        .chain(utilities)
        .chain(compiled.model.figures.keys().map(String::as_str))
        .chain(Code::ALL.iter().map(|code| code.name()));
    bail!(
        UserError::new(format!("no rule, paper, figure, case, utility rule or code is called `{what}`"))
            .help(did_you_mean(what, known, compiled.model.rules.first()))
    );
}

/// `FILE:LINE`, or `FILE:LINE:COLUMN` as messages print it.
pub fn place_in(what: &str) -> Option<(&str, usize)> {
    let number = |text: &str| text.parse::<usize>().ok();
    let (before, last) = what.rsplit_once(':')?;
    let last = number(last)?;
    match before.rsplit_once(':').and_then(|(file, line)| Some((file, number(line)?))) {
        Some((file, line)) => Some((file, line)),
        None => Some((before, last)),
    }
}

fn did_you_mean<'a>(what: &str, known: impl Iterator<Item = &'a str>, rule: Option<&Rule>) -> String {
    match nearest(what, known) {
        Some(word) => format!("did you mean `{word}`?"),
        None => {
            let rule = rule.map(|rule| format!(" (`{}`)", rule.id)).unwrap_or_default();
            format!("name a rule{rule}, a figure, a code (`stale-output`) or a place (`out/RULEBOOK.md:4`)")
        }
    }
}

/// A file as seen from the knowledge base, if it is there.
fn inside(console: &Console, root: &Path, file: &str) -> Option<String> {
    let absolute = console.path(file).canonicalize().ok()?;
    absolute.strip_prefix(root).ok()?.to_str().map(str::to_owned)
}

fn place(file: &str, compiled: &Compilation, line: usize) -> Result<String> {
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
        source.path == file
            && source.position(rule.span.start).0 <= line
            && line <= source.position(rule.check_span.end).0
    });
    if let Some(rule) = rule {
        return Ok(trace::rule(compiled, rule));
    }
    let is_in_file = |utility: &&Utility| compiled.sources.get(utility.span.source).path == file;
    if let Some(utility) = compiled.model.utilities.iter().find(is_in_file) {
        return Ok(trace::utility(compiled, utility));
    }
    let paper = compiled.model.domains.iter().find(|domain| domain.path == file);
    let text = paper.and_then(|domain| trace::paper(compiled, &domain.id));
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
            [rule.full.span, rule.span, rule.check_span].contains(&origin.span)
                || rule.short.as_ref().is_some_and(|short| short.span == origin.span)
        })
    });
    if let Some(rule) = rule {
        text += &trace::rule(compiled, rule);
    }
    text
}
