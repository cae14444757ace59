//! YAML with the place of every value: the one reader for front matter and data.
//!
//! [`read`] makes a tree in which every key and value knows its span, so that a fault found later
//! (by a schema, by linking) is shown at its own line and column. It is strict where readers differ:
//! duplicate keys, and plain scalars that YAML 1.1 and 1.2 understand differently, are errors.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Map, Number, Value};
use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle};

use crate::diag::{Code, Diagnostic, Sink};
use crate::text::source::{SourceId, Span};

const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 100_000;

/// A YAML document as written.
#[derive(Clone, Debug)]
pub struct Document {
    root: Node,
}

#[derive(Clone, Debug)]
struct Node {
    span: Span,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Scalar { text: String, plain: bool },
    List(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
}

#[derive(Clone, Debug)]
struct Key {
    text: String,
    span: Span,
}

impl Document {
    /// The values alone, typed as the YAML 1.2 core schema has it.
    pub fn to_json(&self) -> Value {
        self.root.to_json()
    }

    /// The span of the value at a JSON pointer (`/rules/0/id`), or of the nearest value above it.
    pub fn span(&self, pointer: &str) -> Span {
        self.find(pointer).1.span
    }

    /// The span of the key of the value at a JSON pointer; of the value itself where it has no key.
    pub fn key_span(&self, pointer: &str) -> Span {
        match self.find(pointer) {
            (Some(key), _) => key.span,
            (None, node) => node.span,
        }
    }

    /// Is there a value at a JSON pointer, exactly?
    pub fn has(&self, pointer: &str) -> bool {
        self.follow(pointer).1
    }

    /// The span of a key that stands in the mapping at a JSON pointer.
    pub fn member_span(&self, pointer: &str, member: &str) -> Span {
        let (_, node) = self.find(pointer);
        let Content::Mapping(entries) = &node.content else { return node.span };
        entries.iter().find(|(key, _)| key.text == member).map_or(node.span, |(key, _)| key.span)
    }

    /// Every value with its JSON pointer and the span of its key and value together, outermost first.
    pub fn walk(&self, visit: &mut impl FnMut(&str, Span)) {
        self.root.walk(&mut String::new(), self.root.span, visit);
    }

    /// Every key and scalar as its readers get it, escapes and all, with its JSON pointer and the span that it is
    /// written in. A key has the pointer of its value.
    pub fn texts(&self, visit: &mut impl FnMut(&str, Part, &str, Span)) {
        self.root.texts(&mut String::new(), visit);
    }

    fn find(&self, pointer: &str) -> (Option<&Key>, &Node) {
        self.follow(pointer).0
    }

    /// The value at a JSON pointer or the nearest one above it, with its key; and whether it leads all the way.
    fn follow(&self, pointer: &str) -> ((Option<&Key>, &Node), bool) {
        let mut found = (None, &self.root);
        for step in pointer.split('/').skip(1) {
            let next = match &found.1.content {
                Content::Scalar { .. } => None,
                Content::List(items) => step.parse().ok().and_then(|i: usize| items.get(i)).map(|item| (None, item)),
                Content::Mapping(entries) => {
                    let step = unescaped(step);
                    entries.iter().find(|(key, _)| key.text == step).map(|(key, node)| (Some(key), node))
                }
            };
            let Some(next) = next else { return (found, false) };
            found = next;
        }
        (found, true)
    }
}

impl Node {
    fn to_json(&self) -> Value {
        match &self.content {
            Content::Scalar { text, plain: true } => plain_scalar(text),
            Content::Scalar { text, plain: false } => Value::String(text.clone()),
            Content::List(items) => items.iter().map(Node::to_json).collect(),
            Content::Mapping(entries) => {
                let pairs = entries.iter().map(|(key, node)| (key.text.clone(), node.to_json()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    fn texts(&self, pointer: &mut String, visit: &mut impl FnMut(&str, Part, &str, Span)) {
        let length = pointer.len();
        match &self.content {
            Content::Scalar { text, .. } => visit(pointer, Part::Value, text, self.span),
            Content::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let _ = write!(pointer, "/{index}");
                    item.texts(pointer, visit);
                    pointer.truncate(length);
                }
            }
            Content::Mapping(entries) => {
                for (key, node) in entries {
                    push_step(pointer, &key.text);
                    visit(pointer, Part::Key, &key.text, key.span);
                    node.texts(pointer, visit);
                    pointer.truncate(length);
                }
            }
        }
    }

    fn walk(&self, pointer: &mut String, span: Span, visit: &mut impl FnMut(&str, Span)) {
        visit(pointer, span);
        let length = pointer.len();
        match &self.content {
            Content::Scalar { .. } => {}
            Content::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let _ = write!(pointer, "/{index}");
                    item.walk(pointer, item.span, visit);
                    pointer.truncate(length);
                }
            }
            Content::Mapping(entries) => {
                for (key, node) in entries {
                    push_step(pointer, &key.text);
                    let whole = Span { start: key.span.start, ..node.span };
                    node.walk(pointer, whole, visit);
                    pointer.truncate(length);
                }
            }
        }
    }
}

/// Adds a key to a JSON pointer as a step (RFC 6901).
fn push_step(pointer: &mut String, key: &str) {
    pointer.push('/');
    if key.contains(['~', '/']) {
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
    } else {
        pointer.push_str(key);
    }
}

/// A step of a JSON pointer as the key that it stands for.
fn unescaped(step: &str) -> Cow<'_, str> {
    if step.contains('~') { step.replace("~1", "/").replace("~0", "~").into() } else { step.into() }
}

/// Is a text a key or a value?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Key,
    Value,
}

