//! The findings of a review, in the formats of those who read them.

mod github;
mod gitlab;
mod json;
mod junit;
mod rdjsonl;
mod sarif;

use std::collections::HashMap;

use clap::ValueEnum;

use super::{human, short};
use crate::diag::{Diagnostic, Place, Severity};
use crate::review::Edit;
use crate::review::finding::{Finding, Review};
use crate::text::fingerprint;
use crate::text::hidden::{escaped_json, visible};
use crate::text::quoted;
use crate::text::source::Span;

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The code, underlined, with the rule and the figures of its paper.
    #[default]
    Human,
    /// One line each: `file:line:column: severity[rule]: message`.
    Short,
    /// One JSON document, with the open questions and the code that they are about.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// A Code Quality report of GitLab.
    Gitlab,
    /// One JSON object a line, for reviewdog.
    Rdjsonl,
    /// XML for test reports.
    Junit,
}

/// The whole review as text.
pub fn print(format: Format, review: &Review) -> String {
    match format {
        Format::Human => human::print(&review.diagnostics(), &review.sources),
        Format::Short => {
            let plain =
                review.diagnostics().into_iter().map(|diagnostic| Diagnostic { related: Vec::new(), ..diagnostic });
            short::print(&plain.collect::<Vec<_>>(), &review.sources)
        }
        Format::Json => json::print(review),
        Format::Sarif => quoted::inert_json(&escaped_json(&sarif::print(review))),
        Format::Github => visible(&github::print(review)).into_owned(),
        Format::Gitlab => quoted::inert_json(&escaped_json(&gitlab::print(review))),
        Format::Rdjsonl => quoted::inert_json(&escaped_json(&rdjsonl::print(review))),
        Format::Junit => quoted::inert_xml(&visible(&junit::print(review))),
    }
}

/// What every format for programs says of a finding, an open question or a trouble.
struct Item<'a> {
    /// A rule, or the code of a diagnostic.
    id: &'a str,
    severity: Severity,
    message: String,
    path: &'a str,
    /// The path as tools of the repository know it.
    reported: &'a str,
    /// None: it is about the whole file.
    region: Option<Region>,
    fingerprint: String,
    fix: Option<&'a Edit>,
    is_open: bool,
}

/// Lines and columns from 1; the end is one past the last character.
#[derive(Clone, Copy)]
struct Region {
    span: Span,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

fn region(span: Span, review: &Review) -> Region {
    let source = review.sources.get(span.source);
    let ((line, column), (end_line, end_column)) = (source.position(span.start), source.position(span.end));
    Region { span, line, column, end_line, end_column }
}

/// Bytes from the begin of the line, from 1.
fn byte_column(span: Span, offset: usize, review: &Review) -> usize {
    let text = &review.sources.get(span.source).text[..offset];
    offset - text.rfind('\n').map_or(0, |newline| newline + 1) + 1
}

fn place<'a>(place: &'a Place, review: &'a Review) -> (&'a str, Option<Region>) {
    match place {
        Place::File(path) => (path, None),
        Place::Span(span) => (&review.sources.get(span.source).path, Some(region(*span, review))),
    }
}

fn items(review: &Review) -> Vec<Item<'_>> {
    let mut seen: HashMap<(&str, &str, &str), usize> = HashMap::new();
    let diagnostics = review.diagnostics.iter().map(|trouble| {
        let (path, region) = place(&trouble.place, review);
        let identity = review.names.get(path).map_or(path, |names| &names.identity);
        // The first has no number, so that its fingerprint stays as it was.
        let count = seen.entry((trouble.name(), identity, &trouble.message)).or_default();
        let number = if *count == 0 { None } else { Some(count.to_string()) };
        *count += 1;
        let parts = [trouble.name(), identity, &trouble.message].into_iter().chain(number.as_deref());
        let fingerprint = fingerprint::of(&parts.collect::<Vec<_>>());
        let (id, severity, message) = (trouble.name(), trouble.severity, trouble.message.clone());
        Item {
            id,
            severity,
            message,
            path,
            reported: reported(path, review),
            region,
            fingerprint,
            fix: None,
            is_open: false,
        }
    });
    let findings = review.findings.iter().map(|finding| item(finding, review, None));
    let open = review.open.iter().map(|finding| {
        let judge = review.check(finding).question();
        item(finding, review, judge.map(|judge| judge.question.as_str()))
    });
    diagnostics.chain(findings).chain(open).collect()
}

fn item<'a>(finding: &'a Finding, review: &'a Review, question: Option<&str>) -> Item<'a> {
    let (path, region) = place(&finding.place, review);
    Item {
        id: &review.rule(finding).id.0,
        severity: if question.is_some() { Severity::Info } else { review.severity(finding) },
        message: match (question, &finding.reason) {
            (Some(question), _) => question.to_owned(),
            (None, Some(reason)) => format!("{}: {reason}", finding.message),
            (None, None) => finding.message.clone(),
        },
        path,
        reported: reported(path, review),
        region,
        fingerprint: finding.fingerprint(review),
        fix: finding.fix.as_ref(),
        is_open: question.is_some(),
    }
}

fn reported<'a>(path: &'a str, review: &'a Review) -> &'a str {
    review.names.get(path).map_or(path, |names| &names.reported)
}

/// Values that are made when they are written, one after the other.
struct Each<F>(F);

impl<F: Fn() -> I, I: Iterator<Item: serde::Serialize>> serde::Serialize for Each<F> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("texts and numbers are JSON") + "\n"
}
