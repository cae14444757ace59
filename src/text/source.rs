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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Debug)]
pub struct Source {
    pub path: String,
    pub text: String,
    /// Where lines begin, once somebody asked.
    starts: OnceLock<Vec<usize>>,
    /// The characters before each block of bytes, once somebody asked: a line may be as long as its file.
    characters: OnceLock<Vec<usize>>,
}

/// Bytes of a block.
const BLOCK: usize = 1024;

impl Source {
    fn new(path: String, text: String) -> Self {
        Self { path, text, starts: OnceLock::new(), characters: OnceLock::new() }
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
        (line, self.characters(self.starts()[line - 1]..offset) + 1)
    }

    /// The characters that begin in a range of bytes.
    fn characters(&self, range: Range<usize>) -> usize {
        let count = |range: Range<usize>| self.text.as_bytes()[range].iter().filter(|byte| is_begin(**byte)).count();
        if range.len() <= 2 * BLOCK {
            return count(range);
        }
        let before = self.characters.get_or_init(|| {
            let blocks = self.text.as_bytes().chunks(BLOCK).scan(0, |sum, block| {
                let before = *sum;
                *sum += block.iter().filter(|byte| is_begin(**byte)).count();
                Some(before)
            });
            blocks.collect()
        });
        let to = |at: usize| before.get(at / BLOCK).map_or(0, |before| before + count(at / BLOCK * BLOCK..at));
        // The end of the text may be that of its last block.
        let last = range.end.min(self.text.len() - 1);
        to(last) + count(last..range.end) - to(range.start)
    }

    /// The bytes of the line that a byte is in, without its `\n`, and its number (from 1).
    pub fn line_around(&self, offset: usize) -> (usize, Range<usize>) {
        let line = self.starts().partition_point(|start| *start <= offset).max(1);
        let end = self.starts().get(line).map_or(self.text.len(), |next| next - 1);
        (line, self.starts()[line - 1]..end)
    }

    /// The bytes of a line (from 1), without its line end.
    pub fn line(&self, number: usize) -> Option<Range<usize>> {
        let start = *self.starts().get(number.checked_sub(1)?)?;
        let end = self.starts().get(number).copied().unwrap_or(self.text.len());
        (start < end).then(|| start..start + self.text[start..end].trim_end_matches(['\n', '\r']).len())
    }
}

/// Does a byte of UTF-8 begin a character?
fn is_begin(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// Every text of one run.
#[derive(Clone, Debug, Default)]
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
    let length = written.chars().count().min(COMPARED);
    // A word that is longer by more letters than may differ is not near.
    let alike = known.into_iter().filter(|word| word.chars().take(COMPARED).count().abs_diff(length) <= limit);
    let far = alike.map(|word| (distance(&written, &word.to_lowercase()), word));
    let mut near: Vec<(usize, &str)> = far.filter(|(distance, _)| *distance <= limit).collect();
    near.sort_unstable();
    let nearest = near.first().map(|(distance, _)| *distance);
    near.into_iter().take_while(|(distance, _)| Some(*distance) == nearest).map(|(_, word)| word).collect()
}

/// Letters of a word that are compared.
const COMPARED: usize = 64;

/// Edit distance (Levenshtein, 1966) in characters; `-` and `_` count as one letter.
fn distance(a: &str, b: &str) -> usize {
    let plain = |text: &str| text.chars().take(COMPARED).map(|c| if c == '-' { '_' } else { c }).collect::<Vec<_>>();
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
    fn columns_of_long_lines_are_counted_alike() {
        let text = format!("x\n{}", "aβ\u{1f600}b".repeat(2000));
        let source = Source::new(String::new(), text.clone());
        for (count, (at, _)) in text[2..].char_indices().enumerate() {
            assert_eq!(source.position(at + 2), (2, count + 1));
        }
        assert_eq!(source.position(text.len()), (2, 8001));
        assert_eq!(source.line_around(0), (1, 0..1));
        assert_eq!(source.line_around(5000), (2, 2..text.len()));
    }

    #[test]
    fn nearest_is_close_or_nothing() {
        assert_eq!(nearest("membership-100", ["membership_1000", "json_dumps"]), Some("membership_1000"));
        assert_eq!(nearest("zebra", ["membership_1000", "json_dumps"]), None);
    }
}
