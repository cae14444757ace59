//! The body of a paper: headings with their anchors, links, and fenced blocks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::anchors::{self, Anchors};
use super::html;
use super::numbers::{Bare, Numbers};
use super::surroundings::{Cell, Surroundings, Table};
use crate::input::vocabulary::Shows;
use crate::text::quantity::Unit;
use crate::text::source::{SourceId, Span};

/// What can be checked in the body of a paper, in the order of the text.
#[derive(Debug, Default)]
pub struct Prose {
    pub headings: Vec<Heading>,
    pub links: Vec<Link>,
    pub fences: Vec<Fence>,
    /// The headings by their anchors, as indices.
    anchors: HashMap<String, usize>,
    /// What else links can name: ids in its HTML, its footnotes.
    ids: BTreeSet<String>,
    /// Texts that readers get otherwise than they are written: those of entities, titles of links, words after fences.
    pub unescaped: Vec<(String, Span)>,
    /// Numbers with a unit that stand in no link and in no code.
    pub bare: Vec<Bare>,
    pub tables: Vec<Table>,
}

/// A heading and its section.
#[derive(Debug)]
pub struct Heading {
    /// As GitHub makes it: lower case, spaces to hyphens, punctuation dropped, repeats numbered.
    pub anchor: String,
    pub text: String,
    pub span: Span,
    /// From 1, the outermost.
    level: usize,
    /// Where the section under it ends: at the next heading that is not below it, or with the text.
    pub end: usize,
}

impl Prose {
    /// The heading with an anchor.
    pub fn heading(&self, anchor: &str) -> Option<&Heading> {
        self.anchors.get(anchor).map(|index| &self.headings[*index])
    }

    /// Is there a heading or an id that a link with this fragment leads to? GitHub puts `user-content-` before each.
    pub fn has_anchor(&self, fragment: &str) -> bool {
        let is_there = |id: &str| self.anchors.contains_key(id) || self.ids.contains(id);
        is_there(fragment) || fragment.strip_prefix("user-content-").is_some_and(is_there)
    }

    /// Everything that a link can name.
    pub fn known_anchors(&self) -> impl Iterator<Item = &str> + Clone {
        self.headings.iter().map(|heading| heading.anchor.as_str()).chain(self.ids.iter().map(String::as_str))
    }
}

/// Says where sections end, in a text that ends there.
fn end_sections(headings: &mut [Heading], end: usize) {
    // The headings after the one that is looked at which end a section, the next one last.
    let mut next: Vec<(usize, usize)> = Vec::new();
    for heading in headings.iter_mut().rev() {
        while next.pop_if(|(level, _)| *level > heading.level).is_some() {}
        heading.end = next.last().map_or(end, |(_, start)| *start);
        next.push((heading.level, heading.span.start));
    }
}

/// A link or an image.
#[derive(Debug)]
pub struct Link {
    pub text: String,
    pub target: String,
    /// The whole of `[text](target)`.
    pub span: Span,
    /// The unit that the head of its column names, if it stands in a table.
    pub column: Option<Unit>,
    /// Its cell, if it stands in a table.
    pub cell: Option<Cell>,
    /// The words of its block before it, and those behind it.
    pub before: String,
    pub after: String,
}

impl Link {
    /// The target without its percent-encoding (RFC 3986, section 2.1).
    pub fn decoded(&self) -> String {
        super::target::decoded(&self.target)
    }
}

/// A fenced block with attributes after its language: `python bad=RTY1`.
#[derive(Debug)]
pub struct Fence {
    pub language: String,
    pub attributes: BTreeMap<String, String>,
    /// Words without `=`: `setup`.
    pub words: Vec<String>,
    /// The line that opens it.
    pub span: Span,
    /// What stands in it, without the indent of the block itself.
    pub text: String,
    /// Where that stands; longer than the text where the block is indented.
    pub body: Span,
}

impl Fence {
    /// Is there such a word behind its language?
    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    /// The rules that this block is an example of, and which way.
    pub fn examples(&self) -> impl Iterator<Item = (Shows, &str)> {
        self.attributes.iter().filter_map(|(key, rule)| match key.as_str() {
            "good" => Some((Shows::Good, rule.as_str())),
            "bad" => Some((Shows::Bad, rule.as_str())),
            "fixed" => Some((Shows::Fixed, rule.as_str())),
            _ => None,
        })
    }
}

