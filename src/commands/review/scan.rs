//! The files of a review, read and scanned: what the rules match in each, or why it was not read.

use std::ops::Range;

use anyhow::{Context, Result, bail};
use rayon::prelude::*;

use super::options::{Options, Times};
use super::python::Pythons;
use crate::commands::console::Console;
use crate::commands::progress::Progress;
use crate::diag::{Code, Diagnostic, Place, Sink, UserError};
use crate::host::disk::{self, CodeFile, Unread};
use crate::input::files::config::Config;
use crate::input::formats::notebook::{self, Notebook};
use crate::review::finding::{self, Finding};
use crate::review::{CodeText, Engine, Matcher, Recall, Scan, Timing, Unlooked};
use crate::text::glob::Globs;
use crate::text::quantity::plural;
use crate::text::source::{Source, SourceId, Sources, Span};

/// The files to review: those that some rule looks at.
pub fn files(
    console: &Console,
    root: &std::path::Path,
    options: &Options,
    engine: &Engine,
    config: &Config,
) -> Result<Vec<CodeFile>> {
    if let Some(name) = &options.stdin {
        return Ok(vec![disk::code_text(root, console.here(), name)]);
    }
    let ignores = Globs::new(&config.review.exclude).map_err(|fault| {
        anyhow::Error::from(
            UserError::new(format!("`review.exclude` of kbc.toml: {fault}")).help("write it as `vendor/**`"),
        )
    })?;
    if options.paths.is_empty() && !options.metrics.is_empty() {
        return Ok(Vec::new());
    }
    let here = [".".into()];
    let paths = if options.paths.is_empty() { &here[..] } else { &options.paths };
    disk::code_files(root, console.here(), paths, &|about| !ignores.is_match(about) && engine.reads_file(about))
}

/// The lowest Python that each file supports, if a rule asks for it.
pub fn pythons(
    console: &Console,
    options: &Options,
    engine: &Engine,
    config: &Config,
    files: &[CodeFile],
) -> Vec<Option<Vec<u32>>> {
    let asks = |matcher: &Matcher| matcher.conditions.as_ref().is_some_and(|conditions| conditions.python.is_some());
    if !engine.matchers.iter().any(asks) {
        return vec![None; files.len()];
    }
    let mut pythons = Pythons::new(console, options, config);
    files.iter().map(|file| pythons.of(&file.path)).collect()
}

/// What one file came to.
pub struct Seen {
    pub text: String,
    pub scan: Scan,
}

/// Scans files, in parallel, or the text that stands for the one file.
pub fn scan(
    console: &Console,
    options: &Options,
    recall: &Recall,
    files: &[CodeFile],
    pythons: &[Option<Vec<u32>>],
    timing: &Timing,
) -> Result<Vec<Result<Seen, Unread>>> {
    let timing = (options.timing == Times::Told).then_some(timing);
    let see = |file: &CodeFile, python: Option<&Vec<u32>>, text: String| {
        let code = CodeText { path: &file.about, text: &text, python: python.map(Vec::as_slice) };
        // Of one file nothing is remembered: which checks it needs is known only by compiling them.
        let scan = if files.len() == 1 {
            recall.engine.prepare_for(&text);
            recall.engine.scan(&code, timing)
        } else {
            recall.scan(&code, timing)
        };
        // Only texts that something is said of are kept.
        let text = if scan.is_silent() { String::new() } else { text };
        Seen { text, scan }
    };
    if options.stdin.is_some() {
        let bytes = match &options.text {
            Some(text) => {
                text.as_bytes()[..text.len().min(usize::try_from(disk::MAX_CODE).unwrap_or(usize::MAX) + 1)].to_vec()
            }
            None => console.input(disk::MAX_CODE + 1).context("cannot read standard input")?,
        };
        return Ok(vec![disk::code_of(bytes).map(|text| see(&files[0], pythons[0].as_ref(), text))]);
    }
    let progress = Progress::start(console, files.len(), "files");
    let one = |(file, python): (&CodeFile, &Option<Vec<u32>>)| {
        if options.stop.is_asked() {
            bail!("the review was stopped");
        }
        let seen = disk::read_code(&console.path(&file.path)).map(|text| see(file, python.as_ref(), text));
        progress.step();
        Ok(seen)
    };
    files.par_iter().zip(pythons).with_max_len(8).map(one).collect()
}

