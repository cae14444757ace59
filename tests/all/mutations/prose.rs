//! Changes of what papers say: words that turn a sentence round, sentences, links, headings, rows and cells of tables.

use super::Texts;
use super::generate::{Kinds, Mutation, body, line_of, lines, of, prose, spread};

/// Words, and what would be the opposite.
const TURNED: [(&str, &str); 10] = [
    (" faster", " slower"),
    (" slower", " faster"),
    (" never ", " always "),
    (" always ", " never "),
    (" more ", " less "),
    (" less ", " more "),
    (" before ", " after "),
    (" not ", " also "),
    (" no ", " every "),
    (" only ", " seldom "),
];

fn turned(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let found = prose(text).into_iter().filter_map(|(at, line)| {
            let (word, other) = TURNED.into_iter().find(|(word, _)| line.contains(word))?;
            Some((at + line.find(word)?, word, other))
        });
        for (start, word, other) in spread(found.collect(), 12) {
            let changed = format!("{}{other}{}", &text[..start], &text[start + word.len()..]);
            mutations.push(Mutation::at(word.trim(), path, changed, line_of(text, start)));
        }
    }
    mutations
}

fn added(texts: &Texts) -> Vec<Mutation> {
    const NEW: [&str; 4] = [
        "On a quiet machine nothing of this can be seen.\n",
        "It took 17 runs.\n",
        "The rule MEM1 says it.\n",
        "Everybody knows it.\n",
    ];
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let ends = prose(text).into_iter().filter(|(_, line)| line.trim_end().ends_with('.'));
        for (index, (at, line)) in spread(ends.collect(), 6).into_iter().enumerate() {
            let new = format!("{line}{}", NEW[index % NEW.len()]);
            mutations.push(Mutation::instead("added", path, text, at..at + line.len(), &new));
        }
    }
    mutations
}

/// The links of lines of prose and tables: where their text begins and ends, and where they end.
fn links(text: &str) -> Vec<(usize, usize, usize)> {
    let mut links = Vec::new();
    let mut at = body(text);
    while let Some(middle) = text[at..].find("](").map(|found| at + found) {
        at = middle + 2;
        let start = text[..middle].rfind('[');
        let end = text[middle..].find(')').map(|end| middle + end + 1);
        if let (Some(start), Some(end)) = (start, end)
            && !text[start..end].contains('\n')
        {
            links.push((start, middle, end));
        }
    }
    links
}

fn unlinked(texts: &Texts, is_wanted: impl Fn(&str) -> bool, count: usize) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let wanted = links(text).into_iter().filter(|(_, middle, end)| is_wanted(&text[*middle..*end]));
        for (start, middle, end) in spread(wanted.collect(), count) {
            let changed = format!("{}{}{}", &text[..start], &text[start + 1..middle], &text[end..]);
            mutations.push(Mutation::at("a link", path, changed, line_of(text, start)));
        }
    }
    mutations
}

fn headings(text: &str) -> Vec<(usize, &str)> {
    let mut in_fence = false;
    let is_heading = |(at, line): &(usize, &str)| {
        in_fence ^= line.starts_with("```");
        !in_fence && *at > body(text) && line.starts_with("##")
    };
    lines(text).into_iter().filter(is_heading).collect()
}

fn retitled(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        for (at, line) in spread(headings(text), 8) {
            let new = format!("{} or not\n", line.trim_end());
            mutations.push(Mutation::instead("retitled", path, text, at..at + line.len(), &new));
        }
    }
    mutations
}

fn untitled(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        for (at, line) in spread(headings(text), 6) {
            mutations.push(Mutation::gone("a heading", path, text, at..at + line.len()));
        }
    }
    mutations
}

/// Another rule of the paper where a sentence names one.
fn misnamed(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let ids: Vec<&str> = text[..body(text)].lines().filter_map(|line| line.strip_prefix("  - id: ")).collect();
        let is_word = |at: usize, id: &str| {
            let around = [text[..at].chars().next_back(), text[at + id.len()..].chars().next()];
            around.iter().flatten().all(|c| !c.is_alphanumeric() && *c != '=' && *c != '-')
        };
        let named = ids.iter().flat_map(|id| {
            let found = text.match_indices(id).map(|(at, _)| at);
            found.filter(|at| *at > body(text) && is_word(*at, id)).map(|at| (at, *id)).collect::<Vec<_>>()
        });
        for (at, id) in spread(named.collect(), 6) {
            let other = ids.iter().find(|other| **other != id).copied().unwrap_or("MEM1");
            let changed = format!("{}{other}{}", &text[..at], &text[at + id.len()..]);
            mutations.push(Mutation::at(id, path, changed, line_of(text, at)));
        }
    }
    mutations
}

/// Rows of tables, without the lines that head them.
fn rows(text: &str) -> Vec<(usize, &str)> {
    let all = lines(text);
    let is_row = |line: &str| line.starts_with('|');
    let of_table = all.windows(3).filter(|three| is_row(three[0].1) && is_row(three[1].1) && is_row(three[2].1));
    of_table.map(|three| three[2]).filter(|(_, line)| !line.starts_with("|--") && !line.starts_with("| --")).collect()
}

fn row_gone(texts: &Texts) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        for (at, line) in spread(rows(text), 6) {
            mutations.push(Mutation::gone("a row", path, text, at..at + line.len()));
        }
    }
    mutations
}

/// Pairs of rows below each other, with something of them swapped.
fn of_two_rows(texts: &Texts, count: usize, swap: impl Fn(&[&str], &[&str]) -> (String, String)) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, "papers/") {
        let rows = rows(text);
        let pairs = rows.windows(2).filter(|pair| pair[0].0 + pair[0].1.len() == pair[1].0);
        for pair in spread(pairs.collect(), count) {
            let (a, b): (Vec<&str>, Vec<&str>) = (pair[0].1.split('|').collect(), pair[1].1.split('|').collect());
            let (first, second) = swap(&a, &b);
            let new = first + &second;
            let range = pair[0].0..pair[1].0 + pair[1].1.len();
            if new != text[range.clone()] && a.len() == b.len() {
                mutations.push(Mutation::instead("two rows", path, text, range, &new));
            }
        }
    }
    mutations
}

fn with(cells: &[&str], at: usize, other: &str) -> String {
    let mut cells = cells.to_vec();
    cells[at] = other;
    cells.join("|")
}

pub fn meaningful(texts: &Texts) -> Kinds {
    let is_data = |target: &str| target.contains("data/");
    let last = |cells: &[&str]| cells.len().saturating_sub(2).max(1);
    vec![
        ("a word that turns a sentence round", turned(texts)),
        ("a sentence added", added(texts)),
        ("a link to the data gone, its number left", unlinked(texts, is_data, 8)),
        ("a link to a paper or source gone", unlinked(texts, |target| !is_data(target), 4)),
        ("a heading changed", retitled(texts)),
        ("a heading gone", untitled(texts)),
        ("another rule named in a sentence", misnamed(texts)),
        ("a row of a table gone", row_gone(texts)),
        ("two rows of a table swapped", of_two_rows(texts, 4, |a, b| (b.join("|"), a.join("|")))),
        (
            "two labels of a table swapped",
            of_two_rows(texts, 6, |a, b| (with(a, 1, b.get(1).unwrap_or(&"")), with(b, 1, a.get(1).unwrap_or(&"")))),
        ),
        (
            "two cells of a table swapped",
            of_two_rows(texts, 6, |a, b| {
                let (at, other) = (last(a), last(b));
                (with(a, at, b[other]), with(b, other, a[at]))
            }),
        ),
    ]
}
