//! The keys of papers, data and templates that had other names before the first format. `kbc migrate` rewrites them; every
//! other command says so.

use crate::diag::{Code, Diagnostic};
use crate::input::formats::document::{Document, Part};
use crate::text::source::Span;

/// What to say of the first key of old in a file of a format, if there is one.
pub fn first(format: &str, document: &Document) -> Option<Diagnostic> {
    let renamed = match format {
        "paper" => paper,
        "data" => data,
        "template" => template,
        _ => return None,
    };
    let mut first: Option<(Span, String)> = None;
    document.texts(&mut |pointer, part, _, span| {
        let path: Vec<&str> = pointer.split('/').skip(1).collect();
        let is_first = first.as_ref().is_none_or(|(known, _)| span.start < known.start);
        if let Some(now) = renamed(&path).filter(|_| part == Part::Key && is_first) {
            let key = path.last().copied().unwrap_or_default();
            first = Some((span, format!("the file is written for an older kbc: `{key}` is called {now} now")));
        }
    });
    let (span, message) = first?;
    Some(
        Diagnostic::new(Code::OldFormat, span, message)
            .help("run `kbc migrate`; `kbc migrate --diff` shows what it would change"),
    )
}

fn paper(path: &[&str]) -> Option<&'static str> {
    match path {
        ["known" | "unruled"] | ["rules", _, "unchecked"] => Some("`allow`"),
        ["review_by"] => Some("`reread_by`"),
        ["rules", _, "rule"] => Some("`text`"),
        ["rules", _, "check"] => Some("`checks`"),
        _ => None,
    }
}

fn data(path: &[&str]) -> Option<&'static str> {
    match path {
        ["measurements"] => Some("`benchmarks` and `results`"),
        ["repeats"] => Some("`results`"),
        ["figures", _, "ratio" | "difference" | "saving" | "share" | "value" | "crossover"] => Some("`op` and `of`"),
        _ => None,
    }
}

fn template(path: &[&str]) -> Option<&'static str> {
    match path {
        ["select", "domains"] => Some("`papers`"),
        _ => None,
    }
}
