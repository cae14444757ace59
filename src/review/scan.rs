//! One pass over a text: every rule that can match is tried on every node of a kind that it may match.

mod cells;
mod parsed;
mod taking;

use std::ops::Range;
use std::time::Instant;

use ast_grep_core::Matcher as _;
use ast_grep_core::matcher::MatcherExt as _;
use ast_grep_core::replacer::Replacer as _;
use ast_grep_language::SupportLang;
use serde::{Deserialize, Serialize};

use self::parsed::{MOST_TOKENS, Parsed, tokens};
pub use self::parsed::{Tree, broken, parse};
use self::taking::Taking;
use super::conditions::{self, CodeMatch, File};
use super::engine::{CodeText, Engine, Timing};
use super::filled;
use super::fix::Edit;
use super::line_ends::Unix;
use super::matcher::{AstRule, DialectRule, Matcher, TextRule, grammar};
use super::node_table::{CodeNode, Row};
use super::suppress::{self, Lines, Silenced, SuppressionIssue, Suppressions};
use super::tree_filter::Verdict;
use crate::input::formats::notebook;

/// A place that a rule matches.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Match {
    /// Index of the matcher.
    pub matcher: usize,
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The message with its metavariables filled in.
    pub message: String,
    pub fix: Option<Edit>,
}

/// What was found in one text.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Scan {
    /// In the order of the text.
    pub matches: Vec<Match>,
    pub suppressed: usize,
    /// The comments that did it.
    pub silenced: Vec<Silenced>,
    pub complaints: Vec<SuppressionIssue>,
    /// The first place that does not parse.
    pub broken: Option<Range<usize>>,
    /// What was not looked at.
    pub unlooked: Vec<Unlooked>,
}

/// A part of a review that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Unlooked {
    /// The file has too many tokens to be parsed.
    Tokens(usize),
    /// So many matches of a matcher are not listed.
    Matches { matcher: usize, count: usize },
    /// A matcher was not run in code that is nested so deep.
    Nested { matcher: usize, depth: usize },
}

impl Scan {
    /// Is there nothing to say of the text?
    pub fn is_silent(&self) -> bool {
        let is_still = self.matches.is_empty() && self.complaints.is_empty() && self.silenced.is_empty();
        is_still && self.broken.is_none() && self.unlooked.is_empty()
    }
}

impl Engine {
    /// Does a text parse whole, if its language is one that is looked at?
    pub fn parses(&self, path: &str, text: &str) -> bool {
        let parsed = self.dialect(path).and_then(|dialect| Parsed::in_time(dialect, text));
        parsed.is_none_or(|parsed| parsed.broken.is_none())
    }

    /// Finds what breaks the rules in a text.
    pub fn scan(&self, code: &CodeText, timing: Option<&Timing>) -> Scan {
        if notebook::is_notebook(code.path) { self.scan_cells(code, timing) } else { self.scan_text(code, timing) }
    }

    fn scan_text(&self, code: &CodeText, timing: Option<&Timing>) -> Scan {
        let unix = Unix::of(code.text);
        let plain = CodeText { text: &unix.text, ..*code };
        let runs = self.runs(&plain);
        let parsed = self.parsed(&plain, &runs);
        let mut taking = Taking::new(self.suppressions(&plain, &parsed));
        let is_about = |at: &usize| self.matchers[*at].is_about(code.path);
        let by_text = self.by_text.iter().copied().filter(is_about);
        let by_text: Vec<(usize, &TextRule)> =
            by_text.filter_map(|at| Some((at, self.matchers[at].regex()?))).collect();
        let (as_is, as_unix): (Vec<_>, Vec<_>) = by_text.into_iter().partition(|(_, rule)| rule.is_about_returns);
        self.search(&as_is, code.text, timing, &mut taking);
        let mut found = std::mem::take(&mut taking.scan.matches);
        self.search(&as_unix, plain.text, timing, &mut taking);
        match &parsed {
            Ok(Some(parsed)) => self.walk(&plain, parsed, &runs, timing, &mut taking),
            Ok(None) => {}
            Err(tokens) => taking.scan.unlooked.push(Unlooked::Tokens(*tokens)),
        }
        let mut scan = taking.done(self, &plain);
        restore(&mut scan, &unix);
        scan.matches.append(&mut found);
        scan.matches.sort_by_key(|found| (found.range.start, found.range.end, found.matcher));
        scan
    }

    /// The rules by syntax that may match.
    fn runs(&self, code: &CodeText) -> Vec<usize> {
        let Some(dialect) = self.dialect(code.path) else { return Vec::new() };
        let possible = self.index.possible(code.text);
        possible.into_iter().filter(|at| self.looks(*at, dialect, code)).collect()
    }

