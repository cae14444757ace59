//! The phases in order: parse, link, distill, render. A function from texts to texts and
//! complaints; disk, clock and environment are not known here.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::artifact::{Artifact, Origin};
use crate::config::{self, Config};
use crate::diag::{Class, Code, Diagnostic, Place, Severity};
use crate::distill::{Candidate, Distiller, Infeasible, Pick, Plan};
use crate::link::{self, Written};
use crate::model::{Model, Rule};
use crate::paper::{self, Paper};
use crate::render::rules;
use crate::render::template::{Templates, text_of};
use crate::schema::{self, Format};
use crate::source::{SourceId, Sources, Span};
use crate::template::{self, EncodingName, Front, Select};
use crate::tokens::Encoding;
use crate::data;

/// The built-in template, for a knowledge base without a `templates` folder.
pub const DEFAULT_TEMPLATE: &str = include_str!("init/RULEBOOK.md");

/// Every text that was read.
#[derive(Default)]
pub struct Inputs {
    pub sources: Sources,
    pub config: Option<SourceId>,
    pub papers: Vec<SourceId>,
    pub data: Vec<SourceId>,
    pub templates: Vec<SourceId>,
    /// What could not be read.
    pub diags: Vec<Diagnostic>,
}

/// How many tokens a paper has.
#[derive(Clone, Copy, Debug)]
pub struct PaperSize {
    pub source: SourceId,
    pub tokens: usize,
}

/// A document that a template makes, and what was chosen for it.
#[derive(Debug)]
pub struct Digest {
    /// The template's file name.
    pub template: String,
    pub front: Front,
    pub encoding: Encoding,
    /// The selected rules, as indices into the model, in its order. Picks count in this list.
    pub rules: Vec<usize>,
    pub picks: Vec<Pick>,
    /// By `encoding`.
    pub tokens: usize,
    pub exact: bool,
}

/// All that compiling found out.
pub struct Compiled {
    pub sources: Sources,
    pub config: Config,
    pub model: Model,
    pub sizes: Vec<PaperSize>,
    /// The templates that parsed, by name, with the begin of their bodies.
    templates: Vec<(String, SourceId, usize)>,
    pub digests: Vec<Digest>,
    /// The outputs; empty if an input has an error.
    pub artifacts: Vec<Artifact>,
    pub diags: Vec<Diagnostic>,
}

impl Compiled {
    pub fn has_errors(&self) -> bool {
        has_errors(&self.diags)
    }

    /// The artifact that a digest became.
    pub fn artifact(&self, digest: &Digest) -> Option<&Artifact> {
        self.artifacts.iter().find(|artifact| artifact.path == digest.front.output)
    }

    /// Hands out what is needed to plan a document for other budgets.
    pub fn with_cost<T>(&self, digest: &Digest, ask: impl FnOnce(&[Candidate], &crate::distill::Cost) -> T) -> T {
        let named = named(&self.templates);
        let templates = Templates::parse(&named, &self.sources, &self.model, &self.config.name, &mut Vec::new());
        let cost = |picks: &[Pick]| {
            let text = templates.render(&digest.template, &self.model, &digest.rules, picks);
            text.map_or(usize::MAX / 4, |text| digest.encoding.count(&text))
        };
        ask(&candidates(&self.model, &digest.rules), &cost)
    }
}

