//! `kbc.lock` as text: for every rule what it was distilled from when somebody last read both, for every paper the text
//! that no rule hangs on, and the ids that are never used again.
//!
//! A sentence is a line and an entry ends with an empty line, so that a diff reads well and two branches that
//! touch different rules merge. What has changed since is asked elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::diag::{Code, Diagnostic, Sink};
use crate::text::source::{SourceId, Span};

/// The name of the file.
pub const PATH: &str = "kbc.lock";
const VERSION: &str = "version 1";
const HEADER: &str = "\
# What each rule was distilled from when somebody last read both: its section, figures, check and examples.
# Made by `kbc build`; `kbc accept` stamps a rule again after its paper was read again. Edit papers, not this file.
";

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// What is written in a paper outside of the sections of its rules.
    Paper(String),
    Rule(String),
}

impl Subject {
    pub fn id(&self) -> &str {
        match self {
            Subject::Paper(id) | Subject::Rule(id) => id,
        }
    }
}

/// What something was distilled from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Values by figure, in full.
    pub figures: BTreeMap<String, String>,
    /// Values by JSON pointer.
    pub check: BTreeMap<String, String>,
    /// `bad`, `good` or `fixed` and a mark for every line, sorted.
    pub examples: Vec<String>,
    /// By anchor a mark for every sentence.
    pub sections: BTreeMap<String, String>,
    /// The sentences that argue for a rule, in full, so that what they said can be shown.
    pub text: Vec<String>,
}

/// The file.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    pub entries: BTreeMap<Subject, Entry>,
    /// Ids of rules that are gone for good.
    pub retired: Vec<String>,
    /// Where the first lines of entries stand, by id. Not part of what is written.
    spans: BTreeMap<String, Span>,
}

impl Lock {
    /// Reads the file. A line that is none of kbc's is complained about, and the rest is read.
    pub fn read(source: SourceId, text: &str, diags: &mut Sink) -> Self {
        let mut reading = Reading { lock: Self::default(), subject: None, diags, source };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let span = Span::new(source, at..at + line.trim_end().len());
            at += line.len();
            reading.line(line.trim_end(), span);
        }
        reading.lock
    }

    /// Where an entry begins; nothing for one that was not read.
    pub fn span(&self, id: &str) -> Option<Span> {
        self.spans.get(id).copied()
    }
}

impl std::fmt::Display for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{HEADER}{VERSION}")?;
        let mut blocks: BTreeMap<(&str, bool), String> = BTreeMap::new();
        for (subject, entry) in &self.entries {
            let is_rule = matches!(subject, Subject::Rule(_));
            blocks.insert((subject.id(), is_rule), block(subject, entry));
        }
        blocks.extend(self.retired.iter().map(|id| ((id.as_str(), true), format!("retired {id}\n"))));
        blocks.values().try_for_each(|block| write!(f, "\n{block}"))
    }
}

fn block(subject: &Subject, entry: &Entry) -> String {
    let mut text = match subject {
        Subject::Paper(id) => format!("paper {id}\n"),
        Subject::Rule(id) => format!("rule {id}\n"),
    };
    for (figure, value) in &entry.figures {
        let _ = writeln!(text, "  figure {figure} = {value}");
    }
    for (pointer, value) in &entry.check {
        let _ = writeln!(text, "  check {pointer} = {value}");
    }
    for example in &entry.examples {
        let _ = writeln!(text, "  example {example}");
    }
    for (anchor, marks) in &entry.sections {
        let _ = writeln!(text, "  section {anchor} = {marks}");
    }
    for sentence in &entry.text {
        let _ = writeln!(text, "  | {sentence}");
    }
    text
}

struct Reading<'a> {
    lock: Lock,
    subject: Option<Subject>,
    diags: &'a mut Sink,
    source: SourceId,
}

