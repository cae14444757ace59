//! What `kbc build` would change: stale, missing, stray and foreign outputs, each led back to the
//! line of the input that it comes from.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::compile::artifact::{self, Artifact, Block, Drift};
use crate::diag::{Code, Diagnostic, Place, Severity};
use crate::input::formats::managed_block;
use crate::model::Model;
use crate::text::quantity::plural;
use crate::text::source::{SourceId, Sources, Span};

/// Hunks of one file that are led back to their inputs.
const LED_BACK: usize = 6;
/// Lines of a file whose inputs are looked for; the first of them tell enough.
const LOOKED: usize = 2000;

/// Holds the artifacts against the files that are there, by path. `folder` is the one for outputs.
pub fn find(
    artifacts: &[Artifact],
    folder: &str,
    current: &BTreeMap<String, SourceId>,
    model: &Model,
    sources: &Sources,
) -> Vec<Diagnostic> {
    let mut diags = Vec::new();
    let by_path: HashMap<&str, &Artifact> = artifacts.iter().map(|made| (made.path.as_str(), made)).collect();
    for artifact in artifacts {
        let Some(source) = current.get(&artifact.path) else {
            diags.push(missing(artifact));
            continue;
        };
        let text = &sources.get(*source).text;
        if let Some(drift) = artifact::compare(artifact, text) {
            // A format without comments cannot say who made it; in the output folder it was kbc.
            let is_mute = artifact::is_mute(&artifact.path) && artifact.path.starts_with(&format!("{folder}/"));
            let made = is_mute || artifact.block.is_some() || artifact::is_made(&artifact.path, text);
            diags.push(if made {
                stale(artifact, *source, model, sources, &drift)
            } else {
                foreign(artifact, *source, drift)
            });
        }
    }
    for (path, source) in current {
        let artifact = by_path.get(path.as_str()).copied();
        let blocks = stray_blocks(path, *source, artifact, sources);
        if artifact.is_none() && blocks.is_empty() {
            diags.push(stray(path, *source, sources));
        }
        diags.extend(blocks);
    }
    diags
}

/// Blocks in files of others that a template made before it was renamed or removed.
fn stray_blocks(path: &str, source: SourceId, artifact: Option<&Artifact>, sources: &Sources) -> Vec<Diagnostic> {
    let text = &sources.get(source).text;
    if artifact::is_made(path, text) || artifact.is_some_and(|artifact| artifact.block.is_none()) {
        return Vec::new();
    }
    let own = artifact.and_then(|artifact| artifact.block.as_ref()).map(|block| block.name.as_str());
    let strays = managed_block::begun(text)
        .into_iter()
        .filter(|(name, _)| Some(*name) != own && *name != managed_block::INJECTED);
    let stray = |(name, mark): (&str, Range<usize>)| {
        let message = format!("no template makes the block `{name}` of `{path}`");
        let diagnostic = Diagnostic::new(Code::StrayOutput, Span::new(source, mark), message);
        diagnostic.help(format!("delete it, from mark to mark, or bring the template `{name}` back"))
    };
    strays.map(stray).collect()
}

/// What an output is called: a file, or a block in one.
fn name_of(artifact: &Artifact) -> String {
    match &artifact.block {
        None => format!("`{}`", artifact.path),
        Some(block) => format!("the block `{}` of `{}`", block.name, artifact.path),
    }
}

fn missing(artifact: &Artifact) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::MissingOutput,
        Place::File(artifact.path.clone()),
        format!("{} is missing", name_of(artifact)),
    );
    also_maker(diagnostic, artifact, "this makes it").help("run `kbc build`").diff(artifact::whole(
        &artifact.path,
        "",
        &artifact.text,
    ))
}

fn lacks(text: &str, block: &Block) -> bool {
    managed_block::inside(text, &block.name).is_none()
}

fn also_maker(diagnostic: Diagnostic, artifact: &Artifact, text: &str) -> Diagnostic {
    match artifact.maker {
        Some(maker) => diagnostic.also(maker, text),
        None => diagnostic,
    }
}

