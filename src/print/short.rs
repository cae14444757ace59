//! One line a diagnostic, as editors and `grep` read it.

use crate::diag::{Diagnostic, Place};
use crate::text::hidden::visible;
use crate::text::source::Sources;

pub fn print(diags: &[Diagnostic], sources: &Sources) -> String {
    let line = |diagnostic: &Diagnostic| {
        let place = match &diagnostic.place {
            Place::File(path) => path.clone(),
            Place::Span(span) => {
                let source = sources.get(span.source);
                let (line, column) = source.position(span.start);
                format!("{}:{line}:{column}", source.path)
            }
        };
        let (severity, code) = (diagnostic.severity.name(), diagnostic.name());
        let related = diagnostic.related.iter().map(|label| {
            let source = sources.get(label.span.source);
            let (line, column) = source.position(label.span.start);
            format!("{}:{line}:{column}: note: {}\n", source.path, label.text)
        });
        format!("{place}: {severity}[{code}]: {}\n{}", diagnostic.message, related.collect::<String>())
    };
    diags.iter().map(|diagnostic| visible(&line(diagnostic)).into_owned()).collect()
}
