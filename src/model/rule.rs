//! A rule as meant: its wordings as an agent reads them, the section that argues for it, and how it is enforced.

use super::check::Check;
use crate::input::vocabulary::{Priority, RuleId, Shows, Status};
use crate::text::source::Span;

/// A rule with its wordings as an agent reads them.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: RuleId,
    /// Index into the papers of the model.
    pub paper: usize,
    pub full: Wording,
    pub short: Option<Wording>,
    pub priority: Priority,
    pub weight: u32,
    pub status: Status,
    pub tags: Vec<String>,
    pub section: Section,
    /// Ids of figures.
    pub evidence: Vec<String>,
    /// What it governs in the repository around: what it names itself, then what its paper does.
    pub refs: References,
    /// How it is checked: by language, or by kind.
    pub checks: Vec<RuleCheck>,
    /// Why nothing checks it, if it says so.
    pub unchecked: Option<String>,
    /// Is it of a list, and nobody has said yet how to check it?
    pub is_new: bool,
    /// Where its other values stand, by key.
    pub parts: Vec<(&'static str, Span)>,
    /// The blocks that show it, in the order of the paper.
    pub examples: Vec<Example>,
    /// Where all of its entry stands.
    pub entry: Span,
    /// Where its id stands.
    pub span: Span,
}

impl Rule {
    /// Its checks, wherever they stand.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().map(|check| &check.check)
    }

    /// Where the value of one of its keys stands; its id if its paper says it for all rules.
    pub fn part(&self, key: &str) -> Span {
        self.parts.iter().find(|(part, _)| *part == key).map_or(self.span, |(_, span)| *span)
    }

    /// The examples that show it one way.
    pub fn examples(&self, shows: Shows) -> impl Iterator<Item = &Example> {
        self.examples.iter().filter(move |example| example.shows == shows)
    }
}

/// One of the checks of a rule, and where it stands.
#[derive(Clone, Debug)]
pub struct RuleCheck {
    pub check: Check,
    /// Its place in the list that its paper has. Checks that could not be understood are not in the model.
    pub index: usize,
    /// Where it begins.
    pub span: Span,
    /// Where all of it stands.
    pub body: Span,
    /// Where its parts stand, by key.
    pub parts: Vec<(&'static str, Span)>,
}

impl RuleCheck {
    /// Where a part of it stands; the check itself if it has no such part.
    pub fn part(&self, key: &str) -> Span {
        self.parts.iter().find(|(part, _)| *part == key).map_or(self.span, |(_, span)| *span)
    }
}

/// Paths or globs, and commands, of the repository around a knowledge base.
#[derive(Clone, Debug, Default)]
pub struct References {
    pub files: Vec<Reference>,
    pub commands: Vec<Reference>,
}

impl References {
    /// With those of another that are not among them.
    pub fn and(mut self, other: &References) -> Self {
        for (own, others) in [(&mut self.files, &other.files), (&mut self.commands, &other.commands)] {
            let is_new = |reference: &&Reference| !own.iter().any(|known| known.text == reference.text);
            let new: Vec<Reference> = others.iter().filter(is_new).cloned().collect();
            own.extend(new);
        }
        self
    }
}

/// Something of the repository around, as it is written.
#[derive(Clone, Debug)]
pub struct Reference {
    pub text: String,
    pub span: Span,
}

/// A block of code that shows a rule.
#[derive(Clone, Debug)]
pub struct Example {
    pub shows: Shows,
    /// The language that the block names.
    pub language: String,
    pub text: String,
    /// The line that opens it.
    pub span: Span,
    /// Where its text stands.
    pub body: Span,
}

/// One wording, its figures filled in.
#[derive(Clone, Debug)]
pub struct Wording {
    pub text: String,
    pub span: Span,
}

/// The heading that argues for a rule.
#[derive(Clone, Debug)]
pub struct Section {
    pub anchor: String,
    pub title: String,
    /// Of the heading.
    pub span: Span,
    /// Where the section ends in its paper.
    pub end: usize,
}
