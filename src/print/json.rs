//! Diagnostics as one JSON document for programs.

use serde::Serialize;

use super::document::{self, Message};
use crate::diag::{self, Diagnostic, Severity};
use crate::text::source::Sources;

#[derive(Serialize)]
struct Report<'a> {
    errors: usize,
    warnings: usize,
    diagnostics: Vec<Message<'a>>,
}

pub fn print(diags: &[Diagnostic], sources: &Sources) -> String {
    let report = Report {
        errors: diag::count(diags, Severity::Error),
        warnings: diag::count(diags, Severity::Warning),
        diagnostics: diags.iter().map(|diagnostic| Message::of(diagnostic, sources)).collect(),
    };
    document::text("kbc.check", 1, &report)
}
