//! Comments that suppress findings: `# kbc: ignore[RTY1] reason` and `# ast-grep-ignore: RTY1 reason`.
//!
//! A comment behind code is about the statement that it stands behind, one on a line of its own about the next statement, up
//! to the block in it. One in the head of a file, before any code and with an empty line after it, is about the whole file.
//! Where a file is not parsed, every line may have a comment.

mod directive;
mod places;

use std::collections::{HashMap, HashSet};
use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};

use self::directive::{Directive, Says};
use self::places::Comment;
use super::node_table::CodeNode;
use crate::diag::SUGGESTED;
use crate::text::source::nearest;

pub use self::directive::is_possible;
pub use self::places::Lines;

/// One suppression in a comment.
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
#[derive(Default)]
pub struct Suppressions {
    all: Vec<Suppression>,
    /// What looks like one and is none, with the rules that it names.
    unread: Vec<(Range<usize>, Vec<String>)>,
    /// Their indices by the lines that they are about.
    by_line: HashMap<usize, Vec<usize>>,
    /// Those of many lines.
    wide: Vec<usize>,
    /// The first that is about the whole file, by rule (`None`: of every rule).
    whole: HashMap<Option<String>, usize>,
}

/// A comment that suppresses findings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Silenced {
    pub range: Range<usize>,
    /// The rules whose findings it suppresses, in order.
    pub rules: Vec<String>,
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
    /// It is not understood, so it suppresses nothing. The rules that it names.
    Unread { range: Range<usize>, rules: Vec<String> },
}

impl SuppressionIssue {
    fn start(&self) -> usize {
        match self {
            Self::Unused { range, .. }
            | Self::UnknownRule { range, .. }
            | Self::Unexplained { range }
            | Self::Unread { range, .. } => range.start,
        }
    }

    /// Its place in the text.
    pub fn range_mut(&mut self) -> &mut Range<usize> {
        match self {
            Self::Unused { range, .. }
            | Self::UnknownRule { range, .. }
            | Self::Unexplained { range }
            | Self::Unread { range, .. } => range,
        }
    }
}

impl Suppressions {
    /// Those in the comments of a parsed file.
    pub fn of_tree<'t>(root: &CodeNode<'t>, text: &'t str, known: &HashSet<String>) -> Self {
        Self::of(places::in_tree(root, text), known)
    }

    /// Those in the lines of a file that is not parsed.
    pub fn of_lines(text: &str, known: &HashSet<String>) -> Self {
        Self::of(places::in_lines(text), known)
    }

    fn of(comments: Vec<Comment>, known: &HashSet<String>) -> Self {
        let mut made = Self::default();
        for comment in comments {
            let found = directive::directives(comment.text, known);
            let is_whole = comment.is_node && found.len() == 1;
            for Directive { range, is_first, is_ours, says } in found {
                let whole = comment.start..comment.start + comment.text.len();
                let range = if is_whole { whole } else { comment.start + range.start..comment.start + range.end };
                match says {
                    Says::Unread(rules) => made.unread.push((range, rules)),
                    Says::Ignore { rules, has_reason } => {
                        let lines = if is_ours { comment.lines(is_first) } else { comment.lines_of_theirs() };
                        let named = rules.iter().flatten().cloned().collect();
                        let used = HashSet::new();
                        made.all.push(Suppression { range, lines, rules, named, has_reason, is_ours, used });
                    }
                }
            }
        }
        made.all.sort_by_key(|suppression| suppression.range.start);
        made.unread.sort_by_key(|(range, _)| range.start);
        for (index, suppression) in made.all.iter().enumerate() {
            let (first, last) = (*suppression.lines.start(), *suppression.lines.end());
            if (first, last) == (0, usize::MAX) {
                let rules =
                    suppression.rules.as_ref().map_or(vec![None], |rules| rules.iter().cloned().map(Some).collect());
                rules.into_iter().for_each(|rule| _ = made.whole.entry(rule).or_insert(index));
            } else if last.saturating_sub(first) < MANY_LINES {
                (first..=last).for_each(|line| made.by_line.entry(line).or_default().push(index));
            } else {
                made.wide.push(index);
            }
        }
        made
    }

    /// Is a finding of a rule that begins on a line (from 0) suppressed?
    pub fn suppresses(&mut self, rule: &str, line: usize) -> bool {
        let whole = [self.whole.get(&None), self.whole.get(&Some(rule.to_owned()))];
        let here = self.by_line.get(&line).into_iter().flatten().chain(&self.wide).chain(whole.into_iter().flatten());
        let is_about = |index: &&usize| {
            let suppression = &self.all[**index];
            suppression.lines.contains(&line) && (suppression.rules.is_none() || suppression.named.contains(rule))
        };
        let Some(first) = here.filter(is_about).min().copied() else { return false };
        self.all[first].used.insert(rule.to_owned());
        true
    }

    /// The comments that suppressed something, once every finding was asked about.
    pub fn silenced(&self) -> Vec<Silenced> {
        let of = |suppression: &Suppression| {
            let mut rules: Vec<String> = suppression.used.iter().cloned().collect();
            rules.sort_unstable();
            Silenced { range: suppression.range.clone(), rules }
        };
        self.all.iter().filter(|suppression| !suppression.used.is_empty()).map(of).collect()
    }

    /// What is wrong with the suppressions, once every finding was asked about. `ran` are the rules that looked at the
    /// file, `known` those that there are; a comment for ast-grep may be about rules that are not ours.
    pub fn complaints(&self, ran: &HashSet<&str>, known: &HashSet<String>) -> Vec<SuppressionIssue> {
        let unread = self.unread.iter().cloned();
        let mut complaints: Vec<SuppressionIssue> =
            unread.map(|(range, rules)| SuppressionIssue::Unread { range, rules }).collect();
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
        complaints.sort_by_key(SuppressionIssue::start);
        complaints
    }
}
