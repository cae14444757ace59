//! Runs cases side by side, and holds what comes of them against what is written.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use kbc::cli;
use kbc::commands::console::Console;
use kbc::compile::artifact;

use super::case::{Case, Ends, Step};
use crate::kit;

/// What runs the commands of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Library,
    Program,
}

/// Is what is printed written into the cases?
fn overwrites() -> bool {
    std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite")
}

/// Runs cases, and fails with all that differs.
pub fn all(paths: &[impl AsRef<Path> + Sync], by: By) {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let work = || {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let differences = one(&Case::read(path.as_ref()), by);
            failures.lock().expect("no other panics while it holds it").extend(differences);
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from).min(paths.len());
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().expect("no thread panicked");
    assert!(
        failures.is_empty(),
        "{} differ; `TRYCMD=overwrite` writes what is printed now into the cases\n\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// What differs in a case.
fn one(case: &Case, by: By) -> Vec<String> {
    // This repository is a knowledge base, and a hook asks whether one lies around that of the case.
    let is_asking = |word: &String| word == "hook" || word == "doctor";
    let is_hook = case.steps.iter().any(|step| step.arguments.iter().any(is_asking));
    let is_copied = case.after.is_some() || is_hook && case.before.is_some();
    let copy = is_copied.then(|| tempfile::tempdir().expect("a folder can be made"));
    if let (Some(copy), Some(before)) = (&copy, &case.before) {
        kit::copy(before, copy.path());
    }
    let here = copy.as_ref().map_or_else(
        || case.before.clone().unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()),
        |copy| copy.path().canonicalize().expect("it was made"),
    );
    let mut differences = Vec::new();
    let mut all = Vec::new();
    for step in &case.steps {
        let found = if by == By::Program || needs_process(step) { program(step, &here) } else { library(step, &here) };
        let found = elided(&found, &step.ends);
        if found != step.ends {
            differences.push(differs(case, step, &found));
        }
        all.push(found);
    }
    if let Some(after) = &case.after {
        differences.extend(trees_differ(after, &here));
    }
    if overwrites() && !differences.is_empty() {
        case.overwrite(&all);
        return Vec::new();
    }
    differences
}

/// A program that is started writes to the standard error of the process; variables belong to it as well.
fn needs_process(step: &Step) -> bool {
    !step.environment.is_empty() || step.arguments.iter().any(|word| word == "--agent")
}

fn library(step: &Step, here: &Path) -> Ends {
    let console = Console::in_memory(here, step.stdin.as_slice()).with_threads(1);
    let words = std::iter::once("kbc").chain(step.arguments.iter().map(String::as_str));
    let code = cli::run_with(words, console.clone()) as i32;
    let output = console.output();
    let streams = if is_merged(step) { vec![output.both] } else { vec![output.stdout, output.stderr] };
    Ends { code, streams }
}

fn program(step: &Step, here: &Path) -> Ends {
    let arguments: Vec<&str> = step.arguments.iter().map(String::as_str).collect();
    let mut command = kit::command(here, &arguments);
    command.envs(step.environment.iter().map(|(name, value)| (name, value))).stdin(Stdio::piped());
    let merged = is_merged(step).then(|| tempfile::tempfile().expect("a file can be made"));
    if let Some(file) = &merged {
        let share = || file.try_clone().expect("a file can be shared");
        command.stdout(share()).stderr(share());
    }
    let mut child = command.spawn().expect("kbc runs");
    // One that does not listen ends all the same.
    let _ = child.stdin.take().expect("it is piped").write_all(&step.stdin);
    let output = child.wait_with_output().expect("kbc ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what kbc says is text");
    let streams = match merged {
        None => vec![text(output.stdout), text(output.stderr)],
        Some(mut file) => {
            use std::io::{Read, Seek};
            let mut bytes = Vec::new();
            file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("it was written");
            vec![text(bytes)]
        }
    };
    Ends { code: output.status.code().unwrap_or(-1), streams }
}

/// Are both streams written down as one?
fn is_merged(step: &Step) -> bool {
    step.ends.streams.len() == 1
}

/// What was found, with `...` for lines that what is expected leaves out.
fn elided(found: &Ends, expected: &Ends) -> Ends {
    let streams = found.streams.iter().zip(&expected.streams);
    Ends { streams: streams.map(|(found, expected)| elide(found, expected)).collect(), code: found.code }
}

fn elide(found: &str, expected: &str) -> String {
    let found: Vec<&str> = found.split_inclusive('\n').collect();
    let mut kept = String::new();
    let mut at = 0;
    let mut lines = expected.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        if line.trim_end() == "..." {
            let next = lines.peek();
            let end = next.map_or(Some(found.len()), |next| (at..found.len()).find(|line| found[*line] == *next));
            let Some(end) = end else { break };
            kept += line;
            at = end;
        } else if found.get(at) == Some(&line) {
            kept += line;
            at += 1;
        } else {
            break;
        }
    }
    kept + &found[at.min(found.len())..].concat()
}

fn differs(case: &Case, step: &Step, found: &Ends) -> String {
    let mut text = format!("{}:{}: kbc {}\n", case.path.display(), step.line, step.arguments.join(" "));
    if found.code != step.ends.code {
        let _ = writeln!(text, "ends with {}, not {}", found.code, step.ends.code);
    }
    for (expected, found) in step.ends.streams.iter().zip(&found.streams).filter(|(expected, found)| expected != found)
    {
        text += &artifact::whole("what is printed", expected, found);
    }
    text
}

/// Every file of one tree that is not the same in the other, which may have more.
fn trees_differ(expected: &Path, found: &Path) -> Vec<String> {
    let mut differences = Vec::new();
    for path in kit::entries(expected) {
        let other = found.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            differences.extend(trees_differ(&path, &other));
            continue;
        }
        let [before, after] = [&path, &other].map(|path| fs::read(path).ok());
        if before == after {
            continue;
        }
        if overwrites() {
            match after {
                Some(_) => drop(fs::copy(&other, &path).expect("a case can be written")),
                None => fs::remove_file(&path).expect("it is there"),
            }
        }
        let texts = [before, after].map(|bytes| String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned());
        differences.push(artifact::whole(&path.to_string_lossy(), &texts[0], &texts[1]));
    }
    differences
}

#[test]
fn lines_that_are_left_out_are_found_again() {
    assert_eq!(elide("a\nb\nc\nd\n", "a\n...\nd\n"), "a\n...\nd\n");
    assert_eq!(elide("a\nb\n", "a\n...\n"), "a\n...\n");
    assert_eq!(elide("a\nb\n", "a\n...\nd\n"), "a\nb\n");
    assert_eq!(elide("a\nb\nc\n", "a\nx\nc\n"), "a\nb\nc\n");
    assert_eq!(elide("a\n", "a\nb\n"), "a\n");
}