fn stale(artifact: &Artifact, source: SourceId, model: &Model, sources: &Sources, drift: &Drift) -> Diagnostic {
    let name = name_of(artifact);
    if let Some(block) = artifact.block.as_ref().filter(|block| lacks(&sources.get(source).text, block)) {
        let diagnostic = Diagnostic::new(Code::MissingOutput, Span::new(source, 0..0), format!("{name} is missing"));
        let what = format!("this makes it, between the marks of `{}`", block.name);
        return also_maker(diagnostic, artifact, &what).help("run `kbc build`").diff(drift.diff.clone());
    }
    let message = if drift.cosmetic {
        format!("{name} is written differently, but says the same")
    } else {
        format!("{name} is not what the papers say now")
    };
    let (span, label) = first_difference(artifact, source, model, sources, drift);
    let mut diagnostic = Diagnostic::new(Code::StaleOutput, span, message).label(label);
    if drift.cosmetic {
        diagnostic.severity = Severity::Warning;
        return diagnostic.help("`kbc build` writes it as it was");
    }
    let mut edits_wording = false;
    let mut places: Vec<Span> = Vec::new();
    let differing =
        drift.hunks.iter().flat_map(|(old, new)| new.clone().map(move |line| (old.len() == new.len(), line)));
    for (is_edit, line) in differing.take(LOOKED) {
        let Some(origin) = artifact.origin(line, model).filter(|origin| !places.contains(&origin.span)) else {
            continue;
        };
        edits_wording |= origin.wording && is_edit;
        places.push(origin.span);
        if places.len() <= LED_BACK {
            diagnostic = diagnostic.also(origin.span, origin.what.clone());
        }
    }
    // Where so much differs, it is rather what makes the lines than what they are made of.
    if places.len() > LED_BACK {
        let what = format!("{} more; this makes them all", lines(places.len() - LED_BACK));
        diagnostic = also_maker(diagnostic, artifact, &what);
    }
    diagnostic = diagnostic.help(if edits_wording {
        "`kbc build` if the input is right; if somebody edited the output, `kbc adopt` moves the edit of a wording into its paper"
    } else {
        "`kbc build` if the input is right; if somebody edited the output, move the edit to the input"
    });
    diagnostic.diff(drift.diff.clone())
}

/// The first words that differ, and what they should be.
fn first_difference(
    artifact: &Artifact,
    source: SourceId,
    model: &Model,
    sources: &Sources,
    drift: &Drift,
) -> (Span, String) {
    let Some((old, new)) = drift.hunks.first() else { return (Span::new(source, 0..0), String::new()) };
    let line = line_span(sources, source, old.start);
    let more =
        if drift.hunks.len() > 1 { format!(" (the first of {} places)", drift.hunks.len()) } else { String::new() };
    if drift.cosmetic {
        let differing: usize = drift.hunks.iter().map(|(old, new)| old.len().max(new.len())).sum();
        return (Span { end: line.start, ..line }, format!("the first of {}", lines(differing)));
    }
    if old.is_empty() {
        return (Span { end: line.start, ..line }, format!("{} missing before this{more}", lines(new.len())));
    }
    let Some(wanted) = new.clone().next().and_then(|line| artifact.text.lines().nth(line)) else {
        return (line, format!("{} that no input says{more}", lines(old.len())));
    };
    let written = sources.text(line);
    let (start, end) = differing(written, wanted);
    let should = &wanted[start..wanted.len() - end];
    let span = Span { start: line.start + start, end: line.end - end, ..line };
    let label = if should.is_empty() { "not in the inputs".to_owned() } else { format!("the inputs say `{should}`") };
    let home =
        artifact.origin(new.start, model).map(|origin| format!("; this line is {}", origin.what)).unwrap_or_default();
    (span, label + &home + &more)
}

