//! A text with `\n` as its only line end, so that a check finds the same whatever the checkout made of line ends, and the way
//! back to the places and line ends of the file.

use std::borrow::Cow;
use std::ops::Range;

/// A text without the `\r` of its line ends.
pub struct Unix<'t> {
    pub text: Cow<'t, str>,
    /// The places in `text` of line ends that had one.
    ends: Vec<usize>,
}

impl<'t> Unix<'t> {
    pub fn of(text: &'t str) -> Self {
        if !text.contains("\r\n") {
            return Self { text: Cow::Borrowed(text), ends: Vec::new() };
        }
        let mut plain = String::with_capacity(text.len());
        let mut ends = Vec::new();
        for line in text.split_inclusive('\n') {
            match line.strip_suffix("\r\n") {
                Some(line) => {
                    plain.push_str(line);
                    ends.push(plain.len());
                    plain.push('\n');
                }
                None => plain.push_str(line),
            }
        }
        Self { text: Cow::Owned(plain), ends }
    }

    /// A text to put into the file, with the line ends that the file has.
    pub fn ended(&self, text: String) -> String {
        if self.ends.is_empty() { text } else { text.replace("\r\n", "\n").replace('\n', "\r\n") }
    }

    /// A range of this text as one of the file.
    pub fn restore(&self, range: &mut Range<usize>) {
        let back = |at: usize| at + self.ends.partition_point(|end| *end < at);
        *range = back(range.start)..back(range.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back() {
        let unix = Unix::of("a\r\nb\nc\r\n\rd");
        assert_eq!(unix.text, "a\nb\nc\n\rd");
        let back = |mut range: Range<usize>| {
            unix.restore(&mut range);
            range
        };
        assert_eq!((back(0..1), back(0..2), back(2..3), back(7..8)), (0..1, 0..3, 3..4, 9..10));
    }
}
