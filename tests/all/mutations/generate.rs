//! Changes of a knowledge base, one at a time: those that alter what a layer says, and those that do not.

use std::ops::Range;

use super::{Texts, benchmarks, lines, neutral, prose};

/// One change.
pub struct Mutation {
    pub name: String,
    /// The new texts by path; `None` where a file is gone.
    changes: Vec<(String, Option<String>)>,
    /// Where a message about it may be: the file that was changed, and lines of it (from 1). No lines: anywhere in the file.
    pub place: (String, Vec<usize>),
}

impl Mutation {
    pub fn apply(&self, texts: &mut Texts) {
        for (path, text) in &self.changes {
            match text {
                Some(text) => texts.insert(path.clone(), text.clone()),
                None => texts.remove(path),
            };
        }
    }

    /// The files that it changes.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|(path, _)| path.as_str())
    }

    /// A change of a line: that one, or where the entry of the data or of the lock begins, the rule or the block of code that
    /// it is in.
    pub(super) fn at(kind: &str, path: &str, text: String, line: usize) -> Self {
        let name = format!("{kind} at {path}:{line}");
        let mut lines = vec![line];
        let above: Vec<&str> = text.lines().take(line).collect();
        let begins = |line: &&str| match () {
            () if path.starts_with("data/") => {
                line.strip_prefix("  ").is_some_and(|rest| rest.starts_with(char::is_alphabetic))
            }
            () if path == "kbc.lock" => line.starts_with(char::is_alphabetic),
            () if path == "kbc.toml" => line.starts_with('['),
            () if path.starts_with("papers/") => line.starts_with("  - id: ") || line.starts_with("```"),
            () => false,
        };
        lines.extend(above.iter().rposition(begins).map(|at| at + 1));
        // A case is known by its value.
        let value =
            above.iter().rposition(|line| path.starts_with("data/") && line.trim_start().starts_with("value: "));
        lines.extend(value.map(|at| at + 1));
        Self { name, changes: vec![(path.to_owned(), Some(text))], place: (path.to_owned(), lines) }
    }

    /// Lines that are gone: what stood there is told at the lines around.
    pub(super) fn gone(kind: &str, path: &str, text: &str, range: Range<usize>) -> Self {
        let line = line_of(text, range.start);
        let changed = format!("{}{}", &text[..range.start], &text[range.end..]);
        let mut mutation = Self::at(&format!("{kind}, line {line} gone"), path, changed, line);
        // What follows is told at the next line that is not empty.
        let rest = text[range.end..].lines().take_while(|line| line.trim().is_empty()).count();
        mutation.place.1.extend([line.saturating_sub(1).max(1), line + rest]);
        mutation
    }

    /// Lines instead of others.
    pub(super) fn instead(kind: &str, path: &str, text: &str, range: Range<usize>, new: &str) -> Self {
        let changed = format!("{}{new}{}", &text[..range.start], &text[range.end..]);
        let (first, count) = (line_of(text, range.start), new.matches('\n').count().max(1));
        let mut mutation = Self::at(kind, path, changed, first);
        mutation.place.1.extend(first..first + count);
        mutation
    }

    /// A file that is new, gone, or another.
    pub(super) fn file(kind: &str, path: &str, text: Option<String>) -> Self {
        let changes = vec![(path.to_owned(), text)];
        Self { name: format!("{kind}: {path}"), changes, place: (path.to_owned(), Vec::new()) }
    }

    pub(super) fn unseen(kind: &str, path: &str, text: String) -> Self {
        Self::file(&format!("{kind} in"), path, Some(text))
    }
}

