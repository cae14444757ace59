//! How bad a message is, and what it means for whoever called kbc.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad a finding or a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Hint,
    Info,
    Warning,
    Error,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What an error means for the caller: the layers disagree, or something could not be read at all.
/// From the mildest to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The author's: exit code 1.
    Finding,
    /// Configuration, or input that cannot be read: exit code 2.
    Unreadable,
    /// A fault of kbc: exit code 3.
    Bug,
}
