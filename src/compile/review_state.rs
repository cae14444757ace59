//! Which rules nobody has read again since what they were distilled from has changed.
//!
//! Holds every rule against its entry in `kbc.lock`: the sentences of its section, the values of its figures, its check
//! and its examples. No history and no clock is asked; whoever has read again says so with `kbc accept`.

mod current;
pub mod settings;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::current::{Current, Read};
use crate::compile::artifact;
use crate::diag::{Code, Diagnostic, Place, Severity, Sink};
use crate::input::files::lock_file::{self, Entry, Lock, Subject};
use crate::model::{Model, Rule, Setting};
use crate::text::quantity::{listed, plural};
use crate::text::source::{SourceId, Sources, Span};

/// How a knowledge base stands to its lock.
#[derive(Default)]
pub struct LockComparison {
    pub diags: Sink,
    /// What has no entry yet gets one; nothing that has changed is stamped.
    pub lock: Lock,
    /// What is not as its entry says, or gone, with what its entry would be now.
    pub changed: BTreeMap<Subject, Option<Arc<Entry>>>,
}

impl LockComparison {
    /// What `kbc build` would change in the file, besides what is said of rules.
    pub fn drift(&self, file: Option<SourceId>, sources: &Sources) -> Option<Diagnostic> {
        let Some(source) = file else {
            let message = format!("`{}` is missing", lock_file::PATH);
            let place = Place::File(lock_file::PATH.to_owned());
            let help = "run `kbc build`, which takes every rule as read";
            return Some(Diagnostic::new(Code::MissingOutput, place, message).help(help));
        };
        let old = &sources.get(source).text;
        let is_told = self.diags.iter().any(|diagnostic| diagnostic.code == Code::NoLockEntry);
        if is_told || self.lock.is_written_as(old) {
            return None;
        }
        let new = self.lock.to_string();
        let message = format!("`{}` is not as kbc writes it", lock_file::PATH);
        let first = artifact::changed_lines(&new, old).first().map_or(0, |lines| lines.start);
        let line = sources.get(source).line(first + 1).unwrap_or_default();
        let mut diagnostic =
            Diagnostic::new(Code::StaleOutput, Span::new(source, line), message).help("run `kbc build`");
        if old.lines().eq(new.lines()) {
            diagnostic.severity = Severity::Warning;
            return Some(diagnostic.note("only line ends differ"));
        }
        Some(diagnostic.diff(artifact::whole(lock_file::PATH, old, &new)))
    }
}

/// Holds a knowledge base without errors against its lock; without one, everything is new.
pub fn find(model: &Model, settings: &[Setting], sources: &Sources, old: Option<&Lock>) -> LockComparison {
    let changed = current::changed(model, settings, sources, old);
    let mut standing = LockComparison { lock: old.cloned().unwrap_or_default(), ..LockComparison::default() };
    let lacks_settings = old.is_some_and(Lock::is_of_first_version);
    let mut groups: BTreeMap<(Span, Change), Vec<(&Rule, &Current)>> = BTreeMap::new();
    for (subject, now) in &changed {
        let Some(before) = standing.lock.entries.get(subject) else {
            new(subject, now, old, &mut standing);
            continue;
        };
        let before = before.clone();
        let told = standing.diags.len();
        let is_same_text = now.is_same_text(&before);
        if let Read::Paper(_) = now.of
            && !is_same_text
        {
            standing.diags.push(reworded(subject, &before, now, old));
        }
        if !lacks_settings && before.settings != now.entry.settings {
            standing.diags.push(changed_settings(subject, &before, now, old));
        }
        let mut is_same = told == standing.diags.len();
        if let Read::Rule(rule) = now.of {
            let change = Change::between(&before, &now.entry, is_same_text);
            is_same = change == Change::default();
            if !is_same {
                groups.entry((rule.section.span, change)).or_default().push((rule, now));
            }
        }
        // What says the same in another form is written as it is now.
        match is_same {
            true => drop(standing.lock.entries.insert(subject.clone(), now.entry.clone())),
            false => drop(standing.changed.insert(subject.clone(), Some(now.entry.clone()))),
        }
    }
    for ((_, change), rules) in &groups {
        standing.diags.push(Suspects { change, rules, model, sources, old }.diagnostic());
    }
    gone(model, settings, &mut standing);
    standing
}

