//! What a text holds that its readers do not see, or take for something else: looked for in every input before it is
//! parsed, again in what its escapes stand for, in the names of files, and in every output.

mod allowances;
mod names;
mod readability;

pub use self::allowances::AllowedCharacters;
pub use self::names::names;
pub use self::readability::{comments, remarks};
use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::compile::artifact::Artifact;
use crate::compile::parse::{Parsed, ParsedTemplates};
use crate::compile::texts::Texts;
use crate::diag::{Code, Diagnostic, Place, Sink};
use crate::input::files::config;
use crate::input::files::paper::{ParsedPaper, prose};
use crate::input::formats::yaml::Document;
use crate::model::Model;
use crate::text::hidden::{self, Class, Run, Spaces};
use crate::text::quantity::plural;
use crate::text::source::{SourceId, Sources, Span};

/// Places of one kind in one file that are told one by one.
const TOLD: usize = 20;

/// Whose file is it?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody wrote it.
    Written,
    /// kbc made it.
    Made,
}

/// What readers do not see in the files as they were read.
pub fn files(texts: &Texts, allowances: &AllowedCharacters, sink: &mut Sink) {
    let folders = [&texts.papers, &texts.data, &texts.templates, &texts.utilities].map(Vec::as_slice);
    let all = [texts.config.as_slice(), &folders.concat(), texts.lock.as_slice()].concat();
    let look = |id: &SourceId| file(*id, Origin::Written, &texts.sources, allowances);
    sink.extend(all.par_iter().flat_map_iter(look).collect::<Vec<_>>());
}

/// What readers do not see of inputs, or take for something else, once their escapes are resolved; and what makes them
/// hard to read.
pub fn inputs(texts: &Texts, parsed: &Parsed, allowances: &AllowedCharacters, sink: &mut Sink) {
    let sources = &texts.sources;
    let papers = parsed.papers.iter().map(|paper| &paper.document);
    let others = parsed.data.iter().map(|file| &file.document);
    let documents: Vec<&Document> =
        papers.chain(others).chain(parsed.utilities.iter().map(|utility| &utility.document)).collect();
    sink.par_map(documents.clone(), |read, sink| document(read, sources, allowances, sink));
    sink.par_map(parsed.papers.iter().collect(), |paper: &ParsedPaper, sink| {
        prose(paper, sources, allowances, sink);
    });
    if let Some(source) = texts.config {
        settings(source, sources, allowances, sink);
    }
    names(&documents, texts.config, sources, sink);
    let others = [texts.data.as_slice(), &texts.templates, &texts.utilities].concat();
    remarks(&parsed.papers, &others, sources, sink);
}

/// The same of templates.
pub fn templates(templates: &ParsedTemplates, sources: &Sources, allowances: &AllowedCharacters, sink: &mut Sink) {
    let documents: Vec<&Document> = templates.makers.iter().map(|(_, template)| &template.document).collect();
    documents.iter().for_each(|read| document(read, sources, allowances, sink));
    for body in templates.bodies_in(sources) {
        Unescaped::new(body.source, sources, allowances).body(body, sink);
    }
    names(&documents, None, sources, sink);
}

/// Hidden text in a file as it is, and in its name.
pub fn file(source: SourceId, origin: Origin, sources: &Sources, allowances: &AllowedCharacters) -> Vec<Diagnostic> {
    let file = sources.get(source);
    let mut diags = Vec::new();
    if let Some(run) = hidden::scan_but(&file.path, allowances.of(&file.path)).first() {
        let diagnostic = hidden_text(run, Place::File(file.path.clone()), "in the name of the file");
        diags.push(diagnostic.help("rename the file"));
    }
    diags.extend(part(source, origin, &|_| true, sources, allowances));
    diags
}

