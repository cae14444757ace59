//! A knowledge base as it was committed, as the rest of kbc asks for it. Nothing of the work tree is read.

use std::path::Path;

use anyhow::{Result, bail};

use super::commit::{self, Node, Object, Objects, Tree};
use super::repository::Repository;
use crate::diag::UserError;
use crate::host::paths::{relative, repository};
use crate::input::world::{Bytes, Entry, Links, Matched, World};
use crate::text::glob::Globs;

/// The tree of a commit, below the folder of a knowledge base.
#[derive(Debug)]
pub struct Snapshot {
    /// Its folder in the repository holds references, which git reads as long as it runs.
    _repository: Repository,
    tree: Tree,
    objects: Objects,
}

impl Snapshot {
    /// The knowledge base in a folder as a revision has it.
    ///
    /// # Errors
    /// If there is no git or no repository, or it has no such revision, or that has no knowledge base there.
    pub fn at(root: &Path, revision: &str) -> Result<Self> {
        let root = root.canonicalize()?;
        let Some(top) = repository(&root) else {
            bail!(UserError::new(format!("`{}` is not in a git repository", root.display())).help("leave `--at` out"));
        };
        let opened = Repository::open(top)?;
        let Some(commit) = commit::resolve(&opened, revision)? else {
            let help = "`git log --oneline` and `git branch -a` list what it has; a shallow clone may have to fetch it";
            let unknown = || UserError::new(format!("the repository has no revision `{revision}`")).help(help);
            bail!(commit::not_looked_up(revision).unwrap_or_else(unknown));
        };
        let folder = relative(top, &root);
        let tree = commit::tree(&opened, &commit, &folder).map_err(|_| {
            UserError::new(format!("`{revision}` has no folder `{folder}`"))
                .help("the knowledge base is newer than that: leave `--at` out")
        })?;
        if !tree.keys().any(|path| path == "kbc.toml" || path.starts_with("papers/")) {
            bail!(
                UserError::new(format!(
                    "`{revision}` has no knowledge base in `{folder}`: neither kbc.toml nor papers/"
                ))
                .help("it is newer than that: leave `--at` out")
            );
        }
        let objects = Objects::of(&opened)?;
        Ok(Self { _repository: opened, tree, objects })
    }

    fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Node)> {
        let within =
            move |path: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        self.tree.iter().filter(move |(path, _)| within(path)).map(|(path, node)| (path.as_str(), node))
    }
}

impl World for Snapshot {
    fn exists(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./").trim_end_matches('/');
        path.is_empty() || self.tree.contains_key(path) || self.below(path).next().is_some()
    }

    fn read(&self, path: &str, limit: u64, _links: Links) -> Bytes {
        match self.tree.get(path) {
            None if self.exists(path) => Bytes::NotAFile,
            None => Bytes::Absent,
            Some(Node::Link) => Bytes::Unreadable("it is a link, and links of a revision are not followed".into()),
            Some(Node::Submodule(_)) => Bytes::NotAFile,
            Some(Node::File(object)) => match self.objects.get(object, limit) {
                Ok(Object::Found(bytes)) => Bytes::Found(bytes),
                Ok(Object::TooLarge(size)) => Bytes::TooLarge(size),
                Ok(Object::Missing) => Bytes::Unreadable("this clone does not have it".into()),
                Err(error) => Bytes::Unreadable(error.to_string()),
            },
        }
    }

    fn files(&self, folder: &str, links: Links) -> Vec<Entry> {
        let is_seen = |path: &str| !path.split('/').any(|part| part.starts_with('.'));
        let is_file = |node: &Node| matches!(node, Node::File(_)) || (*node == Node::Link && links != Links::Left);
        let seen = self.below(folder).filter(|(path, node)| {
            is_file(node) && is_seen(path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/'))
        });
        seen.map(|(path, _)| Entry::File(path.to_owned())).collect()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let inside = |path: &str| {
            let rest = if folder.is_empty() { path } else { path.strip_prefix(folder)?.strip_prefix('/')? };
            rest.split('/').next().map(str::to_owned)
        };
        let mut names: Vec<String> = self.below(folder).filter_map(|(path, _)| inside(path)).collect();
        names.dedup();
        names.sort();
        names.dedup();
        names
    }

    fn matches(&self, folder: &str, globs: &Globs) -> Matched {
        let found = self.below(folder).any(|(path, _)| {
            let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
            folders.chain([path]).any(|path| globs.is_match(path))
        });
        if found { Matched::Some } else { Matched::None }
    }
}
