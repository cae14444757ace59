//! A parsed file as one table of nodes in the order of the text. A matcher that walks a tree asks the parser for every
//! step; here a parent, a child or the end of a subtree is a number away.

use std::ops::Range;

use ast_grep_core::Node;
use ast_grep_core::tree_sitter::StrDoc;
use ast_grep_language::SupportLang;

/// A node of a parsed file.
pub type CodeNode<'t> = Node<'t, StrDoc<SupportLang>>;

/// A node's row in the table.
pub type Row = u32;

/// The parent of the root.
const NO_ROW: Row = Row::MAX;

/// What tests ask about a node.
#[derive(Clone, Copy, Debug)]
pub struct TableNode {
    pub kind: u16,
    /// The field of its parent that it is, or 0.
    pub field: u16,
    pub is_named: bool,
    /// A comment, or what else may be written anywhere.
    pub is_extra: bool,
    start: u32,
    end: u32,
    parent: Row,
    /// The row after its last descendant.
    after: Row,
}

/// All nodes of a file.
pub struct NodeTable<'t> {
    text: &'t str,
    nodes: Vec<TableNode>,
}

impl<'t> NodeTable<'t> {
    pub fn of(root: &CodeNode<'t>) -> Self {
        let text = root.root().get_text();
        let mut cursor = root.get_inner_node().walk();
        let mut nodes: Vec<TableNode> = Vec::with_capacity(cursor.node().descendant_count());
        // The nodes around, each with the number of its children that are still to come.
        let mut open: Vec<(Row, usize)> = Vec::new();
        loop {
            let node = cursor.node();
            let row = row(nodes.len());
            nodes.push(TableNode {
                kind: node.kind_id(),
                field: cursor.field_id().map_or(0, |field| field.get()),
                is_named: node.is_named(),
                is_extra: node.is_extra(),
                start: offset(node.start_byte()),
                end: offset(node.end_byte()),
                parent: open.last().map_or(NO_ROW, |(row, _)| *row),
                after: row + 1,
            });
            // The cursor finds out by a walk that there is no first child and no next one; counting is quicker.
            let children = node.child_count();
            if children > 0 && cursor.goto_first_child() {
                open.push((row, children as usize - 1));
                continue;
            }
            loop {
                let Some((row, left)) = open.last_mut() else { return Self { text, nodes } };
                if *left > 0 && cursor.goto_next_sibling() {
                    *left -= 1;
                    break;
                }
                nodes[*row as usize].after = self::row(nodes.len());
                open.pop();
                cursor.goto_parent();
            }
        }
    }

    pub fn rows(&self) -> Range<Row> {
        0..row(self.nodes.len())
    }

    pub fn get(&self, row: Row) -> TableNode {
        self.nodes[row as usize]
    }

    pub fn kind(&self, row: Row) -> u16 {
        self.nodes[row as usize].kind
    }

    pub fn text(&self, row: Row) -> &'t str {
        let node = self.get(row);
        &self.text[node.start as usize..node.end as usize]
    }

    pub fn start(&self, row: Row) -> usize {
        self.nodes[row as usize].start as usize
    }

    pub fn range(&self, row: Row) -> Range<usize> {
        let node = self.get(row);
        node.start as usize..node.end as usize
    }

    pub fn is_empty(&self, row: Row) -> bool {
        let node = self.get(row);
        node.start == node.end
    }

    pub fn parent(&self, row: Row) -> Option<Row> {
        Some(self.get(row).parent).filter(|parent| *parent != NO_ROW)
    }

    /// From the parent to the root.
    pub fn ancestors(&self, row: Row) -> impl Iterator<Item = Row> {
        std::iter::successors(self.parent(row), |row| self.parent(*row))
    }

    /// All nodes below a node.
    pub fn descendants(&self, row: Row) -> Range<Row> {
        row + 1..self.get(row).after
    }

    /// The row after a node and all that is below it: its next sibling, if the parent does not end before.
    pub fn after(&self, row: Row) -> Row {
        self.get(row).after
    }

    pub fn children(&self, row: Row) -> impl Iterator<Item = Row> {
        let end = self.after(row);
        let first = Some(row + 1).filter(|first| *first < end);
        std::iter::successors(first, move |row| Some(self.after(*row)).filter(|next| *next < end))
    }

    /// The first child that is a field of a node.
    pub fn field(&self, row: Row, field: u16) -> Option<Row> {
        self.children(row).find(|child| self.get(*child).field == field)
    }

    /// Does a node stand for the same code as another, as the engine compares what a metavariable is bound to?
    pub fn is_same(&self, one: Row, other: Row) -> bool {
        let is_plain = |row| !self.children(row).any(|child| self.get(child).is_named);
        if one == other {
            return true;
        }
        if is_plain(one) || is_plain(other) {
            return self.text(one) == self.text(other);
        }
        let (ours, theirs) = (self.children(one), self.children(other));
        self.get(one).kind == self.get(other).kind
            && ours.count() == theirs.count()
            && self.children(one).zip(self.children(other)).all(|(one, other)| self.is_same(one, other))
    }

    /// The place of a node among the named children of its parent, from 0.
    pub fn named_index(&self, row: Row) -> Option<usize> {
        let named = self.children(self.parent(row)?).filter(|child| self.get(*child).is_named);
        named.take_while(|child| *child <= row).position(|child| child == row)
    }

    /// Where the engine begins to look for the siblings of a node: at the node, unless the node is empty.
    pub fn sibling_start(&self, row: Row) -> Option<Row> {
        let start = self.get(row).start;
        self.children(self.parent(row)?).find(|child| self.get(*child).end > start)
    }

    /// The siblings after a child, from the nearest.
    pub fn next_siblings(&self, row: Row) -> impl Iterator<Item = Row> {
        let end = self.parent(row).map_or(0, |parent| self.after(parent));
        let next = move |row: &Row| Some(self.after(*row)).filter(|next| *next < end);
        std::iter::successors(next(&row), next)
    }

    /// The siblings before a child, from the nearest.
    pub fn previous_siblings(&self, row: Row) -> impl Iterator<Item = Row> {
        let before = self.parent(row).into_iter().flat_map(|parent| self.children(parent));
        let before: Vec<Row> = before.take_while(|child| *child < row).collect();
        before.into_iter().rev()
    }
}

fn row(count: usize) -> Row {
    Row::try_from(count).expect("a text of less than 4 GiB has fewer nodes")
}

fn offset(byte: usize) -> u32 {
    u32::try_from(byte).expect("the parser counts bytes in 32 bits")
}
