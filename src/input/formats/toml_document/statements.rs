//! The keys of a TOML text as they are written, each with its bytes: what an edit that keeps the rest of the text needs.

use std::borrow::Cow;
use std::ops::Range;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `[a.b]` or `[[a.b]]`.
    Header,
    /// `a.b = ...` on lines of its own.
    Line,
    /// `a.b = ...` between braces.
    Inline,
}

/// A key as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub form: Form,
    /// The names that lead to it from the top, without the indices of lists.
    pub path: Vec<String>,
    /// The bytes of those of the names that are written here; the others are above.
    pub parts: Vec<Range<usize>>,
    /// The bytes of the value; of a header, of the brackets.
    pub value: Range<usize>,
}

impl Statement {
    /// How many names are written elsewhere: in a header, or before the braces.
    pub fn above(&self) -> usize {
        self.path.len() - self.parts.len()
    }

    /// The bytes of the names that are written here.
    pub fn key(&self) -> Range<usize> {
        let start = self.parts.first().map_or(self.value.start, |part| part.start);
        start..self.parts.last().map_or(start, |part| part.end)
    }
}

/// Every key of a text in the order of the text. One that is no TOML has what could be read of it.
pub fn statements(text: &str) -> Vec<Statement> {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut events: Vec<Event> = Vec::new();
    parse_document(&tokens, &mut |event| events.push(event), &mut ());
    let mut reading = Reading { source, found: Vec::new(), header: Vec::new(), open: Vec::new(), key: Vec::new() };
    events.iter().for_each(|event| reading.event(event));
    reading.found
}

/// A list or an inline table that is open.
struct Open {
    /// The path of what is in it.
    path: Vec<String>,
    is_table: bool,
    /// The statement that it is the value of, if it is one.
    statement: Option<usize>,
}

struct Reading<'a> {
    source: Source<'a>,
    found: Vec<Statement>,
    header: Vec<String>,
    open: Vec<Open>,
    /// The names of a key whose value has not come yet.
    key: Vec<(String, Range<usize>)>,
}

impl Reading<'_> {
    fn event(&mut self, event: &Event) {
        let range = event.span().start()..event.span().end();
        match event.kind() {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.key.clear();
                self.found.push(Statement { form: Form::Header, path: Vec::new(), parts: Vec::new(), value: range });
            }
            EventKind::StdTableClose | EventKind::ArrayTableClose => self.end_of_header(range.end),
            EventKind::SimpleKey => {
                let mut name = Cow::Borrowed("");
                if let Some(raw) = self.source.get(event) {
                    raw.decode_key(&mut name, &mut ());
                }
                self.key.push((name.into_owned(), range));
            }
            EventKind::KeyValSep => self.begin_of_value(range.end),
            EventKind::Scalar => self.end_of_value(range),
            EventKind::ArrayOpen | EventKind::InlineTableOpen => self.enter(range, event.kind()),
            EventKind::ArrayClose | EventKind::InlineTableClose => {
                let statement = self.open.pop().and_then(|open| open.statement);
                if let Some(statement) = statement {
                    self.found[statement].value.end = range.end;
                }
            }
            EventKind::KeySep
            | EventKind::ValueSep
            | EventKind::Whitespace
            | EventKind::Comment
            | EventKind::Newline
            | EventKind::Error => {}
        }
    }

    fn end_of_header(&mut self, end: usize) {
        let (path, parts): (Vec<String>, Vec<Range<usize>>) = self.key.drain(..).unzip();
        self.header.clone_from(&path);
        self.open.clear();
        if let Some(header) = self.found.last_mut().filter(|last| last.form == Form::Header) {
            (header.path, header.parts, header.value.end) = (path, parts, end);
        }
    }

    fn begin_of_value(&mut self, at: usize) {
        let is_inline = self.open.last().is_some_and(|open| open.is_table);
        let above = self.open.last().map_or(&self.header, |open| &open.path).clone();
        let (names, parts): (Vec<String>, Vec<Range<usize>>) = self.key.drain(..).unzip();
        let form = if is_inline { Form::Inline } else { Form::Line };
        self.found.push(Statement { form, path: [above, names].concat(), parts, value: at..at });
    }

    /// The statement whose value comes next: the last one, unless it has its value.
    fn waiting(&self) -> Option<usize> {
        let last = self.found.len().checked_sub(1)?;
        let statement = &self.found[last];
        (statement.form != Form::Header && statement.value.is_empty()).then_some(last)
    }

    fn end_of_value(&mut self, range: Range<usize>) {
        if let Some(statement) = self.waiting() {
            self.found[statement].value = range;
        }
    }

    fn enter(&mut self, range: Range<usize>, kind: EventKind) {
        let statement = self.waiting();
        let path = match statement {
            Some(statement) => self.found[statement].path.clone(),
            None => self.open.last().map_or(&self.header, |open| &open.path).clone(),
        };
        self.end_of_value(range);
        self.open.push(Open { path, is_table: kind == EventKind::InlineTableOpen, statement });
    }
}
