//! The inputs of a knowledge base as a world has them: which files there are, and what they say. What cannot be read
//! becomes a diagnostic.

use rayon::prelude::*;

use super::plan;
use super::texts::Texts;
use crate::diag::{Code, Diagnostic, Place, Sink};
use crate::input::files::config::{Input, Paths, SETTINGS};
use crate::input::files::data::RAW;
use crate::input::files::lock_file;
use crate::input::world::{Bytes, Entry, Links, World};
use crate::text::source::{SourceId, Sources, Span};

/// Bytes that an input may have, and that a template may have: its parser goes as deep as its text is long.
pub const MAX_INPUT: u64 = 1 << 20;
const MAX_TEMPLATE: u64 = 64 << 10;
/// It holds what all papers say.
const MAX_LOCK: u64 = 1 << 30;
/// Endings that were probably meant to be read.
const NEAR_MISSES: [&str; 7] = ["md", "markdown", "mdown", "mdx", "yaml", "yml", "json"];
/// What the system calls a file that is not there.
const GONE: &str = "No such file or directory (os error 2)";

impl Texts {
    /// Every input.
    pub fn read(world: &dyn World) -> Self {
        let mut inputs = Self::settings(world);
        inputs.paths = inputs.config_unsaid().paths;
        let Self { sources, paths, papers, data, templates, utilities, lock, diags, .. } = &mut inputs;
        let mut read = |input| folders(world, paths, input, sources, diags);
        *papers = read(Input::Papers);
        *data = read(Input::Data);
        *templates = read(Input::Templates);
        *utilities = read(Input::Utilities);
        *lock = single(world, lock_file::PATH, MAX_LOCK, sources, diags);
        let wanted = plan::shared_files(&inputs);
        let Self { sources, paths, papers, hosts, diags, .. } = &mut inputs;
        *hosts = wanted.iter().filter_map(|path| host(world, path, sources, diags)).collect();
        if papers.is_empty() && diags.is_empty() {
            let message = "the papers folder holds no paper";
            let help = "`kbc new PAPER` writes a skeleton of one";
            let folder = Place::File(paths.folder(Input::Papers).to_owned());
            diags.push(Diagnostic::new(Code::NoPapers, folder, message).help(help));
        }
        inputs
    }

    /// Only kbc.toml.
    pub fn settings(world: &dyn World) -> Self {
        let mut inputs = Self::default();
        inputs.config = single(world, SETTINGS, MAX_INPUT, &mut inputs.sources, &mut inputs.diags);
        inputs
    }
}

/// The endings of a kind of input; any, if none is named.
fn endings(input: Input) -> &'static [&'static str] {
    match input {
        Input::Papers => &["md"],
        Input::Data | Input::Utilities => &["yaml", "yml"],
        Input::Templates => &[],
    }
}

/// The files of a kind of input, folder by folder.
fn folders(world: &dyn World, paths: &Paths, input: Input, sources: &mut Sources, diags: &mut Sink) -> Vec<SourceId> {
    let folders = paths.folders(input).into_iter();
    folders.flat_map(|name| folder(world, name, input, sources, diags)).collect()
}

/// The files below a folder with one of the endings of its kind, in the order of names.
fn folder(world: &dyn World, folder: &str, input: Input, sources: &mut Sources, diags: &mut Sink) -> Vec<SourceId> {
    let limit = if input == Input::Templates { MAX_TEMPLATE } else { MAX_INPUT };
    let endings = endings(input);
    let ending = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.rsplit_once('.').map_or("", |(stem, ending)| if stem.is_empty() { "" } else { ending }).to_owned()
    };
    let is_wanted = |path: &str| endings.is_empty() || endings.contains(&ending(path).as_str());
    let read = |entry: Entry| {
        let bytes = match &entry {
            Entry::File(path) if is_wanted(path) => world.read(path, limit, Links::Followed),
            Entry::File(_) | Entry::Fault(..) => Bytes::Unknown,
        };
        (entry, bytes)
    };
    let mut ids = Vec::new();
    // Raw values are not read: their summary is.
    let raw = format!("{folder}/{RAW}");
    let is_raw = |entry: &Entry| matches!(entry, Entry::File(path) if input == Input::Data && path.starts_with(&raw));
    let entries = world.files(folder, Links::Followed).into_par_iter().filter(|entry| !is_raw(entry));
    for (entry, bytes) in entries.map(read).collect::<Vec<_>>() {
        match entry {
            Entry::Fault(path, why) => diags.push(unreadable(&path.unwrap_or_else(|| folder.to_owned()), &why)),
            Entry::File(path) if is_wanted(&path) => {
                let text = text(&path, bytes, limit, sources, diags);
                ids.extend(text.map(|text| sources.add(path, without_mark(text))));
            }
            // A folder of this name is often somebody else's.
            Entry::File(path)
                if input != Input::Utilities && NEAR_MISSES.contains(&ending(&path).to_lowercase().as_str()) =>
            {
                let message = format!("`{path}` is not read: files in {folder}/ end in .{}", endings.join(" or ."));
                let help = "rename it, or move it out of the folder";
                diags.push(Diagnostic::new(Code::IgnoredFile, Place::File(path), message).help(help));
            }
            Entry::File(_) => {}
        }
    }
    ids
}

