//! The prose as sentences: what is left of it when line ends, wrapping and emphasis do not count.
//!
//! Two texts with the same sentences say the same. A sentence is a line of its own, so that a diff of two texts
//! shows which sentences changed, however they are wrapped.

use std::borrow::Cow;
use std::mem;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::input::formats::markdown;

/// One sentence, heading, row of a table or line of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub text: String,
    /// Where it stands in the source.
    pub range: Range<usize>,
    pub is_heading: bool,
}

impl Sentence {
    /// The sentence as one line, which ends with a word; `None` if nothing is left of it. An entity (`&#10;`) in a target
    /// or behind a fence stands for a line end as well.
    fn trimmed(mut self) -> Option<Self> {
        if self.text.contains(LINE_ENDS) {
            self.text = self.text.replace(LINE_ENDS, " ");
        }
        self.text.truncate(self.text.trim_end().len());
        (!self.text.is_empty()).then_some(self)
    }
}

/// The sentences of the body that begins at `offset` of a source. Blocks that are examples of rules are left out: rules
/// know theirs. `link` says how a link target is written, so that it is the same from wherever it is seen.
pub fn sentences(body: &str, offset: usize, link: &dyn Fn(&str) -> String) -> Vec<Sentence> {
    let mut reader = Reader {
        offset,
        link,
        done: Vec::new(),
        open: None,
        prefix: String::new(),
        targets: Vec::new(),
        in_heading: false,
    };
    let mut code: Option<Code> = None;
    for (event, range) in Parser::new_ext(body, markdown::OPTIONS).into_offset_iter() {
        if let Some(block) = &mut code {
            match event {
                Event::End(TagEnd::CodeBlock) => reader.code(code.take().expect("it is open")),
                Event::Text(text) => block.push(&text, &range),
                _ => {}
            }
            continue;
        }
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                reader.end();
                code = Some(Code::new(&kind, &range, body));
            }
            Event::Start(Tag::Heading { level, .. }) => {
                reader.begin(marks(level));
                reader.in_heading = true;
            }
            Event::End(TagEnd::Heading(_)) => {
                reader.end();
                reader.in_heading = false;
            }
            Event::Start(Tag::Item) => reader.begin("- "),
            Event::Start(Tag::FootnoteDefinition(label)) => reader.begin(&format!("[^{label}]: ")),
            Event::Start(Tag::TableRow | Tag::TableHead) => reader.begin("| "),
            Event::Start(Tag::Paragraph | Tag::BlockQuote(_) | Tag::HtmlBlock) => reader.end(),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                reader.targets.push(dest_url.into_string());
                reader.push("[", &range);
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                let target = reader.targets.pop().unwrap_or_default();
                let target = (reader.link)(&target);
                reader.push(&format!("]({target})"), &(range.end..range.end));
            }
            Event::Text(text) => reader.prose(&text, &range, body),
            Event::Code(text) => reader.push(&format!("`{}`", unwrapped(&text, &body[range.clone()])), &range),
            Event::Html(text) => reader.html(&text, &range),
            Event::InlineHtml(text) => reader.push(&unwrapped(&text, &text), &range),
            Event::SoftBreak | Event::HardBreak => reader.space(),
            Event::End(TagEnd::TableCell) => reader.push(" | ", &range),
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough) | Event::Start(_) => {}
            Event::End(_) | Event::Rule => reader.end(),
            Event::FootnoteReference(label) => reader.push(&format!("[^{label}]"), &range),
            Event::TaskListMarker(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }
    reader.end();
    reader.done
}

/// Code or a tag in a line of prose, without the line end that it may be wrapped at.
fn unwrapped<'a>(code: &'a str, written: &str) -> Cow<'a, str> {
    if written.contains(LINE_ENDS) { code.split_whitespace().collect::<Vec<_>>().join(" ").into() } else { code.into() }
}

/// What ends a line in Markdown, and in a text that shows a sentence a line.
const LINE_ENDS: [char; 2] = ['\n', '\r'];

fn marks(level: HeadingLevel) -> &'static str {
    &"###### "[6 - level as usize..]
}

/// What was read, and the sentence that is open.
struct Reader<'a> {
    offset: usize,
    link: &'a dyn Fn(&str) -> String,
    done: Vec<Sentence>,
    open: Option<Sentence>,
    /// What the next sentence begins with: that it is an item or a heading counts.
    prefix: String,
    targets: Vec<String>,
    in_heading: bool,
}