pub type Kinds = Vec<(&'static str, Vec<Mutation>)>;

/// Every change that is generated, by kind.
pub fn meaningful(texts: &Texts) -> Kinds {
    vec![
        ("a digit of a paper", digits(texts, "papers/", 10)),
        ("a digit of the data", digits(texts, "data/", 20)),
        ("a digit of an output", digits(texts, "out/", 30)),
        ("a digit of an agent's file", digits(texts, ".claude/", 10)),
        ("a digit of a schema", digits(texts, "schema/", 6)),
        ("a digit of the lock", digits(texts, "kbc.lock", 12)),
        ("a rule with another id", renamed(texts)),
        ("a rule dropped", dropped(texts)),
        ("a word of a paper", words(texts)),
        ("a sentence gone", sentences(texts)),
        ("an example swapped", swapped(texts)),
        ("a check or utility rule without one of its lines", weakened(texts)),
        ("a link to something else", bent(texts)),
        ("a character that nobody sees", hidden(texts)),
        ("a template edited", edited(texts)),
        ("an output gone", gone(texts)),
        ("a file among the outputs", added(texts)),
        ("an entry of the lock gone", unlocked(texts)),
        ("a line of an output gone", shortened(texts)),
    ]
    .into_iter()
    .chain(benchmarks::meaningful(texts))
    .chain(lines::meaningful(texts))
    .chain(prose::meaningful(texts))
    .collect()
}

/// Every change that is none, by kind.
pub fn neutral(texts: &Texts) -> Kinds {
    vec![
        ("other line ends", line_ends(texts)),
        ("prose wrapped elsewhere", wrapped(texts)),
        ("emphasis", emphasised(texts)),
        ("keys in another order", reordered(texts)),
        ("a comment", commented(texts)),
        ("space at the end of lines", spaced(texts)),
    ]
    .into_iter()
    .chain(benchmarks::neutral(texts))
    .chain(neutral::all(texts))
    .collect()
}

pub(super) fn of<'a>(texts: &'a Texts, prefix: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let matching = texts.iter().filter(move |(path, _)| path.starts_with(prefix));
    matching.map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>().into_iter()
}

/// About half so many of them, spread evenly; with `KBC_MORE_MUTATIONS` so many.
pub(super) fn spread<T>(all: Vec<T>, count: usize) -> Vec<T> {
    let count = if std::env::var_os("KBC_MORE_MUTATIONS").is_some() { count } else { count.div_ceil(2) };
    let step = all.len().div_ceil(count).max(1);
    all.into_iter().step_by(step).collect()
}

pub(super) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The lines of a text with their byte offsets.
pub(super) fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let with_offset = |line: &'_ str| {
        at += line.len();
        at - line.len()
    };
    text.split_inclusive('\n').map(with_offset).zip(text.split_inclusive('\n')).collect()
}

/// Where the body of a paper or template begins.
pub(super) fn body(text: &str) -> usize {
    text[4..].find("\n---\n").map_or(0, |at| at + 4 + "\n---\n".len())
}

/// A digit in a comment says nothing to kbc, a version in front of the lock is a format and no content.
pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#') || line.contains("  # ")
}

fn digits(texts: &Texts, prefix: &str, count: usize) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, prefix) {
        let is_yaml = !path.starts_with("papers/");
        let of_line = |(start, line): &(usize, &str)| -> Vec<usize> {
            // Why something may stay is said to whoever reads the paper.
            let reason = line.find("reason: ").filter(|_| !is_yaml).unwrap_or(line.len());
            let is_front = *start < if path.starts_with("papers/") { body(text) } else { text.len() };
            if (is_yaml || is_front) && is_comment(line) && !path.starts_with("out/") {
                return Vec::new();
            }
            // Of the numbers of a list only that there are some counts.
            let list =
                line.find(". ").filter(|end| line[..*end].bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(0);
            line.bytes()
                .enumerate()
                .take(reason)
                .skip(list)
                .filter(|(_, byte)| byte.is_ascii_digit())
                .map(|(at, _)| start + at)
                .collect()
        };
        let all: Vec<usize> = lines(text).iter().flat_map(of_line).collect();
        for at in spread(all, count) {
            // A nine becomes a zero and a zero a one: zeros at the end are digits as well.
            let digit = (text.as_bytes()[at] - b'0' + 1) % 10;
            let changed = format!("{}{digit}{}", &text[..at], &text[at + 1..]);
            mutations.push(Mutation::at("a digit", path, changed, line_of(text, at)));
        }
    }
    mutations
}

