//! Comments that suppress findings: `# kbc: ignore[RTY1] reason` and `# ast-grep-ignore: RTY1 reason`.
//!
//! A comment behind code is about the statement that it stands behind, one on a line of its own about
//! the next line that is no comment. As ast-grep has it, one on the first line with an empty line after
//! it is about the whole file.

use std::collections::{HashMap, HashSet};
use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};

use super::node_table::CodeNode;
use crate::diag::SUGGESTED;
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
    /// The same, to look one up.
    named: HashSet<String>,
    has_reason: bool,
    is_ours: bool,
    used: HashSet<String>,
}

/// Lines of a suppression from which on it is not listed line by line.
const MANY_LINES: usize = 64;

/// The suppressions of one file.
pub struct Suppressions {
    all: Vec<Suppression>,
    /// Their indices by the lines that they are about.
    by_line: HashMap<usize, Vec<usize>>,
    /// Those of many lines.
    wide: Vec<usize>,
}

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
        let mut all = Vec::new();
        let mut open = vec![root.clone()];
        while let Some(node) = open.pop() {
            let children: Vec<CodeNode> = node.children().collect();
            siblings(&children, &mut all);
            open.extend(children);
        }
        all.sort_by_key(|suppression| suppression.range.start);
        let mut made = Self { all, by_line: HashMap::new(), wide: Vec::new() };
        for (index, suppression) in made.all.iter().enumerate() {
            let (first, last) = (*suppression.lines.start(), *suppression.lines.end());
            if last.saturating_sub(first) < MANY_LINES {
                (first..=last).for_each(|line| made.by_line.entry(line).or_default().push(index));
            } else {
                made.wide.push(index);
            }
        }
        made
    }

    /// Is a finding of a rule that begins on a line (from 0) suppressed?
    pub fn suppresses(&mut self, rule: &str, line: usize) -> bool {
        let here = self.by_line.get(&line).into_iter().flatten().chain(&self.wide);
        let is_about = |index: &&usize| {
            let suppression = &self.all[**index];
            suppression.lines.contains(&line) && (suppression.rules.is_none() || suppression.named.contains(rule))
        };
        let Some(first) = here.filter(is_about).min().copied() else { return false };
        self.all[first].used.insert(rule.to_owned());
        true
    }

    /// What is wrong with the suppressions, once every finding was asked about. `ran` are the rules that looked at the
    /// file, `known` those that there are; a comment for ast-grep may be about rules that are not ours.
    pub fn complaints(&self, ran: &HashSet<&str>, known: &HashSet<String>) -> Vec<SuppressionIssue> {
        let mut complaints = Vec::new();
        let mut suggested = 0;
        for suppression in &self.all {
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
                        // To look for the nearest of many names takes its time.
                        suggested += 1;
                        let near = Some(()).filter(|()| suggested <= SUGGESTED);
                        let near = near.and_then(|()| nearest(&rule, known.iter().map(String::as_str)));
                        let near = near.map(str::to_owned);
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

/// The suppressions among nodes that stand beside each other.
fn siblings(nodes: &[CodeNode], found: &mut Vec<Suppression>) {
    // The first line after a comment and those that stand below it; none, where the next node is no comment.
    let mut after = None;
    for (at, node) in nodes.iter().enumerate().rev() {
        if !node.kind().contains("comment") {
            after = None;
            continue;
        }
        let code = after.unwrap_or(node.start_pos().line() + 1);
        let before = at.checked_sub(1).map(|before| &nodes[before]);
        found.extend(suppression(node, before, nodes.get(at + 1), code));
        after = Some(after.unwrap_or(node.end_pos().line() + 1));
    }
}

/// A comment with the nodes before and after it, and the first line below that is no comment.
fn suppression(
    node: &CodeNode,
    before: Option<&CodeNode>,
    after: Option<&CodeNode>,
    code: usize,
) -> Option<Suppression> {
    let text = node.text();
    // It is the first thing that the comment says; later on it is prose.
    let words = &text[text.find(char::is_alphabetic)?..];
    let is_ours = words.starts_with(OURS);
    let behind = words.strip_prefix(OURS).or_else(|| words.strip_prefix(THEIRS))?;
    let (rules, reason) = if is_ours { our_rules(behind) } else { their_rules(behind) }?;
    let has_reason = reason.chars().any(char::is_alphanumeric);
    let lines = lines(node, before, after, is_ours.then_some(code));
    let named = rules.iter().flatten().cloned().collect();
    Some(Suppression { range: node.range(), lines, rules, named, has_reason, is_ours, used: HashSet::new() })
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

/// The lines that a comment is about. Below one of ours (`code`), other comments may stand between it and the code.
fn lines(
    node: &CodeNode,
    before: Option<&CodeNode>,
    after: Option<&CodeNode>,
    code: Option<usize>,
) -> RangeInclusive<usize> {
    let line = node.start_pos().line();
    if let Some(before) = before.filter(|before| before.end_pos().line() == line) {
        let start = before.start_pos().line();
        return if code.is_some() { start..=line } else { start..=start };
    }
    let is_alone = after.is_none_or(|next| next.start_pos().line() >= 2);
    if line == 0 && is_alone {
        return 0..=usize::MAX;
    }
    let next = code.unwrap_or(line + 1);
    next..=next
}
