//! Imports point down: from wing to wing, and inside a wing from module to module. A dependency lives in one module.
//! The order is the table of wings in ARCHITECTURE.md, and nowhere else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates that one module hides from the others. The others are vocabulary that several share.
const HIDDEN: [(&str, &str); 27] = [
    ("serde_yaml", "input/formats/yaml"),
    ("mimalloc", "main"),
    ("unicode_normalization", "text/lookalike"),
    ("unicode_script", "text/lookalike"),
    ("pulldown_cmark", "input"),
    ("minijinja", "compile/render"),
    ("jsonschema", "input/schema"),
    ("similar", "compile/artifact"),
    ("toml", "input/formats/toml_document"),
    ("tempfile", "host"),
    ("ignore", "host"),
    ("libc", "host/read"),
    ("globset", "text/glob"),
    ("blake3", "text/fingerprint"),
    ("postcard", "text/memo"),
    ("ast_grep_config", "review"),
    ("ast_grep_core", "review"),
    ("ast_grep_language", "review"),
    ("aho_corasick", "review"),
    ("regex", "review"),
    ("regex_syntax", "review"),
    ("annotate_snippets", "print"),
    ("comfy_table", "print"),
    ("thiserror", "input/formats/managed_block"),
    ("jsonc_parser", "agents/hook"),
    ("rmcp", "serve/mcp"),
    ("tokio", "serve/mcp"),
];

/// A file of `src`: its module path without `.rs`, and its code without comments and unit tests.
struct Source {
    module: String,
    path: PathBuf,
    text: String,
}

impl Source {
    fn code(&self) -> String {
        if self.module.ends_with("/tests") {
            return String::new();
        }
        let own = self.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        own.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    }

    /// Module paths that the code names after `crate::` or `super::`, in braces too.
    fn imports(&self) -> Vec<String> {
        let code = self.code();
        let own: Vec<&str> = self.module.split('/').collect();
        let mut found = Vec::new();
        for (at, _) in code.match_indices("crate::") {
            found.extend(named(&[], &code[at + "crate::".len()..]));
        }
        for (at, _) in code.match_indices("super::") {
            if code[..at].ends_with("super::") {
                continue;
            }
            let mut rest = &code[at..];
            let mut base = own.clone();
            while let Some(after) = rest.strip_prefix("super::") {
                rest = after;
                base.pop();
            }
            found.extend(named(&base, rest));
        }
        found
    }
}

/// The paths that begin a text: `a::b::C` is one, `{a::B, c}` and `a::{B, c}` are two.
fn named(base: &[&str], text: &str) -> Vec<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(text.len());
    let steps = text[..end].split("::").filter(|step| !step.is_empty());
    let path: Vec<&str> = base.iter().copied().chain(steps).collect();
    match text[end..].strip_prefix('{').filter(|_| end == 0 || text[..end].ends_with("::")) {
        None => vec![path.join("/")],
        Some(list) => parts(list).into_iter().flat_map(|part| named(&path, part)).collect(),
    }
}

/// The parts of a list between braces, up to its end.
fn parts(list: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut from) = (0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                found.extend(Some(list[from..at].trim()).filter(|part| !part.is_empty()));
                from = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    assert!(files.len() > 100, "the sources are where the test looks for them");
    files
}

fn collect(folder: &Path, files: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            let inside = path.strip_prefix("src").expect("it lies in src").with_extension("");
            let module = inside.to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).expect("a source is text");
            files.push(Source { module, path, text });
        }
    }
}

/// The wings from the top down, each with its modules from the top down.
fn wings() -> Vec<(String, Vec<String>)> {
    let page = fs::read_to_string("ARCHITECTURE.md").expect("the page is there");
    let table = page.lines().skip_while(|line| !line.starts_with("| wing |")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let wing = words(cells[1]).remove(0);
        (wing.clone(), words(cells[2]).into_iter().map(|module| format!("{wing}/{module}")).collect())
    });
    rows.collect()
}

