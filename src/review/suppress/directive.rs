//! What a comment says to kbc: `kbc: ignore[RTY1] reason`, `ast-grep-ignore: RTY1 reason`, or what looks like one of them
//! and is not understood.

use std::collections::HashSet;
use std::ops::Range;

const OURS: &str = "kbc";
const THEIRS: &str = "ast-grep-ignore";
const VERB: &str = "ignore";
/// How other tools call it.
const VERBS: [&str; 9] = ["ignore", "disable", "suppress", "noqa", "nolint", "nosec", "skip", "allow", "off"];
/// What begins a comment. Behind one of them a comment may say a second thing: `# type: ignore  # kbc: ignore[RTY1]`.
pub const MARKS: [&str; 7] = ["#", "//", "/*", "--", "<!--", ";", "%"];
/// What ends one.
const CLOSERS: [&str; 4] = ["*/", "-->", "#}", "*)"];

/// May a text have a directive?
pub fn is_possible(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_ours = |window: &[u8]| window.eq_ignore_ascii_case(OURS.as_bytes());
    text.contains(THEIRS) || bytes.windows(OURS.len()).any(is_ours)
}

/// What a part of a comment says.
#[derive(Debug, PartialEq, Eq)]
pub struct Directive {
    /// Bytes of the comment.
    pub range: Range<usize>,
    /// Is it the first thing that the comment says?
    pub is_first: bool,
    pub is_ours: bool,
    pub says: Says,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Says {
    /// Nothing is to be told here, of these rules or (`None`) of any.
    Ignore { rules: Option<Vec<String>>, has_reason: bool },
    /// It looks like a suppression and is none. The rules of the knowledge base that it names.
    Unread(Vec<String>),
}

/// Where in a comment a directive is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    First,
    /// Behind another mark, or the first thing in a line of a block.
    Behind,
    Prose,
}

