//! Diagnostics as one JSON document for programs.

use serde::Serialize;

use crate::diag::{self, Diagnostic, Place, Severity};
use crate::text::hidden::escaped_json;
use crate::text::quoted;
use crate::text::source::{Sources, Span};

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    errors: usize,
    warnings: usize,
    diagnostics: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Location<'a>,
    label: &'a str,
    related: Vec<Related<'a>>,
    notes: &'a [String],
    help: &'a [String],
    diff: Option<&'a str>,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    place: Location<'a>,
    label: &'a str,
}

/// Lines and columns from 1, a column being a character; all absent for a file that was not read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

pub fn print(diags: &[Diagnostic], sources: &Sources) -> String {
    let count = |severity| diag::count(diags, severity);
    let report = Report {
        version: 1,
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        diagnostics: diags.iter().map(|diagnostic| item(diagnostic, sources)).collect(),
    };
    let text = serde_json::to_string_pretty(&report).expect("texts and numbers are JSON");
    quoted::inert_json(&escaped_json(&text)) + "\n"
}

fn item<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Item<'a> {
    let related =
        diagnostic.related.iter().map(|label| Related { place: location(label.span, sources), label: &label.text });
    Item {
        code: diagnostic.name(),
        severity: diagnostic.severity.name(),
        message: &diagnostic.message,
        place: match &diagnostic.place {
            Place::Span(span) => location(*span, sources),
            Place::File(path) => Location { file: path, line: None, column: None, end_line: None, end_column: None },
        },
        label: &diagnostic.label,
        related: related.collect(),
        notes: &diagnostic.notes,
        help: &diagnostic.help,
        diff: diagnostic.diff.as_deref(),
    }
}

fn location(span: Span, sources: &Sources) -> Location<'_> {
    let source = sources.get(span.source);
    let ((line, column), (end_line, end_column)) = (source.position(span.start), source.position(span.end));
    Location {
        file: &source.path,
        line: Some(line),
        column: Some(column),
        end_line: Some(end_line),
        end_column: Some(end_column),
    }
}