/// How many of the links and images around a text have it as theirs.
const NESTED: usize = 8;

/// Reads the body that begins at `offset` of a source. Every text is a body; parsing cannot fail.
pub fn read(source: SourceId, body: &str, offset: usize) -> Prose {
    let mut prose = Prose::default();
    let mut made = Anchors::default();
    let mut block = String::new();
    let mut heading: Option<(String, Span, usize)> = None;
    let mut links: Vec<(String, String, Span)> = Vec::new();
    let mut in_fence = false;
    let mut numbers = Numbers::new(source, offset);
    let mut around = Surroundings::default();
    for (event, range) in html::events(body) {
        let span = Span::new(source, offset + range.start..offset + range.end);
        numbers.see(&event, range.start);
        around.see(&event, span, &mut prose.links);
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                heading = Some((String::new(), trimmed(body, span, offset), level as usize));
            }
            Event::End(TagEnd::Heading(_)) => {
                let Some((text, span, level)) = heading.take() else { continue };
                prose.headings.push(Heading { anchor: made.of(&text), text, span, level, end: 0 });
            }
            Event::Start(Tag::Link { dest_url, title, .. } | Tag::Image { dest_url, title, .. }) => {
                prose.unescaped.extend((!title.is_ascii()).then(|| (title.into_string(), span)));
                links.push((String::new(), dest_url.into_string(), span));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                let Some((text, target, span)) = links.pop() else { continue };
                let (column, cell) = (numbers.column(), around.cell());
                let (before, after) = (String::new(), String::new());
                prose.links.push(Link { text, target, span, column, cell, before, after });
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let opening = first_line(body, span, offset);
                prose.unescaped.extend((!info.is_ascii()).then(|| (info.to_string(), opening)));
                prose.fences.push(fence(&info, opening));
                in_fence = true;
            }
            Event::End(TagEnd::CodeBlock) => in_fence = false,
            Event::Text(text) if in_fence => {
                let fence = prose.fences.last_mut().expect("a block that is open has begun");
                if fence.text.is_empty() {
                    fence.body = span;
                }
                fence.text.push_str(&text);
                fence.body.end = span.end;
            }
            Event::Html(text) => {
                prose.unescaped.extend(entities(&text).map(|text| (text, span)));
                block.push_str(&text);
            }
            Event::End(TagEnd::HtmlBlock) => prose.ids.extend(anchors::ids(&std::mem::take(&mut block))),
            Event::InlineHtml(tag) => {
                prose.unescaped.extend(entities(&tag).map(|text| (text, span)));
                prose.ids.extend(anchors::ids(&tag));
                // `10<sup>3</sup>` is no 103.
                let sign = if tag.starts_with("<sup") { "^" } else { "" };
                links.iter_mut().for_each(|(link, ..)| link.push_str(sign));
            }
            Event::Start(Tag::FootnoteDefinition(label)) => {
                prose.ids.extend([format!("fn-{label}"), format!("fnref-{label}")]);
            }
            Event::Text(text) | Event::Code(text) => {
                if text.as_ref() != &body[range.clone()] {
                    prose.unescaped.push((text.to_string(), span));
                }
                if let Some((heading, ..)) = &mut heading {
                    heading.push_str(&text);
                }
                for (link, ..) in links.iter_mut().rev().take(NESTED) {
                    link.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((heading, ..)) = &mut heading {
                    heading.push(' ');
                }
                for (link, ..) in links.iter_mut().rev().take(NESTED) {
                    link.push(' ');
                }
            }
            _ => {}
        }
    }
    prose.bare = numbers.found;
    prose.tables = around.tables;
    end_sections(&mut prose.headings, offset + body.len());
    let anchors = prose.headings.iter().enumerate().map(|(index, heading)| (heading.anchor.clone(), index));
    prose.anchors = anchors.collect();
    prose
}

