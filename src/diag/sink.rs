//! Where a stage puts what it has to say: it cannot fail, it can only complain.

use std::ops::Deref;

use rayon::prelude::*;

use super::diagnostic::Diagnostic;
use super::severity::Severity;

/// What was found so far, in order.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
}

impl Sink {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Was anything found that makes the result unusable?
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// In the order of their places; those of whole files come first. The sort is stable, and every stage pushes in the
    /// order of its inputs, so the result is the same for any number of threads.
    pub fn sort(&mut self) {
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span().map(|span| (span.source, span.start)));
    }

    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// Runs a stage for each item, on all processors; what they find comes in the order of the items.
    pub fn par_map<I: Send, T: Send>(&mut self, items: Vec<I>, stage: impl Fn(I, &mut Sink) -> T + Sync) -> Vec<T> {
        let run = |item| {
            let mut found = Sink::new();
            (stage(item, &mut found), found)
        };
        let results: Vec<(T, Sink)> = items.into_par_iter().map(run).collect();
        results.into_iter().map(|(result, found)| (result, self.extend(found)).0).collect()
    }
}

impl Extend<Diagnostic> for Sink {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }
}

impl IntoIterator for Sink {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.diagnostics.into_iter()
    }
}

impl<'a> IntoIterator for &'a Sink {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.diagnostics.iter()
    }
}

impl Deref for Sink {
    type Target = [Diagnostic];

    fn deref(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}
