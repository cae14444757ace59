//! Data files: `measurements` and `repeats` become `benchmarks` and `results`, and figures say what they compute as
//! `op` and `of`. Which environment counted first is a fact about all files together, so they are migrated together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Refusal;
use crate::diag::Sink;
use crate::input::formats::yaml::{self, Document};
use crate::text::quantity::{Unit, tidy};
use crate::text::source::{SourceId, Span};

/// Files that kbc writes begin so, and with this if `kbc measure` does.
const MARK: &str = "# Written by `kbc ";
const MEASURED: &str = "# Written by `kbc measure`";
const OPS: [&str; 6] = ["ratio", "difference", "saving", "share", "value", "crossover"];

/// One text by itself in the words of this format.
///
/// # Errors
/// If it cannot be told what a part of it means.
pub fn migrate(source: &str) -> Result<String, Refusal> {
    together(&[source]).remove(0)
}

/// All data files of a knowledge base in the words of this format.
///
/// # Errors
/// For a file of which it cannot be told what a part of it means.
pub fn together(files: &[&str]) -> Vec<Result<String, Refusal>> {
    let trees: Vec<Option<Tree>> = files.iter().map(|text| Tree::read(text)).collect();
    let history = History::of(trees.iter().flatten());
    let order = history.order();
    let home = order.as_ref().ok().and_then(|order| order.first());
    let keeper = home.and_then(|first| {
        let defines =
            |tree: &Option<Tree>| tree.as_ref().is_some_and(|tree| tree.has(&format!("/environments/{first}")));
        trees.iter().position(defines)
    });
    let has_order = trees.iter().flatten().any(|tree| tree.has("/reference"));
    let migrated = |(index, (text, tree)): (usize, (&&str, &Option<Tree>))| {
        let Some(tree) = tree else { return Ok((*text).to_owned()) };
        if let (Err(refusal), true) = (&order, tree.has("/measurements")) {
            return Err(refusal.clone());
        }
        let order = order.as_ref().map_or(&[][..], Vec::as_slice);
        let is_keeper = keeper == Some(index) && !has_order;
        Migrating { tree, history: &history }.whole(if is_keeper { order } else { &[] })
    };
    files.iter().zip(&trees).enumerate().map(migrated).collect()
}

/// A text with the places of its values.
struct Tree<'a> {
    text: &'a str,
    document: Document,
    /// The members of each value, as pointers with the places of key and value together.
    members: BTreeMap<String, Vec<(String, Range<usize>)>>,
    newline: &'static str,
}

impl<'a> Tree<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let document = yaml::read(SourceId::default(), text, 0, &mut Sink::new())?;
        let mut members: BTreeMap<String, Vec<(String, Range<usize>)>> = BTreeMap::new();
        document.walk(&mut |pointer, span| {
            if let Some((parent, _)) = pointer.rsplit_once('/') {
                members.entry(parent.to_owned()).or_default().push((pointer.to_owned(), span.start..span.end));
            }
        });
        Some(Self { text, document, members, newline: if text.contains("\r\n") { "\r\n" } else { "\n" } })
    }

    fn has(&self, pointer: &str) -> bool {
        self.document.has(pointer)
    }

    fn members(&self, pointer: &str) -> &[(String, Range<usize>)] {
        self.members.get(pointer).map_or(&[], Vec::as_slice)
    }

    fn range(span: Span) -> Range<usize> {
        span.start..span.end
    }

    /// A scalar as it is written, quotes and all.
    fn written(&self, pointer: &str) -> &'a str {
        &self.text[Self::range(self.document.span(pointer))]
    }

    /// A scalar without quotes.
    fn scalar(&self, pointer: &str) -> &'a str {
        self.written(pointer).trim_matches(['"', '\''])
    }

    fn is_flow(&self, pointer: &str) -> bool {
        self.written(pointer).starts_with(['{', '['])
    }

    /// Where a value ends, without the space behind it.
    fn end(&self, pointer: &str, range: &Range<usize>) -> usize {
        let end = match self.members(pointer).last() {
            Some((last, range)) if !self.is_flow(pointer) => self.end(last, range),
            _ => range.end,
        };
        range.start + self.text[range.start..end].trim_end().len()
    }

    /// The begin of the line of a byte.
    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |at| at + 1)
    }

    /// The end of the line of a byte, with its end mark.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |length| at + length + 1)
    }

    /// The lines of each member of a value in block form, with the comments above.
    fn chunks(&self, pointer: &str, from: usize) -> Vec<(&str, Range<usize>)> {
        let mut chunks = Vec::new();
        let mut start = from;
        for (member, range) in self.members(pointer) {
            let end = self.line_end(self.end(member, range));
            chunks.push((member.as_str(), start..end));
            start = end;
        }
        chunks
    }

    fn indent(&self, at: usize) -> usize {
        at - self.line_start(at)
    }
}