/// Hidden text in a file, where it begins at certain bytes.
pub fn part(
    source: SourceId,
    origin: Origin,
    is_meant: &dyn Fn(usize) -> bool,
    sources: &Sources,
    allowances: &AllowedCharacters,
) -> Vec<Diagnostic> {
    let file = sources.get(source);
    let mut diags = Vec::new();
    let mut runs = hidden::scan_but(&file.text, allowances.of(&file.path));
    runs.retain(|run| is_meant(run.range.start));
    let many = runs.len();
    for run in runs.into_iter().take(TOLD) {
        let span = Span::new(source, run.range.clone());
        let help = match origin {
            Origin::Written => remedy(&run),
            Origin::Made => "no input says so; `kbc build` makes the file anew".to_owned(),
        };
        diags.push(hidden_text(&run, span, run.class.effect()).help(help));
    }
    and_more(many, &mut diags);
    diags
}

/// Says at the last of the places that are told how many others there are.
fn and_more(many: usize, diags: &mut [Diagnostic]) {
    let more = many.saturating_sub(TOLD);
    if let Some(last) = diags.last_mut().filter(|_| more > 0) {
        last.notes.push(format!("and at {} more of this file", plural(more, "place")));
    }
}

/// `U+200B ZERO WIDTH SPACE`.
pub fn title(c: char) -> String {
    format!("U+{:04X} {}", c as u32, hidden::name(c))
}

fn hidden_text(run: &Run, place: impl Into<Place>, why: &str) -> Diagnostic {
    let others = run.count - 1;
    let message = match others {
        0 => format!("{} is hidden text", title(run.first)),
        _ => format!("{} and {} side by side are hidden text", title(run.first), plural(others, "more character")),
    };
    let diagnostic = Diagnostic::new(Code::HiddenText, place, message).label(why);
    match &run.payload {
        Some(payload) => diagnostic.note(format!("decoded, it says `{payload}`")),
        None => diagnostic,
    }
}

fn remedy(run: &Run) -> String {
    let code = run.first as u32;
    format!(
        "delete it, or allow it in kbc.toml: `[[allow]]` with `code = \"hidden-text\"`, `what = \"U+{code:04X}\"` and a `reason`"
    )
}

/// Hidden text that only shows up when the escapes of YAML are resolved.
pub fn document(document: &Document, sources: &Sources, allowances: &AllowedCharacters, diags: &mut Sink) {
    let unescaped = Unescaped::new(document.span("").source, sources, allowances);
    document.texts(&mut |pointer, _, text, span| {
        unescaped.text(text, span, diags);
        if is_handed_out(pointer) {
            unescaped.handed_out(text, span, diags);
        }
    });
}

/// Hidden text that only shows up when the entities of Markdown and the percent-encoding of links are resolved.
pub fn prose(paper: &ParsedPaper, sources: &Sources, allowances: &AllowedCharacters, diags: &mut Sink) {
    let prose = &paper.prose;
    let unescaped = Unescaped::new(paper.source, sources, allowances);
    for (text, span) in &prose.unescaped {
        unescaped.text(text, *span, diags);
    }
    // Where unescaped texts begin, and the first place where one that begins there ends.
    let mut told: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, span) in &prose.unescaped {
        let end = told.entry(span.start).or_insert(span.end);
        *end = span.end.min(*end);
    }
    for link in &prose.links {
        let inside_was_told = told.range(link.span.start..=link.span.end).any(|(_, end)| *end <= link.span.end);
        if !inside_was_told || link.target.contains('%') {
            unescaped.text(&link.decoded(), link.span, diags);
        }
    }
}

/// Hidden text that only shows up when the escapes of kbc.toml are resolved.
pub fn settings(source: SourceId, sources: &Sources, allowances: &AllowedCharacters, diags: &mut Sink) {
    let unescaped = Unescaped::new(source, sources, allowances);
    let Some(document) = config::document(source, &sources.get(source).text) else { return };
    document.texts(&mut |pointer, _, text, span| {
        unescaped.text(text, span, diags);
        if is_handed_out(pointer) {
            unescaped.handed_out(text, span, diags);
        }
    });
}

