//! Diagnostics and reports as text for people and programs.

pub mod budget;
mod diff;
pub mod document;
pub mod findings;
mod human;
pub mod json;
pub mod move_in;
mod short;
pub mod trace;

use clap::ValueEnum;

use crate::diag::{self, Diagnostic, Severity, SwitchedOff};
use crate::text::quantity::plural;
use crate::text::source::Sources;

pub use self::diff::diff;

/// How diagnostics are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// With the line of the file, underlined, and the next step.
    #[default]
    Human,
    /// One line each: `file:line:column: severity[code]: message`.
    Short,
    /// One JSON document with every place, note and diff.
    Json,
}

/// All diagnostics in one format, with colours as ANSI codes where the format has any.
pub fn diagnostics(format: Format, diags: &[Diagnostic], sources: &Sources) -> String {
    checked(format, diags, sources, &SwitchedOff::default())
}

/// What a check found, with what kbc.toml switches off where the format has a place for it.
pub fn checked(format: Format, diags: &[Diagnostic], sources: &Sources, off: &SwitchedOff) -> String {
    match format {
        Format::Human => human::print(diags, sources),
        Format::Short => short::print(diags, sources),
        Format::Json => json::print(diags, sources, off),
    }
}

/// "2 errors, 1 warning"; `None` if there is nothing to count.
pub fn tally(diags: &[Diagnostic]) -> Option<String> {
    let count = |severity| diag::count(diags, severity);
    let words = [Severity::Error, Severity::Warning, Severity::Info, Severity::Hint];
    let words = words.map(|severity| (count(severity), severity.name())).into_iter().filter(|(count, _)| *count > 0);
    let word = |(count, name)| if name == "info" { format!("{count} info") } else { plural(count, name) };
    let words: Vec<_> = words.map(word).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
