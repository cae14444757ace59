//! A verdict as it is kept: with the texts that something is said of, so that it can be printed in any format.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Comparison, Counts, Verdict};
use crate::compile::artifact;
use crate::diag::{Code, Diagnostic, Label, Place, Severity, SwitchedOff};
use crate::input::vocabulary::FailOn;
use crate::input::world::{Bytes, Links, World};
use crate::text::fingerprint::{self, Digest};
use crate::text::source::{SourceId, Sources, Span};

#[derive(Deserialize, Serialize)]
pub struct Told {
    /// With their paths.
    texts: Vec<(String, Kept)>,
    diagnostics: Vec<Message>,
    /// By the names of their codes.
    off: Vec<(String, usize)>,
    counts: Counts,
    comparison: Comparison,
    fail_on: FailOn,
}

#[derive(Deserialize, Serialize)]
enum Kept {
    Text(String),
    /// The file has it, and is large: kbc.lock is as large as all papers.
    Digest(Digest),
}

/// Bytes of a text that is not kept if its file has it.
const LARGE: usize = 64 << 10;

/// A file as text, without the mark that inputs may begin with.
fn text_in(world: &dyn World, path: &str) -> Option<String> {
    let Bytes::Found(bytes) = world.read(path, artifact::MAX_OUTPUT, Links::Followed) else { return None };
    let text = String::from_utf8(bytes).ok()?;
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

#[derive(Deserialize, Serialize)]
struct Message {
    code: String,
    rule: Option<String>,
    rule_url: Option<String>,
    severity: Severity,
    message: String,
    place: At,
    label: String,
    related: Vec<(Range, String)>,
    notes: Vec<String>,
    help: Vec<String>,
    diff: Option<String>,
    count: usize,
    is_more: bool,
}

#[derive(Deserialize, Serialize)]
enum At {
    Text(Range),
    File(String),
}

/// A range of bytes in one of the texts.
#[derive(Clone, Copy, Deserialize, Serialize)]
struct Range {
    text: usize,
    start: usize,
    end: usize,
}

impl Told {
    /// Of a world that holds the texts.
    pub fn of(world: &dyn World, verdict: &Verdict) -> Self {
        let Verdict { sources, diagnostics, off, counts, comparison, fail_on } = verdict;
        Self::new(world, (sources, diagnostics, off), (*counts, *comparison, *fail_on))
    }

    /// What is said of texts, and all else.
    pub fn new(
        world: &dyn World,
        (sources, diagnostics, off): (&Sources, &[Diagnostic], &SwitchedOff),
        (counts, comparison, fail_on): (Counts, Comparison, FailOn),
    ) -> Self {
        let mut named = Named::default();
        let diagnostics = diagnostics.iter().map(|diagnostic| message(diagnostic, &mut named)).collect();
        let kept = |id: &SourceId| {
            let source = sources.get(*id);
            let is_there = source.text.len() > LARGE && text_in(world, &source.path).as_ref() == Some(&source.text);
            let digest = || Kept::Digest(fingerprint::whole(&[source.text.as_bytes()]));
            (source.path.clone(), if is_there { digest() } else { Kept::Text(source.text.clone()) })
        };
        let off = off.counts().map(|(name, count)| (name.to_owned(), count)).collect();
        Self { texts: named.ids.iter().map(kept).collect(), diagnostics, off, counts, comparison, fail_on }
    }

    /// `None`, if it makes no sense, or the world has other texts.
    pub fn verdict(self, world: &dyn World) -> Option<Verdict> {
        let mut sources = Sources::default();
        let mut ids = Vec::new();
        for (path, kept) in self.texts {
            let text = match kept {
                Kept::Text(text) => text,
                Kept::Digest(digest) => {
                    text_in(world, &path).filter(|text| fingerprint::whole(&[text.as_bytes()]) == digest)?
                }
            };
            ids.push(sources.add(path, text));
        }
        let span = |bytes: Range| {
            let source = *ids.get(bytes.text)?;
            // Places that end behind their text are printed as its end.
            let is_inside =
                |at: usize| sources.get(source).text.is_char_boundary(at.min(sources.get(source).text.len()));
            let makes_sense = bytes.start <= bytes.end && is_inside(bytes.start) && is_inside(bytes.end);
            makes_sense.then(|| Span::new(source, bytes.start..bytes.end))
        };
        let diagnostics = self.diagnostics.into_iter().map(|message| diagnostic(message, &span));
        let diagnostics = diagnostics.collect::<Option<Vec<Diagnostic>>>()?;
        let Self { counts, comparison, fail_on, .. } = self;
        let off = SwitchedOff::from_counts(self.off)?;
        Some(Verdict { sources, diagnostics, off, counts, comparison, fail_on })
    }
}

/// The texts that something is said of, in the order in which they are named.
#[derive(Default)]
struct Named {
    ids: Vec<SourceId>,
    numbers: BTreeMap<SourceId, usize>,
}

impl Named {
    fn number(&mut self, id: SourceId) -> usize {
        *self.numbers.entry(id).or_insert_with(|| {
            self.ids.push(id);
            self.ids.len() - 1
        })
    }
}

/// A diagnostic, with its texts numbered in the order in which they are named.
fn message(diagnostic: &Diagnostic, named: &mut Named) -> Message {
    let mut bytes = |span: Span| Range { text: named.number(span.source), start: span.start, end: span.end };
    let Diagnostic {
        code,
        rule,
        rule_url,
        severity,
        message,
        place,
        label,
        related,
        notes,
        help,
        diff,
        count,
        is_more,
        ..
    } = diagnostic;
    Message {
        code: code.name().to_owned(),
        rule: rule.clone(),
        rule_url: rule_url.clone(),
        severity: *severity,
        message: message.clone(),
        place: match place {
            Place::Span(span) => At::Text(bytes(*span)),
            Place::File(path) => At::File(path.clone()),
        },
        label: label.clone(),
        related: related.iter().map(|label| (bytes(label.span), label.text.clone())).collect(),
        notes: notes.clone(),
        help: help.clone(),
        diff: diff.clone(),
        count: *count,
        is_more: *is_more,
    }
}

fn diagnostic(message: Message, span: &dyn Fn(Range) -> Option<Span>) -> Option<Diagnostic> {
    let Message { code, rule, rule_url, severity, message, place, label, related, notes, help, diff, count, is_more } =
        message;
    let label_of = |(bytes, text): (Range, String)| Some(Label { span: span(bytes)?, text });
    Some(Diagnostic {
        code: Code::from_name(&code)?,
        // Exceptions were asked when it was found.
        subject: None,
        rule,
        rule_url,
        severity,
        message,
        place: match place {
            At::Text(bytes) => Place::Span(span(bytes)?),
            At::File(path) => Place::File(path),
        },
        label,
        related: related.into_iter().map(label_of).collect::<Option<Vec<Label>>>()?,
        notes,
        help,
        diff,
        count,
        is_more,
    })
}