/// Can the value at a place of front matter, data or kbc.toml get into an output? Reasons do not, nor do numbers as others
/// print them.
fn is_handed_out(pointer: &str) -> bool {
    let is_of_exception =
        pointer.starts_with("/allow/") || pointer.contains("/allow/") || pointer.contains("/metadata/");
    !is_of_exception && !pointer.ends_with("/original")
}

/// Texts of one file as their readers get them, beside how they are written.
struct Unescaped<'a> {
    sources: &'a Sources,
    is_allowed: Box<dyn Fn(char) -> bool + 'a>,
}

impl<'a> Unescaped<'a> {
    fn new(source: SourceId, sources: &'a Sources, allowances: &'a AllowedCharacters) -> Self {
        Self { sources, is_allowed: Box::new(allowances.of(&sources.get(source).path)) }
    }

    /// What is hidden as it is written was told when the file was read.
    fn text(&self, text: &str, span: Span, diags: &mut Sink) {
        // Nearly every text; of those, nobody needs to know what is allowed where.
        if hidden::scan(text).is_empty() {
            return;
        }
        let runs = hidden::scan_but(text, &self.is_allowed);
        let Some(run) = runs.first() else { return };
        if hidden::scan_but(self.sources.text(span), &self.is_allowed).is_empty() {
            diags.push(hidden_text(run, span, "an escape in here stands for it").help(remedy(run)));
        }
    }

    /// What a text hides from those who see it in an output: unusual spaces, and what entities stand for.
    fn handed_out(&self, text: &str, span: Span, diags: &mut Sink) {
        let mut runs = if text.is_ascii() { Vec::new() } else { self.scan(text) };
        runs.retain(|run| run.class == Class::Space);
        if let Some(run) = runs.first() {
            let written = self.sources.text(span);
            let (at, why) = match written.find(run.first) {
                Some(at) => {
                    let start = span.start + at;
                    (Span::new(span.source, start..start + run.range.len().min(written.len() - at)), run.class.effect())
                }
                None => (span, "an escape in here stands for it"),
            };
            diags.push(hidden_text(run, at, why).help(remedy(run)));
        }
        for (read, _) in prose::unescaped(text) {
            if let Some(run) = self.scan(&read).first() {
                diags.push(hidden_text(run, span, "an entity in here stands for it").help(remedy(run)));
            }
        }
    }

    /// The same of the body of a template.
    fn body(&self, body: Span, diags: &mut Sink) {
        let text = self.sources.text(body);
        let mut runs = if text.is_ascii() { Vec::new() } else { self.scan(text) };
        runs.retain(|run| run.class == Class::Space);
        for run in runs.iter().take(TOLD) {
            let span = Span::new(body.source, body.start + run.range.start..body.start + run.range.end);
            diags.push(hidden_text(run, span, run.class.effect()).help(remedy(run)));
        }
        // A page may say `&nbsp;`, which agents read as it is written.
        for (read, at) in prose::unescaped(text) {
            if let Some(run) = hidden::scan_but(&read, &self.is_allowed).first() {
                let span = Span::new(body.source, body.start + at..body.start + at);
                diags.push(hidden_text(run, span, "an entity in here stands for it").help(remedy(run)));
            }
        }
    }

    fn scan(&self, text: &str) -> Vec<Run> {
        hidden::scan_for(text, Spaces::Told, &self.is_allowed)
    }
}

