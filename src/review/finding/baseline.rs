//! A baseline: the findings that were there when a team began to look. They are known by rule, file and content
//! and by their number, never by their line, so that code can move.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Finding, Review};

use crate::diag::UserError;

const VERSION: u32 = 1;

#[derive(Debug, Deserialize, Serialize)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    path: String,
    content: String,
    count: usize,
}

/// How often each finding is known.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Baseline(BTreeMap<(String, String, String), usize>);

impl Baseline {
    /// # Errors
    /// What is wrong with the text, to be said after the name of the file.
    pub fn read(text: &str) -> Result<Self, UserError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let found = serde_json::from_str::<Version>(text).map_err(|error| format!("is no baseline: {error}"))?;
        if found.version != VERSION {
            let again = "write it again with `--write-baseline`";
            return Err(UserError::new(format!(
                "is a baseline of version {}, and this kbc reads {VERSION}",
                found.version
            ))
            .help(again));
        }
        let file: File = serde_json::from_str(text).map_err(|error| format!("is no baseline: {error}"))?;
        let mut counts = BTreeMap::new();
        for entry in file.findings {
            let count: &mut usize = counts.entry((entry.rule, entry.path, entry.content)).or_default();
            *count = count.saturating_add(entry.count);
        }
        Ok(Self(counts))
    }

    pub fn of(review: &Review) -> Self {
        let mut counts = BTreeMap::new();
        for finding in review.findings.iter().chain(&review.open) {
            *counts.entry(key(finding, review)).or_default() += 1;
        }
        Self(counts)
    }

    pub fn text(&self) -> String {
        let entries = self.0.iter().map(|((rule, path, content), count)| Entry {
            rule: rule.clone(),
            path: path.clone(),
            content: content.clone(),
            count: *count,
        });
        let file = File { version: VERSION, findings: entries.collect() };
        serde_json::to_string_pretty(&file).expect("texts and numbers are JSON") + "\n"
    }

    pub fn len(&self) -> usize {
        self.0.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the findings that are known out of a review; of the same ones, the first.
    pub fn apply(mut self, review: &mut Review) {
        let mut take = |findings: Vec<Finding>, review: &Review| -> (Vec<Finding>, usize) {
            let before = findings.len();
            let new = findings.into_iter().filter(|finding| match self.0.get_mut(&key(finding, review)) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            });
            let new: Vec<Finding> = new.collect();
            let known = before - new.len();
            (new, known)
        };
        let (findings, known) = take(std::mem::take(&mut review.findings), review);
        let (open, asked) = take(std::mem::take(&mut review.open), review);
        review.findings = findings;
        review.open = open;
        review.counts.known = known + asked;
    }
}

fn key(finding: &Finding, review: &Review) -> (String, String, String) {
    (
        review.rule(finding).id.0.clone(),
        finding.identity(&review.sources, &review.names).to_owned(),
        finding.content.clone(),
    )
}
