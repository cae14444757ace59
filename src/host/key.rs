//! A secret of the user's, by which kbc knows records that it made itself on this machine from records that came with a
//! repository. Where there is no place for it, nothing is ever known as its own.

use std::ffi::OsString;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::cache::{is_own, make, write};
use super::read;
use crate::text::fingerprint::{self, Digest};

const NAME: &str = "key";

/// The seal of a record: nobody can make it who cannot read the user's secret. `None`, if there is no place for one.
pub fn seal(parts: &[&[u8]]) -> Option<String> {
    static KEY: OnceLock<Option<Digest>> = OnceLock::new();
    let key = KEY.get_or_init(|| key(&state_folder()?));
    key.as_ref().map(|key| fingerprint::hex(&fingerprint::sealed(key, parts)))
}

/// Where kbc keeps what outlasts a cache; `None` if there is no place for it.
pub fn state_folder() -> Option<PathBuf> {
    folder(&|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

/// Where programs of the user keep what outlasts a cache, by the conventions of the system.
fn folder(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    if let Some(named) = absolute("KBC_STATE_DIR") {
        return Some(named);
    }
    let home = absolute("HOME");
    let states = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home.map(|home| home.join("Library/Application Support"))
    } else {
        absolute("XDG_STATE_HOME").or_else(|| home.map(|home| home.join(".local/state")))
    };
    states.map(|states| states.join("kbc"))
}

/// The secret in a folder, which is made if there is none yet. `None` unless the folder is the user's own.
fn key(folder: &Path) -> Option<Digest> {
    make(folder).ok()?;
    if !is_own(folder, 0o022) {
        return None;
    }
    let path = folder.join(NAME);
    if path.symlink_metadata().is_err() {
        // Of two processes that make one, the first wins, and both read what is there then.
        write(folder, NAME, &random(), false).ok();
    }
    if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink()) {
        return None;
    }
    read::bytes(&path, 32).ok()?.try_into().ok()
}

/// What nobody can guess: the system gives each process keys for its hash tables.
pub fn random() -> Digest {
    let word = || RandomState::new().build_hasher().finish().to_le_bytes();
    let words: Vec<u8> = (0..8).flat_map(|_| word()).collect();
    fingerprint::whole(&[&words, &std::process::id().to_le_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_is_for_its_user_alone() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("state/kbc");
        let first = key(&folder).expect("there is room");
        assert_eq!(key(&folder), Some(first));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o077;
            assert_eq!((mode(&folder), mode(&folder.join(NAME))), (0, 0));
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("it is ours");
            assert_eq!(key(&folder), None, "others can write there");
        }
        assert_ne!(key(&home.path().join("other")), Some(first));
    }

    #[test]
    fn it_lies_where_the_system_keeps_such_things() {
        let of = |names: &'static [(&str, &str)]| {
            let value =
                move |wanted: &str| names.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).into());
            folder(&value)
        };
        assert_eq!(of(&[("KBC_STATE_DIR", "/s"), ("HOME", "/h")]), Some("/s".into()));
        assert_eq!(of(&[("KBC_STATE_DIR", "relative")]), None);
        if cfg!(target_os = "linux") {
            assert_eq!(of(&[("HOME", "/h")]), Some("/h/.local/state/kbc".into()));
            assert_eq!(of(&[("HOME", "/h"), ("XDG_STATE_HOME", "/x")]), Some("/x/kbc".into()));
        }
        assert_eq!(of(&[]), None);
    }
}
