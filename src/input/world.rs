//! The door to the repository around a knowledge base: what linking may ask of it, and nothing else.

use crate::text::glob::Globs;

/// The project that a knowledge base lies in. Paths are relative to its folder, with forward slashes; what lies outside
/// of it is not there. A closure that tells whether a path is there is such a project, of which no more is known.
pub trait World: Sync {
    /// Is a file or folder there?
    fn exists(&self, path: &str) -> bool;

    /// What a file says.
    fn content(&self, path: &str) -> Content {
        if self.exists(path) { Content::Unknown } else { Content::Absent }
    }

    /// Does a file or folder match, below a folder that is there?
    fn matches(&self, _folder: &str, _globs: &Globs) -> Matched {
        Matched::Unknown
    }

    /// The names in a folder, in their order.
    fn names(&self, _folder: &str) -> Vec<String> {
        Vec::new()
    }
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Text(String),
    Absent,
    /// It is there, but cannot be read, and why.
    Unreadable(String),
    /// Nobody can say, so nothing follows from it.
    Unknown,
}

/// Whether something matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    Some,
    None,
    /// Nothing of what was looked at, and so many there are at least.
    NotAmong(usize),
    /// Nobody can say, so nothing follows from it.
    Unknown,
}

impl<F: Fn(&str) -> bool + Sync> World for F {
    fn exists(&self, path: &str) -> bool {
        self(path)
    }
}
