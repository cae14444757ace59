//! Where emoji need characters that are not drawn: flags of parts of a country, joined emoji, the choice of a style.

/// The flags that are spelt with tags: of England, of Scotland, of Wales.
const FLAGS: [&str; 3] = ["gbeng", "gbsct", "gbwls"];
const BLACK_FLAG: char = '\u{1f3f4}';
const CANCEL_TAG: char = '\u{e007f}';
const ENCLOSING_KEYCAP: char = '\u{20e3}';

/// The end of a flag whose first tag stands at a place.
pub fn flag(text: &str, at: usize) -> Option<usize> {
    if !text[..at].ends_with(BLACK_FLAG) {
        return None;
    }
    FLAGS
        .iter()
        .map(|letters| at + spelt(letters).len())
        .zip(FLAGS)
        .find_map(|(end, letters)| (text.get(at..end) == Some(&spelt(letters))).then_some(end))
}

fn spelt(letters: &str) -> String {
    let tag = |c: char| char::from_u32(0xe0000 + c as u32).expect("a tag for every letter");
    letters.chars().map(tag).chain([CANCEL_TAG]).collect()
}

/// Blocks that hold emoji. Broader than the list of emoji: a selector after a symbol that has no second style is
/// drawn by nobody, but one is all that a symbol can have.
const BLOCKS: [(char, char); 16] = [
    ('\u{a9}', '\u{a9}'),
    ('\u{ae}', '\u{ae}'),
    ('\u{203c}', '\u{203c}'),
    ('\u{2049}', '\u{2049}'),
    ('\u{2122}', '\u{2122}'),
    ('\u{2139}', '\u{2139}'),
    ('\u{2194}', '\u{21aa}'),
    ('\u{2300}', '\u{23ff}'),
    ('\u{24c2}', '\u{24c2}'),
    ('\u{25a0}', '\u{27bf}'),
    ('\u{2934}', '\u{2935}'),
    ('\u{2b00}', '\u{2bff}'),
    ('\u{3030}', '\u{303d}'),
    ('\u{3297}', '\u{3299}'),
    ('\u{1f000}', '\u{1f3fa}'),
    ('\u{1f400}', '\u{1faff}'),
];

fn is_emoji(c: char) -> bool {
    BLOCKS.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Does a joiner stand between two emoji? The first may have a style or a colour of skin.
pub fn joins(before: &str, after: &str) -> bool {
    let mut before = before.chars().rev();
    let left = before.next();
    let left = if left == Some('\u{fe0f}') { before.next() } else { left };
    let is_left = |c: char| is_emoji(c) || ('\u{1f3fb}'..='\u{1f3ff}').contains(&c);
    left.is_some_and(is_left) && after.chars().next().is_some_and(is_emoji)
}

/// May a selector of text or emoji style stand here: after an emoji, or in a keycap?
pub fn takes_selector(before: &str, after: &str) -> bool {
    before.chars().next_back().is_some_and(|c| {
        is_emoji(c) || after.starts_with(ENCLOSING_KEYCAP) && (c.is_ascii_digit() || c == '#' || c == '*')
    })
}
