//! Files that a rewrite puts beside those that it replaces, written down in the user's state folder before they are made.
//! Whoever rewrites next removes what one that was killed has left, and nothing else: a file must have the name that was
//! written down, and hold the text that was meant for it or the begin of it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::cache::{is_own, make};
use super::{key, read};
use crate::text::fingerprint;

/// How the name of each such file begins.
pub const PREFIX: &str = ".kbc-";

/// The folder of records in the state folder.
const FOLDER: &str = "rewrites";

/// How the name of a record begins that is not yet whole.
const UNFINISHED: &str = ".new-";

/// Bytes of a record.
const MAX_RECORD: u64 = 64 << 20;

/// A file that is going to be made beside the one that it replaces.
#[derive(Debug, Deserialize, Serialize)]
pub struct Planned {
    /// The file that it replaces.
    pub target: PathBuf,
    /// Its own name.
    pub name: String,
    /// Of its text.
    pub digest: String,
    pub length: usize,
}

impl Planned {
    pub fn of(target: PathBuf, text: &str) -> Self {
        let word = fingerprint::hex(&key::random());
        let name = format!("{PREFIX}{}", &word[..16]);
        Self { target, name, digest: digest(text.as_bytes()), length: text.len() }
    }

    /// Where it is made.
    pub fn folder(&self) -> &Path {
        self.target.parent().expect("a file lies in a folder")
    }

    /// Removes it, if it is there and is what it was to be, as far as it was written. Was it removed?
    fn remove(&self) -> bool {
        let path = self.folder().join(&self.name);
        let is_named_so = self.name.starts_with(PREFIX) && !self.name.contains(['/', '\\']);
        let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        if !is_named_so || !is_file {
            return false;
        }
        let Ok(bytes) = read::bytes(&path, self.length as u64) else { return false };
        let is_cut = bytes.len() < self.length;
        (is_cut || digest(&bytes) == self.digest) && fs::remove_file(path).is_ok()
    }
}

fn digest(bytes: &[u8]) -> String {
    fingerprint::hex(&fingerprint::whole(&[bytes]))
}

/// The record of a rewrite that goes on. It is locked as long as its process lives.
pub struct Record {
    path: PathBuf,
    _lock: File,
}

impl Record {
    /// Writes down what is going to be made.
    ///
    /// # Errors
    /// If there is no place for it that is the user's own. Then nobody knows what a rewrite that is killed has left.
    pub fn new(state: &Path, planned: &[Planned]) -> io::Result<Self> {
        let folder = state.join(FOLDER);
        make(state)?;
        make(&folder)?;
        if !is_own(&folder, 0o022) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let text = serde_json::to_string(planned)?;
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&folder)?;
        // Under its own name it is locked from the first moment on.
        file.as_file().try_lock().map_err(io::Error::from)?;
        file.write_all(text.as_bytes())?;
        let path = folder.join(fingerprint::hex(&key::random()));
        let file = file.persist_noclobber(&path).map_err(|error| error.error)?;
        Ok(Self { path, _lock: file })
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes what rewrites have left that were killed, and gives the number of files. What cannot be read or removed stays.
pub fn remove(state: &Path) -> usize {
    let folder = state.join(FOLDER);
    if !is_own(&folder, 0o022) {
        return 0;
    }
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    entries.map(|entry| removed(&entry.path())).sum()
}

/// Does what a record asks for, if its process is gone.
fn removed(record: &Path) -> usize {
    let is_file = record.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let Some(lock) = File::open(record).ok().filter(|file| is_file && file.try_lock_shared().is_ok()) else { return 0 };
    let planned = read::bytes(record, MAX_RECORD).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let planned: Vec<Planned> = planned.unwrap_or_default();
    let count = planned.iter().filter(|planned| planned.remove()).count();
    let _ = fs::remove_file(record);
    drop(lock);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Left {
        _home: tempfile::TempDir,
        state: PathBuf,
        planned: Planned,
        beside: PathBuf,
    }

    /// A rewrite that was killed, after it had written so much of the new text.
    fn killed(written: &str) -> Left {
        let home = tempfile::tempdir().expect("a temporary folder");
        let state = home.path().join("state");
        let target = home.path().join("a.py");
        let planned = Planned::of(target, "new text");
        let beside = planned.folder().join(&planned.name);
        fs::write(&beside, written).expect("there is room");
        let record = Record::new(&state, std::slice::from_ref(&planned)).expect("there is room");
        assert_eq!(remove(&state), 0, "its process lives");
        let Record { path, _lock } = &record;
        fs::copy(path, path.with_extension("killed")).expect("there is room");
        Left { _home: home, state, planned, beside }
    }

    #[test]
    fn what_was_left_is_removed_once() {
        for written in ["", "new", "new text"] {
            let left = killed(written);
            assert_eq!(remove(&left.state), 1, "{written}");
            assert!(!left.beside.exists());
            assert_eq!(remove(&left.state), 0);
            assert_eq!(fs::read_dir(left.state.join(FOLDER)).expect("it is there").count(), 0, "no record stays");
        }
    }

    #[test]
    fn what_holds_something_else_is_left_alone() {
        for other in ["old text", "new text and more"] {
            let left = killed(other);
            assert_eq!(remove(&left.state), 0, "{other}");
            assert_eq!(fs::read_to_string(&left.beside).expect("it is there"), other);
        }
        let left = killed("new text");
        fs::remove_file(&left.beside).expect("it is there");
        fs::create_dir(&left.beside).expect("there is room");
        assert_eq!(remove(&left.state), 0, "a folder is not ours");
        drop(left.planned);
    }

    #[test]
    fn a_record_names_no_other_file() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let target = home.path().join("a.py");
        for name in ["notes.txt", ".kbc-/../notes.txt"] {
            fs::write(home.path().join("notes.txt"), "mine").expect("there is room");
            let planned = Planned { name: name.to_owned(), ..Planned::of(target.clone(), "mine") };
            assert!(!planned.remove(), "{name}");
        }
    }
}
