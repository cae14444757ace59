//! Labels of a table that fit each other's cells better than their own: two of them are swapped, or two cells are.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::Subject;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::paper::{Label, Link, ParsedPaper};
use crate::model::Model;

/// Cells of its row or column that each cell is compared with.
const COMPARED: usize = 25;

/// Words that tell no two things apart.
const COMMON: &str = "the a of and in on is it to for one an by at with no from as against that than its";

/// A cell that claims something, beside its labels.
struct Claim<'a> {
    link: &'a Link,
    id: String,
    row: usize,
    column: usize,
    words: BTreeSet<String>,
}

/// Complains about labels that are swapped; `claimed` says what a link claims something of.
pub fn check(model: &Model, paper: &ParsedPaper, claimed: &dyn Fn(&Link) -> Option<String>, diags: &mut Sink) {
    let mut tables: BTreeMap<usize, Vec<Claim>> = BTreeMap::new();
    for link in &paper.prose.links {
        let Some(cell) = link.cell else { continue };
        let claims = tables.entry(cell.table).or_default();
        // The first number of a cell is that of its labels.
        if claims.last().is_some_and(|last| (last.row, last.column) == (cell.row, cell.column)) {
            continue;
        }
        let Some(id) = claimed(link) else { continue };
        let words = words_of(model, &id);
        claims.push(Claim { link, id, row: cell.row, column: cell.column, words });
    }
    for (number, claims) in tables {
        let table = &paper.prose.tables[number];
        let mut lines: BTreeMap<(Line, usize), Vec<&Claim>> = BTreeMap::new();
        for claim in &claims {
            lines.entry((Line::Column, claim.column)).or_default().push(claim);
            lines.entry((Line::Row, claim.row)).or_default().push(claim);
        }
        let (heads, rows) = (read(&table.heads), read(&table.labels));
        let mut told = BTreeSet::new();
        for ((line, _), claims) in lines {
            // Along a column the labels of the rows differ, along a row the heads of the columns.
            let (labels, words) = if line == Line::Column { (&table.labels, &rows) } else { (&table.heads, &heads) };
            for (first, second) in pairs(&claims) {
                let at = line.place(first).min(line.place(second))..line.place(first).max(line.place(second));
                let (Some(one), Some(other)) = (words.get(line.place(first)), words.get(line.place(second))) else {
                    continue;
                };
                if is_swapped((one, other), (&first.words, &second.words)) && told.insert((line, at.start, at.end)) {
                    let labels = (&labels[line.place(first)], &labels[line.place(second)]);
                    diags.push(swapped(line, labels, (first, second)));
                }
            }
        }
    }
}

/// A row or a column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    Column,
    Row,
}

impl Line {
    /// Which label is that of a cell, along this line.
    fn place(self, claim: &Claim) -> usize {
        match self {
            Line::Column => claim.row,
            Line::Row => claim.column,
        }
    }
}

fn read(labels: &[Label]) -> Vec<BTreeSet<String>> {
    labels.iter().map(|label| words(&label.text)).collect()
}

/// The cells of a line that can be taken for each other: both measured cases, or both figures.
fn pairs<'a, 'b>(claims: &'b [&'a Claim<'a>]) -> impl Iterator<Item = (&'a Claim<'a>, &'a Claim<'a>)> + use<'a, 'b> {
    let later = move |at: usize| claims[at + 1..].iter().take(COMPARED).map(move |second| (claims[at], *second));
    let all = (0..claims.len()).flat_map(later);
    all.filter(|(first, second)| first.id.contains('.') == second.id.contains('.'))
}

/// Do the labels share more of what tells them apart with each other's words than with their own?
fn is_swapped(labels: (&BTreeSet<String>, &BTreeSet<String>), words: (&BTreeSet<String>, &BTreeSet<String>)) -> bool {
    let both = |label: (&BTreeSet<String>, &BTreeSet<String>), words: (&BTreeSet<String>, &BTreeSet<String>)| {
        let is_own = |word: &&String| !label.1.contains(*word) && words.0.contains(*word) && !words.1.contains(*word);
        label.0.iter().filter(is_own).count()
    };
    let turned = |(first, second): (_, _)| (second, first);
    let own = both(labels, words) + both(turned(labels), turned(words));
    let crossed = both(labels, turned(words)) + both(turned(labels), words);
    crossed > own
}

fn swapped(line: Line, labels: (&Label, &Label), claims: (&Claim, &Claim)) -> Diagnostic {
    let shown = |label: &Label| label.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (first, second) = (shown(labels.0), shown(labels.1));
    let what = if line == Line::Column { "rows" } else { "columns" };
    let message = format!(
        "the labels of two {what} are swapped: `{first}` fits `{}`, `{second}` fits `{}`",
        claims.1.id, claims.0.id
    );
    let mut diagnostic = Diagnostic::new(Code::SwappedLabels, claims.0.link.span, message)
        .label(format!("beside `{first}`"))
        .also(claims.1.link.span, format!("beside `{second}`"));
    for label in [labels.0, labels.1] {
        diagnostic = label.span.into_iter().fold(diagnostic, |diagnostic, span| diagnostic.also(span, "label"));
    }
    diagnostic
        .help("put each label beside its own cells; if they are right, use the words of the linked case in the label")
}

/// What tells a figure or case: its id, its cases, and what it is about.
fn words_of(model: &Model, fragment: &str) -> BTreeSet<String> {
    let mut all = words(fragment);
    if let Some(figure) = model.figures.get(Subject::of(model, fragment).id) {
        all.extend(figure.inputs.iter().flat_map(|(benchmark, case)| words(&format!("{benchmark} {case}"))));
        all.extend(words(&figure.about));
    }
    all
}

/// The words of a text in one form: small letters, no groups of digits, one form for one and many.
fn words(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let is_group = c == ','
            && plain.ends_with(|c: char| c.is_ascii_digit())
            && characters.peek().is_some_and(char::is_ascii_digit);
        if !is_group {
            plain.push(c);
        }
    }
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.filter(|word| !COMMON.split(' ').any(|common| common == *word));
    words.map(|word| if word.len() > 3 { word.strip_suffix('s').unwrap_or(word) } else { word }.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_told_apart_by_their_own_words() {
        let swapped = |first: &str, second: &str, ids: (&str, &str)| {
            is_swapped((&words(first), &words(second)), (&words(ids.0), &words(ids.1)))
        };
        let ids = ("membership.list_missing", "membership.list_last");
        assert!(swapped("present, last in the list", "missing", ids));
        assert!(!swapped("missing", "present, last in the list", ids));
        assert!(!swapped("absent", "at its end", ids), "labels without a word of theirs say nothing");
        assert!(swapped("10 items", "1,000 items", ("gain_1000", "gain_10")));
    }
}
