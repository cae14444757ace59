//! JSON documents for programs: the head that each begins with, and the one shape that a diagnostic has in all of them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::diag::{Diagnostic, Place};
use crate::text::hidden::escaped_json;
use crate::text::quoted;
use crate::text::source::{Sources, Span};

/// The kbc that wrote a document.
pub const GENERATOR: &str = concat!("kbc ", env!("CARGO_PKG_VERSION"));

/// A document: what it is, in which version of its form, by which kbc, and then what it says.
#[derive(Serialize)]
struct Document<'a, T: Serialize> {
    kind: &'a str,
    version: u32,
    generator: &'a str,
    #[serde(flatten)]
    body: &'a T,
}

/// The text of a document. `kind` is `kbc.NAME`; the body is an object.
pub fn text(kind: &str, version: u32, body: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(&headed(kind, version, body)).expect("texts and numbers are JSON");
    quoted::inert_json(&escaped_json(&text)) + "\n"
}

/// A document that is yet to be written.
pub fn headed<'a>(kind: &'a str, version: u32, body: &'a impl Serialize) -> impl Serialize {
    Document { kind, version, generator: GENERATOR, body }
}

/// A diagnostic as every document has it.
#[derive(Serialize, JsonSchema)]
pub struct Message<'a> {
    /// None for trouble of the call, which is about no file.
    code: Option<&'a str>,
    #[serde(flatten)]
    about: Option<About>,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    location: Option<Location<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'a str,
    related: Vec<Related<'a>>,
    notes: &'a [String],
    help: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<&'a str>,
}

/// What kbc says of a code in general.
#[derive(Serialize, JsonSchema)]
struct About {
    group: &'static str,
    /// The version of kbc that reported it first.
    since: &'static str,
    /// The page that explains it: of a finding, the paper of its rule, if kbc.toml says where it is published.
    url: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Related<'a> {
    #[serde(flatten)]
    location: Location<'a>,
    label: &'a str,
}

/// Lines and columns from 1, a column being a character, the end one past the last; all absent for a whole file.
#[derive(Serialize, JsonSchema)]
pub struct Location<'a> {
    path: &'a str,
    #[serde(flatten)]
    region: Option<Region>,
}

#[derive(Serialize, JsonSchema)]
struct Region {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl<'a> Message<'a> {
    pub fn of(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Self {
        let related = diagnostic.related.iter();
        let related = related.map(|label| Related { location: Location::of(label.span, sources), label: &label.text });
        Self {
            code: Some(diagnostic.name()),
            about: Some(About {
                group: diagnostic.code.group().name(),
                since: diagnostic.code.since(),
                url: diagnostic.url(),
            }),
            severity: diagnostic.severity.name(),
            message: &diagnostic.message,
            location: Some(match &diagnostic.place {
                Place::Span(span) => Location::of(*span, sources),
                Place::File(path) => Location { path, region: None },
            }),
            label: &diagnostic.label,
            related: related.collect(),
            notes: &diagnostic.notes,
            help: &diagnostic.help,
            diff: diagnostic.diff.as_deref(),
        }
    }

    /// Why a command could do nothing.
    pub fn of_failure(message: &'a str, help: &'a [String]) -> Self {
        let (code, about, location, diff) = (None, None, None, None);
        let (related, notes) = (Vec::new(), &[]);
        Self { code, about, severity: "error", message, location, label: "", related, notes, help, diff }
    }
}

impl<'a> Location<'a> {
    pub fn of(span: Span, sources: &'a Sources) -> Self {
        let source = sources.get(span.source);
        let ((line, column), (end_line, end_column)) = (source.position(span.start), source.position(span.end));
        Self { path: &source.path, region: Some(Region { line, column, end_line, end_column }) }
    }
}