/// The lines of rules' ids in papers.
fn ids(text: &str) -> Vec<(usize, &str)> {
    let front = lines(&text[..body(text)]);
    front.into_iter().filter(|(_, line)| line.starts_with("  - id: ")).collect()
}

fn renamed(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        for (at, line) in ids(text) {
            let changed =
                format!("{}  - id: {}X\n{}", &text[..at], line["  - id: ".len()..].trim(), &text[at + line.len()..]);
            mutations.push(Mutation::at("renamed", path, changed, line_of(text, at)));
        }
    }
    mutations
}

fn dropped(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let ids = ids(text);
        for (at, line) in spread(ids, 1) {
            let is_next =
                |(next, line): &(usize, &str)| *next > at && (line.starts_with("  - ") || !line.starts_with(' '));
            let end = lines(text).into_iter().find(is_next).map_or(text.len(), |(next, _)| next);
            let id = line["  - id: ".len()..].trim();
            // Its examples go with it, so that only the other layers can miss it.
            let rest: String = text[end..]
                .replace(&format!(" bad={id}"), "")
                .replace(&format!(" good={id}"), "")
                .replace(&format!(" fixed={id}"), "");
            let changed = format!("{}{rest}", &text[..at]);
            // What a role names and is not there is wrong with the settings, and then no output is compared.
            let is_named = texts["kbc.toml"].contains(&format!("\"{id}\""));
            let other = if is_named { "kbc.toml" } else { "kbc.lock" };
            let mut mutation = Mutation::file("dropped", path, Some(changed));
            mutation.place.0 = other.to_owned();
            mutation.name.push_str(id);
            mutations.push(mutation);
        }
    }
    mutations
}

/// Lines of prose: no code, no tables, no headings, no link definitions.
pub(super) fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut in_fence = false;
    let is_prose = |(at, line): &(usize, &str)| {
        if line.starts_with("```") {
            in_fence = !in_fence;
            return false;
        }
        *at >= body(text) && !in_fence && line.starts_with(|c: char| c.is_ascii_uppercase()) && !line.contains('|')
    };
    lines(text).into_iter().filter(is_prose).collect()
}

fn words(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        for (at, line) in spread(prose(text), 5) {
            let Some(word) =
                line.split(' ').find(|word| word.len() > 4 && word.bytes().all(|b| b.is_ascii_lowercase()))
            else {
                continue;
            };
            let start = at + line.find(word).expect("it is in the line");
            let changed = format!("{}never{}", &text[..start], &text[start + word.len()..]);
            mutations.push(Mutation::at("a word", path, changed, line_of(text, start)));
        }
    }
    mutations
}

fn sentences(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let whole = |(_, line): &(usize, &str)| line.trim_end().ends_with('.') && !line.contains('[');
        for (at, line) in spread(prose(text).into_iter().filter(whole).collect(), 1) {
            mutations.push(Mutation::gone("a sentence", path, text, at..at + line.len()));
        }
    }
    mutations
}

fn swapped(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let fences = lines(text).into_iter().filter(|(_, line)| line.starts_with("```"));
        for (at, line) in fences {
            let other = [("bad=", "good="), ("good=", "bad=")];
            let Some((from, to)) = other.into_iter().find(|(from, _)| line.contains(from)) else { continue };
            let changed = format!("{}{}{}", &text[..at], line.replacen(from, to, 1), &text[at + line.len()..]);
            let id = line.split(from).nth(1).unwrap_or_default().trim();
            let mut mutation = Mutation::at("swapped", path, changed, line_of(text, at));
            mutation.name.push_str(id);
            mutations.push(mutation);
        }
    }
    mutations
}

fn weakened(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let front = lines(&text[..body(text)]);
        let leaf = |(_, line): &(usize, &str)| {
            line.starts_with("          ")
                && line.trim_start().starts_with("- ")
                && (line.contains("not: {") || line.contains("regex: "))
        };
        for (at, line) in spread(front.into_iter().filter(leaf).collect(), 5) {
            mutations.push(Mutation::gone("a line", path, text, at..at + line.len()));
        }
    }
    for (path, text) in of(texts, "utils/") {
        let narrows =
            |line: &str| ["has: {", "follows: {", "inside: {", "nthChild: "].iter().any(|key| line.contains(key));
        for (at, line) in lines(text).into_iter().filter(|(_, line)| !is_comment(line) && narrows(line)) {
            mutations.push(Mutation::gone("a line", path, text, at..at + line.len()));
        }
    }
    mutations
}

