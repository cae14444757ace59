//! A document as a tree with the place of every key and value, whichever syntax it was written in.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::text::source::Span;

/// A document as written.
#[derive(Clone, Debug)]
pub struct Document {
    root: Node,
    syntax: Syntax,
}

/// What a document was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    Yaml,
    Toml,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub span: Span,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    /// Its text as its readers get it, and its value where that is no text.
    Scalar {
        text: String,
        value: Option<Value>,
    },
    List(Vec<Node>),
    Mapping(Mapping),
}

/// Keys and values in the order of the text.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    pub entries: Vec<(Key, Node)>,
    /// The entries by their keys, as indices, once somebody looks for one in a large mapping.
    index: OnceLock<HashMap<String, usize>>,
}

/// Entries up to which they are looked through.
const FEW: usize = 16;

impl Mapping {
    pub fn of(entries: Vec<(Key, Node)>) -> Content {
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
pub(super) struct Key {
    pub text: String,
    pub span: Span,
}

impl Document {
    pub(super) fn of(root: Node, syntax: Syntax) -> Self {
        Self { root, syntax }
    }

    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// The values alone.
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

    /// The span that stands for the value at a JSON pointer: its key, or the first key of an item of a list.
    pub fn item_span(&self, pointer: &str) -> Span {
        match self.find(pointer) {
            (Some(key), _) => key.span,
            (None, node) => match &node.content {
                Content::Mapping(mapping) => mapping.entries.first().map_or(node.span, |(key, _)| key.span),
                Content::Scalar { .. } | Content::List(_) => node.span,
            },
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
            Content::Scalar { value: Some(value), .. } => value.clone(),
            Content::Scalar { text, value: None } => Value::String(text.clone()),
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
