//! Open buffers over another world: what an editor shows and has not saved is as the editor has it, the rest as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::memory::in_order;
use super::{Bytes, Entry, Links, Matched, MemoryWorld, World};
use crate::diag::UserError;
use crate::text::glob::Globs;

/// Texts by path that stand for those of another world.
pub struct Overlay<'a> {
    under: &'a dyn World,
    open: MemoryWorld,
}

impl<'a> Overlay<'a> {
    pub fn new(under: &'a dyn World, open: BTreeMap<String, String>) -> Self {
        Self { under, open: MemoryWorld::of(open) }
    }
}

impl World for Overlay<'_> {
    fn exists(&self, path: &str) -> bool {
        self.open.exists(path) || self.under.exists(path)
    }

    fn read(&self, path: &str, limit: u64, links: Links) -> Bytes {
        match self.open.read(path, limit, links) {
            Bytes::Absent => self.under.read(path, limit, links),
            // A folder for the sake of a buffer in it.
            Bytes::NotAFile => match self.under.read(path, limit, links) {
                Bytes::Absent => Bytes::NotAFile,
                under => under,
            },
            open => open,
        }
    }

    fn files(&self, folder: &str, links: Links) -> Vec<Entry> {
        let mut paths = BTreeSet::new();
        let mut faults = Vec::new();
        for entry in self.open.files(folder, links).into_iter().chain(self.under.files(folder, links)) {
            match entry {
                Entry::File(path) => drop(paths.insert(path)),
                // A buffer is read whatever keeps the disk from it.
                Entry::Fault(Some(path), _) if self.open.exists(&path) => {}
                fault @ Entry::Fault(..) => faults.push(fault),
            }
        }
        let mut paths: Vec<String> = paths.into_iter().collect();
        in_order(&mut paths);
        faults.into_iter().chain(paths.into_iter().map(Entry::File)).collect()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let names = self.open.names(folder).into_iter().chain(self.under.names(folder));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn matches(&self, folder: &str, globs: &Globs) -> Matched {
        match self.open.matches(folder, globs) {
            Matched::Some => Matched::Some,
            Matched::None | Matched::NotAmong(_) | Matched::Unknown => self.under.matches(folder, globs),
        }
    }

    fn target(&self, path: &str) -> Result<String, UserError> {
        self.under.target(path)
    }

    fn day(&self) -> Option<String> {
        self.under.day()
    }
}
