//! What a link can name in a paper: its headings by the anchors that GitHub makes of them, and the ids of its HTML.

use std::collections::HashMap;

/// The characters that GitHub keeps, as ranges in order: letters, marks, decimal digits and what joins words.
static WORDS: &[(char, char)] = &include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// Makes the anchors of one paper, in the order of its headings.
#[derive(Default)]
pub struct Anchors {
    seen: HashMap<String, usize>,
}

impl Anchors {
    /// The anchor of the next heading: lower case, spaces to hyphens, other signs dropped, repeats numbered.
    pub fn of(&mut self, heading: &str) -> String {
        let kept = heading.to_lowercase();
        let kept = kept.chars().filter(|c| " -".contains(*c) || is_of_a_word(*c));
        let base: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let mut anchor = base.clone();
        while self.seen.contains_key(&anchor) {
            let repeats = self.seen.entry(base.clone()).or_insert(0);
            *repeats += 1;
            anchor = format!("{base}-{repeats}");
        }
        self.seen.insert(anchor.clone(), 0);
        anchor
    }
}

fn is_of_a_word(c: char) -> bool {
    let at = WORDS.partition_point(|(start, _)| *start <= c);
    at > 0 && c <= WORDS[at - 1].1
}

/// Is a fragment followed on every page: the top of it, or lines of its source?
pub fn is_everywhere(fragment: &str, shows_source: bool) -> bool {
    fragment.is_empty() || fragment.eq_ignore_ascii_case("top") || shows_source && is_lines(fragment)
}

/// `L10`, `L10-L12`, `L10C3-L12C5`
fn is_lines(fragment: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_place = |text: &str| {
        let place = text.strip_prefix('L').unwrap_or_default();
        place.split_once('C').map_or_else(|| is_number(place), |(line, column)| is_number(line) && is_number(column))
    };
    fragment.split_once('-').map_or_else(|| is_place(fragment), |(first, last)| is_place(first) && is_place(last))
}

/// The ids in a piece of HTML: `id` of any tag, `name` of an `<a>`. Comments have none.
pub fn ids(html: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            rest = tag(rest, &mut ids);
        }
    }
    ids
}

/// Reads the ids of one tag, and gives what follows it.
fn tag<'a>(text: &'a str, ids: &mut Vec<String>) -> &'a str {
    let name_end = text.find(|c: char| c.is_ascii_whitespace() || "/>".contains(c)).unwrap_or(text.len());
    let is_anchor = text[..name_end].eq_ignore_ascii_case("a");
    let mut rest = &text[name_end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_ascii_whitespace() || "=/>".contains(c)).unwrap_or(rest.len());
        if end == 0 {
            return rest.strip_prefix(['>', '=']).unwrap_or(rest);
        }
        let key = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let Some(after) = rest.strip_prefix('=') else { continue };
        let (value, after) = value(after.trim_start());
        if key == "id" || is_anchor && key == "name" {
            ids.push(value.to_owned());
        }
        rest = after;
    }
}

/// The value of an attribute, and what follows it.
fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Fixtures {
        headings: Vec<Fixture>,
    }

    #[derive(serde::Deserialize)]
    struct Fixture {
        heading: String,
        anchor: String,
    }

    #[test]
    fn anchors_are_those_that_github_made() {
        let fixtures: Fixtures = serde_json::from_str(include_str!("anchors/github.json")).expect("it is JSON");
        assert_eq!(fixtures.headings.len(), 78);
        let mut anchors = Anchors::default();
        for fixture in fixtures.headings {
            assert_eq!(anchors.of(&fixture.heading), fixture.anchor, "{}", fixture.heading.escape_unicode());
        }
    }

    #[test]
    fn marks_stay_and_raised_digits_go() {
        let anchor = |heading| Anchors::default().of(heading);
        assert_eq!(anchor("O(n²) and ½"), "on-and-");
        assert_eq!(anchor("e\u{301}te\u{301}"), "e\u{301}te\u{301}");
        assert_eq!(anchor("Ⅳ. ข้อมูล"), "ⅳ-ข้อมูล");
    }

    #[test]
    fn ids_are_found_in_tags_and_not_in_comments() {
        let html = "<a name=\"one\"></a><DIV class=x ID='two'>\n<span id=three>name=\"no\"</span><br/>";
        assert_eq!(ids(html), ["one", "two", "three"]);
        assert_eq!(ids("<!-- <a name=\"no\"> --><p title=\"<a id='no'>\" id=\"yes\">"), ["yes"]);
        assert!(ids("a < b id=x <div name=no> <a hidden name").is_empty());
        assert_eq!(ids("<a id = \"spaced\" /><a id"), ["spaced"]);
    }

    #[test]
    fn some_fragments_are_on_every_page() {
        for fragment in ["", "top", "TOP", "L10", "L1-L20", "L1C2-L3C4"] {
            assert!(is_everywhere(fragment, true), "{fragment}");
        }
        assert!(!is_everywhere("L10", false) && !is_everywhere("L", true) && !is_everywhere("Lx-L2", true));
    }
}
