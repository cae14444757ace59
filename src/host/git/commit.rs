//! Commits of a repository, and what their trees hold.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use super::repository::Repository;
use crate::diag::UserError;

/// The most bytes that git lists of one tree. A small repository can hold a tree of more files than there are atoms.
const MAX_LISTED: u64 = 128 << 20;

/// What a path is in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    File(String),
    Link,
    /// The commit of another repository.
    Submodule(String),
}

/// The paths of a tree.
pub type Tree = BTreeMap<String, Node>;

/// The commit that a revision names; `None`, if the repository has none.
///
/// # Errors
/// If there is no git.
pub fn resolve(repository: &Repository, revision: &str) -> Result<Option<String>> {
    let name = format!("{revision}^{{commit}}");
    let answer = ask(repository, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name])?;
    Ok(answer.map(|answer| answer.trim().to_owned()))
}

/// Why a revision is not found that git takes from its log or from the settings of the repository, such as `HEAD@{1}` and
/// `@{u}`. kbc reads neither.
pub fn not_looked_up(revision: &str) -> Option<UserError> {
    let names_record = revision.contains("@{");
    let why = "kbc reads no log and no settings of a repository, and one of them says what it is";
    names_record.then(|| {
        UserError::new(format!("`{revision}` is not looked up: {why}"))
            .help("name the commit that `git rev-parse` prints for it")
    })
}

/// Where the histories of two commits part.
///
/// # Errors
/// If there is no git.
pub fn merge_base(repository: &Repository, one: &str, other: &str) -> Result<Option<String>> {
    let answer = ask(repository, &["merge-base", one, other])?;
    Ok(answer.and_then(|answer| answer.lines().next().map(str::to_owned)))
}

/// What stands at all paths below a folder of a commit, seen from that folder.
///
/// # Errors
/// If the clone has only a part of it, or it is too large.
pub fn tree(repository: &Repository, commit: &str, folder: &str) -> Result<Tree> {
    let name = if folder.is_empty() { commit.to_owned() } else { format!("{commit}:{folder}") };
    let mut child = spawn(&mut repository.git(&["ls-tree", "-r", "-z", "--full-tree", &name]))?;
    let mut listed = Vec::new();
    let output = child.stdout.take().context("git gives no answer")?;
    output.take(MAX_LISTED + 1).read_to_end(&mut listed).context("git does not answer")?;
    if listed.len() as u64 > MAX_LISTED {
        let _ = child.kill();
        let _ = child.wait();
        bail!(
            UserError::new(format!("`{commit}` has too many files to be compared with"))
                .help("review without it, or name another revision")
        );
    }
    if !child.wait().context("git does not end")?.success() {
        bail!(
            UserError::new(format!("this clone has only a part of the commit `{commit}`"))
                .help("fetch all of it: `git fetch --refetch --no-filter`")
        );
    }
    Ok(String::from_utf8_lossy(&listed).split('\0').filter_map(entry).collect())
}

/// `100644 blob OBJECT\tPATH`
fn entry(text: &str) -> Option<(String, Node)> {
    let (facts, path) = text.split_once('\t')?;
    let mut facts = facts.split(' ');
    let (mode, object) = (facts.next()?, facts.nth(1)?.to_owned());
    let node = match mode {
        "120000" => Node::Link,
        "160000" => Node::Submodule(object),
        _ => Node::File(object),
    };
    Some((path.to_owned(), node))
}

fn ask(repository: &Repository, arguments: &[&str]) -> Result<Option<String>> {
    let output = repository.git(arguments).stdin(Stdio::null()).output().map_err(|error| no_git(&error))?;
    Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
}

fn spawn(command: &mut Command) -> Result<Child> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    Ok(command.spawn().map_err(|error| no_git(&error))?)
}

fn no_git(error: &std::io::Error) -> UserError {
    UserError::new(format!("comparing with a revision needs the git program, which does not start: {error}"))
        .help("install git, or review without `--since` and `--at`")
}

/// A git that hands out objects one after the other.
#[derive(Debug)]
pub struct Objects {
    child: Mutex<(Child, ChildStdin, BufReader<ChildStdout>)>,
}

/// An object as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    Found(Vec<u8>),
    TooLarge(u64),
    /// The clone does not have it.
    Missing,
}

impl Objects {
    /// # Errors
    /// If there is no git.
    pub fn of(repository: &Repository) -> Result<Self> {
        let mut child = spawn(&mut repository.git(&["cat-file", "--batch"]))?;
        let input = child.stdin.take().context("git takes no input")?;
        let output = child.stdout.take().context("git gives no answer")?;
        Ok(Self { child: Mutex::new((child, input, BufReader::new(output))) })
    }

    /// An object of at most so many bytes.
    ///
    /// # Errors
    /// If git ends on the way.
    pub fn get(&self, object: &str, most: u64) -> Result<Object> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, input, output) = &mut *child;
        writeln!(input, "{object}").and_then(|()| input.flush()).context("git does not listen")?;
        // `OBJECT blob SIZE`, the bytes, a newline.
        let mut header = String::new();
        output.by_ref().take(4096).read_line(&mut header).context("git does not answer")?;
        let size = header.trim_end().split(' ').nth(2).and_then(|size| size.parse::<u64>().ok());
        let Some(size) = size else {
            return if header.ends_with('\n') { Ok(Object::Missing) } else { bail!("git ended while it was asked") };
        };
        let mut bytes = Vec::new();
        if size > most {
            std::io::copy(&mut output.by_ref().take(size + 1), &mut std::io::sink()).context("git does not answer")?;
            return Ok(Object::TooLarge(size));
        }
        output.by_ref().take(size + 1).read_to_end(&mut bytes).context("git does not answer")?;
        bytes.pop();
        Ok(Object::Found(bytes))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        let (child, ..) = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}
