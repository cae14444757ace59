//! Changes that say the same in another way.

use super::Texts;
use super::generate::{Kinds, Mutation, body, lines, of, prose, spread};

/// Lists in brackets whose order says nothing.
fn evidence(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let lists = lines(&text[..body(text)]).into_iter().filter(|(_, line)| {
            line.trim_start().starts_with("evidence: [") && line.contains(", ") && line.trim_end().ends_with(']')
        });
        for (at, line) in spread(lists.collect(), 3) {
            let (key, list) = line.trim_end().split_once('[').expect("it has one");
            let mut ids: Vec<&str> = list.trim_end_matches(']').split(", ").collect();
            ids.reverse();
            let changed = format!("{}{key}[{}]\n{}", &text[..at], ids.join(", "), &text[at + line.len()..]);
            mutations.push(Mutation::unseen("evidence", path, changed));
        }
    }
    mutations
}

/// Entries of two spaces below a key, of which two neighbours are swapped.
fn entries(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "data/") {
        let all = lines(text);
        let is_entry =
            |line: &str| line.strip_prefix("  ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        let starts: Vec<usize> = all.iter().filter(|(_, line)| is_entry(line)).map(|(at, _)| *at).collect();
        let triples = starts.windows(3).filter(|three| {
            let between = &text[three[0]..three[2]];
            between.lines().all(|line| line.starts_with("  ") && !line.trim_start().starts_with('#'))
        });
        for three in spread(triples.collect(), 4) {
            let (first, second) = (&text[three[0]..three[1]], &text[three[1]..three[2]]);
            let changed = format!("{}{second}{first}{}", &text[..three[0]], &text[three[2]..]);
            mutations.push(Mutation::unseen("entries", path, changed));
        }
    }
    mutations
}

/// Numbers with an exponent, or without zeros behind the point.
fn numbers(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "data/") {
        let values = lines(text).into_iter().filter_map(|(at, line)| {
            let start = line.find("value: ")? + "value: ".len();
            let end = start + line[start..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(0);
            let number: f64 = line[start..end].parse().ok()?;
            Some((at + start, at + end, number))
        });
        for (index, (start, end, number)) in spread(values.collect(), 8).into_iter().enumerate() {
            let written = if index % 2 == 0 { format!("{number:e}") } else { format!("{number:.20}") };
            let written = if index % 2 == 0 && !written.contains('.') { written.replace('e', ".0e") } else { written };
            if written.parse() != Ok(number) || written.len() > 18 && index % 2 == 1 {
                continue;
            }
            let changed = format!("{}{written}{}", &text[..start], &text[end..]);
            mutations.push(Mutation::unseen("a number", path, changed));
        }
    }
    mutations
}

/// Text in other quotes, or folded.
fn strings(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let quoted = lines(&text[..body(text)]).into_iter().filter_map(|(at, line)| {
            let (key, value) = line.trim_end().split_once(": ")?;
            let value = value.strip_prefix('"')?.strip_suffix('"')?;
            let is_plain = !value.contains(['"', '\\', '\'']) && value.contains(' ') && !key.contains('{');
            is_plain.then_some((at, line, key, value))
        });
        for (index, (at, line, key, value)) in spread(quoted.collect(), 6).into_iter().enumerate() {
            let indent = " ".repeat(key.len() - key.trim_start().len() + 4);
            let written = match index % 2 {
                0 => format!("{key}: '{value}'\n"),
                _ => format!("{key}: >-\n{indent}{}\n", value.replacen(' ', &format!("\n{indent}"), 1)),
            };
            let changed = format!("{}{written}{}", &text[..at], &text[at + line.len()..]);
            mutations.push(Mutation::unseen("a text", path, changed));
        }
    }
    mutations
}

/// Other marks for the items of lists.
fn marks(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let mut in_fence = false;
        let marked: String = lines(text)
            .into_iter()
            .map(|(at, line)| {
                in_fence ^= line.starts_with("```");
                let mark = line.strip_prefix("- ").map(|rest| format!("* {rest}"));
                let mark = mark.or(line.strip_prefix("* ").map(|rest| format!("- {rest}")));
                mark.filter(|_| !in_fence && at > body(text)).unwrap_or_else(|| line.to_owned())
            })
            .collect();
        if marked != text {
            mutations.push(Mutation::unseen("marks of lists", path, marked));
        }
    }
    mutations
}

/// Strong emphasis, and underscores for stars.
fn strong(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        for (index, (at, line)) in spread(prose(text), 3).into_iter().enumerate() {
            let Some((first, rest)) = line.split_once(' ') else { continue };
            if !first.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                continue;
            }
            let mark = ["**", "__", "_"][index % 3];
            let changed = format!("{}{mark}{first}{mark} {rest}{}", &text[..at], &text[at + line.len()..]);
            mutations.push(Mutation::unseen("a first word", path, changed));
        }
    }
    mutations
}

pub fn all(texts: &Texts) -> Kinds {
    vec![
        ("evidence in another order", evidence(texts)),
        ("entries of the data in another order", entries(texts)),
        ("numbers written in another way", numbers(texts)),
        ("text in other quotes, or folded", strings(texts)),
        ("other marks of lists", marks(texts)),
        ("other marks of emphasis", strong(texts)),
    ]
}
