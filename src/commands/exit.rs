//! How a command ends.

use crate::diag::{self, Class, Diagnostic};

/// How a command ended. The numbers are those of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        match diag::worst(diags) {
            None => Exit::Clean,
            Some(Class::Finding) => Exit::Findings,
            Some(Class::Unreadable) => Exit::Unusable,
            Some(Class::Bug) => Exit::Bug,
        }
    }
}
