//! One at a time: who writes a knowledge base holds it, and who reads it waits until it is whole.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::journal::{self, Change, Recovery};

/// What a knowledge base is held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Others may read at the same time.
    Read,
    Write,
}

/// A knowledge base that is whole, and that nobody else writes while this lives.
#[derive(Debug)]
pub struct DirectoryLock {
    root: PathBuf,
    /// Where the file system has no locks there is none. A write is still whole; only two at once are not kept apart.
    _lock: Option<Held>,
    pub settled: Option<Recovery>,
}

/// A locked file. The lock is let go of by hand: a process that is just being started has a copy of the file for a moment,
/// and closing ours alone would leave it locked for as long.
#[derive(Debug)]
struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // Closing it comes next, and does the same.
        let _ = self.0.unlock();
    }
}

impl DirectoryLock {
    /// Waits for others and says so through `waits`. Who is going to write settles what one that was killed had begun; who
    /// reads changes nothing.
    ///
    /// # Errors
    /// If a write was interrupted and can neither be finished nor taken back.
    pub fn take(root: &Path, access: Access, waits: &dyn Fn()) -> Result<Self> {
        let lock = lock(root, access, waits);
        let settled = match access {
            Access::Write if journal::is_pending(root) => journal::settle(root)?,
            Access::Read | Access::Write => None,
        };
        Ok(Self { root: root.to_owned(), _lock: lock, settled })
    }

    /// Has a write begun that is not over? While nobody writes, one was killed.
    pub fn is_pending(root: &Path) -> bool {
        journal::is_pending(root)
    }

    /// Applies every change or none, and lets go.
    ///
    /// # Errors
    /// If a path leads out of the project or is a folder, or a file cannot be written; then nothing changed.
    pub fn apply(self, changes: &[Change]) -> Result<()> {
        journal::write(&self.root, changes)
    }
}

/// Holds a knowledge base and applies every change or none.
///
/// # Errors
/// As of [`DirectoryLock::take`] and [`DirectoryLock::apply`].
pub fn apply(root: &Path, changes: &[Change]) -> Result<()> {
    DirectoryLock::take(root, Access::Write, &|| ())?.apply(changes)
}

/// The system releases a lock when its process ends, however it ends.
fn lock(root: &Path, access: Access, waits: &dyn Fn()) -> Option<Held> {
    let file = lockable(root).ok()?;
    let tried = match access {
        Access::Read => file.try_lock_shared(),
        Access::Write => file.try_lock(),
    };
    match tried {
        Ok(()) => Some(Held(file)),
        Err(TryLockError::WouldBlock) => {
            waits();
            let locked = match access {
                Access::Read => file.lock_shared(),
                Access::Write => file.lock(),
            };
            locked.is_ok().then_some(Held(file))
        }
        Err(TryLockError::Error(_)) => None,
    }
}

/// The folder itself, so that no file has to be left for the sake of the lock.
#[cfg(unix)]
fn lockable(root: &Path) -> io::Result<File> {
    File::open(root)
}

/// Folders cannot be locked everywhere; an empty file stays.
#[cfg(not(unix))]
fn lockable(root: &Path) -> io::Result<File> {
    File::options().create(true).write(true).truncate(false).open(root.join(".kbc-lock"))
}