fn has_errors(diags: &[Diagnostic]) -> bool {
    diags.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

fn named(templates: &[(String, SourceId, usize)]) -> Vec<(&str, SourceId, usize)> {
    templates.iter().map(|(name, source, body)| (name.as_str(), *source, *body)).collect()
}

/// Compiles a knowledge base in memory. `exists` tells whether a path of the project is there.
pub fn compile(mut inputs: Inputs, exists: &(dyn Fn(&str) -> bool + Sync)) -> Compiled {
    let mut diags = std::mem::take(&mut inputs.diags);
    let config = match inputs.config {
        Some(source) => config::read(source, &inputs.sources.get(source).text, &mut diags),
        None => Config::default(),
    };
    if inputs.templates.is_empty() {
        inputs.templates.push(inputs.sources.add("templates/RULEBOOK.md", DEFAULT_TEMPLATE));
    }
    let sources = inputs.sources;
    let (papers, sizes) = read_papers(&sources, &inputs.papers, &config, &mut diags);
    let data = read_data(&sources, &inputs.data, &mut diags);
    let lacks_data = data.len() < inputs.data.len() || diags.iter().any(|diagnostic| is_unread_data(diagnostic, &sources));
    let written = Written { sources: &sources, papers: &papers, data: &data, lacks_data, exists };
    let model = link::link(&written, &mut diags);
    drop(papers);
    let (templates, fronts) = read_templates(&sources, &inputs.templates, &mut diags);
    let (digests, artifacts) = (Vec::new(), Vec::new());
    let mut compiled = Compiled { sources, config, model, sizes, templates, digests, artifacts, diags };
    make_outputs(&mut compiled, fronts, inputs.config);
    compiled.diags.sort_by_key(|diagnostic| diagnostic.span().map(|span| (span.source, span.start)));
    compiled
}

fn is_unread_data(diagnostic: &Diagnostic, sources: &Sources) -> bool {
    let path = match &diagnostic.place {
        Place::File(path) => path,
        Place::Span(span) => &sources.get(span.source).path,
    };
    diagnostic.code.class() == Class::Unreadable && path.starts_with("data/")
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn read_papers(
    sources: &Sources,
    ids: &[SourceId],
    config: &Config,
    diags: &mut Vec<Diagnostic>,
) -> (Vec<Paper>, Vec<PaperSize>) {
    let read = |id: &SourceId| {
        let mut found = Vec::new();
        let source = sources.get(*id);
        let paper = paper::read(*id, stem(&source.path), &source.text, &mut found);
        if let Some(paper) = &paper {
            schema::check(Format::Paper, &paper.document, &mut found);
        }
        let size = PaperSize { source: *id, tokens: Encoding::O200kBase.count(&source.text) };
        if paper.is_some() {
            found.extend(misfit(size, config));
        }
        (paper, size, found)
    };
    let mut papers = Vec::new();
    let mut sizes = Vec::new();
    for (paper, size, found) in ids.par_iter().map(read).collect::<Vec<_>>() {
        papers.extend(paper);
        sizes.push(size);
        diags.extend(found);
    }
    (papers, sizes)
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

fn read_data(sources: &Sources, ids: &[SourceId], diags: &mut Vec<Diagnostic>) -> Vec<data::File> {
    let mut files = Vec::new();
    for id in ids {
        let text = &sources.get(*id).text;
        let Some(document) = crate::yaml::read(*id, text, 0, diags) else { continue };
        schema::check(Format::Benchmarks, &document, diags);
        let data = data::decode(&document, sources, diags);
        let declared = data::declared(&document);
        files.push(data::File { document, data, declared });
    }
    files
}

type ParsedTemplates = (Vec<(String, SourceId, usize)>, Vec<(Front, template::Template)>);

/// Templates whose names begin with `_` are parts for others and have no front matter.
fn read_templates(sources: &Sources, ids: &[SourceId], diags: &mut Vec<Diagnostic>) -> ParsedTemplates {
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
        if let Ok(front) = serde_json::from_value(template.document.to_json()) {
            fronts.push((front, template));
        }
    }
    (templates, fronts)
}

fn make_outputs(compiled: &mut Compiled, fronts: Vec<(Front, template::Template)>, settings: Option<SourceId>) {
    let mut diags = Vec::new();
    let mut owners = HashSet::from([compiled.config.rules.clone()]);
    for (front, template) in &fronts {
        output_path(front, template, &mut owners, &mut diags);
        budget_bounds(front, template, &mut diags);
        selection(&compiled.model, &front.select, template, &mut diags);
    }
    let named = named(&compiled.templates);
    let templates = Templates::parse(&named, &compiled.sources, &compiled.model, &compiled.config.name, &mut diags);
    if !has_errors(&compiled.diags) && !has_errors(&diags) {
        let made: Vec<_> = fronts
            .into_par_iter()
            .map(|(front, template)| {
                let mut found = Vec::new();
                let made = document(&compiled.model, &templates, front, &template, &mut found);
                (made, found)
            })
            .collect();
        for (made, found) in made {
            diags.extend(found);
            let Some((digest, artifact)) = made else { continue };
            compiled.digests.push(digest);
            compiled.artifacts.push(artifact);
        }
        compiled.artifacts.extend(fixed_outputs(compiled, settings, &mut diags));
    }
    compiled.diags.append(&mut diags);
    if has_errors(&compiled.diags) {
        compiled.artifacts.clear();
    }
}

fn output_path(front: &Front, template: &template::Template, owners: &mut HashSet<String>, diags: &mut Vec<Diagnostic>) {
    let at = template.document.span("/output");
    let path = &front.output;
    let inside = path.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':']));
    let first = path.split('/').next().unwrap_or_default();
    let is_input = ["papers", "data", "templates", "kbc.toml", "kbc.lock"].contains(&first);
    if !inside || is_input {
        let why = if is_input { "is an input" } else { "does not stay in the project" };
        diags.push(
            Diagnostic::new(Code::OutputPath, at, format!("the output `{path}` {why}"))
                .help("write a relative path such as `out/RULEBOOK.md`"),
        );
    } else if !owners.insert(path.clone()) {
        diags.push(
            Diagnostic::new(Code::OutputClash, at, format!("`{path}` is made twice"))
                .label("another template, or kbc itself, makes this file")
                .help("give the template an output of its own"),
        );
    }
}

