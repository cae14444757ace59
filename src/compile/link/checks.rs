//! Where the parts of a rule and of its check stand. What a check must say is for `model/check`, whether it can run for
//! `review`.

use crate::input::formats::yaml::Document;
use crate::text::source::Span;

/// The keys of a check whose places messages may need.
const KEYS: [&str; 14] = [
    "language",
    "message",
    "ast",
    "regex",
    "metric",
    "judge",
    "constraints",
    "utils",
    "transform",
    "where",
    "fix",
    "files",
    "ignores",
    "precision",
];

/// Where the parts of a check stand.
pub fn parts(document: &Document, check: &str) -> Vec<(&'static str, Span)> {
    let keys = KEYS.into_iter().map(|key| (key, format!("{check}/{key}")));
    keys.filter(|(_, pointer)| document.has(pointer)).map(|(key, pointer)| (key, document.span(&pointer))).collect()
}

/// The keys of a rule that are neither wordings nor its checks.
const RULE_KEYS: [&str; 6] = ["priority", "weight", "tags", "status", "section", "evidence"];

/// Where the values of a rule's keys stand.
pub fn rule_parts(document: &Document, rule: &str) -> Vec<(&'static str, Span)> {
    let keys = RULE_KEYS.into_iter().map(|key| (key, format!("{rule}/{key}")));
    keys.filter(|(_, pointer)| document.has(pointer)).map(|(key, pointer)| (key, document.span(&pointer))).collect()
}
