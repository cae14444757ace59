//! Texts to inputs as written: each file read, held against its schema and counted.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::diag::{Class, Code, Diagnostic, Place, Sink};
use crate::input::files::config::Config;
use crate::input::files::data;
use crate::input::files::paper::{self, ParsedPaper};
use crate::input::files::template::{self, FrontMatter};
use crate::input::formats::yaml::{self, Document};
use crate::input::schema::{self, Format};
use crate::text::source::{SourceId, Sources, Span};
use crate::text::tokens::Encoding;

/// How many tokens a paper has.
#[derive(Clone, Copy, Debug)]
pub struct PaperSize {
    pub source: SourceId,
    pub tokens: usize,
}

/// The name of a file without its ending.
pub fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Papers, read in parallel.
pub fn papers(sources: &Sources, ids: &[SourceId], diags: &mut Sink) -> Vec<ParsedPaper> {
    let read = |id: SourceId, found: &mut Sink| {
        let source = sources.get(id);
        let paper = paper::read(id, stem(&source.path), &source.text, found);
        if let Some(paper) = &paper {
            schema::check(Format::Paper, &paper.document, found);
        }
        paper
    };
    diags.par_map(ids.to_vec(), read).into_iter().flatten().collect()
}

/// The sizes of papers, counted in parallel. Those that could be read are held to the bounds.
pub fn sizes(
    sources: &Sources,
    ids: &[SourceId],
    read: &[SourceId],
    config: &Config,
    diags: &mut Sink,
) -> Vec<PaperSize> {
    // Line ends that version control changed are no text.
    let text = |id: &SourceId| sources.get(*id).text.replace("\r\n", "\n");
    let size = |id: &SourceId| PaperSize { source: *id, tokens: Encoding::O200kBase.count(&text(id)) };
    let mut sizes: Vec<PaperSize> = ids.par_iter().map(size).collect();
    sizes.sort_by(|a, b| sources.get(a.source).path.cmp(&sources.get(b.source).path));
    let read: HashSet<SourceId> = read.iter().copied().collect();
    diags.extend(sizes.iter().filter(|size| read.contains(&size.source)).filter_map(|size| misfit(*size, config)));
    sizes
}

fn misfit(size: PaperSize, config: &Config) -> Option<Diagnostic> {
    let bounds = config.papers.min_tokens..=config.papers.max_tokens;
    let (direction, next) = if size.tokens < *bounds.start() {
        ("under", "say how it was measured, why it is so and where it stops being true, or fold it into another paper")
    } else if size.tokens > *bounds.end() {
        ("over", "split it in two, or cut what no rule argues from")
    } else {
        return None;
    };
    let bound = if direction == "under" { bounds.start() } else { bounds.end() };
    let message = format!("the paper has {} tokens, {direction} the bound of {bound}", size.tokens);
    let note = "the bounds are `papers.min_tokens` and `papers.max_tokens` of kbc.toml";
    Some(Diagnostic::new(Code::PaperSize, Span::new(size.source, 0..0), message).help(next).note(note))
}

/// Data files; one that is not YAML is left out.
pub fn data(sources: &Sources, ids: &[SourceId], diags: &mut Sink) -> Vec<data::File> {
    let mut files = Vec::new();
    for id in ids {
        let text = &sources.get(*id).text;
        let Some(document) = yaml::read(*id, text, 0, diags) else { continue };
        schema::check(Format::Benchmarks, &document, diags);
        let data = data::decode(&document, sources, diags);
        let declared = data::declared(&document);
        files.push(data::File { document, data, declared });
    }
    files
}

/// Files with utility rules; one that is not YAML is left out.
pub fn utilities(sources: &Sources, ids: &[SourceId], diags: &mut Sink) -> Vec<Document> {
    let mut documents = Vec::new();
    for id in ids {
        let Some(document) = yaml::read(*id, &sources.get(*id).text, 0, diags) else { continue };
        schema::check(Format::Utility, &document, diags);
        documents.push(document);
    }
    documents
}

/// Templates by name, source and begin of the body, and those that make an output.
type ParsedTemplates = (Vec<(String, SourceId, usize)>, Vec<(FrontMatter, template::Template)>);

/// Templates whose names begin with `_` are parts for others and have no front matter.
pub fn templates(sources: &Sources, ids: &[SourceId], diags: &mut Sink) -> ParsedTemplates {
    let mut templates = Vec::new();
    let mut fronts = Vec::new();
    for id in ids {
        let source = sources.get(*id);
        let name = source.path.split_once('/').map_or(source.path.as_str(), |(_, name)| name);
        if name.starts_with('_') || name.contains("/_") {
            templates.push((name.to_owned(), *id, 0));
            continue;
        }
        let Some(template) = template::read(*id, name, &source.text, diags) else { continue };
        schema::check(Format::Template, &template.document, diags);
        templates.push((name.to_owned(), *id, template.body));
        if let Some(front) = template.front() {
            fronts.push((front, template));
        }
    }
    (templates, fronts)
}

/// Is there a file in a folder that nobody could read?
pub fn lacks(diags: &[Diagnostic], folder: &str, sources: &Sources) -> bool {
    diags.iter().any(|diagnostic| is_unread(diagnostic, folder, sources))
}

fn is_unread(diagnostic: &Diagnostic, folder: &str, sources: &Sources) -> bool {
    let path = match &diagnostic.place {
        Place::File(path) => path,
        Place::Span(span) => &sources.get(span.source).path,
    };
    diagnostic.code.class() == Class::Unreadable && path.starts_with(folder)
}