fn budget_bounds(front: &Front, template: &template::Template, diags: &mut Vec<Diagnostic>) {
    let Some(budget) = front.budget.as_ref().filter(|budget| budget.min > budget.max) else { return };
    let at = template.document.span("/budget/min");
    diags.push(
        Diagnostic::new(Code::BudgetBounds, at, format!("the budget's min of {} is above its max of {}", budget.min, budget.max))
            .also(template.document.span("/budget/max"), "the max")
            .help("no document can have both; correct one"),
    );
}

fn selection(model: &Model, select: &Select, template: &template::Template, diags: &mut Vec<Diagnostic>) {
    let domains: Vec<&str> = model.domains.iter().map(|domain| domain.id.as_str()).collect();
    let mut tags: Vec<&str> = model.rules.iter().flat_map(|rule| &rule.tags).map(String::as_str).collect();
    tags.sort_unstable();
    tags.dedup();
    let rules: Vec<&str> = model.rules.iter().map(|rule| rule.id.0.as_str()).collect();
    let ids: Option<Vec<String>> = select.rules.as_ref().map(|ids| ids.iter().map(|id| id.0.clone()).collect());
    for (key, what, wanted, known) in [
        ("domains", "paper", &select.domains, &domains),
        ("tags", "tag", &select.tags, &tags),
        ("rules", "rule", &ids, &rules),
    ] {
        for (index, word) in wanted.iter().flatten().enumerate().filter(|(_, word)| !known.contains(&word.as_str())) {
            let at = template.document.span(&format!("/select/{key}/{index}"));
            let message = format!("the template selects `{word}`, but no {what} is called so");
            diags.push(Diagnostic::new(Code::UnknownSelection, at, message).help_nearest(word, known.iter().copied()));
        }
    }
}

fn is_selected(rule: &Rule, model: &Model, select: &Select) -> bool {
    rule.status == select.status
        && select.domains.as_ref().is_none_or(|ids| ids.contains(&model.domains[rule.domain].id))
        && select.tags.as_ref().is_none_or(|tags| rule.tags.iter().any(|tag| tags.contains(tag)))
        && select.priorities.as_ref().is_none_or(|priorities| priorities.contains(&rule.priority))
        && select.rules.as_ref().is_none_or(|ids| ids.contains(&rule.id))
}

