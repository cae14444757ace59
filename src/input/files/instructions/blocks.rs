//! The blocks of an instruction file: paragraphs, items of lists, rows of tables, code, each with its lines, its text on one
//! line and the headings above it.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use super::Import;
use crate::input::formats::markdown;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Heading,
    Paragraph,
    /// An item of a list, without the lists in it.
    Item,
    /// An item of a numbered list.
    Step,
    /// A row of a table.
    Row,
    Code,
    Html,
}

/// A block with what is around it.
#[derive(Debug)]
pub struct Block {
    pub shape: Shape,
    /// Inline Markdown on one line: code keeps its backticks, links and emphasis only their words. Code keeps its lines.
    pub text: String,
    /// The bold words that it begins with.
    pub lead: Option<String>,
    /// Lines from 1.
    pub lines: Range<usize>,
    /// Bytes, whole lines.
    pub bytes: Range<usize>,
    /// The headings above, outermost first; the labels of lists are among them.
    pub headings: Vec<String>,
    /// The block that it belongs to: the item that a nested item is in, the paragraph that ends with a colon.
    pub parent: Option<usize>,
    /// The header of its table.
    pub header: Vec<String>,
    /// How much of its text is the text of links.
    pub linked: usize,
    /// Is there a list in it, or behind it?
    pub has_list: bool,
}

/// A file as blocks.
#[derive(Debug, Default)]
pub struct Parsed {
    pub title: Option<String>,
    pub blocks: Vec<Block>,
    pub imports: Vec<Import>,
    pub open_fence: Option<usize>,
}

/// Reads the blocks of a text from a byte on.
pub fn read(text: &str, from: usize) -> Parsed {
    let mut reader = Reader { text, lines: line_starts(text), parsed: Parsed::default(), ..Reader::default() };
    for (event, range) in Parser::new_ext(&text[from..], markdown::OPTIONS).into_offset_iter() {
        reader.event(&event, range.start + from..range.end + from);
    }
    reader.parsed
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1)).collect()
}

/// What is open while events go by.
#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    lines: Vec<usize>,
    parsed: Parsed,
    /// Level and words of the headings above.
    headings: Vec<(HeadingLevel, String)>,
    /// For each list that is open: is it numbered?
    lists: Vec<bool>,
    /// For each item that is open: its block.
    items: Vec<Option<usize>>,
    inline: Option<Inline>,
    /// Is a heading, the header of a table or a row open?
    header: Vec<String>,
    row: Option<Vec<String>>,
    in_head: bool,
    code: Option<(Range<usize>, String)>,
    /// The last block at the top, if it introduces what follows.
    introduces: Option<usize>,
    quote: usize,
}

/// Inline text on its way.
#[derive(Default)]
struct Inline {
    start: usize,
    end: usize,
    text: String,
    strong: usize,
    lead: Option<String>,
    links: usize,
    linked: usize,
}

impl Inline {
    fn push(&mut self, words: &str) {
        if self.strong > 0 && self.text.trim().len() == self.lead.as_ref().map_or(0, String::len) {
            let lead = self.lead.get_or_insert_default();
            lead.push_str(words);
        }
        if self.links > 0 {
            self.linked += words.len();
        }
        self.text.push_str(words);
    }
}

