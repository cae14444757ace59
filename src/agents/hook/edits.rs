//! What a tool has written, by file, as its call says, and where that is in the file now: a program may hand over the text
//! of an edit, a patch, or the lines that it changed.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value;

use crate::input::formats::notebook::{self, Notebook};

/// The most edits of one file that are looked for.
const MOST_HUNKS: usize = 200;
/// The fewest characters by which a line is known again after a formatter.
const TELLING: usize = 8;

/// What a tool has written into a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Edit {
    pub path: String,
    /// All of the file is new.
    pub is_whole: bool,
    hunks: Vec<Hunk>,
    /// Lines, from 0, that the program says are new.
    lines: Vec<Range<usize>>,
}

/// A stretch of text that was put in.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hunk {
    /// What it follows somewhere, as `def g(a):`.
    anchor: String,
    /// Each line as it is now, and is it new? The text of an edit has one "line" of all that it put in.
    lines: Vec<(String, bool)>,
    /// Does it begin and end where lines do?
    of_lines: bool,
    /// Was every such text replaced?
    is_everywhere: bool,
    /// The byte that it begins at, if the file before the edit is known.
    at: Option<usize>,
}

/// Where the written text is in a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    /// Ranges of bytes, in order, none touching another.
    pub ranges: Vec<Range<usize>>,
    /// Is all that was written among them?
    pub is_all_found: bool,
}

impl Written {
    /// Does a range of the text touch what was written?
    pub fn touches(&self, range: &Range<usize>) -> bool {
        let next = self.ranges.partition_point(|part| part.end <= range.start);
        self.ranges.get(next).is_some_and(|part| part.start < range.end)
    }
}

/// The files that a tool has written, each once.
pub fn of(input: &Value, response: &Value) -> Vec<Edit> {
    let path = ["file_path", "notebook_path"].iter().find_map(|key| input[*key].as_str());
    if let Some(path) = path {
        return vec![of_file(path, input, response)];
    }
    // Codex hands over the text of a patch, or the words of a command that has it.
    let patch = ["command", "input", "patch"].iter().find_map(|key| text(&input[*key]));
    let mut edits: Vec<Edit> = Vec::new();
    let mut places = HashMap::new();
    for edit in patch.map(|patch| of_patch(&patch)).unwrap_or_default() {
        let place = *places.entry(edit.path.clone()).or_insert(edits.len());
        match edits.get_mut(place) {
            Some(known) => known.add(edit),
            None => edits.push(edit),
        }
    }
    edits
}

