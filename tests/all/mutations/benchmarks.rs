//! Changes of the code that values were measured with, and of what is recorded of it.

use super::Texts;
use super::generate::{Kinds, Mutation, line_of, lines, of, spread};

/// A block that measures: where it opens, its opening line, and where its code is.
struct Block<'a> {
    at: usize,
    open: &'a str,
    code: std::ops::Range<usize>,
}

impl Block<'_> {
    fn is_setup(&self) -> bool {
        self.open.contains(" setup")
    }
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for (at, line) in lines(text) {
        if is_open && line.starts_with("```") {
            is_open = false;
            blocks.last_mut().expect("it was opened").code.end = at;
        } else if line.starts_with("```python") && line.contains("bench=") {
            is_open = true;
            blocks.push(Block { at, open: line, code: at + line.len()..at });
        }
    }
    blocks
}

/// Makes a mutation of blocks, some of each paper.
fn each(
    texts: &Texts,
    count: usize,
    change: impl Fn(&str, &str, &Block) -> Option<Mutation>,
    is_wanted: impl Fn(&Block) -> bool,
) -> Vec<Mutation> {
    let papers = of(texts, "papers/");
    let mutations = papers.flat_map(|(path, text)| {
        let wanted = blocks(text).into_iter().filter(&is_wanted).collect();
        spread(wanted, count).into_iter().filter_map(|block| change(path, text, &block)).collect::<Vec<_>>()
    });
    mutations.collect()
}

/// The first byte of the code that one of some characters is at, outside of comments.
fn find(text: &str, block: &Block, is_it: impl Fn(char) -> bool) -> Option<usize> {
    let code = &text[block.code.clone()];
    let line = lines(code).into_iter().find(|(_, line)| !line.contains('#') && line.contains(&is_it))?;
    Some(block.code.start + line.0 + line.1.find(&is_it)?)
}

fn at(kind: &str, path: &str, text: &str, block: &Block, changed: String) -> Mutation {
    Mutation::at(kind, path, changed, line_of(text, block.at))
}

pub fn meaningful(texts: &Texts) -> Kinds {
    let digit = |path: &str, text: &str, block: &Block| {
        let found = find(text, block, |c| c.is_ascii_digit())?;
        let changed = format!("{}7{}", &text[..found], &text[found..]);
        Some(at("a number", path, text, block, changed))
    };
    let operator = |path: &str, text: &str, block: &Block| {
        let found = find(text, block, |c| "+-*<>".contains(c))?;
        let other = if text[found..].starts_with('+') { '-' } else { '+' };
        let changed = format!("{}{other}{}", &text[..found], &text[found + 1..]);
        Some(at("an operator", path, text, block, changed))
    };
    let statement = |path: &str, text: &str, block: &Block| {
        let changed = format!("{}pass\n{}", &text[..block.code.start], &text[block.code.start..]);
        Some(at("a statement", path, text, block, changed))
    };
    let renamed = |path: &str, text: &str, block: &Block| {
        let found = block.at + block.open.find("case=")? + "case=".len();
        let changed = format!("{}other_{}", &text[..found], &text[found..]);
        Some(at("another case", path, text, block, changed))
    };
    let other_way = |path: &str, text: &str, block: &Block| {
        let (from, to) = match () {
            () if block.open.contains("by=peak") => ("by=peak", "by=size"),
            () if block.open.contains("by=size") => ("by=size", "by=peak"),
            () if block.open.contains("by=import") => ("by=import", "by=time"),
            () => ("bench=", "by=import bench="),
        };
        let open = block.open.replacen(from, to, 1);
        let changed = format!("{}{open}{}", &text[..block.at], &text[block.at + block.open.len()..]);
        Some(at("another way", path, text, block, changed))
    };
    let gone = |path: &str, text: &str, block: &Block| {
        let end = block.code.end + text[block.code.end..].find('\n')? + 1;
        Some(Mutation::gone("a block", path, text, block.at..end))
    };
    let is_case = |block: &Block| !block.is_setup();
    vec![
        ("a number in a benchmark", each(texts, 6, digit, is_case)),
        ("an operator in a benchmark", each(texts, 6, operator, is_case)),
        ("a statement in a benchmark", each(texts, 4, statement, is_case)),
        ("a size in a setup", each(texts, 4, digit, |block| block.is_setup())),
        ("a statement in a setup", each(texts, 4, statement, |block| block.is_setup())),
        ("a benchmark's case renamed", each(texts, 4, renamed, is_case)),
        ("a benchmark's case gone", each(texts, 4, gone, is_case)),
        ("a benchmark's setup gone", each(texts, 3, gone, |block| block.is_setup())),
        ("a benchmark measured another way", each(texts, 4, other_way, is_case)),
        ("two benchmarks with each other's code", swapped(texts)),
        ("the record of the code gone", unrecorded(texts)),
        ("the record of the code changed", rerecorded(texts)),
    ]
}

