//! The exceptions of kbc.toml, papers and rules: what they hide, those that hide nothing, and those whose day has passed.
//! The one place where something that was found does not get told.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use super::parse::Parsed;
use crate::diag::{Code, Diagnostic, Place, Sink};
use crate::input::files::config::Config;
use crate::input::files::exception::{Exception, Holder};
use crate::input::formats::yaml::Document;
use crate::input::world::World;
use crate::text::glob::Globs;
use crate::text::quantity::NumberInText;
use crate::text::source::{SourceId, Sources, Span};

/// All exceptions of a knowledge base.
#[derive(Debug, Default)]
pub struct Exceptions {
    all: Vec<Placed>,
    /// By code and thing (`None`: whatever the code is about), the exceptions and which of their things it is.
    by_thing: HashMap<About, Vec<(usize, usize)>>,
}

/// What an exception is about: a code, and a thing or whatever the code is about.
type About = (Code, Option<String>);

/// An exception and where it holds.
#[derive(Debug)]
struct Placed {
    exception: Exception,
    scope: Scope,
    /// Where its code stands.
    span: Span,
    /// Where each thing that it is about stands.
    what: Vec<Span>,
    until: Span,
    /// `None`: every file.
    files: Option<Globs>,
    /// Is it to be used? One with a fault is not; that was complained about.
    is_sound: bool,
    /// By what it is about; one that names nothing has one entry.
    was_met: Vec<AtomicBool>,
    is_over: bool,
}

#[derive(Debug)]
enum Scope {
    Base,
    Paper(SourceId),
    /// A rule by its id, and where its entry stands.
    Rule(String, Span),
}

/// An exception as it is listed.
#[derive(Debug)]
pub struct Listed<'a> {
    pub exception: &'a Exception,
    pub span: Span,
}

impl Exceptions {
    /// Those of the settings and of the papers. The day is asked for only where one of them ends.
    pub fn new(config: &Config, parsed: &Parsed, world: &dyn World, diags: &mut Sink) -> Self {
        let mut all = Vec::new();
        for (index, exception) in config.allow.iter().enumerate() {
            let at = |key: &str| config.places.at(&format!("/allow/{index}/{key}"));
            let things = (0..exception.things().len().max(1)).map(|thing| at(&format!("what/{thing}")));
            let is_sound = exception.faults(Holder::Base).is_empty();
            let places = [at("code"), at("until")];
            all.push(Placed::new(exception, Scope::Base, places, things.collect(), is_sound));
        }
        for paper in &parsed.papers {
            let fronts = paper.decoded.front.iter().flat_map(|front| &front.allow);
            for (index, exception) in fronts.enumerate() {
                let pointer = format!("/allow/{index}");
                all.push(written(exception, Scope::Paper(paper.source), &paper.document, &pointer, diags));
            }
            for (number, rule) in &paper.decoded.rules {
                for (index, exception) in rule.allow.iter().enumerate() {
                    let entry = format!("/rules/{number}");
                    let scope = Scope::Rule(rule.id.0.clone(), paper.document.span(&entry));
                    all.push(written(exception, scope, &paper.document, &format!("{entry}/allow/{index}"), diags));
                }
            }
        }
        if all.iter().any(|placed| placed.exception.until.is_some())
            && let Some(today) = world.day()
        {
            all.iter_mut().for_each(|placed| placed.is_over = placed.exception.is_over(&today));
        }
        let mut by_thing: HashMap<_, Vec<_>> = HashMap::new();
        for (index, placed) in all.iter().enumerate().filter(|(_, placed)| placed.is_sound && !placed.is_over) {
            let Some(code) = placed.exception.of_kbc().filter(|code| *code != Code::HiddenText) else { continue };
            let things = placed.exception.things();
            let keys = things.iter().map(|what| Some(identity(what))).chain(things.is_empty().then_some(None));
            keys.enumerate().for_each(|(thing, key)| by_thing.entry((code, key)).or_default().push((index, thing)));
        }
        Self { all, by_thing }
    }

    /// Takes out what is allowed.
    pub fn apply(&self, sources: &Sources, sink: &mut Sink) {
        if !self.by_thing.is_empty() {
            sink.retain(|diagnostic| !self.hides(diagnostic, sources));
        }
    }

    fn hides(&self, diagnostic: &Diagnostic, sources: &Sources) -> bool {
        let keys = [None, diagnostic.subject.as_deref().map(identity)];
        let keys = if keys[1].is_none() { &keys[..1] } else { &keys[..] };
        let known = keys.iter().filter_map(|key| self.by_thing.get(&(diagnostic.code, key.clone()))).flatten();
        let hiding = known.filter(|(index, _)| self.all[*index].holds_at(diagnostic, sources));
        // Each that is about it counts as used.
        hiding.inspect(|(index, thing)| self.all[*index].was_met[*thing].store(true, Ordering::Relaxed)).count() > 0
    }

