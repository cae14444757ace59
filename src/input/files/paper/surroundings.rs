//! What stands around a link: the words beside it in its block, and its place in a table.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::Link;
use crate::text::source::Span;

/// A table, for its labels.
#[derive(Debug, Default)]
pub struct Table {
    /// The texts over its columns.
    pub heads: Vec<Label>,
    /// Of each row, the texts that are no links.
    pub labels: Vec<Label>,
}

/// A text that says what a row or a column is about.
#[derive(Debug, Default)]
pub struct Label {
    pub text: String,
    pub span: Option<Span>,
}

/// The cell that a link stands in: the numbers of its table, row and column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub table: usize,
    pub row: usize,
    pub column: usize,
}

/// Words beside a link that are looked at, in bytes.
const NEAR: usize = 80;

/// Follows the events of a text.
#[derive(Default)]
pub struct Surroundings {
    pub tables: Vec<Table>,
    /// The text of the block so far.
    text: String,
    /// The links of the block, by number, with their place in its text.
    links: Vec<(usize, Range<usize>)>,
    /// Where the links that are open begin.
    open: Vec<usize>,
    in_head: bool,
    in_row: bool,
    column: usize,
    in_code: bool,
}

impl Surroundings {
    /// The cell that is read.
    pub fn cell(&self) -> Option<Cell> {
        let table = self.tables.len().checked_sub(1).filter(|_| self.in_row)?;
        let row = self.tables[table].labels.len().checked_sub(1)?;
        Some(Cell { table, row, column: self.column })
    }

    /// Sees an event; `links` are those that are read so far, in which the words beside them are kept.
    pub fn see(&mut self, event: &Event, span: Span, links: &mut [Link]) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => self.open.push(self.text.len()),
            Event::End(TagEnd::Link | TagEnd::Image) => {
                let start = self.open.pop().unwrap_or_default();
                self.links.push((links.len(), start..self.text.len()));
            }
            Event::Start(Tag::CodeBlock(_)) => self.in_code = true,
            Event::End(TagEnd::CodeBlock) => self.in_code = false,
            Event::Text(text) if !self.in_code => self.text.push_str(text),
            Event::Code(text) => self.text.extend(["`", text, "`"]),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::Start(Tag::Emphasis | Tag::Strong) | Event::End(TagEnd::Emphasis | TagEnd::Strong) => {}
            Event::Start(Tag::Table(_)) => {
                self.flush(links);
                self.tables.push(Table::default());
            }
            Event::Start(Tag::TableHead) => (self.in_head, self.column) = (true, 0),
            Event::Start(Tag::TableRow) => {
                (self.in_row, self.column) = (true, 0);
                if let Some(table) = self.tables.last_mut() {
                    table.labels.push(Label { text: String::new(), span: Some(span) });
                }
            }
            Event::End(TagEnd::TableRow) => self.in_row = false,
            Event::End(TagEnd::TableCell) => self.end_cell(span, links),
            Event::End(TagEnd::TableHead) => self.in_head = false,
            Event::Start(_) | Event::End(_) | Event::Rule => drop(self.flush(links)),
            _ => {}
        }
    }

    fn end_cell(&mut self, span: Span, links: &mut [Link]) {
        let has_links = !self.links.is_empty();
        let text = self.flush(links);
        let Some(table) = self.tables.last_mut() else { return };
        if self.in_head {
            table.heads.push(Label { text, span: Some(span) });
        } else if let Some(label) = table.labels.last_mut().filter(|_| !has_links) {
            label.text.extend([" ", &text]);
            if self.column == 0 {
                label.span = Some(span);
            }
        }
        self.column += 1;
    }

    /// Ends the block: its links have the words beside them.
    fn flush(&mut self, links: &mut [Link]) -> String {
        let text = std::mem::take(&mut self.text);
        for (number, range) in self.links.drain(..) {
            let Some(link) = links.get_mut(number) else { continue };
            let mut start = range.start.saturating_sub(NEAR);
            while !text.is_char_boundary(start) {
                start += 1;
            }
            let mut end = (range.end + NEAR).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text[start..range.start].clone_into(&mut link.before);
            text[range.end..end].clone_into(&mut link.after);
        }
        text
    }
}
