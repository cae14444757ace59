//! The evals as they were built, read back as far as a review needs them: ids, wordings and checks. A tenth of the work of
//! reading the papers.

use std::fs;
use std::path::Path;

use rayon::prelude::*;
use serde::Deserialize;

use crate::artifact;
use crate::check::{Check, How};
use crate::model::{Domain, Model, Refs, Rule, Section, Wording};
use crate::source::{SourceId, Sources, Span};
use crate::terms::{Priority, RuleId, Status};
use crate::yaml;

/// A rule of `rules.yaml`; what else is written there is for others.
#[derive(Deserialize)]
struct Written {
    id: RuleId,
    domain: String,
    priority: Priority,
    weight: u32,
    tags: Vec<String>,
    rule: String,
    check: Option<Check>,
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
    let parts: Vec<&str> = starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect();
    let written = parts.par_iter().map(|part| rule(source, part)).collect::<Option<Vec<Written>>>()?;
    let mut model = Model::default();
    for rule in written {
        let domain = domain(&mut model, &rule, source, path);
        model.rules.push(meant(rule, domain, Span::new(source, 0..0)));
    }
    Some(model)
}

fn rule(source: SourceId, text: &str) -> Option<Written> {
    let mut faults = Vec::new();
    let document = yaml::read(source, text, 0, &mut faults).filter(|_| faults.is_empty())?;
    serde_json::from_value(document.to_json()[0].take()).ok()
}

fn domain(model: &mut Model, rule: &Written, source: SourceId, path: &str) -> usize {
    if let Some(known) = model.domains.iter().position(|domain| domain.id == rule.domain) {
        return known;
    }
    model.domains.push(Domain {
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

/// Somebody may have edited the file.
fn can_run(check: &Check) -> bool {
    match check.how() {
        Ok(How::Ast(_) | How::Judge(..)) => check.language.is_some(),
        Ok(How::Regex(_) | How::Metric(_)) => true,
        Err(_) => false,
    }
}

fn meant(rule: Written, domain: usize, span: Span) -> Rule {
    Rule {
        id: rule.id,
        domain,
        full: Wording { text: rule.rule, span },
        short: None,
        priority: rule.priority,
        weight: rule.weight,
        status: Status::Active,
        tags: rule.tags,
        section: Section { anchor: String::new(), title: String::new(), span, end: 0 },
        evidence: Vec::new(),
        refs: Refs::default(),
        check: rule.check.filter(can_run),
        unchecked: None,
        check_span: span,
        check_parts: Vec::new(),
        parts: Vec::new(),
        examples: Vec::new(),
        span,
    }
}
