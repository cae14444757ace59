//! Patterns on a table of nodes. It steps through a list of children as the engine does in its `smart` strictness, with
//! one difference: a metavariable takes any node.

use ast_grep_core::matcher::PatternNode;
use ast_grep_core::meta_var::MetaVariable;

use super::super::node_table::{NodeTable, Row};

/// A node of a pattern.
pub enum Goal {
    /// `$X`, `$$X` or `$_`.
    One {
        is_named: bool,
    },
    /// `$$$` or `$$$X`.
    Many,
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
    pub fn new(pattern: &PatternNode) -> Self {
        match pattern {
            PatternNode::MetaVar { meta_var } => match meta_var {
                MetaVariable::Capture(_, is_named) | MetaVariable::Dropped(is_named) => {
                    Goal::One { is_named: *is_named }
                }
                MetaVariable::Multiple | MetaVariable::MultiCapture(_) => Goal::Many,
            },
            PatternNode::Terminal { text, is_named, kind_id } => {
                Goal::Leaf { kind: *kind_id, is_named: *is_named, text: text.clone() }
            }
            PatternNode::Internal { kind_id, children } => {
                Goal::Inner { kind: *kind_id, goals: children.iter().map(Goal::new).collect() }
            }
        }
    }

    /// Does a node match, whatever metavariables are bound to?
    pub fn matches(&self, nodes: &NodeTable, row: Row) -> bool {
        match self {
            Goal::One { is_named } => !is_named || nodes.get(row).is_named,
            Goal::Many | Goal::Leaf { .. } | Goal::Inner { .. } => self.step(nodes, row) == Step::Matched,
        }
    }

    fn step(&self, nodes: &NodeTable, row: Row) -> Step {
        let node = nodes.get(row);
        let is_kind = |kind: u16| kind == node.kind || kind == ERROR;
        let matched = |holds: bool| if holds { Step::Matched } else { Step::Failed };
        match self {
            Goal::One { .. } | Goal::Many if node.is_extra => Step::SkipNode,
            Goal::One { is_named } => matched(!is_named || node.is_named),
            Goal::Many => Step::Matched,
            Goal::Leaf { kind, is_named, text } => {
                if is_kind(*kind) && (!is_named || text == nodes.text(row)) {
                    Step::Matched
                } else if node.is_extra || !node.is_named {
                    Step::SkipNode
                } else {
                    Step::Failed
                }
            }
            Goal::Inner { kind, goals } => matched(is_kind(*kind) && list(goals, nodes, row)),
        }
    }

    /// A sign or keyword, which the engine passes over behind `$$$`.
    fn is_sign(&self) -> bool {
        matches!(self, Goal::Leaf { is_named: false, .. })
    }

    fn is_many(&self) -> bool {
        matches!(self, Goal::Many)
    }
}

/// Do the children of a node match a list of goals?
fn list(mut goals: &[Goal], nodes: &NodeTable, parent: Row) -> bool {
    let rows = nodes.descendants(parent);
    let mut row = rows.start;
    let end = rows.end;
    if row >= end {
        return false;
    }
    loop {
        let [first, rest @ ..] = goals else { return true };
        if first.is_many() {
            let signs = rest.iter().take_while(|goal| goal.is_sign()).count();
            goals = &rest[signs..];
            let Some(next) = goals.first() else { return true };
            let is_there = |row: Row| next.is_many() || next.step(nodes, row) == Step::Matched;
            if next.is_many() {
                row = nodes.after(row);
                if row >= end {
                    return false;
                }
                continue;
            }
            while !is_there(row) {
                row = nodes.after(row);
                if row >= end {
                    return false;
                }
            }
        }
        while row < end {
            match goals[0].step(nodes, row) {
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