fn bent(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let all: Vec<usize> = text.match_indices("](../data/benchmarks.yaml#").map(|(at, _)| at).collect();
        for at in spread(all, 6) {
            let start = at + "](../data/benchmarks.yaml#".len();
            let end = start + text[start..].find(')').expect("a link ends");
            let other = if &text[start..end] == "membership_1000" { "slots_dict_cost" } else { "membership_1000" };
            let changed = format!("{}{other}{}", &text[..start], &text[end..]);
            mutations.push(Mutation::at("a link", path, changed, line_of(text, start)));
        }
    }
    mutations
}

fn hidden(texts: &Texts) -> Vec<Mutation> {
    const CHARACTERS: [char; 8] =
        ['\u{200b}', '\u{202e}', '\u{e0041}', '\u{2063}', '\u{ad}', '\u{fe0f}', '\u{2028}', '\u{e000}'];
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "") {
        let ends: Vec<usize> = text.match_indices("e ").map(|(at, _)| at + 1).collect();
        for (index, at) in spread(ends, 2).into_iter().enumerate() {
            let c = CHARACTERS[(index + path.len()) % CHARACTERS.len()];
            let changed = format!("{}{c}{}", &text[..at], &text[at..]);
            mutations.push(Mutation::at(&format!("U+{:04X}", u32::from(c)), path, changed, line_of(text, at)));
        }
    }
    mutations
}

fn edited(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "templates/") {
        let is_text = |(at, line): &(usize, &str)| {
            *at >= body(text) && !line.trim().is_empty() && !line.starts_with("{%") && !line.starts_with("{#") && !line.contains("{%")
                // What no rule makes use of is in no output.
                && !line.contains("glob") && !["files:", "ignores:"].contains(&line.trim())
        };
        for (at, line) in spread(lines(text).into_iter().filter(is_text).collect(), 6) {
            let changed = format!(
                "{}{}{}",
                &text[..at],
                line.replacen(line.trim_end(), &format!("{} so", line.trim_end()), 1),
                &text[at + line.len()..]
            );
            mutations.push(Mutation::at("edited", path, changed, line_of(text, at)));
        }
    }
    mutations
}

fn gone(texts: &Texts) -> Vec<Mutation> {
    let outputs = of(texts, "out/").chain(of(texts, "schema/")).chain(of(texts, "kbc.lock"));
    outputs.map(|(path, _)| Mutation::file("gone", path, None)).collect()
}

fn added(texts: &Texts) -> Vec<Mutation> {
    let outputs = of(texts, "out/");
    let added = |(path, text): (&str, &str)| {
        let copy = path.replace("out/", "out/old-");
        Mutation::file("added", &copy, Some(text.to_owned()))
    };
    outputs.map(added).collect()
}

fn unlocked(texts: &Texts) -> Vec<Mutation> {
    let lock = &texts["kbc.lock"];
    let blocks: Vec<&str> = lock.split("\n\n").skip(1).collect();
    let without = |block: &&str| {
        let id = block.lines().next().unwrap_or_default().split(' ').nth(1).unwrap_or_default();
        let path = texts.iter().find(|(path, text)| {
            path.starts_with("papers/")
                && (text.contains(&format!("- id: {id}\n")) || text.starts_with(&format!("---\nid: {id}\n")))
        });
        let changed = lock.replacen(&format!("\n\n{}", block.trim_end()), "", 1);
        // An id that was retired is of no paper.
        let mut mutation = Mutation::file(id, "kbc.lock", Some(changed));
        path?.0.clone_into(&mut mutation.place.0);
        Some(mutation)
    };
    spread(blocks, 16).iter().filter_map(without).collect()
}

