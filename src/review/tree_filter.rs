//! A quick test of a node before the engine is asked: can this rule match here? It reads the same rule as the engine and
//! knows all of it but what metavariables are bound to. Few nodes pass, so that the engine, which walks the tree for each
//! question, is rarely asked. What the filter does not know it answers with maybe, so that it never loses a match.

mod build;
mod pattern;

use std::sync::OnceLock;

use regex::Regex;

use self::pattern::Goal;
use super::node_table::{NodeTable, Row};

/// Does a rule match a node?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    No,
    /// The engine knows.
    Maybe,
    Yes,
}

impl Verdict {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

/// The test of one rule in one dialect.
pub struct TreeFilter {
    rule: Test,
    /// By number, since utility rules may name themselves.
    utilities: Vec<Test>,
}

/// A test, and the kinds of nodes that it can hold of.
struct Test {
    kinds: Kinds,
    what: What,
    /// How long it takes, as a guess that orders tests.
    cost: u32,
}

enum What {
    /// Not known here.
    Unknown,
    /// That the node is of one of the kinds is all.
    Kind,
    Pattern {
        goal: Goal,
        /// A metavariable may be bound to something else already.
        is_certain: bool,
    },
    Regex(LazyRegex),
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Utility(usize),
    Relation(Box<Relation>),
}

/// `inside`, `has`, `precedes` or `follows`.
struct Relation {
    direction: Direction,
    test: Test,
    stop: Stop,
    field: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Inside,
    Has,
    Precedes,
    Follows,
}

/// `stopBy`.
enum Stop {
    Neighbor,
    End,
    Rule(Test),
}

/// The kinds of nodes that a test can hold of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kinds {
    All,
    One(u16),
    /// A bit for each.
    Some(Vec<u64>),
}

impl Kinds {
    fn contains(&self, kind: u16) -> bool {
        match self {
            Kinds::All => true,
            Kinds::One(one) => *one == kind,
            Kinds::Some(bits) => bits.get(usize::from(kind) / 64).is_some_and(|bits| bits >> (kind % 64) & 1 == 1),
        }
    }
}

/// A regular expression that is compiled when it is first asked.
struct LazyRegex {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl LazyRegex {
    fn test(&self, text: &str) -> Verdict {
        let regex = self.compiled.get_or_init(|| Regex::new(&self.source).ok());
        regex.as_ref().map_or(Verdict::Maybe, |regex| Verdict::of(regex.is_match(text)))
    }
}

impl TreeFilter {
    /// Does the rule match a node?
    pub fn test(&self, nodes: &NodeTable, row: Row) -> Verdict {
        Asking { filter: self, nodes }.test(&self.rule, row)
    }
}

struct Asking<'a> {
    filter: &'a TreeFilter,
    nodes: &'a NodeTable<'a>,
}

