//! No digit can change unnoticed: not in the rulebook, not in a paper's figures, not in the data.
//!
//! One digit at a time of this repository's knowledge base is changed in memory. `KBC_EVERY_DIGIT=1`
//! tries all of them; otherwise a sample spread evenly over the files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kbc::compile::{self, Compiled, Inputs};
use kbc::diag::{Diagnostic, Place, Severity};
use kbc::{disk, drift, quantity};
use rayon::prelude::*;

/// The texts of the knowledge base by path.
fn texts() -> BTreeMap<String, String> {
    let inputs = disk::load(Path::new("."));
    inputs.sources.iter().map(|(_, source)| (source.path.clone(), source.text.clone())).collect()
}

fn compile(texts: &BTreeMap<String, String>) -> Compiled {
    compile::compile(Inputs::of(texts), &|path: &str| Path::new(path).exists())
}

/// What `kbc check` says of changed inputs beside the outputs as committed.
fn check(texts: &BTreeMap<String, String>) -> (Compiled, Vec<Diagnostic>) {
    let mut compiled = compile(texts);
    let mut diags = compiled.diags.clone();
    if !compiled.has_errors() {
        let outputs = compiled.artifacts.iter().map(|artifact| artifact.path.clone()).collect::<Vec<_>>();
        let read = |path: &String| (path.clone(), fs::read_to_string(path).expect("the outputs are committed"));
        let outputs: Vec<(String, String)> = outputs.iter().map(read).collect();
        let outputs =
            outputs.into_iter().map(|(path, text)| (path.clone(), compiled.sources.add(path, text))).collect();
        diags.extend(drift::find(&compiled.artifacts, "out", &outputs, &compiled.sources));
    }
    (compiled, diags)
}

/// Is there an error that names a file and a line, as its place or as the cause?
fn names(compiled: &Compiled, diags: &[Diagnostic], path: &str, line: usize) -> bool {
    let is_there = |span: kbc::source::Span| {
        let source = compiled.sources.get(span.source);
        source.path == path && source.position(span.start).0 == line
    };
    let errors = diags.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.into_iter().any(|diagnostic| {
        matches!(&diagnostic.place, Place::Span(span) if is_there(*span))
            || diagnostic.related.iter().any(|label| is_there(label.span))
    })
}

/// Offsets of the digits in ranges of a text, all or a sample of about so many.
fn digits(text: &str, ranges: impl Iterator<Item = std::ops::Range<usize>>, sample: usize) -> Vec<usize> {
    let all: Vec<usize> = ranges.flatten().filter(|at| text.as_bytes()[*at].is_ascii_digit()).collect();
    let step = if std::env::var_os("KBC_EVERY_DIGIT").is_some() { 1 } else { (all.len() / sample).max(1) };
    all.into_iter().step_by(step).collect()
}

fn changed(text: &str, at: usize) -> String {
    let digit = text.as_bytes()[at] - b'0';
    // A nine becomes a zero and a zero a one: zeros at the end are digits as well.
    format!("{}{}{}", &text[..at], (digit + 1) % 10, &text[at + 1..])
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[test]
fn the_knowledge_base_is_clean() {
    let (_, diags) = check(&texts());
    assert!(diags.is_empty(), "{diags:#?}");
}

#[test]
fn every_digit_of_the_rulebook_counts() {
    let mut compiled = compile(&texts());
    let path = "out/RULEBOOK.md";
    let text = fs::read_to_string(path).expect("it is committed");
    let all = digits(&text, std::iter::once(0..text.len()), usize::MAX);
    assert!(all.len() > 20);
    for at in all {
        let id = compiled.sources.add(path, changed(&text, at));
        let book: Vec<_> = compiled.artifacts.iter().position(|artifact| artifact.path == path).into_iter().collect();
        let artifact = &compiled.artifacts[book[0]];
        let diags = drift::find(
            std::slice::from_ref(artifact),
            "out",
            &BTreeMap::from([(path.to_owned(), id)]),
            &compiled.sources,
        );
        assert!(
            names(&compiled, &diags, path, line_of(&text, at)),
            "a digit on line {} can change",
            line_of(&text, at)
        );
    }
}

#[test]
fn every_digit_of_a_linked_figure_counts() {
    let texts = texts();
    let papers = texts.iter().filter(|(path, _)| path.starts_with("papers/"));
    let mutants: Vec<(String, usize)> = papers
        .flat_map(|(path, text)| {
            let links = text.match_indices("](../data/benchmarks.yaml#").filter_map(|(at, _)| {
                let start = text[..at].rfind('[')? + 1;
                (!quantity::Written::all(&text[start..at]).is_empty()).then_some(start..at)
            });
            digits(text, links, 6).into_iter().map(|at| (path.clone(), at)).collect::<Vec<_>>()
        })
        .collect();
    assert!(mutants.len() > 40);
    mutants.par_iter().for_each(|(path, at)| survive(&texts, path, *at));
}

#[test]
fn every_digit_of_a_measurement_counts() {
    let texts = texts();
    let path = "data/benchmarks.yaml";
    let text = &texts[path];
    let values = text.match_indices("value: ").map(|(at, key)| {
        let start = at + key.len();
        let end = text[start..].find([',', ' ', '\n', '}']).map_or(text.len(), |end| start + end);
        start..end
    });
    let mutants = digits(text, values, 40);
    assert!(mutants.len() > 30);
    mutants.par_iter().for_each(|at| survive(&texts, path, *at));
}

fn survive(texts: &BTreeMap<String, String>, path: &str, at: usize) {
    let mut mutant = texts.clone();
    mutant.insert(path.to_owned(), changed(&texts[path], at));
    let (compiled, diags) = check(&mutant);
    let line = line_of(&texts[path], at);
    assert!(names(&compiled, &diags, path, line), "{path}:{line}: byte {at} can change unnoticed:\n{diags:#?}");
}
