//! Changes of parts of a text, each by its place in the text as it was. All that no change names stays to the byte.

use std::ops::Range;

/// The changes of a text.
#[derive(Debug)]
pub struct Edits<'a> {
    text: &'a str,
    changes: Vec<(Range<usize>, String)>,
}

impl<'a> Edits<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, changes: Vec::new() }
    }

    pub fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.changes.push((range, with.into()));
    }

    pub fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// Indents the lines of a range that begin inside of it.
    pub fn indent(&mut self, range: Range<usize>, by: usize) {
        for (at, _) in self.text[range.clone()].match_indices('\n') {
            let next = range.start + at + 1;
            if next < range.end && !self.text[next..].starts_with(['\n', '\r']) {
                self.insert(next, " ".repeat(by));
            }
        }
    }

    /// The whole text, changed. The same change of the same place counts once, as where an alias repeats a value.
    pub fn apply(self) -> String {
        let whole = 0..self.text.len();
        self.apply_to(whole)
    }

    /// A part of the text, changed.
    pub fn apply_to(mut self, part: Range<usize>) -> String {
        self.changes.sort_by_key(|(range, _)| (range.start, range.end));
        self.changes.dedup();
        let mut made = String::with_capacity(part.len() + part.len() / 8);
        let mut at = part.start;
        for (range, with) in self.changes.iter().filter(|(range, _)| range.start >= part.start && range.end <= part.end)
        {
            // What lies in a part that is gone is gone with it.
            if range.start < at {
                continue;
            }
            made.push_str(&self.text[at..range.start]);
            made.push_str(with);
            at = range.end;
        }
        made.push_str(&self.text[at..part.end]);
        made
    }
}
