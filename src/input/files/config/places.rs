//! Where things stand in kbc.toml.

use crate::input::formats::document::{Document, Part};
use crate::text::source::{SourceId, Span};

/// Where the keys and values of kbc.toml stand, by pointer (`/allow/0/owner`).
#[derive(Clone, Debug, Default)]
pub struct Places {
    source: SourceId,
    document: Option<Document>,
}

impl Places {
    pub fn of(source: SourceId, document: Option<Document>) -> Self {
        Self { source, document }
    }

    /// Where the value at a pointer stands, or the nearest one above it that is there; the begin of the file if there is none.
    pub fn at(&self, pointer: &str) -> Span {
        self.find(pointer, Document::span)
    }

    /// Where the key at a pointer (`/roles/cache`) stands, or the nearest one above it that is there.
    pub fn key_at(&self, pointer: &str) -> Span {
        self.find(pointer, Document::key_span)
    }

    /// Where the key of the value at a pointer stands, if it is there.
    pub fn set_at(&self, pointer: &str) -> Option<Span> {
        let document = self.document.as_ref().filter(|document| document.has(pointer))?;
        Some(document.key_span(pointer))
    }

    /// Every key and value as its readers get it, with its pointer and its place.
    pub fn texts<'a>(&'a self, visit: &mut impl FnMut(&str, Part, &'a str, Span)) {
        if let Some(document) = &self.document {
            document.texts(visit);
        }
    }

    fn find(&self, pointer: &str, place: fn(&Document, &str) -> Span) -> Span {
        let is_found =
            |document: &&Document| pointer.split('/').nth(1).is_some_and(|key| document.has(&format!("/{key}")));
        let document = self.document.as_ref().filter(is_found);
        document.map_or_else(|| Span::new(self.source, 0..0), |document| place(document, pointer))
    }
}
