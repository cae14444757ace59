//! Characters in a text that no reader sees, or that make it look other than it is: a pure scan that knows
//! neither files nor settings. What is done about them is decided elsewhere.

mod emoji;
mod names;
mod payload;
mod spaces;

use std::borrow::Cow;
use std::ops::Range;

pub use self::names::name;

/// Why a character is taken for hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Tag,
    Direction,
    ZeroWidth,
    Operator,
    VariationSelector,
    Filler,
    Control,
    Annotation,
    PrivateUse,
    Noncharacter,
    Replacement,
    /// Only where [`Spaces::Told`].
    Space,
}

/// What is done about spaces other than the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spaces {
    /// They are a custom of print.
    Fine,
    /// They are hidden text, unless their language needs them.
    Told,
}

impl Class {
    /// What such a character does, as half a sentence.
    pub fn effect(self) -> &'static str {
        match self {
            Class::Tag => "tags spell text that no reader sees",
            Class::Direction => "it changes the order that text is shown in",
            Class::ZeroWidth => "it has no width",
            Class::Operator => "it is never drawn",
            Class::VariationSelector => "a selector with nothing to select can carry bytes",
            Class::Filler => "it is blank, or drawn only where a line breaks",
            Class::Control => "it controls devices, or ends a line for some readers and not for others",
            Class::Annotation => "it frames or formats text and is never drawn",
            Class::PrivateUse => "what it looks like is agreed on in private",
            Class::Noncharacter => "it is no character, and not meant to be exchanged",
            Class::Replacement => "it stands where a character was lost",
            Class::Space => "it looks like a space and is another character",
        }
    }
}

/// Hidden characters that stand side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Bytes of the text.
    pub range: Range<usize>,
    pub first: char,
    /// Of the first.
    pub class: Class,
    /// How many characters.
    pub count: usize,
    /// What they spell, where it reads as text.
    pub payload: Option<String>,
}

/// Every run of hidden characters, in the order of the text. Fine are a byte order mark at the begin, the ends of
/// lines (CRLF as well), and what scripts and emoji need: see [`class`] for the characters, the exceptions are
/// the flags of England, Scotland and Wales, joiners between emoji or between letters of scripts that join them, and
/// the selectors of text and emoji style after an emoji.
pub fn scan(text: &str) -> Vec<Run> {
    scan_but(text, |_| false)
}

/// Like [`scan`], without the characters that are allowed.
pub fn scan_but(text: &str, is_allowed: impl Fn(char) -> bool) -> Vec<Run> {
    scan_for(text, Spaces::Fine, is_allowed)
}

/// Like [`scan_but`]; says what is done about unusual spaces.
pub fn scan_for(text: &str, spaces: Spaces, is_allowed: impl Fn(char) -> bool) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while let Some(next) = suspect(text, at) {
        let c = text[next..].chars().next().expect("a suspect is a character");
        at = next + c.len_utf8();
        let is_space = spaces == Spaces::Told && spaces::is_unusual(c);
        let Some(class) = class(c).or(is_space.then_some(Class::Space)) else { continue };
        if let Some(end) = emoji::flag(text, next) {
            at = end;
            continue;
        }
        if is_fine(text, next, c) || is_allowed(c) {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.range.end == next => {
                run.range.end = at;
                run.count += 1;
            }
            _ => runs.push(Run { range: next..at, first: c, class, count: 1, payload: None }),
        }
    }
    for run in &mut runs {
        run.payload = payload::decode(&text[run.range.clone()]);
    }
    runs
}

/// The text with every hidden character written as its code point, as in `\u{200b}`; fit for a terminal.
pub fn visible(text: &str) -> Cow<'_, str> {
    visible_with(text, |_, _| {})
}

/// Like [`visible`]; tells the place of each character that was written out, and how many bytes it grew by.
pub fn visible_with(text: &str, mut grew: impl FnMut(usize, usize)) -> Cow<'_, str> {
    written_out(text, |at, c| {
        let escaped = c.escape_unicode();
        grew(at, escaped.len() - c.len_utf8());
        escaped.to_string()
    })
}

/// JSON with every hidden character written as an escape of JSON, so that it is seen, and read back as it was.
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    written_out(json, |_, c| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect())
}

fn written_out(text: &str, mut write: impl FnMut(usize, char) -> String) -> Cow<'_, str> {
    let runs = scan(text);
    if runs.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    let mut from = 0;
    for Run { range, .. } in runs {
        shown.push_str(&text[from..range.start]);
        let characters = text[range.clone()].char_indices();
        characters.for_each(|(at, c)| shown.push_str(&write(range.start + at, c)));
        from = range.end;
    }
    shown.push_str(&text[from..]);
    Cow::Owned(shown)
}

