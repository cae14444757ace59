//! Where things stand in kbc.toml. It is parsed once for all of them.

use std::collections::HashMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::text::source::{SourceId, Span};

/// Where the keys and values of kbc.toml stand, by pointer (`/waivers/0/owner`).
#[derive(Clone, Debug, Default)]
pub struct Places {
    source: SourceId,
    keys: HashMap<String, Range<usize>>,
    values: HashMap<String, Range<usize>>,
}

impl Places {
    pub fn of(source: SourceId, text: &str) -> Self {
        let mut places = Self { source, ..Self::default() };
        walk(text, &mut |pointer, part, _, range| {
            let known = match part {
                Part::Key => &mut places.keys,
                Part::Value => &mut places.values,
            };
            known.insert(pointer.to_owned(), range);
        });
        places
    }

    /// Where the value at a pointer stands, or the nearest one above it that is there; the begin of the file if there is none.
    pub fn at(&self, pointer: &str) -> Span {
        self.find(pointer, &self.values)
    }

    /// Where the key at a pointer (`/roles/cache`) stands, or the nearest one above it that is there.
    pub fn key_at(&self, pointer: &str) -> Span {
        self.find(pointer, &self.keys)
    }

    /// Where a part of a waiver stands.
    pub fn of_waiver(&self, index: usize, key: &str) -> Span {
        self.at(&format!("/waivers/{index}/{key}"))
    }

    fn find(&self, pointer: &str, known: &HashMap<String, Range<usize>>) -> Span {
        let above = std::iter::successors(Some(pointer), |pointer| Some(pointer.rsplit_once('/')?.0));
        let mut ranges = above.filter_map(|pointer| known.get(pointer));
        Span::new(self.source, ranges.find(|range| !range.is_empty()).cloned().unwrap_or_default())
    }
}

/// Is a text the name of a setting, or its value?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Key,
    Value,
}

/// Is handed a pointer, a key or a value, and its place.
type Visit<'a> = &'a mut dyn FnMut(&str, Part, &str, Range<usize>);

/// Every key and value of the settings with its pointer and its place; a value that is no text is shown as an empty one.
/// Nothing, if the file is no TOML.
pub fn walk(text: &str, visit: Visit) {
    let Ok(table) = DeTable::parse(text) else { return };
    walk_table(table.get_ref(), "", visit);
}

fn walk_table(table: &DeTable, pointer: &str, visit: Visit) {
    for (key, value) in table {
        let pointer = format!("{pointer}/{}", key.get_ref());
        visit(&pointer, Part::Key, key.get_ref(), key.span());
        walk_value(value, &pointer, visit);
    }
}

fn walk_value(value: &Spanned<DeValue>, pointer: &str, visit: Visit) {
    visit(pointer, Part::Value, value.get_ref().as_str().unwrap_or_default(), value.span());
    if let Some(table) = value.get_ref().as_table() {
        walk_table(table, pointer, visit);
    }
    for (index, item) in value.get_ref().as_array().into_iter().flatten().enumerate() {
        walk_value(item, &format!("{pointer}/{index}"), visit);
    }
}
