//! Outputs held against what the programs that read them accept, with the place in the template that is to blame.

use crate::agents::targets::{self, Misfit, Output};
use crate::compile::artifact::Artifact;
use crate::diag::{Diagnostic, Place, Sink};
use crate::text::source::{Sources, Span};

/// Complains about an output that the programs which read it would skip or cut. The rulebook is known by its path, and
/// `template` is where the body of the template begins that made the output.
pub fn check(artifact: &Artifact, template: Span, rulebook: &str, sources: &Sources, diags: &mut Sink) {
    let output = Output {
        path: &artifact.path,
        text: &artifact.text,
        body: artifact.body(),
        is_block: artifact.block.is_some(),
    };
    let placed =
        |Misfit { key, diagnostic }| Diagnostic { place: place(artifact, template, &key, sources), ..diagnostic };
    diags.extend(targets::misfits(&output, rulebook).into_iter().map(placed));
}

/// Where the template writes a key of front matter, or else where it names the output.
fn place(artifact: &Artifact, template: Span, key: &str, sources: &Sources) -> Place {
    let Some(maker) = artifact.maker else { return Place::File(artifact.path.clone()) };
    let text = &sources.get(template.source).text[template.start..];
    let start = format!("{key}:");
    let mut lines = text.split_inclusive('\n').scan(template.start, |at, line| {
        *at += line.len();
        Some((*at - line.len(), line.trim_end()))
    });
    let found = lines.find(|(_, line)| !key.is_empty() && line.starts_with(&start));
    found.map_or(maker, |(at, line)| Span::new(maker.source, at..at + line.len())).into()
}
