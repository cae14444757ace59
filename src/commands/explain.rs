//! `kbc explain`: from a rule, a figure, a code or a line back to where it comes from, and forward to
//! where it goes.

use anyhow::{Result, bail};

use super::{Call, Compilation, Exit, answer, compile};
use crate::compile::{Compiled, Digest};
use crate::diag::Code;
use crate::model::{Figure, Rule};
use crate::render::template::text_of;
use crate::report;
use crate::source::{Span, nearest};

/// Explains a rule id, a figure, a diagnostic code, or a place written FILE:LINE.
pub fn run(call: &Call, what: &str) -> Result<Exit> {
    if let Some(code) = Code::from_name(what) {
        answer(&format!("{}[{}]\n\n{}\n", code.severity().name(), code.name(), code.explanation()))?;
        return Ok(Exit::Clean);
    }
    let place = place_in(what);
    if call.root().is_err() && place.is_none() {
        bail!("no diagnostic code is called `{what}`{}", did_you_mean(what, Code::ALL.iter().map(|code| code.name())));
    }
    let compilation = compile(call)?;
    let compiled = &compilation.compiled;
    if let Some((file, line)) = place {
        return explain_place(&compilation, file, line);
    }
    if let Some(rule) = compiled.model.rule(what) {
        answer(&explain_rule(compiled, rule))?;
        return Ok(Exit::Clean);
    }
    if let Some(figure) = compiled.model.figures.get(what) {
        answer(&explain_figure(compiled, what, figure))?;
        return Ok(Exit::Clean);
    }
    if let Some(text) = explain_case(compiled, what).or_else(|| explain_paper(compiled, what)) {
        answer(&text)?;
        return Ok(Exit::Clean);
    }
    let rules = compiled.model.rules.iter().map(|rule| rule.id.0.as_str());
    let known =
        rules.chain(compiled.model.figures.keys().map(String::as_str)).chain(Code::ALL.iter().map(|code| code.name()));
    bail!("no rule, figure or code is called `{what}`{}", did_you_mean(what, known));
}

/// `FILE:LINE`, or `FILE:LINE:COLUMN` as messages print it.
fn place_in(what: &str) -> Option<(&str, usize)> {
    let number = |text: &str| text.parse::<usize>().ok();
    let (before, last) = what.rsplit_once(':')?;
    let last = number(last)?;
    match before.rsplit_once(':').and_then(|(file, line)| Some((file, number(line)?))) {
        Some((file, line)) => Some((file, line)),
        None => Some((before, last)),
    }
}

fn did_you_mean<'a>(what: &str, known: impl Iterator<Item = &'a str>) -> String {
    let example =
        "\n  help: name a rule (`MEM1`), a figure, a code (`stale`) or a place (`out/RULEBOOK.md:4`)".to_owned();
    nearest(what, known).map_or(example, |word| format!("\n  help: did you mean `{word}`?"))
}

fn place(compiled: &Compiled, span: Span) -> String {
    let source = compiled.sources.get(span.source);
    format!("{}:{}", source.path, source.position(span.start).0)
}

fn explain_rule(compiled: &Compiled, rule: &Rule) -> String {
    let domain = &compiled.model.domains[rule.domain];
    let mut text = format!("{}: {}\n", rule.id, rule.full.text);
    if let Some(short) = &rule.short {
        text += &format!("  short     {}\n", short.text);
    }
    text += &format!("  priority  {}, weight {}, {}\n", rule.priority.name(), rule.weight, rule.status.name());
    text += &format!("  paper     {} ({})\n", place(compiled, rule.span), domain.title);
    text += &format!("  section   {} ({})\n", place(compiled, rule.section.span), rule.section.title);
    for id in &rule.evidence {
        text += &match compiled.model.figures.get(id) {
            Some(figure) => {
                format!("  figure    {}", explain_figure(compiled, id, figure).replace("\n  ", "\n            "))
            }
            None => format!("  figure    {id}, which no data file defines\n"),
        };
    }
    for digest in &compiled.digests {
        text += &explain_line(compiled, digest, rule);
    }
    text += &explain_check(compiled, rule);
    text
}

fn explain_figure(compiled: &Compiled, id: &str, figure: &Figure) -> String {
    let mut text = format!("{id} = {} ({})\n", figure.text, place(compiled, figure.span));
    text += &format!("  {}\n  {} = {}\n", figure.about, figure.formula, figure.value);
    let mut environments: Vec<&str> = Vec::new();
    for (measurement_id, case_id) in &figure.inputs {
        let measurement = &compiled.model.measurements[measurement_id];
        let case = &measurement.cases[case_id];
        let value = format!("{} {}", case.value, measurement.unit);
        text += &format!("  {measurement_id}.{case_id} = {value} ({})\n", place(compiled, case.span));
        let environment = compiled.model.environments.get(&measurement.environment);
        environments.extend(environment.map(|environment| environment.summary.as_str()));
    }
    environments.dedup();
    text + &environments.iter().map(|environment| format!("  on {environment}\n")).collect::<String>()
}

/// A measured case, written `measurement.case`, and the figures that are computed from it.
fn explain_case(compiled: &Compiled, what: &str) -> Option<String> {
    let (measurement_id, case_id) = what.split_once('.')?;
    let measurement = compiled.model.measurements.get(measurement_id)?;
    let case = measurement.cases.get(case_id)?;
    let mut text = format!("{what} = {} {} ({})\n", case.value, measurement.unit, place(compiled, case.span));
    text += &format!("  {}\n", measurement.about);
    let environment = compiled.model.environments.get(&measurement.environment);
    text += &environment.map(|environment| format!("  on {}\n", environment.summary)).unwrap_or_default();
    for (id, figure) in &compiled.model.figures {
        if figure.inputs.iter().any(|(m, c)| m == measurement_id && c == case_id) {
            text += &format!("  figure    {id} = {} ({})\n", figure.text, place(compiled, figure.span));
        }
    }
    Some(text)
}