fn candidates(model: &Model, rules: &[usize]) -> Vec<Candidate> {
    let candidate = |index: &usize| {
        let rule = &model.rules[*index];
        Candidate { domain: rule.domain, priority: rule.priority, weight: rule.weight, has_short: rule.short.is_some() }
    };
    rules.iter().map(candidate).collect()
}

/// Distills and renders one document.
fn document(
    model: &Model,
    templates: &Templates,
    front: Front,
    template: &template::Template,
    diags: &mut Vec<Diagnostic>,
) -> Option<(Digest, Artifact)> {
    let rules: Vec<usize> =
        (0..model.rules.len()).filter(|index| is_selected(&model.rules[*index], model, &front.select)).collect();
    let render = |picks: &[Pick]| templates.render(&template.name, model, &rules, picks);
    let complain = |diags: &mut Vec<Diagnostic>, fault: Box<Diagnostic>| diags.push(*fault);
    let candidates = candidates(model, &rules);
    let all: Vec<Pick> = (0..rules.len()).map(|index| (index, crate::distill::Form::Full)).collect();
    // A document with everything runs every line of the template once, so its faults are seen.
    let everything = render(&all).map_err(|fault| complain(diags, fault)).ok()?;
    let encoding = front.budget.as_ref().map_or(Encoding::default(), |budget| encoding(budget.encoding));
    let plan = match &front.budget {
        None => Plan { picks: all, tokens: encoding.count(&everything), exact: true },
        Some(budget) => {
            let (exact, max) = encoding.exact(budget.max);
            let cost = |picks: &[Pick]| render(picks).map_or(usize::MAX / 4, |text| exact.count(&text));
            match Distiller::new(&candidates, &cost).plan(max) {
                Ok(plan) => plan,
                Err(lack) => {
                    diags.push(over_budget(model, &rules, &front, template, encoding, &lack, &render));
                    return None;
                }
            }
        }
    };
    let text = render(&plan.picks).map_err(|fault| complain(diags, fault)).ok()?;
    let tokens = encoding.count(&text);
    under_budget(&front, template, tokens, encoding, diags);
    let mut artifact = Artifact::new(&front.output, &text, Some(template.document.span("/output")));
    artifact.origins = origins(model, &rules, &plan.picks, &artifact, template);
    let name = template.name.clone();
    Some((Digest { template: name, front, encoding, rules, picks: plan.picks, tokens, exact: plan.exact }, artifact))
}

fn encoding(name: EncodingName) -> Encoding {
    match name {
        EncodingName::O200kBase => Encoding::O200kBase,
        EncodingName::Cl100kBase => Encoding::Cl100kBase,
        EncodingName::Claude46 => Encoding::Claude46,
        EncodingName::Claude47 => Encoding::Claude47,
    }
}

fn over_budget(
    model: &Model,
    rules: &[usize],
    front: &Front,
    template: &template::Template,
    encoding: Encoding,
    lack: &Infeasible,
    render: &dyn Fn(&[Pick]) -> Result<String, Box<Diagnostic>>,
) -> Diagnostic {
    let max = front.budget.as_ref().map_or(0, |budget| budget.max);
    let picks: Vec<Pick> = lack.critical.clone();
    let tokens = render(&picks).map_or(lack.tokens, |text| encoding.count(&text));
    let ids: Vec<String> = picks.iter().map(|(index, _)| format!("`{}`", model.rules[rules[*index]].id)).collect();
    let what = match ids.len() {
        0 => "the text of the template".to_owned(),
        1 => format!("the critical rule {}", ids[0]),
        _ => format!("the {} critical rules {}", ids.len(), ids.join(", ")),
    };
    let mut diagnostic = Diagnostic::new(
        Code::OverBudget,
        template.document.span("/budget/max"),
        format!("`{}` is {} over its budget: with {what} alone it has {tokens}", front.output, plural_tokens(tokens.saturating_sub(max))),
    )
    .label(format!("at most {} of {encoding}", plural_tokens(max)))
    .help("shorten their wordings, give some a lower priority, or raise `max`");
    for (index, form) in picks.iter().take(4) {
        let rule = &model.rules[rules[*index]];
        let wording = rule.short.as_ref().filter(|_| *form == crate::distill::Form::Short).unwrap_or(&rule.full);
        diagnostic = diagnostic.also(wording.span, format!("critical, {}", plural_tokens(encoding.count(&wording.text))));
    }
    diagnostic
}

