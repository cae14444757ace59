//! What is found in one text, while it is looked at: what comments suppress, and how much is enough.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Match, Scan, Unlooked};
use crate::review::engine::{CodeText, Engine};
use crate::review::matcher::DialectRule;
use crate::review::node_table::{NodeTable, Row};
use crate::review::suppress::Suppressions;
use crate::review::tree_filter::Verdict;

/// Matches of one rule in one file that are kept. Whoever has more of them has one cause, or a file that a program made.
pub const MOST_MATCHES: usize = 100_000;
/// Nodes around a node from which on the engine is asked only so long.
const DEEP: usize = 100;
/// The engine asks the parser for each node around a node, and the parser walks to each from the root. So many steps for
/// nodes that lie deep take a second or two.
const MOST_STEPS: usize = 100_000_000;

/// What is found in one text, while it is looked at.
pub struct Taking {
    pub scan: Scan,
    suppressions: Option<Suppressions>,
    /// Matches by matcher.
    counts: HashMap<usize, usize>,
    steps: usize,
    /// The matchers that were stopped, and where.
    nested: BTreeMap<usize, usize>,
}

impl Taking {
    pub fn new(suppressions: Option<Suppressions>) -> Self {
        let (scan, counts, nested) = Default::default();
        Self { scan, suppressions, counts, steps: 0, nested }
    }

    /// A match on a line, if it is not suppressed and there are not too many.
    pub fn take(&mut self, matcher: usize, id: &str, line: usize, make: impl FnOnce() -> Match) {
        if self.suppressions.as_mut().is_some_and(|suppressions| suppressions.suppresses(id, line)) {
            self.scan.suppressed += 1;
            return;
        }
        let count = self.counts.entry(matcher).or_default();
        *count += 1;
        if *count <= MOST_MATCHES {
            self.scan.matches.push(make());
        }
    }

    /// Was a matcher stopped, at a node that lies deep?
    pub fn is_stopped(&self, at: usize, nodes: &NodeTable, row: Row) -> bool {
        self.nested.contains_key(&at) && nodes.ancestors(row).nth(DEEP).is_some()
    }

    /// Would it take too long to ask the engine?
    pub fn is_spent(&mut self, at: usize, rule: &DialectRule, nodes: &NodeTable, row: Row, verdict: Verdict) -> bool {
        if !rule.is_relational || (verdict == Verdict::Yes && rule.is_plain) {
            return false;
        }
        let depth = nodes.ancestors(row).count();
        if depth <= DEEP {
            return false;
        }
        self.steps = self.steps.saturating_add(depth * depth);
        let is_spent = self.steps > MOST_STEPS;
        if is_spent {
            self.nested.entry(at).or_insert(depth);
        }
        is_spent
    }

    pub fn done(mut self, engine: &Engine, code: &CodeText) -> Scan {
        let more = self.counts.into_iter().filter(|(_, count)| *count > MOST_MATCHES).collect::<BTreeMap<_, _>>();
        let matches = more.into_iter().map(|(matcher, count)| (matcher, count - MOST_MATCHES));
        self.scan.unlooked.extend(matches.map(|(matcher, count)| Unlooked::Matches { matcher, count }));
        let nested = self.nested.into_iter().map(|(matcher, depth)| Unlooked::Nested { matcher, depth });
        self.scan.unlooked.extend(nested);
        if let Some(suppressions) = self.suppressions {
            let by_tree = engine
                .dialect(code.path)
                .map(|dialect| (0..engine.matchers.len()).filter(move |at| engine.looks(*at, dialect, code)));
            let by_text = engine.by_text.iter().copied().filter(|at| engine.matchers[*at].is_about(code.path));
            let looked = by_tree.into_iter().flatten().chain(by_text);
            let ran: HashSet<&str> = looked.map(|at| engine.matchers[at].id.as_str()).collect();
            self.scan.silenced = suppressions.silenced();
            self.scan.complaints = suppressions.complaints(&ran, &engine.known);
        }
        self.scan
    }
}
