//! Diagnostics as one JSON document for programs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::document::{self, Message};
use crate::diag::{self, Diagnostic, Severity, SwitchedOff};
use crate::input::schema::Format;
use crate::text::source::Sources;

/// The format of what a check prints.
pub static FORMAT: Format = Format::report::<Report>("check");

#[derive(Serialize, JsonSchema)]
struct Report<'a> {
    errors: usize,
    warnings: usize,
    /// How many of each code kbc.toml switches off.
    switched_off: BTreeMap<&'static str, usize>,
    diagnostics: Vec<Message<'a>>,
}

pub fn print(diags: &[Diagnostic], sources: &Sources, off: &SwitchedOff) -> String {
    let report = Report {
        errors: diag::count(diags, Severity::Error),
        warnings: diag::count(diags, Severity::Warning),
        switched_off: off.counts().collect(),
        diagnostics: diags.iter().map(|diagnostic| Message::of(diagnostic, sources)).collect(),
    };
    document::text("kbc.check", 1, &report)
}
