//! The door to the outside: every question that compiling may ask of the files and the calendar around it. Nothing below
//! `host` reads a file, a folder or the clock in another way.

mod memory;
mod overlay;
mod recorded;

pub use memory::MemoryWorld;
pub use overlay::Overlay;
pub use recorded::{Record, Recorded};

use serde::{Deserialize, Serialize};

use crate::diag::UserError;
use crate::text::glob::Globs;

/// The most bytes of a file that papers refer to.
const MAX_CONTENT: u64 = 8 << 20;

/// A project and its surroundings. Paths are relative to the folder of the knowledge base, with forward slashes.
///
/// A closure that tells whether a path is there is such a world, of which no more is known.
pub trait World: Sync {
    /// Is a file or folder there, inside of the project?
    fn exists(&self, path: &str) -> bool;

    /// A file, to the byte, unless it has more than `limit` bytes.
    fn read(&self, path: &str, _limit: u64, _links: Links) -> Bytes {
        if self.exists(path) { Bytes::Unknown } else { Bytes::Absent }
    }

    /// All files below a folder in the order of their names, without hidden ones. A folder that is not there has none.
    fn files(&self, _folder: &str, _links: Links) -> Vec<Entry> {
        Vec::new()
    }

    /// The names in a folder inside of the project, hidden ones too, in their order.
    fn names(&self, _folder: &str) -> Vec<String> {
        Vec::new()
    }

    /// Does a file or folder match, below a folder that is there?
    fn matches(&self, _folder: &str, _globs: &Globs) -> Matched {
        Matched::Unknown
    }

    /// The path that a write to a path changes once links are followed.
    ///
    /// # Errors
    /// Why kbc does not write there: it leads out of the project, or is a folder.
    fn target(&self, path: &str) -> Result<String, UserError> {
        Ok(path.to_owned())
    }

    /// The day that reviews are due by, YYYY-MM-DD; `None` if no review is due on any day.
    fn day(&self) -> Option<String> {
        None
    }

    /// What a file inside of the project says, as text.
    fn content(&self, path: &str) -> Content {
        match self.read(path, MAX_CONTENT, Links::Inside) {
            Bytes::Found(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Content::Text(text.trim_start_matches('\u{feff}').to_owned()),
                Err(_) => Content::Unreadable("stream did not contain valid UTF-8".into()),
            },
            Bytes::Absent => Content::Absent,
            Bytes::TooLarge(_) => Content::Unreadable(format!("it has more than {} MiB", MAX_CONTENT >> 20)),
            Bytes::NotAFile | Bytes::Link(_) => Content::Unreadable("it is no file".into()),
            Bytes::Unreadable(why) => Content::Unreadable(why),
            Bytes::Unknown => Content::Unknown,
        }
    }
}

/// Which links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub enum Links {
    /// All: the inputs of a knowledge base may lie elsewhere.
    Followed,
    /// Those that stay inside of the project; what others lead to is not there.
    Inside,
    /// None: a link is a link.
    Left,
}

/// A file to the byte, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bytes {
    Found(Vec<u8>),
    Absent,
    /// How many bytes it has.
    TooLarge(u64),
    /// A folder, a device, a pipe.
    NotAFile,
    /// What it leads to, where links are left.
    Link(String),
    /// It is there, but cannot be read, and why.
    Unreadable(String),
    /// Nobody can say, so nothing follows from it.
    Unknown,
}

/// What a walk comes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    File(String),
    /// What could not be looked at, if that is known, and why.
    Fault(Option<String>, String),
}

/// A file as text, or why not.
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
