//! The stages in order: parse, link, prove, plan, distill, render, compare. A function from texts to texts and
//! complaints; disk, clock and environment are not known here.

pub mod artifact;
pub mod back_port;
pub mod budget_report;
pub mod builtin_templates;
mod compilation;
pub mod conflict;
pub mod coverage;
pub mod distill;
mod document;
pub mod drift;
pub mod exceptions;
mod existing_outputs;
pub mod formats;
mod inputs;
pub mod link;
pub mod move_in;
mod outputs;
pub mod paper_search;
mod parse;
mod plan;
mod prove;
pub mod render;
pub mod review_state;
pub mod roles;
mod said_twice;
pub mod selection;
mod target_check;
pub mod text_checks;
mod texts;

pub use self::builtin_templates::DEFAULT_TEMPLATE;
pub use self::compilation::{Compilation, OutputCheck};
pub use self::document::Digest;
use self::exceptions::Exceptions;
use self::outputs::OutputContext;
pub use self::parse::PaperSize;
use self::text_checks::AllowedCharacters;
pub use self::texts::Texts;
use crate::diag::{Code, Diagnostic, Levels, Sink};
use crate::input::files::config::Config;
use crate::input::world::World;
use crate::model::Model;
use crate::review::finding::RuleLevels;
use crate::text::source::{SourceId, Sources};

/// A knowledge base whose names are resolved, from which nothing is made yet.
pub struct Linked {
    pub sources: Sources,
    pub config: Config,
    /// kbc.toml.
    pub settings: Option<SourceId>,
    pub model: Model,
    pub diags: Sink,
    /// What the texts are; their sources are in `sources`.
    texts: Texts,
    /// The papers that could be read, without lists, which have no smallest size.
    papers: Vec<SourceId>,
    allowances: AllowedCharacters,
    exceptions: Exceptions,
}

/// Parses and links: enough to run checks on code, or benchmarks.
pub fn link_only(mut texts: Texts, world: &dyn World) -> Linked {
    let mut sink = std::mem::take(&mut texts.diags);
    let config = parse::settings(&mut texts, &mut sink);
    let allowances = AllowedCharacters::new(&config);
    text_checks::files(&texts, &allowances, &mut sink);
    if texts.config.is_some() {
        builtin_templates::check(&config, &mut sink);
        roles::check(&config, &mut sink);
    }
    let parsed = parse::inputs(&texts, &mut sink);
    let model = link::link(&link::Inputs::new(&texts, &parsed, world), &mut sink);
    text_checks::inputs(&texts, &parsed, &allowances, &mut sink);
    let exceptions = Exceptions::new(&config, &parsed, world, &mut sink);
    sink.settle_old_format();
    let papers = parsed.papers.iter().filter(|paper| !paper.is_list()).map(|paper| paper.source).collect();
    let (sources, settings) = (std::mem::take(&mut texts.sources), texts.config);
    Linked { sources, config, settings, model, diags: sink, texts, papers, allowances, exceptions }
}

/// Compiles a knowledge base in memory, with the project around as a world tells it.
pub fn compile(texts: Texts, world: &dyn World) -> Compilation {
    let Linked { sources, config, settings, model, diags: mut sink, texts, papers, allowances, exceptions } =
        link_only(texts, world);
    let unlinked = sink.errors();
    // A setting that cannot be meant leaves rules what the papers say.
    let is_setting = |fault: &Diagnostic| {
        fault.code == Code::InvalidValue && fault.span().is_some_and(|span| Some(span.source) == settings)
    };
    let mut is_linked = unlinked.iter().all(is_setting);
    if settings.is_some() && is_linked {
        roles::check_rules(&config, &model, &mut sink);
        RuleLevels::new(&config, &model, &mut sink);
    }
    let engine = prove::engine(&model, &sources, &mut sink);
    conflict::find(&engine, &model, &mut sink);
    let sizes = parse::sizes(&sources, &texts.papers, &papers, &config, &mut sink);
    // Behind linking, so that a broken template hides nothing of what is wrong with the rules.
    let templates = parse::templates(&sources, &texts.paths, &texts.templates, &mut sink);
    text_checks::templates(&templates, &sources, &allowances, &mut sink);
    let lock = parse::lock(&sources, texts.lock, &mut is_linked, &mut sink);
    if let Some((_, lock)) = &lock {
        review_state::retired(&model, lock, &mut sink);
    }
    if is_linked {
        let lock = lock.as_ref().map(|(_, lock)| lock);
        coverage::find(&model, &templates.bodies_in(&sources), lock, &sources, &mut sink);
    }
    exceptions.apply(&sources, &mut sink);
    let hosts = texts.hosts_by_path(&sources);
    said_twice::find(&model, &hosts, &sources, &mut sink);
    let context = OutputContext {
        sources: &sources,
        config: &config,
        settings,
        model: &model,
        templates: &templates,
        hosts: &hosts,
        allowances: &allowances,
    };
    // Before the outputs, which are made only if nothing is an error.
    let levels = Levels::of(&config.check.codes);
    let mut off = sink.set(&levels);
    let outputs::Outputs { digests, artifacts } = outputs::make(&context, &mut sink);
    exceptions.apply(&sources, &mut sink);
    // What a broken input would have needed is not known.
    if !sink.has_errors() {
        allowances.unused(&config.places, &mut sink);
        exceptions.unused(&mut sink);
    }
    off.add(sink.set(&levels));
    sink.settle_old_format();
    sink.sort();
    let templates = templates.bodies;
    Compilation {
        sources,
        config,
        settings,
        model,
        sizes,
        templates,
        digests,
        artifacts,
        hosts,
        lock,
        linked: is_linked,
        exceptions,
        unlinked,
        diags: sink,
        off,
    }
}
