//! The findings of a review, in the formats of those who read them.

mod github;
mod gitlab;
pub mod json;
mod junit;
mod lines;
mod rdjsonl;
mod sarif;

use std::collections::HashMap;
use std::io::{self, Write};

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
    let mut bytes = Vec::new();
    write(format, review, &mut bytes).expect("memory can be written");
    String::from_utf8(bytes).expect("every format is text")
}

/// The whole review, written as it is made: what is kept in memory does not grow with the number of findings.
///
/// # Errors
/// If it cannot be written.
pub fn write(format: Format, review: &Review, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => {
            review.diagnostics().try_for_each(|told| out.write_all(human::one(&told, &review.sources).as_bytes()))
        }
        Format::Short => {
            let plain = review.diagnostics().map(|diagnostic| Diagnostic { related: Vec::new(), ..diagnostic });
            plain.into_iter().try_for_each(|told| out.write_all(short::one(&told, &review.sources).as_bytes()))
        }
        Format::Json => lines::write(out, inert_json, |out| json::write(review, out)),
        Format::Sarif => lines::write(out, inert_json, |out| sarif::write(review, out)),
        Format::Github => lines::write(out, |text| visible(text).into_owned(), |out| github::write(review, out)),
        Format::Gitlab => lines::write(out, inert_json, |out| gitlab::write(review, out)),
        Format::Rdjsonl => lines::write(out, inert_json, |out| rdjsonl::write(review, out)),
        Format::Junit => lines::write(out, |text| quoted::inert_xml(&visible(text)), |out| junit::write(review, out)),
    }
}

fn inert_json(text: &str) -> String {
    quoted::inert_json(&escaped_json(text))
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

/// A finding, an open question or a trouble, of which an [`Item`] is made when it is written.
#[derive(Clone, Copy)]
enum Entry<'a> {
    /// With the number of those before it that look the same.
    Trouble(&'a Diagnostic, usize),
    Finding(&'a Finding),
    Open(&'a Finding),
}

fn entries(review: &Review) -> Vec<Entry<'_>> {
    let mut seen: HashMap<(&str, &str, &str), usize> = HashMap::new();
    let troubles = review.diagnostics.iter().map(|trouble| {
        let count = seen.entry((trouble.name(), identity(trouble, review), &trouble.message)).or_default();
        *count += 1;
        Entry::Trouble(trouble, *count - 1)
    });
    let findings = review.findings.iter().map(Entry::Finding);
    troubles.chain(findings).chain(review.open.iter().map(Entry::Open)).collect()
}

fn identity<'a>(trouble: &'a Diagnostic, review: &'a Review) -> &'a str {
    let (path, _) = place(&trouble.place, review);
    review.names.get(path).map_or(path, |names| &names.identity)
}

impl<'a> Entry<'a> {
    fn id(self, review: &'a Review) -> &'a str {
        match self {
            Entry::Trouble(trouble, _) => trouble.name(),
            Entry::Finding(finding) | Entry::Open(finding) => &review.rule(finding).id.0,
        }
    }

    fn item(self, review: &'a Review) -> Item<'a> {
        match self {
            Entry::Trouble(trouble, count) => trouble_item(trouble, count, review),
            Entry::Finding(finding) => item(finding, review, None),
            Entry::Open(finding) => {
                let judge = review.check(finding).question();
                item(finding, review, judge.map(|judge| judge.question.as_str()))
            }
        }
    }
}

fn items(review: &Review) -> impl Iterator<Item = Item<'_>> {
    entries(review).into_iter().map(|entry| entry.item(review))
}

fn trouble_item<'a>(trouble: &'a Diagnostic, count: usize, review: &'a Review) -> Item<'a> {
    let (path, region) = place(&trouble.place, review);
    // The first has no number, so that its fingerprint stays as it was.
    let number = if count == 0 { None } else { Some(count.to_string()) };
    let parts = [trouble.name(), identity(trouble, review), &trouble.message].into_iter().chain(number.as_deref());
    Item {
        id: trouble.name(),
        severity: trouble.severity,
        message: trouble.message.clone(),
        path,
        reported: reported(path, review),
        region,
        fingerprint: fingerprint::of(&parts.collect::<Vec<_>>()),
        fix: None,
        is_open: false,
    }
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

/// Indented JSON with a line end.
fn pretty(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}