impl Reading<'_> {
    fn line(&mut self, line: &str, span: Span) {
        if line.is_empty() || line.starts_with('#') || line == VERSION {
            return;
        }
        let understood = match line.strip_prefix("  ") {
            Some(inside) => self.inside(inside),
            None => self.begin(line, span),
        };
        if understood.is_none() {
            self.complain(line, span);
        }
    }

    fn begin(&mut self, line: &str, span: Span) -> Option<()> {
        let (kind, id) = line.split_once(' ')?;
        let subject = match kind {
            "rule" => Subject::Rule(id.to_owned()),
            "paper" => Subject::Paper(id.to_owned()),
            "retired" => {
                self.subject = None;
                self.lock.retired.push(id.to_owned());
                self.lock.spans.insert(id.to_owned(), span);
                return Some(());
            }
            _ => return None,
        };
        if let Some(first) = self.lock.spans.get(id) {
            self.diags.push(
                Diagnostic::new(Code::InvalidLock, span, format!("{PATH} has two entries for `{id}`"))
                    .label("again")
                    .also(*first, "first here")
                    .help(format!("delete both, read the paper again, and run `kbc accept {id}`")),
            );
        }
        self.lock.spans.insert(id.to_owned(), span);
        self.lock.entries.insert(subject.clone(), Entry::default());
        self.subject = Some(subject);
        Some(())
    }

    fn inside(&mut self, line: &str) -> Option<()> {
        let entry = self.lock.entries.get_mut(self.subject.as_ref()?)?;
        if let Some(sentence) = line.strip_prefix('|') {
            entry.text.push(sentence.strip_prefix(' ').unwrap_or(sentence).to_owned());
            return Some(());
        }
        let (key, value) = line.split_once(' ')?;
        let pairs = match key {
            "figure" => &mut entry.figures,
            "check" => &mut entry.check,
            "section" => &mut entry.sections,
            "example" => {
                entry.examples.push(value.to_owned());
                return Some(());
            }
            _ => return None,
        };
        let (key, value) = value.split_once(" = ")?;
        pairs.insert(key.to_owned(), value.to_owned());
        Some(())
    }

    fn complain(&mut self, line: &str, span: Span) {
        let is_conflict = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark));
        // One fault in the structure makes the rest of it unreadable, and is enough to say.
        if self.diags.iter().any(|diagnostic| {
            diagnostic.code == Code::InvalidLock && diagnostic.span().is_some_and(|span| span.source == self.source)
        }) {
            return;
        }
        let (message, help) = if is_conflict {
            (
                format!("{PATH} holds a merge conflict"),
                "keep both sides of it without the marks; what does not hold any more, `kbc check` will say",
            )
        } else if line.starts_with("version ") {
            (
                format!("{PATH} is of another version: `{line}`, this kbc writes `{VERSION}`"),
                "use the kbc that wrote it, or delete the file and run `kbc build` after reading the papers again",
            )
        } else {
            (
                format!("{PATH} has a line that kbc did not write"),
                "take the file back from version control, or delete the line",
            )
        };
        self.diags.push(Diagnostic::new(Code::InvalidLock, span, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::source::Sources;

    #[test]
    fn what_is_written_is_read_back() {
        let entry = Entry {
            figures: BTreeMap::from([("a".to_owned(), "1.5 x".to_owned())]),
            check: BTreeMap::from([("/ast/regex".to_owned(), "\" = a\"".to_owned())]),
            examples: vec!["bad 00ff 00aa".to_owned()],
            sections: BTreeMap::new(),
            text: vec!["# Why".to_owned(), "| a | b |".to_owned(), "    indented".to_owned(), "retired A1".to_owned()],
        };
        let entries = BTreeMap::from([
            (Subject::Rule("A1".to_owned()), entry.clone()),
            (
                Subject::Paper("a".to_owned()),
                Entry { sections: BTreeMap::from([("a".to_owned(), "00".to_owned())]), ..Entry::default() },
            ),
        ]);
        let lock = Lock { entries: entries.clone(), retired: vec!["A2".to_owned()], ..Lock::default() };
        let text = lock.to_string();
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            let mut diags = Sink::new();
            let read = Lock::read(Sources::default().add(PATH, ""), &text, &mut diags);
            assert!(diags.is_empty(), "{diags:?}");
            assert_eq!((read.entries, read.retired), (entries.clone(), vec!["A2".to_owned()]));
        }
    }
}