fn last(pointer: &str) -> &str {
    pointer.rsplit('/').next().unwrap_or_default()
}

/// Where what was measured first, and where again.
struct History {
    /// By measurement, its environment and the byte that says so.
    homes: BTreeMap<String, (String, usize)>,
    repeats: BTreeMap<String, BTreeSet<String>>,
    /// The day of each environment.
    days: BTreeMap<String, String>,
}

impl History {
    fn of<'a>(trees: impl Iterator<Item = &'a Tree<'a>>) -> Self {
        let mut history = Self { homes: BTreeMap::new(), repeats: BTreeMap::new(), days: BTreeMap::new() };
        for tree in trees {
            for (pointer, range) in tree.members("/measurements") {
                let at = format!("{pointer}/environment");
                if tree.has(&at) {
                    let home = (tree.scalar(&at).to_owned(), range.start);
                    history.homes.insert(last(pointer).to_owned(), home);
                }
            }
            for (pointer, _) in tree.members("/environments") {
                let date = format!("{pointer}/date");
                if tree.has(&date) {
                    history.days.insert(last(pointer).to_owned(), tree.scalar(&date).to_owned());
                }
            }
            for section in ["/repeats", "/results"] {
                for (environment, _) in tree.members(section) {
                    for (pointer, _) in tree.members(environment) {
                        let environments = history.repeats.entry(last(pointer).to_owned()).or_default();
                        environments.insert(last(environment).to_owned());
                    }
                }
            }
        }
        history
    }

    fn is_repeated(&self, measurement: &str) -> bool {
        self.repeats.contains_key(measurement)
    }

    /// Pairs of environments of which the first must come before the second, with the byte that says so.
    fn pairs(&self) -> BTreeMap<(&str, &str), usize> {
        let mut pairs = BTreeMap::new();
        for (id, (home, at)) in &self.homes {
            for other in self.repeats.get(id).into_iter().flatten().filter(|other| *other != home) {
                pairs.entry((home.as_str(), other.as_str())).or_insert(*at);
            }
        }
        pairs
    }

    /// The environments that must be named so that figures keep their values; none, if the order of days does.
    fn order(&self) -> Result<Vec<String>, Refusal> {
        let pairs = self.pairs();
        let mut rest: BTreeSet<&str> = pairs.keys().flat_map(|(first, second)| [*first, *second]).collect();
        let mut names: Vec<&str> = rest.iter().copied().collect();
        names.sort_by_key(|id| self.days.get(*id).map_or("later", String::as_str));
        let mut order = Vec::new();
        while !rest.is_empty() {
            let is_free = |id: &&str| !pairs.keys().any(|(first, second)| second == id && rest.contains(first));
            let Some(next) = rest.iter().copied().find(is_free) else {
                let at = pairs.iter().find(|((first, second), _)| rest.contains(first) && rest.contains(second));
                let message =
                    "what was measured first in one environment was measured again in another, and the other way round";
                let help = "no order of environments keeps both: write `benchmarks`, `results` and `reference` by hand";
                return Err(Refusal::new(at.map_or(0, |(_, at)| *at), message, help));
            };
            rest.remove(next);
            order.push(next);
        }
        let keeps = |order: &[&str]| {
            let place = |id: &str| order.iter().position(|known| *known == id);
            pairs.keys().all(|(first, second)| place(first) < place(second))
        };
        let enough = (0..=order.len()).find(|count| {
            let named = &order[..*count];
            let others = names.iter().filter(|id| !named.contains(id));
            keeps(&named.iter().chain(others).copied().collect::<Vec<_>>())
        });
        Ok(order[..enough.unwrap_or(order.len())].iter().map(|id| (*id).to_owned()).collect())
    }
}