/// Why a file was not reviewed.
pub fn unread(file: &CodeFile, why: &Unread) -> Diagnostic {
    let at = Place::File(file.name.clone());
    let name = &file.name;
    let help = "convert it, or leave it out: list it in .gitignore, .ignore or `review.exclude` of kbc.toml";
    match why {
        Unread::Failed(error) => Diagnostic::new(Code::UnreadableFile, at, format!("`{name}` cannot be read: {error}"))
            .help("make it a readable file, or leave it out of the review"),
        Unread::Binary => {
            Diagnostic::new(Code::UnreviewedCode, at, format!("`{name}` is binary, so it was not reviewed")).help(help)
        }
        Unread::NotUtf8(byte) => {
            let message = format!("`{name}` is not UTF-8 (byte {byte} begins no character), so it was not reviewed");
            Diagnostic::new(Code::UnreviewedCode, at, message).help(help)
        }
        Unread::TooLarge(size) => {
            let size = *size as f64 / f64::from(1 << 20);
            Diagnostic::new(Code::UnreviewedCode, at, format!("`{name}` has {size:.1} MiB, so it was not reviewed"))
                .help(help)
        }
        Unread::Endless => {
            let most = disk::MAX_CODE >> 20;
            let message = format!("`{name}` has more than {most} MiB, so it was not reviewed");
            Diagnostic::new(Code::UnreviewedCode, at, message).help(help)
        }
    }
}

/// The cells of a notebook; none of another file.
struct Cells(Option<Notebook>);

impl Cells {
    fn of(source: &Source) -> Self {
        Self(notebook::is_notebook(&source.path).then(|| Notebook::read(&source.text).ok()).flatten())
    }

    /// A message, with the cell and the line of it that its place is in.
    fn told(&self, message: &str, place: &Range<usize>) -> String {
        let cell = self.0.as_ref().and_then(|notebook| notebook.cell_of(place.start));
        cell.map_or_else(|| message.to_owned(), |(cell, line)| format!("{message} (cell {cell}, line {line})"))
    }
}

/// What the files of a review came to so far.
#[derive(Default)]
pub struct Collected {
    pub findings: Vec<Finding>,
    pub questions: Vec<Finding>,
    pub diagnostics: Sink,
    pub suppressed: usize,
    /// The comments that did it, and the rules that they are about.
    pub silenced: Vec<(Span, Vec<String>)>,
}

impl Collected {
    /// Adds what was seen in one file. Its text becomes a source if there is anything to say of it.
    pub fn add(&mut self, file: &CodeFile, seen: Result<Seen, Unread>, engine: &Engine, sources: &mut Sources) {
        match seen {
            Err(why) => self.diagnostics.push(unread(file, &why)),
            Ok(Seen { text, scan }) => {
                self.suppressed += scan.suppressed;
                if !scan.is_silent() {
                    let source = sources.add(&file.name, text);
                    self.unlooked(file, &scan.unlooked, engine);
                    self.take(scan, source, engine, sources);
                }
            }
        }
    }

    /// Says what was not looked at in a file.
    fn unlooked(&mut self, file: &CodeFile, unlooked: &[Unlooked], engine: &Engine) {
        let name = &file.name;
        for what in unlooked {
            let (message, help) = match what {
                Unlooked::Tokens(tokens) => (
                    format!("`{name}` has {tokens} tokens, so no rule by syntax was run on it"),
                    "it is likely made by a program: list it in .gitignore, .ignore or `review.exclude` of kbc.toml",
                ),
                Unlooked::Matches { matcher, count } => (
                    format!(
                        "`{}` finds {} in `{name}`; they are not listed",
                        engine.matchers[*matcher].id,
                        plural(*count, "more place")
                    ),
                    "correct what they have in common, or suppress the rule for the whole file",
                ),
                Unlooked::Nested { matcher, depth } => (
                    format!(
                        "`{}` was not run on all of `{name}`, where code is nested {depth} deep",
                        engine.matchers[*matcher].id
                    ),
                    "split the code, or list the file in .gitignore, .ignore or `review.exclude` of kbc.toml",
                ),
            };
            self.diagnostics.push(Diagnostic::new(Code::UnreviewedCode, Place::File(name.clone()), message).help(help));
        }
    }

    /// Turns what was seen in one file into findings, questions and diagnostics.
    fn take(&mut self, scan: Scan, source: SourceId, engine: &Engine, sources: &Sources) {
        let cells = Cells::of(sources.get(source));
        if let Some(range) = scan.broken {
            self.diagnostics.push(
                Diagnostic::new(
                    Code::CodeSyntax,
                    Span::new(source, range.clone()),
                    cells.told("this does not parse", &range),
                )
                .label("near here")
                .help("what does parse was reviewed; correct the code, or leave the file out"),
            );
        }
        let silenced = scan.silenced.into_iter().map(|silenced| (Span::new(source, silenced.range), silenced.rules));
        self.silenced.extend(silenced);
        self.diagnostics.extend(scan.complaints.into_iter().map(|mut complaint| {
            let range = complaint.range_mut().clone();
            let told = finding::suppression(source, complaint);
            Diagnostic { message: cells.told(&told.message, &range), ..told }
        }));
        for found in scan.matches {
            let matcher = &engine.matchers[found.matcher];
            let message = cells.told(&found.message, &found.range);
            let span = Span::new(source, found.range);
            let finding = Finding {
                rule: matcher.rule,
                check: matcher.check,
                place: span.into(),
                message,
                severity: None,
                fix: found.fix,
                content: Finding::content_of(span, sources),
                occurrence: 0,
                reason: None,
                help: None,
            };
            if matcher.is_question { self.questions.push(finding) } else { self.findings.push(finding) }
        }
    }
}
