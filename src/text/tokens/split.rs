//! Splits a text into the pieces that an encoding merges bytes in. The encodings define their pieces by a regular expression,
//! which is quoted at each function here; the function says where the first match at a place ends. Every text is split
//! without a gap: some alternative matches any character.

/// The classes of characters that the expressions tell apart, each a bit; `build/classes.rs` makes the table of them.
mod class {
    pub const NEWLINE: u8 = 1;
    /// `\s` except for the newlines.
    pub const SPACE: u8 = 2;
    /// `\p{Lu}` and `\p{Lt}`.
    pub const UPPER: u8 = 4;
    /// `\p{Ll}`.
    pub const LOWER: u8 = 8;
    /// `\p{Lm}` and `\p{Lo}`: letters without case.
    pub const CASELESS: u8 = 16;
    /// `\p{M}`.
    pub const MARK: u8 = 32;
    /// `\p{N}`.
    pub const NUMBER: u8 = 64;
    pub const OTHER: u8 = 128;

    pub const WHITE: u8 = NEWLINE | SPACE;
    pub const LETTER: u8 = UPPER | LOWER | CASELESS;
}

use class::{CASELESS, LETTER, LOWER, MARK, NEWLINE, NUMBER, OTHER, UPPER, WHITE};

static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/classes.index"));
static BLOCKS: &[[u8; 128]] = include_bytes!(concat!(env!("OUT_DIR"), "/classes.blocks")).as_chunks().0;

/// The classes of bytes. Those that are no ASCII character have none.
static ASCII: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = BLOCKS[0][byte];
        byte += 1;
    }
    classes
};

/// ```text
/// [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
/// |[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
/// |\p{N}{1,3}
/// | ?[^\s\p{L}\p{N}]+[\r\n/]*
/// |\s*[\r\n]+
/// |\s+(?!\S)
/// |\s+
/// ```
pub fn o200k_base(text: &str, at: usize) -> usize {
    let (first, next) = class(text, at);
    // A mark is a letter here as well as what may be before one. Either way the same match is found.
    let letters = if first & (NEWLINE | NUMBER | LETTER | MARK) == 0 { next } else { at };
    if let Some(end) = cased(text, letters) {
        return contraction(text, end).unwrap_or(end);
    }
    if first == NUMBER {
        return numbers(text, next);
    }
    if let Some(end) = symbols(text, at) {
        let slashes = |at: &usize| matches!(text.as_bytes().get(*at), Some(b'\r' | b'\n' | b'/'));
        return (end..).find(|at| !slashes(at)).unwrap_or(end);
    }
    match white(text, at) {
        White { newlines: Some(end), .. } => end,
        White { end, .. } if end == text.len() => end,
        White { last, .. } if last > at => last,
        White { end, .. } => end,
    }
}

/// ```text
/// '(?i:[sdmt]|ll|ve|re)
/// |[^\r\n\p{L}\p{N}]?+\p{L}++
/// |\p{N}{1,3}+
/// | ?[^\s\p{L}\p{N}]++[\r\n]*+
/// |\s++$
/// |\s*[\r\n]
/// |\s+(?!\S)
/// |\s
/// ```
pub fn cl100k_base(text: &str, at: usize) -> usize {
    if let Some(end) = contraction(text, at) {
        return end;
    }
    let (first, next) = class(text, at);
    let letters = if first & (NEWLINE | NUMBER | LETTER) == 0 { next } else { at };
    let end = run(text, letters, LETTER);
    if end > letters {
        return end;
    }
    if first == NUMBER {
        return numbers(text, next);
    }
    if let Some(end) = symbols(text, at) {
        return run(text, end, NEWLINE);
    }
    match white(text, at) {
        White { end, .. } if end == text.len() => end,
        White { newlines: Some(end), .. } => end,
        White { last, .. } if last > at => last,
        White { end, .. } => end,
    }
}

/// The end of what the first two alternatives of `o200k_base` find from the first letter on: upper case, then lower case. If
/// no lower case follows, the first alternative gives back characters until the last is one that counts as both, and if there
/// is none, the second alternative takes what is upper case.
fn cased(text: &str, from: usize) -> Option<usize> {
    let mut at = run(text, from, UPPER);
    let mut both = None;
    loop {
        let (class, next) = class(text, at);
        match class {
            LOWER => return Some(run(text, next, LOWER | CASELESS | MARK)),
            CASELESS | MARK => both = Some(next),
            UPPER => {}
            _ => return both.or((at > from).then_some(at)),
        }
        at = next;
    }
}

/// The end of an apostrophe with one of these after it, in upper or lower case: s, t, re, ve, m, ll, d.
fn contraction(text: &str, at: usize) -> Option<usize> {
    let rest = text.as_bytes()[at..].strip_prefix(b"'")?;
    let byte = |at: usize| rest.get(at).map_or(0, u8::to_ascii_lowercase);
    let size = match (byte(0), byte(1)) {
        (b's' | b't' | b'm' | b'd', _) => 1,
        (b'r' | b'v', b'e') | (b'l', b'l') => 2,
        // The long s, which folds to an s.
        (0xC5, 0xBF) => 2,
        _ => return None,
    };
    Some(at + 1 + size)
}