fn shortened(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "out/") {
        for (at, line) in spread(lines(text).into_iter().skip(1).collect(), 12) {
            mutations.push(Mutation::gone("a line", path, text, at..at + line.len()));
        }
    }
    mutations
}

fn line_ends(texts: &Texts) -> Vec<Mutation> {
    let inputs = of(texts, "papers/").chain(of(texts, "data/")).chain(of(texts, "utils/")).chain(of(texts, "kbc.toml"));
    inputs.map(|(path, text)| Mutation::unseen("other line ends", path, text.replace('\n', "\r\n"))).collect()
}

/// Joins a line of prose with the next, or breaks it at a space.
fn wrapped(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        for (at, line) in spread(prose(text), 6) {
            let Some(space) =
                line.rfind(' ').filter(|space| !line[*space + 1..].starts_with(['*', '-', '#', '>', '|', '+', '=']))
            else {
                continue;
            };
            if line[space + 1..].starts_with(|c: char| c.is_ascii_digit()) {
                continue;
            }
            let changed = format!("{}\n{}", &text[..at + space], &text[at + space + 1..]);
            mutations.push(Mutation::unseen(&format!("line {} wrapped", line_of(text, at)), path, changed));
        }
    }
    mutations
}

fn emphasised(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        for (at, line) in spread(prose(text), 4) {
            let Some(word) =
                line.split(' ').find(|word| word.len() > 4 && word.bytes().all(|b| b.is_ascii_lowercase()))
            else {
                continue;
            };
            let start = at + line.find(&format!(" {word} ")).unwrap_or(usize::MAX - at);
            if start >= text.len() {
                continue;
            }
            let changed = format!("{} *{word}*{}", &text[..start], &text[start + 1 + word.len()..]);
            mutations.push(Mutation::unseen(&format!("a word of line {}", line_of(text, at)), path, changed));
        }
    }
    mutations
}

/// Swaps neighbours among the plain keys of a rule, and those of a measured case.
fn reordered(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let front = lines(&text[..body(text)]);
        let is_key = |line: &str, key: &str| line.starts_with(&format!("    {key}: "));
        for pair in front.windows(2) {
            let [(at, first), (_, second)] = pair else { continue };
            if is_key(first, "weight") && is_key(second, "section")
                || is_key(first, "section") && is_key(second, "evidence")
            {
                let changed = format!("{}{second}{first}{}", &text[..*at], &text[at + first.len() + second.len()..]);
                mutations.push(Mutation::unseen(&format!("line {} moved", line_of(text, *at)), path, changed));
            }
        }
    }
    for (path, text) in of(texts, "data/") {
        let lines = lines(text);
        let pairs = lines
            .windows(2)
            .filter(|pair| pair.iter().all(|(_, line)| line.starts_with("      ") && line.contains(": { value: ")));
        for pair in spread(pairs.collect(), 8) {
            let [(at, first), (_, second)] = pair else { continue };
            let changed = format!("{}{second}{first}{}", &text[..*at], &text[at + first.len() + second.len()..]);
            mutations.push(Mutation::unseen(&format!("line {} moved", line_of(text, *at)), path, changed));
        }
    }
    mutations
}

fn commented(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/").chain(of(texts, "data/")).chain(of(texts, "kbc.toml")) {
        let starts =
            |line: &str| line.starts_with("  - id: ") || line.starts_with("benchmarks:") || line.starts_with('[');
        let front = if path.starts_with("papers/") { body(text) } else { text.len() };
        for (at, _) in lines(&text[..front]).into_iter().filter(|(_, line)| starts(line)) {
            let changed = format!("{}# a remark\n{}", &text[..at], &text[at..]);
            mutations.push(Mutation::unseen(&format!("above line {}", line_of(text, at)), path, changed));
        }
    }
    mutations
}

fn spaced(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        for (at, line) in spread(prose(text), 3) {
            let end = at + line.trim_end().len();
            let changed = format!("{} {}", &text[..end], &text[end..]);
            mutations.push(Mutation::unseen(&format!("line {}", line_of(text, at)), path, changed));
        }
    }
    mutations
}
