//! What every rule is distilled from now, and where that stands.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Value;

use crate::diag::Sink;
use crate::input::files::lock_file::{Entry, Lock, Subject};
use crate::input::files::paper::{self, Sentence, Target};
use crate::input::formats::front_matter;
use crate::input::formats::yaml;
use crate::input::vocabulary::Status;
use crate::model::{Example, Model, Paper, Rule, Utility};
use crate::text::fingerprint;
use crate::text::hidden;
use crate::text::quantity::plural;
use crate::text::source::{Sources, Span};

/// What an entry would be if it were made now.
#[derive(Debug)]
pub struct Current<'a> {
    pub of: Read<'a>,
    pub entry: Arc<Entry>,
    /// Where the sentences of its text or of its sections stand.
    pub sentences: Vec<Range<usize>>,
    /// The sections and the marks of the sentences, for a paper.
    marks: Vec<(String, String)>,
}

/// What is read.
#[derive(Clone, Copy, Debug)]
pub enum Read<'a> {
    Rule(&'a Rule),
    Paper(&'a Paper),
}

impl Current<'_> {
    /// What a message about all of it points at.
    pub fn span(&self) -> Span {
        match self.of {
            Read::Rule(rule) => rule.span,
            Read::Paper(paper) => Span::new(paper.source, 0..0),
        }
    }

    /// The first sentence of a paper's sections whose mark is not among those from before, or where one is gone.
    pub fn first_new_sentence(&self, before: &BTreeMap<String, String>) -> (Span, String) {
        let Read::Paper(paper) = self.of else { return (self.span(), String::new()) };
        let Some((anchor, old)) = self.changed_section(before) else { return (self.span(), String::new()) };
        let now: Vec<(&str, &Range<usize>)> = self
            .marks
            .iter()
            .zip(&self.sentences)
            .filter(|((section, _), _)| *section == anchor)
            .map(|((_, mark), range)| (mark.as_str(), range))
            .collect();
        let shared = now.iter().zip(&old).take_while(|((mark, _), old)| mark == *old).count();
        let new = now.iter().find(|(mark, _)| !old.contains(mark)).or(now.get(shared)).or(now.last());
        let label = if now.len() < old.len() {
            format!("{} before this, or after it, is gone", plural(old.len() - now.len(), "sentence"))
        } else {
            "not in the text that was read".to_owned()
        };
        let at = new.map_or(self.span(), |(_, range)| Span::new(paper.source, (*range).clone()));
        (at, label)
    }

    /// The first section that is not as it was, with the marks that it had.
    fn changed_section<'a>(&self, before: &'a BTreeMap<String, String>) -> Option<(String, Vec<&'a str>)> {
        let anchors = self.marks.iter().map(|(anchor, _)| anchor).chain(before.keys());
        let mut changed = anchors.filter(|anchor| before.get(*anchor) != self.entry.sections.get(*anchor));
        let anchor = changed.next()?.clone();
        let old = before.get(&anchor).map(|marks| marks.split(' ').collect()).unwrap_or_default();
        Some((anchor, old))
    }
}

/// The entries of the papers and rules in force that are not in the lock as they are.
pub fn changed<'a>(model: &'a Model, sources: &Sources, lock: Option<&Lock>) -> BTreeMap<Subject, Current<'a>> {
    let ids: HashMap<&str, &str> =
        model.domains.iter().map(|domain| (domain.path.as_str(), domain.id.as_str())).collect();
    let mut rules: Vec<Vec<&Rule>> = vec![Vec::new(); model.domains.len()];
    model.rules.iter().for_each(|rule| rules[rule.domain].push(rule));
    let papers = model.domains.par_iter().zip(rules);
    let is_changed = |(subject, now): &(Subject, Current)| {
        lock.and_then(|lock| lock.entries.get(subject)).is_none_or(|before| *before != now.entry)
    };
    let all = papers.flat_map_iter(|(domain, rules)| of_paper(domain, &rules, model, sources, &ids));
    all.filter(is_changed).collect()
}

fn of_paper<'a>(
    domain: &'a Paper,
    rules: &[&'a Rule],
    model: &Model,
    sources: &Sources,
    ids: &HashMap<&str, &str>,
) -> Vec<(Subject, Current<'a>)> {
    let link = |target: &str| match Target::of(&domain.path, target) {
        Target::External | Target::Outside => target.to_owned(),
        // Data are known by what they define and papers by their ids, wherever the files lie.
        Target::Inside { path, fragment } if path.starts_with("data/") => format!("#{fragment}"),
        Target::Inside { path, fragment } => format!("{}#{fragment}", ids.get(path.as_str()).unwrap_or(&path.as_str())),
    };
    let body = sources.get(domain.source).text.get(domain.body..).unwrap_or_default();
    let sentences = paper::sentences(body, domain.body, &link);
    let held = rules.iter().filter(|rule| rule.status == Status::Active);
    let mut entries: Vec<_> = held
        .map(|rule| {
            let section = rule.section.span.start..rule.section.end;
            let inside = sentences.iter().filter(|sentence| section.contains(&sentence.range.start));
            (Subject::Rule(rule.id.0.clone()), of_rule(rule, inside, model))
        })
        .collect();
    if domain.status == Status::Active {
        let is_argued = |at: usize| rules.iter().any(|rule| (rule.section.span.start..rule.section.end).contains(&at));
        let rest = sentences.iter().filter(|sentence| !is_argued(sentence.range.start));
        entries.push((Subject::Paper(domain.id.clone()), of_rest(domain, rest)));
    }
    entries
}

