//! What became of files since a revision: each is held against the repository that it lies in.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::commit::{self, Node, Object, Objects, Tree};
use super::repository::Repository;
use crate::diag::UserError;
use crate::host::code::MAX_CODE;
use crate::host::paths::{self, relative};
use crate::host::read;

/// Files that are looked through for the old text of one that was renamed.
const MAX_CANDIDATES: usize = 64;

/// Files since a revision.
#[derive(Debug)]
pub struct Changes {
    revision: String,
    /// By the folder in which their `.git` stands; `None`, where the revision is not there.
    repositories: BTreeMap<PathBuf, Option<Base>>,
    /// What a person should know of the comparison.
    pub notes: Vec<String>,
}

/// The commit of a repository that its files are held against.
#[derive(Debug)]
struct Base {
    repository: Repository,
    tree: Tree,
    objects: Objects,
}

impl Changes {
    /// The files in the repository around a folder and in others, since a revision. `shown` is the folder's name for people.
    ///
    /// # Errors
    /// If there is no git or no repository, or it has no such revision.
    pub fn since(folder: &Path, shown: &Path, revision: &str) -> Result<Self> {
        let mut changes = Self { revision: revision.to_owned(), repositories: BTreeMap::new(), notes: Vec::new() };
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
        let Some(root) = paths::repository(&whole) else {
            bail!(
                UserError::new(format!(
                    "`{}` is not in a git repository, so there is nothing to compare with",
                    shown.display()
                ))
                .help("review without `--since`")
            );
        };
        changes.open(root)?;
        if changes.repositories[root].is_none() {
            bail!(changes.no_revision(root));
        }
        Ok(changes)
    }

    fn no_revision(&self, root: &Path) -> UserError {
        let is_shallow = Repository::open(root).is_ok_and(|repository| repository.is_shallow());
        let revision = &self.revision;
        if let Some(why) = commit::not_looked_up(revision) {
            return why;
        }
        if is_shallow {
            return UserError::new(format!("the repository has no revision `{revision}`, and it is a shallow clone"))
                .help("fetch more of it: `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout");
        }
        UserError::new(format!("the repository has no revision `{revision}`"))
            .help("`git log --oneline` and `git branch -a` list what it has")
    }

    /// Reads a repository, and before it the one around it: this says at which commit a submodule was.
    fn open(&mut self, root: &Path) -> Result<()> {
        if self.repositories.contains_key(root) {
            return Ok(());
        }
        let around = root.parent().and_then(paths::repository).map(Path::to_path_buf);
        let mut named = None;
        if let Some(around) = &around {
            self.open(around)?;
            let base = self.repositories[around].as_ref();
            named = base.and_then(|base| match base.tree.get(&relative(around, root)) {
                Some(Node::Submodule(commit)) => Some(commit.clone()),
                _ => None,
            });
        }
        let repository = Repository::open(root)?;
        let commit = match &named {
            Some(commit) => commit::resolve(&repository, commit)?,
            None => self.parted(&repository)?,
        };
        let base = match commit {
            None => None,
            Some(commit) => {
                let tree = commit::tree(&repository, &commit, "")?;
                let objects = Objects::of(&repository)?;
                Some(Base { repository, tree, objects })
            }
        };
        if base.is_none() && (around.is_some() || !self.repositories.is_empty()) {
            let missing = named.unwrap_or_else(|| format!("revision `{}`", self.revision));
            self.notes.push(format!("the repository `{}` has no {missing}: all in it counts as new", root.display()));
        }
        self.repositories.insert(root.to_path_buf(), base);
        Ok(())
    }

    /// The commit at which the current one and the revision parted: what the other side did since then is not new here.
    fn parted(&mut self, repository: &Repository) -> Result<Option<String>> {
        let Some(commit) = commit::resolve(repository, &self.revision)? else { return Ok(None) };
        let Some(head) = commit::resolve(repository, "HEAD")? else { return Ok(Some(commit)) };
        let base = commit::merge_base(repository, &head, &commit)?;
        if base.is_none() {
            let why = if repository.is_shallow() { " in this shallow clone" } else { "" };
            let revision = &self.revision;
            self.notes.push(format!(
                "`HEAD` and `{revision}` have no commit in common{why}, so files are compared with `{revision}` itself"
            ));
        }
        Ok(base.or(Some(commit)))
    }

    /// What a file said; `None`, if it is new since the revision. A file outside of every repository is new.
    ///
    /// # Errors
    /// If git fails in the middle.
    pub fn old_text(&mut self, file: &Path) -> Result<Option<String>> {
        let Ok(file) = file.canonicalize() else { return Ok(None) };
        let Some(root) = file.parent().and_then(paths::repository).map(Path::to_path_buf) else {
            return Ok(None);
        };
        self.open(&root)?;
        let Some(base) = &self.repositories[&root] else { return Ok(None) };
        let path = relative(&root, &file);
        let old = match base.tree.get(&path) {
            Some(Node::File(object)) => base.objects.get(object, MAX_CODE)?,
            Some(Node::Link | Node::Submodule(_)) => return Ok(None),
            None => return base.renamed(&file, &path),
        };
        match old {
            Object::Found(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Object::TooLarge(_) => Ok(None),
            Object::Missing => {
                let why = "the clone does not have its old text (`git fetch --refetch --no-filter` gets it)";
                self.notes.push(format!("all of `{path}` counts as new: {why}"));
                Ok(None)
            }
        }
    }
}

impl Base {
    /// The old text of a file that had another name: the one, among those that are gone, that shares most lines with it, if
    /// that is at least the half of them, as git has it.
    fn renamed(&self, file: &Path, path: &str) -> Result<Option<String>> {
        let Ok(text) = read::text(file, MAX_CODE) else { return Ok(None) };
        let lines = counted(&text);
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let ending = |path: &str| name(path).rsplit_once('.').map(|(_, ending)| ending.to_owned());
        let is_gone = |old: &str| self.repository.root.join(old).symlink_metadata().is_err();
        let mut gone: Vec<(&String, &String)> = self
            .tree
            .iter()
            .filter_map(|(old, node)| match node {
                Node::File(object) if ending(old) == ending(path) && is_gone(old) => Some((old, object)),
                _ => None,
            })
            .collect();
        gone.sort_by_key(|(old, _)| name(old) != name(path));
        let mut best = (0, None);
        for (_, object) in gone.into_iter().take(MAX_CANDIDATES) {
            let Object::Found(old) = self.objects.get(object, MAX_CODE)? else { continue };
            let old = String::from_utf8_lossy(&old).into_owned();
            let shared = shared_lines(&lines, &old);
            let all = text.lines().count().max(old.lines().count());
            if shared > best.0 && shared * 2 >= all {
                best = (shared, Some(old));
            }
        }
        Ok(best.1)
    }
}

fn counted(text: &str) -> HashMap<&str, usize> {
    let mut lines = HashMap::new();
    text.lines().for_each(|line| *lines.entry(line).or_insert(0) += 1);
    lines
}

fn shared_lines(lines: &HashMap<&str, usize>, other: &str) -> usize {
    counted(other).iter().map(|(line, count)| lines.get(line).map_or(0, |here| *here.min(count))).sum()
}