/// A file that need not be there.
fn single(world: &dyn World, path: &str, limit: u64, sources: &mut Sources, diags: &mut Sink) -> Option<SourceId> {
    let bytes = world.read(path, limit, Links::Followed);
    if bytes == Bytes::Absent {
        return None;
    }
    let text = text(path, bytes, limit, sources, diags)?;
    Some(sources.add(path, without_mark(text)))
}

/// A file of others in which kbc keeps a block, to the byte; `None` if it is not there. Paths that no output can have are
/// told when they are compiled.
fn host(world: &dyn World, path: &str, sources: &mut Sources, diags: &mut Sink) -> Option<SourceId> {
    world.target(path).ok()?;
    let bytes = match world.read(path, MAX_INPUT, Links::Left) {
        Bytes::Absent => return None,
        Bytes::Link(leads) => {
            let message = format!("`{path}` is a link to `{leads}`, so no block is kept in it");
            let help = "let the template name the file that it leads to, or leave the template out";
            diags.push(Diagnostic::new(Code::LinkedSharedFile, Place::File(path.to_owned()), message).help(help));
            return None;
        }
        bytes => bytes,
    };
    let text = text(path, bytes, MAX_INPUT, sources, diags)?;
    Some(sources.add(path, text))
}

/// The text of a file, or what is wrong with it.
fn text(name: &str, bytes: Bytes, limit: u64, sources: &mut Sources, diags: &mut Sink) -> Option<String> {
    let diagnostic = match bytes {
        Bytes::Found(bytes) => match String::from_utf8(bytes) {
            Ok(text) => return Some(text),
            Err(error) => not_utf8(name, &error, sources),
        },
        Bytes::TooLarge(size) => too_large(name, size, limit),
        Bytes::NotAFile | Bytes::Link(_) => unreadable(name, "it is neither a file nor a folder"),
        Bytes::Unreadable(why) => unreadable(name, &why),
        Bytes::Absent => unreadable(name, GONE),
        Bytes::Unknown => return None,
    };
    diags.push(diagnostic);
    None
}

fn too_large(name: &str, size: u64, limit: u64) -> Diagnostic {
    let size = size as f64 / MAX_INPUT as f64;
    let message = format!("`{name}` has {size:.1} MiB, at most {} KiB are read", limit >> 10);
    let help = match name.rsplit_once('.') {
        Some((_, "md")) => "a paper of 5,000 tokens is about 20 KB; move data sets and logs elsewhere",
        _ => "nothing that kbc reads is so large by itself; move data sets and logs elsewhere",
    };
    Diagnostic::new(Code::OversizedFile, Place::File(name.to_owned()), message).help(help)
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error, sources: &mut Sources) -> Diagnostic {
    let at = error.utf8_error().valid_up_to();
    let byte = error.as_bytes()[at];
    let source = sources.add(name, String::from_utf8_lossy(error.as_bytes()));
    let span = Span::new(source, at..at + '\u{fffd}'.len_utf8());
    let message = format!("`{name}` is not UTF-8: the byte 0x{byte:02X} begins no character");
    let help = format!("convert it: `iconv -f latin1 -t utf-8 {name}`");
    Diagnostic::new(Code::NotUtf8, span, message).label("here").help(help)
}

/// A text without the byte order mark at its begin. A second one is no such mark, and is left for all to see.
fn without_mark(text: String) -> String {
    let plain = text.strip_prefix('\u{feff}').filter(|rest| !rest.starts_with('\u{feff}'));
    plain.map(str::to_owned).unwrap_or(text)
}

fn unreadable(name: &str, why: &str) -> Diagnostic {
    Diagnostic::new(Code::UnreadableFile, Place::File(name.to_owned()), format!("`{name}` cannot be read: {why}"))
        .help("make it a readable file, or move it out of the folder")
}
