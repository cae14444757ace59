//! What every rule is distilled from now, and where that stands.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Value;

use crate::diag::Sink;
use crate::input::files::config::Input;
use crate::input::files::lock_file::{self, Entry, Lock, Subject};
use crate::input::files::paper::{self, Sentence, Target};
use crate::input::formats::front_matter;
use crate::input::formats::yaml;
use crate::input::vocabulary::Status;
use crate::model::{Example, Model, Paper, Rule, RuleCheck, Setting, Utility};
use crate::text::fingerprint;
use crate::text::hidden;
use crate::text::quantity::plural;
use crate::text::source::{SourceId, Sources, Span};

/// What an entry would be if it were made now.
#[derive(Debug)]
pub struct Current<'a> {
    pub of: Read<'a>,
    pub entry: Arc<Entry>,
    /// The entry if the code that values are measured with counted as text.
    with_code: Arc<Entry>,
    /// Where the sentences of its text or of its sections stand.
    pub sentences: Vec<Range<usize>>,
    /// The sections and the marks of the sentences, for a paper.
    marks: Vec<(String, String)>,
    /// The marks of the sentences in the sections of a paper's rules.
    argued: BTreeSet<String>,
}

/// What is read.
#[derive(Clone, Copy, Debug)]
pub enum Read<'a> {
    Rule(&'a Rule),
    Paper(&'a Paper),
    /// Those of kbc.toml and of templates.
    Settings(&'a [Setting]),
}

/// The first sentence that is not as it was.
pub struct ChangedSentence {
    pub place: Span,
    pub label: String,
    /// Does any sentence that is new or gone assert something?
    pub asserts: bool,
}

impl<'a> Current<'a> {
    /// What a message about all of it points at.
    pub fn span(&self) -> Span {
        match self.of {
            Read::Rule(rule) => rule.span,
            Read::Paper(paper) => Span::new(paper.source, 0..0),
            Read::Settings(settings) => settings.first().map_or(Span::default(), |setting| setting.span),
        }
    }

    pub fn settings(&self) -> &'a [Setting] {
        match self.of {
            Read::Rule(_) => &[],
            Read::Paper(paper) => &paper.settings,
            Read::Settings(settings) => settings,
        }
    }

    /// Does an entry say the same, however it is written? A section that has moved says the same, and so does one that a
    /// rule is distilled from now. Code that values are measured with is held by these.
    pub fn is_same_text(&self, before: &Entry) -> bool {
        if before.text != self.entry.text && before.text != self.with_code.text {
            return false;
        }
        let old = bare(&before.sections, &BTreeSet::new());
        let is_now = |now: &Entry| bare(&now.sections, &BTreeSet::new()) == old;
        is_now(&self.entry)
            || is_now(&self.with_code)
            || bare(&before.sections, &self.argued) == bare(&self.entry.sections, &self.argued)
    }

    /// The first sentence of a paper's sections whose mark is not among those from before, or what follows one that is gone.
    pub fn changed_sentence(&self, before: &[(String, String)]) -> ChangedSentence {
        let asserts = self.asserting_change(before);
        let nothing = |place| ChangedSentence { place, label: String::new(), asserts };
        let Read::Paper(paper) = self.of else { return nothing(self.span()) };
        let Some((anchor, old)) = self.changed_section(before) else { return nothing(self.span()) };
        let is_in = |(section, _): &&(String, String)| *section == anchor;
        let now: Vec<&str> = self.marks.iter().filter(is_in).map(|(_, mark)| bare_mark(mark)).collect();
        // Where the section begins; of one that is gone, where what stood before it ends.
        let index = before.iter().position(|(section, _)| *section == anchor).unwrap_or(before.len());
        let mut above = before[..index].iter().rev();
        let follows = above.find_map(|(section, _)| self.marks.iter().rposition(|(other, _)| other == section));
        let begin = self.marks.iter().position(|mark| is_in(&mark)).or(follows.map(|last| last + 1)).unwrap_or(0);
        let shared = now.iter().zip(&old).take_while(|(mark, old)| mark == old).count();
        let new = now.iter().position(|mark| !old.contains(mark));
        let label = if now.len() < old.len() {
            let gone = old.len() - now.len();
            let are = if gone == 1 { "is" } else { "are" };
            format!("{} before this, or after it, {are} gone", plural(gone, "sentence"))
        } else {
            "not in the text that was read".to_owned()
        };
        let at = begin + new.unwrap_or(shared);
        let range = self.sentences.get(at).or(self.sentences.last()).cloned().unwrap_or_default();
        ChangedSentence { place: Span::new(paper.source, range), label, asserts }
    }

    /// Is there a mark of a sentence that asserts something, before or now, that the other does not have?
    fn asserting_change(&self, before: &[(String, String)]) -> bool {
        let old: Vec<&str> = before.iter().flat_map(|(_, marks)| marks.split(' ')).collect();
        let new: Vec<&str> = self.marks.iter().map(|(_, mark)| mark.as_str()).collect();
        let (known, found) = (bare_marks(&old), bare_marks(&new));
        let asserts = |mark: &&&str| mark.ends_with(lock_file::ASSERTS) && !self.argued.contains(bare_mark(mark));
        let is_gone = old.iter().filter(asserts).any(|mark| !found.contains(bare_mark(mark)));
        is_gone || new.iter().filter(asserts).any(|mark| !known.contains(bare_mark(mark)))
    }

    /// The first section that is not as it was, with the marks that it had.
    fn changed_section<'b>(&self, before: &'b [(String, String)]) -> Option<(String, Vec<&'b str>)> {
        let marks = |sections: &'b [(String, String)], anchor: &str| -> Vec<&'b str> {
            let found = sections.iter().filter(|(section, _)| section == anchor);
            found.flat_map(|(_, marks)| marks.split(' ').map(bare_mark)).collect()
        };
        let now = bare(&self.entry.sections, &BTreeSet::new());
        let is_changed = |anchor: &&String| {
            let old = marks(before, anchor);
            now.get(anchor.as_str()).is_none_or(|now| *now != old)
        };
        let is_argued = |anchor: &&String| {
            let old = marks(before, anchor);
            !now.contains_key(anchor.as_str()) && old.iter().all(|mark| self.argued.contains(*mark))
        };
        let anchors = self.marks.iter().map(|(anchor, _)| anchor).chain(before.iter().map(|(anchor, _)| anchor));
        let anchor = anchors.filter(|anchor| !is_argued(anchor)).find(is_changed)?.clone();
        let old = marks(before, &anchor);
        Some((anchor, old))
    }
}

