//! The words that papers, templates, model and outputs share: rule ids, status, priority.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule id: short, since agents pay for it and quote it, and never reused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct RuleId(#[schemars(regex(pattern = r"^[A-Z][A-Z0-9]{0,11}(-[A-Z0-9]{1,11})*$"))] pub String);

impl std::fmt::Display for RuleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What somebody keeps for other tools: kbc never reads it, and never warns about it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Metadata(pub serde_json::Map<String, serde_json::Value>);

/// Where a paper or a rule is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Being written; not compiled.
    Draft,
    /// In force.
    #[default]
    Active,
    /// No longer recommended, kept for reference.
    Deprecated,
    /// Replaced by the paper named in `superseded_by`.
    Superseded,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Active => "active",
            Status::Deprecated => "deprecated",
            Status::Superseded => "superseded",
        }
    }
}

/// Which messages make a check fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Errors.
    #[default]
    Error,
    /// Errors and warnings.
    Warning,
}

/// Is what is still being written compiled?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drafts {
    #[default]
    LeftOut,
    /// As if it were in force.
    Compiled,
}

impl Drafts {
    /// The status that something counts with.
    pub fn stage(self, written: Status) -> Status {
        match (self, written) {
            (Drafts::Compiled, Status::Draft) => Status::Active,
            (_, written) => written,
        }
    }
}

/// Which rules come first; a rule never displaces one of higher priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Always in the rulebook.
    Critical,
    High,
    #[default]
    Medium,
    Low,
}

impl Priority {
    pub fn name(self) -> &'static str {
        match self {
            Priority::Critical => "critical",
            Priority::High => "high",
            Priority::Medium => "medium",
            Priority::Low => "low",
        }
    }
}

/// How often the findings of a check are right, apart from how bad they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Often wrong: a place to look at.
    Low,
    /// Mostly right.
    Medium,
    /// Nearly always right.
    High,
}

impl Precision {
    pub fn name(self) -> &'static str {
        match self {
            Precision::Low => "low",
            Precision::Medium => "medium",
            Precision::High => "high",
        }
    }
}

/// What an example shows of a rule: done right, done wrong, or what was wrong after its rewrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shows {
    Good,
    Bad,
    Fixed,
}

impl Shows {
    pub fn name(self) -> &'static str {
        match self {
            Shows::Good => "good",
            Shows::Bad => "bad",
            Shows::Fixed => "fixed",
        }
    }
}
