//! The message of a rule with what its variables stand for. They are code under review, so each is quoted.

use std::ops::Range;

use ast_grep_core::Doc as _;
use regex::Captures;

use super::conditions::CodeMatch;
use crate::text::quoted;

/// A message with the metavariables of a match, `$NAME` and `$$$NAME`. One that is not bound stands for nothing.
pub fn by_match(message: &str, found: &CodeMatch) -> String {
    let variable = |text: &str| {
        let marks = if text.starts_with("$$$") { 3 } else { 1 };
        let name = name(&text[marks..], |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')?;
        let is_name = !name.starts_with(|c: char| c.is_ascii_digit());
        is_name.then(|| (marks + name.len(), code_of(name, found)))
    };
    filled(message, variable)
}

/// A message with the groups of a regular expression, `$1`, `$name` and `${name}`; `$$` is a dollar.
pub fn by_captures(message: &str, captures: &Captures) -> String {
    let variable = |text: &str| {
        if text.starts_with("$$") {
            return Some((2, "$".to_owned()));
        }
        let is_braced = text.starts_with("${");
        let name = if is_braced {
            text[2..].split_once('}')?.0
        } else {
            name(&text[1..], |c| c.is_ascii_alphanumeric() || c == '_')?
        };
        let group = name.parse().map_or_else(|_| captures.name(name), |at: usize| captures.get(at));
        let length = 1 + name.len() + if is_braced { 2 } else { 0 };
        Some((length, group.map_or_else(String::new, |group| quoted::code(group.as_str()))))
    };
    filled(message, variable)
}

/// A text with each `$` that begins a variable replaced: by what it stands for, and over how many bytes.
fn filled(message: &str, variable: impl Fn(&str) -> Option<(usize, String)>) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        let (length, value) = variable(&rest[at..]).unwrap_or_else(|| (1, "$".to_owned()));
        text.push_str(&value);
        rest = &rest[at + length..];
    }
    text + rest
}

/// The longest begin of a text that is of these characters, if there is one.
fn name(text: &str, is_part: impl Fn(char) -> bool) -> Option<&str> {
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    Some(&text[..end]).filter(|name| !name.is_empty())
}

/// What a metavariable stands for, quoted.
fn code_of(name: &str, found: &CodeMatch) -> String {
    let bound = found.get_env();
    if let Some(made) = bound.get_transformed(name) {
        return quoted::code(&String::from_utf8_lossy(made));
    }
    if let Some(node) = bound.get_match(name) {
        return quoted::code(&node.text());
    }
    let nodes = bound.get_multiple_matches(name);
    let Some((first, last)) = nodes.first().zip(nodes.last()) else { return String::new() };
    let range: Range<usize> = first.range().start..last.range().end;
    quoted::code(first.get_doc().get_source().get(range).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn groups_are_filled_in_as_the_library_does_it() {
        let captures =
            Regex::new("(?P<word>[a-z]+)-([0-9]+)").expect("it is one").captures("ab-12").expect("it matches");
        for message in ["no", "$word and $2", "${word}s", "$wordy", "$$1", "$", "$ 1", "${", "$9", "a$2b", "$0"] {
            let mut expected = String::new();
            captures.expand(message, &mut expected);
            assert_eq!(by_captures(message, &captures), expected, "{message}");
        }
    }
}
