//! The tokens of Python, so that two programs that differ in comments and white space alone are told to be one. Only what
//! this needs is known of the language, and no grammar, so that a newer grammar changes no fingerprint.

/// A token, or what the layout says: the end of a line, a deeper or a shallower block.
#[derive(Debug, PartialEq, Eq)]
pub enum Token<'a> {
    Text(&'a str),
    Line,
    Indent,
    Dedent,
}

impl<'a> Token<'a> {
    /// As a text that no other token has.
    pub fn text(&self) -> &'a str {
        match self {
            Token::Text(text) => text,
            Token::Line => "\n",
            Token::Indent => "\n>",
            Token::Dedent => "\n<",
        }
    }
}

/// The tokens of a program. Words and strings are whole, other characters stand alone.
pub fn of(text: &str) -> Vec<Token<'_>> {
    let mut reader = Reader { text, at: 0, brackets: 0, blocks: vec![0], tokens: Vec::new() };
    while reader.line() {}
    while reader.blocks.pop().is_some_and(|column| column > 0) {
        reader.tokens.push(Token::Dedent);
    }
    reader.tokens
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// How many are open.
    brackets: usize,
    /// The columns of the blocks that are open.
    blocks: Vec<usize>,
    tokens: Vec<Token<'a>>,
}

impl<'a> Reader<'a> {
    /// Reads to the end of a line, which may go over several in brackets; nothing is left if not.
    fn line(&mut self) -> bool {
        let column = self.column();
        let before = self.tokens.len();
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                '\n' if self.brackets == 0 => break,
                '#' => self.at = self.text[self.at..].find('\n').map_or(self.text.len(), |end| self.at + end),
                '\\' if self.continues() > 0 => self.at += self.continues(),
                c if c.is_whitespace() => self.at += c.len_utf8(),
                c => {
                    if self.tokens.len() == before {
                        self.layout(column);
                    }
                    let token = self.token(c);
                    self.tokens.push(Token::Text(token));
                }
            }
        }
        if self.tokens.len() > before {
            self.tokens.push(Token::Line);
        }
        self.at += 1;
        self.at < self.text.len()
    }

    /// The column of the first character of a line that says something.
    fn column(&mut self) -> usize {
        let rest = &self.text[self.at..];
        let space = rest.len() - rest.trim_start_matches([' ', '\t', '\x0c']).len();
        self.at += space;
        rest[..space].bytes().fold(0, |column, byte| match byte {
            b'\t' => (column / 8 + 1) * 8,
            b'\x0c' => 0,
            _ => column + 1,
        })
    }

    fn layout(&mut self, column: usize) {
        let mut open = self.blocks.last().copied().unwrap_or_default();
        if column > open {
            self.blocks.push(column);
            self.tokens.push(Token::Indent);
        }
        while column < open {
            self.blocks.pop();
            self.tokens.push(Token::Dedent);
            open = self.blocks.last().copied().unwrap_or_default();
        }
    }

    /// The bytes of a mark that joins two lines; none if there is none.
    fn continues(&self) -> usize {
        let rest = &self.text[self.at..];
        ["\\\n", "\\\r\n"].into_iter().find(|mark| rest.starts_with(mark)).map_or(0, str::len)
    }

    fn token(&mut self, first: char) -> &'a str {
        let start = self.at;
        self.at = match first {
            '"' | '\'' => string_end(self.text, start, ""),
            c if is_of_word(c) => self.word_end(),
            c => {
                match c {
                    '(' | '[' | '{' => self.brackets += 1,
                    ')' | ']' | '}' => self.brackets = self.brackets.saturating_sub(1),
                    _ => {}
                }
                start + c.len_utf8()
            }
        };
        &self.text[start..self.at]
    }

    /// Where a word ends, with the string that it is the prefix of.
    fn word_end(&self) -> usize {
        let rest = &self.text[self.at..];
        let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        let is_prefix = end <= 2 && rest[..end].chars().all(|c| "rRbBuUfFtT".contains(c));
        if is_prefix && rest[end..].starts_with(['"', '\'']) {
            return string_end(self.text, self.at + end, &rest[..end]);
        }
        self.at + end
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where the string ends whose quotes begin here; the end of the text if it never does.
fn string_end(text: &str, start: usize, prefix: &str) -> usize {
    let quote = &text[start..=start];
    let triple = quote.repeat(3);
    let (quotes, is_long) = if text[start..].starts_with(&triple) { (triple.as_str(), true) } else { (quote, false) };
    let has_fields = prefix.contains(['f', 'F', 't', 'T']);
    let (mut at, mut depth) = (start + quotes.len(), 0_usize);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        match c {
            '\\' => at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '{' if has_fields && depth == 0 && rest.starts_with("{{") => at += 2,
            '{' if has_fields => (at, depth) = (at + 1, depth + 1),
            '}' if depth > 0 => (at, depth) = (at + 1, depth - 1),
            '"' | '\'' if depth > 0 => at = string_end(text, at, ""),
            _ if rest.starts_with(quotes) => return at + quotes.len(),
            '\n' if !is_long && depth == 0 => return at,
            c => at += c.len_utf8(),
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        of(text).iter().map(|token| token.text().replace('\n', "|")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn layout_counts_and_white_space_does_not() {
        for same in [
            "for x in a:\n    f(x, 1)\ng()",
            "for  x in a :  # each\n\n\t# all\n\tf( x,\n1 )\r\n\ng ( )\n\n",
            "for x in a:\n  f(x, \\\n    1)\n# end\ng()\n",
        ] {
            assert_eq!(told(same), "for x in a : | |> f ( x , 1 ) | |< g ( ) |", "{same:?}");
        }
        assert_ne!(told("for x in a:\n    f(x)\n    g()"), told("for x in a:\n    f(x)\ng()"));
        assert_eq!(told("if a:\n  if b:\n    c\nd"), "if a : | |> if b : | |> c | |< |< d |");
        assert_eq!(told("if a:\n  b"), "if a : | |> b | |<");
    }

    #[test]
    fn strings_are_whole() {
        assert_eq!(told("x = 'a  # b' + rb\"\\\"c\"  # d"), "x = 'a  # b' + rb\"\\\"c\" |");
        assert_eq!(told("'''a\n b''' 'c"), "'''a| b''' 'c |");
        assert_eq!(told("f\"{d[\"a  b\"]} {{\" + g"), "f\"{d[\"a  b\"]} {{\" + g |");
        assert_eq!(told("f'{x!r:{w}}' if 'é' else ö"), "f'{x!r:{w}}' if 'é' else ö |");
    }

    #[test]
    fn odd_texts_end() {
        for odd in ["", "\\", "'\\", "f'{", "f'{'", "\"\"\"", ")", "\t\u{c} a", "é", "\r", "{{{"] {
            of(odd);
        }
    }
}