/// A paper with its rules.
fn explain_paper(compiled: &Compiled, id: &str) -> Option<String> {
    let index = compiled.model.domains.iter().position(|domain| domain.id == id)?;
    let domain = &compiled.model.domains[index];
    let rules = compiled.model.rules.iter().filter(|rule| rule.domain == index);
    let rules: String =
        rules.map(|rule| format!("  {} ({}): {}\n", rule.id, rule.priority.name(), rule.full.text)).collect();
    Some(format!("{id}: {} ({}, {})\n{rules}", domain.title, domain.path, domain.priority.name()))
}

/// What a line of a data file says: the figure or measured case that stands on it or begins above it.
fn explain_data_line(compiled: &Compiled, file: &str, line: usize) -> Option<String> {
    let at = |span: Span| {
        let source = compiled.sources.get(span.source);
        (source.path == file).then(|| source.position(span.start).0)
    };
    let cases = compiled.model.measurements.iter().flat_map(|(id, measurement)| {
        measurement.cases.iter().map(move |(case, value)| (value.span, format!("{id}.{case}")))
    });
    let figures = compiled.model.figures.iter().map(|(id, figure)| (figure.span, id.clone()));
    let named = cases.chain(figures).filter_map(|(span, name)| Some((at(span)?, name)));
    let (_, name) = named.filter(|(start, _)| *start <= line).max()?;
    let figure = compiled.model.figures.get(&name);
    figure.map(|figure| explain_figure(compiled, &name, figure)).or_else(|| explain_case(compiled, &name))
}

fn explain_line(compiled: &Compiled, digest: &Digest, rule: &Rule) -> String {
    let pick = digest.picks.iter().find(|(index, _)| compiled.model.rules[digest.rules[*index]].id == rule.id);
    let path = &digest.front.output;
    match (pick, compiled.artifact(digest)) {
        (Some((_, form)), Some(artifact)) => {
            let wording = text_of(rule, *form);
            let line = artifact.text.lines().position(|line| line.contains(wording));
            let at = line.map(|line| format!(":{}", line + 1)).unwrap_or_default();
            format!("  output    {path}{at}: {wording}\n")
        }
        (Some(_), None) => format!("  output    {path}, which is not made while inputs have errors\n"),
        (None, _) => {
            let why = report::why_left_out(compiled, digest, rule);
            format!("  output    not in {path}: {why}\n")
        }
    }
}

fn explain_check(compiled: &Compiled, rule: &Rule) -> String {
    let Some(check) = &rule.check else { return "  check     none\n".into() };
    let path = &compiled.config.rules;
    let artifact = compiled.artifacts.iter().find(|artifact| artifact.path == *path);
    let line = artifact.and_then(|artifact| {
        artifact.origins.iter().find(|origin| origin.span == rule.check_span).map(|origin| origin.lines.start + 1)
    });
    let at = line.map(|line| format!("{path}:{line}")).unwrap_or_else(|| path.clone());
    let shown = |spans: &[Span]| spans.iter().map(|span| place(compiled, *span)).collect::<Vec<_>>().join(", ");
    format!(
        "  check     {at} ({})\n  wrong     {}\n  right     {}\n",
        check.message,
        shown(&rule.bad),
        shown(&rule.good)
    )
}

fn explain_place(compilation: &Compilation, file: &str, line: usize) -> Result<Exit> {
    let compiled = &compilation.compiled;
    let absolute = std::path::Path::new(file).canonicalize().ok();
    let inside = absolute.as_deref().and_then(|path| path.strip_prefix(&compilation.root).ok());
    let file = inside.and_then(std::path::Path::to_str).unwrap_or(file).trim_start_matches("./");
    if let Some(artifact) = compiled.artifacts.iter().find(|artifact| artifact.path == file) {
        let count = artifact.text.lines().count();
        let Some(text) = line.checked_sub(1).and_then(|line| artifact.text.lines().nth(line)) else {
            bail!("`{file}` has {count} lines\n  help: name one of them");
        };
        answer(&format!("{file}:{line}: {text}\n"))?;
        answer(&match artifact.origin(line - 1) {
            Some(origin) => format!("  from      {} ({})\n", place(compiled, origin.span), origin.what),
            None => "  from      kbc itself\n".to_owned(),
        })?;
        let owners = compiled.model.rules.iter();
        let rule = artifact.origin(line - 1).and_then(|origin| {
            owners.into_iter().find(|rule| {
                [rule.full.span, rule.span, rule.check_span].contains(&origin.span)
                    || rule.short.as_ref().is_some_and(|short| short.span == origin.span)
            })
        });
        if let Some(rule) = rule {
            answer(&explain_rule(compiled, rule))?;
        }
        return Ok(Exit::Clean);
    }
    let rule = compiled.model.rules.iter().rev().find(|rule| {
        let source = compiled.sources.get(rule.span.source);
        source.path == file
            && source.position(rule.span.start).0 <= line
            && line <= source.position(rule.check_span.end).0
    });
    if let Some(rule) = rule {
        answer(&explain_rule(compiled, rule))?;
        return Ok(Exit::Clean);
    }
    if let Some(text) = explain_data_line(compiled, file, line) {
        answer(&text)?;
        return Ok(Exit::Clean);
    }
    if compiled.has_errors() {
        super::complain(&compiled.diags, compiled);
        bail!("`{file}` cannot be traced while the inputs have errors");
    }
    let names: Vec<&str> = compiled.artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
    bail!("`{file}:{line}` is no line of an output or of a rule{}", did_you_mean(file, names.into_iter()));
}
