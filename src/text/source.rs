//! Files as text: every text that kbc reads, and how a byte offset in it becomes a line and a column.
//!
//! One [`Sources`] holds papers, data, templates and outputs, so that a message about one file can
//! point at another. It knows nothing of what the texts mean, nor where they came from.

use std::ops::Range;
use std::sync::OnceLock;

/// The number of a text in its [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A range of bytes in one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub source: SourceId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        Self { source, start: range.start, end: range.end }
    }

    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A text and the path that people know it by: relative to the project, with forward slashes.
#[derive(Debug)]
pub struct Source {
    pub path: String,
    pub text: String,
    /// Where lines begin, once somebody asked.
    starts: OnceLock<Vec<usize>>,
}

impl Source {
    fn new(path: String, text: String) -> Self {
        Self { path, text, starts: OnceLock::new() }
    }

    fn starts(&self) -> &[usize] {
        let begins = || std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.starts.get_or_init(begins)
    }

    /// Line and column of a byte offset, both from 1; a column is a character, as editors count.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts().partition_point(|start| *start <= offset);
        (line, self.text[self.starts()[line - 1]..offset].chars().count() + 1)
    }

    /// The bytes of a line (from 1), without its line end.
    pub fn line(&self, number: usize) -> Option<Range<usize>> {
        let start = *self.starts().get(number.checked_sub(1)?)?;
        let end = self.starts().get(number).copied().unwrap_or(self.text.len());
        (start < end).then(|| start..start + self.text[start..end].trim_end_matches(['\n', '\r']).len())
    }
}

/// Every text of one run.
#[derive(Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.0.push(Source::new(path.into(), text.into()));
        SourceId(u32::try_from(self.0.len() - 1).expect("fewer than four billion files"))
    }

    pub fn get(&self, id: SourceId) -> &Source {
        &self.0[id.0 as usize]
    }

    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).text.get(span.range()).unwrap_or_default()
    }

    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0u32..).map(SourceId).zip(&self.0)
    }

    pub fn find(&self, path: &str) -> Option<SourceId> {
        self.iter().find(|(_, source)| source.path == path).map(|(id, _)| id)
    }
}

/// The word of `known` that was probably meant by `written`, for "did you mean".
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    all_nearest(written, known).into_iter().next()
}

/// All words that are as near as the nearest, in their order.
pub fn all_nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let limit = written.chars().count().max(3) / 3 + 1;
    let written = written.to_lowercase();
    let far = known.into_iter().map(|word| (distance(&written, &word.to_lowercase()), word));
    let mut near: Vec<(usize, &str)> = far.filter(|(distance, _)| *distance <= limit).collect();
    near.sort_unstable();
    let nearest = near.first().map(|(distance, _)| *distance);
    near.into_iter().take_while(|(distance, _)| Some(*distance) == nearest).map(|(_, word)| word).collect()
}

/// Edit distance (Levenshtein, 1966) in characters; `-` and `_` count as one letter.
fn distance(a: &str, b: &str) -> usize {
    let plain = |text: &str| text.chars().take(64).map(|c| if c == '-' { '_' } else { c }).collect::<Vec<_>>();
    let (a, b) = (plain(a), plain(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replace = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_survive_any_offset() {
        let source = Source::new(String::new(), "a\nβγ δ\r\n".into());
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(4), (2, 2));
        assert_eq!(source.position(5), (2, 2), "inside of a character is that character");
        assert_eq!(source.position(99), (3, 1));
        assert_eq!(source.line(2).map(|range| &source.text[range]), Some("βγ δ"));
        assert_eq!(source.line(3), None);
    }

    #[test]
    fn nearest_is_close_or_nothing() {
        assert_eq!(nearest("membership-100", ["membership_1000", "json_dumps"]), Some("membership_1000"));
        assert_eq!(nearest("zebra", ["membership_1000", "json_dumps"]), None);
    }
}
