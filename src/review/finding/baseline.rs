//! A baseline: the findings that were there when a team began to look. They are known by rule, file and content
//! and by their number, never by their line, so that code can move.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Finding, Review, Tolerance};

use crate::diag::UserError;
use crate::input::formats::head;
use crate::input::schema::Format;

/// The format of a baseline.
pub static FORMAT: Format = Format::written::<File>("baseline");

const KIND: head::Kind = head::Kind::new("kbc.baseline", 1);

/// The findings that a review tolerates.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct File {
    kind: String,
    version: u32,
    findings: Vec<Entry>,
    /// What a newer kbc has added.
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Entry {
    rule: String,
    path: String,
    content: String,
    #[serde(flatten)]
    known: Known,
}

/// What is kept of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
struct Known {
    count: usize,
    /// The day on which it came into the baseline, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    added: Option<String>,
    /// Why it is tolerated, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What a newer kbc has added.
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// Rule, file and content.
type Key = (String, String, String);

/// How often each finding is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    known: BTreeMap<Key, Known>,
    more: Map<String, Value>,
}

impl Baseline {
    /// # Errors
    /// What is wrong with the text of a file that is called so.
    pub fn read(name: &str, text: &str) -> Result<Self, UserError> {
        let unlike = |why: &dyn std::fmt::Display| UserError::new(format!("`{name}` is no baseline: {why}"));
        let mut json: Value = serde_json::from_str(text).map_err(|error| unlike(&error))?;
        // The first ones had a version alone.
        if let Some(fields) = json.as_object_mut().filter(|fields| fields.contains_key("findings")) {
            fields.entry("kind").or_insert_with(|| KIND.name.into());
        }
        KIND.check(name, &json)?;
        let file: File = serde_json::from_value(json).map_err(|error| unlike(&error))?;
        let mut baseline = Self { known: BTreeMap::new(), more: file.more };
        for Entry { rule, path, content, known } in file.findings {
            let count = known.count;
            let entry = baseline.known.entry((rule, path, content)).or_insert_with(|| Known { count: 0, ..known });
            entry.count = entry.count.saturating_add(count);
        }
        Ok(baseline)
    }

    /// The findings of a review. Those that an older baseline knows keep their day and their reason.
    pub fn of(review: &Review, before: &Self, today: &str) -> Self {
        let mut known: BTreeMap<Key, Known> = BTreeMap::new();
        for (key, count) in counts(review) {
            let new = || Known { added: Some(today.to_owned()), ..Known::default() };
            let entry = before.known.get(&key).cloned().unwrap_or_else(new);
            known.insert(key, Known { count, ..entry });
        }
        Self { known, more: before.more.clone() }
    }

    /// Takes out what is gone, and adds nothing; says how many findings are gone. Of a rule or a file that was not looked at,
    /// nobody knows.
    pub fn shrink(&mut self, review: &Review, was_looked_at: &dyn Fn(&str, &str) -> bool) -> usize {
        let there = counts(review);
        let before = self.len();
        for (key @ (rule, path, _), known) in &mut self.known {
            if was_looked_at(rule, path) {
                known.count = known.count.min(there.get(key).copied().unwrap_or(0));
            }
        }
        self.known.retain(|_, known| known.count > 0);
        before - self.len()
    }

    pub fn text(&self) -> String {
        let entries = self.known.iter().map(|((rule, path, content), known)| Entry {
            rule: rule.clone(),
            path: path.clone(),
            content: content.clone(),
            known: known.clone(),
        });
        let kind = KIND.name.to_owned();
        let file = File { kind, version: KIND.version, findings: entries.collect(), more: self.more.clone() };
        serde_json::to_string_pretty(&file).expect("texts and numbers are JSON") + "\n"
    }

    pub fn len(&self) -> usize {
        self.known.values().fold(0, |sum, known| sum.saturating_add(known.count))
    }

    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Takes the findings that are known out of a review; of the same ones, the first.
    pub fn apply(mut self, review: &mut Review) {
        let findings = std::mem::take(&mut review.findings);
        review.findings = self.untold(findings, review);
        let open = std::mem::take(&mut review.open);
        review.open = self.untold(open, review);
    }

    /// The findings that are not known. The others are tolerated.
    fn untold(&mut self, findings: Vec<Finding>, review: &mut Review) -> Vec<Finding> {
        let mut new = Vec::new();
        for finding in findings {
            match self.known.get_mut(&key(&finding, review)) {
                Some(known) if known.count > 0 => {
                    known.count -= 1;
                    review.counts.known += 1;
                    review.tolerated.push((finding, Tolerance::Baseline(known.reason.clone())));
                }
                _ => new.push(finding),
            }
        }
        new
    }
}

/// How often a review has each finding.
fn counts(review: &Review) -> BTreeMap<Key, usize> {
    let mut counts = BTreeMap::new();
    for finding in review.findings.iter().chain(&review.open) {
        *counts.entry(key(finding, review)).or_default() += 1;
    }
    counts
}

fn key(finding: &Finding, review: &Review) -> Key {
    (
        review.rule(finding).id.0.clone(),
        finding.identity(&review.sources, &review.names).to_owned(),
        finding.content.clone(),
    )
}
