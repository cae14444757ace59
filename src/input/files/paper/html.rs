//! HTML in Markdown as the events that the same would be in Markdown: `<a href>` is a link, and a block of HTML has text.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, LinkType, Parser, Tag, TagEnd};

use crate::input::formats::markdown;

/// An event, and its bytes of the text.
type Placed<'a> = (Event<'a>, Range<usize>);

/// The events of a text. Those of HTML stay, and what they stand for is beside them.
pub fn events(body: &str) -> Vec<Placed<'_>> {
    let all: Vec<Placed> = Parser::new_ext(body, markdown::OPTIONS).into_offset_iter().collect();
    if !body.contains('<') {
        return all;
    }
    let mut pairs = Pairs::default();
    for (at, (event, range)) in all.iter().enumerate() {
        pairs.see(at, event, range);
    }
    let mut events = Vec::with_capacity(all.len());
    let mut block = None;
    for (at, (event, range)) in all.into_iter().enumerate() {
        match &event {
            Event::Start(Tag::HtmlBlock) => block = Some(Block::default()),
            Event::Html(text) => block.get_or_insert_default().add(text, range.start),
            Event::End(TagEnd::HtmlBlock) => events.extend(block.take().unwrap_or_default().events()),
            _ => {}
        }
        if pairs.closes.contains(&at) {
            events.push((Event::End(TagEnd::Link), range.clone()));
        }
        let opened = pairs.opens.remove(&at).map(|(target, end)| (link(target), range.start..end));
        events.push((event, range));
        events.extend(opened);
    }
    events
}

fn link(target: String) -> Event<'static> {
    let (title, id) = (CowStr::Borrowed(""), CowStr::Borrowed(""));
    Event::Start(Tag::Link { link_type: LinkType::Inline, dest_url: target.into(), title, id })
}

/// Does a tag change nothing but how its text looks?
pub fn is_plain(tag: &str) -> bool {
    let name = name(tag.trim_start_matches(['<', '/']));
    ["b", "i", "u", "s", "em", "strong", "span", "small", "mark", "font", "abbr", "ins", "big", "nobr"]
        .contains(&&*name)
}

/// The links that are written as tags within a paragraph: each ends where it begins, and none is in another.
#[derive(Default)]
struct Pairs {
    /// By the number of the event: the target, and where the link ends.
    opens: HashMap<usize, (String, usize)>,
    closes: HashSet<usize>,
    /// The one that is open, and how many links of Markdown are open around it.
    open: Option<(usize, String, usize)>,
    depth: usize,
}

impl Pairs {
    fn see(&mut self, at: usize, event: &Event, range: &Range<usize>) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => self.depth += 1,
            Event::End(TagEnd::Link | TagEnd::Image) => self.depth = self.depth.saturating_sub(1),
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough) => {}
            Event::Start(_) | Event::End(_) => self.open = None,
            Event::InlineHtml(tag) if tag.starts_with("</") && name(&tag[2..]) == "a" => {
                if let Some((start, target, _)) = self.open.take().filter(|(.., depth)| *depth == self.depth) {
                    self.opens.insert(start, (target, range.end));
                    self.closes.insert(at);
                }
            }
            Event::InlineHtml(tag) => {
                if let Some(target) = href(tag) {
                    self.open = Some((at, target, self.depth));
                }
            }
            _ => {}
        }
    }
}

/// A block of HTML, put together from its lines.
#[derive(Default)]
struct Block {
    text: String,
    /// Where parts of it are: in its text, in the body.
    places: Vec<(usize, usize)>,
}

/// Tags that begin or end a paragraph, an item or a cell.
const BLOCKS: [&str; 33] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "section",
    "summary",
    "td",
    "th",
    "tr",
    "ul",
];
/// Tags whose text is code, and those whose text nobody sees.
const CODE: [&str; 4] = ["code", "pre", "kbd", "samp"];
const UNSEEN: [&str; 5] = ["script", "style", "svg", "textarea", "title"];

