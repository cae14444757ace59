//! What changed since a revision: asked of the git program, which only reads. Neither the index nor the work
//! tree is touched, and nothing is checked out: the old texts come out of git's objects.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::diag::UserError;

/// What is known of the files of a work tree since a revision.
#[derive(Debug)]
pub struct Changes {
    root: PathBuf,
    /// The object with the old text of each file that may have changed, by path from the root.
    old: HashMap<String, String>,
    /// Files that the revision does not have.
    new: HashSet<String>,
}

/// What became of one file.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    Unchanged,
    /// The revision has no such file.
    New,
    /// Its text at the revision.
    Changed(String),
}

/// Asks what changed in the work tree around a folder, as seen from `here`.
///
/// # Errors
/// If there is no git or no repository, or it has no such revision.
pub fn since(here: &Path, folder: &Path, revision: &str) -> Result<Changes> {
    let Ok(root) = git(&here.join(folder), &["rev-parse", "--show-toplevel"]) else {
        if Command::new("git").arg("--version").output().is_err() {
            bail!(
                UserError::new("`--since` needs the git program, and there is none")
                    .help("install git, or review without `--since`")
            );
        }
        bail!(
            UserError::new(format!(
                "`{}` is not in a git repository, so there is nothing to compare with",
                folder.display()
            ))
            .help("review without `--since`")
        );
    };
    let root = PathBuf::from(text(&root).trim_end_matches('\n'));
    let commit = commit(&root, revision)?;
    let mut changes = Changes { root, old: HashMap::new(), new: HashSet::new() };
    let listed = git(&changes.root, &["diff-index", "--raw", "-z", "-M", "--no-abbrev", &commit, "--"])?;
    changes.read_raw(&text(&listed));
    let untracked = git(&changes.root, &["ls-files", "-z", "--others"])?;
    changes.new.extend(text(&untracked).split('\0').filter(|path| !path.is_empty()).map(str::to_owned));
    Ok(changes)
}

fn commit(root: &Path, revision: &str) -> Result<String> {
    let name = format!("{revision}^{{commit}}");
    let found = git(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name]);
    if let Ok(commit) = found {
        return Ok(text(&commit).trim().to_owned());
    }
    let is_shallow =
        git(root, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|answer| text(&answer).trim() == "true");
    if is_shallow {
        bail!(
            UserError::new(format!("the repository has no revision `{revision}`, and it is a shallow clone"))
                .help("fetch more of it: `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout")
        );
    }
    bail!(
        UserError::new(format!("the repository has no revision `{revision}`"))
            .help("`git log --oneline` and `git branch -a` list what it has")
    );
}

impl Changes {
    /// Reads `:100644 100644 OLD NEW M\0path\0`, with a second path where a file was renamed.
    fn read_raw(&mut self, raw: &str) {
        let mut fields = raw.split('\0');
        while let Some(header) = fields.next().and_then(|header| header.strip_prefix(':')) {
            let parts: Vec<&str> = header.split(' ').collect();
            let (Some(old), Some(status), Some(path)) = (parts.get(2), parts.get(4), fields.next()) else { return };
            match status.as_bytes().first() {
                Some(b'A') => drop(self.new.insert(path.to_owned())),
                Some(b'R' | b'C') => {
                    let Some(to) = fields.next() else { return };
                    self.old.insert(to.to_owned(), (*old).to_owned());
                }
                Some(b'D') => {}
                _ => drop(self.old.insert(path.to_owned(), (*old).to_owned())),
            }
        }
    }

    /// What became of files, in their order. A file outside of the work tree is new.
    ///
    /// # Errors
    /// If git fails in the middle.
    pub fn of(&self, files: &[PathBuf]) -> Result<Vec<Change>> {
        let objects = files.iter().filter_map(|file| self.old.get(&self.name(file)?));
        let texts = self.objects(&objects.map(String::as_str).collect::<Vec<_>>())?;
        let change = |file: &PathBuf| {
            let Some(name) = self.name(file).filter(|name| !self.new.contains(name)) else { return Change::New };
            match self.old.get(&name) {
                None => Change::Unchanged,
                Some(object) => texts.get(object).cloned().map_or(Change::New, Change::Changed),
            }
        };
        Ok(files.iter().map(change).collect())
    }

    fn name(&self, file: &Path) -> Option<String> {
        let root = self.root.canonicalize().ok()?;
        let file = file.canonicalize().ok()?;
        let inside = file.strip_prefix(root).ok()?;
        Some(inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
    }

    fn objects(&self, objects: &[&str]) -> Result<HashMap<String, String>> {
        let mut texts = HashMap::new();
        if objects.is_empty() {
            return Ok(texts);
        }
        let mut child = command(&self.root, &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run git")?;
        let mut input = child.stdin.take().context("git takes no input")?;
        let request = objects.join("\n") + "\n";
        let writer = std::thread::spawn(move || input.write_all(request.as_bytes()));
        let output = child.wait_with_output().context("git does not answer")?;
        writer.join().expect("a thread that only writes does not panic").context("git does not listen")?;
        let mut rest = output.stdout.as_slice();
        // `OBJECT blob SIZE`, the bytes, a newline.
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let header = text(&rest[..end]);
            let mut words = header.split(' ');
            let (object, size) = (words.next().unwrap_or_default(), words.nth(1).and_then(|size| size.parse().ok()));
            let Some(size) = size.filter(|size: &usize| end + 1 + size <= rest.len()) else {
                rest = &rest[end + 1..];
                continue;
            };
            texts.insert(object.to_owned(), text(&rest[end + 1..end + 1 + size]));
            rest = rest.get(end + 2 + size..).unwrap_or_default();
        }
        Ok(texts)
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // Without locks git does not refresh the index on the way.
    command.arg("--no-optional-locks").arg("-C").arg(folder).args(arguments);
    command
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = command(folder, arguments).output().context("cannot run git")?;
    if !output.status.success() {
        bail!("`git {}` fails: {}", arguments.join(" "), text(&output.stderr).trim());
    }
    Ok(output.stdout)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
