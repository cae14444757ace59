//! Files of a knowledge base in the words of an older format, brought to those of this one. One function for each kind of
//! file: text in, text out. It edits spans of the text, so that comments, order, quotes and line ends of all that does not
//! change stay as they are. A text that is up to date comes back as it is.

mod allow;
pub mod config;
pub mod data;
mod edits;
pub mod lock;
pub mod paper;
pub mod template;
pub mod utility;

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config::{Input, SETTINGS};
use crate::input::files::lock_file;
use crate::input::formats::{front_matter, toml_document, yaml};
use crate::text::source::{SourceId, Span};

/// A kind of file that is migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Settings,
    Paper,
    Data,
    Template,
    Utility,
    Lock,
}

/// Why a text cannot be migrated, and the byte that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub at: usize,
    pub message: String,
    pub help: String,
}

impl Refusal {
    pub fn new(at: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: help.into() }
    }
}

impl Kind {
    /// The kinds that lie in folders, as what kbc.toml has their folders, and the endings of their files (any, if none is named).
    pub const IN_FOLDERS: [(Kind, Input, &'static [&'static str]); 4] = [
        (Kind::Paper, Input::Papers, &["md"]),
        (Kind::Data, Input::Data, &["yaml", "yml"]),
        (Kind::Template, Input::Templates, &[]),
        (Kind::Utility, Input::Utilities, &["yaml", "yml"]),
    ];
    /// The others, with the name of the file.
    pub const FILES: [(Kind, &'static str); 2] = [(Kind::Settings, SETTINGS), (Kind::Lock, lock_file::PATH)];

    fn function(self) -> fn(&str) -> Result<String, Refusal> {
        match self {
            Kind::Settings => config::migrate,
            Kind::Paper => paper::migrate,
            Kind::Data => data::migrate,
            Kind::Template => template::migrate,
            Kind::Utility => utility::migrate,
            Kind::Lock => lock::migrate,
        }
    }
}

/// A text without its mark of byte order.
pub fn bare(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A text in the words of this format; `None`, with complaints, if that cannot be said. Of files that are migrated
/// together, `migrated` is what came of this one.
pub fn migrate(
    kind: Kind,
    source: SourceId,
    path: &str,
    text: &str,
    migrated: Option<Result<String, Refusal>>,
    diags: &mut Sink,
) -> Option<String> {
    let bare = bare(text);
    let mark = text.len() - bare.len();
    if !is_sound(kind, source, path, bare, diags) {
        return None;
    }
    match migrated.unwrap_or_else(|| kind.function()(bare)) {
        Ok(migrated) => Some(text[..mark].to_owned() + &migrated),
        Err(Refusal { at, message, help }) => {
            let at = (0..=at.min(bare.len())).rev().find(|at| bare.is_char_boundary(*at)).unwrap_or(0);
            diags.push(Diagnostic::new(Code::NotMigrated, Span::new(source, at..at), message).help(help));
            None
        }
    }
}

/// Has a text the form of its kind, in whatever words? Complains if not.
fn is_sound(kind: Kind, source: SourceId, path: &str, text: &str, diags: &mut Sink) -> bool {
    let before = diags.len();
    if let Some(at) = conflict(text) {
        let message = format!("`{path}` holds a merge conflict");
        let place = Span::new(source, at..at + "<<<<<<<".len());
        diags.push(Diagnostic::new(Code::NotMigrated, place, message).help("resolve it, then migrate"));
        return false;
    }
    match kind {
        Kind::Settings => drop(toml_document::read(source, text, path, diags)),
        Kind::Data | Kind::Utility => drop(yaml::read(source, text, 0, diags)),
        // A part of a template has no front matter, and an empty paper none yet.
        Kind::Paper | Kind::Template => {
            if let Some(range) = front_matter::range(text) {
                yaml::read(source, &text[range.clone()], range.start, diags);
            }
        }
        Kind::Lock => {}
    }
    diags.len() == before
}

/// Where a merge conflict begins: a line of its first mark that a line of its last one follows, outside of blocks of code.
fn conflict(text: &str) -> Option<usize> {
    let (mut at, mut begin, mut fence) = (0, None, None);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        let marks = ["```", "~~~"].into_iter().find(|mark| bare.starts_with(mark));
        match (fence, marks) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ if fence.is_some() => {}
            _ if is_mark(line, "<<<<<<<") => begin = begin.or(Some(at)),
            _ if is_mark(line, ">>>>>>>") && begin.is_some() => return begin,
            _ => {}
        }
        at += line.len();
    }
    None
}

fn is_mark(line: &str, mark: &str) -> bool {
    line.strip_prefix(mark).is_some_and(|rest| rest.starts_with([' ', '\n', '\r']) || rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::source::Sources;

    fn migrated(kind: Kind, text: &str) -> (Option<String>, String) {
        let source = Sources::default().add("a", text);
        let mut diags = Sink::new();
        let migrated = migrate(kind, source, "a", text, None, &mut diags);
        (migrated, diags.iter().map(|diagnostic| diagnostic.message.clone()).collect())
    }

    #[test]
    fn conflicts_are_told_but_not_those_that_a_paper_shows() {
        let conflict = "---\nid: a\n<<<<<<< ours\ntitle: A\n=======\ntitle: B\n>>>>>>> theirs\n---\n";
        assert_eq!(migrated(Kind::Paper, conflict), (None, "`a` holds a merge conflict".into()));
        let shown = "---\nid: a\n---\n```text\n<<<<<<< ours\n=======\n>>>>>>> theirs\n```\n";
        assert_eq!(migrated(Kind::Paper, shown), (Some(shown.into()), String::new()));
    }

    #[test]
    fn a_mark_of_byte_order_and_line_ends_stay() {
        for text in ["\u{feff}---\r\nid: a\r\n---\r\n# A\r\n", "", "no front matter"] {
            assert_eq!(migrated(Kind::Paper, text), (Some(text.into()), String::new()));
        }
    }
}
