//! What a reader of a text is likely to miss, without being hidden: words of two scripts, comments, endless lines, encoded data.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use rayon::prelude::*;

use super::{TOLD, and_more};
use crate::compile::artifact::Artifact;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::paper::ParsedPaper;
use crate::model::Model;
use crate::text::lookalike;
use crate::text::quantity::plural;
use crate::text::source::{SourceId, Sources, Span};

/// Characters that a line of a paper may have.
const LONG: usize = 2_000;
/// Characters in a row that read like base64, from where on nobody reads them.
const ENCODED: usize = 200;
/// How many different ones they have at least; ornaments have fewer.
const VARIETY: u32 = 10;

/// Remarks on papers, data and templates.
pub fn remarks(papers: &[ParsedPaper], others: &[SourceId], sources: &Sources, diags: &mut Sink) {
    // Names of two scripts were told already, and are errors.
    let names = diags.iter().filter(|diagnostic| diagnostic.code == Code::ConfusableName);
    let mut named: HashMap<SourceId, Vec<Range<usize>>> = HashMap::new();
    for name in names.filter_map(Diagnostic::span) {
        named.entry(name.source).or_default().push(name.range());
    }
    let named: HashMap<SourceId, Stretches> =
        named.into_iter().map(|(source, ranges)| (source, Stretches::of(ranges))).collect();
    let is_name = |source: SourceId, at: usize| named.get(&source).is_some_and(|names| names.hold(at));
    let of_paper = |paper: &ParsedPaper| {
        let fences = paper.prose.fences.iter().map(|fence| fence.span.end..fence.body.end);
        let fenced = Stretches::of(fences.collect());
        let is_prose = |at: usize| !fenced.hold(at) && !is_name(paper.source, at);
        let words = mixed_words(paper.source, sources, is_prose);
        [long_lines(paper.source, &fenced, sources), words, encoded(paper.source, sources)].map(first).concat()
    };
    let of_other = |source: &SourceId| {
        let words = mixed_words(*source, sources, |at| !is_name(*source, at));
        [words, encoded(*source, sources)].map(first).concat()
    };
    let found: Vec<Diagnostic> =
        papers.par_iter().flat_map_iter(of_paper).chain(others.par_iter().flat_map_iter(of_other)).collect();
    diags.extend(found);
}

/// The first of the remarks of one kind on one file, and how many more there are.
fn first(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let many = found.len();
    found.truncate(TOLD);
    and_more(many, &mut found);
    found
}

/// Parts of a text, in its order.
struct Stretches(Vec<Range<usize>>);

impl Stretches {
    fn of(mut ranges: Vec<Range<usize>>) -> Self {
        ranges.sort_unstable_by_key(|range| range.start);
        let mut joined: Vec<Range<usize>> = Vec::new();
        for range in ranges.into_iter().filter(|range| !range.is_empty()) {
            match joined.last_mut().filter(|last| range.start <= last.end) {
                Some(last) => last.end = last.end.max(range.end),
                None => joined.push(range),
            }
        }
        Self(joined)
    }

    fn hold(&self, at: usize) -> bool {
        let next = self.0.partition_point(|range| range.end <= at);
        self.0.get(next).is_some_and(|range| range.contains(&at))
    }
}

fn long_lines(source: SourceId, fenced: &Stretches, sources: &Sources) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in sources.get(source).text.split_inclusive('\n') {
        if line.len() > LONG && !fenced.hold(at) {
            let length = line.trim_end().chars().count();
            if length > LONG {
                let message = format!("the line has {}: nobody reads it to its end", plural(length, "character"));
                let start = Span::new(source, at..at);
                found.push(
                    Diagnostic::new(Code::LongLine, start, message).help("wrap it, or put data into a fenced block"),
                );
            }
        }
        at += line.len();
    }
    found
}

fn mixed_words(source: SourceId, sources: &Sources, is_prose: impl Fn(usize) -> bool) -> Vec<Diagnostic> {
    let text = &sources.get(source).text;
    let found = lookalike::mixed_in_prose(text).into_iter().filter(|mixture| is_prose(mixture.range.start));
    let remark = |mixture: lookalike::Mixture| {
        let word = &text[mixture.range.clone()];
        let message = format!("`{word}` mixes {} and {} letters", mixture.scripts[0], mixture.scripts[1]);
        Diagnostic::new(Code::MixedScript, Span::new(source, mixture.range.clone()), message)
            .label(mixture.what())
            .help(format!("write it in letters of one script; it looks like `{}`", lookalike::skeleton(word)))
    };
    found.map(remark).collect()
}

fn encoded(source: SourceId, sources: &Sources) -> Vec<Diagnostic> {
    let bytes = sources.get(source).text.as_bytes();
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte);
    let mut found = Vec::new();
    // Where the next run can begin. What breaks a run is looked for from the end of the shortest one that counts.
    let mut start = 0;
    while let Some(run) = bytes.get(start..start + ENCODED) {
        if let Some(at) = run.iter().rposition(|byte| !is_code(*byte)) {
            start += at + 1;
            continue;
        }
        let rest = &bytes[start + ENCODED..];
        let end = bytes.len() - rest.len() + rest.iter().take_while(|byte| is_code(**byte)).count();
        if variety(&bytes[start..end]) >= VARIETY {
            let message = format!("{} in a row look like base64", plural(end - start, "character"));
            let span = Span::new(source, start..end);
            let help = "say it in words, or name the file that holds the data";
            found.push(Diagnostic::new(Code::EncodedText, span, message).help(help));
        }
        start = end;
    }
    found
}

fn variety(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0u128, |seen, byte| seen | 1 << byte).count_ones()
}

/// Remarks on comments in an output that agents get: kbc's own marks are fine.
pub fn comments(artifact: &Artifact, model: &Model, sources: &Sources, diags: &mut Sink) {
    let first = artifact.body_line();
    let wordings = model.rules.iter().flat_map(|rule| [Some(&rule.full), rule.short.as_ref()]).flatten();
    let wordings: BTreeSet<Span> = wordings.map(|wording| wording.span).collect();
    for (index, line) in artifact.body().lines().enumerate() {
        let comments = line.match_indices("<!--").map(|(at, _)| &line[at..]);
        let Some(comment) = comments.into_iter().find(|comment| !comment[4..].trim_start().starts_with("kbc:")) else {
            continue;
        };
        let Some(origin) = artifact.origin(first + index, model) else { continue };
        let (what, help) = if wordings.contains(&origin.span) {
            ("wording", "say it openly, or delete it")
        } else {
            ("template", "write `{# ... #}` for a comment that stays in the template")
        };
        let message = format!("`{}` contains an HTML comment from this {what}", artifact.path);
        let place = place_of(comment, origin.span, sources);
        let note = format!("line {} of it: {}", first + index + 1, line.trim());
        diags.push(Diagnostic::new(Code::HtmlComment, place, message).note(note).help(help));
    }
}

/// Where a text stands in the input that it was made from, as far as it stands there as it is.
fn place_of(comment: &str, origin: Span, sources: &Sources) -> Span {
    let comment = comment.find("-->").map_or(comment, |end| &comment[..end + 3]);
    let text = &sources.get(origin.source).text;
    let found = text.get(origin.start..).and_then(|rest| rest.find(comment));
    found.map_or(origin, |at| Span::new(origin.source, origin.start + at..origin.start + at + comment.len()))
}
