//! Files that say what git ignores. The walk that heeds them opens them by itself, so they are looked at before it does.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkBuilder;

use super::read::{self, Unread};

/// No list of what to ignore is longer.
const MAX_IGNORE: u64 = 8 << 20;
/// A file that only names a folder.
const MAX_POINTER: u64 = 64 << 10;

/// A file that the walk would have opened, and why it must not.
pub type Fault = (PathBuf, Unread);

/// Has a walk stop in front of ignore files that are pipes, devices or endless. After the walk the cell holds the first one.
///
/// # Errors
/// If there is such a file in the folder itself or in one above it.
pub fn guard(builder: &mut WalkBuilder, folder: &Path) -> Result<Arc<Mutex<Option<Fault>>>, Fault> {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    whole.ancestors().try_for_each(check)?;
    let found = Arc::new(Mutex::new(None));
    let first = Arc::clone(&found);
    builder.filter_entry(move |entry| {
        if entry.file_name() == ".git" {
            return false;
        }
        if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
            return true;
        }
        let Err(fault) = check(entry.path()) else { return true };
        first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
        false
    });
    Ok(found)
}

/// The ignore files of one folder.
fn check(folder: &Path) -> Result<(), Fault> {
    harmless(folder.join(".gitignore"), MAX_IGNORE)?;
    harmless(folder.join(".ignore"), MAX_IGNORE)?;
    let git = folder.join(".git");
    let Ok(metadata) = git.metadata() else { return Ok(()) };
    if metadata.is_dir() {
        return harmless(git.join("info/exclude"), MAX_IGNORE);
    }
    // In a work tree or a submodule it names the folder, which may name one that is shared.
    let Some(own) = pointer(&git, "gitdir: ")? else { return Ok(()) };
    let own = folder.join(own);
    let shared = pointer(&own.join("commondir"), "")?.map_or_else(|| own.clone(), |shared| own.join(shared));
    harmless(shared.join("info/exclude"), MAX_IGNORE)
}

fn harmless(path: PathBuf, most: u64) -> Result<(), Fault> {
    read::must_be_harmless(&path, most).map_err(|unread| (path, unread))
}

/// The path that a file names.
fn pointer(path: &Path, before: &str) -> Result<Option<String>, Fault> {
    match read::text(path, MAX_POINTER) {
        Ok(text) => Ok(text.strip_prefix(before).map(|named| named.trim_end().to_owned())),
        Err(unread) if unread.is_absent() => Ok(None),
        Err(unread) => Err((path.to_path_buf(), unread)),
    }
}
