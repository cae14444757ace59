//! Where a stage puts what it has to say: it cannot fail, it can only complain.

use std::collections::BTreeMap;
use std::ops::Deref;

use rayon::prelude::*;

use super::codes::Code;
use super::diagnostic::{Diagnostic, Place};
use super::levels::{Levels, SwitchedOff};
use super::severity::Severity;
use crate::text::source::{SourceId, Span};

/// Diagnostics of one code that are kept of one file. Nobody corrects a thousand places one by one: they have one cause,
/// and the first of them show it. As many are still printed within a second.
pub const MOST: usize = 1000;

/// Diagnostics of one code and one file with "did you mean": to look for the nearest of many words takes its time, and
/// whoever has misspelt twenty of them knows by then.
pub const SUGGESTED: usize = 20;

/// What was found so far, in order. Of one code (and severity) in one file, [`MOST`] are kept; one more says how many others
/// there are. That goes for diagnostics, of papers, data, templates, settings and outputs. What `kbc review` finds in code are
/// findings, which no sink holds; what it says of comments in code is put into an [unbounded](Sink::unbounded) sink, and none of
/// it is left out.
#[derive(Clone, Debug)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
    most: usize,
    groups: BTreeMap<(Code, Severity, File), Group>,
}

/// The file that a diagnostic is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum File {
    Read(SourceId),
    At(String),
}

impl File {
    fn of(place: &Place) -> Self {
        match place {
            Place::Span(span) => File::Read(span.source),
            Place::File(path) => File::At(path.clone()),
        }
    }
}

/// The diagnostics of one code in one file.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    kept: usize,
    /// Where the one is that stands for all others.
    more: Option<usize>,
}

impl Default for Sink {
    fn default() -> Self {
        Self { diagnostics: Vec::new(), most: MOST, groups: BTreeMap::new() }
    }
}

impl Sink {
    pub fn new() -> Self {
        Self::default()
    }

    /// One that keeps everything.
    pub fn unbounded() -> Self {
        Self { most: usize::MAX, ..Self::default() }
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        let key = (diagnostic.code, diagnostic.severity, File::of(&diagnostic.place));
        let group = self.groups.entry(key).or_default();
        if group.kept < self.most && !diagnostic.is_more {
            group.kept += 1;
            self.diagnostics.push(diagnostic);
            return;
        }
        match group.more {
            Some(at) => {
                let count = self.diagnostics[at].count + diagnostic.count;
                self.diagnostics[at].stand_for(count);
            }
            None => {
                group.more = Some(self.diagnostics.len());
                let mut more = Diagnostic::new(diagnostic.code, diagnostic.place, "");
                more.severity = diagnostic.severity;
                more.stand_for(diagnostic.count);
                self.diagnostics.push(more);
            }
        }
    }

    /// Is a diagnostic of this code at this place among the first of its kind, for which the word that was meant is looked for?
    pub fn suggests(&self, code: Code, place: &Place) -> bool {
        let is_it = |severity| self.groups.get(&(code, severity, File::of(place)));
        let kept = [Severity::Error, Severity::Warning, Severity::Info, Severity::Hint].into_iter().filter_map(is_it);
        kept.map(|group| group.kept).sum::<usize>() < SUGGESTED
    }

    /// The diagnostic with "did you mean", if it is among the first of its kind.
    pub fn near<'a>(
        &self,
        diagnostic: Diagnostic,
        written: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Diagnostic {
        let suggests = self.suggests(diagnostic.code, &diagnostic.place);
        if suggests { diagnostic.help_nearest(written, known) } else { diagnostic }
    }

    /// Like [`Sink::near`], with the places of the words.
    pub fn near_at<'a>(
        &self,
        diagnostic: Diagnostic,
        written: &str,
        known: impl Iterator<Item = (&'a str, Span)> + Clone,
    ) -> Diagnostic {
        let suggests = self.suggests(diagnostic.code, &diagnostic.place);
        if suggests { diagnostic.help_nearest_at(written, known) } else { diagnostic }
    }

