//! Fixes made: what the files of a review look like after their rewrites.

use std::collections::BTreeMap;

use crate::compile::artifact;
use crate::diag::Place;
use crate::input::vocabulary::Precision;
use crate::review::finding::Review;
use crate::review::{Edit, Engine, fixed};
use crate::text::source::SourceId;

/// A file before and after.
pub struct Rewritten {
    pub name: String,
    pub before: String,
    pub after: String,
    pub applied: usize,
}

/// Makes the fixes of rules that are nearly always right. A file that would no longer parse stays as it is.
pub fn texts(review: &Review, engine: &Engine) -> Vec<Rewritten> {
    let mut by_source: BTreeMap<SourceId, Vec<&Edit>> = BTreeMap::new();
    for finding in review.findings.iter().filter(|finding| review.precision(finding) == Precision::High) {
        if let (Some(edit), Place::Span(span)) = (&finding.fix, &finding.place) {
            by_source.entry(span.source).or_default().push(edit);
        }
    }
    let rewrite = |(source, edits): (SourceId, Vec<&Edit>)| {
        let source = review.sources.get(source);
        let made = fixed(&source.text, edits);
        let is_safe = engine.parses(&source.path, &made.text) || !engine.parses(&source.path, &source.text);
        is_safe.then(|| Rewritten {
            name: source.path.clone(),
            before: source.text.clone(),
            after: made.text,
            applied: made.applied,
        })
    };
    by_source.into_iter().filter_map(rewrite).collect()
}

/// A rewrite as a unified diff.
pub fn diff(file: &Rewritten) -> String {
    artifact::whole(&file.name, &file.before, &file.after)
}
