//! The outputs: planned from the templates, made side by side, and held against what their readers accept.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::artifact::Artifact;
use super::document::{self, Digest, DocumentContext, OutputPaths};
use super::parse::{ParsedTemplates, named};
use super::plan::{self, OutputPlanner, PlannedOutput};
use super::render::rules;
use super::render::template::Templates;
use super::text_checks::{self, AllowedCharacters};
use super::{formats, target_check};
use crate::diag::{Code, Diagnostic, Place, Sink};
use crate::input::files::config::Config;
use crate::input::files::template::Mode;
use crate::input::formats::managed_block;
use crate::model::Model;
use crate::text::source::{SourceId, Sources, Span};

/// What outputs are made from.
pub struct OutputContext<'a> {
    pub sources: &'a Sources,
    pub config: &'a Config,
    /// kbc.toml.
    pub settings: Option<SourceId>,
    pub model: &'a Model,
    pub templates: &'a ParsedTemplates,
    /// The files of others that were read, by path.
    pub hosts: &'a BTreeMap<String, SourceId>,
    pub allowances: &'a AllowedCharacters,
}

/// What came of the templates.
#[derive(Default)]
pub struct Outputs {
    pub digests: Vec<Digest>,
    /// Empty if an input has an error.
    pub artifacts: Vec<Artifact>,
}

/// Makes every output; of inputs with an error, none.
pub fn make(context: &OutputContext, sink: &mut Sink) -> Outputs {
    let plans = context.plans(sink);
    let OutputContext { sources, config, model, templates, .. } = *context;
    let templates = Templates::parse(&named(&templates.bodies), sources, model, config, sink);
    if sink.has_errors() {
        return Outputs::default();
    }
    let workshop = DocumentContext { model, config, templates: &templates, documents: plans.len() };
    let made = sink.par_map(plans, |planned, found| context.document(&workshop, planned, found));
    let mut outputs = Outputs::default();
    for (digest, artifact) in made.into_iter().flatten() {
        outputs.digests.push(digest);
        outputs.artifacts.push(artifact);
    }
    outputs.artifacts.extend(context.fixed(sink));
    let look = |artifact: &Artifact| text_checks::output(artifact, model, context.allowances);
    sink.extend(outputs.artifacts.par_iter().flat_map_iter(look).collect::<Vec<_>>());
    if sink.has_errors() {
        outputs.artifacts.clear();
    }
    outputs
}

impl<'a> OutputContext<'a> {
    /// The outputs to be made, and what is wrong with those that cannot be meant.
    fn plans(&self, sink: &mut Sink) -> Vec<PlannedOutput<'a>> {
        // What a broken paper would have is not known, so nothing is said of what it lacks.
        let is_whole = !sink.has_errors();
        let planning = OutputPlanner { model: self.model, config: self.config };
        let mut taken = OutputPaths::default();
        self.reserve_fixed(&mut taken, sink);
        let mut plans = Vec::new();
        for (front, template) in &self.templates.makers {
            let mut found = Sink::new();
            plan::examine(front, template, self.config, &mut found);
            if found.is_empty() {
                let planned = planning.outputs(front, template);
                planned.iter().for_each(|planned| document::examine(planned, &self.config.paths, &mut taken, sink));
                plans.extend(planned);
            }
            sink.extend(found);
            if is_whole {
                document::selection(self.model, self.config, &front.select, template, sink);
            }
        }
        for (front, template) in &self.templates.makers {
            let planned = planning.rulebooks(front, template, &plans);
            planned.iter().for_each(|planned| document::examine(planned, &self.config.paths, &mut taken, sink));
            plans.extend(planned);
        }
        plans
    }

    /// Takes the paths of the outputs that no template makes.
    fn reserve_fixed(&self, taken: &mut OutputPaths, sink: &mut Sink) {
        let mut complained = HashSet::new();
        for (key, path) in fixed_paths(self.config) {
            let at = self.settings.map(|_| self.config.places.at(&format!("/{key}")));
            // Without settings the paths are kbc's own, and there is nothing to complain about.
            let at = at.unwrap_or(Span::new(SourceId::default(), 0..0));
            let mut found = Sink::new();
            document::reserve_path(&path, &self.config.paths, at, taken, &mut found);
            // One folder for all schemas is one fault.
            if !found.is_empty() && complained.insert(key) {
                sink.extend(found);
            }
        }
    }

    fn document(
        &self,
        workshop: &DocumentContext,
        planned: PlannedOutput,
        found: &mut Sink,
    ) -> Option<(Digest, Artifact)> {
        let host = self.hosts.get(&planned.front.output);
        let host = host.map(|source| (*source, self.sources.get(*source).text.as_str()));
        if let Some((source, _)) = host.filter(|_| planned.front.mode == Mode::Splice) {
            found.extend(self.around_block(source, &planned));
        }
        let (digest, mut artifact) = document::make(workshop, planned, host, found)?;
        let mut rulebooks = self.config.agents.roles.keys().map(|role| self.config.rulebook_of(role));
        if artifact.path == self.config.rulebook() || rulebooks.any(|path| path == artifact.path) {
            artifact = artifact.sealed();
        }
        if digest.front.budget.is_some() {
            text_checks::comments(&artifact, self.model, self.sources, found);
        }
        target_check::check(&artifact, digest.body, &self.config.rulebook(), self.sources, found);
        Some((digest, artifact))
    }

    /// What a file of others hides outside of kbc's block; what stands in the block is made anew.
    fn around_block(&self, host: SourceId, planned: &PlannedOutput) -> Vec<Diagnostic> {
        let name = document::block_name(&planned.template.name);
        let block = managed_block::inside(&self.sources.get(host).text, &name).unwrap_or(0..0);
        let is_outside = |at| !block.contains(&at);
        text_checks::part(host, text_checks::Origin::Written, &is_outside, self.sources, self.allowances)
    }

    /// The outputs that no template makes: the evals, and the schemas if they are wanted.
    fn fixed(&self, sink: &mut Sink) -> Vec<Artifact> {
        let maker = self.settings.map(|source| Span::new(source, 0..0));
        let out = rules::rules(self.model);
        let json = serde_json::to_value(&out).expect("what goes out is JSON");
        for fault in rules::FORMAT.faults(&json) {
            let place = Place::File(self.config.rules());
            sink.push(Diagnostic::new(Code::InvalidOutput, place, fault).help("please report this fault of kbc"));
        }
        drop(json);
        let mut artifacts = vec![rules::artifact(&self.config.rules(), &out, maker)];
        let schemas = fixed_paths(self.config).into_iter().filter(|(key, _)| *key == "paths/schemas");
        artifacts
            .extend(schemas.zip(formats::ALL).map(|((_, path), format)| Artifact::new(path, format.text(), maker)));
        artifacts
    }
}

/// The paths of the outputs that no template makes, with the setting that names them.
fn fixed_paths(config: &Config) -> Vec<(&'static str, String)> {
    let schemas = config.paths.schemas.iter().flat_map(|folder| {
        let folder = folder.strip_suffix('/').unwrap_or(folder);
        formats::ALL.map(|format| ("paths/schemas", format!("{folder}/{}.schema.json", format.name)))
    });
    [("paths/rules", config.rules())].into_iter().chain(schemas).collect()
}
