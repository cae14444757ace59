//! Notebooks of Jupyter: the Python of their cells as one text, and the way back to the places in the file. What only IPython
//! reads, such as `%time` and `!ls`, is a comment in that text.

use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// The code of a notebook.
#[derive(Debug, Default)]
pub struct Notebook {
    /// The cells as they are in the file, one after the other.
    pub source: String,
    /// The same as Python alone reads it; every character has its place.
    pub code: String,
    /// Stretches of `source` that are alike in the file, in order.
    runs: Vec<Run>,
    /// The number of each cell of code among all cells, from 1, and where it begins in `source`.
    cells: Vec<(usize, usize)>,
}

/// A stretch without an escape, or one escape.
#[derive(Debug)]
struct Run {
    source: Range<usize>,
    file: Range<usize>,
}

/// Is it the name of a notebook?
pub fn is_notebook(path: &str) -> bool {
    path.ends_with(".ipynb")
}

/// The name of a file of code that is like a notebook.
pub fn as_code(path: &str) -> String {
    path.strip_suffix(".ipynb").map_or_else(|| path.to_owned(), |stem| format!("{stem}.py"))
}

/// What is asked of a notebook besides its cells.
#[derive(Default, Deserialize)]
struct Head {
    #[serde(default)]
    metadata: Value,
    cells: Option<IgnoredAny>,
}

impl Notebook {
    /// Reads a file. One of another language has no cells.
    ///
    /// # Errors
    /// Where it is no JSON, or no notebook.
    pub fn read(file: &str) -> Result<Self, usize> {
        let head: Head = serde_json::from_str(file).map_err(|error| place(file, &error))?;
        if head.cells.is_none() {
            return Err(0);
        }
        let mut notebook = Self::default();
        if is_python(&head.metadata) {
            notebook.read_cells(file);
        }
        notebook.code = code(&notebook.source, &notebook.cells);
        Ok(notebook)
    }

    /// From a text that is known to be JSON.
    fn read_cells(&mut self, file: &str) {
        let json = Json(file);
        let top = json.skip_space(0);
        let Some(cells) = json.entries(top).find(|(key, _)| &file[key.clone()] == "cells") else { return };
        for (number, cell) in json.items(cells.1).enumerate() {
            let entry = |wanted: &str| json.entries(cell).filter(|(key, _)| &file[key.clone()] == wanted).last();
            let is_code = entry("cell_type").is_some_and(|(_, value)| file[value..].starts_with("\"code\""));
            let Some((_, source)) = entry("source").filter(|_| is_code) else { continue };
            self.cells.push((number + 1, self.source.len()));
            match file.as_bytes()[source] {
                b'"' => self.add(file, json.text(source)),
                b'[' => {
                    for line in json.items(source).filter(|line| file[*line..].starts_with('"')) {
                        self.add(file, json.text(line));
                    }
                }
                _ => {}
            }
            if !self.source.is_empty() && !self.source.ends_with('\n') {
                self.source.push('\n');
            }
        }
    }

    /// Adds what is between two quotation marks.
    fn add(&mut self, file: &str, text: Range<usize>) {
        let mut at = text.start;
        while at < text.end {
            let plain = file[at..text.end].find('\\').map_or(text.end, |found| at + found);
            let end = if plain > at { plain } else { escape_end(file, at) };
            let start = self.source.len();
            if plain > at {
                self.source.push_str(&file[at..end]);
            } else {
                // Half of a pair that lacks the other half is no character.
                let escape: Option<String> = serde_json::from_str(&format!("\"{}\"", &file[at..end])).ok();
                self.source.push_str(escape.as_deref().unwrap_or("\u{fffd}"));
            }
            self.runs.push(Run { source: start..self.source.len(), file: at..end });
            at = end;
        }
    }