    /// Those that a day has passed, and those that hid nothing. Findings are looked for by `kbc review` alone, and hidden
    /// characters where texts are read.
    pub fn unused(&self, sink: &mut Sink) {
        // Of those that are only counted, nobody knows what they were about.
        let counted = sink.iter().filter(|diagnostic| diagnostic.is_more).map(|diagnostic| diagnostic.code);
        let counted: HashSet<Code> = counted.collect();
        let is_known = |placed: &&Placed| !placed.exception.of_kbc().is_some_and(|code| counted.contains(&code));
        for placed in self.all.iter().filter(|placed| placed.is_sound).filter(is_known) {
            if placed.is_over && !placed.exception.is_of_rule() {
                sink.push(placed.expired());
                continue;
            }
            if placed.exception.is_of_rule() || placed.exception.of_kbc() == Some(Code::HiddenText) {
                continue;
            }
            for (index, _) in placed.was_met.iter().enumerate().filter(|(_, met)| !met.load(Ordering::Relaxed)) {
                sink.push(placed.unused(index));
            }
        }
    }

    /// All of them, in the order of their files.
    pub fn all(&self) -> impl Iterator<Item = Listed<'_>> {
        self.all.iter().map(|placed| Listed { exception: &placed.exception, span: placed.span })
    }
}

/// An exception of a paper; complains about what is wrong with it.
fn written(exception: &Exception, scope: Scope, document: &Document, pointer: &str, diags: &mut Sink) -> Placed {
    let faults = exception.faults(Holder::Paper);
    let is_sound = faults.is_empty();
    for (key, message, help) in faults {
        let at = document.span(&format!("{pointer}/{key}"));
        diags.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
    }
    let at = |key: &str| document.span(&format!("{pointer}/{key}"));
    let things = (0..exception.things().len().max(1)).map(|thing| at(&format!("what/{thing}")));
    Placed::new(exception, scope, [at("code"), at("until")], things.collect(), is_sound)
}

impl Placed {
    fn new(exception: &Exception, scope: Scope, [span, until]: [Span; 2], what: Vec<Span>, is_sound: bool) -> Self {
        let files = Globs::new(&exception.files).ok().filter(|_| !exception.files.is_empty());
        let was_met = what.iter().map(|_| AtomicBool::new(false)).collect();
        Self { exception: exception.clone(), scope, span, what, until, files, is_sound, was_met, is_over: false }
    }

    fn holds_at(&self, diagnostic: &Diagnostic, sources: &Sources) -> bool {
        let span = diagnostic.span();
        match &self.scope {
            Scope::Rule(id, entry) => {
                let is_inside =
                    |span: Span| span.source == entry.source && entry.start <= span.start && span.end <= entry.end;
                diagnostic.subject.as_deref() == Some(id) || span.is_some_and(is_inside)
            }
            Scope::Paper(source) => span.is_some_and(|span| span.source == *source),
            Scope::Base => self.files.as_ref().is_none_or(|files| {
                files.is_match(match &diagnostic.place {
                    Place::Span(span) => &sources.get(span.source).path,
                    Place::File(path) => path,
                })
            }),
        }
    }

    fn expired(&self) -> Diagnostic {
        let until = self.exception.until.as_deref().unwrap_or_default();
        let message = format!("the exception for `{}` held until {until} (UTC)", self.exception.code);
        let owner = self.exception.owner.iter().map(|owner| format!("{owner} answers for it: "));
        let diagnostic = Diagnostic::new(Code::ExpiredAllow, self.until, message);
        diagnostic
            .note(owner.collect::<String>() + &self.exception.reason)
            .help("correct what it was about and delete it, or agree on another day")
    }

    fn unused(&self, index: usize) -> Diagnostic {
        let code = &self.exception.code;
        let message = match self.exception.things().get(index) {
            Some(what) => format!("`{code}` is allowed for `{what}`, but is not reported of it here"),
            None => format!("`{code}` is allowed, but is not reported here"),
        };
        let diagnostic = Diagnostic::new(Code::UnusedAllow, self.what[index], message);
        diagnostic.help("delete it, or write what it is about as the message does; it would hide the next one")
    }
}

/// The same for things that are written alike, and for a number however it is written.
fn identity(what: &str) -> String {
    match NumberInText::all(what).as_slice() {
        [number] if number.unit.is_some() => format!("{number:?}"),
        _ => what.to_owned(),
    }
}
