//! Changes of any line of any file: gone, there twice, swapped with the next, with another word.

use super::Texts;
use super::generate::{Kinds, Mutation, body, is_comment, line_of, lines, of, spread};

/// Which lines of a file are changed.
#[derive(Clone, Copy)]
enum Part {
    Front,
    All,
}

/// Lines that say something.
fn told(text: &str, part: Part) -> Vec<(usize, &str)> {
    let end = match part {
        Part::Front => body(text),
        Part::All => text.len(),
    };
    let says = |(at, line): &(usize, &str)| {
        *at + line.len() <= end && !line.trim().is_empty() && !is_comment(line) && line.trim() != "---"
    };
    lines(text).into_iter().filter(says).collect()
}

fn gone(texts: &Texts, folder: &str, part: Part, count: usize) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, folder) {
        // How a figure is printed may be said where it would be printed so anyway.
        // No check by syntax here is about some files only, so what a template prints of them is in no output.
        // The format is 1 where nothing says so.
        let is_read = |line: &str| !line.contains("print: {") && !["files:", "format = 1"].contains(&line.trim_end());
        let told = told(text, part).into_iter().filter(|(_, line)| is_read(line));
        for (at, line) in spread(told.collect(), count) {
            mutations.push(Mutation::gone("a line", path, text, at..at + line.len()));
        }
    }
    mutations
}

fn twice(texts: &Texts, folder: &str, part: Part, count: usize) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, folder) {
        for (at, line) in spread(told(text, part), count) {
            let end = at + line.len();
            mutations.push(Mutation::instead("twice", path, text, at..end, &format!("{line}{line}")));
        }
    }
    mutations
}

fn swapped(texts: &Texts, folder: &str, count: usize) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, folder) {
        let told = told(text, Part::All);
        let pairs = told.windows(2).filter(|pair| pair[0].1 != pair[1].1 && pair[0].0 + pair[0].1.len() == pair[1].0);
        for pair in spread(pairs.collect(), count) {
            let end = pair[1].0 + pair[1].1.len();
            let new = format!("{}{}", pair[1].1, pair[0].1);
            mutations.push(Mutation::instead("swapped", path, text, pair[0].0..end, &new));
        }
    }
    mutations
}

/// A word of a value: the last one of a line that has some letters in a row.
fn words(texts: &Texts, folder: &str, part: Part, count: usize) -> Vec<Mutation> {
    let mut mutations = Vec::new();
    for (path, text) in of(texts, folder) {
        let found = told(text, part).into_iter().filter_map(|(at, line)| {
            let value = line.find([':', '=']).unwrap_or(0);
            let mut words = line[value..].split(|c: char| !c.is_ascii_lowercase()).filter(|word| word.len() > 3).rev();
            let word = words.next()?;
            let start = at + value + line[value..].rfind(word)?;
            Some((start, word))
        });
        for (start, word) in spread(found.collect(), count) {
            let changed = format!("{}zebra{}", &text[..start], &text[start + word.len()..]);
            mutations.push(Mutation::at(word, path, changed, line_of(text, start)));
        }
    }
    mutations
}

fn strays() -> Vec<Mutation> {
    const FILES: [(&str, &str); 12] = [
        ("data/more.yaml", ""),
        ("data/more.yml", "figures: {}\n"),
        ("data/old/benchmarks.yaml", "benchmarks: {}\n"),
        ("data/more.json", "{}\n"),
        ("data/notes.md", "# Notes\n"),
        ("papers/more.yaml", "figures: {}\n"),
        ("papers/notes.markdown", "# Notes\n"),
        ("papers/old/notes.md", "# Notes\n"),
        ("utils/more.yaml", ""),
        ("templates/more.md", "# Notes\n"),
        ("out/more.yaml", "a: 1\n"),
        ("out/roles/more.md", "# Notes\n"),
    ];
    let stray = |(path, text): (&str, &str)| Mutation::file("new", path, Some(text.to_owned()));
    FILES.into_iter().map(stray).collect()
}

/// Schemas that no format has.
fn schemas(texts: &Texts) -> Vec<Mutation> {
    let copy = |(path, text): (&str, &str)| {
        Mutation::file("copied", &path.replace("schema/", "schema/old-"), Some(text.to_owned()))
    };
    of(texts, "schema/").map(copy).collect()
}

pub fn meaningful(texts: &Texts) -> Kinds {
    vec![
        ("a line of front matter gone", gone(texts, "papers/", Part::Front, 16)),
        ("a line of front matter twice", twice(texts, "papers/", Part::Front, 8)),
        ("a word of front matter", words(texts, "papers/", Part::Front, 16)),
        ("a line of the data gone", gone(texts, "data/", Part::All, 24)),
        ("a line of the data twice", twice(texts, "data/", Part::All, 10)),
        ("a word of the data", words(texts, "data/", Part::All, 14)),
        ("a line of the lock gone", gone(texts, "kbc.lock", Part::All, 160)),
        ("a line of the lock twice", twice(texts, "kbc.lock", Part::All, 80)),
        ("two lines of the lock swapped", swapped(texts, "kbc.lock", 80)),
        ("a word of the lock", words(texts, "kbc.lock", Part::All, 80)),
        ("a line of the settings gone", gone(texts, "kbc.toml", Part::All, 200)),
        ("a line of the settings twice", twice(texts, "kbc.toml", Part::All, 80)),
        ("a word of the settings", words(texts, "kbc.toml", Part::All, 200)),
        ("a line of a template's front matter gone", gone(texts, "templates/", Part::Front, 20)),
        ("a word of a template's front matter", words(texts, "templates/", Part::Front, 20)),
        ("a line of a template gone", gone(texts, "templates/", Part::All, 20)),
        ("a line of a utility rule gone", gone(texts, "utils/", Part::All, 8)),
        ("a word of a utility rule", words(texts, "utils/", Part::All, 8)),
        ("a line of a schema gone", gone(texts, "schema/", Part::All, 16)),
        ("a line of a schema twice", twice(texts, "schema/", Part::All, 16)),
        ("a word of a schema", words(texts, "schema/", Part::All, 16)),
        ("a line of an output twice", twice(texts, "out/", Part::All, 12)),
        ("two lines of an output swapped", swapped(texts, "out/", 12)),
        ("a word of an output", words(texts, "out/", Part::All, 12)),
        ("a line of an agent's file gone", gone(texts, ".claude/", Part::All, 12)),
        ("a word of an agent's file", words(texts, ".claude/", Part::All, 12)),
        ("a file that no layer knows", strays()),
        ("a second schema", schemas(texts)),
    ]
}
