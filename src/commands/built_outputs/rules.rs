//! The evals as they were built, read back as far as a review needs them: ids, wordings and checks. A quarter of the work of
//! reading the papers.

use std::fs;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;
use serde::Deserialize;

use crate::compile::artifact;
use crate::diag::Sink;
use crate::input::files::check as written;
use crate::input::formats::yaml;
use crate::input::vocabulary::{Priority, RuleId, Status};
use crate::model::{Check, Enforcement, Model, Paper, References, Rule, Section, Wording};
use crate::text::source::{SourceId, Sources, Span};

/// A rule of `rules.yaml`; what else is written there is for others.
#[derive(Deserialize)]
struct EvalRule {
    id: RuleId,
    domain: String,
    priority: Priority,
    weight: u32,
    tags: Vec<String>,
    rule: String,
    /// The paper and the section of it that argues for the rule.
    paper: String,
    check: Option<written::Check>,
}

/// A rule, and where its id and its wording stand in the output.
struct Placed {
    rule: EvalRule,
    id: Span,
    wording: Span,
}

/// What stands before the rules, and what follows them: the evidence, half of the file.
const RULES: &str = "\nrules:\n";
const EVIDENCE: &str = "\nenvironments:";
/// How a rule begins.
const RULE: &str = "\n- id: ";

/// The rules of an output; `None` if it is not there, or is not in the form that kbc writes.
pub fn read(root: &Path, path: &str, sources: &mut Sources) -> Option<Model> {
    let text = fs::read_to_string(root.join(path)).ok()?;
    if !artifact::is_made(path, &text) {
        return None;
    }
    let source = sources.add(path, text);
    let text = &sources.get(source).text;
    let start = text.find(RULES)? + RULES.len() - 1;
    let end = start + text[start..].find(EVIDENCE).unwrap_or(text.len() - start);
    let starts = text[start..end].match_indices(RULE).map(|(at, _)| start + at);
    let starts: Vec<usize> = starts.collect();
    let ends = starts.iter().skip(1).copied().chain([end]);
    // Each by itself, so that all processors read.
    let parts: Vec<Range<usize>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
    let read = |part: &Range<usize>| rule(source, &text[part.clone()], part.start);
    let written = parts.par_iter().map(read).collect::<Option<Vec<Placed>>>()?;
    let mut model = Model::default();
    for placed in written {
        let domain = domain(&mut model, &placed.rule, source, path);
        model.rules.push(meant(placed, domain));
    }
    Some(model)
}

fn rule(source: SourceId, text: &str, start: usize) -> Option<Placed> {
    let mut faults = Sink::new();
    let document = yaml::read(source, text, start, &mut faults).filter(|_| faults.is_empty())?;
    let rule = serde_json::from_value(document.to_json()[0].take()).ok()?;
    Some(Placed { rule, id: document.span("/0/id"), wording: document.span("/0/rule") })
}

fn domain(model: &mut Model, rule: &EvalRule, source: SourceId, path: &str) -> usize {
    if let Some(known) = model.domains.iter().position(|domain| domain.id == rule.domain) {
        return known;
    }
    model.domains.push(Paper {
        id: rule.domain.clone(),
        title: rule.domain.clone(),
        priority: rule.priority,
        source,
        path: path.to_owned(),
        status: Status::Active,
        body: 0,
    });
    model.domains.len() - 1
}

fn meant(placed: Placed, domain: usize) -> Rule {
    let Placed { rule, id: span, wording } = placed;
    // Somebody may have edited the file.
    let check = rule.check.as_ref().and_then(|check| Check::new(check).ok());
    Rule {
        id: rule.id,
        domain,
        full: Wording { text: rule.rule, span: wording },
        short: None,
        priority: rule.priority,
        weight: rule.weight,
        status: Status::Active,
        tags: rule.tags,
        section: Section { anchor: String::new(), title: rule.paper, span, end: 0 },
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
