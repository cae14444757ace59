//! Ids, globs and patterns that are not what they look like, and ids that look like each other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::input::files::config;
use crate::input::formats::yaml::{Document, Part};
use crate::text::lookalike;
use crate::text::source::{SourceId, Sources, Span};

/// What a text of front matter, data or settings is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// It names something; two of a kind may not look alike.
    Name(Kind),
    /// Other texts or paths are matched with it.
    Pattern,
    /// People read it.
    Prose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Paper,
    Rule,
    Figure,
    Tag,
    Role,
    /// It names a thing whose own name is looked at elsewhere.
    Reference,
}

/// Complains about names and patterns in front matter, data and settings.
pub fn names(documents: &[&Document], settings: Option<SourceId>, sources: &Sources, diags: &mut Sink) {
    let mut found: Vec<Names> = documents.par_iter().map(|document| Names::of_document(document)).collect();
    found.extend(settings.map(|source| Names::of_settings(source, sources)));
    let mut known: BTreeMap<(Kind, Cow<str>), Span> = BTreeMap::new();
    for names in found {
        diags.extend(names.diags);
        for (kind, name, span) in names.known {
            known.entry((kind, name)).or_insert(span);
        }
    }
    alike(&known, diags);
}

/// The names in one file, and what is wrong with names and patterns in it.
#[derive(Default)]
struct Names<'a> {
    known: Vec<(Kind, Cow<'a, str>, Span)>,
    diags: Vec<Diagnostic>,
}

impl<'a> Names<'a> {
    fn of_document(document: &'a Document) -> Self {
        let mut names = Self::default();
        document.texts(&mut |pointer, part, text, span| names.look(text.into(), in_yaml(pointer, part), span));
        names
    }

    fn of_settings(source: SourceId, sources: &Sources) -> Self {
        let mut names = Self::default();
        if let Some(document) = config::document(source, &sources.get(source).text) {
            document.texts(&mut |pointer, part, text, span| {
                names.look(text.to_owned().into(), in_settings(pointer, part), span);
            });
        }
        names
    }

    fn look(&mut self, text: Cow<'a, str>, used: Use, span: Span) {
        if used != Use::Prose {
            self.diags.extend(disguised(&text, used, span));
        }
        if let Use::Name(kind) = used
            && kind != Kind::Reference
        {
            self.known.push((kind, text, span));
        }
    }
}

fn in_yaml(pointer: &str, part: Part) -> Use {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    match (steps.as_slice(), part) {
        (["id"], Part::Value) => Use::Name(Kind::Paper),
        (["rules", _, "id"], Part::Value) => Use::Name(Kind::Rule),
        (["tags", _] | ["rules", _, "tags", _], Part::Value) => Use::Name(Kind::Tag),
        (["figures" | "benchmarks", _], Part::Key) => Use::Name(Kind::Figure),
        (["rules", _, "check", "message" | "note" | "judge" | "fix", ..], _) => Use::Prose,
        (["rules", _, "check", ..], _) => Use::Pattern,
        (["refs", _, _] | ["rules", _, "refs", _, _], Part::Value) => Use::Pattern,
        (["rules", _, "evidence", _] | ["select", ..] | ["output" | "superseded_by"], Part::Value) => {
            Use::Name(Kind::Reference)
        }
        (["figures", _, "about", ..], _) => Use::Prose,
        (["figures", ..], Part::Value) => Use::Name(Kind::Reference),
        (["benchmarks", _, "cases", _] | ["reference", _], Part::Value) => Use::Name(Kind::Reference),
        (["environments", _] | ["results" | "sessions", _] | ["results" | "sessions", _, _], Part::Key)
        | (["results", _, _, "cases", _], Part::Key) => Use::Name(Kind::Reference),
        _ => Use::Prose,
    }
}

fn in_settings(pointer: &str, part: Part) -> Use {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    match (steps.as_slice(), part) {
        (["agents", "roles", _], Part::Key) => Use::Name(Kind::Role),
        (["agents", "roles", _, "select", "papers" | "tags" | "rules", _], _) | (["allow", _, "code"], Part::Value) => {
            Use::Name(Kind::Reference)
        }
        (["paths", ..] | ["agents", "roles", _, "select", "files", _], Part::Value) => Use::Pattern,
        (["review", "exclude", _] | ["review", "overrides", _, "files", _] | ["allow", _, "files", _], _) => {
            Use::Pattern
        }
        _ => Use::Prose,
    }
}

/// What is wrong with a name or a pattern by itself.
fn disguised(text: &str, used: Use, span: Span) -> Option<Diagnostic> {
    let what = if used == Use::Pattern { "pattern" } else { "name" };
    if let Some(mixture) = lookalike::mixed(text).first() {
        let message = format!("the {what} `{text}` mixes {} and {} letters", mixture.scripts[0], mixture.scripts[1]);
        return Some(
            Diagnostic::new(Code::ConfusableName, span, message)
                .label(mixture.what())
                .help(format!("write it in letters of one script; it looks like `{}`", lookalike::skeleton(text))),
        );
    }
    let normal = lookalike::normal(text)?;
    let message = format!("the {what} `{text}` is not in its normal form");
    Some(Diagnostic::new(Code::ConfusableName, span, message).help(format!("write it in NFKC: `{normal}`")))
}

/// Complains about names of one kind that look alike.
fn alike(known: &BTreeMap<(Kind, Cow<str>), Span>, diags: &mut Sink) {
    let mut looks: BTreeMap<(Kind, String), (&str, Span)> = BTreeMap::new();
    for ((kind, name), span) in known {
        let Some((first, at)) = looks.insert((*kind, lookalike::blurred(name)), (name, *span)) else { continue };
        let is_same = lookalike::skeleton(first) == lookalike::skeleton(name);
        let message = format!("`{name}` looks like `{first}`");
        let mut diagnostic = Diagnostic::new(Code::ConfusableName, *span, message).also(at, "the other one");
        diagnostic.severity = if is_same { Severity::Error } else { Severity::Warning };
        diags.push(diagnostic.help("give one of them a name that nobody takes for the other"));
    }
}