fn text(value: &Value) -> Option<String> {
    let words = || value.as_array().map(|words| words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"));
    value.as_str().map(str::to_owned).or_else(words)
}

/// One file, with the text that was put in by one edit or several.
fn of_file(path: &str, input: &Value, response: &Value) -> Edit {
    let edits = input["edits"].as_array().map_or(std::slice::from_ref(input), Vec::as_slice);
    let put_in =
        |edit: &Value| ["new_string", "new_source"].iter().find_map(|key| edit[*key].as_str().map(str::to_owned));
    let before = response["originalFile"].as_str().map(unified);
    let hunk = |edit: &Value| {
        let new = unified(&put_in(edit)?);
        let is_everywhere = edit["replace_all"].as_bool().unwrap_or_default();
        // Only of a lone edit: one after another, they move each other.
        let old = edit["old_string"].as_str().map(unified).filter(|old| !old.is_empty() && edits.len() == 1);
        let at = before.as_ref().zip(old).and_then(|(before, old)| before.find(&old));
        Some(Hunk { lines: vec![(new, true)], is_everywhere, at, ..Hunk::default() })
    };
    let is_whole = edits.iter().all(|edit| put_in(edit).is_none());
    let lines = response["structuredPatch"].as_array().into_iter().flatten().flat_map(lines_of_hunk);
    Edit { path: path.to_owned(), is_whole, hunks: edits.iter().filter_map(hunk).collect(), lines: lines.collect() }
}

/// The new lines of a hunk as Claude Code gives it: `newStart`, and lines that begin with `+`, `-` or a space.
fn lines_of_hunk(hunk: &Value) -> Vec<Range<usize>> {
    let mut line = hunk["newStart"].as_u64().and_then(|line| usize::try_from(line).ok()).unwrap_or(0).saturating_sub(1);
    let mut new = Vec::new();
    for text in hunk["lines"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        match text.as_bytes().first() {
            Some(b'-' | b'\\') => continue,
            Some(b'+') => new.push(line..line + 1),
            Some(_) | None => {}
        }
        line += 1;
    }
    new
}

/// The files of a patch in the form of Codex, or a unified diff.
fn of_patch(patch: &str) -> Vec<Edit> {
    let is_unified = !patch.lines().any(|line| line.starts_with("*** "));
    let mut edits: Vec<Edit> = Vec::new();
    let mut is_deleted = false;
    for line in patch.lines() {
        let name = |mark: &str| line.strip_prefix(mark).map(|name| name.trim().to_owned());
        if let Some(path) = name("*** Update File: ").or_else(|| name("*** Add File: ")) {
            let is_whole = line.starts_with("*** Add");
            edits.push(Edit { path, is_whole, ..Edit::default() });
            is_deleted = false;
        } else if let Some(path) = name("+++ ").filter(|_| is_unified) {
            let path = path.split('\t').next().unwrap_or_default();
            let path = path.strip_prefix("b/").unwrap_or(path).to_owned();
            edits.push(Edit { path, ..Edit::default() });
        } else if let (Some(path), Some(edit)) = (name("*** Move to: "), edits.last_mut()) {
            edit.path = path;
        } else if line.starts_with("*** Delete File: ") {
            is_deleted = true;
        } else if let Some(edit) = edits.last_mut().filter(|_| !is_deleted && !line.starts_with("***")) {
            edit.patch_line(line, is_unified);
        }
    }
    edits.retain(|edit| edit.path != "/dev/null");
    edits
}

impl Edit {
    fn add(&mut self, other: Edit) {
        self.is_whole |= other.is_whole;
        self.hunks.extend(other.hunks);
        self.lines.extend(other.lines);
    }

    fn patch_line(&mut self, line: &str, is_unified: bool) {
        if let Some(rest) = line.strip_prefix("@@") {
            let anchor = if is_unified { "" } else { rest.trim() };
            self.hunks.push(Hunk { of_lines: true, anchor: anchor.to_owned(), ..Hunk::default() });
            return;
        }
        let (Some(mark), text) = (line.chars().next(), line.get(1..).unwrap_or_default()) else { return };
        if !matches!(mark, '+' | ' ') || is_unified && self.hunks.is_empty() {
            return;
        }
        if self.hunks.is_empty() {
            self.hunks.push(Hunk { of_lines: true, ..Hunk::default() });
        }
        let hunk = self.hunks.last_mut().expect("there is one by now");
        hunk.lines.push((text.to_owned(), mark == '+'));
    }

    /// Where the text that was written is in the file as it is now. What is not found as it was written is looked for line by
    /// line, as a formatter may have been there.
    pub fn written(&self, text: &str) -> Written {
        if self.is_whole {
            return Written { ranges: std::iter::once(0..text.len()).collect(), is_all_found: true };
        }
        if let Some(notebook) = notebook::is_notebook(&self.path).then(|| Notebook::read(text).ok()).flatten() {
            let Written { mut ranges, is_all_found } = self.found_in(&notebook.source);
            ranges.iter_mut().for_each(|range| *range = notebook.in_file(range));
            return Written { ranges, is_all_found };
        }
        self.found_in(text)
    }

    fn found_in(&self, text: &str) -> Written {
        let plain = unified(text);
        let lines = Lines { text: &plain, known: OnceCell::new() };
        let mut found = Vec::new();
        let mut is_all_found = true;
        let mut from = 0;
        for hunk in self.hunks.iter().filter(|hunk| hunk.is_telling()).take(MOST_HUNKS) {
            match hunk.find(&lines, from) {
                Some(parts) => {
                    // The next hunk of a patch is further down.
                    from = if hunk.of_lines { parts.last().map_or(from, |part| part.end) } else { 0 };
                    found.extend(parts);
                }
                None => is_all_found = false,
            }
        }
        is_all_found &= self.hunks.len() <= MOST_HUNKS;
        if !is_all_found && !self.lines.is_empty() {
            let starts: Vec<usize> =
                std::iter::once(0).chain(plain.match_indices('\n').map(|(at, _)| at + 1)).collect();
            let bytes = |lines: &Range<usize>| {
                let end = starts.get(lines.end).map_or(plain.len(), |end| end - 1);
                Some(*starts.get(lines.start)?..end)
            };
            found.extend(self.lines.iter().filter_map(bytes));
            is_all_found = true;
        }
        Written { ranges: joined(found, &returns(text)), is_all_found }
    }
}

impl Hunk {
    /// Does it put in anything? What was only taken out leaves nothing to look at.
    fn is_telling(&self) -> bool {
        self.lines.iter().any(|(text, is_new)| *is_new && !text.trim().is_empty())
    }

    fn find(&self, file: &Lines, from: usize) -> Option<Vec<Range<usize>>> {
        let text = file.text;
        let lines: Vec<&str> = self.lines.iter().map(|(line, _)| line.as_str()).collect();
        let block = lines.join("\n");
        let starts_here = |at: &usize| {
            let ends_line = |end: usize| text[end..].starts_with('\n') || end == text.len();
            !self.of_lines || (*at == 0 || text[..*at].ends_with('\n')) && ends_line(at + block.len())
        };
        if let Some(at) = self.at.filter(|at| text.get(*at..).is_some_and(|rest| rest.starts_with(&block))) {
            return Some(self.new_parts(at));
        }
        let mut starts = text.match_indices(&block).map(|(at, _)| at).filter(starts_here);
        if self.is_everywhere {
            let parts: Vec<_> = starts.map(|at| at..at + block.len()).collect();
            return Some(parts).filter(|parts| !parts.is_empty());
        }
        let first = starts.next();
        let is_only = starts.next().is_none();
        match first {
            Some(at) if is_only => Some(self.new_parts(at)),
            Some(_) => self.next(text, from, &block, &starts_here).map(|at| self.new_parts(at)),
            None => self.by_line(file),
        }
    }

    /// Of several places in a file the one that a patch means: behind its anchor and the hunk before. A text without
    /// anything around it may be any of them.
    fn next(&self, text: &str, from: usize, block: &str, starts_here: &impl Fn(&usize) -> bool) -> Option<usize> {
        let has_context = self.lines.iter().any(|(line, is_new)| !is_new && !line.trim().is_empty());
        if !self.of_lines || self.anchor.is_empty() && !has_context {
            return None;
        }
        let anchored = || from + text[from..].find(&self.anchor).unwrap_or(0);
        let from = if self.anchor.is_empty() { from } else { anchored() };
        text[from..].match_indices(block).map(|(at, _)| from + at).find(starts_here)
    }

    /// The new lines of a hunk that begins at a byte.
    fn new_parts(&self, at: usize) -> Vec<Range<usize>> {
        let mut start = at;
        let mut parts = Vec::new();
        for (line, is_new) in &self.lines {
            let end = start + line.len();
            if *is_new {
                parts.push(start..end);
            }
            start = end + 1;
        }
        parts
    }

    /// Its new lines, each where the file has it once but for spaces; `None` if not one of them is there.
    fn by_line(&self, file: &Lines) -> Option<Vec<Range<usize>>> {
        let new = self.lines.iter().filter(|(_, is_new)| *is_new).flat_map(|(line, _)| line.lines()).map(squeezed);
        let telling = new.filter(|line| line.chars().count() >= TELLING);
        let parts: Vec<_> = telling.filter_map(|line| file.only(&line)).collect();
        Some(parts).filter(|parts| !parts.is_empty())
    }
}

/// The lines of a file, to be found again whatever spaces are in them.
struct Lines<'a> {
    text: &'a str,
    /// By their characters, the one place of each, or none where there are several.
    known: OnceCell<HashMap<String, Option<Range<usize>>>>,
}

