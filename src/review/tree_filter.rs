//! A quick test of a node before the engine is asked: can this rule match here? It reads the same rule as the engine, from
//! a table of nodes. Few nodes pass, so that the engine, which walks the tree for each question, is rarely asked. What the
//! filter does not know it answers with maybe, so that it never loses a match.

mod bindings;
mod build;
mod pattern;

use std::sync::OnceLock;

use regex::Regex;

use self::bindings::{Bindings, Variable};
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
    /// What the node that a variable is bound to must be.
    constraints: Vec<(Variable, Test)>,
    /// By number, since utility rules may name themselves.
    utilities: Vec<Test>,
}

/// A test, and the kinds of nodes that it can hold of.
struct Test {
    kinds: Kinds,
    what: What,
    /// Does it ask or change what metavariables are bound to?
    binds: bool,
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
        /// What metavariables are bound to decides where `$$$` ends.
        is_bindings_deciding: bool,
    },
    Regex(LazyRegex),
    /// The place among the named children, from 1.
    NthChild(usize),
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
    #[inline]
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
    /// Does its yes decide? Where variables have constraints, the engine does.
    pub fn is_sure(&self) -> bool {
        self.constraints.is_empty()
    }

    /// Does the rule match a node?
    pub fn test(&self, nodes: &NodeTable, row: Row) -> Verdict {
        let asking = Asking { filter: self, nodes };
        let mut bindings = Bindings::default();
        let verdict = asking.test(&self.rule, row, &mut bindings);
        let breaks = |(variable, test): &(Variable, Test)| {
            let bound = bindings.node(*variable).filter(|_| !bindings.is_unsure() && !test.binds);
            bound.is_some_and(|row| asking.test(test, row, &mut Bindings::default()) == Verdict::No)
        };
        if verdict != Verdict::No && self.constraints.iter().any(breaks) { Verdict::No } else { verdict }
    }
}

struct Asking<'a> {
    filter: &'a TreeFilter,
    nodes: &'a NodeTable<'a>,
}

