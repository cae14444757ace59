//! TOML: kbc.toml as a document with the place of every value, and the values of TOML files of others.
//!
//! A text with faults is read as far as it can be, so that all of them are told at once.

mod statements;

use std::ops::Range;

use serde_json::{Number, Value};
use toml::de::{DeInteger, DeTable, DeValue};
use toml::{Spanned, Table};

pub use self::statements::{Form, Statement, statements};
use super::document::{Content, Document, Key, Mapping, Node, Syntax};
use crate::diag::{Code, Diagnostic, Sink};
use crate::text::source::{SourceId, Span};

/// Faults of syntax that are told of one text; what comes after the first few is often caused by them.
const MOST: usize = 8;

/// Reads a text. Whatever is wrong with its syntax is pushed; `None` then.
pub fn read(source: SourceId, text: &str, name: &str, diags: &mut Sink) -> Option<Document> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors.iter().take(MOST) {
        let span = Span::new(source, whole_characters(text, error.span().unwrap_or(0..0)));
        let message = format!("{name} cannot be read: {}", error.message().trim());
        diags.push(Diagnostic::new(Code::TomlSyntax, span, message).help("see https://toml.io for the form of TOML"));
    }
    let reader = Reader { source, text };
    errors.is_empty().then(|| Document::of(reader.table(table.get_ref(), 0..text.len()), Syntax::Toml))
}

struct Reader<'a> {
    source: SourceId,
    text: &'a str,
}

impl Reader<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, whole_characters(self.text, range))
    }

    fn table(&self, table: &DeTable, range: Range<usize>) -> Node {
        let mut entries: Vec<(Key, Node)> = table.iter().map(|(key, value)| self.entry(key, value)).collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        Node { span: self.span(range), content: Mapping::of(entries) }
    }

    fn entry(&self, key: &Spanned<std::borrow::Cow<str>>, value: &Spanned<DeValue>) -> (Key, Node) {
        let mut node = self.value(value);
        // A table that only dotted keys and headers below it name has no place of its own.
        if node.span.range().is_empty() {
            node.span = self.span(key.span());
        }
        (Key { text: key.get_ref().to_string(), span: self.span(key.span()) }, node)
    }

    fn value(&self, value: &Spanned<DeValue>) -> Node {
        let scalar = |text: String, value| Content::Scalar { text, value };
        let content = match value.get_ref() {
            DeValue::Table(table) => return self.table(table, value.span()),
            DeValue::Array(items) => Content::List(items.iter().map(|item| self.value(item)).collect()),
            DeValue::String(text) => scalar(text.to_string(), None),
            DeValue::Datetime(day) => scalar(day.to_string(), None),
            DeValue::Boolean(is) => scalar(is.to_string(), Some(Value::Bool(*is))),
            DeValue::Integer(number) => scalar(number.as_str().to_owned(), integer(number).map(Value::Number)),
            DeValue::Float(number) => {
                let value = number.as_str().parse().ok().and_then(Number::from_f64);
                scalar(number.as_str().to_owned(), value.map(Value::Number))
            }
        };
        Node { span: self.span(value.span()), content }
    }
}

/// A whole number; `None` if it is too large to be one.
fn integer(number: &DeInteger) -> Option<Number> {
    let (text, radix) = (number.as_str(), number.radix());
    let small = i64::from_str_radix(text, radix).map(Number::from);
    small.or_else(|_| u64::from_str_radix(text, radix).map(Number::from)).ok()
}

/// A range of bytes with the whole of the characters that it cuts: the reader names a character by its first byte.
fn whole_characters(text: &str, range: Range<usize>) -> Range<usize> {
    let is_begin = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=range.start.min(text.len())).rev().find(is_begin).unwrap_or(0);
    start..(range.end.max(start)..=text.len()).find(is_begin).unwrap_or(text.len())
}

/// The values of a text.
///
/// # Errors
/// What is wrong, if it is no TOML.
pub fn json(text: &str) -> Result<Value, String> {
    toml::from_str(text).map_err(|error| error.message().trim().to_owned())
}

/// The keys of a table, in their order; none, if there is no such table.
///
/// # Errors
/// What is wrong, if it is no TOML.
pub fn keys(text: &str, table: &[&str]) -> Result<Vec<String>, String> {
    let whole: Table = text.parse().map_err(|error: toml::de::Error| error.message().trim().to_owned())?;
    let start = Some(&whole);
    let found = table.iter().fold(start, |above, key| above?.get(*key)?.as_table());
    Ok(found.map(|table| table.keys().cloned().collect()).unwrap_or_default())
}

/// Every value by its pointer, but for some; a list of plain values is one. None, if the text is no TOML.
pub fn values(text: &str, is_left_out: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(table) = text.parse::<Table>() {
        values_in(&toml::Value::Table(table), "", is_left_out, &mut found);
    }
    found
}

fn values_in(
    value: &toml::Value,
    pointer: &str,
    is_left_out: &dyn Fn(&str) -> bool,
    found: &mut Vec<(String, String)>,
) {
    if is_left_out(pointer) {
        return;
    }
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(key, value)| values_in(value, &format!("{pointer}/{key}"), is_left_out, found));
        }
        toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
            for (index, item) in items.iter().enumerate() {
                values_in(item, &format!("{pointer}/{index}"), is_left_out, found);
            }
        }
        value => found.push((pointer.to_owned(), value.to_string())),
    }
}

/// A name as it is written in a key.
pub fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { toml::Value::from(name).to_string() }
}
