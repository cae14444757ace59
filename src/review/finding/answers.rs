//! Answers of a reviewer, person or model, to the questions of rules: JSON lines of rule, place, answer and
//! reason. An answer that keeps the rule closes its question, another one is a finding.

use serde::Deserialize;

use super::{Finding, Review};
use crate::diag::{Code, Diagnostic, Place};
use crate::input::files::check::Answer;
use crate::text::source::{SourceId, Span};

#[derive(Debug, Deserialize)]
struct Line {
    rule: String,
    /// `path:line` or `path:line:column`.
    place: String,
    answer: Answer,
    reason: String,
    /// That of the question, if the answer is to hold only for that code.
    fingerprint: Option<String>,
}

/// The answers in a file.
#[derive(Debug)]
pub struct Answered(Vec<(Span, Line)>);

/// Reads answers.
///
/// # Errors
/// The line that is none, and why.
pub fn answers(source: SourceId, text: &str) -> Result<Answered, String> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let span = Span::new(source, start..start + line.trim_end().len());
        start += line.len();
        if line.trim().is_empty() {
            continue;
        }
        let fault = |what: &dyn std::fmt::Display| format!("has no answer in line {}: {what}", index + 1);
        let answer: Line = serde_json::from_str(line).map_err(|error| fault(&error))?;
        if answer.reason.trim().is_empty() {
            return Err(fault(&"the reason is empty"));
        }
        lines.push((span, answer));
    }
    Ok(Answered(lines))
}

impl Answered {
    /// Closes the questions that are answered, and complains about answers to what nobody asked.
    pub fn apply(self, review: &mut Review) {
        for (span, line) in self.0 {
            let asked = review.open.iter().position(|question| is_about(&line, question, review));
            let Some(asked) = asked else {
                let complaint = unasked(&line, span, review);
                review.diagnostics.push(complaint);
                continue;
            };
            let question = review.open.remove(asked);
            let judge = review.check(&question).question().expect("only judges ask");
            if line.answer != judge.expected {
                let reason = Some(line.reason);
                review.findings.push(Finding { reason, ..question });
            }
        }
        let sources = &review.sources;
        review.findings.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.path(sources).cmp(b.path(sources))));
    }
}

fn place(finding: &Finding) -> Option<Span> {
    match finding.place {
        Place::Span(span) => Some(span),
        Place::File(_) => None,
    }
}

fn is_about(line: &Line, question: &Finding, review: &Review) -> bool {
    if line.fingerprint.as_ref().is_some_and(|fingerprint| *fingerprint != question.fingerprint(review)) {
        return false;
    }
    let Some(span) = place(question) else { return false };
    let source = review.sources.get(span.source);
    let (row, column) = source.position(span.start);
    let places = [format!("{}:{row}", source.path), format!("{}:{row}:{column}", source.path)];
    line.rule == review.rule(question).id.0 && places.contains(&line.place)
}

fn unasked(line: &Line, span: Span, review: &Review) -> Diagnostic {
    let message = format!("`{}` asks nothing at `{}`", line.rule, line.place);
    let diagnostic = Diagnostic::new(Code::UnaskedAnswer, span, message);
    let Some(rule) = review.model.rule(&line.rule) else {
        let known = review.model.rules.iter().map(|rule| rule.id.0.as_str());
        return diagnostic.note(format!("no rule is called `{}`", line.rule)).help_nearest(&line.rule, known);
    };
    if rule.check().is_none_or(|check| check.question().is_none()) {
        return diagnostic.help(format!("`{}` needs no answer: its check decides by itself", line.rule));
    }
    diagnostic.help("answer the questions that `kbc review --format json` lists; the code may have changed since")
}
