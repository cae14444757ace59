//! Numbers with a unit in the prose of a paper that nothing bears out: in no link, in no code.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::html;
use crate::text::quantity::{NumberInText, Unit};
use crate::text::source::{SourceId, Span};

/// A number with a unit.
#[derive(Debug)]
pub struct Bare {
    pub number: NumberInText,
    /// As it is written, in one line.
    pub text: String,
    pub span: Span,
}

/// Follows the events of a text and keeps the numbers of each block of it.
pub struct Numbers {
    pub found: Vec<Bare>,
    source: SourceId,
    /// Where the body begins in the source.
    offset: usize,
    /// The text of the block so far, with a sign in the place of links and code.
    text: String,
    /// Where parts of it stand: in the text, in the source.
    places: Vec<(usize, usize)>,
    /// How many links and blocks of code are open.
    inside: usize,
    /// Of the table that is open: the units of its columns, and the column that is read.
    units: Vec<Option<Unit>>,
    column: Option<usize>,
}

/// Stands for what is no text of its own.
const SIGN: char = '\u{1}';

impl Numbers {
    pub fn new(source: SourceId, offset: usize) -> Self {
        let (found, text, places, units) = (Vec::new(), String::new(), Vec::new(), Vec::new());
        Self { found, source, offset, text, places, inside: 0, units, column: None }
    }

    /// The unit of the column that is read.
    pub fn column(&self) -> Option<Unit> {
        self.units.get(self.column?).cloned().flatten()
    }

    pub fn see(&mut self, event: &Event, at: usize) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => {
                self.text.push(SIGN);
                self.inside += 1;
            }
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => self.inside -= 1,
            Event::Start(Tag::Emphasis | Tag::Strong) | Event::End(TagEnd::Emphasis | TagEnd::Strong) => {}
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) if self.inside == 0 => {
                self.places.push((self.text.len(), self.offset + at));
                self.text.push_str(text);
            }
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::InlineHtml(tag) if html::is_plain(tag) => {}
            Event::Text(_) | Event::Rule | Event::FootnoteReference(_) => {}
            _ => self.text.push(SIGN),
        }
    }

    fn begin(&mut self, tag: &Tag) {
        self.flush();
        match tag {
            Tag::Table(_) => self.units.clear(),
            Tag::TableHead => self.column = None,
            Tag::TableRow => self.column = Some(0),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        if tag == TagEnd::TableCell {
            match self.column {
                None => self.units.push(Unit::of_column(&self.text)),
                Some(column) => {
                    self.flush();
                    self.column = Some(column + 1);
                    return;
                }
            }
        }
        self.flush();
        if tag == TagEnd::Table {
            self.column = None;
        }
    }

    /// Keeps the numbers of the block, and begins another.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let places = std::mem::take(&mut self.places);
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return;
        }
        let place = |at: usize| {
            let (from, start) = places[places.partition_point(|(from, _)| *from <= at).max(1) - 1];
            start + (at - from)
        };
        for (range, mut number) in NumberInText::found(&text) {
            let mut written = text[range.clone()].to_owned();
            // A cell that is nothing but a number is in the unit of its column.
            if number.unit.is_none() && text.trim() == written {
                number.unit = self.column();
            }
            if !number.is_quantity(&text, &range) {
                continue;
            }
            let has_unit = written.contains(|c: char| c.is_alphabetic() || "%×".contains(c));
            written.extend(number.unit.iter().filter(|_| !has_unit).map(|unit| format!(" {unit}")));
            let span = Span::new(self.source, place(range.start)..place(range.end - 1) + 1);
            self.found.push(Bare { number, text: written, span });
        }
    }
}
