//! What metavariables are bound to while a rule is tried. Only those are kept that matter: bound in several places, or
//! constrained.

use super::super::node_table::{NodeTable, Row};

/// A metavariable of a rule.
pub type Variable = u16;

enum Bound {
    One(Row),
    Many(Vec<Row>),
}

/// The bindings so far, in the order in which they were made; of several for one variable the last one counts.
#[derive(Default)]
pub struct Bindings {
    made: Vec<(Variable, Bound)>,
    /// The engine may have bound something else, since a test that could bind was answered with maybe. From there on
    /// metavariables match anything.
    is_unsure: bool,
}

/// A state of bindings to go back to.
#[derive(Clone, Copy)]
pub struct Mark {
    length: usize,
    is_unsure: bool,
}

impl Bindings {
    pub fn mark(&self) -> Mark {
        Mark { length: self.made.len(), is_unsure: self.is_unsure }
    }

    pub fn go_back(&mut self, mark: Mark) {
        self.made.truncate(mark.length);
        self.is_unsure = mark.is_unsure;
    }

    pub fn is_unsure(&self) -> bool {
        self.is_unsure
    }

    pub fn give_up(&mut self) {
        self.is_unsure = true;
    }

    /// The node that a variable is bound to.
    pub fn node(&self, variable: Variable) -> Option<Row> {
        self.made.iter().rev().find_map(|(name, bound)| match bound {
            Bound::One(row) if *name == variable => Some(*row),
            Bound::One(_) | Bound::Many(_) => None,
        })
    }

    fn nodes(&self, variable: Variable) -> Option<&[Row]> {
        self.made.iter().rev().find_map(|(name, bound)| match bound {
            Bound::Many(rows) if *name == variable => Some(rows.as_slice()),
            Bound::One(_) | Bound::Many(_) => None,
        })
    }

    /// Binds a variable to a node; not, if it is bound to other code.
    pub fn bind(&mut self, variable: Variable, row: Row, nodes: &NodeTable) -> bool {
        let fits = self.node(variable).is_none_or(|bound| nodes.is_same(bound, row));
        if fits {
            self.made.push((variable, Bound::One(row)));
        }
        fits
    }

    /// Binds a variable to a list of nodes; not, if it is bound to other code.
    pub fn bind_many(&mut self, variable: Variable, rows: Vec<Row>, nodes: &NodeTable) -> bool {
        let is_named = |row: &&Row| nodes.get(**row).is_named;
        let fits = self.nodes(variable).is_none_or(|bound| {
            let (mut ours, mut theirs) = (bound.iter().filter(is_named), rows.iter().filter(is_named));
            loop {
                match (ours.next(), theirs.next()) {
                    (Some(one), Some(other)) if nodes.is_same(*one, *other) => {}
                    (None, None) => break true,
                    _ => break false,
                }
            }
        });
        if fits {
            self.made.push((variable, Bound::Many(rows)));
        }
        fits
    }
}
