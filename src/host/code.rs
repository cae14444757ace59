//! The code that is reviewed: which files there are, what they are called, and what is in them.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::PoisonError;

use anyhow::{Result, bail};
use ignore::WalkBuilder;

use super::paths::{blame, repository};
use super::{ignore_files, read};

use crate::diag::UserError;

/// Bytes of code that are read from one file: what is larger is data, or made by a program.
pub const MAX_CODE: u64 = 8 << 20;

/// A file with code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeFile {
    /// As people know it: as they named it or from where they are, with forward slashes.
    pub name: String,
    /// As globs know it: from the folder of the knowledge base, the current one, or the repository around it, so that
    /// folders above these are none of theirs.
    pub about: String,
    /// What tells it from others wherever kbc is run: its path in the knowledge base, in the repository around it or its own,
    /// or in the folder that has both.
    pub identity: String,
    /// As tools of a repository know it: from the top of the repository, if kbc is run there, else as `identity`.
    pub reported: String,
    pub path: PathBuf,
}

/// The wanted ones of the files that are named, as seen from `here`, and those below the folders that are, as git sees them: what its
/// ignore files name is left out, unless it is named, and links are not followed. Sorted, each once.
///
/// # Errors
/// If a path does not exist or a folder cannot be read.
pub fn code_files(
    root: &Path,
    here: &Path,
    paths: &[PathBuf],
    wanted: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Vec<CodeFile>> {
    let mut files = BTreeSet::new();
    let mut bases = Bases::new(root, here);
    for typed in paths {
        let path = here.join(typed);
        let metadata = fs::metadata(&path).map_err(|error| not_reviewed(typed, &error.to_string()))?;
        if !metadata.is_dir() {
            read::must_be_regular(&metadata).map_err(|unread| not_reviewed(typed, &unread.to_string()))?;
        }
        let from = from_base(root, here, &path, metadata.is_dir());
        if !metadata.is_dir() {
            let about = code_name(here, &from);
            if wanted(&about) {
                files.insert(bases.file(code_name(here, typed), about, typed.clone()));
            }
            continue;
        }
        let as_typed = |found: &Path| match found.strip_prefix(&path) {
            Ok(rest) if rest.as_os_str().is_empty() => typed.clone(),
            Ok(rest) => typed.join(rest),
            Err(_) => found.to_path_buf(),
        };
        let mut builder = WalkBuilder::new(&path);
        builder.hidden(false);
        let unreadable = |at: &Path, cause: &str| {
            UserError::new(format!("cannot review `{}`: {cause}", at.display()))
                .help("make it readable, or name what to review")
        };
        let ignored = ignore_files::guard(&mut builder, &path);
        let ignored = ignored.map_err(|(at, unread)| unreadable(&as_typed(&at), &unread.to_string()))?;
        for entry in builder.build() {
            let entry = entry.map_err(|error| {
                let (at, cause) = blame(&error);
                unreadable(&at.map_or_else(|| typed.clone(), as_typed), &cause)
            })?;
            let about = entry.path().strip_prefix(&path).map_or_else(|_| from.clone(), |rest| from.join(rest));
            let about = code_name(here, &about);
            if entry.file_type().is_some_and(|kind| kind.is_file()) && wanted(&about) {
                let path = as_typed(entry.path());
                files.insert(bases.file(code_name(here, &path), about, path));
            }
        }
        let ignored = ignored.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((at, unread)) = ignored {
            bail!(unreadable(&as_typed(&at), &unread.to_string()));
        }
    }
    Ok(files.into_iter().collect())
}

/// Code whose text is at hand, under the name of a file that need not be there.
pub fn code_text(root: &Path, here: &Path, name: &str) -> CodeFile {
    let path = PathBuf::from(name);
    let about = std::path::absolute(here.join(&path));
    let about = about.map_or_else(|_| path.clone(), |whole| from_base(root, here, &whole, false));
    Bases::new(root, here).file(name.trim_start_matches("./").to_owned(), code_name(here, &about), path)
}

/// What paths are seen from.
struct Bases<'a> {
    here: &'a Path,
    /// The folder of the knowledge base, and the repository around it.
    root: PathBuf,
    around: Option<PathBuf>,
    /// The current folder, if it is the top of a repository.
    top: Option<PathBuf>,
    repositories: HashMap<PathBuf, Option<PathBuf>>,
}

