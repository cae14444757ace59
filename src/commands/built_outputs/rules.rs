//! The evals as they were built, read back as far as a review needs them: ids, wordings and checks. A quarter of the work of
//! reading the papers. What is not understood is an error: an empty list of rules would call any code clean.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{existing_text, position};
use crate::compile::artifact;
use crate::compile::render::rules as render;
use crate::diag::{Sink, UserError};
use crate::input::files::check as written;
use crate::input::formats::yaml::{self, Document};
use crate::input::schema;
use crate::input::vocabulary::{Priority, RuleId, Status};
use crate::input::world::World;
use crate::model::{Check, Model, Paper, References, Rule, RuleCheck, Section, Wording};
use crate::text::memo::Memory;
use crate::text::source::{SourceId, Sources, Span};

/// A rule of `rules.yaml` without its check; what else is written there is for others.
#[derive(Deserialize, Serialize)]
struct EvalRule {
    id: RuleId,
    paper: String,
    path: String,
    section: String,
    priority: Priority,
    weight: u32,
    tags: Vec<String>,
    text: String,
}

/// A rule as it is remembered, with the bytes at which its id and its wording stand in the output.
#[derive(Deserialize, Serialize)]
struct Placed {
    rule: EvalRule,
    /// JSON, since it holds whatever the syntax engine understands.
    checks: Vec<String>,
    id: Range<usize>,
    wording: Range<usize>,
}

/// What stands before the rules, and what follows them: the evidence, half of the file.
const RULES: &str = "\nrules:\n";
const EVIDENCE: &str = "\nenvironments:";
/// How a rule begins.
const RULE: &str = "\n- id: ";

/// The form of what is remembered.
const VERSION: u32 = 4;

/// The rules of an output; `None` if it is not there. To read it as YAML takes longer than all that a hook does with the
/// rules, so they are remembered.
///
/// # Errors
/// If it is there and is not understood, to the last rule.
pub fn read(world: &dyn World, path: &str, sources: &mut Sources, memory: &Memory) -> Result<Option<Model>, UserError> {
    let Some(text) = existing_text(world, path).map_err(|why| not_understood(path, &why))? else { return Ok(None) };
    let source = sources.add(path, text);
    let text = &sources.get(source).text;
    let known = memory.get("rules of evals", VERSION, &[text.as_bytes()]);
    let rules: Vec<Placed> = match known {
        Some(rules) => rules,
        None => {
            let rules = written(source, path, text)?;
            memory.put("rules of evals", VERSION, &[text.as_bytes()], &rules);
            rules
        }
    };
    let checks: Vec<Vec<Check>> =
        rules.par_iter().map(|placed| placed.checks(path)).collect::<Result<_, UserError>>()?;
    let mut model = Model::default();
    for (placed, checks) in rules.into_iter().zip(checks) {
        let paper = paper_of(&mut model, &placed.rule, source, path);
        model.rules.push(meant(placed, checks, paper, source));
    }
    Ok(Some(model))
}

fn not_understood(path: &str, why: &str) -> UserError {
    UserError::new(format!("`{path}` is not understood, so its rules cannot run: {why}"))
        .help("`kbc build` makes it anew from the papers")
        .not_understood()
}

impl Placed {
    /// The checks, as far as this kbc knows them: a key that a newer one has added is passed over.
    fn checks(&self, path: &str) -> Result<Vec<Check>, UserError> {
        let check = |json: &String| -> Result<Check, String> {
            let value: Value = serde_json::from_str(json).map_err(|fault| fault.to_string())?;
            let check: written::Check = match serde_json::from_value(value.clone()) {
                Ok(check) => check,
                Err(_) => serde_json::from_value(known_part(value)).map_err(|fault| fault.to_string())?,
            };
            Check::new(&check).map_err(|_| "it has no way to look that this kbc knows".to_owned())
        };
        let checks = self.checks.iter().map(check).collect::<Result<_, String>>();
        checks.map_err(|why| not_understood(path, &format!("the checks of `{}`: {why}", self.rule.id)))
    }
}

/// A check without the keys that this kbc does not know.
fn known_part(mut check: Value) -> Value {
    schema::keep_known::<written::Check>(&mut check);
    check
}

/// The rules as they are written. A file that has the seal of a build is read in parts, by all processors; any other one may
/// be written in any way that YAML has.
fn written(source: SourceId, path: &str, text: &str) -> Result<Vec<Placed>, UserError> {
    let read =
        if artifact::is_sealed(path, text) && !text.contains('\r') { in_parts(source, path, text) } else { None };
    let (head, rules) = match read {
        Some(read) => read,
        None => as_yaml(source, path, text)?,
    };
    render::KIND.check(path, &head)?;
    let counted = head["count"].as_u64();
    if counted != Some(rules.len() as u64) {
        let count = counted.map_or("no number of rules".to_owned(), |count| format!("that there are {count} rules"));
        return Err(not_understood(path, &format!("it says {count}, and {} are there", rules.len())));
    }
    Ok(rules)
}

