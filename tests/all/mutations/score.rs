//! How changes are noticed, and the table of it in the docs.

use std::fmt::Write;

/// Where the table is.
pub const PATH: &str = "docs/mutations.md";

/// How a change is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noticed {
    /// The check fails, and a message names the line.
    AtItsLine,
    /// It fails, and a message names the file.
    InItsFile,
    /// It fails, and messages name other files.
    Elsewhere,
    /// It passes, unless warnings fail.
    Warned,
    /// Nothing is said.
    Silent,
}

const ALL: [Noticed; 5] =
    [Noticed::AtItsLine, Noticed::InItsFile, Noticed::Elsewhere, Noticed::Warned, Noticed::Silent];

type Score<'a> = &'a [(&'static str, Vec<(String, Noticed)>)];

/// The part of the changes that are told of at their line.
pub fn at_their_line(score: Score) -> f64 {
    let all = || score.iter().flat_map(|(_, all)| all);
    let at_line = all().filter(|(_, noticed)| *noticed == Noticed::AtItsLine).count();
    at_line as f64 / all().count().max(1) as f64
}

/// The file with both tables.
pub fn table(meaningful: Score, neutral: Score) -> String {
    let mut text = "\
# What is noticed

`tests/all/mutations.rs` changes this repository's knowledge base, one change at a time, and looks at what `kbc check` says and
how it ends. `KBC_ALL_MUTATIONS=1 cargo test --test all mutations::` compares this file with what it finds;
`KBC_ALL_MUTATIONS=write` writes it.

The check fails at the line of the change, in its file, or elsewhere; or it only warns, and fails with `--fail-on warning`.

## What changes a meaning

"
    .to_owned();
    rows(&mut text, meaningful);
    let _ = writeln!(text, "\n{:.1} % fail at their line.", 100.0 * at_their_line(meaningful));
    text += "\n## What changes none\n\n";
    rows(&mut text, neutral);
    text
}

fn rows(text: &mut String, score: Score) {
    *text +=
        "| change | tried | at its line | in its file | elsewhere | warned | silent |\n|---|--:|--:|--:|--:|--:|--:|\n";
    let counts = |all: &[(String, Noticed)]| ALL.map(|kind| all.iter().filter(|(_, noticed)| *noticed == kind).count());
    let mut row = |name: &str, counts: [usize; 5]| {
        let cells: Vec<String> = counts.iter().map(|count| format!("{count}")).collect();
        let _ = writeln!(text, "| {name} | {} | {} |", counts.iter().sum::<usize>(), cells.join(" | "));
    };
    let mut total = [0; 5];
    for (kind, all) in score {
        let counts = counts(all);
        row(kind, counts);
        total.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
    }
    row("all", total);
}
