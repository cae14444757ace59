//! Python that the grammar does not read and Python does: defaults of type parameters (`class A[T = int]`), and lines in
//! brackets that begin further left than the statement around them. The repaired text has the same length, so that every place
//! in it is one of the file.

use std::ops::Range;

/// A text with other bytes in some places.
pub struct Repaired {
    pub text: String,
    /// Where it differs.
    pub ranges: Vec<Range<usize>>,
}

/// What can be repaired in a text; `None`, if there is nothing.
pub fn repaired(text: &str) -> Option<Repaired> {
    let ranges = Lexer::new(text).run();
    if ranges.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in &ranges {
        bytes[range.clone()].fill(b' ');
    }
    Some(Repaired { text: String::from_utf8(bytes).ok()?, ranges })
}

/// A bracket that is open.
struct Bracket {
    /// Does it open a list of type parameters?
    is_of_types: bool,
    /// Where the default of the parameter begins.
    default: Option<usize>,
}

/// Knows strings, comments and brackets, and nothing else.
struct Lexer<'t> {
    bytes: &'t [u8],
    at: usize,
    open: Vec<Bracket>,
    /// The indentation of the statement.
    indent: usize,
    /// The words of the statement so far, as far as they tell what brackets open.
    words: usize,
    declares: bool,
    /// Did the line end with a comment?
    is_commented: bool,
    found: Vec<Range<usize>>,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str) -> Self {
        let (open, found) = Default::default();
        let bytes = text.as_bytes();
        Self { bytes, at: 0, open, indent: 0, words: 0, declares: false, is_commented: false, found }
    }

    fn run(mut self) -> Vec<Range<usize>> {
        self.line_begin(None);
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'#' => self.comment(),
                b'"' | b'\'' => self.string(byte),
                b'\n' => {
                    let newline = self.at;
                    self.at += 1;
                    self.line_begin(Some(newline));
                }
                b'\\' => self.at += 2,
                b'(' | b'[' | b'{' => {
                    let is_of_types = byte == b'[' && self.open.is_empty() && self.declares && self.words == 2;
                    self.open.push(Bracket { is_of_types, default: None });
                    self.at += 1;
                }
                b')' | b']' | b'}' => {
                    self.end_of_default();
                    self.open.pop();
                    self.words += 1;
                    self.at += 1;
                }
                b',' => {
                    self.end_of_default();
                    self.at += 1;
                }
                b'=' => self.equals(),
                byte if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => self.word(),
                _ => self.at += 1,
            }
        }
        self.found.sort_by_key(|range| range.start);
        self.found
    }

    /// At the begin of a line, behind this line end.
    fn line_begin(&mut self, newline: Option<usize>) {
        let rest = &self.bytes[self.at..];
        let indent = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let is_empty = matches!(rest.get(indent), None | Some(b'\n' | b'\r' | b'#'));
        if self.open.is_empty() {
            if !is_empty {
                (self.indent, self.words, self.declares) = (indent, 0, false);
            }
        } else if let Some(newline) = newline.filter(|_| !is_empty && indent < self.indent && !self.is_commented) {
            self.found.push(newline..newline + 1);
        }
        self.is_commented = false;
    }

    fn comment(&mut self) {
        self.is_commented = true;
        self.at += self.bytes[self.at..].iter().take_while(|byte| **byte != b'\n').count();
    }

    fn string(&mut self, quote: u8) {
        let rest = &self.bytes[self.at..];
        let length = if rest.starts_with(&[quote; 3]) { 3 } else { 1 };
        self.at += length;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\\' => self.at += 2,
                b'\n' if length == 1 => return,
                byte if byte == quote && (length == 1 || self.bytes[self.at..].starts_with(&[quote; 3])) => {
                    self.at += length;
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    fn word(&mut self) {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        let length = self.bytes[self.at..].iter().take_while(|byte| is_part(byte)).count();
        let word = &self.bytes[self.at..self.at + length];
        self.at += length;
        if !self.open.is_empty() {
            return;
        }
        self.words += usize::from(word != b"async");
        self.declares |= self.words == 1 && [b"class".as_slice(), b"def", b"type"].contains(&word);
    }

    fn equals(&mut self) {
        let is_comparison = self.bytes.get(self.at + 1) == Some(&b'=');
        let at = self.at;
        self.at += if is_comparison { 2 } else { 1 };
        if let [bracket] = self.open.as_mut_slice()
            && bracket.is_of_types
            && !is_comparison
        {
            bracket.default = Some(at);
        }
    }

    /// A comma or the bracket's end, which ends the default of a type parameter.
    fn end_of_default(&mut self) {
        if let ([bracket], end) = (self.open.as_mut_slice(), self.at)
            && let Some(start) = bracket.default.take()
        {
            self.found.push(start..end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_python_alone_reads_is_changed() {
        let text = |text: &str| repaired(text).map(|repaired| repaired.text);
        let same = |from: &str, to: &str| assert_eq!(text(from).as_deref(), Some(to));
        same("class A[T = int, U = 'a']: pass", "class A[T      , U      ]: pass");
        same("class A[*T = *tuple[int]]: pass", "class A[*T              ]: pass");
        same("async def f[T=dict['a]']](x=1): pass", "async def f[T           ](x=1): pass");
        same("type A[T = int] = list[T]", "type A[T      ] = list[T]");
        same("if a:\n    (b.\nc)\n", "if a:\n    (b. c)\n");
        for untouched in ["a[b == c]", "f(x=1)", "class A(x=1): pass", "x = {1: '[T = 2]'}", "if a:\n    (b,  # c\n)\n"]
        {
            assert_eq!(text(untouched), None, "{untouched}");
        }
    }
}
