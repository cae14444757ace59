//! A file that kbc makes, and how it compares with the one that is there.

use std::borrow::Cow;
use std::fmt::Debug;
use std::ops::Range;
use std::sync::OnceLock;

use similar::{Algorithm, DiffOp, TextDiff, TextDiffConfig};

use crate::input::formats::front_matter;
use crate::input::formats::managed_block::{self, Damage};
use crate::input::formats::yaml;
use crate::model::Model;
use crate::text::fingerprint;
use crate::text::quoted;
use crate::text::source::{SourceId, Span};

/// The words by which a file is known to be kbc's own.
const MARK: &str = "Made by `kbc build`";

/// The most bytes of an output that are read.
pub const MAX_OUTPUT: u64 = 256 << 20;

/// The folder in the root that outputs wait in while they are written. None is ever made there.
pub const STAGING: &str = ".kbc-staging";

/// One output.
#[derive(Debug)]
pub struct Artifact {
    /// Relative to the project, with forward slashes.
    pub path: String,
    /// The whole file.
    pub text: String,
    /// Where the text that agents get stands: after front matter and the line that says what made the file, or between
    /// the marks of a block.
    pub body: Range<usize>,
    /// The block that it is, if the file is somebody else's.
    pub block: Option<Block>,
    /// Knows which input each part was made from; `None`: kbc makes all of it itself.
    pub provenance: Option<Box<dyn Provenance>>,
    /// What that knows, once somebody asked.
    origins: OnceLock<Vec<Origin>>,
    /// The template or setting that had the file made; kbc itself, if there is none.
    pub maker: Option<Span>,
}

/// A block in a file that others own.
#[derive(Clone, Debug)]
pub struct Block {
    /// As its marks say.
    pub name: String,
    /// The file as it was read; `None` if there is none yet.
    pub host: Option<SourceId>,
}

/// Lines of an output and the place in an input that they were made from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// From 0.
    pub lines: Range<usize>,
    pub span: Span,
    /// "the `short` of `RTY1`".
    pub what: String,
    /// Is it the wording of a rule, which can be edited?
    pub wording: bool,
}

/// What an artifact was made from. A run without a complaint never asks, so it is worked out when somebody does.
pub trait Provenance: Debug + Send + Sync {
    /// The inputs of the lines; later ones are more specific.
    fn origins(&self, artifact: &Artifact, model: &Model) -> Vec<Origin>;
}

impl Artifact {
    /// A file with its header. The header is a comment in the format that the path's ending says;
    /// formats without comments have none. It stands behind front matter, which has to come first.
    pub fn new(path: impl Into<String>, text: &str, maker: Option<Span>) -> Self {
        let path = path.into();
        let (front, body) = text.split_at(front_length(&path, text));
        let header = header(&path);
        let text = format!("{front}{header}{body}");
        let body = front.len() + header.len()..text.len();
        Self { path, body, text, block: None, provenance: None, origins: OnceLock::new(), maker }
    }

    /// The same with a seal: a fingerprint of what agents get of it, in the line that says what made the file. A hook, which
    /// compiles nothing, knows by it that nobody has edited the file since. It is no secret: who edits the line as well is not
    /// noticed by it, but by `kbc check`.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        let line = header(&self.path);
        let Some(end) = Some(line.len() - line.trim_end_matches([' ', '-', '>', '\n']).len())
            .filter(|_| self.block.is_none() && !line.is_empty())
        else {
            return self;
        };
        let seal = format!("{SEAL}{}.", seal_of(self.body()));
        self.text.insert_str(self.body.start - end, &seal);
        self.body = self.body.start + seal.len()..self.text.len();
        self
    }

    /// A block in a file that others own, given as it was read; one that is not there is made.
    ///
    /// # Errors
    /// If the marks in it are damaged.
    pub fn spliced(
        path: impl Into<String>,
        text: &str,
        name: &str,
        host: Option<(SourceId, &str)>,
        maker: Option<Span>,
    ) -> Result<Self, Damage> {
        let whole = managed_block::splice(host.map_or("", |(_, text)| text), name, text)?;
        let body = managed_block::inside(&whole, name).expect("the block was just put in");
        let block = Some(Block { name: name.to_owned(), host: host.map(|(source, _)| source) });
        let origins = OnceLock::new();
        Ok(Self { path: path.into(), text: whole, body, block, provenance: None, origins, maker })
    }

    /// The text that is injected into prompts, and counted.
    pub fn body(&self) -> &str {
        &self.text[self.body.clone()]
    }

    /// The number of lines before the body.
    pub fn body_line(&self) -> usize {
        self.text[..self.body.start].matches('\n').count()
    }

    /// The lines (from 0) that kbc made: all, or those of its block.
    pub fn made_lines(&self) -> Range<usize> {
        match self.block {
            None => 0..self.text.lines().count(),
            Some(_) => self.body_line()..self.body_line() + self.body().lines().count(),
        }
    }

    /// Which input each part was made from; later ones are more specific.
    pub fn origins(&self, model: &Model) -> &[Origin] {
        let find = || self.provenance.as_ref().map_or_else(Vec::new, |provenance| provenance.origins(self, model));
        self.origins.get_or_init(find)
    }

    /// The most specific input of a line (from 0).
    pub fn origin(&self, line: usize, model: &Model) -> Option<&Origin> {
        self.origins(model).iter().rev().find(|origin| origin.lines.contains(&line))
    }
}

