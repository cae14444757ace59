//! Events of the parser to a tree with the place of every value.

use std::collections::HashMap;

use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle};

use super::scalar::{ambiguity, plain_scalar};
use super::{Content, Document, Key, Mapping, Node};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::formats::document::Syntax;
use crate::text::source::{SourceId, Span};

const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 100_000;

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
        Ok(root) => Some(Document::of(root, Syntax::Yaml)),
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
                    return Ok(Node { span, content: Mapping::of(Vec::new()) });
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
                    Code::AmbiguousValue,
                    span,
                    format!("`{text}` means different things to different YAML readers"),
                )
                .label(format!("{other} in YAML 1.1, text in 1.2"))
                .help(format!("write \"{text}\" if it is text; write it plainly if it is a number or boolean")),
            );
            // It has been complained about; for all that follows it is the text as written.
            return Node { span, content: Content::Scalar { text: text.to_owned(), value: None } };
        }
        let value = plain.then(|| plain_scalar(text)).filter(|value| !value.is_string());
        Node { span, content: Content::Scalar { text: text.to_owned(), value } }
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
                    return Ok(Node { span: Span { end, ..start }, content: Mapping::of(entries) });
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
                    Diagnostic::new(Code::DuplicateKey, span, format!("the key `{text}` appears twice"))
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

fn size(node: &Node) -> usize {
    1 + match &node.content {
        Content::Scalar { .. } => 0,
        Content::List(items) => items.iter().map(size).sum(),
        Content::Mapping(Mapping { entries, .. }) => entries.iter().map(|(_, node)| size(node)).sum(),
    }
}
