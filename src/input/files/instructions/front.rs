//! The front matter of an instruction file, read as leniently as the tools read it: `globs: *.ts` is no YAML, and stands in
//! thousands of files.

use std::collections::BTreeMap;

use crate::input::formats::front_matter;

/// The keys with their values, and where the body begins.
#[derive(Debug, Default)]
pub struct Front {
    values: BTreeMap<String, Vec<String>>,
    /// The first byte behind the front matter.
    pub body: usize,
}

/// Reads the keys at the left margin, with a value or a list.
pub fn read(text: &str) -> Front {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let Some(range) = front_matter::range(&text[start..]) else { return Front { body: start, ..Front::default() } };
    let mut front = Front { body: start + front_matter::length(&text[start..]), ..Front::default() };
    let mut key = String::new();
    for line in text[start..][range].lines() {
        let item = line.trim_start().strip_prefix("- ").map(unquoted).filter(|item| !item.is_empty());
        if let Some(item) = item {
            front.values.entry(key.clone()).or_default().push(item);
        } else if let Some((name, value)) = line.split_once(':').filter(|_| !line.starts_with([' ', '\t', '#'])) {
            key = name.trim().to_owned();
            let values = front.values.entry(key.clone()).or_default();
            let value = value.trim();
            match value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
                Some(list) => values.extend(list.split(',').map(unquoted).filter(|value| !value.is_empty())),
                None => values
                    .extend(Some(unquoted(value)).filter(|value| !value.is_empty() && value != ">" && value != "|")),
            }
        }
    }
    front
}

fn unquoted(value: &str) -> String {
    value.trim().trim_matches(['"', '\'']).to_owned()
}

impl Front {
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The one value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.first().map(String::as_str)
    }

    /// What `globs` (Cursor), `paths` (Claude Code) and `applyTo` (Copilot) name; a list between commas counts as one.
    pub fn globs(&self) -> Vec<String> {
        let named = ["globs", "paths", "applyTo"].iter().filter_map(|key| self.values.get(*key)).flatten();
        let all = named.flat_map(|value| parts(value));
        all.filter(|glob| !matches!(glob.as_str(), "**" | "**/*" | "*")).collect()
    }
}

/// The globs of a list; a comma between braces belongs to its glob.
fn parts(list: &str) -> Vec<String> {
    let mut depth = 0;
    let split = list.split(|c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    split.map(unquoted).filter(|glob| !glob.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_read_as_the_tools_do() {
        let globs = |front: &str| read(&format!("---\n{front}\n---\ntext\n")).globs();
        assert_eq!(globs("globs: *.ts,src/**/*.{a,b}"), ["*.ts", "src/**/*.{a,b}"]);
        assert_eq!(globs("paths:\n  - \"src/**\"\n  - docs/*.md"), ["src/**", "docs/*.md"]);
        assert_eq!(globs("applyTo: \"**\""), [""; 0]);
        assert_eq!(globs("globs: [\"a/*\", 'b']\ndescription: x"), ["a/*", "b"]);
        assert_eq!(read("# no front matter\n").body, 0);
    }
}
