//! One message: the thing, the place and the next step.

use super::codes::Code;
use super::severity::{Class, Severity};
use crate::text::source::Span;

/// The diagnostics of a severity, with those that are not kept.
pub fn count(diags: &[Diagnostic], severity: Severity) -> usize {
    diags.iter().filter(|diagnostic| diagnostic.severity == severity).map(|diagnostic| diagnostic.count).sum()
}

/// The worst class of trouble among errors; `None` if there are none.
pub fn worst(diagnostics: &[Diagnostic]) -> Option<Class> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.map(|diagnostic| diagnostic.code.class()).max()
}

/// Where: a range of a text, or a whole file that may not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Span(Span),
    File(String),
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Place::Span(span)
    }
}

/// A second place that explains the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// One message. The first line names the thing, `place` the place, `help` the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    /// The thing that it is about, as an exception names it: an id, a number as it is written.
    pub subject: Option<String>,
    /// The rule that was broken, for a finding in reviewed code.
    pub rule: Option<String>,
    /// Where the paper of that rule is published.
    pub rule_url: Option<String>,
    pub severity: Severity,
    pub message: String,
    pub place: Place,
    /// What is said right under the underlined place.
    pub label: String,
    pub related: Vec<Label>,
    pub notes: Vec<String>,
    pub help: Vec<String>,
    /// What `kbc build` would change, as a unified diff.
    pub diff: Option<String>,
    /// How many it stands for: more than itself only in place of those that a [`super::Sink`] does not keep.
    pub count: usize,
    /// Does it stand for others, which are not kept?
    pub is_more: bool,
}

/// The most words that are shown where one of them may be meant.
const MAX_NEAR: usize = 6;
/// How many of many names are shown.
const SHOWN: usize = 8;
/// Characters of a text of a message. Nobody reads a longer one to its end.
const LONGEST: usize = 2_000;

/// Names in a row; of many, the first ones and how many others there are.
pub fn listed(names: &[String]) -> String {
    if names.len() <= SHOWN + 1 {
        return names.join(", ");
    }
    let others = crate::text::quantity::grouped(names.len() - SHOWN);
    format!("{} and {others} others", names[..SHOWN].join(", "))
}

/// A text, cut where it is too long to be read.
fn cut(text: impl Into<String>) -> String {
    let mut text = text.into();
    if let Some((at, _)) = text.char_indices().nth(LONGEST).filter(|_| text.len() > LONGEST) {
        let more = text[at..].chars().count();
        text.truncate(at);
        text.push_str(&format!("... (and {} more characters)", crate::text::quantity::grouped(more)));
    }
    text
}

impl Diagnostic {
    pub fn new(code: Code, place: impl Into<Place>, message: impl Into<String>) -> Self {
        Self {
            code,
            subject: None,
            rule: None,
            rule_url: None,
            severity: code.severity(),
            message: cut(message),
            place: place.into(),
            label: String::new(),
            related: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            diff: None,
            count: 1,
            is_more: false,
        }
    }

    /// Makes it stand for so many others.
    pub(super) fn stand_for(&mut self, count: usize) {
        self.count = count;
        self.is_more = true;
        self.message = format!("and {} more of these in this file", crate::text::quantity::grouped(count));
    }

    /// What it is called: a rule for a finding, else its code.
    pub fn name(&self) -> &str {
        self.rule.as_ref().map_or(self.code.name(), String::as_str)
    }

    /// The page that explains it: of a finding, the paper of its rule.
    pub fn url(&self) -> Option<String> {
        match self.rule {
            Some(_) => self.rule_url.clone(),
            None => Some(self.code.url()),
        }
    }

    /// Names the thing that it is about.
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = cut(text);
        self
    }

    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: cut(text) });
        self
    }

    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(cut(text));
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(cut(text));
        self
    }

    /// "did you mean", where there is a near word; else what there is to choose from.
    pub fn help_nearest<'a>(self, written: &str, known: impl Iterator<Item = &'a str> + Clone) -> Self {
        if let Some(word) = crate::text::source::nearest(written, known.clone()) {
            return self.help(format!("did you mean `{word}`?"));
        }
        let words: Vec<_> = known.take(12).map(|word| format!("`{word}`")).collect();
        if words.is_empty() { self } else { self.help(format!("there are {}", words.join(", "))) }
    }

    /// Like [`Diagnostic::help_nearest`], and shows where the near words are defined: one of them may be what is wrong.
    pub fn help_nearest_at<'a>(self, written: &str, known: impl Iterator<Item = (&'a str, Span)> + Clone) -> Self {
        let near = crate::text::source::all_nearest(written, known.clone().map(|(word, _)| word));
        let places = known.clone().filter(|(word, _)| near.contains(word)).take(MAX_NEAR);
        let shown: Vec<(&str, Span)> = places.collect();
        let diagnostic = self.help_nearest(written, known.map(|(word, _)| word));
        shown
            .into_iter()
            .fold(diagnostic, |diagnostic, (word, span)| diagnostic.also(span, format!("`{word}` is here")))
    }

    pub fn diff(mut self, diff: impl Into<String>) -> Self {
        self.diff = Some(diff.into());
        self
    }

    /// The span of the place, if the file is one that was read.
    pub fn span(&self) -> Option<Span> {
        match &self.place {
            Place::Span(span) => Some(*span),
            Place::File(_) => None,
        }
    }
}
