//! How a command ends.

use crate::diag::{self, Class, Diagnostic, Severity};
use crate::input::vocabulary::FailOn;

/// How a command ended. The numbers are those of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing to complain about.
    Clean = 0,
    /// The layers disagree, or a budget is broken.
    Findings = 1,
    /// Wrong usage or configuration, or input that cannot be read.
    Unusable = 2,
    /// A fault of kbc.
    Bug = 3,
}

impl Exit {
    /// By the worst of what was found.
    pub fn of(diags: &[Diagnostic]) -> Self {
        Self::failing_on(FailOn::Error, diags)
    }

    /// By the worst of what was found, where what is milder than an error may count as well.
    pub fn failing_on(fail_on: FailOn, diags: &[Diagnostic]) -> Self {
        let is_bad = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Warning;
        match diag::worst(diags) {
            None if fail_on == FailOn::Warning && diags.iter().any(is_bad) => Exit::Findings,
            None => Exit::Clean,
            Some(Class::Finding) => Exit::Findings,
            Some(Class::Unreadable) => Exit::Unusable,
            Some(Class::Bug) => Exit::Bug,
        }
    }
}
