//! YAML with the place of every value: the one reader for front matter and data.
//!
//! [`read`] makes a tree in which every key and value knows its span, so that a fault found later
//! (by a schema, by linking) is shown at its own line and column. It is strict where readers differ:
//! duplicate keys, and plain scalars that YAML 1.1 and 1.2 understand differently, are errors.

mod reader;
mod scalar;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::{Map, Value};

pub use self::reader::read;
use self::scalar::plain_scalar;
use crate::diag::Sink;
use crate::text::source::{SourceId, Span};

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
    Mapping(Mapping),
}

/// Keys and values in the order of the text.
#[derive(Clone, Debug)]
struct Mapping {
    entries: Vec<(Key, Node)>,
    /// The entries by their keys, as indices, once somebody looks for one in a large mapping.
    index: OnceLock<HashMap<String, usize>>,
}

/// Entries up to which they are looked through.
const FEW: usize = 16;

impl Mapping {
    fn of(entries: Vec<(Key, Node)>) -> Content {
        Content::Mapping(Self { entries, index: OnceLock::new() })
    }

    fn get(&self, key: &str) -> Option<&(Key, Node)> {
        if self.entries.len() <= FEW {
            return self.entries.iter().find(|(known, _)| known.text == key);
        }
        let keys = || self.entries.iter().enumerate().map(|(at, (key, _))| (key.text.clone(), at)).collect();
        self.index.get_or_init(keys).get(key).map(|at| &self.entries[*at])
    }
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
        let Content::Mapping(mapping) = &node.content else { return node.span };
        mapping.get(member).map_or(node.span, |(key, _)| key.span)
    }

    /// Every value with its JSON pointer and the span of its key and value together, outermost first.
    pub fn walk(&self, visit: &mut impl FnMut(&str, Span)) {
        self.root.walk(&mut String::new(), self.root.span, visit);
    }

    /// Every key and scalar as its readers get it, escapes and all, with its JSON pointer and the span that it is
    /// written in. A key has the pointer of its value.
    pub fn texts<'a>(&'a self, visit: &mut impl FnMut(&str, Part, &'a str, Span)) {
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
                Content::Mapping(mapping) => mapping.get(&unescaped(step)).map(|(key, node)| (Some(key), node)),
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
            Content::Mapping(Mapping { entries, .. }) => {
                let pairs = entries.iter().map(|(key, node)| (key.text.clone(), node.to_json()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    fn texts<'a>(&'a self, pointer: &mut String, visit: &mut impl FnMut(&str, Part, &'a str, Span)) {
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
            Content::Mapping(Mapping { entries, .. }) => {
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
            Content::Mapping(Mapping { entries, .. }) => {
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

/// A value as block YAML that PyYAML (1.1) and 1.2 readers understand alike.
///
/// # Errors
/// Only if the value itself cannot be serialised, for example a float that is not finite.
pub fn write(value: &impl serde::Serialize) -> Result<String, String> {
    let options = serde_yaml::ser_options! { prefer_block_scalars: false };
    serde_yaml::to_string_with_options(value, options).map_err(|error| error.to_string())
}