    /// A range of the code as one of the file.
    pub fn in_file(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.run(range.start).map_or(0, |run| run.place(range.start, run.file.start));
        let end = match range.end.checked_sub(1).filter(|last| *last >= range.start) {
            None => start,
            Some(last) => self.run(last).map_or(start, |run| run.place(range.end, run.file.end)),
        };
        start..end.max(start)
    }

    /// The last stretch that begins at a byte or before.
    fn run(&self, at: usize) -> Option<&Run> {
        let next = self.runs.partition_point(|run| run.source.start <= at);
        self.runs.get(next.saturating_sub(1))
    }

    /// The cell that a byte of the file is in, among all cells from 1, and the line of it from 1.
    pub fn cell_of(&self, at: usize) -> Option<(usize, usize)> {
        let next = self.runs.partition_point(|run| run.file.start <= at);
        let run = self.runs.get(next.checked_sub(1)?)?;
        let at = run.place_back(at);
        let (number, start) = self.cells[self.cells.partition_point(|(_, start)| *start <= at).checked_sub(1)?];
        Some((number, 1 + self.source[start..at].matches('\n').count()))
    }
}

impl Run {
    /// Is every byte of it the same byte of the file?
    fn is_plain(&self) -> bool {
        self.source.len() == self.file.len()
    }

    /// The byte of the file that a byte is; of an escape, one of its ends.
    fn place(&self, at: usize, of_escape: usize) -> usize {
        if self.is_plain() { self.file.start + at.min(self.source.end) - self.source.start } else { of_escape }
    }

    /// The byte of the source that a byte of the file is.
    fn place_back(&self, at: usize) -> usize {
        if self.is_plain() { self.source.start + at.min(self.file.end) - self.file.start } else { self.source.start }
    }
}

/// The byte of the file that an error is at.
fn place(file: &str, error: &serde_json::Error) -> usize {
    let lines = file.split_inclusive('\n').take(error.line().saturating_sub(1));
    let at = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
    (0..=at.min(file.len())).rev().find(|at| file.is_char_boundary(*at)).unwrap_or(0)
}

/// Where the escape ends that begins at a byte; a pair of them is one.
fn escape_end(file: &str, at: usize) -> usize {
    let one = |at: usize| if file[at..].starts_with("\\u") { at + 6 } else { at + 2 };
    let end = one(at);
    let unit = |at: usize| file.get(at + 2..at + 6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let is_half = |unit: Option<u32>, first: u32| unit.is_some_and(|unit| unit & 0xfc00 == first);
    let is_pair =
        end == at + 6 && is_half(unit(at), 0xd800) && file[end..].starts_with("\\u") && is_half(unit(end), 0xdc00);
    if is_pair { end + 6 } else { end }
}

/// A notebook that does not say its language is of Python.
fn is_python(metadata: &Value) -> bool {
    let said = ["/language_info/name", "/kernelspec/language"];
    let language = said.into_iter().find_map(|path| metadata.pointer(path)?.as_str());
    language.is_none_or(|language| language.to_lowercase().contains("python"))
}

/// A text that is JSON, whose values are known by where they begin.
struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    fn byte(&self, at: usize) -> u8 {
        self.0.as_bytes().get(at).copied().unwrap_or_default()
    }

    fn skip_space(&self, at: usize) -> usize {
        let rest = self.0.as_bytes().get(at..).unwrap_or_default();
        at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
    }

    /// What is between the quotation marks of a text.
    fn text(&self, start: usize) -> Range<usize> {
        let mut at = start + 1;
        while !matches!(self.byte(at), b'"' | 0) {
            at += if self.byte(at) == b'\\' { 2 } else { 1 };
        }
        start + 1..at
    }

    /// Where a value ends.
    fn end(&self, start: usize) -> usize {
        let mut depth = 0_usize;
        let mut at = start;
        loop {
            match self.byte(at) {
                b'"' => at = self.text(at).end + 1,
                b'{' | b'[' => {
                    depth += 1;
                    at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    at += 1;
                }
                b'}' | b']' | b',' if depth == 0 => return at,
                _ if at >= self.0.len() => return at,
                _ => at += 1,
            }
            if depth == 0 && matches!(self.byte(start), b'"' | b'{' | b'[') {
                return at;
            }
        }
    }

    /// Where each value of a list begins.
    fn items(&self, list: usize) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let mut next = (self.byte(list) == b'[').then(|| self.skip_space(list + 1));
        std::iter::from_fn(move || {
            let item = next.filter(|at| *at < self.0.len() && self.byte(*at) != b']')?;
            next = self.behind(item);
            Some(item)
        })
    }

    /// The keys of an object, without quotation marks, and where each value begins.
    fn entries(&self, object: usize) -> impl Iterator<Item = (Range<usize>, usize)> + use<'_, 'a> {
        let mut next = (self.byte(object) == b'{').then(|| self.skip_space(object + 1));
        std::iter::from_fn(move || {
            let key = self.text(next.filter(|at| self.byte(*at) == b'"')?);
            let colon = self.skip_space(key.end + 1);
            let value = self.skip_space(colon + 1);
            next = self.behind(value);
            Some((key, value))
        })
    }

    /// Where the next value or key begins behind a value.
    fn behind(&self, value: usize) -> Option<usize> {
        let comma = self.skip_space(self.end(value));
        (self.byte(comma) == b',').then(|| self.skip_space(comma + 1))
    }
}

