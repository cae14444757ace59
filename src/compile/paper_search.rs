//! The sections of the papers: listed, and found by word and by tag. The order of what is found follows from the texts
//! alone.

use std::ops::Range;

use crate::diag::Sink;
use crate::input::files::paper;
use crate::model::{Model, Rule};
use crate::text::source::Sources;

/// Characters of an excerpt.
const EXCERPT: usize = 200;

/// A part of a paper under one heading.
#[derive(Debug)]
pub struct Section {
    /// Index into the papers of the model.
    pub paper: usize,
    /// With its `#`.
    pub anchor: String,
    pub title: String,
    /// From its heading on, with the sections below it.
    pub range: Range<usize>,
    /// Without the sections below it.
    own: Range<usize>,
}

impl Section {
    /// Does it argue for a rule?
    pub fn argues_for(&self, rule: &Rule) -> bool {
        rule.paper == self.paper && rule.section.anchor == self.anchor
    }
}

/// A section that answers a question, and how well.
#[derive(Debug)]
pub struct Found {
    pub section: Section,
    pub excerpt: String,
    /// How many of the words it has, how often its title has them, how often its text.
    score: (usize, usize, usize),
}

/// Every section, by paper and place.
pub fn all(model: &Model, sources: &Sources) -> Vec<Section> {
    (0..model.papers.len()).flat_map(|paper| of(paper, model, sources)).collect()
}

/// The sections of one paper.
pub fn of(index: usize, model: &Model, sources: &Sources) -> Vec<Section> {
    let source = model.papers[index].source;
    let text = &sources.get(source).text;
    // What is wrong with the paper was said when it was compiled.
    let Some(paper) = paper::read(source, &model.papers[index].id, text, &mut Sink::new()) else { return Vec::new() };
    let headings = &paper.prose.headings;
    let section = |(at, heading): (usize, &paper::Heading)| {
        let end = heading.end;
        let next = headings.get(at + 1).map_or(end, |next| next.span.start);
        Section {
            paper: index,
            anchor: format!("#{}", heading.anchor.trim_start_matches('#')),
            title: heading.text.clone(),
            range: heading.span.start..end,
            own: heading.span.end..next,
        }
    };
    headings.iter().enumerate().map(section).collect()
}

/// The sections with at least one of some words that argue for a rule with a tag, the best first. Without words, all that
/// do; without a tag, for any rule or none.
pub fn find(query: &str, tag: Option<&str>, model: &Model, sources: &Sources) -> Vec<Found> {
    let mut wanted: Vec<String> = words(query).map(|(_, word)| word).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let is_tagged = |section: &Section| {
        let mut rules = model.rules.iter().filter(|rule| section.argues_for(rule));
        tag.is_none_or(|tag| rules.any(|rule| rule.tags.iter().any(|known| known == tag)))
    };
    let look = |section: Section| {
        let text = &sources.get(model.papers[section.paper].source).text[section.own.clone()];
        let (mut seen, mut in_title, mut in_text, mut first) = (0, 0, 0, None);
        for wanted in &wanted {
            let title = words(&section.title).filter(|(_, word)| word.starts_with(wanted)).count();
            let places = words(text).filter(|(_, word)| word.starts_with(wanted)).map(|(at, _)| at).collect::<Vec<_>>();
            seen += usize::from(title + places.len() > 0);
            in_title += title;
            in_text += places.len();
            first = places.first().copied().into_iter().chain(first).min();
        }
        let is_found = wanted.is_empty() || seen > 0;
        is_found.then(|| Found { excerpt: excerpt(text, first), score: (seen, in_title, in_text), section })
    };
    let mut found: Vec<Found> = all(model, sources).into_iter().filter(is_tagged).filter_map(look).collect();
    // Stable, so that equals stay in the order of papers.
    found.sort_by_key(|found| std::cmp::Reverse(found.score));
    found
}

/// Words in lower case with their places; `json.dumps` is two.
fn words(text: &str) -> impl Iterator<Item = (usize, String)> {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    text.split(move |c| !is_of_word(c)).filter_map(move |word| {
        let place = at;
        // What splits words may have several bytes.
        at += word.len() + text[at + word.len()..].chars().next().map_or(0, char::len_utf8);
        (!word.is_empty()).then(|| (place, word.to_lowercase()))
    })
}

/// The line that a place is in, or else the first one that says something.
fn excerpt(text: &str, place: Option<usize>) -> String {
    let first = || text.find(|c: char| !c.is_whitespace()).unwrap_or(0);
    let at = place.unwrap_or_else(first);
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    // Of a very long line, what stands around the word.
    let start = if text[start..at].chars().count() < EXCERPT / 2 { start } else { at };
    let words = text[start..].split_whitespace();
    let mut excerpt = String::new();
    for word in words {
        if excerpt.chars().count() + word.chars().count() >= EXCERPT {
            return excerpt + " ...";
        }
        if !excerpt.is_empty() {
            excerpt.push(' ');
        }
        excerpt += word;
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_places_whatever_splits_them() {
        let places: Vec<(usize, String)> = words("Ein \u{2014} zwei, drei_vier").collect();
        let text = "Ein \u{2014} zwei, drei_vier";
        assert_eq!(places.len(), 3);
        for (at, word) in places {
            assert_eq!(text[at..at + word.len()].to_lowercase(), word);
        }
    }

    #[test]
    fn an_excerpt_shows_the_word_and_stays_short() {
        let text = format!("\n{} needle {}\n", "hay ".repeat(200), "straw ".repeat(200));
        let at = text.find("needle").expect("it is there");
        let shown = excerpt(&text, Some(at));
        assert!(shown.starts_with("needle straw") && shown.chars().count() <= EXCERPT + 4, "{shown}");
        assert_eq!(excerpt("\n\nfirst line\nsecond", None), "first line second");
        assert_eq!(excerpt("", None), "");
    }
}
