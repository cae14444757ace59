//! Texts to inputs as written: each file read, held against its schema and counted.

use std::collections::HashSet;

use rayon::prelude::*;

use super::builtin_templates;
use super::texts::Texts;
use crate::diag::{Class, Code, Diagnostic, Place, Sink};
use crate::input::files::config::{self, Config, Input, Paths};
use crate::input::files::data;
use crate::input::files::lock_file::Lock;
use crate::input::files::paper::{self, ParsedPaper};
use crate::input::files::template::{self, FrontMatter, Template};
use crate::input::files::utility::{self, ParsedUtility};
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

/// The inputs as written, each parsed once.
pub struct Parsed {
    pub papers: Vec<ParsedPaper>,
    pub data: Vec<data::File>,
    pub utilities: Vec<ParsedUtility>,
    /// Is there a data file that could not be read, so that nobody knows what it defines?
    pub lacks_data: bool,
    /// And a file of utils/?
    pub lacks_utilities: bool,
}

/// The settings. Adds the templates that they name, and puts the inputs into the order of their paths.
pub fn settings(texts: &mut Texts, sink: &mut Sink) -> Config {
    let config = match texts.config {
        Some(source) => config::read(source, &texts.sources.get(source).text, sink),
        None => Config::default(),
    };
    if texts.templates.is_empty() {
        texts.templates.push(
            texts.sources.add(
                format!("{}/RULEBOOK.md", texts.paths.folder(Input::Templates)),
                builtin_templates::DEFAULT_TEMPLATE,
            ),
        );
    }
    let paths: Vec<&str> = texts.templates.iter().map(|id| texts.sources.get(*id).path.as_str()).collect();
    let builtin: Vec<(String, &str)> = builtin_templates::wanted(&config, &paths).collect();
    texts.templates.extend(builtin.into_iter().map(|(path, text)| texts.sources.add(path, text)));
    let Texts { sources, papers, data, templates, utilities, .. } = texts;
    for ids in [papers, data, templates, utilities] {
        ids.sort_by(|a, b| sources.get(*a).path.cmp(&sources.get(*b).path));
    }
    config
}

/// Papers, data and utility rules. What has no form at all is left out.
pub fn inputs(texts: &Texts, sink: &mut Sink) -> Parsed {
    let sources = &texts.sources;
    let paper = |id, found: &mut Sink| {
        let source = sources.get(id);
        paper::read(id, stem(&source.path), &source.text, found)
    };
    let papers: Vec<ParsedPaper> = sink.par_map(texts.papers.clone(), paper).into_iter().flatten().collect();
    let data = sink.par_map(texts.data.clone(), |id, found| data::read(id, sources, found));
    let data: Vec<data::File> = data.into_iter().flatten().collect();
    says_nothing(&data, sink);
    let utility = |id: &SourceId| utility::read(*id, &sources.get(*id).text, sink);
    let utilities: Vec<ParsedUtility> = texts.utilities.iter().filter_map(utility).collect();
    Parsed {
        lacks_data: data.len() < texts.data.len() || lacks(sink, &texts.paths, Input::Data, sources),
        lacks_utilities: utilities.len() < texts.utilities.len()
            || lacks(sink, &texts.paths, Input::Utilities, sources),
        papers,
        data,
        utilities,
    }
}

/// Complains about data files that define nothing: something was meant to be in them.
fn says_nothing(files: &[data::File], sink: &mut Sink) {
    for file in files {
        let data::Data { environments, reference, benchmarks, results, sessions, figures, metadata } = &file.data;
        let is_empty = environments.is_empty()
            && reference.is_empty()
            && benchmarks.is_empty()
            && results.is_empty()
            && sessions.is_empty()
            && figures.is_empty()
            && metadata.is_none();
        if is_empty && file.declared.is_empty() {
            let message = "the file defines no benchmark, no result and no figure";
            sink.push(
                Diagnostic::new(Code::IgnoredFile, file.document.span(""), message)
                    .help("delete it, or write down what was measured"),
            );
        }
    }
}

/// The lock. Of one that was half read nothing follows, as of inputs that did not link.
pub fn lock(
    sources: &Sources,
    lock: Option<SourceId>,
    is_linked: &mut bool,
    sink: &mut Sink,
) -> Option<(SourceId, Lock)> {
    let source = lock?;
    let mut found = Sink::new();
    let lock = Lock::read(source, &sources.get(source).text, &mut found);
    *is_linked &= !found.iter().any(|diagnostic| diagnostic.code == Code::InvalidLock);
    sink.extend(found);
    Some((source, lock))
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
    let bounds = config.budget.papers.min..=config.budget.papers.max;
    let (direction, next) = if size.tokens < *bounds.start() {
        ("under", "say how it was measured, why it is so and where it stops being true, or fold it into another paper")
    } else if size.tokens > *bounds.end() {
        ("over", "split it in two, or cut what no rule argues from")
    } else {
        return None;
    };
    let bound = if direction == "under" { bounds.start() } else { bounds.end() };
    let message = format!("the paper has {} tokens, {direction} the bound of {bound}", size.tokens);
    let note = "the bounds are `budget.papers.min` and `budget.papers.max` of kbc.toml";
    Some(Diagnostic::new(Code::PaperSize, Span::new(size.source, 0..0), message).help(next).note(note))
}

/// A template that parsed: its name, its source, and where its body begins.
pub type TemplateBody = (String, SourceId, usize);

/// As the renderer takes them.
pub fn named(bodies: &[TemplateBody]) -> Vec<(&str, SourceId, usize)> {
    bodies.iter().map(|(name, source, body)| (name.as_str(), *source, *body)).collect()
}

/// The templates of a knowledge base.
pub struct ParsedTemplates {
    pub bodies: Vec<TemplateBody>,
    /// Those that make an output, with their front matter.
    pub makers: Vec<(FrontMatter, Template)>,
}

impl ParsedTemplates {
    /// Where the bodies stand.
    pub fn bodies_in(&self, sources: &Sources) -> Vec<Span> {
        let body = |(_, source, body): &TemplateBody| Span::new(*source, *body..sources.get(*source).text.len());
        self.bodies.iter().map(body).collect()
    }
}

/// Templates whose names begin with `_` are parts for others and have no front matter.
pub fn templates(sources: &Sources, paths: &Paths, ids: &[SourceId], sink: &mut Sink) -> ParsedTemplates {
    let mut templates = ParsedTemplates { bodies: Vec::new(), makers: Vec::new() };
    for id in ids {
        let source = sources.get(*id);
        let name = paths.template_name(&source.path);
        if name.starts_with('_') || name.contains("/_") {
            templates.bodies.push((name.to_owned(), *id, 0));
            continue;
        }
        let Some(mut template) = template::read(*id, name, &source.text, sink) else { continue };
        templates.bodies.push((name.to_owned(), *id, template.body));
        if let Some(front) = template.front.take() {
            templates.makers.push((front, template));
        }
    }
    templates
}

/// Is there a file in a folder that nobody could read?
fn lacks(diags: &[Diagnostic], paths: &Paths, input: Input, sources: &Sources) -> bool {
    diags.iter().any(|diagnostic| is_unread(diagnostic, paths, input, sources))
}

fn is_unread(diagnostic: &Diagnostic, paths: &Paths, input: Input, sources: &Sources) -> bool {
    let path = match &diagnostic.place {
        Place::File(path) => path,
        Place::Span(span) => &sources.get(span.source).path,
    };
    diagnostic.code.class() == Class::Unreadable && paths.is_among(input, path)
}
