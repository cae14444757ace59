//! Reviewdog's diagnostic format: one JSON object a line, columns in UTF-8 bytes.

use std::io::{self, Write};

use serde::Serialize;

use super::{Region, byte_column};
use crate::diag::Severity;
use crate::review::finding::Review;
use crate::text::source::Span;

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: &'a str,
    location: Location<'a>,
    severity: &'a str,
    source: Source,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

pub fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    super::items(review).try_for_each(|item| {
        let suggestion = item.fix.zip(item.region).map(|(edit, region)| {
            let span = Span { start: edit.range.start, end: edit.range.end, ..region.span };
            Suggestion { range: range(super::region(span, review), review), text: &edit.text }
        });
        let diagnostic = Diagnostic {
            message: &item.message,
            location: Location { path: item.path, range: item.region.map(|region| range(region, review)) },
            severity: match item.severity {
                Severity::Error => "ERROR",
                Severity::Warning => "WARNING",
                Severity::Info | Severity::Hint => "INFO",
            },
            source: Source { name: "kbc" },
            code: Code { value: item.id },
            suggestions: suggestion.into_iter().collect(),
        };
        serde_json::to_writer(&mut *out, &diagnostic)?;
        out.write_all(b"\n")
    })
}

fn range(region: Region, review: &Review) -> Range {
    let column = |offset| byte_column(region.span, offset, review);
    Range {
        start: Position { line: region.line, column: column(region.span.start) },
        end: Position { line: region.end_line, column: column(region.span.end) },
    }
}
