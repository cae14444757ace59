//! Files that others own, rewritten all or none. They may lie anywhere, so there is no journal: a process that is
//! killed leaves each of them either old or new, never half. What it leaves beside them, the next rewrite removes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::key;
use super::leftovers::{self, Planned, Record};

/// Writes files that are there already, all or none. Their paths are as seen from `here`. Gives the number of files that
/// were removed because a rewrite that was killed had left them.
///
/// # Errors
/// If one cannot be written; then nothing changed.
pub fn rewrite(here: &Path, files: &[(PathBuf, String)]) -> Result<usize> {
    let state = key::state_folder();
    let removed = state.as_deref().map_or(0, leftovers::remove);
    if files.is_empty() {
        return Ok(removed);
    }
    let planned = files.iter().map(|(path, text)| plan(here, path, text)).collect::<Result<Vec<_>>>()?;
    // Dropped in the end, when nothing is left beside the files.
    let _record = state.and_then(|state| Record::new(&state, &planned).ok());
    let mut staged = Vec::new();
    for (planned, (path, text)) in planned.iter().zip(files) {
        let target = planned.target.clone();
        let before = super::read::bytes(&target, super::read::MAX_HANDED)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        let file = write_beside(planned, text)
            .with_context(|| format!("cannot write `{}`; nothing was changed", path.display()))?;
        staged.push(Staged { file, target, before });
    }
    commit(staged)?;
    Ok(removed)
}

/// Of a link the file that it leads to is written.
fn plan(here: &Path, path: &Path, text: &str) -> Result<Planned> {
    let target = here.join(path).canonicalize().with_context(|| format!("cannot find `{}`", path.display()))?;
    Ok(Planned::of(target, text))
}

/// A new file beside the place that it will take.
struct Staged {
    file: NamedTempFile,
    target: PathBuf,
    before: Vec<u8>,
}

fn write_beside(planned: &Planned, text: &str) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(&planned.name).rand_bytes(0).tempfile_in(planned.folder())?;
    file.write_all(text.as_bytes())?;
    let permissions = fs::metadata(&planned.target)?.permissions();
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