fn swapped(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let cases: Vec<Block> = blocks(text).into_iter().filter(|block| !block.is_setup()).collect();
        for pair in spread(cases.windows(2).collect(), 4) {
            let [first, second] = pair else { continue };
            let (a, b) = (&text[first.code.clone()], &text[second.code.clone()]);
            if a == b {
                continue;
            }
            let between = &text[first.code.end..second.code.start];
            let changed = format!("{}{b}{between}{a}{}", &text[..first.code.start], &text[second.code.end..]);
            mutations.push(at("swapped", path, text, first, changed));
        }
    }
    mutations
}

fn records(text: &str) -> Vec<(usize, &str)> {
    lines(text).into_iter().filter(|(_, line)| line.trim_start().starts_with("code: ")).collect()
}

fn unrecorded(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "data/") {
        for (at, line) in spread(records(text), 24) {
            mutations.push(Mutation::gone("a record", path, text, at..at + line.len()));
        }
    }
    mutations
}

fn rerecorded(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "data/") {
        for (index, (at, line)) in spread(records(text), 24).into_iter().enumerate() {
            let from = at + line.len() - if index % 2 == 0 { 2 } else { 12 };
            let other = if text[from..].starts_with('0') { "1" } else { "0" };
            let changed = format!("{}{other}{}", &text[..from], &text[from + 1..]);
            mutations.push(Mutation::at("a record", path, changed, line_of(text, at)));
        }
    }
    mutations
}

pub fn neutral(texts: &Texts) -> Kinds {
    let unseen = |path: &str, text: String| Some(Mutation::unseen("code", path, text));
    let comment = |path: &str, text: &str, block: &Block| {
        unseen(path, format!("{}# A remark.\n\n{}", &text[..block.code.start], &text[block.code.start..]))
    };
    let behind = |path: &str, text: &str, block: &Block| {
        let end = block.code.start + text[block.code.clone()].find('\n')?;
        if text[..end].ends_with(['\\', '"', '\'']) {
            return None;
        }
        unseen(path, format!("{}  # so{}", &text[..end], &text[end..]))
    };
    let space = |path: &str, text: &str, block: &Block| {
        let found = find(text, block, |c| c == '(')?;
        let line = &text[text[..found].rfind('\n')? + 1..found];
        if line.contains(['"', '\'']) {
            return None;
        }
        unseen(path, format!("{}( {}", &text[..found], &text[found + 1..]))
    };
    let reordered = |path: &str, text: &str, block: &Block| {
        let mut words: Vec<&str> = block.open.split_whitespace().collect();
        words[1..].reverse();
        let open = words.join(" ") + "\n";
        unseen(path, format!("{}{open}{}", &text[..block.at], &text[block.at + block.open.len()..]))
    };
    vec![
        ("a comment in a benchmark", each(texts, 4, comment, |_| true)),
        ("a comment behind code of a benchmark", each(texts, 3, behind, |_| true)),
        ("space in a benchmark", each(texts, 3, space, |_| true)),
        ("attributes of a block in another order", each(texts, 3, reordered, |_| true)),
    ]
}