fn of_rule<'a, 'b>(rule: &'a Rule, section: impl Iterator<Item = &'b Sentence>, model: &Model) -> Current<'a> {
    // What an allowance lets pass in a paper is written out in the lock, which it does not allow for.
    let (text, sentences) =
        section.map(|sentence| (hidden::visible(&sentence.text).into_owned(), sentence.range.clone())).unzip();
    let value = |figure: &String| Some((figure.clone(), model.figures.get(figure)?));
    let figures = rule.evidence.iter().filter_map(value);
    let mut check = BTreeMap::new();
    if let Some(meant) = rule.check() {
        let json = serde_json::to_value(meant.written()).expect("what was read as YAML is JSON");
        flatten(&json, "", &mut check);
    }
    let mut examples: Vec<String> = rule.examples.iter().map(marked_example).collect();
    examples.sort();
    let figures = figures.map(|(id, figure)| (id, format!("{} {}", figure.value, figure.unit))).collect();
    Current {
        of: Read::Rule(rule),
        entry: Arc::new(Entry { figures, check, examples, text, ..Entry::default() }),
        sentences,
        marks: Vec::new(),
    }
}

fn of_rest<'a, 'b>(domain: &'a Paper, rest: impl Iterator<Item = &'b Sentence>) -> Current<'a> {
    let mut sections: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut anchor = "top".to_owned();
    let (mut marks, mut sentences) = (Vec::new(), Vec::new());
    for sentence in rest {
        if sentence.is_heading {
            anchor = slug(&sentence.text);
        }
        let mark = mark(&sentence.text);
        sections.entry(anchor.clone()).or_default().push(mark.clone());
        marks.push((anchor.clone(), mark));
        sentences.push(sentence.range.clone());
    }
    let sections = sections.into_iter().map(|(anchor, marks)| (anchor, marks.join(" "))).collect();
    let entry = Arc::new(Entry { sections, ..Entry::default() });
    Current { of: Read::Paper(domain), entry, sentences, marks }
}

/// A heading as one word.
fn slug(heading: &str) -> String {
    let words = heading.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// Where the value at a JSON pointer of a rule's check stands, or the nearest value above it that is there. Seldom asked,
/// so the front matter is read again rather than kept.
pub fn check_place(rule: &Rule, pointer: &str, model: &Model, sources: &Sources) -> Span {
    let text = &sources.get(rule.span.source).text;
    let Some(front) = front_matter::read(rule.span.source, text, &mut Sink::new()) else { return rule.check_span };
    let rules = front.document.to_json()["rules"].as_array().cloned().unwrap_or_default();
    let index = rules.iter().position(|other| other["id"] == rule.id.0.as_str());
    let Some(index) = index else { return rule.check_span };
    let own = || front.document.span(&format!("/rules/{index}/check{pointer}"));
    let Some((name, inside)) = utility_in(pointer) else { return own() };
    let utility = rule.check().and_then(|check| model.utility_of(check, name));
    utility.map_or_else(own, |utility| place_in(utility, inside, sources))
}

/// The name of the utility rule that a pointer into a check leads to, and the pointer into it.
pub fn utility_in(pointer: &str) -> Option<(&str, &str)> {
    let rest = pointer.strip_prefix("/utils/")?;
    Some(rest.split_at(rest.find('/').unwrap_or(rest.len())))
}

fn place_in(utility: &Utility, inside: &str, sources: &Sources) -> Span {
    let source = utility.span.source;
    let document = yaml::read(source, &sources.get(source).text, 0, &mut Sink::new());
    document.map_or(utility.body, |document| document.span(&format!("/rule{inside}")))
}

/// Leaves of a value by JSON pointer; what is not there counts as little as the order of keys.
fn flatten(value: &Value, pointer: &str, leaves: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (key, value) in members {
                flatten(value, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), leaves);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                flatten(value, &format!("{pointer}/{index}"), leaves);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            leaves.insert(pointer.to_owned(), hidden::visible(&value.to_string()).into_owned());
        }
    }
}

/// What is kept of an example: what it shows and a mark for every line.
pub fn marked_example(example: &Example) -> String {
    let lines = example.text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let marks: Vec<String> = lines.map(mark).collect();
    format!("{} {}", example.shows.name(), marks.join(" "))
}

/// The first line of an example whose mark was in none of those that are gone.
pub fn first_new_line(example: &Example, gone: &[String], sources: &Sources) -> Option<Span> {
    let known: Vec<&str> = gone.iter().flat_map(|marks| marks.split(' ')).collect();
    let mut at = example.body.start;
    for line in sources.text(example.body).split_inclusive('\n') {
        let text = line.trim_end();
        // The text of an indented block has lost the indent of the block.
        let is_known = known.contains(&mark(text).as_str()) || known.contains(&mark(text.trim_start()).as_str());
        if !text.is_empty() && !is_known {
            return Some(Span { start: at, end: at + text.len(), ..example.body });
        }
        at += line.len();
    }
    None
}

/// Tells a sentence from those that could have stood in its place.
fn mark(text: &str) -> String {
    fingerprint::of(&[text])[..8].to_owned()
}
