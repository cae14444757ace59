//! A world of texts in memory: for tests, and for callers that have no disk.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bytes, Entry, Links, Matched, World};
use crate::diag::UserError;
use crate::text::glob::Globs;

/// Files by path. Folders are there as far as files lie in them; there are no links.
#[derive(Clone, Debug, Default)]
pub struct MemoryWorld {
    files: BTreeMap<String, Vec<u8>>,
    day: Option<String>,
}

impl MemoryWorld {
    pub fn of(files: impl IntoIterator<Item = (impl Into<String>, impl Into<Vec<u8>>)>) -> Self {
        let files = files.into_iter().map(|(path, bytes)| (path.into(), bytes.into()));
        Self { files: files.collect(), day: None }
    }

    /// The same on a day, YYYY-MM-DD.
    pub fn on(self, day: impl Into<String>) -> Self {
        Self { day: Some(day.into()), ..self }
    }

    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), bytes.into());
    }

    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    fn is_folder(&self, path: &str) -> bool {
        path.is_empty() || self.below(path).next().is_some()
    }

    fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self.files.range(prefix.clone()..);
        from.map(|(path, _)| path.as_str()).take_while(move |path| path.starts_with(&prefix))
    }
}

impl World for MemoryWorld {
    fn exists(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.is_folder(path)
    }

    fn read(&self, path: &str, limit: u64, _links: Links) -> Bytes {
        match self.files.get(path) {
            Some(bytes) if bytes.len() as u64 > limit => Bytes::TooLarge(bytes.len() as u64),
            Some(bytes) => Bytes::Found(bytes.clone()),
            None if self.is_folder(path) => Bytes::NotAFile,
            None => Bytes::Absent,
        }
    }

    fn files(&self, folder: &str, _links: Links) -> Vec<Entry> {
        // A walk of a file comes by that file.
        if self.files.contains_key(folder) {
            return vec![Entry::File(folder.to_owned())];
        }
        let shown = |path: &&str| !path[folder.len()..].contains("/.");
        let mut paths: Vec<&str> = self.below(folder).filter(shown).collect();
        in_order(&mut paths);
        paths.into_iter().map(|path| Entry::File(path.to_owned())).collect()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let start = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let name = |path: &str| path[start..].split('/').next().unwrap_or_default().to_owned();
        let names: BTreeSet<String> = self.below(folder).map(name).filter(|name| name != ".git").collect();
        names.into_iter().collect()
    }

    fn matches(&self, folder: &str, globs: &Globs) -> Matched {
        let start = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let is_git = |path: &str| path.split('/').any(|step| step == ".git");
        let matches = |path: &&str| {
            let ends = path.match_indices('/').map(|(at, _)| at).filter(|at| *at >= start).chain([path.len()]);
            !is_git(path) && ends.map(|end| &path[..end]).any(|part| globs.is_match(part))
        };
        if self.below(folder).any(|path| matches(&path)) { Matched::Some } else { Matched::None }
    }

    fn target(&self, path: &str) -> Result<String, UserError> {
        let is_plain = !path.is_empty() && path.split('/').all(|step| !["", ".", "..", ".git"].contains(&step));
        match is_plain {
            false => Err(UserError::new(format!("the output `{path}` is no path inside of the project"))),
            true if self.is_folder(path) => Err(UserError::new(format!("the output `{path}` is a folder"))
                .help("remove it, or give the template another `output`")),
            true => Ok(path.to_owned()),
        }
    }

    fn day(&self) -> Option<String> {
        self.day.clone()
    }
}

/// Sorts paths as a walk comes by them: name by name, so that `a/b` comes before `a-b`.
pub(super) fn in_order<T: AsRef<str>>(paths: &mut [T]) {
    paths.sort_by(|a, b| a.as_ref().split('/').cmp(b.as_ref().split('/')));
}