/// What the entities, links and HTML of a Markdown text that is no paper stand for, and where: all that its readers get
/// otherwise than it is written.
pub fn unescaped(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    if !text.contains(['&', '%']) {
        return found;
    }
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, title, .. } | Tag::Image { dest_url, title, .. }) => {
                found.push((super::target::decoded(&dest_url), range.start));
                found.push((title.into_string(), range.start));
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                found.extend(entities(&html).map(|text| (text, range.start)));
            }
            Event::Text(read) if read.as_ref() != &text[range.clone()] => found.push((read.into_string(), range.start)),
            _ => {}
        }
    }
    found.retain(|(text, _)| !text.is_ascii());
    found
}

/// The characters that the entities in HTML stand for.
fn entities(html: &str) -> impl Iterator<Item = String> {
    // The longest name has 31 letters.
    let end = |at: usize| html.as_bytes()[at..].iter().take(34).position(|byte| *byte == b';');
    let ranges = html.match_indices('&').filter_map(move |(at, _)| Some(at..at + end(at)? + 1));
    ranges.flat_map(|range| Parser::new(&html[range])).filter_map(|event| match event {
        Event::Text(text) if !text.is_ascii() => Some(text.into_string()),
        _ => None,
    })
}

fn fence(info: &str, span: Span) -> Fence {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or_default().to_owned();
    let (mut attributes, mut bare) = (BTreeMap::new(), Vec::new());
    for word in words {
        match word.split_once('=') {
            Some((key, value)) => drop(attributes.insert(key.to_owned(), value.to_owned())),
            None => bare.push(word.to_owned()),
        }
    }
    let body = Span { start: span.end, ..span };
    Fence { language, attributes, words: bare, span, text: String::new(), body }
}

fn first_line(body: &str, span: Span, offset: usize) -> Span {
    let text = &body[span.start - offset..span.end - offset];
    Span { end: span.start + text.lines().next().unwrap_or_default().len(), ..span }
}

fn trimmed(body: &str, span: Span, offset: usize) -> Span {
    let text = &body[span.start - offset..span.end - offset];
    Span { end: span.start + text.trim_end().len(), ..span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::source::Sources;

    fn prose(text: &str) -> Prose {
        let source = Sources::default().add("papers/a.md", text);
        read(source, text, 0)
    }

    #[test]
    fn headings_have_the_anchors_that_github_makes() {
        let anchors = |text| prose(text).headings.into_iter().map(|heading| heading.anchor).collect::<Vec<_>>();
        assert_eq!(anchors("# Why a list scans (and `set` does not)?"), ["why-a-list-scans-and-set-does-not"]);
        assert_eq!(anchors("# Cost\n## Cost\n# `__slots__` & more"), ["cost", "cost-1", "__slots__--more"]);
        assert_eq!(anchors("# A\n# A\n# A-1\n# A"), ["a", "a-1", "a-1-1", "a-2"]);
    }

    #[test]
    fn links_in_tables_and_lists_are_found_with_their_place() {
        let text = "| a | b |\n|---|---|\n| x | [216x](../data/b.yaml#f) |\n\n- about [200x](d#f)\n";
        let links = prose(text).links;
        assert_eq!(links.len(), 2);
        assert_eq!(&text[links[0].span.range()], "[216x](../data/b.yaml#f)");
        assert_eq!(links[0].cell, Some(Cell { table: 0, row: 0, column: 1 }));
        assert_eq!((links[1].before.as_str(), links[1].cell), ("about ", None));
    }

    #[test]
    fn tables_have_their_labels() {
        let read = prose("| a | b |\n|---|---|\n| x `y` | [2](d#f) more | z |\n| w | v |\n");
        let texts = |labels: &[super::super::Label]| {
            labels.iter().map(|label| label.text.trim().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            (texts(&read.tables[0].heads), texts(&read.tables[0].labels)),
            (vec!["a".to_owned(), "b".to_owned()], vec!["x `y`".to_owned(), "w v".to_owned()])
        );
        assert_eq!((read.links[0].before.as_str(), read.links[0].after.as_str()), ("", " more"));
    }

    #[test]
    fn fences_carry_their_attributes_and_links_in_them_are_code() {
        let prose = prose("```python bad=MEM1 x\n[a](b)\n```\n");
        assert!(prose.links.is_empty());
        assert_eq!(prose.fences[0].examples().collect::<Vec<_>>(), [(Shows::Bad, "MEM1")]);
    }
}
