//! Where a path leads: never out of the project, and named as people know it.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::diag::UserError;

/// The path that a walk failed at, and why.
pub fn blame(error: &ignore::Error) -> (Option<&Path>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(path), blame(err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => blame(err),
        ignore::Error::Loop { ancestor, child } => {
            (Some(child), format!("it is a link back to `{}`", ancestor.display()))
        }
        ignore::Error::Io(error) => (None, error.to_string()),
        other => (None, other.to_string()),
    }
}

pub fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Where a path really leads; it must stay in the project.
pub fn target(root: &Path, path: &str) -> Result<PathBuf> {
    let root = root.canonicalize().with_context(|| format!("cannot find `{}`", root.display()))?;
    if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
        bail!("the output `{path}` is no path inside of the project");
    }
    let joined = root.join(path);
    let existing = joined.ancestors().find(|folder| folder.symlink_metadata().is_ok()).unwrap_or(&root);
    let real = existing.canonicalize().with_context(|| format!("the output `{path}` is a link that leads nowhere"))?;
    if !real.starts_with(&root) {
        bail!(
            UserError::new(format!("the output `{path}` leads out of the project, to `{}`", real.display()))
                .help("remove the link, or give the template another `output`")
        );
    }
    // A record of an interrupted write may come with a repository; what git runs may not.
    let inside = real.strip_prefix(&root).expect("it was just compared").components();
    if inside.chain(Path::new(path).components()).any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
        bail!(
            UserError::new(format!("the output `{path}` leads into git's own folder"))
                .help("give the template another `output`")
        );
    }
    if joined.is_dir() {
        bail!(
            UserError::new(format!("the output `{path}` is a folder"))
                .help("remove it, or give the template another `output`")
        );
    }
    let rest = joined.strip_prefix(existing).expect("an ancestor is a prefix");
    Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) })
}

/// Do two folders belong to the same user?
#[cfg(unix)]
pub fn have_one_owner(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = |folder: &Path| fs::metadata(folder).ok().map(|metadata| metadata.uid());
    owner(one).is_some() && owner(one) == owner(other)
}

/// Where folders have no plain owner nothing is held against them.
#[cfg(not(unix))]
pub fn have_one_owner(_one: &Path, _other: &Path) -> bool {
    true
}

/// The folder of the repository that a folder lies in: the nearest one with a `.git`, whatever that is.
pub fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok())
}

/// A file that was made read-only is not replaced, though its folder would allow it.
pub fn must_be_writable(permissions: &fs::Permissions) -> io::Result<()> {
    if permissions.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    Ok(())
}