impl Block {
    fn add(&mut self, text: &str, at: usize) {
        self.places.push((self.text.len(), at));
        self.text.push_str(text);
    }

    fn place(&self, range: Range<usize>) -> Range<usize> {
        let at = |at: usize| {
            let (from, start) = self.places[self.places.partition_point(|(from, _)| *from <= at).max(1) - 1];
            start + (at - from)
        };
        let end = if range.is_empty() { at(range.start) } else { at(range.end - 1) + 1 };
        at(range.start)..end
    }

    fn events(self) -> Vec<Placed<'static>> {
        let mut events: Vec<Placed> = Vec::new();
        // The link that is open: the number of its event, its target and its begin.
        let mut open: Option<(usize, String, usize)> = None;
        // The tags that nothing closes below.
        let mut endless: HashSet<String> = HashSet::new();
        let mut at = 0;
        while at < self.text.len() {
            let rest = &self.text[at..];
            let Some(tag) = tag_of(rest) else {
                let end = rest.char_indices().skip(1).find(|(_, c)| *c == '<').map_or(rest.len(), |(at, _)| at);
                self.read(at..at + end, &mut events);
                at += end;
                continue;
            };
            let (start, end) = (at, at + tag.len());
            at = end;
            let closes = tag.starts_with("</");
            let name = name(tag.trim_start_matches(['<', '/']));
            if closes && name == "a" {
                if let Some((number, target, begin)) = open.take() {
                    events[number] = (link(target), self.place(begin..end));
                    events.push((Event::End(TagEnd::Link), self.place(start..end)));
                }
            } else if let Some(target) = href(tag) {
                open = Some((events.len(), target, start));
                // Until it is closed, it is no link.
                events.push((Event::InlineHtml(CowStr::Borrowed("<a>")), self.place(start..end)));
            } else if BLOCKS.contains(&&*name) {
                open = None;
                events.push((Event::Start(Tag::Paragraph), self.place(start..end)));
                events.push((Event::End(TagEnd::Paragraph), self.place(start..end)));
            } else if !closes && (CODE.contains(&&*name) || UNSEEN.contains(&&*name)) && !endless.contains(&name) {
                let close = format!("</{name}");
                let Some(length) = self.text[end..].to_ascii_lowercase_find(&close) else {
                    endless.insert(name);
                    continue;
                };
                if CODE.contains(&&*name) {
                    let code = self.text[end..end + length].to_owned();
                    events.push((Event::Code(code.into()), self.place(end..end + length)));
                }
                at = end + length;
            } else if name == "sup" && !closes {
                events.push((Event::InlineHtml(CowStr::Borrowed("<sup>")), self.place(start..end)));
            }
        }
        events
    }

    /// Text between tags.
    fn read(&self, range: Range<usize>, events: &mut Vec<Placed<'static>>) {
        let mut at = range.start;
        for part in self.text[range].split_inclusive(['\n', '\r', ';']) {
            let end = at + part.len();
            let text = part.trim_end_matches(['\n', '\r']);
            // The longest name has 31 letters.
            let entity =
                text.strip_suffix(';').and_then(|text| text.rfind('&')).filter(|start| text.len() - start < 34);
            let plain = entity.unwrap_or(text.len());
            if plain > 0 {
                events.push((Event::Text(text[..plain].to_owned().into()), self.place(at..at + plain)));
            }
            if let Some(character) = entity.and_then(|start| character(&text[start..])) {
                events.push((Event::Text(character.into()), self.place(at + plain..at + text.len())));
            }
            if text.len() < part.len() {
                events.push((Event::SoftBreak, self.place(at + text.len()..end)));
            }
            at = end;
        }
    }
}

/// Finding without regard to case.
trait FindLowerCase {
    fn to_ascii_lowercase_find(&self, wanted: &str) -> Option<usize>;
}