/// Magics of cells whose other lines are Python.
const OF_PYTHON: [&str; 7] = ["time", "timeit", "capture", "prun", "python", "python3", "pypy"];

/// Cells as Python reads them.
fn code(source: &str, cells: &[(usize, usize)]) -> String {
    let mut code = String::with_capacity(source.len());
    let ends = cells.iter().skip(1).map(|(_, start)| *start).chain([source.len()]);
    for ((_, start), end) in cells.iter().zip(ends) {
        let cell = &source[*start..end];
        let magic = cell.trim_start().strip_prefix("%%").map(|rest| rest.split_whitespace().next().unwrap_or_default());
        let is_foreign = magic.is_some_and(|magic| !OF_PYTHON.contains(&magic));
        for line in cell.split_inclusive('\n') {
            match magic_at(line) {
                _ if is_foreign => comment(&mut code, line, 0),
                None => code.push_str(line),
                Some(at) => comment(&mut code, line, at),
            }
        }
    }
    code
}

/// Where in a line IPython's own begins.
fn magic_at(line: &str) -> Option<usize> {
    let text = line.trim_end();
    let start = text.len() - text.trim_start().len();
    let is_magic = |text: &str| {
        let mut bytes = text.bytes();
        match (bytes.next(), bytes.next()) {
            (Some(b'%'), Some(next)) => next == b'%' || next.is_ascii_alphabetic(),
            (Some(b'!'), Some(next)) => next != b'=',
            (Some(b'?'), _) => true,
            _ => false,
        }
    };
    let text = &text[start..];
    if is_magic(text) || text.ends_with('?') && !text.contains(['#', '"', '\'']) {
        return Some(start);
    }
    let (name, value) = text.split_once('=')?;
    let is_call = value.trim_start().starts_with(['%', '!']);
    let is_name = name.trim().chars().all(|c| c.is_alphanumeric() || "_, ".contains(c));
    let space = value.len() - value.trim_start().len();
    (is_name && is_call && is_magic(value.trim_start())).then_some(start + name.len() + 1 + space)
}