/// What a comment says to kbc, given the rules that there are.
pub fn directives(comment: &str, known: &HashSet<String>) -> Vec<Directive> {
    let mut starts: Vec<(usize, Position, bool)> = Vec::new();
    for (at, _) in comment.char_indices() {
        let is_ours = starts_with(&comment[at..], OURS);
        if !is_ours && !comment[at..].starts_with(THEIRS) {
            continue;
        }
        if let Some(position) = position(&comment[..at]) {
            starts.push((at, position, is_ours));
        }
    }
    let mut found = Vec::new();
    for (index, &(start, position, is_ours)) in starts.iter().enumerate() {
        let next = starts[index + 1..].iter().find(|(_, position, _)| *position != Position::Prose);
        let end = next.map_or(comment.len(), |(at, ..)| *at);
        let whole = &comment[start..end];
        let text = whole.trim_end_matches(|c: char| c.is_whitespace() || "#/-;%*<!>{".contains(c));
        let text = without_closer(text);
        let said = if is_ours { ours(text, position, known) } else { theirs(text, position, known) };
        let is_first = position == Position::First;
        let range = start..start + text.len();
        found.extend(said.into_iter().map(|says| Directive { range: range.clone(), is_first, is_ours, says }));
    }
    found
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn without_closer(text: &str) -> &str {
    let text = text.trim_end();
    CLOSERS.iter().find_map(|closer| text.strip_suffix(closer)).unwrap_or(text).trim_end()
}

/// The position of what stands behind a text; `None` inside of a word, a path or a quotation.
fn position(before: &str) -> Option<Position> {
    let is_part = |c: char| c.is_alphanumeric() || "_-./\\$@`'\"".contains(c);
    let is_mark = MARKS.iter().any(|mark| before.ends_with(mark));
    if before.ends_with(is_part) && !is_mark {
        return None;
    }
    let lead = before.trim_end();
    let line = lead.rsplit('\n').next().unwrap_or_default();
    let is_quoted =
        |lead: &str| lead.trim_end_matches(|c: char| !"`'\"".contains(c) && is_sign(c)).ends_with(['`', '\'', '"']);
    if !lead.contains(char::is_alphanumeric) {
        return (!is_quoted(lead)).then_some(Position::First);
    }
    let is_line_begin = before.trim_end_matches([' ', '\t']).ends_with('\n') || !line.contains(char::is_alphanumeric);
    if is_line_begin {
        return Some(Position::Behind);
    }
    let Some(rest) = MARKS.iter().find_map(|mark| lead.strip_suffix(mark)) else { return Some(Position::Prose) };
    let rest = rest.trim_end_matches(is_sign);
    match rest.chars().next_back() {
        Some('`' | '\'' | '"') => None,
        _ => Some(Position::Behind),
    }
}

fn is_sign(c: char) -> bool {
    "#/*-<!;%:".contains(c)
}

/// What begins with `kbc`.
fn ours(text: &str, position: Position, known: &HashSet<String>) -> Vec<Says> {
    let rest = &text[OURS.len()..];
    let words = rest.trim_start_matches(|c: char| c.is_whitespace() || ":=-_./".contains(c));
    let separator = rest[..rest.len() - words.len()].trim();
    if words.len() == rest.len() {
        return Vec::new();
    }
    let verb = &words[..words.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(words.len())];
    let arguments = &words[verb.len()..];
    let named = named(words, known);
    let has_list = arguments.trim_start().starts_with(['[', '(', ':', '=', '{', '<']);
    if separator == ":" && verb.eq_ignore_ascii_case(VERB) {
        if position == Position::Prose {
            let is_meant = arguments.starts_with('[') || !named.is_empty();
            return is_meant.then_some(Says::Unread(named)).into_iter().collect();
        }
        return arguments_of_ours(arguments, known);
    }
    let lower = verb.to_lowercase();
    let is_word = VERBS.iter().any(|verb| match lower.strip_prefix(verb) {
        Some(rest) => rest.is_empty() || rest.starts_with(['-', '_']),
        None => false,
    });
    let is_inflected = VERBS.iter().any(|verb| lower.starts_with(verb));
    let is_like_one = if is_word { has_list || !named.is_empty() } else { is_inflected && arguments.starts_with('[') };
    let names_only = separator.starts_with([':', '=']) && (known.contains(verb) || words.starts_with(['[', '(']));
    let is_meant = (is_like_one || names_only && !named.is_empty()) && position != Position::Prose;
    is_meant.then_some(Says::Unread(named)).into_iter().collect()
}

/// `[RTY1, RTY2] reason`, right behind the word.
fn arguments_of_ours(text: &str, known: &HashSet<String>) -> Vec<Says> {
    let named = named(text, known);
    let says = |text: &str| text.contains(char::is_alphanumeric);
    if let Some(list) = text.strip_prefix('[') {
        let Some((list, reason)) = list.split_once(']') else { return vec![Says::Unread(named)] };
        let rules = list.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        let rules: Vec<String> = rules.collect();
        if rules.is_empty() {
            return vec![Says::Unread(named)];
        }
        let mut found = vec![Says::Ignore { rules: Some(rules), has_reason: says(reason) }];
        if reason.trim_start_matches([' ', ',', '\t']).starts_with('[') {
            found.push(Says::Unread(self::named(reason, known)));
        }
        return found;
    }
    let words = text.trim_start();
    let first = words.split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default();
    let is_list = words.starts_with(|c: char| c.is_ascii_punctuation() && !"-.,!".contains(c));
    if is_list || !named.is_empty() || is_like_an_id(first) {
        return vec![Says::Unread(named)];
    }
    vec![Says::Ignore { rules: None, has_reason: says(words) }]
}

/// `: RTY1, RTY2 reason`; with nothing behind the word it is about every rule.
fn theirs(text: &str, position: Position, known: &HashSet<String>) -> Vec<Says> {
    let after = &text[THEIRS.len()..];
    if position == Position::Prose || after.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-') {
        return Vec::new();
    }
    let after = after.trim();
    if after.is_empty() {
        return vec![Says::Ignore { rules: None, has_reason: false }];
    }
    let Some(list) = after.strip_prefix(':') else {
        let named = named(after, known);
        return if named.is_empty() { Vec::new() } else { vec![Says::Unread(named)] };
    };
    let id = |part: &str| part.split_whitespace().next().unwrap_or_default().to_owned();
    let rules = list.split(',').map(id).filter(|id| !id.is_empty()).collect();
    let last = list.rsplit(',').next().unwrap_or_default().trim();
    let reason = last.split_once(' ').map_or("", |(_, reason)| reason);
    vec![Says::Ignore { rules: Some(rules), has_reason: reason.contains(char::is_alphanumeric) }]
}