impl FindLowerCase for str {
    fn to_ascii_lowercase_find(&self, wanted: &str) -> Option<usize> {
        self.match_indices('<').map(|(at, _)| at).find(|at| {
            self.as_bytes()
                .get(*at..at + wanted.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(wanted.as_bytes()))
        })
    }
}

/// What an entity stands for.
fn character(entity: &str) -> Option<String> {
    Parser::new(entity).find_map(|event| match event {
        Event::Text(text) if *text != *entity => Some(text.into_string()),
        _ => None,
    })
}

/// The tag or comment that a text begins with; one that does not end is all of it.
fn tag_of(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('<')?;
    if inner.starts_with("!--") {
        return Some(inner.find("-->").map_or(text, |end| &text[..end + 4]));
    }
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
        return None;
    }
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(&text[..=at]),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    Some(text)
}

/// The name that a text begins with, in lower case.
fn name(text: &str) -> String {
    text.chars().take_while(char::is_ascii_alphanumeric).take(16).collect::<String>().to_ascii_lowercase()
}

/// The target of a tag that begins a link.
fn href(tag: &str) -> Option<String> {
    let inner = tag.strip_prefix('<').filter(|inner| name(inner) == "a")?;
    let mut rest = inner.get(1..)?;
    while let Some(at) = rest.find('=') {
        let key = rest[..at].trim().rsplit(char::is_whitespace).next().unwrap_or_default();
        let value = rest[at + 1..].trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => value[1..].split_once(quote)?,
            None => value.split_at(value.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(value.len())),
        };
        if key.eq_ignore_ascii_case("href") {
            return Some(value.replace("&amp;", "&"));
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Links with their targets, and texts, in order.
    fn read(body: &str) -> String {
        let mut read = String::new();
        for (event, range) in events(body) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => read += &format!("[{dest_url} `{}`](", &body[range]),
                Event::End(TagEnd::Link) => read += ")",
                Event::Text(text) => read += &text,
                Event::Code(code) => read += &format!("`{code}`"),
                Event::SoftBreak | Event::Start(Tag::Paragraph) => read += "/",
                _ => {}
            }
        }
        read
    }

    #[test]
    fn a_tag_that_links_is_a_link() {
        assert_eq!(
            read("A <a class='x' href=\"d#f\">5 <b>ms</b></a> b"),
            "/A [d#f `<a class='x' href=\"d#f\">5 <b>ms</b></a>`](5 ms) b"
        );
        assert_eq!(read("<A HREF=d?a&amp;b>x</A> y"), "/[d?a&b `<A HREF=d?a&amp;b>x</A>`](x) y");
        // One that does not end where it begins is none.
        assert_eq!(read("<a href=x>y\n\nz</a> [b <a href=c>](d) e</a>"), "/y/z [d `[b <a href=c>](d)`](b ) e");
        assert_eq!(read("<a name=x>y</a>"), "/y");
    }

    #[test]
    fn a_block_has_its_text() {
        let table = "<table>\n<tr><td>A</td><td><a href='d#f'>5&nbsp;ms</a></td></tr>\n</table>\n";
        assert_eq!(read(table), "///A//[d#f `<a href='d#f'>5&nbsp;ms</a>`](5\u{a0}ms)////");
        assert_eq!(
            read("<div>5 <i>ms</i><!-- 6 ms --><script>7 ms</script> <code>8 ms</code>\n9 < 10</div>"),
            "/5 ms `8 ms`/9 < 10/"
        );
        assert_eq!(read("> <p>\n> a\n> <a href=x>b</a>"), read("<p>\na\n<a href=x>b</a>"));
    }

    #[test]
    fn odd_html_is_read_in_one_pass() {
        for odd in ["<code>", "<a href=", "<!--", "<a href='x", "</a>", "<", "&", "<p ", "<svg><code>"] {
            let body = format!("<div>\n{}", odd.repeat(20_000));
            events(&body);
            events(&body.replace("<div>\n", "x "));
        }
    }
}
