//! A record of a decision, as Nygard and MADR write them: title, status, date, and the decision in its own words.

use super::blocks::{self, Shape};
use super::front::{self, Front};

/// A record.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    pub title: String,
    pub decision: Decision,
    /// The word of its status as it is written.
    pub status: String,
    pub date: Option<String>,
    /// What replaces it, as written: a number or a title.
    pub superseded_by: Option<String>,
    /// What was decided, on one line, and the line it begins on.
    pub text: String,
    pub line: usize,
    pub has_front_matter: bool,
}

/// Whether a decision holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Proposed,
    Accepted,
    Deprecated,
    Superseded,
    Rejected,
    /// It has no status, or a word that is not known.
    Unknown,
}

impl Decision {
    pub fn name(self) -> &'static str {
        match self {
            Decision::Proposed => "proposed",
            Decision::Accepted => "accepted",
            Decision::Deprecated => "deprecated",
            Decision::Superseded => "superseded",
            Decision::Rejected => "rejected",
            Decision::Unknown => "no status",
        }
    }

    fn of(status: &str) -> Self {
        let lower = status.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if has(&["superseded", "replaced"]) {
            Decision::Superseded
        } else if has(&["deprecated"]) {
            Decision::Deprecated
        } else if has(&["rejected"]) {
            Decision::Rejected
        } else if has(&["accepted", "approved", "adopted", "decided", "implemented"]) {
            Decision::Accepted
        } else if has(&["proposed", "draft", "pending"]) {
            Decision::Proposed
        } else {
            Decision::Unknown
        }
    }
}

/// Is a file a record: has it headings for its context and its decision?
pub(super) fn is_one(front: &Front, text: &str) -> bool {
    let heading = |words: &[&str]| {
        let mut lines = text.lines().filter_map(|line| line.trim_start().strip_prefix('#'));
        lines.any(|line| words.contains(&line.trim_matches(['#', ' ', '\r']).to_lowercase().as_str()))
    };
    let decided = heading(&["decision", "decision outcome", "decisions"]);
    let context = heading(&["context", "context and problem statement", "considered options"]);
    decided && (context || heading(&["status", "consequences"]) || front.has("status"))
}

impl Record {
    /// Reads a record.
    pub fn read(text: &str) -> Record {
        let front = front::read(text);
        let parsed = blocks::read(text, front.body);
        let under = |words: &[&str]| {
            let found = parsed
                .blocks
                .iter()
                .filter(|block| matches!(block.shape, Shape::Paragraph | Shape::Item | Shape::Step));
            found
                .filter(|block| {
                    block.headings.last().is_some_and(|heading| words.contains(&heading.to_lowercase().as_str()))
                })
                .map(|block| (block.text.clone(), block.lines.start))
                .collect::<Vec<_>>()
        };
        let labelled = |label: &str| {
            parsed.blocks.iter().find_map(|block| {
                let (name, value) = block.text.split_once(':')?;
                (name.trim().eq_ignore_ascii_case(label)).then(|| value.trim().to_owned())
            })
        };
        let status = front.get("status").map(str::to_owned);
        let status = status.or_else(|| labelled("status")).or_else(|| Some(under(&["status"]).first()?.0.clone()));
        let status = status.unwrap_or_default();
        let decision = Decision::of(&status);
        let date = front.get("date").map(str::to_owned).or_else(|| labelled("date"));
        let date = date.or_else(|| Some(under(&["date"]).first()?.0.clone()));
        let decided = under(&["decision", "decision outcome", "decisions"]);
        let replaced = (decision == Decision::Superseded).then(|| replacement(&status)).flatten();
        Record {
            title: parsed.title.unwrap_or_default(),
            decision,
            status,
            date,
            superseded_by: replaced
                .or_else(|| front.get("superseded-by").or(front.get("superseded_by")).map(str::to_owned)),
            text: decided.first().map(|(text, _)| text.clone()).unwrap_or_default(),
            line: decided.first().map_or(1, |(_, line)| *line),
            has_front_matter: front.body > 3,
        }
    }
}

/// What stands behind `superseded by`.
fn replacement(status: &str) -> Option<String> {
    let lower = status.to_ascii_lowercase();
    let at = lower.find(" by ")? + " by ".len();
    Some(status[at..].trim().trim_end_matches('.').to_owned()).filter(|by| !by.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let nygard = "# 3. Use Go\n\nDate: 2026-01-02\n\n## Status\n\nSuperseded by [4. Use Rust](0004.md)\n\n## Context\n\nx\n\n## Decision\n\nWe use Go.\n";
        let record = Record::read(nygard);
        assert_eq!(
            (record.title.as_str(), record.decision, record.date.as_deref()),
            ("3. Use Go", Decision::Superseded, Some("2026-01-02"))
        );
        assert_eq!((record.text.as_str(), record.superseded_by.as_deref()), ("We use Go.", Some("4. Use Rust")));
        let madr = "---\nstatus: accepted\ndate: 2026-03-11\ndecision-makers:\n---\n\n# Adopt records\n\n## Context and Problem Statement\n\nx\n\n## Decision Outcome\n\nChosen: y.\n";
        let record = Record::read(madr);
        assert_eq!((record.decision, record.text.as_str(), record.line), (Decision::Accepted, "Chosen: y.", 15));
        assert!(record.has_front_matter);
    }
}