impl Reader<'_> {
    fn begin(&mut self, prefix: &str) {
        self.end();
        prefix.clone_into(&mut self.prefix);
    }

    fn end(&mut self) {
        let open = self.open.take();
        self.done.extend(open.and_then(Sentence::trimmed));
    }

    fn space(&mut self) {
        let Some(sentence) = &mut self.open else { return };
        // A heading and a link are one sentence, whatever stops are in them.
        if !sentence.is_heading && self.targets.is_empty() && ends(&sentence.text) {
            return self.end();
        }
        if !sentence.text.ends_with(' ') {
            sentence.text.push(' ');
        }
    }

    fn push(&mut self, text: &str, range: &Range<usize>) {
        let place = range.start + self.offset..range.end + self.offset;
        let sentence = self.open.get_or_insert_with(|| Sentence {
            text: mem::take(&mut self.prefix),
            range: place.clone(),
            is_heading: self.in_heading,
        });
        sentence.text.push_str(text);
        sentence.range.end = sentence.range.end.max(place.end);
    }

    /// A block of HTML, of which each line is a sentence: a comment or a tag may go over many.
    fn html(&mut self, text: &str, range: &Range<usize>) {
        let mut at = range.start;
        for line in text.split_inclusive(LINE_ENDS) {
            if !line.trim().is_empty() {
                self.push(line.trim_end(), &(at..at + line.trim_end().len()));
            }
            if line.ends_with(LINE_ENDS) {
                self.end();
            }
            at += line.len();
        }
    }

    /// Text without its white space, so that this counts once and a sentence ends where one ends.
    fn prose(&mut self, text: &str, range: &Range<usize>, body: &str) {
        // An entity is shorter than it is written; then its text stands where the entity does.
        let is_literal = body.get(range.clone()) == Some(text);
        if text.starts_with(char::is_whitespace) {
            self.space();
        }
        for run in runs(text) {
            let place = if is_literal { range.start + run.start..range.start + run.end } else { range.clone() };
            self.push(&text[run.clone()], &place);
            if text[run.end..].starts_with(char::is_whitespace) {
                self.space();
            }
        }
    }

    fn code(&mut self, code: Code) {
        if code.is_example {
            return;
        }
        let offset = self.offset;
        let lines = code.lines.into_iter().map(|(text, range)| Sentence {
            text,
            range: range.start + offset..range.end + offset,
            is_heading: false,
        });
        self.done.extend(lines.filter_map(Sentence::trimmed));
    }
}

/// What a sentence ends with, and what may stand behind it.
const STOPS: [char; 4] = ['.', '?', '!', ':'];
const CLOSERS: [char; 3] = [')', '"', '`'];

/// The longest parts of a text that are words with one space between them, of which only the last can end a sentence.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = text.len() - text[at..].trim_start().len();
        at = word_end(text, start);
        while at > start
            && !text[..at].ends_with(STOPS)
            && !text[..at].ends_with(CLOSERS)
            && text[at..]
                .strip_prefix(' ')
                .is_some_and(|rest| !rest.starts_with(char::is_whitespace) && !rest.is_empty())
        {
            at = word_end(text, at + 1);
        }
        (at > start).then_some(start..at)
    })
}

/// Where the word ends that begins at a place.
fn word_end(text: &str, mut at: usize) -> usize {
    let is_plain = |byte: &u8| byte.is_ascii_graphic();
    loop {
        at += text.as_bytes()[at..].iter().take_while(|byte| is_plain(byte)).count();
        match text[at..].chars().next() {
            Some(c) if !c.is_whitespace() => at += c.len_utf8(),
            Some(_) | None => return at,
        }
    }
}

/// Does a sentence end here?
fn ends(text: &str) -> bool {
    let text = text.trim_end_matches(CLOSERS);
    text.ends_with(STOPS) && !text.ends_with("e.g.") && !text.ends_with("i.e.")
}

/// A block of code being read.
struct Code {
    is_example: bool,
    lines: Vec<(String, Range<usize>)>,
}

