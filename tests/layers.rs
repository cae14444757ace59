//! A module imports only from layers below its own, and a dependency lives in one place.

use std::fs;
use std::path::{Path, PathBuf};

/// The table of ARCHITECTURE.md: each line one layer, from the ground up.
const LAYERS: [&[&str]; 14] = [
    &["fingerprint", "glob", "hidden", "lookalike", "machine", "quantity", "source", "statistics", "terms", "tokens"],
    &["check", "diag"],
    &["yaml"],
    &["front_matter", "splice"],
    &["artifact", "chat", "config", "data", "hook", "lock", "model", "paper", "results", "template", "utility"],
    &["distill", "drift", "link", "measure", "record", "review", "roles", "screen", "sections", "suspect"],
    &["conflict", "coverage", "finding", "render", "workflow"],
    &["schema"],
    &["compile"],
    &["adopt", "disk", "git", "python", "report"],
    &["print"],
    &["commands"],
    &["mcp"],
    &["cli", "lib", "main"],
];

/// Crates that one module hides from the others. The others are vocabulary that several share.
const HIDDEN: [(&str, &str); 25] = [
    ("tiktoken_rs", "tokens"),
    ("serde_yaml", "yaml"),
    ("unicode_normalization", "lookalike"),
    ("unicode_script", "lookalike"),
    ("pulldown_cmark", "paper"),
    ("minijinja", "render"),
    ("jsonschema", "schema"),
    ("similar", "artifact"),
    ("toml", "config"),
    ("tempfile", "disk"),
    ("ignore", "disk"),
    ("globset", "glob"),
    ("blake3", "fingerprint"),
    ("ast_grep_config", "review"),
    ("ast_grep_core", "review"),
    ("ast_grep_language", "review"),
    ("aho_corasick", "review"),
    ("regex", "review"),
    ("regex_syntax", "review"),
    ("annotate_snippets", "print"),
    ("comfy_table", "print"),
    ("thiserror", "splice"),
    ("jsonc_parser", "hook"),
    ("rmcp", "mcp"),
    ("tokio", "mcp"),
];

fn sources() -> Vec<(String, PathBuf, String)> {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    assert!(files.len() > 30, "the sources are where the test looks for them");
    files
}

fn collect(folder: &Path, files: &mut Vec<(String, PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let inside = path.strip_prefix("src").expect("it lies in src");
            let first = inside.components().next().expect("it has a name").as_os_str().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a source is text");
            files.push((first.trim_end_matches(".rs").to_owned(), path, text));
        }
    }
}

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|modules| modules.contains(&module)).unwrap_or_else(|| panic!("`{module}` has no layer"))
}

/// The modules that a source names after `crate::`, in braces too.
fn imports(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => found.push(word(rest)),
            Some(list) => {
                let mut depth = 0;
                for part in list.split_inclusive([',', '{', '}']) {
                    if depth == 0 && !word(part.trim_start()).is_empty() {
                        found.push(word(part.trim_start()));
                    }
                    depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
                    if depth < 0 {
                        break;
                    }
                }
            }
        }
    }
    found
}

#[test]
fn imports_point_downwards() {
    let mut seen = 0;
    for (module, path, text) in sources() {
        for import in imports(&text).into_iter().filter(|import| *import != module) {
            seen += 1;
            let (own, other) = (layer(&module), layer(&import));
            assert!(other < own, "{} (layer {own}) imports `{import}` (layer {other})", path.display());
        }
    }
    assert!(seen > 100, "imports are found");
}

#[test]
fn a_dependency_lives_in_one_module() {
    let mut seen = 0;
    for (module, path, text) in sources() {
        for (dependency, home) in HIDDEN {
            let named = text.contains(&format!("{dependency}::")) || text.contains(&format!("use {dependency}"));
            seen += usize::from(named);
            assert!(!named || module == home, "{} names {dependency}, whose place is `{home}`", path.display());
        }
    }
    assert!(seen >= HIDDEN.len(), "every dependency of the table is found");
}

#[test]
fn every_file_says_on_its_first_line_what_it_is() {
    for (_, path, text) in sources() {
        assert!(text.starts_with("//! "), "{} does not begin with its idea", path.display());
    }
}

#[test]
fn the_page_shows_the_same_layers() {
    let page = fs::read_to_string("ARCHITECTURE.md").expect("the page is there");
    for (number, modules) in LAYERS.iter().enumerate() {
        let names: Vec<String> = modules.iter().map(|module| format!("`{module}`")).collect();
        let row = format!("| {number} | {} |", names.join(", "));
        assert!(page.contains(&row), "ARCHITECTURE.md lacks the row {row}");
    }
}
