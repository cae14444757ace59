//! One line a diagnostic, as editors and `grep` read it.

use crate::diag::{Diagnostic, Place};
use crate::text::quoted::{line, path};
use crate::text::source::{Sources, Span};

pub fn print(diags: &[Diagnostic], sources: &Sources) -> String {
    diags.iter().map(|diagnostic| one(diagnostic, sources)).collect()
}

/// One diagnostic.
pub fn one(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place = match &diagnostic.place {
        Place::File(name) => path(name).into_owned(),
        Place::Span(span) => at(*span, sources),
    };
    let (severity, code) = (diagnostic.severity.name(), diagnostic.name());
    let related = diagnostic.related.iter();
    let related = related.map(|label| format!("{}: note: {}\n", at(label.span, sources), line(&label.text)));
    format!("{place}: {severity}[{code}]: {}\n{}", line(&diagnostic.message), related.collect::<String>())
}

fn at(span: Span, sources: &Sources) -> String {
    let source = sources.get(span.source);
    let (line, column) = source.position(span.start);
    format!("{}:{line}:{column}", path(&source.path))
}
