//! Spaces that look like the usual one, or nearly, and are another character. In prose they are a custom of printers, who
//! keep a number and its unit on one line. In what agents read they make two texts that look alike differ.

/// Such spaces, by their code points and names.
pub const SPACES: [(char, &str); 16] = [
    ('\u{a0}', "NO-BREAK SPACE"),
    ('\u{1680}', "OGHAM SPACE MARK"),
    ('\u{2000}', "EN QUAD"),
    ('\u{2001}', "EM QUAD"),
    ('\u{2002}', "EN SPACE"),
    ('\u{2003}', "EM SPACE"),
    ('\u{2004}', "THREE-PER-EM SPACE"),
    ('\u{2005}', "FOUR-PER-EM SPACE"),
    ('\u{2006}', "SIX-PER-EM SPACE"),
    ('\u{2007}', "FIGURE SPACE"),
    ('\u{2008}', "PUNCTUATION SPACE"),
    ('\u{2009}', "THIN SPACE"),
    ('\u{200a}', "HAIR SPACE"),
    ('\u{202f}', "NARROW NO-BREAK SPACE"),
    ('\u{205f}', "MEDIUM MATHEMATICAL SPACE"),
    ('\u{3000}', "IDEOGRAPHIC SPACE"),
];

/// Is it one of them?
pub fn is_unusual(c: char) -> bool {
    c >= '\u{a0}' && SPACES.iter().any(|(space, _)| *space == c)
}

/// Is such a space where its language needs it? French sets one before `;`, `:`, `!`, `?` and `%` and inside of its quotes,
/// Mongolian a narrow one before an ending; Chinese, Japanese and Ogham have a space of their own.
pub fn is_fine(before: &str, c: char, after: &str) -> bool {
    let (left, right) = (before.chars().next_back(), after.chars().next());
    let is = |side: Option<char>, is: fn(char) -> bool| side.is_some_and(is);
    match c {
        '\u{a0}' | '\u{202f}' if is(left, |c| c == '«') || is(right, |c| ";:!?%»".contains(c)) => {
            // Once: a row of them is no custom.
            is(left, |c| c.is_alphanumeric() || "«»)]\"'`.".contains(c)) && !is(right, is_unusual)
        }
        '\u{202f}' => is(left, is_mongolian) && is(right, is_mongolian),
        '\u{3000}' => (is(left, is_ideographic) || is(right, is_ideographic)) && !is(right, is_unusual),
        '\u{1680}' => is(left, is_ogham) && is(right, is_ogham),
        _ => false,
    }
}

fn is_mongolian(c: char) -> bool {
    ('\u{1800}'..='\u{18af}').contains(&c)
}

fn is_ogham(c: char) -> bool {
    ('\u{1681}'..='\u{169c}').contains(&c)
}

/// Han, kana, their punctuation and their wide forms.
fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
        || matches!(c, '\u{ff01}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}' | '\u{3105}'..='\u{312f}')
}
