//! Patterns on a table of nodes. It steps through a list of children as the engine does in its `smart` strictness.

use std::ops::Range;

use ast_grep_core::matcher::PatternNode;
use ast_grep_core::meta_var::MetaVariable;

use super::super::node_table::{NodeTable, Row};
use super::bindings::{Bindings, Variable};

/// A node of a pattern.
pub enum Goal {
    /// `$X`, `$$X` or `$_`; the variable, if what it is bound to matters.
    One {
        is_named: bool,
        variable: Option<Variable>,
    },
    /// `$$$` or `$$$X`.
    Many {
        variable: Option<Variable>,
    },
    Leaf {
        kind: u16,
        is_named: bool,
        text: String,
    },
    Inner {
        kind: u16,
        goals: Vec<Goal>,
    },
}

/// What became of a goal and a node.
#[derive(PartialEq, Eq)]
enum Step {
    Matched,
    /// The node is a comment or a sign that a pattern need not have.
    SkipNode,
    Failed,
}

/// The kind of nodes that do not parse; in a pattern it stands for any kind.
pub const ERROR: u16 = u16::MAX;

impl Goal {
    /// `number` knows the variables that matter.
    pub fn new(pattern: &PatternNode, number: &impl Fn(&str) -> Option<Variable>) -> Self {
        match pattern {
            PatternNode::MetaVar { meta_var } => match meta_var {
                MetaVariable::Capture(name, is_named) => Goal::One { is_named: *is_named, variable: number(name) },
                MetaVariable::Dropped(is_named) => Goal::One { is_named: *is_named, variable: None },
                MetaVariable::MultiCapture(name) => Goal::Many { variable: number(name) },
                MetaVariable::Multiple => Goal::Many { variable: None },
            },
            PatternNode::Terminal { text, is_named, kind_id } => {
                Goal::Leaf { kind: *kind_id, is_named: *is_named, text: text.clone() }
            }
            PatternNode::Internal { kind_id, children } => {
                Goal::Inner { kind: *kind_id, goals: children.iter().map(|child| Goal::new(child, number)).collect() }
            }
        }
    }

    /// Does it ask what a variable is bound to?
    pub fn binds(&self) -> bool {
        match self {
            Goal::One { variable, .. } | Goal::Many { variable } => variable.is_some(),
            Goal::Leaf { .. } => false,
            Goal::Inner { goals, .. } => goals.iter().any(Goal::binds),
        }
    }

    /// Does what comes after a `$$$` depend on bindings, and with it where the `$$$` ends?
    pub fn is_deciding(&self) -> bool {
        let Goal::Inner { goals, .. } = self else { return false };
        let next = |at: usize| goals[at + 1..].iter().find(|goal| !goal.is_sign());
        let depends = |at: usize| goals[at].is_many() && next(at).is_some_and(Goal::binds);
        (0..goals.len()).any(depends) || goals.iter().any(Goal::is_deciding)
    }

    /// Does a node match? If not, bindings are left that the caller takes back.
    pub fn matches(&self, nodes: &NodeTable, row: Row, bindings: &mut Bindings) -> bool {
        match self {
            Goal::One { is_named, variable } => one(*is_named, *variable, nodes, row, bindings),
            Goal::Many { .. } | Goal::Leaf { .. } | Goal::Inner { .. } => {
                self.step(nodes, row, bindings) == Step::Matched
            }
        }
    }

    fn step(&self, nodes: &NodeTable, row: Row, bindings: &mut Bindings) -> Step {
        let node = nodes.get(row);
        let is_kind = |kind: u16| kind == node.kind || kind == ERROR;
        let matched = |holds: bool| if holds { Step::Matched } else { Step::Failed };
        match self {
            Goal::One { .. } | Goal::Many { .. } if node.is_extra => Step::SkipNode,
            Goal::One { is_named, variable } => matched(one(*is_named, *variable, nodes, row, bindings)),
            Goal::Many { variable } => matched(many(*variable, vec![row], nodes, bindings)),
            Goal::Leaf { kind, is_named, text } => {
                if is_kind(*kind) && (!is_named || text == nodes.text(row)) {
                    Step::Matched
                } else if node.is_extra || !node.is_named {
                    Step::SkipNode
                } else {
                    Step::Failed
                }
            }
            Goal::Inner { kind, goals } => matched(is_kind(*kind) && list(goals, nodes, row, bindings)),
        }
    }

