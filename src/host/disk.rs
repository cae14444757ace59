//! The file system: finding a knowledge base, reading it, and writing outputs all or nothing.
//! What the files mean is not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ignore::WalkBuilder;

pub use super::code::{CodeFile, Unread, code_files, code_text, read_code};
pub use super::directory_lock::{Access, DirectoryLock, apply};
pub use super::journal::{Change, Recovery};
use super::paths::{blame, relative, target};
pub use super::project::Project;
pub use super::rewrite::rewrite;
use crate::compile::artifact;
use crate::compile::{self, Texts};
use crate::diag::{Code, Diagnostic, Place, Sink};
use crate::input::formats::managed_block;
use crate::text::source::{SourceId, Sources, Span};

/// Bytes that an input may have, and that a template may have: its parser goes as deep as its text is long.
const MAX_INPUT: u64 = 1 << 20;
const MAX_TEMPLATE: u64 = 64 << 10;
/// It holds what all papers say.
const MAX_LOCK: u64 = 1 << 30;
/// Endings that were probably meant to be read.
const NEAR_MISSES: [&str; 7] = ["md", "markdown", "mdown", "mdx", "yaml", "yml", "json"];

/// The root of the knowledge base that a folder lies in: the nearest one with a `kbc.toml`, or else
/// with a `papers` folder.
pub fn find_root(from: &Path) -> Option<PathBuf> {
    let by = |sign: fn(&Path) -> bool| from.ancestors().find(|folder| sign(folder)).map(Path::to_path_buf);
    by(|folder| folder.join("kbc.toml").is_file()).or_else(|| by(|folder| folder.join("papers").is_dir()))
}

/// Reads every input below a root. What cannot be read becomes a diagnostic.
pub fn load(root: &Path) -> Texts {
    let mut inputs = load_config(root);
    let Texts { sources, papers, data, templates, utilities, lock, diags, .. } = &mut inputs;
    *papers = read_folder(root, "papers", &["md"], sources, diags);
    *data = read_folder(root, "data", &["yaml", "yml"], sources, diags);
    *templates = read_folder(root, "templates", &[], sources, diags);
    *utilities = read_folder(root, "utils", &["yaml", "yml"], sources, diags);
    if root.join(crate::input::files::lock_file::PATH).exists() {
        *lock = read_input(root, &root.join(crate::input::files::lock_file::PATH), MAX_LOCK, sources, diags);
    }
    let wanted = compile::shared_files(&inputs);
    let Texts { sources, papers, hosts, diags, .. } = &mut inputs;
    *hosts = wanted.iter().filter_map(|path| read_host(root, path, sources, diags)).collect();
    if papers.is_empty() && diags.is_empty() {
        let message = "the papers folder holds no paper";
        let help = "`kbc new DOMAIN` writes a skeleton of one";
        diags.push(Diagnostic::new(Code::NoPapers, Place::File("papers".into()), message).help(help));
    }
    inputs
}

/// Reads only the settings.
pub fn load_config(root: &Path) -> Texts {
    let mut inputs = Texts::default();
    if root.join("kbc.toml").exists() {
        inputs.config = read_input(root, &root.join("kbc.toml"), MAX_INPUT, &mut inputs.sources, &mut inputs.diags);
    }
    inputs
}

/// The files below a folder with one of the endings (any, if none is named), in the order of names.
fn read_folder(root: &Path, folder: &str, endings: &[&str], sources: &mut Sources, diags: &mut Sink) -> Vec<SourceId> {
    let mut ids = Vec::new();
    for entry in walk(&root.join(folder), Links::Followed) {
        let path = match entry {
            Ok(entry) => entry.into_path(),
            Err(error) => {
                let (path, cause) = blame(&error);
                diags.push(unreadable(&path.map_or_else(|| folder.to_owned(), |path| relative(root, path)), &cause));
                continue;
            }
        };
        if path.is_dir() {
            continue;
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if endings.is_empty() || endings.contains(&ending) {
            let limit = if folder == "templates" { MAX_TEMPLATE } else { MAX_INPUT };
            ids.extend(read_input(root, &path, limit, sources, diags));
        // A folder of this name is often somebody else's.
        } else if folder != "utils" && NEAR_MISSES.contains(&ending.to_lowercase().as_str()) {
            let name = relative(root, &path);
            let message = format!("`{name}` is not read: files in {folder}/ end in .{}", endings.join(" or ."));
            let help = "rename it, or move it out of the folder";
            diags.push(Diagnostic::new(Code::Ignored, Place::File(name), message).help(help));
        }
    }
    ids
}

/// Are the targets of links read as if they lay in the folder?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Followed,
    Left,
}

/// Everything below a folder but hidden files; nothing, if there is no such folder.
fn walk(folder: &Path, links: Links) -> impl Iterator<Item = Result<ignore::DirEntry, ignore::Error>> + use<> {
    let mut builder = WalkBuilder::new(folder);
    builder.standard_filters(false).hidden(true).follow_links(links == Links::Followed).sort_by_file_name(Ord::cmp);
    folder.exists().then(|| builder.build()).into_iter().flatten()
}

/// A file of others in which kbc keeps a block, to the byte; `None` if it is not there. Paths that no output can have are
/// told when they are compiled.
fn read_host(root: &Path, path: &str, sources: &mut Sources, diags: &mut Sink) -> Option<SourceId> {
    let metadata = target(root, path).ok().and_then(|_| root.join(path).symlink_metadata().ok())?;
    if metadata.is_symlink() {
        let leads = fs::read_link(root.join(path)).map(|to| to.display().to_string()).unwrap_or_default();
        let message = format!("`{path}` is a link to `{leads}`, so no block is kept in it");
        let help = "let the template name the file that it leads to, or leave the template out";
        diags.push(Diagnostic::new(Code::LinkedSharedFile, Place::File(path.to_owned()), message).help(help));
        return None;
    }
    let text = read_text(root, &root.join(path), MAX_INPUT, sources, diags)?;
    Some(sources.add(path, text))
}

