//! What `kbc build` would change: stale, missing, stray and foreign outputs, each led back to the
//! line of the input that it comes from.

use std::collections::BTreeMap;

use crate::artifact::{self, Artifact, Drift};
use crate::diag::{Code, Diagnostic, Place};
use crate::source::{SourceId, Sources, Span};

/// Hunks of one file that are led back to their inputs.
const LED_BACK: usize = 6;

/// Holds the artifacts against the files that are there, by path.
pub fn find(artifacts: &[Artifact], current: &BTreeMap<String, SourceId>, sources: &Sources) -> Vec<Diagnostic> {
    let mut diags = Vec::new();
    for artifact in artifacts {
        let Some(source) = current.get(&artifact.path) else {
            diags.push(missing(artifact));
            continue;
        };
        let text = &sources.get(*source).text;
        if let Some(drift) = artifact::compare(artifact, text) {
            let made = artifact::is_made(&artifact.path, text);
            diags.push(if made { stale(artifact, *source, sources, &drift) } else { foreign(artifact, *source, drift) });
        }
    }
    let is_stray = |path: &&String| !artifacts.iter().any(|artifact| artifact.path == **path);
    diags.extend(current.keys().filter(is_stray).map(|path| stray(path, current[path], sources)));
    diags
}

fn missing(artifact: &Artifact) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::Missing, Place::File(artifact.path.clone()), format!("`{}` is missing", artifact.path));
    also_maker(diagnostic, artifact, "this makes it")
        .help("run `kbc build`")
        .diff(artifact::whole(&artifact.path, "", &artifact.text))
}

fn also_maker(diagnostic: Diagnostic, artifact: &Artifact, text: &str) -> Diagnostic {
    match artifact.maker {
        Some(maker) => diagnostic.also(maker, text),
        None => diagnostic,
    }
}

fn stale(artifact: &Artifact, source: SourceId, sources: &Sources, drift: &Drift) -> Diagnostic {
    let first = drift.hunks.first().map_or(0, |(old, _)| old.start);
    let span = line_span(sources, source, first);
    let message = if drift.cosmetic {
        format!("`{}` differs from what kbc makes, in line ends only", artifact.path)
    } else {
        format!("`{}` is not what the papers say now", artifact.path)
    };
    let mut diagnostic = Diagnostic::new(Code::Stale, span, message).label(what_is_wrong(drift));
    let mut places: Vec<Span> = Vec::new();
    for (_, new) in &drift.hunks {
        for line in new.clone() {
            let Some(origin) = artifact.origin(line).filter(|origin| !places.contains(&origin.span)) else { continue };
            if places.len() < LED_BACK {
                places.push(origin.span);
                diagnostic = diagnostic.also(origin.span, format!("{} is made from this", origin.what));
            }
        }
    }
    diagnostic
        .help("run `kbc build` if the input is right; if somebody edited the output, move the edit to the input")
        .diff(drift.diff.clone())
}

fn what_is_wrong(drift: &Drift) -> String {
    match drift.hunks.first() {
        Some((old, new)) if old.is_empty() => format!("{} missing before this", lines(new.len())),
        Some((old, new)) if new.is_empty() => format!("{} not made from any input", lines(old.len())),
        _ if drift.hunks.len() > 1 => format!("the first of {} places that differ", drift.hunks.len()),
        _ => "differs".into(),
    }
}

fn lines(count: usize) -> String {
    if count == 1 { "a line".into() } else { format!("{count} lines") }
}

fn line_span(sources: &Sources, source: SourceId, line: usize) -> Span {
    let text = sources.get(source);
    let range = text.line(line + 1).unwrap_or(text.text.len()..text.text.len());
    Span::new(source, range)
}

fn foreign(artifact: &Artifact, source: SourceId, drift: Drift) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::Foreign, Span::new(source, 0..0), format!("`{}` was not made by kbc", artifact.path));
    also_maker(diagnostic, artifact, "this would overwrite it")
        .help("move it away, or run `kbc build --force` to overwrite it")
        .diff(drift.diff)
}

fn stray(path: &str, source: SourceId, sources: &Sources) -> Diagnostic {
    let text = &sources.get(source).text;
    let diagnostic = Diagnostic::new(Code::Stray, Span::new(source, 0..0), format!("no template makes `{path}`"));
    if artifact::is_made(path, text) {
        diagnostic.help("`kbc build` removes it").diff(artifact::whole(path, text, ""))
    } else {
        diagnostic.help("kbc did not make it, so it stays; move it out of the output folder")
    }
}
