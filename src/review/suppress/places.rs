//! The comments of a file, and the lines of code that each of them is about.

use std::ops::RangeInclusive;

use super::directive::{self, MARKS};
use crate::review::node_table::CodeNode;

/// Nodes of a statement that are looked at for the block that ends its head.
const MOST_NODES: usize = 2000;

/// A comment, or a line that may have one. Lines are from 0.
#[derive(Debug)]
pub struct Comment<'t> {
    pub text: &'t str,
    /// Byte of the file.
    pub start: usize,
    /// Does the parser say that it is a comment?
    pub is_node: bool,
    line: usize,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Behind code that begins on this line.
    Behind(usize),
    /// On lines of its own: the lines of the next statement.
    Above { code: RangeInclusive<usize>, is_first_line_alone: bool },
    /// Before any code, with an empty line after it.
    Head { is_first_line_alone: bool },
    /// A line of which it is not known where its comment begins.
    Line { next: Option<usize> },
}

impl Comment<'_> {
    /// The lines that a suppression in it is about.
    pub fn lines(&self, is_first: bool) -> RangeInclusive<usize> {
        match &self.place {
            Place::Behind(first) => *first..=self.line,
            Place::Above { code, .. } => self.line..=*code.end(),
            Place::Head { .. } => 0..=usize::MAX,
            Place::Line { next } => match next {
                Some(next) => self.line..=*next,
                None if is_first => self.line..=self.line + 1,
                None => self.line..=self.line,
            },
        }
    }

    /// The same, as ast-grep has it: one line, or the whole file from its first line.
    pub fn lines_of_theirs(&self) -> RangeInclusive<usize> {
        match &self.place {
            Place::Behind(first) => *first..=*first,
            Place::Above { is_first_line_alone: true, .. } | Place::Head { is_first_line_alone: true } => {
                0..=usize::MAX
            }
            Place::Above { .. } | Place::Head { .. } => self.line + 1..=self.line + 1,
            Place::Line { .. } => self.line..=self.line + 1,
        }
    }
}

/// The comments of a parsed file that may say something.
pub fn in_tree<'t>(root: &CodeNode<'t>, text: &'t str) -> Vec<Comment<'t>> {
    let lines = Lines::of(text);
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    let mut is_root = true;
    while let Some(node) = open.pop() {
        let children: Vec<CodeNode> = node.children().collect();
        siblings(&children, is_root, &lines, &mut found);
        open.extend(children);
        is_root = false;
    }
    found
}

fn is_comment(node: &CodeNode) -> bool {
    let kind = node.kind();
    kind.contains("comment") || ["hash_bang_line", "shebang"].contains(&&*kind)
}

/// The comments among nodes that stand beside each other.
fn siblings<'t>(nodes: &[CodeNode<'t>], is_root: bool, lines: &Lines<'t>, found: &mut Vec<Comment<'t>>) {
    let head = if is_root { nodes.iter().take_while(|node| is_comment(node)).count() } else { 0 };
    // The first line below that is no comment, where the next node is a comment; the lines of the next statement; and is
    // the paragraph of comments that goes on below followed by an empty line?
    let mut below: Option<(RangeInclusive<usize>, bool)> = None;
    for (at, node) in nodes.iter().enumerate().rev() {
        if !is_comment(node) {
            below = None;
            continue;
        }
        let range = node.range();
        let (line, end) = (lines.of_byte(range.start), lines.last_of(range.start, range.end));
        let next = nodes.get(at + 1);
        let next_line = next.map(|next| lines.of_byte(next.range().start));
        let gap = next_line.is_none_or(|next| next > end + 1);
        let (code, is_closed) = match &below {
            Some((code, is_closed)) if !gap => (code.clone(), *is_closed),
            Some((code, _)) => (code.clone(), true),
            None => (statement(next, end + 1, lines), gap),
        };
        below = Some((code.clone(), is_closed));
        let text = &lines.text[range.clone()];
        if !directive::is_possible(text) {
            continue;
        }
        let before = at.checked_sub(1).map(|before| nodes[before].range());
        let before = before.filter(|before| lines.last_of(before.start, before.end) == line);
        let is_first_line_alone = line == 0 && next_line.is_none_or(|next| next >= 2);
        let place = match before {
            Some(before) => Place::Behind(lines.of_byte(before.start)),
            None if !lines.is_begin(range.start) => Place::Behind(line),
            None if at < head && is_closed => Place::Head { is_first_line_alone },
            None => Place::Above { code, is_first_line_alone },
        };
        found.push(Comment { text, start: range.start, is_node: true, line, place });
    }
}

/// The lines of a statement as far as its first block, if it begins on or below a line; else that line.
fn statement(node: Option<&CodeNode>, first: usize, lines: &Lines) -> RangeInclusive<usize> {
    let Some(node) = node.filter(|node| lines.of_byte(node.range().start) == first) else { return first..=first };
    let is_block = |node: &CodeNode| {
        let kind = node.kind();
        kind.ends_with("block") || kind.ends_with("body") || kind == "declaration_list"
    };
    for (count, part) in node.dfs().enumerate() {
        if count == MOST_NODES {
            return first..=first;
        }
        if count > 0 && is_block(&part) {
            let start = part.range().start;
            let line = lines.of_byte(start);
            let last = if lines.is_begin(start) { line.saturating_sub(1) } else { line };
            return first..=last.max(first);
        }
    }
    let range = node.range();
    first..=lines.last_of(range.start, range.end).max(first)
}

/// The lines of a file that may say something.
pub fn in_lines(text: &str) -> Vec<Comment<'_>> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // For each line, the next one that is no comment.
    let mut next_code = vec![lines.len(); lines.len() + 1];
    for line in (0..lines.len()).rev() {
        next_code[line] = if is_comment_line(lines[line]) { next_code[line + 1] } else { line };
    }
    let mut found = Vec::new();
    let mut start = 0;
    let mut is_head = true;
    for (line, whole) in lines.iter().enumerate() {
        let is_alone = is_comment_line(whole);
        if directive::is_possible(whole) {
            let next = next_code[line + 1];
            let is_closed = lines.get(next).is_none_or(|next| next.trim().is_empty());
            let place = match (is_alone, is_head && is_closed) {
                (true, true) => Place::Head { is_first_line_alone: line == 0 },
                (true, false) => Place::Line { next: Some(next) },
                (false, _) => Place::Line { next: None },
            };
            found.push(Comment { text: whole.trim_end(), start, is_node: false, line, place });
        }
        is_head &= is_alone || whole.trim().is_empty();
        start += whole.len();
    }
    found
}

fn is_comment_line(line: &str) -> bool {
    let line = line.trim_start();
    MARKS.iter().any(|mark| line.starts_with(mark))
}

/// Where the lines of a text begin.
pub struct Lines<'t> {
    pub text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t str) -> Self {
        Self { text, starts: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect() }
    }

    /// The line of a byte, from 0.
    pub fn of_byte(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The line of the last byte of a range that is no line end.
    fn last_of(&self, start: usize, end: usize) -> usize {
        let length = self.text[start..end].trim_end_matches(['\n', '\r']).len();
        self.of_byte((start + length).saturating_sub(1).max(start))
    }

    /// Is there only white space before a byte in its line?
    fn is_begin(&self, at: usize) -> bool {
        let line = &self.text[self.starts[self.of_byte(at)]..at];
        line.trim_start_matches('\u{feff}').trim().is_empty()
    }
}