fn read_input(root: &Path, path: &Path, limit: u64, sources: &mut Sources, diags: &mut Sink) -> Option<SourceId> {
    let text = read_text(root, path, limit, sources, diags)?;
    Some(sources.add(relative(root, path), without_mark(text)))
}

fn read_text(root: &Path, path: &Path, limit: u64, sources: &mut Sources, diags: &mut Sink) -> Option<String> {
    let name = relative(root, path);
    let metadata = match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            diags.push(unreadable(&name, &"it is neither a file nor a folder"));
            return None;
        }
        Ok(metadata) => metadata,
        Err(error) => {
            diags.push(unreadable(&name, &error));
            return None;
        }
    };
    if metadata.len() > limit {
        let size = metadata.len() as f64 / MAX_INPUT as f64;
        let message = format!("`{name}` has {size:.1} MiB, at most {} KiB are read", limit >> 10);
        let help = match name.split('/').next() {
            Some("papers") => "a paper of 5,000 tokens is about 20 KB; move data sets and logs elsewhere",
            _ => "nothing that kbc reads is so large by itself; move data sets and logs elsewhere",
        };
        diags.push(Diagnostic::new(Code::TooLarge, Place::File(name), message).help(help));
        return None;
    }
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            diags.push(unreadable(&name, &error));
            return None;
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[at];
            let source = sources.add(&name, String::from_utf8_lossy(error.as_bytes()));
            let span = Span::new(source, at..at + '\u{fffd}'.len_utf8());
            let message = format!("`{name}` is not UTF-8: the byte 0x{byte:02X} begins no character");
            let help = format!("convert it: `iconv -f latin1 -t utf-8 {name}`");
            diags.push(Diagnostic::new(Code::NotUtf8, span, message).label("here").help(help));
            None
        }
    }
}

/// A text without the byte order mark at its begin. A second one is no such mark, and is left for all to see.
fn without_mark(text: String) -> String {
    let plain = text.strip_prefix('\u{feff}').filter(|rest| !rest.starts_with('\u{feff}'));
    plain.map(str::to_owned).unwrap_or(text)
}

fn unreadable(name: &str, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::new(Code::Unreadable, Place::File(name.to_owned()), format!("`{name}` cannot be read: {error}"))
        .help("make it a readable file, or move it out of the folder")
}

/// The texts of the outputs that are there: the named ones, whatever lies in the output folder, and what kbc made in the
/// other folders that are watched.
///
/// # Errors
/// If one of them is a folder or cannot be read.
pub fn read_outputs(
    root: &Path,
    named: &[&str],
    folder: &str,
    watched: &[&str],
    sources: &mut Sources,
) -> Result<BTreeMap<String, SourceId>> {
    let mut outputs = BTreeMap::new();
    let mut paths = Vec::new();
    let mut targets = BTreeSet::new();
    for name in named {
        targets.insert(target(root, name)?);
        paths.extend(Some(root.join(name)).filter(|path| path.exists()));
    }
    let mut others = Vec::new();
    if !folder.is_empty() {
        let folder = root.join(folder);
        let files = walk(&folder, Links::Left).flatten().map(ignore::DirEntry::into_path);
        others.extend(files.filter(|path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())));
    }
    others.extend(orphans(root, named, watched));
    // The file that an output is a link to is that output.
    paths.extend(others.into_iter().filter(|path| !path.canonicalize().is_ok_and(|real| targets.contains(&real))));
    for path in paths {
        let name = relative(root, &path);
        if path.is_dir() {
            bail!("the output `{name}` is a folder\n  help: remove it, or give the template another `output`");
        }
        if !path.is_file() {
            bail!("the output `{name}` is not a file\n  help: remove it, or give the template another `output`");
        }
        let bytes = fs::read(&path).with_context(|| format!("cannot read the output `{name}`"))?;
        outputs.entry(name.clone()).or_insert_with(|| sources.add(name, String::from_utf8_lossy(&bytes)));
    }
    Ok(outputs)
}

/// Files in the root, beside outputs and in watched folders whose first line says that kbc made them, or that hold a block
/// of kbc's: what a template made before it was renamed or removed.
fn orphans(root: &Path, named: &[&str], watched: &[&str]) -> Vec<PathBuf> {
    let folders = named.iter().filter_map(|name| Some(root.join(name).parent()?.to_path_buf()));
    let folders: BTreeSet<PathBuf> = folders.chain([root.to_path_buf()]).collect();
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    let is_ours = |path: &PathBuf| {
        let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_INPUT);
        let text = Some(path).filter(|_| is_file).and_then(|path| fs::read_to_string(path).ok());
        text.is_some_and(|text| {
            let name = relative(root, path);
            let holds_block = || managed_block::begun(&text).iter().any(|(name, _)| *name != managed_block::INJECTED);
            !artifact::is_mute(&name) && (artifact::is_made(&name, &text) || holds_block())
        })
    };
    let below = watched.iter().flat_map(|folder| walk(&root.join(folder), Links::Left).flatten());
    entries.map(|entry| entry.path()).chain(below.map(ignore::DirEntry::into_path)).filter(is_ours).collect()
}

/// The nearest file of a name in a folder and those above it.
pub fn nearest_above(folder: &Path, name: &str) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    folder.ancestors().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A folder for programs to run in; it goes away with all that they left in it.
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    /// # Errors
    /// If there is no room for temporary files.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(".kbc-").tempdir();
        folder.map(Self).context("cannot make a temporary folder to run in")
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}
