//! How much work the documents of a knowledge base may be. Each run of a template is bounded, but a document is written
//! hundreds of times while it is distilled, and there may be thousands of documents.

use std::sync::atomic::{AtomicU64, Ordering};

/// Steps that all documents may take together: some 10 s on one core.
const ALL: u64 = 500_000_000;

/// The steps of one document.
pub struct Allowance {
    whole: u64,
    taken: AtomicU64,
}

impl Allowance {
    /// The share of one document of so many.
    pub fn of_one_in(documents: usize) -> Self {
        Self { whole: ALL / (documents as u64).max(1), taken: AtomicU64::new(0) }
    }

    pub fn whole(&self) -> u64 {
        self.whole
    }

    pub fn take(&self, steps: u64) {
        self.taken.fetch_add(steps, Ordering::Relaxed);
    }

    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    pub fn is_used_up(&self) -> bool {
        self.taken() > self.whole
    }

    /// How many runs of so many steps half of the rest is enough for.
    pub fn runs(&self, steps: u64) -> usize {
        let runs = self.whole.saturating_sub(self.taken()) / 2 / steps.max(1);
        usize::try_from(runs).unwrap_or(usize::MAX)
    }
}
