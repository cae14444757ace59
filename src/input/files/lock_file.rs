//! `kbc.lock` as text: for every rule what it was distilled from when somebody last read both, for every paper the text
//! that no rule hangs on, what the settings say that no output shows, and the ids that are never used again.
//!
//! A sentence is a line and an entry ends with an empty line, so that a diff reads well and two branches that
//! touch different rules merge. A value that such a line cannot hold, as one with a line end, is written as JSON, so that
//! every lock is read back as it was written. What has changed since is asked elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::formats::head;
use crate::text::quantity::plural;
use crate::text::source::{SourceId, Span};

/// The name of the file.
pub const PATH: &str = "kbc.lock";
const VERSION: &str = "version 2";
/// The newest version that this kbc reads, as it is written in the line above.
const FORMAT: head::Kind = head::Kind::new("kbc.lock", 2);
/// It has neither settings nor marks of what asserts something.
const FIRST_VERSION: &str = "version 1";
/// What the mark of a sentence ends with that asserts something: a number, a rule, a row of a table.
pub const ASSERTS: char = '!';
const HEADER: &str = "\
# What each rule was distilled from when somebody last read both: its section, figures, check and examples.
# Made by `kbc build`; `kbc accept` stamps a rule again after its paper was read again. Edit papers, not this file.
";

/// What the entry of the settings is called.
const SETTINGS: &str = "kbc.toml";

/// The words that begin the lines of this kbc. One of them in a wrong form is no line of a newer kbc.
const KNOWN: [&str; 11] =
    ["rule", "paper", "settings", "retired", "figure", "check", "example", "section", "setting", "text", "version"];

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// What is written in a paper outside of the sections of its rules.
    Paper(String),
    Rule(String),
    /// What kbc.toml and templates say that no output shows. There is one.
    Settings,
}

impl Subject {
    pub fn id(&self) -> &str {
        match self {
            Subject::Paper(id) | Subject::Rule(id) => id,
            Subject::Settings => SETTINGS,
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
    /// By anchor, in their order, a mark for every sentence.
    pub sections: Vec<(String, String)>,
    /// Values of settings and front matter by pointer.
    pub settings: BTreeMap<String, String>,
    /// The sentences that argue for a rule, in full, so that what they said can be shown.
    pub text: Vec<String>,
}

/// Lines of kinds that this kbc does not know, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Unknown {
    /// Below the version.
    head: Vec<String>,
    /// In entries that are known.
    inside: BTreeMap<Subject, Vec<String>>,
    /// Entries of an unknown kind by their id and first line, with what follows it.
    blocks: BTreeMap<(String, String), Vec<String>>,
}

/// The file.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    /// Shared with what they are compared with: the file can be as large as all papers together.
    pub entries: BTreeMap<Subject, Arc<Entry>>,
    /// Ids of rules that are gone for good.
    pub retired: BTreeSet<String>,
    /// What a newer kbc has added. It is kept as it is.
    unknown: Unknown,
    /// Where the first lines of entries stand, by id. Not part of what is written.
    spans: BTreeMap<String, Span>,
    /// Was it read in the form that this kbc writes?
    is_current: bool,
}

impl Lock {
    /// Reads the file. A line that is none of kbc's is complained about, and the rest is read.
    pub fn read(source: SourceId, text: &str, diags: &mut Sink) -> Self {
        let lock = Self { is_current: true, ..Self::default() };
        let mut reading = Reading { lock, open: Open::Head, unknown: None, diags, source };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let span = Span::new(source, at..at + line.trim_end().len());
            at += line.len();
            reading.line(line.trim_end_matches(['\r', '\n']), span);
        }
        reading.finish()
    }

    /// Is a text what would be written? It is compared while it is written.
    pub fn is_written_as(&self, text: &str) -> bool {
        let mut rest = Rest(text);
        write!(rest, "{self}").is_ok() && rest.0.is_empty()
    }

    /// Does it lack what an older kbc did not write?
    pub fn is_of_first_version(&self) -> bool {
        !self.is_current
    }

    /// Where an entry begins; nothing for one that was not read.
    pub fn span(&self, id: &str) -> Option<Span> {
        self.spans.get(id).copied()
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}{VERSION}")?;
        self.unknown.head.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        // A paper, a rule and an id that is retired may be called the same.
        let order = |subject: &Subject| match subject {
            Subject::Paper(_) => 0,
            Subject::Rule(_) => 1,
            Subject::Settings => 3,
        };
        let entries = self.entries.iter().map(|(subject, entry)| {
            ((subject.id(), order(subject), ""), (Some(entry), self.unknown.inside.get(subject)))
        });
        let retired = self.retired.iter().map(|id| ((id.as_str(), 2, ""), (None, None)));
        let others = &self.unknown.blocks;
        let others = others.iter().map(|((id, first), lines)| ((id.as_str(), 4, first.as_str()), (None, Some(lines))));
        let blocks: BTreeMap<(&str, usize, &str), Block> = entries.chain(retired).chain(others).collect();
        blocks.iter().try_for_each(|((id, order, first), (entry, unknown))| {
            match ["paper", "rule", "retired", "settings"].get(*order) {
                Some(kind) => writeln!(f, "\n{kind} {id}")?,
                None => writeln!(f, "\n{first}")?,
            }
            entry.map_or(Ok(()), |entry| inside_of(entry, f))?;
            unknown.iter().copied().flatten().try_for_each(|line| writeln!(f, "{line}"))
        })
    }
}