/// How many bytes of a text are front matter: only what is Markdown has any.
fn front_length(path: &str, text: &str) -> usize {
    if header(path).starts_with("<!--") { front_matter::length(text) } else { 0 }
}

/// The part of a text for an output that agents get, and that is counted: front matter is read by their tools.
pub fn counted<'a>(path: &str, text: &'a str) -> &'a str {
    &text[front_length(path, text)..]
}

fn header(path: &str) -> String {
    let words = format!("{MARK} from papers/, data/ and templates/. Edit those, not this file.");
    match path.rsplit('.').next() {
        Some("yaml" | "yml" | "toml" | "txt" | "py" | "sh" | "rb" | "ini" | "cfg" | "conf") => format!("# {words}\n"),
        Some("json" | "jsonl" | "csv" | "tsv") => String::new(),
        // What agents read is Markdown more often than not, whatever its name: .cursorrules, CLAUDE.
        _ => format!("<!-- {words} -->\n"),
    }
}

/// Has a format no comments, so that a file cannot say who made it?
pub fn is_mute(path: &str) -> bool {
    header(path).is_empty()
}

/// Did kbc make this file? It says so in its first line; in a format without comments, anywhere in the
/// first five.
pub fn is_made(path: &str, text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match header(path).trim_end() {
        "" => text.lines().take(5).any(|line| line.contains(MARK)),
        header => counted(path, text).lines().next().is_some_and(|line| without_seal(line) == header),
    }
}

/// The body of a file that kbc made.
pub fn body_of<'a>(path: &str, text: &'a str) -> &'a str {
    if header(path).is_empty() {
        return text;
    }
    counted(path, text).split_once('\n').map_or("", |(_, body)| body)
}

/// What stands before the fingerprint of a seal, and how many digits that has.
const SEAL: &str = " Seal ";
const DIGITS: usize = 16;

/// The fingerprint of a body. A checkout may have changed its line ends.
fn seal_of(body: &str) -> String {
    fingerprint::of(&[&body.replace("\r\n", "\n")])
}

/// Where the seal is in the first line that has the mark of kbc.
fn seal_in(text: &str) -> Option<Range<usize>> {
    let mark = text.find(MARK)?;
    let line = &text[mark..][..text[mark..].find('\n').unwrap_or(text.len() - mark)];
    let start = mark + line.find(SEAL)?;
    let end = start + SEAL.len() + DIGITS + 1;
    let digits = text.get(start + SEAL.len()..end)?.strip_suffix('.')?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(start..end)
}

/// A text without its seal.
fn without_seal(text: &str) -> Cow<'_, str> {
    match seal_in(text) {
        None => Cow::Borrowed(text),
        Some(seal) => Cow::Owned([&text[..seal.start], &text[seal.end..]].concat()),
    }
}

/// Has a file a seal, and is it as kbc made it?
pub fn is_sealed(path: &str, text: &str) -> bool {
    let first = counted(path, text).lines().next().unwrap_or_default();
    seal_in(first).is_some() && is_intact(path, text)
}

/// Is a file that has a seal as kbc made it? One without, as older versions made it, cannot be asked.
pub fn is_intact(path: &str, text: &str) -> bool {
    let first = counted(path, text).lines().next().unwrap_or_default();
    let seal = seal_in(first).map(|seal| first[seal.start + SEAL.len()..seal.end - 1].to_owned());
    seal.is_none_or(|seal| seal == seal_of(body_of(path, text)))
}