/// Hidden text that an output would carry, led back to the input that its line is made from. What stands around a block is
/// an input, and was told as such.
pub fn output(artifact: &Artifact, model: &Model, allowances: &AllowedCharacters) -> Vec<Diagnostic> {
    // The evals hold code, which may be about such spaces.
    let spaces = if artifact.provenance.is_some() { Spaces::Told } else { Spaces::Fine };
    let mut runs = hidden::scan_for(&artifact.text, spaces, allowances.of(&artifact.path));
    let is_markdown = [".md", ".mdc"].iter().any(|ending| artifact.path.ends_with(ending));
    if is_markdown && runs.is_empty() {
        for (read, at) in prose::unescaped(&artifact.text) {
            let found = hidden::scan_but(&read, allowances.of(&artifact.path));
            runs.extend(found.into_iter().take(1).map(|run| Run { range: at..at, ..run }));
        }
    }
    runs.retain(|run| artifact.block.is_none() || artifact.body.contains(&run.range.start));
    let many = runs.len();
    let mut diags: Vec<Diagnostic> = runs.iter().take(TOLD).map(|run| would_carry(artifact, model, run)).collect();
    and_more(many, &mut diags);
    diags
}

fn would_carry(artifact: &Artifact, model: &Model, run: &Run) -> Diagnostic {
    let line = artifact.text[..run.range.start].matches('\n').count();
    let origin = artifact.origin(line, model).map(|origin| origin.span).or(artifact.maker);
    let place = origin.map_or_else(|| Place::File(artifact.path.clone()), Place::Span);
    let why = format!("line {} of `{}` is made from this", line + 1, artifact.path);
    let diagnostic = hidden_text(run, place, &why);
    diagnostic.note(format!("`{}` is not made with it", artifact.path)).help(remedy(run))
}

#[cfg(test)]
mod tests {
    use crate::compile::{Texts, link_only};

    /// What is said of a paper with such a body, and settings; each as code and place.
    fn told(settings: &str, body: &str) -> Vec<String> {
        let settings = format!("[budget.papers]\nmin = 0\n{settings}");
        let paper = format!(
            "---\nid: a\ntitle: A\npriority: high\nrules:\n  - {{ id: R1, text: Use sets, section: \"#a\" }}\n---\n# A\n\n{body}\n"
        );
        let texts = [("kbc.toml", settings.as_str()), ("papers/a.md", paper.as_str())];
        let linked = link_only(Texts::of(texts), &|_: &str| true);
        let place = |span| {
            let text = linked.sources.text(span);
            text.chars().take(12).flat_map(char::escape_default).collect::<String>()
        };
        let place = |diagnostic: &crate::diag::Diagnostic| diagnostic.span().map(place).unwrap_or_default();
        linked.diags.iter().map(|diagnostic| format!("{}: {}", diagnostic.code.name(), place(diagnostic))).collect()
    }

    #[test]
    fn what_readers_do_not_see_is_told_where_it_is_written() {
        let allow = "[[allow]]\ncode = \"hidden-text\"\nwhat = \"U+200B\"\nreason = \"x\"\n";
        for (settings, body, said) in [
            ("", "plain", vec![]),
            ("", "a\u{200b}b", vec!["hidden-text: \\u{200b}"]),
            (allow, "a\u{200b}b", vec![]),
            ("", "a&#x200b;b", vec!["hidden-text: &#x200b;"]),
            (allow, "a&#x200b;b", vec![]),
            ("", "[a](b%E2%80%8B)", vec!["hidden-text: [a](b%E2%80%"]),
            ("", "[a&#x200b;](b)", vec!["hidden-text: &#x200b;"]),
            ("", "[a&#x200b;](b%E2%80%8B)", vec!["hidden-text: &#x200b;", "hidden-text: [a&#x200b;]("]),
            ("", "[![x](y)](z \"t&#x200b;\")", vec!["hidden-text: [![x](y)](z "]),
            ("", "the p\u{430}per", vec!["mixed-script: p\\u{430}per"]),
            ("", "```\np\u{430}per\n```", vec![]),
            ("", &"word ".repeat(500), vec!["long-line: "]),
            ("", &format!("```\n{}\n```", "word ".repeat(500)), vec![]),
        ] {
            assert_eq!(told(settings, body), said, "{body:.60}");
        }
    }
}
