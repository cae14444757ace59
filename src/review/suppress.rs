//! Comments that suppress findings: `# kbc: ignore[RTY1] reason` and `# ast-grep-ignore: RTY1 reason`.
//!
//! A comment behind code is about the statement that it stands behind, one on a line of its own about
//! the next line that is no comment. As ast-grep has it, one on the first line with an empty line after
//! it is about the whole file.

use std::collections::HashSet;
use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};

use super::node_table::CodeNode;
use crate::text::source::nearest;

/// The two words that introduce a suppression.
const OURS: &str = "kbc: ignore";
const THEIRS: &str = "ast-grep-ignore";

/// May a text have a suppression at all?
pub fn is_possible(text: &str) -> bool {
    text.contains(OURS) || text.contains(THEIRS)
}

/// One comment.
struct Suppression {
    range: Range<usize>,
    /// The lines (from 0) on which findings begin that it is about.
    lines: RangeInclusive<usize>,
    /// None: every rule.
    rules: Option<Vec<String>>,
    has_reason: bool,
    is_ours: bool,
    used: HashSet<String>,
}

/// The suppressions of one file.
pub struct Suppressions(Vec<Suppression>);

/// A suppression that should not stay as it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum SuppressionIssue {
    /// It suppresses nothing of this rule.
    Unused { range: Range<usize>, rule: Option<String> },
    /// No rule of the knowledge base has this id.
    UnknownRule { range: Range<usize>, rule: String, near: Option<String> },
    /// It says not why.
    Unexplained { range: Range<usize> },
}

impl Suppressions {
    pub fn of(root: &CodeNode) -> Self {
        let comments = root.dfs().filter(|node| node.kind().contains("comment"));
        Self(comments.filter_map(|node| suppression(&node)).collect())
    }

    /// Is a finding of a rule that begins on a line (from 0) suppressed?
    pub fn suppresses(&mut self, rule: &str, line: usize) -> bool {
        let is_about = |suppression: &&mut Suppression| {
            suppression.lines.contains(&line)
                && suppression.rules.as_ref().is_none_or(|rules| rules.iter().any(|id| id == rule))
        };
        let Some(suppression) = self.0.iter_mut().find(is_about) else { return false };
        suppression.used.insert(rule.to_owned());
        true
    }

    /// What is wrong with the suppressions, once every finding was asked about. `ran` are the rules that looked at the
    /// file, `known` those that there are; a comment for ast-grep may be about rules that are not ours.
    pub fn complaints(&self, ran: &HashSet<&str>, known: &HashSet<String>) -> Vec<SuppressionIssue> {
        let mut complaints = Vec::new();
        for suppression in &self.0 {
            let range = suppression.range.clone();
            let Some(rules) = &suppression.rules else {
                if suppression.used.is_empty() && suppression.is_ours {
                    complaints.push(SuppressionIssue::Unused { range, rule: None });
                } else if !suppression.has_reason && !suppression.used.is_empty() {
                    complaints.push(SuppressionIssue::Unexplained { range });
                }
                continue;
            };
            for rule in rules {
                let (range, rule) = (range.clone(), rule.clone());
                if !known.contains(&rule) {
                    if suppression.is_ours {
                        let near = nearest(&rule, known.iter().map(String::as_str)).map(str::to_owned);
                        complaints.push(SuppressionIssue::UnknownRule { range, rule, near });
                    }
                } else if ran.contains(rule.as_str()) && !suppression.used.contains(&rule) {
                    complaints.push(SuppressionIssue::Unused { range, rule: Some(rule) });
                }
            }
            if !suppression.has_reason && !suppression.used.is_empty() {
                complaints.push(SuppressionIssue::Unexplained { range });
            }
        }
        complaints
    }
}

fn suppression(node: &CodeNode) -> Option<Suppression> {
    let text = node.text();
    // It is the first thing that the comment says; later on it is prose.
    let words = &text[text.find(char::is_alphabetic)?..];
    let is_ours = words.starts_with(OURS);
    let after = words.strip_prefix(OURS).or_else(|| words.strip_prefix(THEIRS))?;
    let (rules, reason) = if is_ours { our_rules(after) } else { their_rules(after) }?;
    let has_reason = reason.chars().any(char::is_alphanumeric);
    let lines = lines(node, is_ours);
    Some(Suppression { range: node.range(), lines, rules, has_reason, is_ours, used: HashSet::new() })
}

type Rules<'a> = (Option<Vec<String>>, &'a str);

/// `[RTY1, RTY2] reason`.
fn our_rules(after: &str) -> Option<Rules<'_>> {
    let Some(list) = after.strip_prefix('[') else { return Some((None, after)) };
    let (list, reason) = list.split_once(']')?;
    let rules = list.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    Some((Some(rules.collect()), reason))
}

/// `: RTY1, RTY2 reason`; without a colon it is about every rule.
fn their_rules(after: &str) -> Option<Rules<'_>> {
    let after = after.trim();
    let Some((_, list)) = after.split_once(':') else { return after.is_empty().then_some((None, "")) };
    let id = |part: &str| part.trim_start().split(' ').next().unwrap_or_default().to_owned();
    let rules = list.split(',').map(id).filter(|id| !id.is_empty());
    let last = list.rsplit(',').next().unwrap_or_default().trim();
    Some((Some(rules.collect()), last.split_once(' ').map_or("", |(_, reason)| reason)))
}

fn lines(node: &CodeNode, is_ours: bool) -> RangeInclusive<usize> {
    let line = node.start_pos().line();
    let before = node.prev().filter(|before| before.end_pos().line() == line);
    if let Some(before) = before {
        let start = before.start_pos().line();
        return if is_ours { start..=line } else { start..=start };
    }
    let is_alone = node.next().is_none_or(|next| next.start_pos().line() >= 2);
    if line == 0 && is_alone {
        return 0..=usize::MAX;
    }
    let mut next = line + 1;
    if is_ours {
        // Other comments may stand between it and the code.
        let mut sibling = node.next();
        while let Some(comment) = sibling.filter(|next| next.kind().contains("comment")) {
            next = comment.end_pos().line() + 1;
            sibling = comment.next();
        }
    }
    next..=next
}