/// How a file differs from the artifact.
#[derive(Debug)]
pub struct Drift {
    /// Unified diff from the file to the artifact.
    pub diff: String,
    /// For every hunk, its lines in the file and in the artifact (from 0).
    pub hunks: Vec<(Range<usize>, Range<usize>)>,
    /// Only line ends, the final newline, or in YAML and JSON the order of keys differ.
    pub cosmetic: bool,
}

/// Lines that may differ between two texts before they are compared in one piece.
const DIFFED: usize = 50_000;

/// Compares; `None` if they are the same to the byte, or but for a seal that the file does not have. Where more differs than
/// a seal, that is what is told.
pub fn compare(artifact: &Artifact, current: &str) -> Option<Drift> {
    if artifact.text == current {
        return None;
    }
    let (bare, made) = (without_seal(current), without_seal(&artifact.text));
    if bare != made {
        return differ(&artifact.path, &bare, &made);
    }
    let is_sealed = bare.len() < current.len();
    is_sealed.then(|| differ(&artifact.path, current, &artifact.text)).flatten()
}

fn differ(path: &str, current: &str, made: &str) -> Option<Drift> {
    let (old, new): (Vec<&str>, Vec<&str>) = (current.lines().collect(), made.lines().collect());
    let shared = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    if old.len().max(new.len()) - shared > DIFFED {
        let diff = too_many(path, old.len().max(new.len()) - shared);
        return Some(Drift { diff, hunks: vec![(shared..old.len(), shared..new.len())], cosmetic: old == new });
    }
    let mut config = TextDiffConfig::default();
    config.algorithm(Algorithm::Patience);
    let diff = config.diff_lines(current, made);
    let hunks = diff.ops().iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    Some(Drift {
        hunks: hunks.map(|op| (op.old_range(), op.new_range())).collect(),
        diff: unified(&diff, path),
        cosmetic: says_the_same(path, current, made),
    })
}

/// Do two texts of a file say the same, however they are written? A comment says something: agents read it.
fn says_the_same(path: &str, a: &str, b: &str) -> bool {
    if a.lines().eq(b.lines()) {
        return true;
    }
    let comments = |text: &str| -> Vec<String> {
        let mut lines: Vec<_> =
            text.lines().filter_map(|line| line.split_once('#')).map(|(_, c)| c.to_owned()).collect();
        lines.sort();
        lines
    };
    match path.rsplit('.').next() {
        Some("yaml" | "yml") => comments(a) == comments(b) && yaml::same(a, b),
        Some("json") => json(a).is_some_and(|a| Some(a) == json(b)),
        Some("jsonl") => a.lines().map(json).eq(b.lines().map(json)) && a.lines().all(|line| json(line).is_some()),
        _ => false,
    }
}

fn json(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok()
}

/// The lines of a new text (from 0) that its old one does not have; line ends do not count.
pub fn changed_lines(old: &str, new: &str) -> Vec<Range<usize>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let shared = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    if old.len().max(new.len()) - shared > DIFFED {
        return Some(shared..new.len()).filter(|lines| !lines.is_empty()).into_iter().collect();
    }
    let mut config = TextDiffConfig::default();
    config.algorithm(Algorithm::Patience);
    let ops = config.diff_slices(&old, &new).ops().to_vec();
    let changed = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })).map(DiffOp::new_range);
    changed.filter(|lines| !lines.is_empty()).collect()
}

/// The unified diff from one text of a file to another.
pub fn whole(path: &str, old: &str, new: &str) -> String {
    let shared = old.lines().zip(new.lines()).take_while(|(old, new)| old == new).count();
    let differ = old.lines().count().max(new.lines().count()) - shared;
    if differ > DIFFED {
        return too_many(path, differ);
    }
    unified(&TextDiff::from_lines(old, new), path)
}

fn too_many(path: &str, lines: usize) -> String {
    format!("--- a/{path}\n+++ b/{path}\n{lines} lines differ, too many to show\n")
}

fn unified(diff: &TextDiff<'_, '_, str>, path: &str) -> String {
    let [old, new] = ["a", "b"].map(|side| format!("{side}/{path}"));
    diff.unified_diff().context_radius(2).header(&quoted::in_patch(&old), &quoted::in_patch(&new)).to_string()
}
