//! A review as one JSON document: for programs, and for a review agent that answers the open questions.

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::super::document::{self, Message};
use super::region;
use crate::diag::Place;
use crate::input::schema::Format;
use crate::model::Rule;
use crate::review::finding::{Finding, Review, RuleTime};
use crate::text::source::Span;

/// The format of what a review prints.
pub static FORMAT: Format = Format::report::<Report<'static, Vec<Item<'static>>, Vec<Question<'static>>>>("review");

/// Characters of a line that are shown of code.
const LONG: usize = 2000;
/// Lines of code that are shown before and after the place of a question.
const AROUND: usize = 12;

/// The findings of a review and its open questions.
#[derive(Serialize, JsonSchema)]
struct Report<'a, F, Q> {
    findings: F,
    /// Open: what a reviewer is asked.
    questions: Q,
    diagnostics: Vec<Message<'a>>,
    summary: Summary,
    /// Of matching, over all threads; only where it was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    timing: Vec<Time<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Time<'a> {
    rule: &'a str,
    milliseconds: f64,
}

#[derive(Serialize, JsonSchema)]
struct Item<'a> {
    rule: &'a str,
    severity: &'a str,
    precision: &'a str,
    message: &'a str,
    #[serde(flatten)]
    location: Location<'a>,
    /// The line of code that it begins on, without the space around it.
    content: &'a str,
    fingerprint: String,
    text: &'a str,
    paper: String,
    /// Where the paper is published, if kbc.toml says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    evidence: Vec<Evidence<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Fix<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Question<'a> {
    rule: &'a str,
    fingerprint: String,
    question: &'a str,
    /// The answer that keeps the rule.
    expected: &'a str,
    message: &'a str,
    text: &'a str,
    paper: String,
    #[serde(flatten)]
    location: Location<'a>,
    /// The line (from 1) that `code` begins with.
    code_line: usize,
    code: String,
}

#[derive(Serialize, JsonSchema)]
struct Location<'a> {
    path: &'a str,
    #[serde(flatten)]
    region: Option<Region>,
}

/// From 1, a column being a character; the end is one past the last.
#[derive(Serialize, JsonSchema)]
struct Region {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize, JsonSchema)]
struct Evidence<'a> {
    figure: &'a str,
    text: &'a str,
    about: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Fix<'a> {
    #[serde(flatten)]
    region: Region,
    text: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Summary {
    files: usize,
    rules: usize,
    findings: usize,
    open: usize,
    suppressed: usize,
    waived: usize,
    known: usize,
    unchanged: usize,
    fixed: usize,
    /// How many messages of each code kbc.toml switches off.
    switched_off: BTreeMap<&'static str, usize>,
}

pub fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let counts = review.counts;
    let report = Report {
        findings: super::Each(|| review.findings.iter().map(|finding| item(finding, review))),
        questions: super::Each(|| review.open.iter().map(|finding| question(finding, review))),
        diagnostics: review.diagnostics.iter().map(|diagnostic| Message::of(diagnostic, &review.sources)).collect(),
        summary: Summary {
            files: counts.files,
            rules: review.rules.len(),
            findings: review.findings.len(),
            open: review.open.len(),
            suppressed: counts.suppressed,
            waived: counts.waived,
            known: counts.known,
            unchanged: counts.unchanged,
            fixed: counts.fixed,
            switched_off: review.off.counts().collect(),
        },
        timing: review.times.iter().map(time).collect(),
    };
    super::pretty(&document::headed("kbc.review", 1, &report), out)
}

fn time(time: &RuleTime) -> Time<'_> {
    Time { rule: &time.rule, milliseconds: time.nanoseconds as f64 / 1e6 }
}

fn item<'a>(finding: &'a Finding, review: &'a Review) -> Item<'a> {
    let rule = review.rule(finding);
    let fix = finding.fix.as_ref().zip(span(finding)).map(|(edit, span)| {
        let span = Span { start: edit.range.start, end: edit.range.end, ..span };
        Fix { region: range(span, review), text: &edit.text }
    });
    Item {
        rule: &rule.id.0,
        severity: review.severity(finding).name(),
        precision: review.precision(finding).name(),
        message: &finding.message,
        location: location(&finding.place, review),
        content: &finding.content,
        fingerprint: finding.fingerprint(review),
        text: &rule.full.text,
        paper: review.paper(rule),
        url: review.url(rule),
        evidence: evidence(rule, review),
        fix,
        reason: finding.reason.as_deref(),
    }
}

fn evidence<'a>(rule: &'a Rule, review: &'a Review) -> Vec<Evidence<'a>> {
    let figures = rule.evidence.iter().filter_map(|id| Some((id, review.model.figures.get(id)?)));
    figures.map(|(id, figure)| Evidence { figure: id, text: &figure.text, about: &figure.about }).collect()
}

fn span(finding: &Finding) -> Option<Span> {
    match finding.place {
        Place::Span(span) => Some(span),
        Place::File(_) => None,
    }
}

fn range(span: Span, review: &Review) -> Region {
    let super::Region { line, column, end_line, end_column, .. } = region(span, review);
    Region { line, column, end_line, end_column }
}

fn location<'a>(place: &'a Place, review: &'a Review) -> Location<'a> {
    let (path, region) = super::place(place, review);
    Location { path, region: region.map(|region| range(region.span, review)) }
}

fn question<'a>(finding: &'a Finding, review: &'a Review) -> Question<'a> {
    let rule = review.rule(finding);
    let judge = review.check(finding).question().expect("only judges ask");
    let span = span(finding).expect("a question is about a place in code");
    let source = review.sources.get(span.source);
    let region = region(span, review);
    let first = region.line.saturating_sub(AROUND).max(1);
    let lines = (first..=region.end_line + AROUND).map_while(|line| Some(shown(&source.text[source.line(line)?])));
    Question {
        rule: &rule.id.0,
        fingerprint: finding.fingerprint(review),
        question: &judge.question,
        expected: judge.expected.name(),
        message: &finding.message,
        text: &rule.full.text,
        paper: review.paper(rule),
        location: location(&finding.place, review),
        code_line: first,
        code: lines.map(|line| format!("{line}\n")).collect(),
    }
}

/// A line as far as it tells what the code does.
fn shown(line: &str) -> &str {
    line.char_indices().nth(LONG).map_or(line, |(at, _)| &line[..at])
}