/// A mark without whether its sentence asserts something.
fn bare_mark(mark: &str) -> &str {
    mark.trim_end_matches(lock_file::ASSERTS)
}

fn bare_marks<'a>(marks: &[&'a str]) -> BTreeSet<&'a str> {
    marks.iter().map(|mark| bare_mark(mark)).collect()
}

/// The marks by section, without those of some sentences.
fn bare<'a>(sections: &'a [(String, String)], without: &BTreeSet<String>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (anchor, marks) in sections {
        let marks = marks.split(' ').map(bare_mark).filter(|mark| !without.contains(*mark));
        all.entry(anchor).or_default().extend(marks);
    }
    all.retain(|_, marks| !marks.is_empty());
    all
}

/// The entries of the papers and rules in force that are not in the lock as they are.
pub fn changed<'a>(
    model: &'a Model,
    settings: &'a [Setting],
    sources: &Sources,
    lock: Option<&Lock>,
) -> BTreeMap<Subject, Current<'a>> {
    let ids: HashMap<&str, &str> = model.papers.iter().map(|paper| (paper.path.as_str(), paper.id.as_str())).collect();
    let mut rules: Vec<Vec<&Rule>> = vec![Vec::new(); model.papers.len()];
    model.rules.iter().for_each(|rule| rules[rule.paper].push(rule));
    let papers = model.papers.par_iter().zip(rules);
    let is_changed = |(subject, now): &(Subject, Current)| {
        lock.and_then(|lock| lock.entries.get(subject)).is_none_or(|before| *before != now.entry)
    };
    let all = papers.flat_map_iter(|(paper, rules)| of_paper(paper, &rules, model, sources, &ids));
    let settings = (!settings.is_empty()).then(|| of_settings(settings)).filter(is_changed);
    all.filter(is_changed).collect::<Vec<_>>().into_iter().chain(settings).collect()
}

fn of_settings(settings: &[Setting]) -> (Subject, Current<'_>) {
    let entry = Arc::new(Entry { settings: values(settings), ..Entry::default() });
    let current = Current {
        of: Read::Settings(settings),
        with_code: entry.clone(),
        entry,
        sentences: Vec::new(),
        marks: Vec::new(),
        argued: BTreeSet::new(),
    };
    (Subject::Settings, current)
}

fn values(settings: &[Setting]) -> BTreeMap<String, String> {
    settings.iter().map(|setting| (setting.pointer.clone(), setting.value.clone())).collect()
}