/// The head and the rules, each read by itself. `None` if a part cannot be read by itself.
fn in_parts(source: SourceId, path: &str, text: &str) -> Option<(Value, Vec<Placed>)> {
    let start = text.find(RULES)? + RULES.len() - 1;
    let end = start + text[start..].find(EVIDENCE).unwrap_or(text.len() - start);
    let head = yaml::read(source, &text[..start + 1 - "rules:\n".len()], 0, &mut Sink::new())?.to_json();
    let starts: Vec<usize> = text[start..end].match_indices(RULE).map(|(at, _)| start + at).collect();
    let ends = starts.iter().skip(1).copied().chain([end]);
    let parts: Vec<Range<usize>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
    let part = |part: &Range<usize>| {
        let document = clean(source, &text[part.clone()], part.start).ok()?;
        let rule = document.to_json()[0].take();
        placed(path, &document, "/0", rule).ok()
    };
    Some((head, parts.par_iter().map(part).collect::<Option<_>>()?))
}

/// The same of a file in any form.
fn as_yaml(source: SourceId, path: &str, text: &str) -> Result<(Value, Vec<Placed>), UserError> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let document = clean(source, &text[start..], start).map_err(|(at, why)| {
        let (line, column) = position(text, at);
        not_understood(path, &format!("line {line}, column {column}: {why}"))
    })?;
    let mut head = document.to_json();
    render::KIND.check(path, &head)?;
    let Value::Array(rules) = head["rules"].take() else {
        return Err(not_understood(path, "its `rules` are no list"));
    };
    let rules = rules.into_iter().enumerate();
    let rules = rules.map(|(index, rule)| placed(path, &document, &format!("/rules/{index}"), rule));
    Ok((head, rules.collect::<Result<_, _>>()?))
}

/// A document without a fault, or the first one with its place.
fn clean(source: SourceId, text: &str, start: usize) -> Result<Document, (usize, String)> {
    let mut faults = Sink::new();
    let document = yaml::read(source, text, start, &mut faults);
    match (document, faults.first()) {
        (Some(document), None) => Ok(document),
        (_, fault) => Err(fault.map_or((start, String::new()), |fault| {
            (fault.span().map_or(start, |span| span.start), fault.message.clone())
        })),
    }
}

fn placed(path: &str, document: &Document, at: &str, mut rule: Value) -> Result<Placed, UserError> {
    let checks = rule.get_mut("checks").map(Value::take).unwrap_or_default();
    let checks = checks.as_array().into_iter().flatten().map(Value::to_string).collect();
    let name = rule["id"].as_str().map_or_else(|| at.trim_start_matches('/').to_owned(), str::to_owned);
    let rule = serde_json::from_value(rule);
    let rule = rule.map_err(|fault| not_understood(path, &format!("the rule `{name}`: {fault}")))?;
    let range = |key: &str| document.span(&format!("{at}/{key}")).range();
    Ok(Placed { rule, checks, id: range("id"), wording: range("text") })
}

fn paper_of(model: &mut Model, rule: &EvalRule, source: SourceId, path: &str) -> usize {
    if let Some(known) = model.papers.iter().position(|paper| paper.id == rule.paper) {
        return known;
    }
    model.papers.push(Paper {
        settings: Vec::new(),
        id: rule.paper.clone(),
        title: rule.paper.clone(),
        priority: rule.priority,
        source,
        path: path.to_owned(),
        status: Status::Active,
        body: 0,
    });
    model.papers.len() - 1
}

fn meant(placed: Placed, checks: Vec<Check>, paper: usize, source: SourceId) -> Rule {
    let Placed { rule, id, wording, .. } = placed;
    let span = Span::new(source, id);
    let wording = Span::new(source, wording);
    let place = |(index, check)| RuleCheck { check, index, span, body: span, parts: Vec::new() };
    Rule {
        id: rule.id,
        paper,
        full: Wording { text: rule.text, span: wording },
        short: None,
        priority: rule.priority,
        weight: rule.weight,
        status: Status::Active,
        tags: rule.tags,
        section: Section { anchor: String::new(), title: format!("{}{}", rule.path, rule.section), span, end: 0 },
        evidence: Vec::new(),
        refs: References::default(),
        checks: checks.into_iter().enumerate().map(place).collect(),
        unchecked: None,
        is_new: false,
        parts: Vec::new(),
        examples: Vec::new(),
        entry: span,
        span,
    }
}