    /// A sign or keyword, which the engine passes over behind `$$$`.
    fn is_sign(&self) -> bool {
        matches!(self, Goal::Leaf { is_named: false, .. })
    }

    fn is_many(&self) -> bool {
        matches!(self, Goal::Many { .. })
    }
}

fn one(is_named: bool, variable: Option<Variable>, nodes: &NodeTable, row: Row, bindings: &mut Bindings) -> bool {
    let fits = !is_named || nodes.get(row).is_named;
    let Some(variable) = variable.filter(|_| fits && !bindings.is_unsure()) else { return fits };
    bindings.bind(variable, row, nodes)
}

fn many(variable: Option<Variable>, rows: Vec<Row>, nodes: &NodeTable, bindings: &mut Bindings) -> bool {
    let Some(variable) = variable.filter(|_| !bindings.is_unsure()) else { return true };
    bindings.bind_many(variable, rows, nodes)
}

/// Do the children of a node match a list of goals?
fn list(mut goals: &[Goal], nodes: &NodeTable, parent: Row, bindings: &mut Bindings) -> bool {
    let rows = nodes.descendants(parent);
    let mut row = rows.start;
    let end = rows.end;
    if row >= end {
        return false;
    }
    loop {
        let [first, rest @ ..] = goals else { return true };
        if let Goal::Many { variable } = first {
            let signs = rest.iter().take_while(|goal| goal.is_sign()).count();
            goals = &rest[signs..];
            let Some(end_of_many) = many_until(goals, nodes, row..end, bindings) else { return false };
            let mut taken: Vec<Row> = match variable {
                Some(_) => siblings(nodes, row..end_of_many).collect(),
                None => Vec::new(),
            };
            taken.truncate(taken.len().saturating_sub(signs));
            if !many(*variable, taken, nodes, bindings) {
                return false;
            }
            row = end_of_many;
            match goals.first() {
                None => return true,
                Some(next) if next.is_many() => continue,
                Some(_) => {}
            }
        }
        while row < end {
            match goals[0].step(nodes, row, bindings) {
                Step::Matched => break,
                Step::SkipNode => row = nodes.after(row),
                Step::Failed => return false,
            }
        }
        if row >= end {
            // What is left of the pattern may be nothing.
            return goals.iter().all(Goal::is_many);
        }
        goals = &goals[1..];
        if goals.is_empty() {
            // The engine lets anything follow.
            return true;
        }
        row = nodes.after(row);
        if row >= end {
            return false;
        }
    }
}

/// Where a `$$$` ends: at the first node that matches the next goal. `None` if no node does.
fn many_until(goals: &[Goal], nodes: &NodeTable, rows: Range<Row>, bindings: &mut Bindings) -> Option<Row> {
    let Some(next) = goals.first() else { return Some(rows.end) };
    if next.is_many() {
        return Some(nodes.after(rows.start)).filter(|row| *row < rows.end);
    }
    let mark = bindings.mark();
    siblings(nodes, rows).find(|row| {
        let is_there = next.step(nodes, *row, bindings) == Step::Matched;
        bindings.go_back(mark);
        is_there
    })
}

/// The nodes of a range that lie side by side.
fn siblings(nodes: &NodeTable, rows: Range<Row>) -> impl Iterator<Item = Row> {
    let first = Some(rows.start).filter(|row| *row < rows.end);
    std::iter::successors(first, move |row| Some(nodes.after(*row)).filter(|row| *row < rows.end))
}