fn of_paper<'a>(
    paper: &'a Paper,
    rules: &[&'a Rule],
    model: &Model,
    sources: &Sources,
    ids: &HashMap<&str, &str>,
) -> Vec<(Subject, Current<'a>)> {
    let link = |target: &str| match Target::of(&paper.path, target) {
        Target::External | Target::Outside => target.to_owned(),
        // Data are known by what they define and papers by their ids, wherever the files lie.
        Target::Inside { path, fragment } if model.paths.is_among(Input::Data, &path) => format!("#{fragment}"),
        Target::Inside { path, fragment } => format!("{}#{fragment}", ids.get(path.as_str()).unwrap_or(&path.as_str())),
    };
    let body = sources.get(paper.source).text.get(paper.body..).unwrap_or_default();
    let sentences = paper::sentences(body, paper.body, &link);
    let held = rules.iter().filter(|rule| rule.status == Status::Active);
    let measured = measured_code(paper.source, model);
    let is_measured = |sentence: &Sentence| measured.iter().any(|block| block.contains(&sentence.range.start));
    let mut entries: Vec<_> = held
        .map(|rule| {
            let section = rule.section.span.start..rule.section.end;
            let inside = sentences.iter().filter(|sentence| section.contains(&sentence.range.start));
            (Subject::Rule(rule.id.0.clone()), of_rule(rule, inside, &is_measured, model))
        })
        .collect();
    if paper.status == Status::Active {
        let is_argued = |at: usize| rules.iter().any(|rule| (rule.section.span.start..rule.section.end).contains(&at));
        let (argued, rest): (Vec<_>, Vec<_>) = sentences.iter().partition(|sentence| is_argued(sentence.range.start));
        let argued = argued.iter().map(|sentence| mark(&sentence.text)).collect();
        let current = Rest { paper, sentences: &rest, is_measured: &is_measured, model }.current(argued);
        entries.push((Subject::Paper(paper.id.clone()), current));
    }
    entries
}

/// Where the blocks of a paper are that values are measured with, and which these hold.
fn measured_code(paper: SourceId, model: &Model) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    for (id, benchmark) in model.programs.iter().filter(|(_, benchmark)| benchmark.paper == paper) {
        let held = benchmark.cases.iter().filter(|(case, _)| model.has_code(id, case));
        let cases: Vec<_> = held.map(|(_, case)| &case.block).collect();
        let setup = benchmark.setup.iter().filter(|_| !cases.is_empty());
        blocks.extend(setup.chain(cases.iter().copied()).map(|block| block.span.start..block.body.end));
    }
    blocks
}

fn of_rule<'a, 'b>(
    rule: &'a Rule,
    section: impl Iterator<Item = &'b Sentence>,
    is_measured: &dyn Fn(&Sentence) -> bool,
    model: &Model,
) -> Current<'a> {
    // What an allowance lets pass in a paper is written out in the lock, which it does not allow for.
    let visible = |sentence: &Sentence| hidden::visible(&sentence.text).into_owned();
    let section: Vec<&Sentence> = section.collect();
    let with_code: Vec<String> = section.iter().map(|sentence| visible(sentence)).collect();
    let rest = section.iter().filter(|sentence| !is_measured(sentence));
    let (text, sentences) = rest.map(|sentence| (visible(sentence), sentence.range.clone())).unzip();
    let value = |figure: &String| Some((figure.clone(), model.figures.get(figure)?));
    let figures = rule.evidence.iter().filter_map(value);
    let mut check = BTreeMap::new();
    for RuleCheck { check: meant, index, .. } in &rule.checks {
        let json = serde_json::to_value(meant.written()).expect("what was read as YAML is JSON");
        // Most rules have one check, whose leaves need no number.
        let pointer = if *index == 0 { String::new() } else { format!("/{index}") };
        flatten(&json, &pointer, &mut check);
    }
    let mut examples: Vec<String> = rule.examples.iter().map(marked_example).collect();
    examples.sort();
    let figures = figures.map(|(id, figure)| (id, format!("{} {}", figure.value, figure.unit))).collect();
    Current {
        of: Read::Rule(rule),
        entry: Arc::new(Entry { figures, check, examples, text, ..Entry::default() }),
        with_code: Arc::new(Entry { text: with_code, ..Entry::default() }),
        sentences,
        marks: Vec::new(),
        argued: BTreeSet::new(),
    }
}

