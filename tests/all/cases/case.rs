//! A case as it is written: commands with what they print, in blocks ```console of Markdown, or one command in TOML with
//! its streams in files beside it. What is printed now can be written into it.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Value;

/// A file of the case that has a stream.
const STREAMS: [&str; 2] = ["stdout", "stderr"];

pub struct Case {
    pub path: PathBuf,
    pub steps: Vec<Step>,
    /// The tree that is there before; else the commands run in this repository.
    pub before: Option<PathBuf>,
    /// The tree that is there after. With one, the commands run in a copy.
    pub after: Option<PathBuf>,
}

/// One command.
#[derive(Debug, Default)]
pub struct Step {
    /// The line of the command, from 1.
    pub line: usize,
    pub environment: Vec<(String, String)>,
    pub arguments: Vec<String>,
    pub stdin: Vec<u8>,
    pub ends: Ends,
    /// Lines of the file that have the exit code, if it is none of success, and what is printed.
    status_line: Option<usize>,
    printed: Range<usize>,
}

/// How a command ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    pub code: i32,
    /// Both streams in the order of what was written, or each by itself.
    pub streams: Vec<String>,
}

impl Case {
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a case is text").replace("\r\n", "\n");
        let there = |path: PathBuf| path.exists().then_some(path);
        let (steps, named) = match path.extension().is_some_and(|ending| ending == "toml") {
            true => toml(path, &text),
            false => (markdown(path, &text), None),
        };
        let before = named.or_else(|| there(path.with_extension("in")));
        let whole = |path: PathBuf| path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let after = there(path.with_extension("out"));
        Self { path: path.to_path_buf(), steps, before: before.map(whole), after }
    }

    /// Writes how commands end into the case.
    pub fn overwrite(&self, found: &[Ends]) {
        let text = fs::read_to_string(&self.path).expect("it was read before").replace("\r\n", "\n");
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        let new: Vec<(String, String)> = found
            .iter()
            .map(|found| {
                let status = if found.code == 0 { String::new() } else { format!("? {}\n", found.code) };
                // The last line end is there for the form of the block.
                (status, found.streams.concat() + "\n")
            })
            .collect();
        // From the end, so that the lines before stay where they are.
        for (step, (status, printed)) in self.steps.iter().zip(&new).rev() {
            if step.line == 0 {
                for (ending, stream) in STREAMS.iter().zip(&found[0].streams) {
                    fs::write(self.path.with_extension(ending), stream).expect("a case can be written");
                }
                return;
            }
            let begin = step.status_line.unwrap_or(step.printed.start);
            lines.splice(begin..step.printed.end, [status.as_str(), printed.as_str()]);
        }
        fs::write(&self.path, lines.concat()).expect("a case can be written");
    }
}

/// `args`, and `fs.cwd` with the folder to run in.
fn toml(path: &Path, text: &str) -> (Vec<Step>, Option<PathBuf>) {
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let arguments = table["args"].as_array().expect("`args` is a list").iter();
    let arguments = arguments.map(|word| word.as_str().expect("an argument is a text").to_owned()).collect();
    let code = table.get("status").and_then(|status| status.get("code")?.as_integer()).unwrap_or(0);
    let folder = table.get("fs").and_then(|fs| fs.get("cwd")).and_then(Value::as_str);
    let folder = folder.map(|folder| path.parent().expect("a case lies in a folder").join(folder));
    let streams = STREAMS.map(|ending| fs::read_to_string(path.with_extension(ending)).unwrap_or_default());
    let ends = Ends { code: i32::try_from(code).expect("a small number"), streams: streams.to_vec() };
    let stdin = fs::read(path.with_extension("stdin")).unwrap_or_default();
    (vec![Step { arguments, stdin, ends, ..Step::default() }], folder)
}

/// Every `$ command` of a ```console block, its status `? 1`, and what follows until the next one or the end of the block.
fn markdown(path: &Path, text: &str) -> Vec<Step> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut steps = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let ticks = lines[at].len() - lines[at].trim_start_matches('`').len();
        if ticks < 3 {
            at += 1;
            continue;
        }
        let (fence, info) = lines[at].split_at(ticks);
        let end = (at + 1..lines.len()).find(|line| lines[*line].starts_with(fence)).unwrap_or(lines.len());
        if ["console", ""].contains(&info.trim()) {
            block(path, &lines, at + 1..end, &mut steps);
        }
        at = end + 1;
    }
    steps
}

fn block(path: &Path, lines: &[&str], within: Range<usize>, steps: &mut Vec<Step>) {
    let mut at = within.start;
    while at < within.end {
        let line = at + 1;
        let command = lines[at].strip_prefix("$ ");
        let command = command.unwrap_or_else(|| panic!("{}:{line}: no command begins here", path.display()));
        at += 1;
        let mut step = Step { line, ..Step::default() };
        if let Some(code) = lines[at].strip_prefix("? ").filter(|_| at < within.end) {
            step.status_line = Some(at);
            step.ends.code = code.trim().parse().unwrap_or_else(|_| panic!("{}:{}: no code", path.display(), at + 1));
            at += 1;
        }
        let next = (at..within.end).find(|line| lines[*line].starts_with("$ ")).unwrap_or(within.end);
        step.printed = at..next;
        let printed = lines[at..next].concat();
        step.ends.streams = vec![printed.strip_suffix('\n').unwrap_or(&printed).to_owned()];
        let mut words = words(command).into_iter().peekable();
        while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
            step.environment.push((name.to_owned(), value.to_owned()));
            words.next();
        }
        assert_eq!(words.next().as_deref(), Some("kbc"), "{}:{line}: a case runs kbc", path.display());
        step.arguments = words.collect();
        steps.push(step);
        at = next;
    }
}

/// The words of a command, as a shell takes them apart.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = command.trim().chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn words_are_those_of_a_shell() {
    assert_eq!(words(r#"kbc a  'b "c' "d'\"e" f\ g ''"#), ["kbc", "a", "b \"c", "d'\"e", "f g", ""]);
}