impl Asking<'_> {
    /// Where the answer is no, nothing is bound.
    #[inline]
    fn test(&self, test: &Test, row: Row, bindings: &mut Bindings) -> Verdict {
        // Most nodes are of another kind.
        if test.kinds.contains(self.nodes.kind(row)) { self.ask(test, row, bindings) } else { Verdict::No }
    }

    fn ask(&self, test: &Test, row: Row, bindings: &mut Bindings) -> Verdict {
        match &test.what {
            What::Unknown => {
                bindings.give_up();
                Verdict::Maybe
            }
            What::Kind => Verdict::Yes,
            What::Pattern { goal, is_bindings_deciding } => {
                let is_unsure = test.binds && bindings.is_unsure();
                if is_unsure && *is_bindings_deciding {
                    return Verdict::Maybe;
                }
                let mark = bindings.mark();
                match goal.matches(self.nodes, row, bindings) {
                    true if is_unsure => Verdict::Maybe,
                    true => Verdict::Yes,
                    false => {
                        bindings.go_back(mark);
                        Verdict::No
                    }
                }
            }
            What::Regex(regex) => regex.test(self.nodes.text(row)),
            What::NthChild(place) => Verdict::of(self.nodes.named_index(row).is_some_and(|index| index + 1 == *place)),
            What::All(tests) => self.all(tests, row, bindings),
            What::Any(tests) => self.first(tests.iter().map(|test| (test, row)), bindings),
            What::Not(test) => {
                let mark = bindings.mark();
                let verdict = self.test(test, row, bindings);
                bindings.go_back(mark);
                verdict.not()
            }
            What::Utility(number) => self.test(&self.filter.utilities[*number], row, bindings),
            What::Relation(relation) => match relation.direction {
                Direction::Inside => self.inside(relation, row, bindings),
                Direction::Has => self.has(relation, row, bindings),
                Direction::Precedes | Direction::Follows => self.beside(relation, row, bindings),
            },
        }
    }

    fn all(&self, tests: &[Test], row: Row, bindings: &mut Bindings) -> Verdict {
        let mark = bindings.mark();
        let mut all = Verdict::Yes;
        for test in tests {
            all = all.min(self.test(test, row, bindings));
            if all == Verdict::No {
                bindings.go_back(mark);
                break;
            }
        }
        all
    }

    /// The first of several that is yes binds; if one before it is maybe, nobody knows what is bound.
    fn first<'t>(&self, tests: impl Iterator<Item = (&'t Test, Row)>, bindings: &mut Bindings) -> Verdict {
        let mut best = Verdict::No;
        for (test, row) in tests {
            let verdict = self.test(test, row, bindings);
            self.note(verdict, test, bindings);
            best = best.max(verdict);
            if best == Verdict::Yes {
                break;
            }
        }
        best
    }

    fn note(&self, verdict: Verdict, test: &Test, bindings: &mut Bindings) {
        if verdict == Verdict::Maybe && test.binds {
            bindings.give_up();
        }
    }

    /// The answer of a test that the engine may not get to.
    fn at_most(&self, most: Verdict, test: &Test, row: Row, bindings: &mut Bindings) -> Verdict {
        let verdict = self.test(test, row, bindings).min(most);
        self.note(verdict, test, bindings);
        verdict
    }

    /// Does a node end a search? It knows nothing of bindings.
    fn stops(&self, stop: &Test, row: Row) -> Verdict {
        self.test(stop, row, &mut Bindings::default())
    }

    fn inside(&self, relation: &Relation, row: Row, bindings: &mut Bindings) -> Verdict {
        let Some(field) = relation.field else {
            return self.along(relation, self.nodes.ancestors(row), bindings);
        };
        let below = std::iter::once(row).chain(self.nodes.ancestors(row));
        let is_field =
            |child: Row, row: Row| self.nodes.get(child).field == field && self.nodes.field(row, field) == Some(child);
        let around = below.zip(self.nodes.ancestors(row));
        match &relation.stop {
            Stop::Neighbor => {
                let fits = around.take(1).filter(|(child, row)| is_field(*child, *row));
                self.first(fits.map(|(_, row)| (&relation.test, row)), bindings)
            }
            Stop::End => {
                let fits = around.filter(|(child, row)| is_field(*child, *row));
                self.first(fits.map(|(_, row)| (&relation.test, row)), bindings)
            }
            Stop::Rule(stop) => {
                let fits = |(child, row)| (row, is_field(child, row));
                self.until(&relation.test, stop, around.map(fits), bindings)
            }
        }
    }

    fn beside(&self, relation: &Relation, row: Row, bindings: &mut Bindings) -> Verdict {
        // The parser steps over an empty node in its own way.
        let start = self.nodes.sibling_start(row).filter(|_| !self.nodes.is_empty(row));
        let Some(start) = start else {
            bindings.give_up();
            return Verdict::Maybe;
        };
        match relation.direction {
            Direction::Precedes => self.along(relation, self.nodes.next_siblings(start), bindings),
            _ => self.along(relation, self.nodes.previous_siblings(start), bindings),
        }
    }

    /// Asks one node after the other, as far as `stopBy` allows.
    fn along(&self, relation: &Relation, mut rows: impl Iterator<Item = Row>, bindings: &mut Bindings) -> Verdict {
        let test = &relation.test;
        match &relation.stop {
            Stop::Neighbor => rows.next().map_or(Verdict::No, |row| self.test(test, row, bindings)),
            Stop::End => self.first(rows.map(|row| (test, row)), bindings),
            Stop::Rule(stop) => self.until(test, stop, rows.map(|row| (row, true)), bindings),
        }
    }

    /// Asks of the nodes that may be asked, up to the one that matches `stop`.
    fn until(
        &self,
        test: &Test,
        stop: &Test,
        rows: impl Iterator<Item = (Row, bool)>,
        bindings: &mut Bindings,
    ) -> Verdict {
        let mut best = Verdict::No;
        let mut most = Verdict::Yes;
        for (row, is_asked) in rows {
            if is_asked {
                best = best.max(self.at_most(most, test, row, bindings));
            }
            if best == Verdict::Yes {
                break;
            }
            most = most.min(self.stops(stop, row).not());
            if most == Verdict::No {
                break;
            }
        }
        best
    }

    fn has(&self, relation: &Relation, row: Row, bindings: &mut Bindings) -> Verdict {
        let test = &relation.test;
        let all = |row| (test, row);
        let Some(field) = relation.field else {
            return match &relation.stop {
                Stop::Neighbor => self.first(self.nodes.children(row).map(all), bindings),
                Stop::End => self.first(self.nodes.descendants(row).map(all), bindings),
                Stop::Rule(stop) => self.has_until(test, stop, row, bindings),
            };
        };
        let Some(child) = self.nodes.field(row, field) else { return Verdict::No };
        match &relation.stop {
            Stop::Neighbor => self.test(test, child, bindings),
            Stop::End => self.first((child..self.nodes.after(child)).map(all), bindings),
            // The engine looks one level further only.
            Stop::Rule(stop) => {
                let mut best = self.at_most(Verdict::Yes, test, child, bindings);
                let most = self.stops(stop, child).not();
                for below in self.nodes.children(child) {
                    if best == Verdict::Yes || most == Verdict::No {
                        break;
                    }
                    best = best.max(self.at_most(most, test, below, bindings));
                }
                best
            }
        }
    }

    /// Looks at all below a node, but not below what matches `stop`.
    fn has_until(&self, test: &Test, stop: &Test, row: Row, bindings: &mut Bindings) -> Verdict {
        let rows = self.nodes.descendants(row);
        let mut best = Verdict::No;
        // Below a node that may match `stop`, an answer is at most maybe.
        let mut unsure_until = rows.start;
        let mut row = rows.start;
        while row < rows.end {
            let most = if row < unsure_until { Verdict::Maybe } else { Verdict::Yes };
            best = best.max(self.at_most(most, test, row, bindings));
            if best == Verdict::Yes {
                break;
            }
            let after = self.nodes.after(row);
            row = match self.stops(stop, row) {
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
