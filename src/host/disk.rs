//! The file system: finding a knowledge base, reading it, and writing outputs all or nothing.
//! What the files mean is not known here.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use super::code::{CodeFile, MAX_CODE, Unread, code_files, code_of, code_text, read_code};
pub use super::directory_lock::{Access, DirectoryLock, apply};
use super::git::Snapshot;
pub use super::journal::{Change, Recovery};
pub use super::project::Project;
pub use super::rewrite::rewrite;
use crate::compile::Texts;
use crate::input::world::World;

/// The root of the knowledge base that a folder lies in: the nearest one with a `kbc.toml`, or else
/// with a `papers` folder.
pub fn find_root(from: &Path) -> Option<PathBuf> {
    let by = |sign: fn(&Path) -> bool| from.ancestors().find(|folder| sign(folder)).map(Path::to_path_buf);
    by(|folder| folder.join("kbc.toml").is_file()).or_else(|| by(|folder| folder.join("papers").is_dir()))
}

/// Reads every input below a root. What cannot be read becomes a diagnostic.
pub fn load(root: &Path) -> Texts {
    Texts::read(&Project::at(root))
}

/// A knowledge base as it is, or as a revision has it.
///
/// # Errors
/// If there is no such revision, or it has no knowledge base there.
pub fn world(root: &Path, revision: Option<&str>) -> Result<Box<dyn World>> {
    Ok(match revision {
        None => Box::new(Project::at(root)),
        Some(revision) => Box::new(Snapshot::at(root, revision)?),
    })
}

/// The nearest file of a name in a folder and those above it.
pub fn nearest_above(folder: &Path, name: &str) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    folder.ancestors().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A folder for programs to run in; it goes away with all that they left in it.
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    /// # Errors
    /// If there is no room for temporary files.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(".kbc-").tempdir();
        folder.map(Self).context("cannot make a temporary folder to run in")
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}
