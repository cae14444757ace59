//! A repository as kbc reads it: its references are copied, its objects are read where they are, and nothing that it sets is
//! heeded. Settings are how git is made to run programs and to ask the network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::diag::UserError;
use crate::host::read::{self, Unread};

/// The most bytes of a list of references.
const MAX_REFS: u64 = 256 << 20;
/// The most bytes of a reference by itself.
const MAX_REF: u64 = 64 << 10;
/// Files in a folder of references or objects, and folders in each other.
const MAX_FILES: usize = 2_000_000;
const MAX_DEPTH: usize = 64;

/// A repository, and a folder of our own that stands in for its `.git`.
#[derive(Debug)]
pub struct Repository {
    /// The folder in which `.git` stands.
    pub root: PathBuf,
    objects: PathBuf,
    stand_in: tempfile::TempDir,
}

impl Repository {
    /// The repository whose `.git` stands in a folder.
    ///
    /// # Errors
    /// If it cannot be read, or has something in it that is no file.
    pub fn open(root: &Path) -> Result<Self> {
        let own = pointed(root, &root.join(".git"), "gitdir: ")?;
        // A work tree beside the main one shares all but its HEAD.
        let shared = pointed(&own, &own.join("commondir"), "").unwrap_or_else(|_| own.clone());
        let stand_in = tempfile::Builder::new().prefix(".kbc-").tempdir().context("cannot make a temporary folder")?;
        let objects = shared.join("objects");
        must_be_files(&objects)?;
        let repository = Self { root: root.to_path_buf(), objects, stand_in };
        for name in ["HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD"] {
            repository.copy(&own, name, MAX_REF)?;
        }
        repository.copy(&shared, "packed-refs", MAX_REFS)?;
        repository.copy(&shared, "shallow", MAX_REFS)?;
        repository.copy_folder(&shared, "refs")?;
        repository.copy_folder(&shared, "reftable")?;
        repository.put("config", settings(&shared)?.as_bytes())?;
        repository.put("none", b"")?;
        Ok(repository)
    }

    /// git with a command that only reads, deaf to every setting.
    pub fn git(&self, arguments: &[&str]) -> Command {
        let folder = self.stand_in.path();
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"GIT_")) {
            command.env_remove(name);
        }
        command.env("GIT_DIR", folder).env("GIT_OBJECT_DIRECTORY", &self.objects);
        command.env("HOME", folder).env("XDG_CONFIG_HOME", folder);
        for settings in ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"] {
            command.env(settings, folder.join("none"));
        }
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_ALLOW_PROTOCOL", ""),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("LC_ALL", "C"),
        ] {
            command.env(name, value);
        }
        command.arg("--no-pager").args(arguments).current_dir(folder);
        command
    }

    /// Is the history cut off?
    pub fn is_shallow(&self) -> bool {
        self.stand_in.path().join("shallow").exists()
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.stand_in.path().join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all).context("cannot write to a temporary folder")?;
        fs::write(path, bytes).context("cannot write to a temporary folder")
    }

    /// A file that need not be there.
    fn copy(&self, from: &Path, name: &str, most: u64) -> Result<()> {
        let path = from.join(name);
        match read::bytes(&path, most) {
            Ok(bytes) => self.put(name, &bytes),
            Err(unread) if unread.is_absent() => Ok(()),
            Err(unread) => bail!(odd(&path, &unread)),
        }
    }

    fn copy_folder(&self, from: &Path, name: &str) -> Result<()> {
        let mut left = MAX_FILES;
        for path in files(&from.join(name), MAX_DEPTH, &mut left)? {
            let inside = path.strip_prefix(from).expect("it was found there");
            self.copy(from, &inside.to_string_lossy(), MAX_REFS)?;
        }
        // Without this folder it is no repository.
        fs::create_dir_all(self.stand_in.path().join("refs")).context("cannot write to a temporary folder")
    }
}

/// What a repository must say of its form, and nothing else that it says.
fn settings(shared: &Path) -> Result<String> {
    let path = shared.join("config");
    let text = match read::text(&path, MAX_REF << 4) {
        Ok(text) => text.to_lowercase(),
        Err(unread) if unread.is_absent() => String::new(),
        Err(unread) => bail!(odd(&path, &unread)),
    };
    let says = |key: &str, value: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.any(|(found, said)| found.trim() == key && said.trim() == value)
    };
    let mut settings = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n".to_owned();
    if says("objectformat", "sha256") {
        settings.push_str("\tobjectformat = sha256\n");
    }
    if shared.join("reftable").is_dir() {
        settings.push_str("\trefstorage = reftable\n");
    }
    Ok(settings)
}

/// The folder that a file names; what is a folder itself names itself.
fn pointed(from: &Path, path: &Path, before: &str) -> Result<PathBuf> {
    if path.is_dir() {
        return Ok(path.to_path_buf());
    }
    let text = read::text(path, MAX_REF).map_err(|unread| odd(path, &unread))?;
    let named = text.strip_prefix(before).map(str::trim_end).filter(|named| !named.is_empty());
    let Some(named) = named else {
        bail!(UserError::new(format!("`{}` names no folder", path.display())).help("is this a repository of git?"));
    };
    Ok(from.join(named))
}

/// Everything that git may open is a file, so that it waits for nobody. Other places for objects are as good as this one.
fn must_be_files(objects: &Path) -> Result<()> {
    let mut places = vec![objects.to_path_buf()];
    let mut known = places.clone();
    let mut left = MAX_FILES;
    while let Some(place) = places.pop() {
        files(&place, 4, &mut left)?;
        let Ok(text) = read::text(&place.join("info/alternates"), MAX_REF) else { continue };
        let others = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for other in others.map(|line| place.join(line)).collect::<Vec<_>>() {
            if !known.contains(&other) && known.len() < MAX_DEPTH {
                known.push(other.clone());
                places.push(other);
            }
        }
    }
    Ok(())
}

/// The files below a folder, which need not be there.
fn files(folder: &Path, depth: usize, left: &mut usize) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![(folder.to_path_buf(), depth)];
    while let Some((folder, depth)) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let kind = entry.file_type().with_context(|| format!("cannot look at `{}`", path.display()))?;
            *left = left.saturating_sub(1);
            if *left == 0 || (kind.is_dir() && depth == 0) {
                bail!(UserError::new(format!("`{}` holds too many files", folder.display())).help("run `git gc`"));
            }
            if kind.is_dir() {
                open.push((path, depth - 1));
            } else if kind.is_file() || path.metadata().is_ok_and(|metadata| metadata.is_file()) {
                found.push(path);
            } else {
                bail!(odd(&path, &Unread::NotAFile("a link to nowhere, a pipe or a device")));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn odd(path: &Path, unread: &Unread) -> UserError {
    UserError::new(format!("git's own file `{}` is not read: {unread}", path.display()))
        .help("is this a repository of git? `git fsck` looks at it")
}
