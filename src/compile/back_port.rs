//! Edits of outputs led home: a line in which somebody changed the wording of a rule becomes that wording in its paper.
//!
//! Figures in a wording stay figures: their digits come from the data, so an edit of them is none of the wording.

use std::ops::Range;

use crate::compile::artifact::{self, Artifact};
use crate::compile::compilation::Compilation;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::formats::yaml;
use crate::model::{Model, Rule, Wording};
use crate::text::source::{SourceId, Sources, Span};

/// A wording as somebody wants it.
#[derive(Clone, Debug)]
pub struct WordingEdit {
    pub rule: String,
    /// `rule` or `short`.
    pub key: &'static str,
    /// The value in the front matter of the paper.
    pub span: Span,
    /// What it becomes, as text and as YAML.
    pub text: String,
    pub yaml: String,
    /// The line of the output that says so.
    pub from: Span,
}

/// Every edit of an output that is there, as an adoption or as a complaint.
pub fn plan(compiled: &Compilation, diags: &mut Sink) -> Vec<WordingEdit> {
    let mut adoptions: Vec<WordingEdit> = Vec::new();
    let mut contested: Vec<Span> = Vec::new();
    for artifact in &compiled.artifacts {
        let Some(source) = compiled.sources.find(&artifact.path) else { continue };
        let edited = Edited { artifact, source, model: &compiled.model, sources: &compiled.sources };
        for found in edited.edits() {
            match found {
                Err(diagnostic) => diags.push(*diagnostic),
                Ok(adoption) => match adoptions.iter().find(|other| other.span == adoption.span) {
                    Some(other) if other.yaml == adoption.yaml => {}
                    Some(other) => {
                        diags.push(two_minds(&adoption, other));
                        contested.push(adoption.span);
                    }
                    None => adoptions.push(adoption),
                },
            }
        }
    }
    adoptions.retain(|adoption| !contested.contains(&adoption.span));
    adoptions
}

fn two_minds(adoption: &WordingEdit, other: &WordingEdit) -> Diagnostic {
    let message = format!("the `{}` of `{}` was edited in two ways", adoption.key, adoption.rule);
    Diagnostic::new(Code::UnadoptedEdit, adoption.from, message)
        .also(other.from, "the other way")
        .help("let both say the same, or edit the paper")
}

/// The texts of sources with wordings put in.
pub fn texts(adoptions: &[WordingEdit], sources: &Sources) -> Vec<(SourceId, String)> {
    let mut texts: Vec<(SourceId, String)> = Vec::new();
    let mut sorted: Vec<&WordingEdit> = adoptions.iter().collect();
    // From the end, so that what comes before keeps its place.
    sorted.sort_by_key(|adoption| std::cmp::Reverse((adoption.span.source, adoption.span.start)));
    for adoption in sorted {
        let source = adoption.span.source;
        if texts.last().is_none_or(|(last, _)| *last != source) {
            texts.push((source, sources.get(source).text.clone()));
        }
        let (_, text) = texts.last_mut().expect("it was pushed");
        text.replace_range(adoption.span.range(), &adoption.yaml);
    }
    texts
}

type Fault = Box<Diagnostic>;

/// An output that is there, beside what kbc makes.
struct Edited<'a> {
    artifact: &'a Artifact,
    source: SourceId,
    model: &'a Model,
    sources: &'a Sources,
}

impl Edited<'_> {
    fn edits(&self) -> Vec<Result<WordingEdit, Fault>> {
        let current = &self.sources.get(self.source).text;
        let Some(drift) = artifact::compare(self.artifact, current).filter(|drift| !drift.cosmetic) else {
            return Vec::new();
        };
        let made: Vec<&str> = self.artifact.text.lines().collect();
        drift.hunks.iter().flat_map(|(old, new)| self.hunk(old, new, &made)).collect()
    }

    fn hunk(&self, old: &Range<usize>, new: &Range<usize>, made: &[&str]) -> Vec<Result<WordingEdit, Fault>> {
        if old.len() != new.len() {
            let help = "add or remove a rule in its paper, other text in the template, then `kbc build`";
            return vec![Err(self.refuse(self.line(old.start), "lines were added or removed here", help))];
        }
        let pairs = old.clone().zip(new.clone());
        let differing = pairs.filter(|(old, new)| self.sources.text(self.line(*old)) != made[*new]);
        differing.map(|(old, new)| self.edit(self.line(old), new, made[new])).collect()
    }

    fn line(&self, line: usize) -> Span {
        let source = self.sources.get(self.source);
        Span::new(self.source, source.line(line + 1).unwrap_or(source.text.len()..source.text.len()))
    }

    fn refuse(&self, at: Span, why: &str, help: &str) -> Fault {
        let message = format!("an edit of `{}` is not adopted: {why}", self.artifact.path);
        Box::new(Diagnostic::new(Code::UnadoptedEdit, at, message).help(help))
    }

    fn edit(&self, at: Span, number: usize, made: &str) -> Result<WordingEdit, Fault> {
        let origin = self.artifact.origin(number, self.model);
        let Some((rule, key, wording)) = origin.and_then(|origin| self.wording(origin.span)) else {
            let refusal =
                self.refuse(at, "the line holds no wording of a rule", "edit what it is made from, then `kbc build`");
            return Err(match origin {
                Some(origin) => Box::new(refusal.also(origin.span, origin.what.clone())),
                None => refusal,
            });
        };
        let edited = made
            .split_once(wording.text.as_str())
            .and_then(|(before, after)| self.sources.text(at).strip_prefix(before)?.strip_suffix(after));
        let Some(edited) = edited.map(str::trim).filter(|edited| !edited.is_empty()) else {
            let help = "what stands around a wording is text of the template";
            return Err(Box::new(
                self.refuse(at, "more than the wording was changed", help)
                    .also(wording.span, format!("the `{key}` of `{}`", rule.id)),
            ));
        };
        let text = self.with_figures(edited, wording, at)?;
        let yaml = serde_json::to_string(&text).expect("a text is JSON, and JSON is YAML");
        Ok(WordingEdit { rule: rule.id.0.clone(), key, span: wording.span, text, yaml, from: at })
    }

    fn wording(&self, span: Span) -> Option<(&Rule, &'static str, &Wording)> {
        self.model.rules.iter().find_map(|rule| {
            let short = rule.short.as_ref().filter(|short| short.span == span).map(|short| (rule, "short", short));
            short.or_else(|| (rule.full.span == span).then_some((rule, "rule", &rule.full)))
        })
    }

    /// An edited text with the figures of its wording in braces again.
    fn with_figures(&self, edited: &str, wording: &Wording, at: Span) -> Result<String, Fault> {
        let written = yaml::read(wording.span.source, self.sources.text(wording.span), 0, &mut Sink::new());
        let written = written.and_then(|written| written.to_json().as_str().map(str::to_owned)).unwrap_or_default();
        let (mut text, mut rest) = (String::new(), edited);
        for part in written.split("{{").skip(1) {
            let name = part.split("}}").next().unwrap_or_default().trim();
            let Some(figure) = self.model.figures.get(name) else { continue };
            let Some((before, after)) = rest.split_once(figure.text.as_str()) else {
                let why = format!("`{}` is the figure `{name}`", figure.text);
                let refusal =
                    self.refuse(at, &why, "correct the data, or take the figure out of the wording in the paper");
                return Err(Box::new(refusal.also(figure.span, "computed here").also(wording.span, "printed by this")));
            };
            text.push_str(&format!("{before}{{{{ {name} }}}}"));
            rest = after;
        }
        Ok(text + rest)
    }
}