/// What an entry holds: what is known, and lines of unknown kinds.
type Block<'a> = (Option<&'a Arc<Entry>>, Option<&'a Vec<String>>);

/// The rest of a text that is compared with what is written.
struct Rest<'a>(&'a str);

impl Write for Rest<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// The lines of an entry.
fn inside_of(entry: &Entry, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut write = |key: &str, part: &[&str]| {
        if let (SENTENCE, [sentence]) = (key, part)
            && is_plain(sentence)
        {
            return writeln!(f, "  {SENTENCE} {sentence}");
        }
        let plain = Part { key, part }.plain();
        let is_read_back = !plain.contains(['\n', '\r'])
            && !plain.ends_with(char::is_whitespace)
            && inside(&plain).is_some_and(|(read, parts)| read == key && parts == part);
        let line = if is_read_back { plain } else { Part { key, part }.json() };
        writeln!(f, "  {line}")
    };
    entry.figures.iter().try_for_each(|(figure, value)| write("figure", &[figure, value]))?;
    entry.check.iter().try_for_each(|(pointer, value)| write("check", &[pointer, value]))?;
    entry.examples.iter().try_for_each(|example| write("example", &[example]))?;
    entry.sections.iter().try_for_each(|(anchor, marks)| write("section", &[anchor, marks]))?;
    entry.settings.iter().try_for_each(|(pointer, value)| write("setting", &[pointer, value]))?;
    entry.text.iter().try_for_each(|sentence| write(SENTENCE, &[sentence]))
}

/// Is a sentence read back as it is? Nearly every one is.
fn is_plain(sentence: &str) -> bool {
    !sentence.is_empty() && !sentence.contains(['\n', '\r']) && !sentence.ends_with(char::is_whitespace)
}

/// The mark of a line with a sentence.
const SENTENCE: &str = "|";
/// And of one with a sentence as JSON.
const ODD_SENTENCE: &str = "text";

/// A line of an entry: one value, or a name and its value.
struct Part<'a> {
    key: &'a str,
    part: &'a [&'a str],
}

impl Part<'_> {
    fn plain(&self) -> String {
        let line = format!("{} {}", self.key, self.part.join(" = "));
        // Of an empty sentence nothing is left but the mark.
        if self.key == SENTENCE { line.trim_end_matches(' ').to_owned() } else { line }
    }

    fn json(&self) -> String {
        let key = if self.key == SENTENCE { ODD_SENTENCE } else { self.key };
        format!("{key} {}", serde_json::Value::from(self.part.to_vec()))
    }
}

/// A line of an entry, without its indent, as its key and its parts.
fn inside(line: &str) -> Option<(&str, Vec<String>)> {
    if let Some(sentence) = line.strip_prefix(SENTENCE) {
        return Some((SENTENCE, vec![sentence.strip_prefix(' ').unwrap_or(sentence).to_owned()]));
    }
    let (key, value) = line.split_once(' ')?;
    let count = match key {
        "figure" | "check" | "section" | "setting" => 2,
        "example" | ODD_SENTENCE => 1,
        _ => return None,
    };
    let parts = match serde_json::from_str::<Vec<String>>(value) {
        Ok(parts) => parts,
        Err(_) if key == ODD_SENTENCE => return None,
        Err(_) => value.splitn(count, " = ").map(str::to_owned).collect(),
    };
    let key = if key == ODD_SENTENCE { SENTENCE } else { key };
    (parts.len() == count).then_some((key, parts))
}

