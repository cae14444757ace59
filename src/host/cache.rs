//! What commands remember from one run to the next: a folder of the user's, and of nobody else's.
//!
//! Who could write there could make kbc say anything, so it never lies in the project that is looked at, no setting of the
//! project says where it is, and a folder that is a link, somebody else's or open to others is left alone. Whatever goes
//! wrong, kbc works without it and says nothing.

mod sweep;

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::text::fingerprint::{self, Digest};
use crate::text::memo::{Memory, Store};

/// An entry that has more bytes is none of kbc's.
const MAX_ENTRY: u64 = 64 << 20;
/// By the convention of <https://bford.info/cachedir/>, so that backups leave it out.
const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder holds what kbc computed before, and can be removed at any time.\n";

/// Is anything remembered?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    #[default]
    Used,
    Unused,
}

/// The memory that commands have in a project: none, if none is wanted or none can be had.
pub fn memory(project: &Path, cache: Cache) -> Memory {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if cache == Cache::Unused || variable("KBC_CACHE").is_some_and(|value| value == "off") {
        return Memory::none();
    }
    let Some(folder) = folder(&variable) else { return Memory::none() };
    in_folder(&folder, project)
}

/// A memory in a folder, which is made when something is first kept there; none, if that lies in the project.
pub fn in_folder(folder: &Path, project: &Path) -> Memory {
    if !folder.is_absolute() || is_inside(folder, project) {
        return Memory::none();
    }
    let Some(build) = this_program() else { return Memory::none() };
    let folder = folder.to_path_buf();
    Memory::kept_in(Arc::new(OnDisk { folder, trusted: OnceLock::new(), written: AtomicU64::new(0) }), build)
}

/// Where the user's caches are, by the conventions of the system.
fn folder(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(named) = variable("KBC_CACHE_DIR") {
        return Some(PathBuf::from(named));
    }
    let home = || variable("HOME").map(PathBuf::from);
    let caches = if cfg!(windows) {
        variable("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Caches"))
    } else {
        let named = variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
        named.or_else(|| home().map(|home| home.join(".cache")))
    };
    caches.map(|caches| caches.join("kbc"))
}

/// Does a folder lie in a project, or in the repository around it, once links are followed? What is not there yet lies where
/// it would be made.
fn is_inside(folder: &Path, project: &Path) -> bool {
    let Ok(project) = project.canonicalize() else { return true };
    let repository = super::paths::repository(&project).unwrap_or(&project);
    let there = folder.ancestors().find_map(|folder| folder.canonicalize().ok());
    let dots = folder.components().any(|part| part == std::path::Component::ParentDir);
    dots || there.is_none_or(|there| there.starts_with(repository)) || folder.starts_with(repository)
}

/// What tells this program from another build of sources that look the same: only where somebody works on them.
fn this_program() -> Option<String> {
    if !env!("KBC_BUILD").ends_with("-work") {
        return Some(String::new());
    }
    let metadata = std::env::current_exe().and_then(fs::metadata).ok()?;
    let time = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(format!("{} {}", metadata.len(), time.as_nanos()))
}

/// Entries as files, by their keys.
struct OnDisk {
    /// That of kbc; a folder for each version lies in it.
    folder: PathBuf,
    /// The folder of this version, if it is the user's own.
    trusted: OnceLock<Option<PathBuf>>,
    /// Bytes that this process wrote.
    written: AtomicU64,
}

impl OnDisk {
    /// The folder of this version, once it is there and nobody else's.
    fn place(&self) -> Option<&Path> {
        self.trusted.get_or_init(|| trusted(&self.folder)).as_deref()
    }
}

impl Store for OnDisk {
    fn get(&self, key: &Digest) -> Option<Vec<u8>> {
        let path = self.place()?.join(fingerprint::hex(key));
        if !path.symlink_metadata().ok()?.is_file() {
            return None;
        }
        let mut entry = Vec::new();
        fs::File::open(path).ok()?.take(MAX_ENTRY).read_to_end(&mut entry).ok()?;
        Some(entry)
    }

    fn put(&self, key: &Digest, entry: &[u8]) {
        let Some(place) = self.place() else { return };
        if write(place, &fingerprint::hex(key), entry, true).is_ok() {
            self.written.fetch_add(sweep::taken(entry.len() as u64), Ordering::Relaxed);
        }
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        let written = *self.written.get_mut();
        if let Some(Some(place)) = self.trusted.get().filter(|_| written > 0) {
            sweep::after(&self.folder, place, written);
        }
    }
}

/// Another process sees the old file or the new one, and never a part of it. Only a file of the user's can be read back.
pub(super) fn write(place: &Path, name: &str, bytes: &[u8], replaces: bool) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(sweep::UNFINISHED).tempfile_in(place)?;
    file.write_all(bytes)?;
    let path = place.join(name);
    let put = if replaces { file.persist(path) } else { file.persist_noclobber(path) };
    put.map_err(|error| error.error)?;
    Ok(())
}

/// The folder of this version, made if it is not there; `None` unless it and the one above are folders of the user that
/// nobody else can write.
fn trusted(folder: &Path) -> Option<PathBuf> {
    let place = folder.join(env!("CARGO_PKG_VERSION"));
    let is_trusted = || is_own(folder, 0o022) && is_own(&place, 0o077);
    if !is_trusted() {
        make(folder).ok()?;
        make(&place).ok()?;
        let tag = folder.join("CACHEDIR.TAG");
        if is_trusted() && tag.symlink_metadata().is_err() {
            write(folder, "CACHEDIR.TAG", TAG.as_bytes(), true).ok()?;
        }
    }
    is_trusted().then_some(place)
}

#[cfg(unix)]
pub(super) fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.symlink_metadata().is_ok() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
pub(super) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(folder)
}

/// Is it a folder of the user, without the permissions that nobody else may have?
#[cfg(unix)]
pub(super) fn is_own(folder: &Path, closed: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = folder.symlink_metadata() else { return false };
    metadata.is_dir() && metadata.mode() & closed == 0 && Some(metadata.uid()) == user()
}

/// Folders of the user are the user's own there.
#[cfg(not(unix))]
pub(super) fn is_own(folder: &Path, _closed: u32) -> bool {
    folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
}

/// Whose files those are that this process makes.
#[cfg(unix)]
fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    static USER: OnceLock<Option<u32>> = OnceLock::new();
    *USER.get_or_init(|| {
        let process = fs::metadata("/proc/self").ok();
        let own = process.or_else(|| tempfile::tempfile().ok()?.metadata().ok());
        own.map(|metadata| metadata.uid())
    })
}