impl Asking<'_> {
    fn test(&self, test: &Test, row: Row) -> Verdict {
        if !test.kinds.contains(self.nodes.get(row).kind) {
            return Verdict::No;
        }
        match &test.what {
            What::Unknown => Verdict::Maybe,
            What::Kind => Verdict::Yes,
            What::Pattern { goal, is_certain } => match goal.matches(self.nodes, row) {
                false => Verdict::No,
                true if *is_certain => Verdict::Yes,
                true => Verdict::Maybe,
            },
            What::Regex(regex) => regex.test(self.nodes.text(row)),
            What::All(tests) => {
                let mut all = Verdict::Yes;
                for test in tests {
                    all = all.min(self.test(test, row));
                    if all == Verdict::No {
                        break;
                    }
                }
                all
            }
            What::Any(tests) => self.any(tests.iter().map(|test| self.test(test, row))),
            What::Not(test) => self.test(test, row).not(),
            What::Utility(number) => self.test(&self.filter.utilities[*number], row),
            What::Relation(relation) => self.relation(relation, row),
        }
    }

    /// The best of several answers.
    fn any(&self, answers: impl Iterator<Item = Verdict>) -> Verdict {
        let mut best = Verdict::No;
        for answer in answers {
            best = best.max(answer);
            if best == Verdict::Yes {
                break;
            }
        }
        best
    }

    fn relation(&self, relation: &Relation, row: Row) -> Verdict {
        match relation.direction {
            Direction::Inside => self.inside(relation, row),
            Direction::Has => self.has(relation, row),
            Direction::Precedes | Direction::Follows => self.beside(relation, row),
        }
    }

    fn inside(&self, relation: &Relation, row: Row) -> Verdict {
        let Some(field) = relation.field else {
            return self.along(relation, self.nodes.ancestors(row), |row| self.test(&relation.test, row));
        };
        let mut below = row;
        self.along(relation, self.nodes.ancestors(row), |row| {
            let child = std::mem::replace(&mut below, row);
            let is_field = self.nodes.get(child).field == field && self.nodes.field(row, field) == Some(child);
            if is_field { self.test(&relation.test, row) } else { Verdict::No }
        })
    }

    fn beside(&self, relation: &Relation, row: Row) -> Verdict {
        let Some(start) = self.nodes.sibling_start(row) else { return Verdict::Maybe };
        // The parser steps over an empty node in its own way.
        if self.nodes.is_empty(row) {
            return Verdict::Maybe;
        }
        let test = |row| self.test(&relation.test, row);
        match relation.direction {
            Direction::Precedes => self.along(relation, self.nodes.next_siblings(start), test),
            _ => self.along(relation, self.nodes.previous_siblings(start), test),
        }
    }

    /// Asks one node after the other, as far as `stopBy` allows.
    fn along(
        &self,
        relation: &Relation,
        mut rows: impl Iterator<Item = Row>,
        mut test: impl FnMut(Row) -> Verdict,
    ) -> Verdict {
        match &relation.stop {
            Stop::Neighbor => rows.next().map_or(Verdict::No, test),
            Stop::End => self.any(rows.map(test)),
            Stop::Rule(stop) => {
                let mut best = Verdict::No;
                let mut most = Verdict::Yes;
                for row in rows {
                    best = best.max(test(row).min(most));
                    most = most.min(self.test(stop, row).not());
                    if best >= most {
                        break;
                    }
                }
                best
            }
        }
    }

    fn has(&self, relation: &Relation, row: Row) -> Verdict {
        let test = |row| self.test(&relation.test, row);
        let Some(field) = relation.field else {
            return match &relation.stop {
                Stop::Neighbor => self.any(self.nodes.children(row).map(test)),
                Stop::End => self.any(self.nodes.descendants(row).map(test)),
                Stop::Rule(stop) => self.has_until(&relation.test, stop, row),
            };
        };
        let Some(child) = self.nodes.field(row, field) else { return Verdict::No };
        match &relation.stop {
            Stop::Neighbor => test(child),
            Stop::End => self.any((child..self.nodes.after(child)).map(test)),
            // The engine looks one level further only.
            Stop::Rule(stop) => {
                let most = self.test(stop, child).not();
                test(child).max(self.any(self.nodes.children(child).map(test)).min(most))
            }
        }
    }

    /// Looks at all below a node, but not below what matches `stop`.
    fn has_until(&self, test: &Test, stop: &Test, row: Row) -> Verdict {
        let rows = self.nodes.descendants(row);
        let mut best = Verdict::No;
        // Below a node that may match `stop`, an answer is at most maybe.
        let mut unsure_until = rows.start;
        let mut row = rows.start;
        while row < rows.end {
            let most = if row < unsure_until { Verdict::Maybe } else { Verdict::Yes };
            best = best.max(self.test(test, row).min(most));
            if best == Verdict::Yes {
                break;
            }
            let after = self.nodes.after(row);
            row = match self.test(stop, row) {
                Verdict::Yes => after,
                Verdict::Maybe => {
                    unsure_until = unsure_until.max(after);
                    row + 1
                }
                Verdict::No => row + 1,
            };
        }
        best
    }
}

#[cfg(test)]
mod tests;