/// What the next line belongs to.
enum Open {
    /// No entry has begun.
    Head,
    Entry(Subject, Entry),
    Retired,
    /// An entry of an unknown kind.
    Unknown((String, String)),
}

struct Reading<'a> {
    lock: Lock,
    open: Open,
    /// The first line of an unknown kind, and how many there are.
    unknown: Option<(Span, usize)>,
    diags: &'a mut Sink,
    source: SourceId,
}

impl Reading<'_> {
    fn line(&mut self, whole: &str, span: Span) {
        let line = whole.trim_end();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        if let Some(version) = line.strip_prefix("version ").filter(|_| matches!(self.open, Open::Head)) {
            self.version(version, span);
            return;
        }
        let understood = match line.strip_prefix("  ") {
            Some(inside) => self.inside(inside),
            None => self.begin(line, span),
        };
        if understood.or_else(|| self.keep(whole, span)).is_none() {
            self.complain(line, span);
        }
    }

    /// A newer version is refused, and says so.
    fn version(&mut self, written: &str, span: Span) {
        self.lock.is_current = format!("version {written}") != FIRST_VERSION;
        let number = serde_json::from_str(written).unwrap_or_else(|_| serde_json::Value::from(written));
        if let Err(fault) = FORMAT.version_of(PATH, &number) {
            let diagnostic = Diagnostic::new(Code::InvalidLock, span, fault.message);
            self.diags.push(fault.help.into_iter().fold(diagnostic, Diagnostic::help));
        }
    }

    fn end(&mut self) {
        if let Open::Entry(subject, entry) = std::mem::replace(&mut self.open, Open::Head) {
            self.lock.entries.insert(subject, Arc::new(entry));
        }
    }

    /// All is read.
    fn finish(mut self) -> Lock {
        self.end();
        let is_refused = self.diags.iter().any(|diagnostic| diagnostic.code == Code::InvalidLock);
        if let Some((first, count)) = self.unknown.filter(|_| !is_refused) {
            let lines = plural(count, "line");
            let message = format!("{PATH} has {lines} of a kind that this kbc does not know");
            let help = "a newer kbc has probably written them, and they are kept; otherwise take the file back from version control";
            self.diags.push(Diagnostic::new(Code::UnknownLockLine, first, message).label("the first one").help(help));
        }
        self.lock
    }

    /// Keeps a line that a newer kbc may have written: it begins with a word.
    fn keep(&mut self, line: &str, span: Span) -> Option<()> {
        let bare = line.strip_prefix("  ").unwrap_or(line);
        let (kind, rest) = bare.split_once(' ').unwrap_or((bare, ""));
        let is_letter = |c: char| c.is_ascii_lowercase() || c == '-' || c == '_';
        let is_inside = bare.len() < line.len();
        // What an entry of an unknown kind holds is not for this kbc to judge.
        let is_theirs = is_inside && matches!(self.open, Open::Unknown(_));
        if !is_theirs && (kind.is_empty() || !kind.chars().all(is_letter) || KNOWN.contains(&kind)) {
            return None;
        }
        match (&self.open, is_inside) {
            (Open::Head, _) => self.lock.unknown.head.push(line.to_owned()),
            (Open::Entry(subject, _), true) => {
                self.lock.unknown.inside.entry(subject.clone()).or_default().push(line.to_owned());
            }
            (Open::Unknown(block), true) => {
                self.lock.unknown.blocks.entry(block.clone()).or_default().push(line.to_owned());
            }
            (Open::Retired, true) => return None,
            (Open::Entry(..) | Open::Unknown(_) | Open::Retired, false) => {
                self.end();
                let block = (rest.to_owned(), line.to_owned());
                self.lock.unknown.blocks.entry(block.clone()).or_default();
                self.open = Open::Unknown(block);
            }
        }
        self.unknown.get_or_insert((span, 0)).1 += 1;
        Some(())
    }

    fn begin(&mut self, line: &str, span: Span) -> Option<()> {
        let (kind, id) = line.split_once(' ')?;
        let subject = match kind {
            "rule" => Subject::Rule(id.to_owned()),
            "paper" => Subject::Paper(id.to_owned()),
            "settings" if id == SETTINGS => Subject::Settings,
            "retired" => {
                self.end();
                self.open = Open::Retired;
                self.lock.retired.insert(id.to_owned());
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
                    .help(format!("keep one of them, read the paper again, and run `kbc accept {id}`")),
            );
        }
        self.lock.spans.insert(id.to_owned(), span);
        self.end();
        self.open = Open::Entry(subject, Entry::default());
        Some(())
    }

    fn inside(&mut self, line: &str) -> Option<()> {
        let Open::Entry(_, entry) = &mut self.open else { return None };
        if let Some(sentence) = line.strip_prefix(SENTENCE) {
            entry.text.push(sentence.strip_prefix(' ').unwrap_or(sentence).to_owned());
            return Some(());
        }
        let (key, mut parts) = inside(line)?;
        let value = parts.pop()?;
        let pairs = match key {
            "figure" => &mut entry.figures,
            "check" => &mut entry.check,
            "setting" => &mut entry.settings,
            "section" => {
                entry.sections.push((parts.pop()?, value));
                return Some(());
            }
            "example" => {
                entry.examples.push(value);
                return Some(());
            }
            _ => {
                entry.text.push(value);
                return Some(());
            }
        };
        pairs.insert(parts.pop()?, value);
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
        } else {
            (format!("{PATH} has a line that kbc did not write"), "take the file back from version control")
        };
        self.diags.push(Diagnostic::new(Code::InvalidLock, span, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, btree_set, vec};
    use proptest::prelude::*;

    use super::*;
    use crate::text::source::Sources;

    /// A text that may look like a part of the lock.
    fn odd() -> impl Strategy<Value = String> {
        let pieces =
            ["\n", "\r", " ", " = ", "|", "[", "\"", "\\", "#", "retired R2", "\u{a0}", "\u{2028}", "a", "text "];
        vec(prop::sample::select(pieces.to_vec()), 0..6).prop_map(|pieces| pieces.concat())
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let pairs = || btree_map(odd(), odd(), 0..3);
        let sections = vec((odd(), odd()), 0..3);
        (pairs(), pairs(), vec(odd(), 0..3), sections, pairs(), vec(odd(), 0..4)).prop_map(
            |(figures, check, examples, sections, settings, text)| Entry {
                figures,
                check,
                examples,
                sections,
                settings,
                text,
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_written_is_read_back(
            rules in btree_map("[A-Z]{1,2}[0-9]", entry(), 0..3),
            papers in btree_map("[a-z]{1,2}", entry(), 0..3),
            retired in btree_set("R[A-Z]{2}", 0..3),
        ) {
            let rules = rules.into_iter().map(|(id, entry)| (Subject::Rule(id), Arc::new(entry)));
            let papers = papers.into_iter().map(|(id, entry)| (Subject::Paper(id), Arc::new(entry)));
            let lock = Lock { entries: rules.chain(papers).collect(), retired, ..Lock::default() };
            let mut diags = Sink::new();
            let text = lock.to_string();
            let read = Lock::read(Sources::default().add(PATH, ""), &text, &mut diags);
            prop_assert!(diags.is_empty(), "{diags:?}\n{text}");
            prop_assert_eq!((&read.entries, &read.retired), (&lock.entries, &lock.retired), "{}", text);
            let more = text.clone() + "x";
            prop_assert!(read.is_written_as(&text) && !read.is_written_as(&more));
            prop_assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let entry = Entry {
            figures: BTreeMap::from([("a".to_owned(), "1.5 x".to_owned())]),
            check: BTreeMap::from([("/ast/regex".to_owned(), "\" = a\"".to_owned())]),
            examples: vec!["bad 00ff 00aa".to_owned()],
            sections: Vec::new(),
            settings: BTreeMap::new(),
            text: vec!["# Why".to_owned(), "| a | b |".to_owned(), "    indented".to_owned(), "retired A1".to_owned()],
        };
        let entries = BTreeMap::from([
            (Subject::Rule("A1".to_owned()), Arc::new(entry)),
            (
                Subject::Paper("a".to_owned()),
                Arc::new(Entry { sections: vec![("a".to_owned(), "00!".to_owned())], ..Entry::default() }),
            ),
        ]);
        let lock = Lock { entries: entries.clone(), retired: BTreeSet::from(["A2".to_owned()]), ..Lock::default() };
        let text = lock.to_string();
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            let mut diags = Sink::new();
            let read = Lock::read(Sources::default().add(PATH, ""), &text, &mut diags);
            assert!(diags.is_empty(), "{diags:?}");
            assert_eq!((read.entries, read.retired), (entries.clone(), BTreeSet::from(["A2".to_owned()])));
        }
    }
}
