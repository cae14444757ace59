//! The evals as they were built, read back as far as a review needs them: ids, wordings and checks. A quarter of the work of
//! reading the papers.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::output_text;
use crate::compile::artifact;
use crate::diag::Sink;
use crate::input::files::check as written;
use crate::input::formats::yaml;
use crate::input::vocabulary::{Priority, RuleId, Status};
use crate::input::world::World;
use crate::model::{Check, Enforcement, Model, Paper, References, Rule, Section, Wording};
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
    check: Option<String>,
    id: Range<usize>,
    wording: Range<usize>,
}

/// What stands before the rules, and what follows them: the evidence, half of the file.
const RULES: &str = "\nrules:\n";
const EVIDENCE: &str = "\nenvironments:";
/// How a rule begins.
const RULE: &str = "\n- id: ";

/// The form of what is remembered.
const VERSION: u32 = 2;

/// The rules of an output; `None` if it is not there, or is not in the form that kbc writes. To read it as YAML takes longer
/// than all that a hook does with the rules, so they are remembered.
pub fn read(world: &dyn World, path: &str, sources: &mut Sources, memory: &Memory) -> Option<Model> {
    let text = output_text(world, path).ok()?;
    if !artifact::is_made(path, &text) {
        return None;
    }
    let source = sources.add(path, text);
    let text = &sources.get(source).text;
    let rules = memory.get_or("rules of evals", VERSION, &[text.as_bytes()], || written(source, text))?;
    let checks: Vec<Option<Check>> = rules.par_iter().map(Placed::check).collect::<Option<_>>()?;
    let mut model = Model::default();
    for (placed, check) in rules.into_iter().zip(checks) {
        let paper = paper_of(&mut model, &placed.rule, source, path);
        model.rules.push(meant(placed, check, paper, source));
    }
    Some(model)
}

impl Placed {
    /// The check; `None` if it is none. Somebody may have edited the file, so one that cannot run is left out.
    fn check(&self) -> Option<Option<Check>> {
        let Some(json) = &self.check else { return Some(None) };
        let check: written::Check = serde_json::from_str(json).ok()?;
        Some(Check::new(&check).ok())
    }
}

/// The rules as they are written, each read by itself, so that all processors read.
fn written(source: SourceId, text: &str) -> Option<Vec<Placed>> {
    let start = text.find(RULES)? + RULES.len() - 1;
    let end = start + text[start..].find(EVIDENCE).unwrap_or(text.len() - start);
    let starts = text[start..end].match_indices(RULE).map(|(at, _)| start + at);
    let starts: Vec<usize> = starts.collect();
    let ends = starts.iter().skip(1).copied().chain([end]);
    let parts: Vec<Range<usize>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
    parts.par_iter().map(|part| rule(source, &text[part.clone()], part.start)).collect()
}

fn rule(source: SourceId, text: &str, start: usize) -> Option<Placed> {
    let mut faults = Sink::new();
    let document = yaml::read(source, text, start, &mut faults).filter(|_| faults.is_empty())?;
    let mut rule = document.to_json()[0].take();
    let check = rule.get_mut("check").map(serde_json::Value::take).filter(|check| !check.is_null());
    let rule = serde_json::from_value(rule).ok()?;
    let check = check.map(|check| check.to_string());
    Some(Placed { rule, check, id: document.span("/0/id").range(), wording: document.span("/0/text").range() })
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

fn meant(placed: Placed, check: Option<Check>, paper: usize, source: SourceId) -> Rule {
    let Placed { rule, id, wording, .. } = placed;
    let span = Span::new(source, id);
    let wording = Span::new(source, wording);
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
        enforcement: check.map_or(Enforcement::Nothing, |check| Enforcement::Check(Box::new(check))),
        check_span: span,
        check_body: span,
        check_parts: Vec::new(),
        parts: Vec::new(),
        examples: Vec::new(),
        span,
    }
}