/// What a paper says outside of the sections of its rules.
struct Rest<'a, 'b> {
    paper: &'a Paper,
    sentences: &'b [&'b Sentence],
    is_measured: &'b dyn Fn(&Sentence) -> bool,
    model: &'b Model,
}

impl<'a> Rest<'a, '_> {
    fn current(&self, argued: BTreeSet<String>) -> Current<'a> {
        let (with_code, _) = self.marks(&|_| false);
        let (marks, sentences) = self.marks(self.is_measured);
        let settings = values(&self.paper.settings);
        Current {
            of: Read::Paper(self.paper),
            entry: Arc::new(Entry { sections: sections(&marks), settings, ..Entry::default() }),
            with_code: Arc::new(Entry { sections: sections(&with_code), ..Entry::default() }),
            sentences,
            marks,
            argued,
        }
    }

    /// The section and the mark of every sentence that is not left out, and its place.
    fn marks(&self, is_left_out: &dyn Fn(&Sentence) -> bool) -> (Vec<(String, String)>, Vec<Range<usize>>) {
        let mut anchor = "top".to_owned();
        let mut marks = Vec::new();
        for sentence in self.sentences {
            if sentence.is_heading {
                anchor = slug(&sentence.text);
            }
            if !is_left_out(sentence) {
                let asserts = if self.asserts(&sentence.text) { "!" } else { "" };
                marks.push(((anchor.clone(), mark(&sentence.text) + asserts), sentence.range.clone()));
            }
        }
        marks.into_iter().unzip()
    }

    /// Does a sentence state a number, link to the data, name a rule, or is it a row of a table?
    fn asserts(&self, sentence: &str) -> bool {
        let is_of_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let names_rule = || {
            let words =
                sentence.split(|c| !is_of_id(c)).filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()));
            words.into_iter().any(|word| self.model.rules.iter().any(|rule| rule.id.0 == word))
        };
        sentence.bytes().any(|byte| byte.is_ascii_digit())
            || sentence.starts_with("| ")
            || sentence.contains("](#")
            || names_rule()
    }
}

/// The marks of each section, in the order in which the sections begin.
fn sections(marks: &[(String, String)]) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (anchor, mark) in marks {
        match known.get(anchor.as_str()) {
            Some(at) => sections[*at].1 += &format!(" {mark}"),
            None => {
                known.insert(anchor, sections.len());
                sections.push((anchor.clone(), mark.clone()));
            }
        }
    }
    sections
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
    let Some(front) = front_matter::read(rule.span.source, text, &mut Sink::new()) else { return rule.span };
    let rules = front.document.to_json()["rules"].as_array().cloned().unwrap_or_default();
    let index = rules.iter().position(|other| other["id"] == rule.id.0.as_str());
    let Some(index) = index else { return rule.span };
    let (check, pointer) = numbered(pointer);
    let own = || {
        let check = format!("/rules/{index}/checks/{check}");
        let is_derived = !front.document.has(&format!("{check}{pointer}")) && pointer.matches('/').count() == 1;
        if is_derived { front.document.item_span(&check) } else { front.document.span(&format!("{check}{pointer}")) }
    };
    let Some((name, inside)) = utility_in(pointer) else { return own() };
    let check = rule.checks.iter().find(|known| known.index == check);
    let utility = check.and_then(|check| model.utility_of(&check.check, name));
    utility.map_or_else(own, |utility| place_in(utility, inside, sources))
}

/// The check that a pointer into the checks of a rule leads to, and the pointer into that one.
pub fn numbered(pointer: &str) -> (usize, &str) {
    let rest = pointer.strip_prefix('/').unwrap_or(pointer);
    let digits = rest.find('/').unwrap_or(rest.len());
    rest[..digits].parse().map_or((0, pointer), |index| (index, &rest[digits..]))
}

/// The name of the utility rule that a pointer into the checks of a rule leads to, and the pointer into it.
pub fn utility_in(pointer: &str) -> Option<(&str, &str)> {
    let rest = numbered(pointer).1.strip_prefix("/utils/")?;
    Some(rest.split_at(rest.find('/').unwrap_or(rest.len())))
}

fn place_in(utility: &Utility, inside: &str, sources: &Sources) -> Span {
    let source = utility.span.source;
    let document = yaml::read(source, &sources.get(source).text, 0, &mut Sink::new());
    document.map_or(utility.body, |document| document.span(&format!("/rule{inside}")))
}

/// Leaves of a value by JSON pointer; what is not there counts as little as the order of keys.
pub fn flatten(value: &Value, pointer: &str, leaves: &mut BTreeMap<String, String>) {
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
