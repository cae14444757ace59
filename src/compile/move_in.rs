//! What the instruction files of a team come to as rules: how many, what they cost, which say the same, which contradict each
//! other, and what they name that is not there.

pub mod list;

use std::collections::BTreeSet;

use crate::compile::conflict::{self, Opposition};
use crate::compile::link::refs::{self, Dead};
use crate::input::files::instructions::{self, Candidate, Ids, Instructions, Kind, Passed, Record};
use crate::input::files::paper;
use crate::input::world::World;
use crate::text::tokens::Encoding;

/// A file that was handed over, or that one of those includes.
#[derive(Debug)]
pub struct Given {
    /// Relative to the project.
    pub path: String,
    pub text: String,
}

/// A file, taken apart.
#[derive(Debug)]
pub struct File {
    pub path: String,
    pub text: String,
    pub tokens: usize,
    pub body: Body,
}

/// What a file holds.
#[derive(Debug)]
pub enum Body {
    Instructions(Instructions),
    /// A decision, which stays where it is.
    Record(Record),
}

/// A rule and where it comes from.
#[derive(Debug)]
pub struct Found {
    /// Index of its file.
    pub file: usize,
    pub tokens: usize,
    pub rule: Candidate,
}

/// A reference that leads nowhere.
#[derive(Debug)]
pub struct DeadEnd {
    /// Index of its file, and the line.
    pub file: usize,
    pub line: usize,
    pub dead: Dead,
}

/// What the files come to.
#[derive(Debug)]
pub struct Report {
    pub encoding: Encoding,
    pub files: Vec<File>,
    pub rules: Vec<Found>,
    /// Pairs of rules, by index, of which the later says what the first says.
    pub same: Vec<(usize, usize)>,
    pub opposite: Vec<(usize, usize, Opposition)>,
    pub dead: Vec<DeadEnd>,
    /// Tokens of all files as they are, and with each rule once, as one line.
    pub today: usize,
    pub after: usize,
}

impl Report {
    /// What was not taken, with its file.
    pub fn passed(&self) -> impl Iterator<Item = (usize, &Passed)> {
        self.files.iter().enumerate().flat_map(|(index, file)| match &file.body {
            Body::Instructions(found) => found.passed.iter().map(move |passed| (index, passed)).collect::<Vec<_>>(),
            Body::Record(_) => Vec::new(),
        })
    }

    /// The rules that say what an earlier one says.
    pub fn repeated(&self) -> BTreeSet<usize> {
        self.same.iter().map(|(_, again)| *again).collect()
    }

    /// The rules, each once.
    pub fn distinct(&self) -> impl Iterator<Item = &Found> {
        let repeated = self.repeated();
        self.rules.iter().enumerate().filter(move |(index, _)| !repeated.contains(index)).map(|(_, found)| found)
    }

    pub fn place(&self, found: &Found) -> String {
        format!("{}:{}", self.files[found.file].path, found.rule.lines.start)
    }
}

/// Takes files apart and compares what they say; `taken` are ids that no rule gets.
pub fn report<'a>(given: Vec<Given>, around: &dyn World, taken: impl IntoIterator<Item = &'a str>) -> Report {
    let mut ids = Ids::default();
    taken.into_iter().for_each(|id| ids.take(id));
    let encoding = Encoding::default();
    let files: Vec<File> = given.into_iter().map(|given| open(given, encoding, &mut ids)).collect();
    let mut rules = Vec::new();
    for (file, opened) in files.iter().enumerate() {
        if let Body::Instructions(found) = &opened.body {
            let tokens = |rule: &Candidate| encoding.count(&format!("- {}\n", rule.text));
            rules.extend(found.candidates.iter().map(|rule| Found { file, tokens: tokens(rule), rule: rule.clone() }));
        }
    }
    let texts: Vec<&str> = rules.iter().map(|found| found.rule.text.as_str()).collect();
    let opposite = conflict::opposite(&texts);
    let contradicts: BTreeSet<(usize, usize)> = opposite.iter().map(|(one, two, _)| (*one, *two)).collect();
    let same = conflict::nearly_same(&texts).into_iter().filter(|pair| !contradicts.contains(pair)).collect();
    let dead = dead_ends(&files, &rules, around);
    let today = files.iter().map(|file| file.tokens).sum();
    let mut report = Report { encoding, files, rules, same, opposite, dead, today, after: 0 };
    report.after = after(&report);
    report
}

fn open(given: Given, encoding: Encoding, ids: &mut Ids) -> File {
    let Given { path, text } = given;
    let tokens = encoding.count(&text);
    let body = match instructions::kind_of(&path, &text) {
        Kind::Record => Body::Record(Record::read(&text)),
        _ => Body::Instructions(instructions::split(&path, &text, ids)),
    };
    File { path, text, tokens, body }
}

/// The tokens of what stays in the files, and of each rule once.
fn after(report: &Report) -> usize {
    let rules: usize = report.distinct().map(|found| found.tokens).sum();
    let rest = report.files.iter().enumerate().map(|(index, file)| {
        let taken = report.rules.iter().filter(|found| found.file == index && !found.rule.has_example);
        report.encoding.count(&without(&file.text, taken.map(|found| &found.rule)))
    });
    // A rule with an example stays where it is, so it is not counted twice.
    let stay = report.distinct().filter(|found| found.rule.has_example).map(|found| found.tokens).sum::<usize>();
    rest.sum::<usize>() + rules - stay
}

/// A text without the lines of some rules.
pub fn without<'a>(text: &str, rules: impl Iterator<Item = &'a Candidate>) -> String {
    let mut ranges: Vec<_> = rules.map(|rule| rule.bytes.clone()).collect();
    ranges.sort_by_key(|range| range.start);
    let (mut rest, mut at) = (String::new(), 0);
    for range in ranges {
        rest += text.get(at..range.start).unwrap_or_default();
        at = at.max(range.end);
    }
    rest + text.get(at..).unwrap_or_default()
}

/// What rules and imports name that is not there.
fn dead_ends(files: &[File], rules: &[Found], around: &dyn World) -> Vec<DeadEnd> {
    let mut told = BTreeSet::new();
    let mut dead = Vec::new();
    for found in rules {
        let path = &files[found.file].path;
        let names = found.rule.files.iter().filter(|name| is_definite(name));
        let missing = names.filter_map(|name| refs::dead_file(around, name, &ways(path, name)));
        let commands = found.rule.commands.iter().filter_map(|command| refs::dead_command(around, command));
        for end in missing.chain(commands) {
            if told.insert((found.file, end.text.clone())) {
                dead.push(DeadEnd { file: found.file, line: found.rule.lines.start, dead: end });
            }
        }
    }
    dead
}

/// Does a path name a file, and not how one is to be named?
fn is_definite(name: &str) -> bool {
    !name.contains(['<', '>', '{', '}', '[', '*', '…']) && !name.contains("...") && !name.contains("path/to")
}

/// The paths that a name may mean: from the project, from the folder of the file, or a file of that name anywhere.
fn ways(path: &str, name: &str) -> Vec<String> {
    let name = name.trim_start_matches("./").trim_end_matches('/');
    let beside = paper::resolve(path, name).filter(|beside| beside != name);
    let anywhere = (!name.contains('/')).then(|| format!("**/{name}"));
    std::iter::once(name.to_owned()).chain(beside).chain(anywhere).collect()
}