impl<'a> Bases<'a> {
    fn new(root: &Path, here: &'a Path) -> Self {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let root = real(root);
        let around = repository(&root).map(Path::to_path_buf);
        let top = Some(real(here)).filter(|here| here.join(".git").exists());
        Self { here, root, around, top, repositories: HashMap::new() }
    }

    fn file(&mut self, name: String, about: String, path: PathBuf) -> CodeFile {
        let whole = self.real(&path);
        let identity = self.identity(&whole);
        let top = self.top.as_ref().and_then(|top| whole.strip_prefix(top).ok());
        let reported = top.map_or_else(|| identity.clone(), |inside| code_name(self.here, inside));
        CodeFile { name, about, identity, reported, path }
    }

    /// A path without links in its folders; the file need not be there.
    fn real(&self, path: &Path) -> PathBuf {
        let whole = self.here.join(path);
        let whole = std::path::absolute(&whole).unwrap_or(whole);
        let folder = whole.parent().and_then(|folder| folder.canonicalize().ok());
        match (folder, whole.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => whole,
        }
    }

    fn identity(&mut self, whole: &Path) -> String {
        let inside = |base: &Path| Some(code_name(base, whole.strip_prefix(base).ok()?));
        if let Some(name) = inside(&self.root).or_else(|| inside(self.around.as_ref()?)) {
            return name;
        }
        let folder = whole.parent().unwrap_or(whole).to_path_buf();
        let of = |folder: &PathBuf| repository(folder).map(Path::to_path_buf);
        let around = self.repositories.entry(folder).or_insert_with_key(of).clone();
        let both = || self.root.ancestors().find(|above| whole.starts_with(above)).map(Path::to_path_buf);
        let base = around.or_else(both);
        base.and_then(|base| inside(&base)).unwrap_or_else(|| code_name(self.here, whole))
    }
}

/// A path as seen from the folder of the knowledge base that it is in, else from the current one, else from the
/// repository that it is in; else a folder is seen from itself, and a file as it is.
fn from_base(root: &Path, here: &Path, path: &Path, is_folder: bool) -> PathBuf {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let here = here.canonicalize().ok();
    let root = root.canonicalize().ok();
    let mut bases = [root.as_deref(), here.as_deref()].into_iter().flatten();
    let base = bases.find(|base| whole.starts_with(base));
    let base = base.or_else(|| repository(&whole));
    match base.and_then(|base| whole.strip_prefix(base).ok()) {
        Some(inside) => inside.to_path_buf(),
        None if is_folder => PathBuf::new(),
        None => whole,
    }
}

fn code_name(here: &Path, path: &Path) -> String {
    let path = path.strip_prefix(here).unwrap_or(path);
    let is_absolute = path.is_absolute();
    let parts = path.components().filter(|part| !matches!(part, Component::CurDir | Component::RootDir));
    let name = parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    if is_absolute { format!("/{name}") } else { name }
}

fn not_reviewed(typed: &Path, why: &str) -> UserError {
    UserError::new(format!("cannot review `{}`: {why}", typed.display())).help("name a file or a folder that is there")
}

/// Why a file was not reviewed.
#[derive(Debug)]
pub enum Unread {
    Binary,
    /// The byte that begins no character.
    NotUtf8(usize),
    /// Bytes.
    TooLarge(u64),
    /// Nobody knows how large.
    Endless,
    /// Why it cannot be read.
    Failed(String),
}

/// The text of a file with code.
///
/// # Errors
/// Why it is not read.
pub fn read_code(path: &Path) -> Result<String, Unread> {
    let bytes = read::bytes(path, MAX_CODE).map_err(|unread| match unread {
        read::Unread::TooLarge { size, .. } => Unread::TooLarge(size),
        other => Unread::Failed(other.to_string()),
    })?;
    code_of(bytes)
}

/// Bytes of a file as a text.
///
/// # Errors
/// Why it is none that is reviewed.
pub fn code_of(bytes: Vec<u8>) -> Result<String, Unread> {
    if bytes.len() as u64 > MAX_CODE {
        return Err(Unread::Endless);
    }
    if bytes.iter().take(8192).any(|byte| *byte == 0) {
        return Err(Unread::Binary);
    }
    String::from_utf8(bytes).map_err(|error| Unread::NotUtf8(error.utf8_error().valid_up_to()))
}
