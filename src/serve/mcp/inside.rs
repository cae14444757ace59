//! Paths as clients name them, held inside of the project: nothing outside of it is read, wherever links lead.

use std::path::{Component, Path, PathBuf};

use anyhow::{Result, bail};

use crate::diag::UserError;

/// Where a path leads, which need not be there.
///
/// # Errors
/// If that is outside of the project, or in the folder of git.
pub fn resolve(root: &Path, path: &str) -> Result<PathBuf> {
    let refuse = || {
        let help = "name a path inside of it, such as `src/app.py`";
        anyhow::Error::from(
            UserError::new(format!("`{path}` leads out of the project, and nothing outside of it is read")).help(help),
        )
    };
    let mut plain = PathBuf::new();
    for part in root.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    // Said of the words alone, so that nobody learns what is there.
    if !plain.starts_with(root) {
        return Err(refuse());
    }
    let there = plain.ancestors().find(|folder| folder.symlink_metadata().is_ok()).unwrap_or(root);
    let real = there.canonicalize().ok().filter(|real| real.starts_with(root)).ok_or_else(refuse)?;
    let rest = plain.strip_prefix(there).expect("an ancestor is a prefix");
    let real = if rest.as_os_str().is_empty() { real } else { real.join(rest) };
    let below = real.strip_prefix(root).expect("it was just compared");
    if below.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
        bail!(UserError::new(format!("`{path}` leads into git's own folder")).help("name a file of the project"));
    }
    Ok(real)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_leads_out_is_refused_however_it_is_written() {
        let place = tempdir();
        let root = place.join("root");
        fs::create_dir_all(root.join("in/.git")).expect("it is writable");
        fs::write(place.join("secret"), "x").expect("it is writable");
        fs::write(root.join("in/a.py"), "x").expect("it is writable");
        for (target, link) in [("../secret", "link"), ("..", "up"), ("../gone", "dangling"), ("in", "here")] {
            std::os::unix::fs::symlink(target, root.join(link)).expect("links can be made");
        }
        let secret = place.join("secret").display().to_string();
        for path in ["../secret", "in/../../secret", "link", "up/secret", "up/gone", "dangling", "/etc/passwd", &secret]
        {
            let fault = resolve(&root, path).expect_err(path);
            assert!(fault.to_string().contains("leads out of the project"), "{path}: {fault}");
        }
        assert!(resolve(&root, "in/.git/config").is_err());
        let file = root.join("in/a.py");
        for path in ["in/a.py", "./in/../in/a.py", "here/a.py", file.to_str().expect("it is text")] {
            assert_eq!(resolve(&root, path).expect(path), file, "{path}");
        }
        assert_eq!(resolve(&root, "new/b.py").expect("it need not be there"), root.join("new/b.py"));
    }

    fn tempdir() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kbc-inside-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("it is writable");
        folder.canonicalize().expect("it is there")
    }
}