impl Reader<'_> {
    fn event(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(*tag, range),
            Event::Text(words) => self.words(words, &range),
            Event::Code(words) => self.words(&format!("`{words}`"), &range),
            Event::SoftBreak | Event::HardBreak => self.words(" ", &range),
            Event::Html(html) => self.html(html, &range),
            Event::InlineHtml(_) | Event::Rule | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
            Event::InlineMath(words) | Event::DisplayMath(words) => self.words(words, &range),
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Heading { .. } | Tag::Paragraph => {
                self.inline = Some(Inline { start: range.start, end: range.end, ..Inline::default() });
            }
            Tag::List(first) => {
                self.finish_inline(None);
                self.lists.push(first.is_some());
            }
            Tag::Item => self.items.push(None),
            Tag::BlockQuote(_) => self.quote += 1,
            Tag::CodeBlock(_) => {
                self.finish_inline(None);
                self.code = Some((range, String::new()));
            }
            Tag::TableHead => (self.in_head, self.row) = (true, Some(Vec::new())),
            Tag::TableRow => self.row = Some(Vec::new()),
            Tag::TableCell => self.inline = Some(Inline { start: range.start, end: range.end, ..Inline::default() }),
            Tag::Strong => self.inline(&range).strong += 1,
            Tag::Link { .. } => self.inline(&range).links += 1,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::Heading(level) => self.heading(level, &range),
            TagEnd::Paragraph => self.finish_inline(None),
            TagEnd::Item => {
                self.finish_inline(None);
                self.items.pop();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.introduces = None;
                }
            }
            TagEnd::BlockQuote(_) => self.quote -= 1,
            TagEnd::CodeBlock => self.finish_code(),
            TagEnd::TableHead => {
                self.header = self.row.take().unwrap_or_default();
                self.in_head = false;
            }
            TagEnd::TableRow => self.finish_row(&range),
            TagEnd::TableCell => {
                let text = self.inline.take().map(|inline| inline.text).unwrap_or_default();
                self.row.get_or_insert_default().push(text.trim().to_owned());
            }
            TagEnd::Strong => {
                if let Some(inline) = &mut self.inline {
                    inline.strong = inline.strong.saturating_sub(1);
                }
            }
            TagEnd::Link => {
                if let Some(inline) = &mut self.inline {
                    inline.links = inline.links.saturating_sub(1);
                }
            }
            _ => {}
        }
    }

    /// The inline text that is open; a tight item has its text without a paragraph.
    fn inline(&mut self, range: &Range<usize>) -> &mut Inline {
        self.inline.get_or_insert_with(|| Inline { start: range.start, end: range.end, ..Inline::default() })
    }

    fn words(&mut self, words: &str, range: &Range<usize>) {
        if let Some((_, code)) = &mut self.code {
            code.push_str(words);
            return;
        }
        let inline = self.inline(range);
        inline.end = inline.end.max(range.end);
        inline.push(words);
    }

    fn heading(&mut self, level: HeadingLevel, range: &Range<usize>) {
        let text = self.inline.take().map(|inline| one_line(&inline.text)).unwrap_or_default();
        self.headings.retain(|(above, _)| *above < level);
        self.introduces = None;
        let headings = self.above();
        if level == HeadingLevel::H1 && self.parsed.title.is_none() {
            self.parsed.title = Some(text.clone());
        }
        self.push(Shape::Heading, text.clone(), None, range.clone(), headings, None, 0);
        self.headings.push((level, text));
    }

    /// The headings above the next block, and the labels of what it is in.
    fn above(&self) -> Vec<String> {
        let labels = self.items.iter().rev().skip(1).rev().flatten().chain(&self.introduces);
        let labels = labels.map(|index| &self.parsed.blocks[*index]).filter_map(label);
        // What a title says holds for what stands right below it.
        let title = self.headings.len() > 1 && self.headings[0].0 == HeadingLevel::H1;
        self.headings.iter().skip(usize::from(title)).map(|(_, words)| words.clone()).chain(labels).collect()
    }

    /// A paragraph or the text of an item ends.
    fn finish_inline(&mut self, _: Option<()>) {
        let Some(inline) = self.inline.take() else { return };
        let text = one_line(&inline.text);
        if text.is_empty() {
            return;
        }
        if self.quote == 0 || self.items.is_empty() {
            self.find_imports(&inline);
        }
        let range = inline.start..inline.end;
        match self.items.len().checked_sub(1) {
            None => {
                let headings = self.above_without_intro();
                let index = self.push(Shape::Paragraph, text, inline.lead, range, headings, None, inline.linked);
                let introduces = self.parsed.blocks[index].text.ends_with(':') || is_label(&self.parsed.blocks[index]);
                self.introduces = introduces.then_some(index);
            }
            Some(depth) if self.items[depth].is_none() => {
                let numbered = self.lists.last().copied().unwrap_or_default();
                let shape = if numbered { Shape::Step } else { Shape::Item };
                let parent = self.items[..depth].iter().rev().flatten().next().copied().or(self.introduces);
                let headings = self.above();
                let index = self.push(shape, text, inline.lead, range, headings, parent, inline.linked);
                self.items[depth] = Some(index);
            }
            // Another paragraph of an item.
            Some(depth) => {
                let parent = self.items[depth];
                let headings = self.above();
                self.push(Shape::Paragraph, text, inline.lead, range, headings, parent, inline.linked);
            }
        }
    }

    fn above_without_intro(&mut self) -> Vec<String> {
        self.introduces = None;
        self.above()
    }

    fn finish_code(&mut self) {
        let Some((range, code)) = self.code.take() else { return };
        let last = self.text[range.clone()].trim_end().rsplit('\n').next().unwrap_or_default();
        let first = self.text[range.clone()].lines().next().unwrap_or_default().trim_start();
        let fenced = first.starts_with("```") || first.starts_with("~~~");
        let closed = last.trim_start_matches(['>', ' ']).trim_start();
        let closed = (closed.starts_with("```") || closed.starts_with("~~~")) && closed.len() >= 3;
        if fenced && (!closed || !self.text[range.clone()].trim_end().contains('\n')) {
            self.parsed.open_fence = Some(self.line_of(range.start));
        }
        let parent = self.items.iter().rev().flatten().next().copied().or(self.introduces);
        let headings = self.above();
        self.push(Shape::Code, code.trim_end().to_owned(), None, range, headings, parent, 0);
    }

    fn finish_row(&mut self, range: &Range<usize>) {
        let cells = self.row.take().unwrap_or_default();
        let headings = self.above();
        let text = cells.join(" | ");
        let index = self.push(Shape::Row, text, None, range.clone(), headings, None, 0);
        self.parsed.blocks[index].header = self.header.clone();
    }

    fn html(&mut self, html: &str, range: &Range<usize>) {
        let headings = self.above();
        self.push(Shape::Html, one_line(html), None, range.clone(), headings, None, 0);
    }

    #[allow(clippy::too_many_arguments)]
    fn push(
        &mut self,
        shape: Shape,
        text: String,
        lead: Option<String>,
        range: Range<usize>,
        headings: Vec<String>,
        parent: Option<usize>,
        linked: usize,
    ) -> usize {
        let end = range.start + self.text[range.clone()].trim_end().len();
        let (first, last) = (self.line_of(range.start), self.line_of(end.max(range.start + 1) - 1));
        let bytes = self.lines[first - 1]..self.lines.get(last).copied().unwrap_or(self.text.len());
        if let Some(parent) = parent {
            self.parsed.blocks[parent].has_list |= matches!(shape, Shape::Item | Shape::Step);
        }
        let lead = lead.map(|lead| one_line(&lead)).filter(|lead| !lead.is_empty());
        let lines = first..last + 1;
        let block =
            Block { shape, text, lead, lines, bytes, headings, parent, header: Vec::new(), linked, has_list: false };
        self.parsed.blocks.push(block);
        self.parsed.blocks.len() - 1
    }

    /// The line (from 1) of a byte.
    fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    /// Words such as `@docs/style.md`, outside of code.
    fn find_imports(&mut self, inline: &Inline) {
        let Some(source) = self.text.get(inline.start..inline.end) else { return };
        let mut at = inline.start;
        for word in source.split_inclusive(char::is_whitespace) {
            let path = word.trim().strip_prefix('@').unwrap_or_default();
            let is_path = path.contains(['.', '/']) && !path.contains(['`', '(', '@']) && !path.ends_with(['.', ',']);
            let is_package = path.contains('/') && !path.contains('.');
            if is_path && !is_package && !path.is_empty() {
                self.parsed.imports.push(Import { path: path.to_owned(), line: self.line_of(at) });
            }
            at += word.len();
        }
    }
}

/// Text with its line ends and doubled spaces as single spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Is a block nothing but a few bold words, which introduce what follows?
pub fn is_label(block: &Block) -> bool {
    let words = block.text.trim_end_matches(':');
    block.lead.as_deref().is_some_and(|lead| lead.trim_end_matches(':') == words) && words.len() < 60
}

/// The words by which a block introduces what follows, like a heading.
pub fn label(block: &Block) -> Option<String> {
    let introduces = block.text.ends_with(':') || is_label(block);
    introduces.then(|| block.text.trim_end_matches(':').to_owned())
}

/// The command of a code block that has just one; comments do not count.
pub fn one_command(code: &str) -> Option<String> {
    let mut lines = code.lines().map(|line| line.split("  #").next().unwrap_or_default().trim());
    let mut lines = lines.by_ref().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next()?.trim_start_matches("$ ");
    (lines.next().is_none() && line.len() < 100 && !line.contains('`')).then(|| format!("`{line}`"))
}
