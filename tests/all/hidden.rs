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

#[test]
fn kbc_check_tells_of_it_in_every_file() {
    let root = kit::folder("hidden");
    let paths = files(&[INPUTS.as_slice(), &OUTPUTS].concat());
    for path in &paths {
        kit::copy(path, &root.join(path));
    }
    let characters = characters();
    let mut seeded = Seeded(9);
    // One paper speaks for all: the others are read alike.
    let is_told = |path: &&PathBuf| !path.starts_with("papers") || path.ends_with("memory-slots.md");
    for path in paths.iter().filter(is_told) {
        let c = characters[seeded.below(characters.len())];
        let text = fs::read_to_string(path).expect("it is text");
        let (changed, at) = with(&text, c, &mut seeded);
        fs::write(root.join(path), &changed).expect("it can be written");
        let line = changed[..at].matches('\n').count() + 1;
        assert!(tells(&root, path, line), "U+{:04X} at byte {at} of {}", c as u32, path.display());
        fs::write(root.join(path), &text).expect("it can be written");
    }
}

fn tells(root: &Path, path: &Path, line: usize) -> bool {
    let call = Session::silent(Console::in_memory(root, ""), root, Drafts::LeftOut);
    let compilation = project::compile(&call).expect("it is a knowledge base");
    let hidden: Vec<_> = compilation.diagnostics().filter(|diagnostic| diagnostic.code == Code::HiddenText).collect();
    hidden.iter().any(|diagnostic| match &diagnostic.place {
        Place::File(_) => false,
        Place::Span(span) => {
            let source = compilation.compiled.sources.get(span.source);
            Path::new(&source.path) == path && source.position(span.start).0 == line
        }
    })
}