/// Bytes looked at in one go.
const STRIDE: usize = 64;

/// The next place, from `at` on, of a character that could be hidden. Papers are nearly all plain ASCII, so that is
/// passed over a stride at a time.
fn suspect(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_suspect = |byte: u8| (byte < b' ' && byte != b'\n' && byte != b'\t') || byte >= 0x7f;
    let mut at = at;
    while let Some(stride) = bytes.get(at..at + STRIDE) {
        if stride.iter().fold(false, |any, byte| any | is_suspect(*byte)) {
            break;
        }
        at += STRIDE;
    }
    Some(at + bytes.get(at..)?.iter().position(|byte| is_suspect(*byte))?)
}

/// The class of a character that is hidden but for the exceptions; `None` for all others.
pub fn class(c: char) -> Option<Class> {
    Some(match c {
        '\t' | '\n' => return None,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => Class::Control,
        ' '..='\u{ac}' => return None,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => Class::Filler,
        '\u{3164}' | '\u{ffa0}' | '\u{2800}' => Class::Filler,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Class::Direction,
        '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => Class::ZeroWidth,
        '\u{2061}'..='\u{2065}' | '\u{206a}'..='\u{206f}' => Class::Operator,
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' => Class::VariationSelector,
        '\u{e0100}'..='\u{e01ef}' => Class::VariationSelector,
        // The rest of the plane of tags is unassigned, and drawn by nobody either.
        '\u{e0000}'..='\u{e0fff}' => Class::Tag,
        '\u{fff0}'..='\u{fffc}' | '\u{1d173}'..='\u{1d17a}' | '\u{1bca0}'..='\u{1bca3}' => Class::Annotation,
        '\u{fffd}' => Class::Replacement,
        c if is_noncharacter(c) => Class::Noncharacter,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. => Class::PrivateUse,
        _ => return None,
    })
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || c as u32 & 0xfffe == 0xfffe
}

/// Is a character of a hidden class where it belongs?
fn is_fine(text: &str, at: usize, c: char) -> bool {
    let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
    match c {
        '\r' => after.starts_with('\n'),
        '\u{feff}' => at == 0,
        '\u{200c}' | '\u{200d}' => joins_letters(before, after) || c == '\u{200d}' && emoji::joins(before, after),
        '\u{fe0e}' | '\u{fe0f}' => emoji::takes_selector(before, after),
        _ => spaces::is_fine(before, c, after),
    }
}

/// Blocks of scripts whose letters change with their neighbours, so that a joiner is part of the spelling: Arabic, Syriac,
/// N'Ko and Mandaic, those of India and its neighbours, Mongolian, Adlam and Rohingya.
const JOINING: [(char, char); 12] = [
    ('\u{620}', '\u{7ff}'),
    ('\u{840}', '\u{85f}'),
    ('\u{860}', '\u{8ff}'),
    ('\u{900}', '\u{dff}'),
    ('\u{f00}', '\u{109f}'),
    ('\u{1780}', '\u{18af}'),
    ('\u{1b00}', '\u{1bff}'),
    ('\u{a840}', '\u{a9df}'),
    ('\u{fb50}', '\u{fdcf}'),
    ('\u{fe70}', '\u{fefc}'),
    ('\u{10d00}', '\u{11fff}'),
    ('\u{1e900}', '\u{1e95f}'),
];

/// Signs that take the vowel of a letter away. A joiner after one of them shapes that letter, also at the end of a word.
const VIRAMAS: [char; 11] = [
    '\u{94d}', '\u{9cd}', '\u{a4d}', '\u{acd}', '\u{b4d}', '\u{bcd}', '\u{c4d}', '\u{ccd}', '\u{d4d}', '\u{dca}',
    '\u{1039}',
];

/// Does a joiner stand between two letters or signs of joining scripts?
fn joins_letters(before: &str, after: &str) -> bool {
    let is_joining = |c: char| JOINING.iter().any(|(first, last)| (*first..=*last).contains(&c)) && !c.is_numeric();
    let is_sign = |c: char| is_joining(c) && class(c).is_none();
    let left = before.chars().next_back().filter(|c| is_sign(*c));
    left.is_some_and(|left| VIRAMAS.contains(&left) || after.chars().next().is_some_and(is_sign))
}

#[cfg(test)]
mod tests;