/// How many bytes two lines share at their begin and at their end, cut back to whole words.
fn differing(a: &str, b: &str) -> (usize, usize) {
    let shared = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let start = shared(&mut a.chars().zip(b.chars()));
    let start = a[..start].rfind(' ').map_or(0, |space| space + 1);
    let end = shared(&mut a[start..].chars().rev().zip(b[start..].chars().rev()));
    let tail = &a[a.len() - end..];
    let end = tail.find(' ').map_or(0, |space| tail.len() - space);
    (start, end)
}

fn lines(count: usize) -> String {
    plural(count, "line")
}

fn line_span(sources: &Sources, source: SourceId, line: usize) -> Span {
    let text = sources.get(source);
    let range = text.line(line + 1).unwrap_or(text.text.len()..text.text.len());
    Span::new(source, range)
}

fn foreign(artifact: &Artifact, source: SourceId, drift: Drift) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::ForeignOutput,
        Span::new(source, 0..0),
        format!("`{}` was not made by kbc", artifact.path),
    );
    also_maker(diagnostic, artifact, "this would overwrite it")
        .note("kbc knows its files by the words \"Made by `kbc build`\" at their top")
        .help("move it away, or run `kbc build --force` to overwrite it")
        .diff(drift.diff)
}

fn stray(path: &str, source: SourceId, sources: &Sources) -> Diagnostic {
    let text = &sources.get(source).text;
    let diagnostic = Diagnostic::new(Code::StrayOutput, Span::new(source, 0..0), format!("no template makes `{path}`"));
    if artifact::is_made(path, text) {
        diagnostic.help("`kbc build` removes it").diff(artifact::whole(path, text, ""))
    } else {
        diagnostic.help("kbc did not make it, so it stays; move it out of the output folder")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "out/a.md";

    /// What is said where these files are beside an output of two lines; each as code and message.
    fn told(files: &[(&str, String)]) -> Vec<String> {
        let mut sources = Sources::default();
        let artifact = Artifact::new(OUTPUT, "one\ntwo\n", None);
        let current =
            files.iter().map(|(path, text)| ((*path).to_owned(), sources.add(*path, text.as_str()))).collect();
        let diags = find(&[artifact], "out", &current, &Model::default(), &sources);
        let line = |diagnostic: &Diagnostic| {
            format!("{} {}: {}", diagnostic.severity.name(), diagnostic.code.name(), diagnostic.message)
        };
        diags.iter().map(line).collect()
    }

    #[test]
    fn a_file_is_compared_with_what_would_be_written() {
        let made = Artifact::new(OUTPUT, "one\ntwo\n", None).text;
        let other = Artifact::new("out/b.md", "one\n", None).text;
        for (files, said) in [
            (vec![], vec!["error missing-output: `out/a.md` is missing"]),
            (vec![(OUTPUT, made.clone())], vec![]),
            (
                vec![(OUTPUT, made.replace("two", "2"))],
                vec!["error stale-output: `out/a.md` is not what the papers say now"],
            ),
            (
                vec![(OUTPUT, made.replace('\n', "\r\n"))],
                vec!["warning stale-output: `out/a.md` is written differently, but says the same"],
            ),
            (vec![(OUTPUT, "one\ntwo\n".to_owned())], vec!["error foreign-output: `out/a.md` was not made by kbc"]),
            (
                vec![(OUTPUT, made.clone()), ("out/b.md", other.clone())],
                vec!["error stray-output: no template makes `out/b.md`"],
            ),
        ] {
            assert_eq!(told(&files), said, "{files:?}");
        }
    }

    #[test]
    fn the_words_that_differ_are_cut_to_whole_words() {
        let cut = |a: &str, b: &str| {
            let (start, end) = differing(a, b);
            a[start..a.len() - end].to_owned()
        };
        assert_eq!(cut("use sets here", "use lists here"), "sets");
        assert_eq!(cut("use sets", "use sets here"), "sets");
        assert_eq!(cut("", "a"), "");
        assert_eq!(cut("größer als", "größe als"), "größer");
    }
}