/// Adds a line whose part from a byte on is a comment, or a value and a comment where there must be one.
fn comment(code: &mut String, line: &str, at: usize) {
    let (before, rest) = line.split_at(at);
    code.push_str(before);
    let Some(first) = rest.chars().next().filter(|first| *first != '\n') else {
        code.push_str(rest);
        return;
    };
    let marks = if before.trim().is_empty() { "#" } else { "0#" };
    // Spaces make them as long as the characters that they take the place of.
    let least = first.len_utf8().max(marks.len());
    let width = (least..rest.len()).find(|width| rest.is_char_boundary(*width)).unwrap_or(rest.len());
    code.push_str(marks);
    code.extend(std::iter::repeat_n(' ', width - marks.len()));
    code.push_str(&rest[width..]);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn notebook(cells: &Value) -> String {
        json!({ "cells": cells, "metadata": { "language_info": { "name": "python" } }, "nbformat": 4 }).to_string()
    }

    fn code_cell(source: &Value) -> Value {
        json!({ "outputs": [{ "text": "x\\\"]}" }], "cell_type": "code", "source": source })
    }

    #[test]
    fn places_lead_to_the_file_and_to_the_cell() {
        let cells = json!([
            { "cell_type": "markdown", "source": ["import none"] },
            code_cell(&json!(["import json\n", "x = \"é\\n😀\"\n", "json.dumps(x)"])),
            code_cell(&json!("a\nb = '\"'\nlast")),
        ]);
        // As text, with every character beyond ASCII as an escape, and indented.
        let plain = notebook(&cells);
        let escaped = plain.replace('é', "\\u00e9").replace('😀', "\\ud83d\\ude00");
        let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&plain).expect("JSON")).expect("JSON");
        for file in [plain, escaped, pretty] {
            let notebook = Notebook::read(&file).expect("it is one");
            assert_eq!(notebook.source, "import json\nx = \"é\\n😀\"\njson.dumps(x)\na\nb = '\"'\nlast\n");
            for (found, cell) in [("json.dumps(x)", (2, 3)), ("import json", (2, 1)), ("last", (3, 3)), ("= '", (3, 2))]
            {
                let at = notebook.code.find(found).expect("it is there");
                let range = notebook.in_file(&(at..at + found.len()));
                assert_eq!(&file[range.clone()], found);
                assert_eq!(notebook.cell_of(range.start), Some(cell), "{found}");
            }
            let at = notebook.code.find("é").expect("it is there");
            let range = notebook.in_file(&(at..at + 2));
            assert!(["é", "\\u00e9"].contains(&&file[range]));
        }
    }

    #[test]
    fn what_only_ipython_reads_is_a_comment() {
        let cells = json!([
            code_cell(&json!(
                "%matplotlib inline\n!ls -l\nx = !ls\n?x\nx?\nz = !é\ny = (a\n % b\n != c)\n  %time f()\n"
            )),
            code_cell(&json!("%%time\nf()\n")),
            code_cell(&json!("%%bash\nls\n\né\n")),
        ]);
        let notebook = Notebook::read(&notebook(&cells)).expect("it is one");
        assert_eq!(
            notebook.code,
            "#matplotlib inline\n#ls -l\nx = 0#s\n#x\n#?\nz = 0# \ny = (a\n % b\n != c)\n  #time f()\n#%time\nf()\n#%bash\n#s\n\n# \n"
        );
        assert_eq!(notebook.code.len(), notebook.source.len());
    }

    #[test]
    fn other_languages_have_no_code_and_other_files_are_no_notebooks() {
        let of_r = json!({ "cells": [code_cell(&json!("f()"))], "metadata": { "kernelspec": { "language": "R" } } });
        assert_eq!(Notebook::read(&of_r.to_string()).expect("it is one").code, "");
        assert_eq!(Notebook::read("{\"cells\": [\n  é]}").expect_err("it is none"), 14);
        assert_eq!(Notebook::read("{}").expect_err("it is none"), 0);
        let odd =
            json!({ "cells": [1, null, {}, { "cell_type": "code" }, { "cell_type": "code", "source": [1, "a"] }] });
        assert_eq!(Notebook::read(&odd.to_string()).expect("it is one").code, "a\n");
        let half = r#"{"cells": [{"cell_type": "code", "source": "a\ud83d\n"}]}"#;
        assert!(Notebook::read(half).is_err() || Notebook::read(half).is_ok_and(|read| read.code == "a\u{fffd}\n"));
    }
}