    /// The tree, if a rule or a comment needs it; an error has the number of tokens, if there are too many.
    fn parsed(&self, code: &CodeText, runs: &[usize]) -> Result<Option<Parsed>, usize> {
        let has_comments = suppress::is_possible(code.text);
        let is_read_by_text = || self.by_text.iter().any(|at| self.matchers[*at].is_about(code.path));
        let dialect = match self.dialect(code.path) {
            Some(dialect) if has_comments || !runs.is_empty() => dialect,
            Some(_) => return Ok(None),
            None if has_comments && is_read_by_text() => match grammar(code.path) {
                Some(dialect) => dialect,
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        let tokens = tokens(code.text);
        let parsed = if tokens > MOST_TOKENS { None } else { Parsed::in_time(dialect, code.text) };
        parsed.map(Some).ok_or(tokens)
    }

    fn suppressions(&self, code: &CodeText, parsed: &Result<Option<Parsed>, usize>) -> Option<Suppressions> {
        if !suppress::is_possible(code.text) {
            return None;
        }
        match parsed {
            Ok(Some(parsed)) => Some(Suppressions::of_tree(&parsed.tree.root(), code.text, &self.known)),
            Ok(None) | Err(_) => Some(Suppressions::of_lines(code.text, &self.known)),
        }
    }

    /// All matches of regular expressions.
    fn search(&self, rules: &[(usize, &TextRule)], text: &str, timing: Option<&Timing>, taking: &mut Taking) {
        if rules.is_empty() {
            return;
        }
        let lines = Lines::of(text);
        for &(at, rule) in rules {
            let matcher = &self.matchers[at];
            let begin = timing.map(|_| Instant::now());
            for captures in rule.regex.captures_iter(text) {
                let whole = captures.get(0).expect("the first group is the match");
                taking.take(at, &matcher.id, lines.of_byte(whole.start()), || {
                    let message = filled::by_captures(&matcher.message, &captures);
                    Match { matcher: at, range: whole.range(), message, fix: None }
                });
            }
            record(timing, at, begin);
        }
    }

    /// All matches of rules by syntax.
    fn walk(&self, code: &CodeText, parsed: &Parsed, runs: &[usize], timing: Option<&Timing>, taking: &mut Taking) {
        let Some(dialect) = self.dialect(code.path) else { return };
        taking.scan.broken.clone_from(&parsed.broken);
        let root = parsed.tree.root();
        let lines = Lines::of(code.text);
        let by_kind = self.by_kind(runs, dialect);
        let file = File::new(root.clone());
        let nodes = file.nodes();
        for row in nodes.rows() {
            for &(at, rule) in by_kind.get(usize::from(nodes.kind(row))).into_iter().flatten() {
                let matcher = &self.matchers[at];
                let begin = timing.map(|_| Instant::now());
                if taking.is_stopped(at, nodes, row) {
                    continue;
                }
                let verdict = rule.filter.test(nodes, row);
                if verdict == Verdict::No || taking.is_spent(at, rule, nodes, row, verdict) {
                    record(timing, at, begin);
                    continue;
                }
                let line = lines.of_byte(nodes.start(row));
                if verdict == Verdict::Yes && rule.is_plain {
                    let message = || rule.rule.message.clone();
                    let range = nodes.range(row);
                    taking.take(at, &matcher.id, line, || Match { matcher: at, range, message: message(), fix: None });
                    record(timing, at, begin);
                    continue;
                }
                let found = rule.rule.matcher.match_node(node_at(&root, row));
                let found = found.filter(|found| holds(matcher, found, &file));
                record(timing, at, begin);
                if let Some(found) = found {
                    taking.take(at, &matcher.id, line, || parsed.restored(matched(at, &rule.rule, &found), code.text));
                }
            }
        }
    }

    /// By kind of node, the matchers to try and their rules.
    fn by_kind(&self, runs: &[usize], dialect: SupportLang) -> Vec<Vec<(usize, &DialectRule)>> {
        let mut by_kind = Vec::new();
        for &at in runs {
            let Some(rule) = self.matchers[at].ast(dialect) else { continue };
            let kinds = rule.rule.matcher.potential_kinds().expect("the engine refuses rules without kinds");
            for kind in &kinds {
                if by_kind.len() <= kind {
                    by_kind.resize_with(kind + 1, Vec::new);
                }
                by_kind[kind].push((at, rule));
            }
        }
        by_kind
    }

    /// Does a rule look at a file, whatever is in it?
    fn looks(&self, at: usize, dialect: SupportLang, code: &CodeText) -> bool {
        let matcher = &self.matchers[at];
        let applies = |conditions| conditions::applies(conditions, code.python);
        matcher.dialects().contains(&dialect)
            && matcher.is_about(code.path)
            && matcher.conditions.as_ref().is_none_or(applies)
    }
}

/// Leads the places of a scan back to the text of the file.
fn restore(scan: &mut Scan, unix: &Unix) {
    for found in &mut scan.matches {
        unix.restore(&mut found.range);
        if let Some(edit) = &mut found.fix {
            unix.restore(&mut edit.range);
            edit.text = unix.ended(std::mem::take(&mut edit.text));
        }
    }
    scan.complaints.iter_mut().for_each(|complaint| unix.restore(complaint.range_mut()));
    scan.silenced.iter_mut().for_each(|silenced| unix.restore(&mut silenced.range));
    scan.broken.iter_mut().for_each(|range| unix.restore(range));
}

/// The node of a row of the table.
fn node_at<'t>(root: &CodeNode<'t>, row: Row) -> CodeNode<'t> {
    let mut cursor = root.get_inner_node().walk();
    cursor.goto_descendant(row as usize);
    root.root().adopt(cursor.node())
}

fn record(timing: Option<&Timing>, matcher: usize, begin: Option<Instant>) {
    if let (Some(timing), Some(begin)) = (timing, begin) {
        timing.add(matcher, u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
}

fn holds(matcher: &Matcher, found: &CodeMatch, file: &File) -> bool {
    matcher.conditions.as_ref().is_none_or(|conditions| conditions::hold(conditions, found, file))
}

/// A match as a value, free of the tree.
pub fn matched(at: usize, rule: &AstRule, found: &CodeMatch) -> Match {
    let fix = rule.fixer.first().map(|fixer| Edit {
        range: fixer.get_replaced_range(found, &rule.matcher),
        text: String::from_utf8_lossy(&fixer.generate_replacement(found)).into_owned(),
    });
    let message = filled::by_match(&rule.message, found);
    Match { matcher: at, range: found.range(), message, fix }
}
