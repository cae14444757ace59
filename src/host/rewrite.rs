//! Files that others own, rewritten all or none. They may lie anywhere, so there is no journal: a process that is
//! killed leaves each of them either old or new, never half.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

/// Writes files that are there already, all or none. Their paths are as seen from `here`.
///
/// # Errors
/// If one cannot be written; then nothing changed.
pub fn rewrite(here: &Path, files: &[(PathBuf, String)]) -> Result<()> {
    let mut staged = Vec::new();
    for (path, text) in files {
        // Of a link the file that it leads to is written.
        let target = here.join(path).canonicalize().with_context(|| format!("cannot find `{}`", path.display()))?;
        let before = super::read::bytes(&target, super::read::MAX_HANDED)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        let file = write_beside(&target, text)
            .with_context(|| format!("cannot write `{}`; nothing was changed", path.display()))?;
        staged.push(Staged { file, target, before });
    }
    commit(staged)
}

/// A new file beside the place that it will take.
struct Staged {
    file: NamedTempFile,
    target: PathBuf,
    before: Vec<u8>,
}

fn write_beside(target: &Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = target.parent().expect("a file lies in a folder");
    let mut file = tempfile::Builder::new().prefix(".kbc-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    let permissions = fs::metadata(target)?.permissions();
    super::paths::must_be_writable(&permissions)?;
    fs::set_permissions(file.path(), permissions)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn commit(staged: Vec<Staged>) -> Result<()> {
    let mut done: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for Staged { file, target, before } in staged {
        if let Err(error) = file.persist(&target) {
            // What cannot be taken back is reported by the error that led here.
            done.iter().rev().for_each(|(path, before)| drop(fs::write(path, before)));
            return Err(error.error)
                .with_context(|| format!("cannot replace `{}`; nothing was changed", target.display()));
        }
        done.push((target, before));
    }
    Ok(())
}