impl Code {
    fn new(kind: &CodeBlockKind, block: &Range<usize>, body: &str) -> Self {
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.to_string(),
            CodeBlockKind::Indented => String::new(),
        };
        let is_example = info
            .split_whitespace()
            .any(|word| word.split_once('=').is_some_and(|(key, _)| matches!(key, "good" | "bad" | "fixed")));
        let mut lines = Vec::new();
        if !info.is_empty() {
            let fence = body[block.clone()].lines().next().map_or(0, str::len);
            lines.push((format!("```{info}"), block.start..block.start + fence));
        }
        Self { is_example, lines }
    }

    fn push(&mut self, text: &str, range: &Range<usize>) {
        let mut at = range.start;
        for line in text.split_inclusive('\n') {
            self.lines.push((line.trim_end().to_owned(), at..at + line.trim_end().len()));
            at += line.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<String> {
        sentences(body, 0, &|target| target.rsplit('/').next().unwrap_or_default().to_owned())
            .into_iter()
            .map(|sentence| sentence.text)
            .collect()
    }

    #[test]
    fn wrapping_emphasis_and_line_ends_do_not_count() {
        let one = texts(
            "# Why\n\nA list **scans**. It takes [203x](../d/b.yaml#f) longer\nat *1,000* items.\n\n* one\n* two\n",
        );
        let two = texts(
            "Why\n===\r\n\r\nA list\r\nscans. It  takes\r\n[203x](d/b.yaml#f) longer at 1,000\r\nitems.\r\n\r\n- one\r\n\r\n- two\r\n",
        );
        assert_eq!(one, two);
        assert_eq!(
            one,
            ["# Why", "A list scans.", "It takes [203x](b.yaml#f) longer at 1,000 items.", "- one", "- two"]
        );
    }

    #[test]
    fn code_may_be_wrapped_as_well() {
        for wrapped in ["a `b\nc` d\n", "a `b\r\nc` d\r\n", "a `b \nc` d\n"] {
            assert_eq!(texts(wrapped), ["a `b c` d"], "{wrapped:?}");
        }
    }

    proptest::proptest! {
        /// Runs and single spaces say the same as words do, however a text is broken.
        #[test]
        fn runs_are_words(pieces in proptest::collection::vec(0..PIECES.len(), 0..12)) {
            let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
            let words: Vec<&str> = runs(&text).flat_map(|run| text[run].split(' ')).collect();
            proptest::prop_assert_eq!(words, text.split_whitespace().collect::<Vec<_>>());
            let inside = runs(&text).flat_map(|run| text[run.clone()].match_indices(' ').map(move |(at, _)| run.start + at));
            for space in inside {
                proptest::prop_assert!(!ends(&text[..space]), "{:?} ends a sentence", &text[..space]);
            }
        }
    }

    const PIECES: [&str; 14] =
        ["a", "word", " ", " ", "  ", "\t", "\n", "\u{a0}", "\u{2003}", "\u{e9}t\u{e9}", ".", ")", "e.g.", "\u{1}"];

    #[test]
    fn a_sentence_is_one_line_whatever_the_prose_is_made_of() {
        assert_eq!(
            texts("a\n\n<div>\nretired R2\n\n<!-- one\n\n  two -->\n"),
            ["a", "<div>", "retired R2", "<!-- one", "  two -->"]
        );
        assert_eq!(texts("a <b\nc=\"d\"> e <!-- x\r\ny -->\n"), ["a <b c=\"d\"> e <!-- x y -->"]);
        assert_eq!(texts("a [b](c&#10;d)\n\n```py&#10;x\ny\rz\n```\n"), ["a [b](c d)", "```py x", "y z"]);
    }

    #[test]
    fn words_code_rows_and_targets_count() {
        assert_eq!(texts("a `b` c &amp; d"), ["a `b` c & d"]);
        assert_ne!(texts("a `b  c` d"), texts("a `b c` d"));
        assert_eq!(texts("| a | b |\n|---|---|\n| 1 | [2](x#y) |\n"), ["| a | b |", "| 1 | [2](x#y) |"]);
        assert_eq!(texts("```python\nx = 1\n\ny\n```\n"), ["```python", "x = 1", "y"]);
        assert_eq!(texts("```python bad=A1\nx = 1\n```\n"), [""; 0]);
        assert_ne!(texts("a [b](c) d"), texts("a [b](e) d"));
    }

    #[test]
    fn a_sentence_knows_its_place() {
        let body = "One is here. Two is\nthere.\n";
        let places: Vec<_> = sentences(body, 100, &str::to_owned).into_iter().map(|s| s.range).collect();
        assert_eq!(places, [100..112, 113..126]);
    }
}
