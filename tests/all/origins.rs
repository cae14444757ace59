//! Every line of an output is led back to a place that is there, and the line of a rule to its wording.

use std::path::Path;

use kbc::compile::artifact::{Artifact, Origin};
use kbc::compile::{self, Compilation, Texts};
use kbc::host::disk;
use kbc::model::Wording;
use proptest::prelude::*;

#[path = "../../benches/generated.rs"]
mod generated;

/// The wording that an origin points at.
fn wording<'a>(compiled: &'a Compilation, origin: &Origin) -> Option<&'a Wording> {
    let wordings = compiled.model.rules.iter().flat_map(|rule| [Some(&rule.full), rule.short.as_ref()]);
    wordings.flatten().find(|wording| wording.span == origin.span)
}

/// Holds the origins of all outputs against inputs and outputs; returns how many wordings were found in documents.
fn hold(compiled: &Compilation) -> usize {
    assert!(!compiled.artifacts.is_empty(), "{:?}", compiled.diags);
    compiled.artifacts.iter().map(|artifact| hold_artifact(compiled, artifact)).sum()
}

fn hold_artifact(compiled: &Compilation, artifact: &Artifact) -> usize {
    let lines: Vec<&str> = artifact.text.lines().collect();
    let is_document = compiled.digests.iter().any(|digest| digest.front.output == artifact.path);
    let mut found = 0;
    for origin in artifact.origins(&compiled.model) {
        let place = format!("{} {origin:?}", artifact.path);
        let text = &compiled.sources.get(origin.span.source).text;
        assert!(text.get(origin.span.range()).is_some(), "outside of its input: {place}");
        assert!(origin.lines.end <= lines.len(), "outside of the output: {place}");
        if !origin.wording {
            continue;
        }
        let wording = wording(compiled, origin).expect(&place);
        let line = lines[origin.lines.start];
        if is_document {
            assert!(line.contains(&wording.text), "{place}: {line}");
            found += 1;
        } else {
            let line = line.trim_start_matches([' ', '-']);
            assert!(line.starts_with("text:") || line.starts_with("short:"), "{place}: {line}");
        }
    }
    if is_document {
        let lost = artifact.made_lines().find(|line| artifact.origin(*line, &compiled.model).is_none());
        assert_eq!(lost, None, "a line of {} has no origin", artifact.path);
    }
    found
}

#[test]
fn the_lines_of_this_knowledge_base_lead_home() {
    let compiled = compile::compile(disk::load(Path::new(".")), &|_: &str| true);
    assert!(hold(&compiled) > compiled.model.rules.len(), "every rule is in several documents");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_lines_of_any_knowledge_base_lead_home(papers in 1usize..40) {
        let compiled = compile::compile(Texts::of(generated::knowledge_base(papers)), &|_: &str| true);
        prop_assert!(hold(&compiled) > 0);
    }
}