/// The rules of the knowledge base that a text names, whatever their case if they have a digit.
fn named(text: &str, known: &HashSet<String>) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
        let id = if word.contains(|c: char| c.is_ascii_digit()) { word.to_ascii_uppercase() } else { word.to_owned() };
        if known.contains(&id) && !named.contains(&id) {
            named.push(id);
        }
    }
    named
}

/// Capital letters and a number, as ids have them.
fn is_like_an_id(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.contains(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(comment: &str) -> Vec<Says> {
        let known = ["MEM1", "MEM2", "ASK"].map(str::to_owned).into_iter().collect();
        directives(comment, &known).into_iter().map(|directive| directive.says).collect()
    }

    fn of(rules: &[&str]) -> Says {
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        Says::Ignore { rules: Some(rules), has_reason: true }
    }

    #[test]
    fn a_list_in_brackets_is_read() {
        for comment in [
            "# kbc: ignore[MEM1] why",
            "#kbc:ignore[MEM1] why",
            "# KBC: Ignore[ MEM1 ] why",
            "#  kbc :  ignore[MEM1] why",
            "/* kbc: ignore[MEM1] why */",
            "<!-- kbc: ignore[MEM1] why -->",
            "-- kbc: ignore[MEM1]: why",
            "# noqa: X # kbc: ignore[MEM1] why",
            "# type: ignore[attr-defined]  #kbc: ignore[MEM1] why",
            "// eslint-disable-line // kbc: ignore[MEM1] why",
            "/* A licence\n * kbc: ignore[MEM1] why\n */",
            "# ast-grep-ignore: MEM1 why",
        ] {
            assert_eq!(said(comment), [of(&["MEM1"])], "{comment}");
        }
        assert_eq!(said("# kbc: ignore[MEM1, MEM2] why"), [of(&["MEM1", "MEM2"])]);
        assert_eq!(said("# kbc: ignore[MEM1] why # kbc: ignore[ASK] why"), [of(&["MEM1"]), of(&["ASK"])]);
        assert_eq!(said("# kbc: ignore[MEM1]  # noqa"), [of(&["MEM1"])]);
    }

    #[test]
    fn what_looks_like_a_suppression_is_none() {
        for comment in [
            "# kbc: ignore: MEM1 why",
            "# kbc: ignore [MEM1] why",
            "# kbc: ignore (MEM1)",
            "# kbc: ignore MEM1",
            "# kbc: ignore mem1",
            "# kbc: ignore=MEM1",
            "# kbc: ignore the rule MEM1 here",
            "# kbc: ignore[]",
            "# kbc: ignore[ , ]",
            "# kbc: ignore[MEM1 why",
            "# kbc: ignore ABC9 why",
            "# kbc: ignore-next-line[MEM1]",
            "# kbc: ignored[MEM1]",
            "# kbc: disable=MEM1",
            "# kbc: noqa: MEM1",
            "# kbc ignore[MEM1]",
            "# kbc-ignore: MEM1",
            "# kbc: MEM1",
            "# kbc: [MEM1]",
            "# a reason first, kbc: ignore[MEM1]",
            "# ast-grep-ignore MEM1",
            "# ast-grep-ignore[MEM1]",
        ] {
            assert!(matches!(said(comment).as_slice(), [Says::Unread(_)]), "{comment}: {:?}", said(comment));
        }
    }

    #[test]
    fn prose_says_nothing() {
        for comment in [
            "# kbc: ignored files are listed in kbc.toml",
            "# kbc ignores nothing here",
            "# see `# kbc: ignore[MEM1] why` in the README",
            "# as 'kbc: ignore[MEM1]' does",
            "# run kbc: ignore what it says of tests",
            "# kbc.toml has MEM1",
            "# kbc has MEM1 for this",
            "# my-kbc: ignore[MEM1]",
            "# ast-grep-ignored files: none",
            "# skip the ask of kbc",
        ] {
            assert_eq!(said(comment), [], "{comment}");
        }
    }

    #[test]
    fn a_bare_word_is_about_every_rule() {
        for comment in
            ["# kbc: ignore", "# kbc: ignore lists are short here", "/* kbc: ignore */", "# kbc: ignore - why"]
        {
            assert!(matches!(said(comment).as_slice(), [Says::Ignore { rules: None, .. }]), "{comment}");
        }
    }
}