/// Complains about rules whose ids are retired.
pub fn retired(model: &Model, lock: &Lock, diags: &mut Sink) {
    for rule in model.rules.iter().filter(|rule| lock.retired.contains(&rule.id.0)) {
        let message = format!("the id `{}` is retired", rule.id);
        let mut diagnostic = Diagnostic::new(Code::RetiredId, rule.span, message).label("used again");
        if let Some(at) = lock.span(&rule.id.0) {
            diagnostic = diagnostic.also(at, "retired here");
        }
        let help =
            "give the rule an id that was never used: reviews, waivers and people know the old one for something else";
        diags.push(diagnostic.help(help));
    }
}

/// An entry for what has none.
fn new(subject: &Subject, now: &Current, old: Option<&Lock>, standing: &mut LockComparison) {
    let span = now.span();
    if old.is_some_and(|old| !old.retired.contains(subject.id())) {
        let message = format!("`{}` is not in {}", subject.id(), lock_file::PATH);
        standing.diags.push(
            Diagnostic::new(Code::NoLockEntry, span, message)
                .help("`kbc build` adds it; from then on, a change of what it says is noticed"),
        );
    }
    standing.lock.entries.insert(subject.clone(), now.entry.clone());
}

/// Entries of what is not in the papers any more.
fn gone(model: &Model, settings: &[Setting], standing: &mut LockComparison) {
    let rules: BTreeSet<&str> = model.rules.iter().map(|rule| rule.id.0.as_str()).collect();
    let papers: BTreeSet<&str> = model.papers.iter().map(|paper| paper.id.as_str()).collect();
    let subjects: Vec<Subject> = standing.lock.entries.keys().cloned().collect();
    for subject in subjects {
        let id = subject.id();
        match &subject {
            Subject::Paper(_) if !papers.contains(id) => drop(standing.lock.entries.remove(&subject)),
            Subject::Rule(_) if !rules.contains(id) => {
                let span = standing.lock.span(id).expect("an entry without a rule was read");
                standing.diags.push(
                    Diagnostic::new(Code::GoneRule, span, format!("no paper has the rule `{id}` any more"))
                        .label("it had one when this was written")
                        .help(format!("put it back, or `kbc accept {id}` retires the id for good")),
                );
                standing.changed.insert(subject.clone(), None);
            }
            Subject::Settings if settings.is_empty() => drop(standing.lock.entries.remove(&subject)),
            Subject::Paper(_) | Subject::Rule(_) | Subject::Settings => {}
        }
    }
}

/// What of an entry has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    /// The sentences before and now, where they differ.
    text: Option<(Vec<String>, Vec<String>)>,
    /// Figures with their values before and now.
    figures: Vec<Pair>,
    /// JSON pointers with their values before and now.
    check: Vec<Pair>,
    /// Those that are new, and those that are gone.
    examples: Option<(Vec<String>, Vec<String>)>,
}

type Pair = (String, Option<String>, Option<String>);

impl Change {
    fn between(before: &Entry, now: &Entry, is_same_text: bool) -> Self {
        let beside = |a: &Entry, b: &Entry| -> Vec<String> {
            a.examples.iter().filter(|example| !b.examples.contains(example)).cloned().collect()
        };
        Self {
            text: (!is_same_text).then(|| (before.text.clone(), now.text.clone())),
            figures: pairs(&before.figures, &now.figures),
            check: pairs(&before.check, &now.check),
            examples: (before.examples != now.examples).then(|| (beside(now, before), beside(before, now))),
        }
    }

    /// "its section and the figure `jitter_relief`"
    fn told(&self, count: usize) -> String {
        let its = if count == 1 { "its" } else { "their" };
        let mut parts = Vec::new();
        if self.text.is_some() {
            parts.push(format!("{its} section"));
        }
        parts.extend(self.figures.iter().map(|(figure, ..)| format!("the figure `{figure}`")));
        if !self.check.is_empty() {
            parts.push(format!("{its} check"));
        }
        if self.examples.is_some() {
            parts.push(format!("{its} examples"));
        }
        listed(&parts)
    }
}

fn pairs(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<Pair> {
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let changed = keys.into_iter().filter(|key| before.get(*key) != now.get(*key));
    changed.map(|key| (key.clone(), before.get(key).cloned(), now.get(key).cloned())).collect()
}

/// Rules of one section that changed alike.
struct Suspects<'a> {
    change: &'a Change,
    rules: &'a [(&'a Rule, &'a Current<'a>)],
    model: &'a Model,
    sources: &'a Sources,
    old: Option<&'a Lock>,
}

