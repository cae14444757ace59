//! Diagnostics as rustc prints them: the line, underlined, then notes and the next step.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::diff;
use crate::diag::{Diagnostic, Place, Severity};
use crate::text::hidden::visible_with;
use crate::text::quoted;
use crate::text::source::{Source, Sources, Span};

/// Lines that may lie between two places shown in one excerpt.
const NEAR: usize = 8;
/// Lines of a diff that are shown, and of one that makes or removes a whole file; `--format json` has all.
const DIFF_LINES: usize = 40;
const WHOLE_FILE_LINES: usize = 9;
/// Bytes of a line from which on only a part of it is handed on, and how many before and behind a place these are.
const LONG_LINE: usize = 4000;
const BESIDE: usize = 500;

pub fn print(diags: &[Diagnostic], sources: &Sources) -> String {
    diags.iter().map(|diagnostic| one(diagnostic, sources)).collect()
}

/// One diagnostic.
pub fn one(diagnostic: &Diagnostic, sources: &Sources) -> String {
    const RENDERER: Renderer = Renderer::styled();
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
        Severity::Hint => Level::INFO.with_name("hint"),
    };
    let excerpts = excerpts(diagnostic, sources);
    let mut elements: Vec<Element> = Vec::new();
    if let Place::File(path) = &diagnostic.place {
        elements.push(Origin::path(quoted::path(path)).into());
    }
    elements.extend(excerpts.iter().flat_map(Excerpt::elements));
    elements.extend(diagnostic.notes.iter().map(|note| Level::NOTE.message(quoted::lines(note)).into()));
    elements.extend(diagnostic.help.iter().map(|help| Level::HELP.message(quoted::line(help)).into()));
    let title = level.primary_title(quoted::line(&diagnostic.message)).id(diagnostic.name());
    let group = Group::with_title(match diagnostic.url() {
        Some(url) => title.id_url(url),
        None => title,
    });
    let text = RENDERER.render(&[group.elements(elements)]).to_string();
    // A line of code may be a command of the program that keeps the log.
    let text = text.lines().map(quoted::inert).collect::<Vec<_>>().join("\n");
    let diff = diagnostic.diff.as_deref().map(shown_diff).unwrap_or_default();
    format!("{text}\n{diff}\n")
}

/// A stretch of one source with the places in it.
struct Excerpt<'a> {
    source: &'a Source,
    /// Of the stretch.
    start: usize,
    end: usize,
    line: usize,
    places: Vec<(Span, &'a str, AnnotationKind)>,
}

impl<'a> Excerpt<'a> {
    /// The part of a long line that is around its places; of a short one, all of it.
    fn cut(mut self) -> Self {
        if self.end - self.start > LONG_LINE && !self.source.text[self.start..self.end].contains('\n') {
            let first = self.places.iter().map(|(span, ..)| span.start).min().unwrap_or(self.start);
            let last = self.places.iter().map(|(span, ..)| span.end).max().unwrap_or(self.end);
            self.start = boundary(&self.source.text, first.saturating_sub(BESIDE).max(self.start));
            self.end = boundary(&self.source.text, (last + BESIDE).min(self.end));
        }
        self
    }

    /// The text with its places, and where it is.
    fn elements(&self) -> Vec<Element<'_>> {
        let path = quoted::path(&self.source.path);
        let (line, column) = self.source.position(self.start);
        if column == 1 {
            return vec![self.snippet().path(path).into()];
        }
        // The renderer takes the begin of a snippet for that of its line.
        let (_, column) = self.places.first().map_or((line, column), |(span, ..)| self.source.position(span.start));
        vec![Origin::path(path).line(line).char_column(column).into(), self.snippet().into()]
    }

    fn snippet(&self) -> Snippet<'_, Annotation<'_>> {
        let mut grown: Vec<(usize, usize)> = Vec::new();
        let text = &self.source.text[self.start..self.end];
        // Half of a line end of CRLF is none that is hidden.
        let line = text.strip_suffix('\r').unwrap_or(text);
        let text = visible_with(line, |at, by| grown.push((at, by))) + &text[line.len()..];
        let shown = |at: usize| {
            let at = at - self.start;
            at + grown.iter().take_while(|(place, _)| *place < at).map(|(_, by)| by).sum::<usize>()
        };
        let annotations = self.places.iter().map(|(span, text, kind)| -> Annotation<'_> {
            let annotation = kind.span(shown(span.start)..shown(span.end));
            if text.is_empty() { annotation } else { annotation.label(quoted::line(text)) }
        });
        let annotations: Vec<Annotation<'_>> = annotations.collect();
        Snippet::source(text).line_start(self.line).annotations(annotations)
    }
}

/// Only the lines around each place are handed on, so that a large file costs no more than a small one.
fn excerpts<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Excerpt<'a>> {
    let primary = diagnostic.span().map(|span| (span, diagnostic.label.as_str(), AnnotationKind::Primary));
    let related = diagnostic.related.iter().map(|label| (label.span, label.text.as_str(), AnnotationKind::Context));
    let mut excerpts: Vec<Excerpt> = Vec::new();
    for (span, text, kind) in primary.into_iter().chain(related) {
        let source = sources.get(span.source);
        let span = one_line(span, source);
        let (line, Range { start, end }) = source.line_around(span.start);
        let near = excerpts
            .iter_mut()
            .find(|excerpt| std::ptr::eq(excerpt.source, source) && excerpt.line.abs_diff(line) <= NEAR);
        match near {
            Some(excerpt) => {
                excerpt.line = excerpt.line.min(line);
                excerpt.start = excerpt.start.min(start);
                excerpt.end = excerpt.end.max(end);
                excerpt.places.push((span, text, kind));
            }
            None => excerpts.push(Excerpt { source, start, end, line, places: vec![(span, text, kind)] }),
        }
    }
    excerpts.into_iter().map(Excerpt::cut).collect()
}

/// The last place of a character that is not behind a byte.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A place of many lines is shown by its first.
fn one_line(span: Span, source: &Source) -> Span {
    let end = span.end.min(source.text.len());
    let start = span.start.min(end);
    let length = source.text[start..end].find('\n').unwrap_or(end - start);
    let line = &source.text[start..start + length];
    // A place that is all white space is meant: a line separator, a lone carriage return.
    let text = Some(line.trim_end()).filter(|text| !text.is_empty()).unwrap_or(line);
    Span { start, end: start + text.len(), ..span }
}

fn shown_diff(diff: &str) -> String {
    let lines: Vec<&str> = diff.lines().collect();
    let is_whole = lines.iter().any(|line| line.starts_with("@@ -0,0") || line.contains("+0,0 @@"));
    let limit = if is_whole { WHOLE_FILE_LINES } else { DIFF_LINES };
    let shown = lines[..lines.len().min(limit)].join("\n");
    let rest = lines.len().saturating_sub(limit);
    let more = if rest == 0 { String::new() } else { format!("... {rest} more lines; `--format json` has them all\n") };
    diff::diff(&shown) + &more
}
