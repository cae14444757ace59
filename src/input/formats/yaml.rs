//! YAML with the place of every value: the one reader for front matter and data.
//!
//! [`read`] makes a tree in which every key and value knows its span, so that a fault found later
//! (by a schema, by linking) is shown at its own line and column. It is strict where readers differ:
//! duplicate keys, and plain scalars that YAML 1.1 and 1.2 understand differently, are errors.

mod reader;
mod scalar;

use serde_json::Value;

/// A list that is written in one line. For ids only: the writer does not quote what has a meaning in such a list.
pub use serde_yaml::FlowSeq as IdsInOneLine;

pub use self::reader::read;
use super::document::{Content, Key, Mapping, Node};
pub use super::document::{Document, Part};
use crate::diag::Sink;
use crate::text::source::SourceId;

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