/// The type of a plain scalar by the core schema of YAML 1.2.
fn plain_scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return None;
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    if let Ok(whole) = plain.parse::<i64>() {
        return Some(whole.into());
    }
    if !plain.bytes().any(|b| b.is_ascii_digit()) || plain.contains(['i', 'n', 'I', 'N', '_']) {
        return None;
    }
    if let Some(hex) = plain.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(Number::from);
    }
    let value: f64 = plain.parse().ok()?;
    // 90.0 is a whole number wherever one is asked for.
    let is_whole = value.fract() == 0.0 && value.abs() < 1e15;
    if is_whole { Some(Number::from(value as i64)) } else { Number::from_f64(value) }
}

/// What a YAML 1.1 reader makes of a plain scalar that a 1.2 reader takes otherwise.
fn ambiguity(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    if ["yes", "no", "on", "off"].contains(&lower.as_str()) {
        return Some("a boolean");
    }
    let digits = lower.trim_start_matches(['-', '+']);
    if [".inf", ".nan"].contains(&digits) {
        return Some("no finite number");
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let all = |set: &str| !digits.is_empty() && digits.chars().all(|c| set.contains(c));
    if digits.contains('_') && all("0123456789_.") {
        return Some("a number without the underscore");
    }
    if digits.contains(':') && all("0123456789:.") {
        return Some("a number to the base of 60");
    }
    if digits.starts_with("0b") && digits[2..].chars().all(|c| "01_".contains(c)) {
        return Some("a binary number");
    }
    let octal = digits.len() > 1 && digits.starts_with('0') && (all("01234567") || digits.starts_with("0o"));
    octal.then_some("an octal number")
}

/// Reads one document from a part of a source. Whatever is wrong is pushed as a diagnostic; a
/// document with faults that leave no doubt about the rest is still returned.
pub fn read(source: SourceId, text: &str, offset: usize, diags: &mut Sink) -> Option<Document> {
    let mut options = Options::default();
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    options.emit_comments = false;
    let parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader { parser, source, text, offset, anchors: HashMap::new(), nodes: 0, diags };
    match reader.document() {
        Ok(root) => Some(Document { root }),
        Err(diagnostic) => {
            reader.diags.push(*diagnostic);
            None
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, serde_yaml::granit_parser::StrInput<'a>>,
    source: SourceId,
    text: &'a str,
    offset: usize,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    diags: &'a mut Sink,
}

type Fault = Box<Diagnostic>;

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node, Fault> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::StreamEnd | Event::DocumentEnd, span) => {
                    return Ok(Node { span, content: Content::Mapping(Vec::new()) });
                }
                (event, span) => {
                    let root = self.node(event, span)?;
                    return self.end_of_document(root);
                }
            }
        }
    }

    fn end_of_document(&mut self, root: Node) -> Result<Node, Fault> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(root),
                (Event::DocumentEnd, _) => {}
                (_, span) => {
                    let fault = Diagnostic::new(Code::YamlSyntax, span, "a second YAML document begins here");
                    return Err(Box::new(fault.help("keep one document in a file")));
                }
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Fault> {
        let end = Span::new(self.source, self.offset + self.text.len()..self.offset + self.text.len());
        match self.parser.next_event() {
            None => Ok((Event::StreamEnd, end)),
            Some(Ok((event, span))) => {
                let start = span.start.byte_offset().unwrap_or(self.text.len());
                let end = span.end.byte_offset().unwrap_or(start).max(start);
                let end = start + self.text.get(start..end).map_or(0, |text| text.trim_end().len());
                Ok((event, Span::new(self.source, self.offset + start..self.offset + end)))
            }
            Some(Err(error)) => Err(self.syntax(&error)),
        }
    }

    fn syntax(&self, error: &serde_yaml::granit_parser::ScanError) -> Fault {
        let at = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
        let span = Span::new(self.source, self.offset + at..self.offset + at);
        let info = error.info();
        let too_deep = info.contains("nesting") || info.contains("depth") || info.contains("recursion");
        Box::new(if too_deep {
            Diagnostic::new(Code::YamlTooDeep, span, format!("YAML is nested deeper than {MAX_DEPTH} levels"))
                .help("no format of kbc nests that deep; look for an unclosed bracket")
        } else {
            let is_tab = self.text[at..].starts_with('\t') || info.contains("tab");
            Diagnostic::new(Code::YamlSyntax, span, format!("YAML cannot be read: {info}")).help(if is_tab {
                "indent with spaces, not with tabs"
            } else {
                "put text with `: `, ` #` or a leading special character in quotes"
            })
        })
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Fault> {
        self.count(1, span)?;
        if let Event::Scalar(.., Some(tag)) | Event::SequenceStart(.., Some(tag)) | Event::MappingStart(.., Some(tag)) =
            &event
        {
            let fault =
                Diagnostic::new(Code::YamlSyntax, span, format!("the YAML tag `{}` is not supported", tag.original()));
            return Err(Box::new(fault.help("write the value without a tag; put text in quotes")));
        }
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, _) => (anchor, self.scalar(&text, style, span)),
            Event::SequenceStart(_, anchor, _) => (anchor, self.list(span)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.mapping(span)?),
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    let fault = Diagnostic::new(Code::YamlSyntax, span, "an alias that contains itself");
                    return Err(Box::new(fault.help("write the value out")));
                };
                self.count(size(&node), span)?;
                return Ok(Node { span, ..node });
            }
            _ => {
                let fault = Diagnostic::new(Code::YamlSyntax, span, "a value is missing here");
                return Err(Box::new(fault.help("write a value, or delete the key")));
            }
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn count(&mut self, more: usize, span: Span) -> Result<(), Fault> {
        self.nodes += more;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("YAML holds more than {MAX_NODES} values once its aliases are expanded");
        Err(Box::new(Diagnostic::new(Code::YamlTooDeep, span, message).help("write the values out")))
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Node {
        let plain = style == ScalarStyle::Plain;
        if plain && let Some(other) = ambiguity(text) {
            self.diags.push(
                Diagnostic::new(
                    Code::AmbiguousScalar,
                    span,
                    format!("`{text}` means different things to different YAML readers"),
                )
                .label(format!("{other} in YAML 1.1, text in 1.2"))
                .help(format!("write \"{text}\" if it is text; write it plainly if it is a number or boolean")),
            );
            // It has been complained about; for all that follows it is the text as written.
            return Node { span, content: Content::Scalar { text: text.to_owned(), plain: false } };
        }
        Node { span, content: Content::Scalar { text: text.to_owned(), plain } }
    }

    fn list(&mut self, start: Span) -> Result<Node, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, end) => {
                    let end = items.last().map_or(end.end, |last: &Node| last.span.end.max(end.end));
                    return Ok(Node { span: Span { end, ..start }, content: Content::List(items) });
                }
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn mapping(&mut self, start: Span) -> Result<Node, Fault> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            let text = match event {
                Event::MappingEnd => {
                    let end = entries.last().map_or(span.end, |(_, last)| last.span.end.max(span.end));
                    return Ok(Node { span: Span { end, ..start }, content: Content::Mapping(entries) });
                }
                Event::Scalar(text, ..) => text.into_owned(),
                _ => {
                    let fault = Diagnostic::new(Code::YamlSyntax, span, "a key must be text");
                    return Err(Box::new(fault.help("put a value that begins with `{` or `[` in quotes")));
                }
            };
            let (event, value_span) = self.next()?;
            let value = self.node(event, value_span)?;
            match seen.get(&text).map(|index| &entries[*index].0) {
                Some(first) => self.diags.push(
                    Diagnostic::new(Code::DuplicateKey, span, format!("the key `{text}` stands here twice"))
                        .label("again")
                        .also(first.span, "first here")
                        .help("delete one of the two"),
                ),
                None => {
                    seen.insert(text.clone(), entries.len());
                    entries.push((Key { text, span }, value));
                }
            }
        }
    }
}

/// Do two texts hold the same documents? The order of keys does not count, that of items does.
pub fn same(a: &str, b: &str) -> bool {
    let documents = |text: &str| -> Option<Vec<Value>> {
        let text = text.replace("\r\n", "\n");
        let parts = text.split("\n---\n").map(|part| {
            let mut diags = Sink::new();
            let document = read(SourceId::default(), part, 0, &mut diags).filter(|_| diags.is_empty())?;
            Some(document.to_json())
        });
        parts.collect()
    };
    documents(a).is_some_and(|a| Some(a) == documents(b))
}

fn size(node: &Node) -> usize {
    1 + match &node.content {
        Content::Scalar { .. } => 0,
        Content::List(items) => items.iter().map(size).sum(),
        Content::Mapping(entries) => entries.iter().map(|(_, node)| size(node)).sum(),
    }
}

/// A value as block YAML that PyYAML (1.1) and 1.2 readers understand alike.
///
/// # Errors
/// Only if the value itself cannot be serialised, for example a float that is not finite.
pub fn write(value: &impl serde::Serialize) -> Result<String, String> {
    let options = serde_yaml::ser_options! { prefer_block_scalars: false };
    serde_yaml::to_string_with_options(value, options).map_err(|error| error.to_string())
}