    /// Was anything found that makes the result unusable?
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The diagnostics that make the result unusable.
    pub fn errors(&self) -> Vec<Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).cloned().collect()
    }

    /// Leaves nothing but the first complaint about the words of an older format, if there is one: what else is wrong is most
    /// likely of the same cause, and one command mends it.
    pub fn settle_old_format(&mut self) {
        let old = self.diagnostics.iter().filter(|diagnostic| diagnostic.code == Code::OldFormat);
        let first = old.min_by_key(|diagnostic| diagnostic.span().map(|span| (span.source, span.start))).cloned();
        if let Some(first) = first {
            *self = Self { most: self.most, ..Self::default() };
            self.push(first);
        }
    }

    /// In the order of their places; those of whole files come first. The sort is stable, and every stage pushes in the
    /// order of its inputs, so the result is the same for any number of threads.
    pub fn sort(&mut self) {
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span().map(|span| (span.source, span.start)));
        for (at, more) in self.diagnostics.iter().enumerate().filter(|(_, diagnostic)| diagnostic.is_more) {
            let key = (more.code, more.severity, File::of(&more.place));
            self.groups.entry(key).or_default().more = Some(at);
        }
    }

    /// Gives all the severities that a project sets, and leaves out what it switches off.
    pub fn set(&mut self, levels: &Levels) -> SwitchedOff {
        let (told, off) = levels.apply(std::mem::take(&mut self.diagnostics));
        self.groups.clear();
        self.extend(told);
        off
    }

    /// Keeps some of the diagnostics.
    pub fn retain(&mut self, is_kept: impl Fn(&Diagnostic) -> bool) {
        let all = std::mem::take(&mut self.diagnostics);
        self.groups.clear();
        self.extend(all.into_iter().filter(is_kept));
    }

    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// Runs a stage for each item, on all processors; what they find comes in the order of the items.
    pub fn par_map<I: Send, T: Send>(&mut self, items: Vec<I>, stage: impl Fn(I, &mut Sink) -> T + Sync) -> Vec<T> {
        let run = |item| {
            let mut found = Sink::new();
            (stage(item, &mut found), found)
        };
        let results: Vec<(T, Sink)> = items.into_par_iter().map(run).collect();
        results.into_iter().map(|(result, found)| (result, self.extend(found)).0).collect()
    }
}

impl Extend<Diagnostic> for Sink {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }
}

impl IntoIterator for Sink {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.diagnostics.into_iter()
    }
}

impl<'a> IntoIterator for &'a Sink {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.diagnostics.iter()
    }
}

impl Deref for Sink {
    type Target = [Diagnostic];

    fn deref(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: usize, start: usize) -> Diagnostic {
        let mut sources = crate::text::source::Sources::default();
        let ids: Vec<SourceId> = (0..3).map(|_| sources.add("a", "")).collect();
        Diagnostic::new(Code::DeadLink, Span::new(ids[file], start..start), format!("at {start}"))
    }

    fn told(sink: &Sink) -> (usize, usize, Vec<&str>) {
        let more = sink.iter().filter(|diagnostic| diagnostic.is_more);
        let count = sink.iter().map(|diagnostic| diagnostic.count).sum();
        (sink.len(), count, more.map(|diagnostic| diagnostic.message.as_str()).collect())
    }

    #[test]
    fn of_one_code_in_one_file_some_are_kept_and_the_others_counted() {
        let mut sink = Sink::new();
        sink.extend((0..MOST).map(|start| at(0, start)));
        assert_eq!(told(&sink), (MOST, MOST, vec![]));
        sink.extend((MOST..MOST + 4812).rev().map(|start| at(0, start)));
        sink.push(at(1, 7));
        sink.push(Diagnostic::new(Code::DeadLink, Place::File("a".to_owned()), "no file"));
        let mut warning = at(0, 3);
        warning.severity = Severity::Warning;
        sink.push(warning);
        assert_eq!(told(&sink), (MOST + 4, MOST + 4815, vec!["and 4,812 more of these in this file"]));
    }

    #[test]
    fn sinks_are_joined_and_sorted_without_losing_count() {
        let mut sink = Sink::new();
        sink.par_map(vec![0, 1, 0, 2], |file, found| found.extend((0..MOST * 2).map(|start| at(file, start))));
        sink.sort();
        sink.push(at(2, 0));
        let more = vec![
            "and 3,000 more of these in this file",
            "and 1,000 more of these in this file",
            "and 1,001 more of these in this file",
        ];
        assert_eq!(told(&sink), (3 * MOST + 3, 8 * MOST + 1, more));
        let mut again = Sink::new();
        again.extend(sink.clone());
        assert_eq!(told(&again), told(&sink));
    }

    #[test]
    fn an_unbounded_sink_keeps_all() {
        let mut sink = Sink::unbounded();
        sink.extend((0..MOST * 2).map(|start| at(0, start)));
        assert_eq!(told(&sink), (MOST * 2, MOST * 2, vec![]));
    }
}