fn plural_tokens(count: usize) -> String {
    if count == 1 { "1 token".into() } else { format!("{count} tokens") }
}

fn under_budget(
    front: &Front,
    template: &template::Template,
    tokens: usize,
    encoding: Encoding,
    diags: &mut Vec<Diagnostic>,
) {
    let Some(budget) = front.budget.as_ref().filter(|budget| tokens < budget.min) else { return };
    let message = format!("`{}` has {tokens} tokens of {encoding}, under its min of {}", front.output, budget.min);
    diags.push(
        Diagnostic::new(Code::UnderBudget, template.document.span("/budget/min"), message)
            .help("add rules or fuller wordings, or lower `min`"),
    );
}

/// Every line is the template's, unless it holds the wording of a rule that is in.
fn origins(
    model: &Model,
    rules: &[usize],
    picks: &[Pick],
    artifact: &Artifact,
    template: &template::Template,
) -> Vec<Origin> {
    let lines: Vec<&str> = artifact.text.lines().collect();
    let mut origins =
        vec![Origin { lines: 0..lines.len(), span: Span::new(template.source, template.body..template.body), what: "the file".into() }];
    let mut from = 0;
    for (index, form) in picks {
        let rule = &model.rules[rules[*index]];
        let text = text_of(rule, *form);
        let holds = |line: &&str| line.contains(text);
        let found = lines[from..].iter().position(holds).map(|at| at + from).or_else(|| lines.iter().position(|line| holds(&line)));
        let Some(line) = found else { continue };
        from = line;
        let wording = rule.short.as_ref().filter(|_| *form == crate::distill::Form::Short).unwrap_or(&rule.full);
        origins.push(Origin { lines: line..line + 1, span: wording.span, what: format!("`{}`", rule.id) });
    }
    origins
}

/// The outputs that no template makes: the evals, and the schemas if they are wanted.
fn fixed_outputs(compiled: &Compiled, settings: Option<SourceId>, diags: &mut Vec<Diagnostic>) -> Vec<Artifact> {
    let maker = settings.map(|source| Span::new(source, 0..0));
    let out = rules::rules(&compiled.model);
    let json = serde_json::to_value(&out).expect("what goes out is JSON");
    for fault in schema::faults(Format::Rules, &json) {
        let place = Place::File(compiled.config.rules.clone());
        diags.push(Diagnostic::new(Code::InvalidOutput, place, fault).help("please report this fault of kbc"));
    }
    drop(json);
    let mut artifacts = vec![rules::artifact(&compiled.config.rules, &out, &compiled.model, maker)];
    if let Some(folder) = &compiled.config.schema {
        let schemas = Format::ALL.map(|format| {
            Artifact::new(format!("{}/{}.schema.json", folder.trim_end_matches('/'), format.name()), &format.text(), maker)
        });
        artifacts.extend(schemas);
    }
    artifacts
}

/// The worst class of trouble among errors; `None` if there are none.
pub fn worst(diags: &[Diagnostic]) -> Option<Class> {
    let errors = diags.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.map(|diagnostic| diagnostic.code.class()).max_by_key(|class| match class {
        Class::Finding => 0,
        Class::Unreadable => 1,
        Class::Bug => 2,
    })
}