impl Lines<'_> {
    /// Where a line is that the file has once.
    fn only(&self, line: &str) -> Option<Range<usize>> {
        let known = self.known.get_or_init(|| {
            let mut known: HashMap<String, Option<Range<usize>>> = HashMap::new();
            let mut start = 0;
            for line in self.text.split('\n') {
                let place = start..start + line.len();
                start = place.end + 1;
                known.entry(squeezed(line)).and_modify(|place| *place = None).or_insert(Some(place));
            }
            known
        });
        known.get(line)?.clone()
    }
}

fn squeezed(line: &str) -> String {
    line.split_whitespace().collect()
}

/// A text with the line ends of Unix.
fn unified(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The places of the carriage returns that [`unified`] leaves out, counted without them.
fn returns(text: &str) -> Vec<usize> {
    text.match_indices("\r\n").enumerate().map(|(before, (at, _))| at - before).collect()
}

/// Ranges in order, as they are in the text with its carriage returns, with those that touch made one.
fn joined(mut ranges: Vec<Range<usize>>, returns: &[usize]) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let there = |at: usize| at + returns.partition_point(|place| *place < at);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        let range = there(range.start)..there(range.end);
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CODE: &str = "def f(a, b):\n    return a in set(b)\n\n\ndef g(a):\n    return a\n";

    /// The texts that were written, and whether they are all that was.
    fn written(input: &Value, response: &Value, text: &str) -> (Vec<String>, bool) {
        let edits = of(input, response);
        let written = edits[0].written(text);
        (written.ranges.iter().map(|range| text[range.clone()].to_owned()).collect(), written.is_all_found)
    }

    fn of_edit(new: &str, text: &str) -> (Vec<String>, bool) {
        written(&json!({ "file_path": "a.py", "new_string": new }), &Value::Null, text)
    }

    fn all(parts: &[&str]) -> (Vec<String>, bool) {
        (parts.iter().map(|part| (*part).to_owned()).collect(), true)
    }

    #[test]
    fn of_a_patch_the_added_lines_are_written() {
        let patch = |lines: &str| {
            let patch = format!("*** Begin Patch\n*** Update File: src/a.py\n{lines}\n*** End Patch");
            written(&json!({ "command": patch }), &Value::Null, CODE)
        };
        assert_eq!(patch("@@ def g(a):\n-    return b\n+    return a"), all(&["    return a"]));
        assert_eq!(patch("@@\n def f(a, b):\n-    x\n+    return a in set(b)"), all(&["    return a in set(b)"]));
        assert_eq!(patch("-    x\n+    return a in set(b)\n \n \n def g(a):"), all(&["    return a in set(b)"]));
        assert_eq!(patch("@@\n-gone\n"), all(&[]));
        assert_eq!(patch("@@\n+nowhere(1, 2)"), (vec![], false));
        // As text of a shell command, and as its words.
        let words = json!({ "command": ["apply_patch", "*** Begin Patch\n*** Add File: a.py\n+x\n*** End Patch"] });
        assert_eq!(written(&words, &Value::Null, "x\n"), all(&["x\n"]));
    }

    #[test]
    fn a_patch_names_its_files_once_and_under_their_new_names() {
        let patch = "*** Begin Patch\n*** Update File: a.py\n*** Move to: b.py\n@@\n+x = 1\n*** Delete File: c.py\n\
                     *** Add File: d.py\n+y\n*** Update File: b.py\n@@\n+z = 2\n*** End Patch";
        let edits = of(&json!({ "input": patch }), &Value::Null);
        assert_eq!(edits.iter().map(|edit| edit.path.as_str()).collect::<Vec<_>>(), ["b.py", "d.py"]);
        assert!(edits[0].written("x = 1\nz = 2\n").is_all_found);
        let diff =
            "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n--- a/b.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        let edits = of(&json!({ "patch": diff }), &Value::Null);
        assert_eq!(edits.iter().map(|edit| edit.path.as_str()).collect::<Vec<_>>(), ["a.py"]);
        assert_eq!(edits[0].written("x\nz\n").ranges.as_slice(), std::slice::from_ref(&(2..3)));
    }

    #[test]
    fn ends_of_lines_and_spaces_of_a_formatter_are_no_difference() {
        let crlf = CODE.replace('\n', "\r\n");
        assert_eq!(of_edit("def g(a):\n    return a\n", &crlf), all(&["def g(a):\r\n    return a\r\n"]));
        assert_eq!(of_edit("def g(a):\r\n    return a\r\n", CODE), all(&["def g(a):\n    return a\n"]));
        assert_eq!(of_edit("return a   in set( b )", CODE), all(&["    return a in set(b)"]));
        assert_eq!(of_edit("", CODE), all(&[]));
        assert_eq!(of_edit("never = written(by, anybody)", CODE), (vec![], false));
    }

    #[test]
    fn a_short_text_is_looked_for_where_the_program_says() {
        let input = json!({ "file_path": "a.py", "old_string": "b\n", "new_string": "a\n" });
        assert_eq!(written(&input, &Value::Null, "x = a\ny = a\n"), (vec![], false));
        let before = json!({ "originalFile": "x = a\ny = b\n" });
        assert_eq!(written(&input, &before, "x = a\ny = a\n"), all(&["a\n"]));
        let patch = json!({ "structuredPatch": [{ "newStart": 1, "lines": [" x = a", "-y = b", "+y = a"] }] });
        assert_eq!(written(&input, &patch, "x = a\ny = a\n"), all(&["y = a"]));
        let everywhere = json!({ "file_path": "a.py", "new_string": "a", "replace_all": true });
        assert_eq!(written(&everywhere, &Value::Null, "x = a\ny = a\n"), all(&["a", "a"]));
        let both = json!({ "file_path": "a.py", "edits": [{ "new_string": "x = a" }, { "new_string": "y" }] });
        assert_eq!(written(&both, &Value::Null, "x = a\ny = b\n"), all(&["x = a", "y"]));
    }

    #[test]
    fn a_text_that_is_found_a_million_times_is_looked_for_once() {
        let text = "#".repeat(1_000_000);
        let input = json!({ "file_path": "a.py", "new_string": "#", "replace_all": true });
        let written = of(&input, &Value::Null)[0].written(&text);
        assert_eq!(written.ranges.as_slice(), std::slice::from_ref(&(0..1_000_000)));
        assert!(written.touches(&(5..6)) && !written.touches(&(1_000_000..1_000_001)));
    }
}
