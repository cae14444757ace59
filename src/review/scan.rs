//! One pass over a text: every rule that can match is tried on every node of a kind that it may match.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Instant;

use ast_grep_core::AstGrep;
use ast_grep_core::Matcher as _;
use ast_grep_core::matcher::MatcherExt as _;
use ast_grep_core::replacer::Replacer as _;
use ast_grep_core::tree_sitter::StrDoc;
use ast_grep_language::SupportLang;
use serde::{Deserialize, Serialize};

use super::conditions::{self, CodeMatch, File};
use super::engine::{Engine, Timing};
use super::fix::Edit;
use super::matcher::{AstRule, DialectRule, Matcher};
use super::node_table::{CodeNode, Row};
use super::suppress::{self, SuppressionIssue, Suppressions};
use super::tree_filter::Verdict;

/// A parsed file.
pub type Tree = AstGrep<StrDoc<SupportLang>>;

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
    pub complaints: Vec<SuppressionIssue>,
    /// The first place that does not parse.
    pub broken: Option<Range<usize>>,
}

impl Scan {
    /// Is there nothing to say of the text?
    pub fn is_silent(&self) -> bool {
        self.matches.is_empty() && self.complaints.is_empty() && self.broken.is_none()
    }
}

/// Parses a text.
pub fn parse(dialect: SupportLang, text: &str) -> Tree {
    let document = StrDoc::try_new(text, dialect).expect("a text is parsed without limits of time");
    AstGrep::doc(document)
}

/// The first place of a tree that does not parse, if there is one.
pub fn broken(tree: &Tree) -> Option<Range<usize>> {
    let root = tree.root();
    if !root.get_inner_node().has_error() {
        return None;
    }
    let fault = root.dfs().find(|node| node.is_error() || node.is_missing());
    fault.map(|node| node.range()).or(Some(0..0))
}

impl Engine {
    /// Does a text parse whole, if its language is one that is looked at?
    pub fn parses(&self, path: &str, text: &str) -> bool {
        self.dialect(path).is_none_or(|dialect| broken(&parse(dialect, text)).is_none())
    }

    /// Finds what breaks the rules in a text of a file with this path.
    pub fn scan(&self, path: &str, text: &str, timing: Option<&Timing>) -> Scan {
        let mut scan = Scan::default();
        self.scan_text(path, text, timing, &mut scan);
        if let Some(dialect) = self.dialect(path) {
            self.scan_tree(dialect, path, text, timing, &mut scan);
        }
        scan.matches.sort_by_key(|found| (found.range.start, found.range.end, found.matcher));
        scan
    }

    fn scan_text(&self, path: &str, text: &str, timing: Option<&Timing>, scan: &mut Scan) {
        for &at in &self.by_text {
            let matcher = &self.matchers[at];
            let Some(regex) = matcher.regex().filter(|_| matcher.is_about(path)) else { continue };
            let begin = timing.map(|_| Instant::now());
            for captures in regex.captures_iter(text) {
                let whole = captures.get(0).expect("the first group is the match");
                let mut message = String::new();
                captures.expand(&matcher.message, &mut message);
                scan.matches.push(Match { matcher: at, range: whole.range(), message, fix: None });
            }
            record(timing, at, begin);
        }
    }

    fn scan_tree(&self, dialect: SupportLang, path: &str, text: &str, timing: Option<&Timing>, scan: &mut Scan) {
        let possible = self.index.possible(text);
        let runs: Vec<usize> = possible.into_iter().filter(|at| self.looks(*at, dialect, path)).collect();
        let has_suppressions = suppress::is_possible(text);
        if !has_suppressions && runs.is_empty() {
            return;
        }
        let tree = parse(dialect, text);
        scan.broken = broken(&tree);
        let root = tree.root();
        let mut suppressions = has_suppressions.then(|| Suppressions::of(&root));
        let by_kind = self.by_kind(&runs, dialect);
        let file = File::new(root.clone());
        let nodes = file.nodes();
        for row in nodes.rows() {
            for &(at, rule) in by_kind.get(usize::from(nodes.kind(row))).into_iter().flatten() {
                let matcher = &self.matchers[at];
                let begin = timing.map(|_| Instant::now());
                if rule.filter.test(nodes, row) == Verdict::No {
                    record(timing, at, begin);
                    continue;
                }
                let rule = &rule.rule;
                let found = rule.matcher.match_node(node_at(&root, row));
                let found = found.filter(|found| holds(matcher, found, &file));
                record(timing, at, begin);
                let Some(found) = found else { continue };
                let line = found.start_pos().line();
                if suppressions.as_mut().is_some_and(|suppressions| suppressions.suppresses(&matcher.id, line)) {
                    scan.suppressed += 1;
                    continue;
                }
                scan.matches.push(matched(at, rule, &found));
            }
        }
        if let Some(suppressions) = suppressions {
            let looked = (0..self.matchers.len()).filter(|at| self.looks(*at, dialect, path));
            let ran: HashSet<&str> = looked.map(|at| self.matchers[at].id.as_str()).collect();
            scan.complaints = suppressions.complaints(&ran, &self.known);
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
    fn looks(&self, at: usize, dialect: SupportLang, path: &str) -> bool {
        let matcher = &self.matchers[at];
        let applies = |conditions| conditions::applies(conditions, self.python.as_deref());
        matcher.dialects().contains(&dialect)
            && matcher.is_about(path)
            && matcher.conditions.as_ref().is_none_or(applies)
    }
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
    let message = if rule.message.contains('$') { rule.get_message(found) } else { rule.message.clone() };
    Match { matcher: at, range: found.range(), message, fix }
}