impl Suspects<'_> {
    fn diagnostic(&self) -> Diagnostic {
        let ids: Vec<String> = self.rules.iter().map(|(rule, _)| format!("`{}`", rule.id)).collect();
        let are = if ids.len() == 1 { "is suspect" } else { "are suspect" };
        let it = if ids.len() == 1 { "it was" } else { "they were" };
        let told = self.change.told(ids.len());
        let message = format!("{} {are}: {told} changed since {it} last read", listed(&ids));
        let mut places = self.places();
        let (span, label) = places.remove(0);
        let mut diagnostic = Diagnostic::new(Code::SuspectRule, span, message).label(label);
        for (span, text) in places {
            diagnostic = diagnostic.also(span, text);
        }
        for (rule, _) in self.rules {
            if let Some(at) = self.old.and_then(|lock| lock.span(&rule.id.0)) {
                diagnostic = diagnostic.also(at, format!("what `{}` was distilled from", rule.id));
            }
        }
        for (figure, before, now) in &self.change.figures {
            let was = |value: &Option<String>| value.as_deref().unwrap_or("not there").to_owned();
            diagnostic = diagnostic.note(format!("`{figure}` was {}, is {}", was(before), was(now)));
        }
        let (rule, _) = self.rules[0];
        if let Some((before, now)) = &self.change.text {
            let path = format!("{}{}", self.model.papers[rule.paper].path, rule.section.anchor);
            diagnostic = diagnostic.diff(artifact::whole(&path, &lines(before), &lines(now)));
        }
        let accept: Vec<&str> = self.rules.iter().map(|(rule, _)| rule.id.0.as_str()).collect();
        let them = if accept.len() == 1 { "it still says" } else { "they still say" };
        diagnostic
            .help(format!("if {them} what the paper says, `kbc accept {}`; else correct one of them", accept.join(" ")))
    }

    /// Where something changed, each with what it was.
    fn places(&self) -> Vec<(Span, String)> {
        let mut places = Vec::new();
        let (rule, now) = self.rules[0];
        if let Some((before, _)) = &self.change.text {
            places.push(text_place(before, now, rule.section.span));
        }
        for (figure, before, _) in &self.change.figures {
            let Some(figure) = self.model.figures.get(figure) else { continue };
            let cases = figure.inputs.iter().filter_map(|(id, case)| figure.input(&self.model.benchmarks, id, case));
            let was = before.as_deref().map_or("it was no evidence".to_owned(), |value| format!("it was {value}"));
            places.push((figure.span, was));
            places.extend(cases.map(|(_, case)| (case.span, "from this".to_owned())));
        }
        for (rule, _) in self.rules {
            places.extend(self.change.check.iter().map(|(pointer, before, now)| {
                let was = match (before, now) {
                    (Some(value), None) => format!("`{pointer}` is gone, which was `{}`", short(value)),
                    (Some(value), Some(_)) => format!("it was `{}`", short(value)),
                    (None, _) => "new".to_owned(),
                };
                (current::check_place(rule, self.whole(pointer), self.model, self.sources), was)
            }));
            if let Some((new, gone)) = &self.change.examples {
                places.extend(example_places(rule, new, gone, self.sources));
            }
        }
        if places.is_empty() {
            places.push((rule.span, "it has lost evidence".to_owned()));
        }
        let mut told = BTreeSet::new();
        places.retain(|place| told.insert(place.clone()));
        places
    }

    /// Of a utility rule that is new to the check, all of it; else the leaf at the pointer.
    fn whole<'b>(&self, pointer: &'b str) -> &'b str {
        let Some((name, inside)) = current::utility_in(pointer) else { return pointer };
        let is_in_it = |pointer: &str| current::utility_in(pointer).is_some_and(|(other, _)| other == name);
        let (rule, now) = self.rules[0];
        let changed: Vec<&Pair> = self.change.check.iter().filter(|(pointer, ..)| is_in_it(pointer)).collect();
        let leaves = now.entry.check.keys().filter(|pointer| is_in_it(pointer)).count();
        let is_new = changed.len() == leaves && changed.iter().all(|(_, before, _)| before.is_none());
        let is_shared = rule.checks().any(|check| self.model.utility_of(check, name).is_some());
        if is_new && is_shared { &pointer[..pointer.len() - inside.len()] } else { pointer }
    }
}

fn short(value: &str) -> String {
    let cut = value.char_indices().nth(60).map_or(value.len(), |(at, _)| at);
    if cut < value.len() { format!("{}...", &value[..cut]) } else { value.to_owned() }
}

fn lines(sentences: &[String]) -> String {
    sentences.iter().map(|sentence| format!("{sentence}\n")).collect()
}

