//! Answers of a reviewer, person or model, to the questions of rules: JSON lines of rule, path, line, answer and
//! reason. An answer that keeps the rule closes its question, another one is a finding.

use std::collections::{HashMap, VecDeque};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Finding, Review};
use crate::diag::{Code, Diagnostic, Place};
use crate::input::files::check::Answer;
use crate::input::formats::head;
use crate::input::schema::Format;
use crate::text::source::{SourceId, Span};

/// The format of one line of answers.
pub static FORMAT: Format = Format::written::<Line>("answers");

/// What a file of answers says that it is, if it does.
const KIND: head::Kind = head::Kind::new("kbc.answers", 1);

/// The answer to a question of a review: one line of a file of answers.
#[derive(Debug, Deserialize, JsonSchema)]
struct Line {
    rule: String,
    path: String,
    line: usize,
    /// Needed where a line asks more than once.
    column: Option<usize>,
    answer: Answer,
    reason: String,
    /// That of the question, if the answer is to hold only for that code.
    fingerprint: Option<String>,
}

impl Line {
    /// `path:line` or `path:line:column`.
    fn place(&self) -> String {
        let column = self.column.map(|column| format!(":{column}")).unwrap_or_default();
        format!("{}:{}{column}", self.path, self.line)
    }
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
        if let Some(head) = head_of(line) {
            KIND.check("the head", &head).map_err(|error| fault(&error.message))?;
            continue;
        }
        let answer: Line = serde_json::from_str(line).map_err(|error| fault(&error))?;
        if answer.reason.trim().is_empty() {
            return Err(fault(&"the reason is empty"));
        }
        lines.push((span, answer));
    }
    Ok(Answered(lines))
}

/// A line that says which format the answers are in, as the first one may.
fn head_of(line: &str) -> Option<Value> {
    let head: Value = serde_json::from_str(line).ok()?;
    (head.get("kind").is_some() && head.get("rule").is_none()).then_some(head)
}

impl Answered {
    /// Closes the questions that are answered, and complains about answers to what nobody asked.
    pub fn apply(self, review: &mut Review) {
        let has_fingerprints = self.0.iter().any(|(_, line)| line.fingerprint.is_some());
        let mut questions = Questions::of(review, has_fingerprints);
        let mut open: Vec<Option<Finding>> = std::mem::take(&mut review.open).into_iter().map(Some).collect();
        for (span, line) in self.0 {
            let Some(question) = questions.take(&line).and_then(|asked| open[asked].take()) else {
                let complaint = unasked(&line, span, review);
                review.diagnostics.push(complaint);
                continue;
            };
            let judge = review.check(&question).question().expect("only judges ask");
            if line.answer != judge.expected {
                let reason = Some(line.reason);
                review.findings.push(Finding { reason, ..question });
            }
        }
        review.open = open.into_iter().flatten().collect();
        let sources = &review.sources;
        review.findings.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.path(sources).cmp(b.path(sources))));
    }
}

/// The open questions by what an answer names them with.
struct Questions {
    /// By rule and place, the first to be answered first.
    by_place: HashMap<(String, String), VecDeque<usize>>,
    fingerprints: Vec<String>,
    is_answered: Vec<bool>,
}

impl Questions {
    fn of(review: &Review, has_fingerprints: bool) -> Self {
        let mut by_place: HashMap<(String, String), VecDeque<usize>> = HashMap::new();
        for (index, question) in review.open.iter().enumerate() {
            let Some(span) = place(question) else { continue };
            let source = review.sources.get(span.source);
            let (row, column) = source.position(span.start);
            for place in [format!("{}:{row}", source.path), format!("{}:{row}:{column}", source.path)] {
                by_place.entry((review.rule(question).id.0.clone(), place)).or_default().push_back(index);
            }
        }
        let fingerprints = review.open.iter().filter(|_| has_fingerprints).map(|question| question.fingerprint(review));
        Self { by_place, fingerprints: fingerprints.collect(), is_answered: vec![false; review.open.len()] }
    }

    /// The question that an answer closes.
    fn take(&mut self, line: &Line) -> Option<usize> {
        let asked = self.by_place.get_mut(&(line.rule.clone(), line.place()))?;
        while asked.front().is_some_and(|index| self.is_answered[*index]) {
            asked.pop_front();
        }
        let is_meant = |index: &usize| {
            let fingerprint = line.fingerprint.as_ref();
            !self.is_answered[*index] && fingerprint.is_none_or(|wanted| self.fingerprints[*index] == *wanted)
        };
        let index = asked.iter().copied().find(is_meant)?;
        self.is_answered[index] = true;
        Some(index)
    }
}

fn place(finding: &Finding) -> Option<Span> {
    match finding.place {
        Place::Span(span) => Some(span),
        Place::File(_) => None,
    }
}

fn unasked(line: &Line, span: Span, review: &Review) -> Diagnostic {
    let message = format!("`{}` asks nothing at `{}`", line.rule, line.place());
    let diagnostic = Diagnostic::new(Code::UnaskedAnswer, span, message);
    let Some(rule) = review.model.rule(&line.rule) else {
        let known = review.model.rules.iter().map(|rule| rule.id.0.as_str());
        let diagnostic = diagnostic.note(format!("no rule is called `{}`", line.rule));
        return review.diagnostics.near(diagnostic, &line.rule, known);
    };
    if rule.checks().all(|check| check.question().is_none()) {
        return diagnostic.help(format!("`{}` needs no answer: its check decides by itself", line.rule));
    }
    diagnostic.help("answer the questions that `kbc review --format json` lists; the code may have changed since")
}