/// Every module of the table from the top down; a wing's own file stands above the modules of the wing.
fn rooms() -> Vec<String> {
    wings().into_iter().flat_map(|(wing, modules)| std::iter::once(wing).chain(modules)).collect()
}

/// The innermost module of the table that a path lies in.
fn room(path: &str, rooms: &[String]) -> Option<usize> {
    let holds = |room: &&String| path == room.as_str() || path.starts_with(&format!("{room}/"));
    let found = rooms.iter().filter(holds).max_by_key(|room| room.len())?;
    rooms.iter().position(|room| room == found)
}

#[test]
fn imports_point_downwards() {
    let rooms = rooms();
    let mut seen = 0;
    let mut wrong = BTreeSet::new();
    for source in sources().iter().filter(|source| !["lib", "main"].contains(&source.module.as_str())) {
        let own = room(&source.module, &rooms).unwrap_or_else(|| panic!("no wing has {}", source.path.display()));
        for import in source.imports() {
            let Some(other) = room(&import, &rooms).filter(|other| *other != own) else { continue };
            seen += 1;
            if other < own {
                wrong.insert(format!("{} (in {}) imports {import}", source.path.display(), rooms[own]));
            }
        }
    }
    assert!(seen > 400, "imports are found");
    assert!(wrong.is_empty(), "imports that point up:\n{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_table_names_every_module() {
    let rooms = rooms();
    for room in &rooms {
        assert!(Path::new(&format!("src/{room}.rs")).is_file(), "the table names `{room}`, which is no module");
    }
    let is_covered = |source: &Source| {
        let depth = source.module.split('/').count();
        // The flags of a command have a file of their own in `cli`.
        let is_storey =
            ["input/formats", "input/files"].contains(&source.module.as_str()) || source.module.starts_with("cli/");
        depth != 2 || is_storey || rooms.contains(&source.module)
    };
    let missing: Vec<_> =
        sources().into_iter().filter(|source| !is_covered(source)).map(|source| source.path).collect();
    assert!(missing.is_empty(), "the table of wings lacks {missing:?}");
}

#[test]
fn a_dependency_lives_in_one_module() {
    let mut seen = 0;
    for source in sources() {
        for (dependency, home) in HIDDEN {
            let is_named =
                source.text.contains(&format!("{dependency}::")) || source.text.contains(&format!("use {dependency}"));
            seen += usize::from(is_named);
            let is_home = source.module == home || source.module.starts_with(&format!("{home}/"));
            assert!(!is_named || is_home, "{} names {dependency}, whose place is `{home}`", source.path.display());
        }
    }
    assert!(seen >= HIDDEN.len(), "every dependency of the table is found");
}

/// What reaches outside of the program. Compiling asks a `World` instead.
const OUTSIDE: [&str; 9] =
    ["fs::", "std::fs", "env::", "process::", "net::", "SystemTime", "stdin()", "canonicalize(", "symlink_metadata("];

#[test]
fn only_host_and_what_is_above_it_reaches_outside() {
    let rooms = rooms();
    let host = rooms.iter().position(|room| room == "host").expect("it is a wing");
    let mut seen = 0;
    for source in sources() {
        let Some(own) = room(&source.module, &rooms) else { continue };
        let code = source.code();
        let is_word = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        for word in OUTSIDE {
            let named = code.match_indices(word).any(|(at, _)| is_word(at) || word.ends_with('('));
            let is_below = own > host && !rooms[own].starts_with("host/");
            seen += usize::from(named);
            assert!(!(named && is_below), "{} names {word}", source.path.display());
        }
    }
    assert!(seen > 20, "what reaches outside is found");
}

#[test]
fn every_file_says_on_its_first_line_what_it_is() {
    for source in sources() {
        assert!(source.text.starts_with("//! "), "{} does not begin with its idea", source.path.display());
    }
}