/// The first sentence that is new, or else what follows the first that is gone.
fn text_place(before: &[String], now: &Current, heading: Span) -> (Span, String) {
    let (old, new) = (lines(before), lines(&now.entry.text));
    if let Some(range) = artifact::changed_lines(&old, &new).first() {
        let sentence = now.sentences.get(range.start).map(|range| Span::new(heading.source, range.clone()));
        return (sentence.unwrap_or(heading), "not in the text that was read".to_owned());
    }
    let shared = before.iter().zip(&now.entry.text).take_while(|(old, new)| old == new).count();
    let gone = before.get(shared).map(|sentence| format!("gone before this: \"{}\"", short(sentence)));
    let at = now.sentences.get(shared).map_or(heading, |range| Span::new(heading.source, range.clone()));
    (at, gone.unwrap_or_default())
}

/// The first lines of examples that are not as they were.
fn example_places(rule: &Rule, new: &[String], gone: &[String], sources: &Sources) -> Vec<(Span, String)> {
    let mut places = Vec::new();
    for example in rule.examples.iter().filter(|example| new.contains(&current::marked_example(example))) {
        let edited = (!gone.is_empty()).then(|| current::first_new_line(example, gone, sources)).flatten();
        let at = edited.unwrap_or(example.span);
        places.push((at, "not in the example that was read".to_owned()));
    }
    if gone.len() > new.len() {
        places.push((rule.span, format!("{} that it had is gone", plural(gone.len() - new.len(), "example"))));
    }
    places
}

/// What a paper says outside of the sections of its rules. Where that asserts something, nobody else would notice.
fn reworded(subject: &Subject, before: &Entry, now: &Current, old: Option<&Lock>) -> Diagnostic {
    let id = subject.id();
    let changed = now.changed_sentence(&before.sections);
    let message = match changed.asserts {
        true => {
            format!(
                "`{id}` states something different than when it was last read, outside of the sections of its rules"
            )
        }
        false => format!("`{id}` has changed since it was last read, outside of the sections of its rules"),
    };
    let mut diagnostic = Diagnostic::new(Code::RewordedPaper, changed.place, message).label(changed.label);
    if changed.asserts {
        diagnostic.severity = Severity::Error;
    }
    if let Some(at) = old.and_then(|lock| lock.span(id)) {
        diagnostic = diagnostic.also(at, "the text that was read");
    }
    diagnostic.help(format!("read whether its rules still hold as they are limited now, then `kbc accept {id}`"))
}

/// Settings that are not as they were when somebody last read them.
fn changed_settings(subject: &Subject, before: &Entry, now: &Current, old: Option<&Lock>) -> Diagnostic {
    let id = subject.id();
    let changed = pairs(&before.settings, &now.entry.settings);
    let place = |pointer: &str| {
        let there = now.settings().iter().find(|setting| setting.pointer == pointer);
        // What is gone was beside what is left.
        let above = || pointer.rsplit_once('/').map_or("", |(above, _)| above);
        let beside = || now.settings().iter().find(|setting| setting.pointer.starts_with(above()));
        there.or_else(beside).map_or(now.span(), |setting| setting.span)
    };
    let was = |(pointer, before, now): &Pair| match (before, now) {
        (Some(value), Some(_)) => format!("`{pointer}` was `{}`", short(value)),
        (Some(value), None) => format!("`{pointer}` is gone, which was `{}`", short(value)),
        (None, _) => format!("`{pointer}` is new"),
    };
    let first = changed.first().expect("something differs");
    let message = match subject {
        Subject::Settings => "settings that no output shows have changed since they were last read".to_owned(),
        Subject::Paper(_) | Subject::Rule(_) => format!("`{id}` vouches for something else than when it was last read"),
    };
    let mut diagnostic = Diagnostic::new(Code::ChangedSettings, place(&first.0), message).label(was(first));
    for pair in &changed[1..] {
        diagnostic = diagnostic.also(place(&pair.0), was(pair));
    }
    if let Some(at) = old.and_then(|lock| lock.span(id)) {
        diagnostic = diagnostic.also(at, "what was read");
    }
    diagnostic.help(format!("if that is meant, `kbc accept {id}`"))
}

/// The entries after somebody has read again.
pub fn accept(standing: &LockComparison, accepted: &BTreeSet<Subject>) -> Lock {
    let mut lock = standing.lock.clone();
    for subject in accepted {
        match standing.changed.get(subject) {
            Some(Some(entry)) => drop(lock.entries.insert(subject.clone(), entry.clone())),
            Some(None) => {
                lock.entries.remove(subject);
                lock.retired.insert(subject.id().to_owned());
            }
            None => {}
        }
    }
    lock
}
