//! A hidden character is caught wherever it is put: each of them in every file of this repository's knowledge base by the
//! scan, and a sample by the whole of `kbc check`.

use std::fs;
use std::path::{Path, PathBuf};

use kbc::commands::console::Console;
use kbc::commands::project;
use kbc::commands::session::Session;
use kbc::diag::{Code, Place};
use kbc::input::vocabulary::Drafts;
use kbc::text::hidden;

use crate::kit;

const INPUTS: [&str; 5] = ["kbc.toml", "papers", "data", "templates", "utils"];
const OUTPUTS: [&str; 2] = ["out", "schema"];

/// Every character of the list but those of the private planes, which are 131,068 alike.
fn characters() -> Vec<char> {
    ('\0'..='\u{effff}')
        .filter(|c| hidden::class(*c).is_some())
        .filter(|c| !('\u{e010}'..='\u{f8f0}').contains(c))
        .collect()
}

/// Numbers that are the same in every run (Knuth's MMIX).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}

fn files(roots: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
    while let Some(path) = open.pop() {
        if path.is_file() {
            found.push(path);
            continue;
        }
        open.extend(kit::entries(&path));
    }
    found.sort();
    found
}

/// A text with a character put in, not at the begin, where a byte order mark is fine, nor before a line feed, where a
/// carriage return is.
fn with(text: &str, c: char, seeded: &mut Seeded) -> (String, usize) {
    loop {
        let at = 1 + seeded.below(text.len() - 1);
        if text.is_char_boundary(at) && !text[at..].starts_with('\n') {
            return (format!("{}{c}{}", &text[..at], &text[at..]), at);
        }
    }
}

#[test]
fn every_hidden_character_is_seen_in_every_file() {
    let characters = characters();
    assert!(characters.len() > 4_000);
    let mut seeded = Seeded(4);
    for path in files(&[INPUTS.as_slice(), &OUTPUTS].concat()) {
        let text = fs::read_to_string(&path).expect("it is text");
        assert_eq!(hidden::scan(&text), [], "{}", path.display());
        // A stretch is enough: what is further away changes nothing.
        let begin = (0..=text.len().saturating_sub(400)).rev().find(|at| text.is_char_boundary(*at)).expect("0 is one");
        let begin = seeded.below(begin + 1);
        let begin = (0..=begin).rev().find(|at| text.is_char_boundary(*at)).expect("0 is one");
        for c in &characters {
            let (text, at) = with(&text[begin..], *c, &mut seeded);
            let runs = hidden::scan(&text);
            assert!(
                runs.iter().any(|run| run.range.start == at && run.first == *c),
                "U+{:04X} {}",
                *c as u32,
                path.display()
            );
        }
    }
}

/// One hidden character in one file.
struct Hidden<'a> {
    path: &'a Path,
    text: String,
    line: usize,
    what: String,
}

#[test]
fn kbc_check_tells_of_it_in_every_file() {
    let root = kit::folder("hidden");
    let (inputs, outputs) = (files(&INPUTS), files(&OUTPUTS));
    for path in inputs.iter().chain(&outputs) {
        kit::copy(path, &root.join(path));
    }
    let characters = characters();
    let mut seeded = Seeded(9);
    // Outputs are looked at where inputs have no error, so one tree has the one and another the other.
    for paths in [&inputs, &outputs] {
        let hide = |path: &'_ PathBuf, seeded: &mut Seeded| {
            let c = characters[seeded.below(characters.len())];
            let text = fs::read_to_string(path).expect("it is text");
            let (text, at) = with(&text, c, seeded);
            let line = text[..at].matches('\n').count() + 1;
            (text, line, format!("U+{:04X} at byte {at} of {}", c as u32, path.display()))
        };
        let hidden: Vec<Hidden> = paths
            .iter()
            .map(|path| {
                let (text, line, what) = hide(path, &mut seeded);
                Hidden { path, text, line, what }
            })
            .collect();
        let missed = missed(&root, &hidden.iter().collect::<Vec<_>>());
        // What hides in kbc.toml may keep a setting from being read that others are found by.
        let missed = missed.into_iter().filter(|hidden| !self::missed(&root, &[hidden]).is_empty());
        let missed: Vec<&str> = missed.map(|hidden| hidden.what.as_str()).collect();
        assert!(missed.is_empty(), "{missed:#?}");
    }
}

/// Those of some hidden characters that `kbc check` does not tell of at their line.
fn missed<'a>(root: &Path, hidden: &[&'a Hidden<'a>]) -> Vec<&'a Hidden<'a>> {
    for Hidden { path, text, .. } in hidden {
        fs::write(root.join(path), text).expect("it can be written");
    }
    let call = Session::silent(Console::in_memory(root, ""), root, Drafts::LeftOut);
    let compilation = project::compile(&call).expect("it is a knowledge base");
    let told: Vec<(&str, usize)> = compilation
        .diagnostics()
        .filter(|diagnostic| diagnostic.code == Code::HiddenText)
        .filter_map(|diagnostic| {
            let Place::Span(span) = &diagnostic.place else { return None };
            let source = compilation.compiled.sources.get(span.source);
            Some((source.path.as_str(), source.position(span.start).0))
        })
        .collect();
    for Hidden { path, .. } in hidden {
        kit::copy(path, &root.join(path));
    }
    let is_told =
        |hidden: &Hidden| told.iter().any(|(path, line)| Path::new(path) == hidden.path && *line == hidden.line);
    hidden.iter().copied().filter(|hidden| !is_told(hidden)).collect()
}