/// The end of three numbers at most, of which the first ends at a place.
fn numbers(text: &str, mut at: usize) -> usize {
    for _ in 0..2 {
        match class(text, at) {
            (NUMBER, next) => at = next,
            _ => break,
        }
    }
    at
}

/// The end of ` ?[^\s\p{L}\p{N}]+`.
fn symbols(text: &str, at: usize) -> Option<usize> {
    let from = at + usize::from(text.as_bytes().get(at) == Some(&b' '));
    let end = run(text, from, MARK | OTHER);
    (end > from).then_some(end)
}

/// A run of white space: where it ends, where its last character begins, and where its last newline ends.
struct White {
    newlines: Option<usize>,
    last: usize,
    end: usize,
}

fn white(text: &str, from: usize) -> White {
    let mut white = White { newlines: None, last: from, end: from };
    loop {
        let (class, next) = class(text, white.end);
        if class & WHITE == 0 {
            return white;
        }
        if class == NEWLINE {
            white.newlines = Some(next);
        }
        (white.last, white.end) = (white.end, next);
    }
}

/// The end of a run of characters of some classes.
fn run(text: &str, mut at: usize, classes: u8) -> usize {
    let bytes = text.as_bytes();
    loop {
        while at < bytes.len() && ASCII[usize::from(bytes[at])] & classes != 0 {
            at += 1;
            looked();
        }
        match class(text, at) {
            (class, next) if class & classes != 0 => at = next,
            _ => return at,
        }
    }
}

/// The class of the character at a place, and the place behind it. At the end of the text there is no class.
#[inline]
fn class(text: &str, at: usize) -> (u8, usize) {
    looked();
    match text.as_bytes().get(at) {
        None => (0, at),
        Some(byte) if byte.is_ascii() => (ASCII[usize::from(*byte)], at + 1),
        Some(_) => wide(text, at),
    }
}

#[inline(never)]
fn wide(text: &str, at: usize) -> (u8, usize) {
    let character = text[at..].chars().next().expect("a character begins here");
    let point = character as usize;
    (BLOCKS[usize::from(INDEX[point / 128])][point % 128], at + character.len_utf8())
}

/// Tests count how often a character is looked at.
#[cfg(not(test))]
#[inline(always)]
fn looked() {}

#[cfg(test)]
use tests::looked;

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static LOOKED: Cell<usize> = const { Cell::new(0) };
    }

    pub fn looked() {
        LOOKED.set(LOOKED.get() + 1);
    }

    type Split = fn(&str, usize) -> usize;
    const SPLITS: [Split; 2] = [o200k_base, cl100k_base];

    fn pieces(split: Split, text: &str) -> Vec<&str> {
        let ends = std::iter::successors(Some(0), |at| (*at < text.len()).then(|| split(text, *at)));
        let ends: Vec<usize> = ends.collect();
        ends.windows(2).map(|ends| &text[ends[0]..ends[1]]).collect()
    }

    #[test]
    fn pieces_are_what_the_expressions_match() {
        let text = "It's the HTTPServer's 12345 \u{4e2d}A  x\t\n \ny // end/\n  ";
        let o200k = [
            "It's",
            " the",
            " HTTPServer's",
            " ",
            "123",
            "45",
            " \u{4e2d}",
            "A",
            " ",
            " x",
            "\t\n \n",
            "y",
            " //",
            " end",
            "/\n",
            "  ",
        ];
        let cl100k = [
            "It",
            "'s",
            " the",
            " HTTPServer",
            "'s",
            " ",
            "123",
            "45",
            " \u{4e2d}A",
            " ",
            " x",
            "\t\n \n",
            "y",
            " //",
            " end",
            "/\n",
            "  ",
        ];
        assert_eq!(pieces(SPLITS[0], text), o200k);
        assert_eq!(pieces(SPLITS[1], text), cl100k);
    }

    /// Where an expression would go back, too.
    #[test]
    fn a_character_is_looked_at_a_few_times() {
        let patterns = [
            "a",
            "A",
            "aA",
            " ",
            "\n",
            "!",
            "1",
            "'",
            "'s",
            "\u{301}",
            "\u{301}A",
            "\u{4e2d}A",
            " a",
            " !",
            "\n ",
            " \n",
            "/\n",
            "!\u{301}",
        ];
        for split in SPLITS {
            for pattern in patterns {
                for (start, end) in [("", ""), ("\n", "x"), ("\u{4e2d}", "1"), ("!", " !"), ("'", "\n")] {
                    let text = format!("{start}{}{end}", pattern.repeat(10_000));
                    LOOKED.set(0);
                    pieces(split, &text);
                    let limit = 8 * text.chars().count();
                    assert!(LOOKED.get() < limit, "{} for {start:?}, {pattern:?} and {end:?}", LOOKED.get());
                }
            }
        }
    }
}