/// One file on its way.
struct Migrating<'a> {
    tree: &'a Tree<'a>,
    history: &'a History,
}

/// A replacement of a part of a text.
type Edit = (Range<usize>, String);

impl Migrating<'_> {
    fn whole(&self, order: &[String]) -> Result<String, Refusal> {
        let tree = self.tree;
        let mut edits = self.figures()?;
        edits.extend(self.environments());
        edits.extend(self.sections());
        if let Some(edit) = self.reference(order) {
            edits.push(edit);
        }
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        Ok(edited(tree.text, 0..tree.text.len(), &edits))
    }

    /// Was the file written by kbc?
    fn is_ours(&self) -> bool {
        self.tree.text.starts_with(MARK)
    }

    fn environments(&self) -> Vec<Edit> {
        let tree = self.tree;
        let mut edits = Vec::new();
        for (pointer, _) in tree.members("/environments") {
            let licence = format!("{pointer}/source/licence");
            if tree.has(&licence) {
                edits.push((Tree::range(tree.document.key_span(&licence)), "license".to_owned()));
            }
            // What kbc wrote has the day beside each result.
            let date = format!("{pointer}/date");
            let is_used = self.of_file().iter().any(|(environment, _)| environment == last(pointer));
            if self.is_ours() && is_used && tree.has(&date) && !tree.is_flow(pointer) {
                let at = tree.document.span(&date);
                edits.push((tree.line_start(at.start)..tree.line_end(at.end), String::new()));
            }
        }
        edits
    }

    /// The environments whose results the file has in old words, with the byte that says so.
    fn of_file(&self) -> Vec<(String, usize)> {
        let tree = self.tree;
        let homes = tree
            .members("/measurements")
            .iter()
            .map(|(pointer, range)| (tree.scalar(&format!("{pointer}/environment")).to_owned(), range.start));
        let repeats = tree.members("/repeats").iter().map(|(pointer, range)| (last(pointer).to_owned(), range.start));
        homes.chain(repeats).collect()
    }

    /// The day that a file of kbc has for an environment.
    fn day(&self, environment: &str) -> Option<&str> {
        let date = format!("/environments/{environment}/date");
        let is_moved = self.is_ours() && !self.tree.is_flow(&format!("/environments/{environment}"));
        (is_moved && self.tree.has(&date)).then(|| self.tree.written(&date))
    }

    fn reference(&self, order: &[String]) -> Option<Edit> {
        let tree = self.tree;
        let (pointer, range) = tree.members("").iter().find(|(pointer, _)| pointer == "/environments")?;
        if order.is_empty() {
            return None;
        }
        let at = tree.line_end(tree.end(pointer, range));
        let line = format!("reference: [{}]{}", order.join(", "), tree.newline);
        let is_open = !tree.text[..at].ends_with('\n');
        Some((at..at, if is_open { tree.newline.to_owned() + &line } else { line }))
    }

    fn figures(&self) -> Result<Vec<Edit>, Refusal> {
        let tree = self.tree;
        let mut edits = Vec::new();
        for (pointer, range) in tree.members("/figures") {
            let members = tree.members(pointer);
            let ops: Vec<_> = members.iter().filter(|(member, _)| OPS.contains(&last(member))).collect();
            if let [_, second, ..] = ops.as_slice() {
                let message = format!("the figure `{}` is computed in two ways", last(pointer));
                return Err(Refusal::new(second.1.start, message, "delete one of them, then migrate"));
            }
            for (member, at) in ops {
                let key = Tree::range(tree.document.key_span(member));
                let between = if tree.is_flow(pointer) {
                    ", ".to_owned()
                } else {
                    tree.newline.to_owned() + &" ".repeat(tree.indent(at.start))
                };
                edits.push((key, format!("op: {}{between}of", last(member))));
            }
            let tolerance = format!("{pointer}/tolerance");
            if tree.has(&tolerance) && tree.written(&tolerance).parse::<f64>().is_ok() {
                let at = tree.document.span(&tolerance).end;
                edits.push((at..at, "%".to_owned()));
            }
            debug_assert!(range.start <= range.end, "a place is not empty");
        }
        Ok(edits)
    }

    /// The sections of measurements and repeats as benchmarks and results.
    fn sections(&self) -> Vec<Edit> {
        let tree = self.tree;
        let sections = tree.members("").iter();
        let sections: Vec<_> =
            sections.filter(|(id, _)| ["/measurements", "/repeats"].contains(&id.as_str())).collect();
        let Some((_, first)) = sections.first() else { return Vec::new() };
        let mut benchmarks = String::new();
        let mut results: Vec<(String, String)> = Vec::new();
        for (pointer, range) in &sections {
            match pointer.as_str() {
                "/measurements" => self.measurements(pointer, range, &mut benchmarks, &mut results),
                _ => self.repeats(pointer, range, &mut results),
            }
        }
        let mut text = String::new();
        if !benchmarks.is_empty() {
            text += &format!("benchmarks:{}{benchmarks}", tree.newline);
        }
        // What the file had of results in new words stays where it is.
        let key = if tree.has("/results") { "# results" } else { "results" };
        if !results.is_empty() {
            text += &format!("{key}:{}", tree.newline);
        }
        for (environment, lines) in results {
            text += &format!("  {environment}:{}{lines}", tree.newline);
        }
        let mut edits = Vec::new();
        for (index, (pointer, range)) in sections.iter().enumerate() {
            let lines = tree.line_start(range.start)..tree.line_end(tree.end(pointer, range));
            edits.push((lines, if index == 0 { std::mem::take(&mut text) } else { String::new() }));
        }
        debug_assert!(first.start <= tree.text.len(), "it is in the text");
        edits
    }

    /// The lines of each entry of a section.
    fn entries(&self, pointer: &str, range: &Range<usize>) -> Vec<(String, Range<usize>)> {
        let tree = self.tree;
        if tree.is_flow(pointer) {
            return tree.members(pointer).to_vec();
        }
        let from = tree.line_end(Tree::range(tree.document.key_span(pointer)).end.max(range.start));
        tree.chunks(pointer, from).into_iter().map(|(member, lines)| (member.to_owned(), lines)).collect()
    }

    fn measurements(
        &self,
        pointer: &str,
        range: &Range<usize>,
        benchmarks: &mut String,
        results: &mut Vec<(String, String)>,
    ) {
        let tree = self.tree;
        for (member, lines) in self.entries(pointer, range) {
            let id = last(&member);
            let environment = tree.scalar(&format!("{member}/environment"));
            let (defined, measured) =
                if tree.is_flow(&member) { self.in_flow(&member, &lines) } else { self.in_block(&member, &lines) };
            if !tree.text.starts_with(MEASURED) {
                *benchmarks += &defined;
            }
            let day = self.day(environment).map(|day| format!("      date: {day}{}", tree.newline)).unwrap_or_default();
            let unit = match tree.text.starts_with(MEASURED) {
                true => format!("      unit: {}{}", self.unit(&format!("{member}/unit"), 6), tree.newline),
                false => String::new(),
            };
            let group = format!("    {id}:{}{unit}{day}{measured}", tree.newline);
            add(results, environment, group);
        }
    }

    /// Definition and results of a measurement that is written in one line.
    fn in_flow(&self, member: &str, lines: &Range<usize>) -> (String, String) {
        let tree = self.tree;
        let (id, newline) = (last(member), tree.newline);
        let mut parts = Vec::new();
        for (part, range) in tree.members(member) {
            match last(part) {
                "environment" | "cases" => {}
                "unit" => parts.push(format!("unit: {}", self.counted(part))),
                _ => parts.push(tree.text[range.clone()].to_owned()),
            }
        }
        parts.extend(self.list_of_cases(member).map(|cases| format!("cases: {cases}")));
        let comments = self.comments_before(member, lines);
        let defined = format!("{comments}  {id}: {{ {} }}{newline}", parts.join(", "));
        let cases = format!("{member}/cases");
        let written = if tree.has(&cases) {
            let at = Tree::range(tree.document.span(&cases));
            edited(tree.text, at, &self.spreads(&cases))
        } else {
            "{}".to_owned()
        };
        (defined, format!("      cases: {written}{newline}"))
    }

    /// What stands above the line of an entry.
    fn comments_before(&self, member: &str, lines: &Range<usize>) -> String {
        let start = self.tree.line_start(self.tree.document.key_span(member).start);
        self.tree.text[lines.start.min(start)..start].to_owned()
    }

    /// Definition and results of a measurement in block form. Comments stay with what they stand above.
    fn in_block(&self, member: &str, lines: &Range<usize>) -> (String, String) {
        let tree = self.tree;
        let key_line = tree.line_end(tree.document.key_span(member).end);
        let mut defined = tree.text[lines.start..key_line].to_owned();
        let mut measured = String::new();
        let mut indent = 4;
        for (part, chunk) in tree.chunks(member, key_line) {
            let at = tree.document.key_span(part).start;
            match last(part) {
                "environment" => defined += &tree.text[chunk.start..tree.line_start(at)],
                "cases" => {
                    let edits = self.spreads(part);
                    measured += &indented(&edited(tree.text, chunk, &edits), 6_usize.saturating_sub(tree.indent(at)));
                }
                "unit" => {
                    indent = tree.indent(at);
                    let span = Tree::range(tree.document.span(part));
                    defined += &tree.text[chunk.start..span.start];
                    defined += &self.unit(part, indent);
                    defined += &tree.text[span.end..chunk.end];
                }
                _ => defined += &tree.text[chunk],
            }
        }
        if let Some(cases) = self.list_of_cases(member) {
            defined += &format!("{}cases: {cases}{}", " ".repeat(indent), tree.newline);
        }
        (ended(defined, tree.newline), ended(measured, tree.newline))
    }

    /// The ids of the cases, if the same were measured elsewhere: those must be known.
    fn list_of_cases(&self, member: &str) -> Option<String> {
        if !self.history.is_repeated(last(member)) {
            return None;
        }
        let written = |(case, _): &(String, Range<usize>)| {
            let id = &self.tree.text[Tree::range(self.tree.document.key_span(case))];
            // As a value, a number in quotes only is a text.
            if id.bytes().all(|byte| byte.is_ascii_digit()) { format!("\"{id}\"") } else { id.to_owned() }
        };
        let cases: Vec<String> = self.tree.members(&format!("{member}/cases")).iter().map(written).collect();
        (!cases.is_empty()).then(|| format!("[{}]", cases.join(", ")))
    }

    fn repeats(&self, pointer: &str, range: &Range<usize>, results: &mut Vec<(String, String)>) {
        let tree = self.tree;
        for (environment, lines) in self.entries(pointer, range) {
            let id = last(&environment);
            for (member, lines) in self.entries(&environment, &lines) {
                let edits = self.repeat(&member, id);
                let group = if tree.is_flow(&environment) {
                    format!("    {}{}", edited(tree.text, lines, &edits), tree.newline)
                } else {
                    edited(tree.text, lines, &edits)
                };
                add(results, id, ended(group, tree.newline));
            }
        }
    }

    /// What changes in a repeat.
    fn repeat(&self, member: &str, environment: &str) -> Vec<Edit> {
        let tree = self.tree;
        let mut edits = self.spreads(&format!("{member}/cases"));
        let unit = format!("{member}/unit");
        if tree.has(&unit) {
            let span = tree.document.span(&unit);
            let indent = tree.indent(tree.document.key_span(&unit).start);
            let mut new = if tree.is_flow(member) { self.counted(&unit) } else { self.unit(&unit, indent) };
            if let Some(day) = self.day(environment).filter(|_| !tree.is_flow(member)) {
                new += &format!("{}{}date: {day}", tree.newline, " ".repeat(indent));
            }
            edits.push((Tree::range(span), new));
        }
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        edits
    }

    /// A unit as it is written now.
    fn counted(&self, pointer: &str) -> String {
        let written = self.tree.written(pointer);
        let is_word = self.tree.members(pointer).is_empty() && Unit::known(self.tree.scalar(pointer)).is_none();
        if is_word && !written.is_empty() { format!("{{ count: {written} }}") } else { written.to_owned() }
    }

    /// The same in a file of kbc, which writes no braces.
    fn unit(&self, pointer: &str, indent: usize) -> String {
        let counted = self.counted(pointer);
        match counted.strip_prefix("{ count: ").and_then(|rest| rest.strip_suffix(" }")) {
            Some(word) if self.is_ours() => format!("{}{}count: {word}", self.tree.newline, " ".repeat(indent + 2)),
            _ => counted,
        }
    }

    /// Spreads below some cases: half an interquartile range becomes a whole one that says so.
    fn spreads(&self, cases: &str) -> Vec<Edit> {
        let tree = self.tree;
        let mut edits = Vec::new();
        for (case, _) in tree.members(cases) {
            let pointer = format!("{case}/spread");
            let Some(half) = tree.has(&pointer).then(|| tree.written(&pointer).parse::<f64>().ok()).flatten() else {
                continue;
            };
            let span = tree.document.span(&pointer);
            let range = number(tidy(2.0 * half), tree.written(&pointer));
            let new = if self.is_ours() && !tree.is_flow(case) {
                // Behind the colon no space stays.
                let indent = " ".repeat(self.depth(case, &pointer) + 2);
                let key = tree.document.key_span(&pointer);
                edits.push((key.end..span.end, format!(":{}{indent}iqr: {range}", tree.newline)));
                continue;
            } else {
                format!("{{ iqr: {range} }}")
            };
            edits.push((Tree::range(span), new));
        }
        edits
    }

    /// The columns before a key, as they are before lines are indented.
    fn depth(&self, _case: &str, pointer: &str) -> usize {
        self.tree.indent(self.tree.document.key_span(pointer).start)
    }
}

/// A number like another one: with a point if that has one.
fn number(value: f64, like: &str) -> String {
    if like.contains(['.', 'e', 'E']) { format!("{value:?}") } else { format!("{value}") }
}

/// A text that ends with a line end, or is empty.
fn ended(text: String, newline: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text } else { text + newline }
}

fn add(results: &mut Vec<(String, String)>, environment: &str, group: String) {
    match results.iter_mut().find(|(known, _)| known == environment) {
        Some((_, lines)) => *lines += &group,
        None => results.push((environment.to_owned(), group)),
    }
}

/// Lines that are not empty, moved to the right.
fn indented(text: &str, by: usize) -> String {
    let line = |line: &str| if line.trim().is_empty() { line.to_owned() } else { " ".repeat(by) + line };
    text.split_inclusive('\n').map(line).collect()
}

/// A part of a text with the edits that are in it.
fn edited(text: &str, range: Range<usize>, edits: &[Edit]) -> String {
    let mut new = String::new();
    let mut at = range.start;
    for (place, replacement) in edits.iter().filter(|(place, _)| range.start <= place.start && place.end <= range.end) {
        new += &text[at..place.start];
        new += replacement;
        at = place.end;
    }
    new + &text[at..range.end]
}
