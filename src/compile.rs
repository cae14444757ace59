//! The phases in order: parse, link, distill, render. A function from texts to texts and
//! complaints; disk, clock and environment are not known here.

pub mod artifact;
pub mod back_port;
pub mod budget_report;
mod builtin_templates;
pub mod conflict;
pub mod coverage;
pub mod distill;
mod document;
pub mod drift;
mod inputs;
pub mod link;
pub mod outputs;
pub mod paper_search;
mod plan;
mod read;
pub mod render;
pub mod review_state;
pub mod roles;
pub mod text_checks;

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use rayon::prelude::*;

use self::artifact::Artifact;
use self::distill::{Candidate, Cost, Pick};
pub use self::document::Digest;
use self::document::DocumentContext;
use self::link::Parsed;
use self::plan::{OutputPlanner, PlannedOutput};
pub use self::read::PaperSize;
use self::render::rules;
use self::render::template::Templates;
use self::review_state::LockComparison;
use self::text_checks::AllowedCharacters;
use crate::diag::{Class, Code, Diagnostic, Place, Severity, Sink};
use crate::input::files::config::{self, Config};
use crate::input::files::lock_file::{self, Lock};
use crate::input::files::paper::ParsedPaper;
use crate::input::files::template::{self, FrontMatter, Mode};
use crate::input::formats::managed_block;
use crate::input::formats::yaml::Document;
use crate::input::schema::{self, Format, tools};
use crate::input::vocabulary::{Drafts, Status};
use crate::input::world::World;
use crate::model::Model;
use crate::review::{self, Engine};
use crate::text::source::{SourceId, Sources, Span};
use crate::text::tokens::{Encoding, Tally};

/// The built-in template, for a knowledge base without a `templates` folder.
pub const DEFAULT_TEMPLATE: &str = include_str!("compile/builtin_templates/RULEBOOK.md");

/// Every text that was read.
#[derive(Default)]
pub struct Texts {
    pub sources: Sources,
    pub config: Option<SourceId>,
    pub papers: Vec<SourceId>,
    pub data: Vec<SourceId>,
    pub templates: Vec<SourceId>,
    /// Utility rules of checks.
    pub utilities: Vec<SourceId>,
    pub lock: Option<SourceId>,
    /// Files of others that outputs are a block of.
    pub hosts: Vec<SourceId>,
    pub drafts: Drafts,
    /// What could not be read.
    pub diags: Sink,
}

impl Texts {
    /// Texts by path, sorted into what they are by the folder that they lie in.
    pub fn of(texts: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let mut inputs = Self::default();
        for (path, text) in texts {
            let path = path.into();
            let folder = path.split('/').next().unwrap_or_default().to_owned();
            let id = inputs.sources.add(path, text);
            match folder.as_str() {
                "papers" => inputs.papers.push(id),
                "data" => inputs.data.push(id),
                "templates" => inputs.templates.push(id),
                "utils" => inputs.utilities.push(id),
                lock_file::PATH => inputs.lock = Some(id),
                "kbc.toml" => inputs.config = Some(id),
                _ => inputs.hosts.push(id),
            }
        }
        inputs
    }

    /// The paths of the files of others that outputs are to be a block of, which have to be read as well. What is wrong
    /// with settings or templates is said when they are compiled.
    pub fn wanted_hosts(&self) -> Vec<String> {
        let mut unsaid = Sink::new();
        let text = |source: SourceId| self.sources.get(source).text.as_str();
        let config = self.config.map_or_else(Config::default, |id| config::read(id, text(id), &mut unsaid));
        let paths: Vec<&str> = self.templates.iter().map(|id| self.sources.get(*id).path.as_str()).collect();
        let written = self.templates.iter().map(|id| text(*id));
        let texts = written.chain(builtin_templates::wanted(&config, &paths).map(|(_, text)| text));
        let papers: Vec<&str> = self.papers.iter().map(|id| read::stem(&self.sources.get(*id).path)).collect();
        let fronts = texts.filter_map(|text| template::read(SourceId::default(), "", text, &mut unsaid)?.front());
        fronts.flat_map(|front| plan::spliced(&front, &config, &papers)).collect()
    }
}

/// All that compiling found out.
pub struct Compilation {
    pub sources: Sources,
    pub config: Config,
    pub model: Model,
    pub sizes: Vec<PaperSize>,
    /// The templates that parsed, by name, with the begin of their bodies.
    templates: Vec<(String, SourceId, usize)>,
    pub digests: Vec<Digest>,
    /// The outputs; empty if an input has an error.
    pub artifacts: Vec<Artifact>,
    /// The files of others that were read, by path.
    hosts: BTreeMap<String, SourceId>,
    /// `kbc.lock`, if there is one.
    pub lock: Option<(SourceId, Lock)>,
    /// Did every name resolve and every claim hold, so that the model is what the inputs mean?
    pub linked: bool,
    pub diags: Sink,
}

impl Compilation {
    pub fn has_errors(&self) -> bool {
        has_errors(&self.diags)
    }

    /// Which rules nobody has read again. Of inputs that did not link, nothing is known.
    pub fn standing(&self) -> LockComparison {
        let lock = self.lock.as_ref().map(|(_, lock)| lock);
        if self.linked { review_state::find(&self.model, &self.sources, lock) } else { LockComparison::default() }
    }

    /// Holds what lies in a world against what was compiled; of inputs with errors no outputs were made.
    ///
    /// # Errors
    /// If an output is a folder or cannot be read.
    pub fn compare(&mut self, world: &dyn World) -> Result<OutputCheck, String> {
        if self.has_errors() {
            return Ok(OutputCheck { standing: self.standing(), ..OutputCheck::default() });
        }
        // A file with a block was read with the inputs, and is compared as it was then.
        let own = self.artifacts.iter().filter(|artifact| artifact.block.is_none());
        let named: Vec<&str> = own.map(|artifact| artifact.path.as_str()).collect();
        let outputs = outputs::read(world, &named, self.config.output_folder(), &tools::folders(), &mut self.sources)?;
        Ok(self.compare_outputs(&outputs))
    }

    /// Holds outputs, by path, and `kbc.lock` against what the inputs say; they are without errors. Blocks are held in the
    /// files that they were compiled with.
    pub fn compare_outputs(&self, outputs: &BTreeMap<String, SourceId>) -> OutputCheck {
        let allowances = AllowedCharacters::new(&self.config);
        let mut outputs = outputs.clone();
        outputs.extend(self.hosts.iter().map(|(path, source)| (path.clone(), *source)));
        // What lies there and is not kbc's is a stray, whatever it holds.
        let is_ours = |path: &str, source: SourceId| {
            self.artifacts.iter().any(|artifact| artifact.path == path)
                || artifact::is_made(path, &self.sources.get(source).text)
        };
        let ours = outputs.iter().filter(|(path, source)| is_ours(path, **source));
        let look = |path: &str, source: SourceId| match self.block_in(path, source) {
            None => text_checks::file(source, text_checks::Origin::Made, &self.sources, &allowances),
            Some(block) => text_checks::part(
                source,
                text_checks::Origin::Made,
                &|at| block.contains(&at),
                &self.sources,
                &allowances,
            ),
        };
        let hidden = ours.flat_map(|(path, source)| look(path, *source)).collect();
        let standing = self.standing();
        let mut drift = drift::find(&self.artifacts, self.config.output_folder(), &outputs, &self.sources);
        drift.extend(standing.drift(self.lock.as_ref().map(|(source, _)| *source), &self.sources));
        OutputCheck { drift, hidden, standing }
    }

    /// The bytes of the block that kbc keeps in a file of others.
    fn block_in(&self, path: &str, source: SourceId) -> Option<Range<usize>> {
        let artifact = self.artifacts.iter().find(|artifact| artifact.path == path)?;
        let block = artifact.block.as_ref()?;
        Some(managed_block::inside(&self.sources.get(source).text, &block.name).unwrap_or(0..0))
    }

    /// The artifact that a digest became.
    pub fn artifact(&self, digest: &Digest) -> Option<&Artifact> {
        self.artifacts.iter().find(|artifact| artifact.path == digest.front.output)
    }

    /// Hands out what is needed to plan a document for other budgets, counted in an encoding.
    pub fn with_cost<T>(&self, digest: &Digest, encoding: Encoding, ask: impl FnOnce(&[Candidate], &Cost) -> T) -> T {
        let named = named(&self.templates);
        let templates = Templates::parse(&named, &self.sources, &self.model, &self.config, &mut Sink::new());
        let tally = Tally::new(encoding);
        let cost = |picks: &[Pick]| {
            let text = templates.render(&digest.template, &digest.subject, &self.model, &digest.rules, picks);
            text.map_or(usize::MAX / 4, |text| tally.count(artifact::counted(&digest.front.output, &text)))
        };
        ask(&document::candidates(&self.model, &digest.rules), &cost)
    }
}

/// What outputs and `kbc.lock` have against the inputs.
#[derive(Default)]
pub struct OutputCheck {
    /// What `kbc build` would change.
    pub drift: Vec<Diagnostic>,
    /// What outputs hold that no reader sees.
    pub hidden: Vec<Diagnostic>,
    /// How the rules stand to `kbc.lock`.
    pub standing: LockComparison,
}

fn has_errors(diags: &[Diagnostic]) -> bool {
    diags.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

fn named(templates: &[(String, SourceId, usize)]) -> Vec<(&str, SourceId, usize)> {
    templates.iter().map(|(name, source, body)| (name.as_str(), *source, *body)).collect()
}

/// A knowledge base as understood: parsed and linked, nothing made of it yet.
pub struct Linked {
    pub sources: Sources,
    pub config: Config,
    pub model: Model,
    pub diags: Sink,
    /// kbc.toml.
    pub settings: Option<SourceId>,
    papers: Vec<SourceId>,
    templates: Vec<SourceId>,
    allowances: AllowedCharacters,
}

fn planning<'a>(
    model: &'a Model,
    config: &'a Config,
    settings: Option<SourceId>,
    sources: &'a Sources,
) -> OutputPlanner<'a> {
    OutputPlanner { model, config, settings: settings.map(|source| (source, sources.get(source).text.as_str())) }
}

/// Parses and links, with the project around as `around` tells it.
pub fn understand(mut inputs: Texts, around: &dyn World) -> Linked {
    let mut diags = std::mem::take(&mut inputs.diags);
    let settings = inputs.config;
    let config = match settings {
        Some(source) => config::read(source, &inputs.sources.get(source).text, &mut diags),
        None => Config::default(),
    };
    if inputs.templates.is_empty() {
        inputs.templates.push(inputs.sources.add("templates/RULEBOOK.md", DEFAULT_TEMPLATE));
    }
    let paths: Vec<&str> = inputs.templates.iter().map(|id| inputs.sources.get(*id).path.as_str()).collect();
    let shipped: Vec<(String, &str)> = builtin_templates::wanted(&config, &paths).collect();
    inputs.templates.extend(shipped.into_iter().map(|(path, text)| inputs.sources.add(path, text)));
    let (sources, drafts) = (inputs.sources, inputs.drafts);
    for ids in [&mut inputs.papers, &mut inputs.data, &mut inputs.templates, &mut inputs.utilities] {
        ids.sort_by(|a, b| sources.get(*a).path.cmp(&sources.get(*b).path));
    }
    let allowances = AllowedCharacters::new(&config);
    let folders = [&inputs.papers, &inputs.data, &inputs.templates, &inputs.utilities].map(Vec::as_slice);
    let all = [settings.as_slice(), &folders.concat(), inputs.lock.as_slice()].concat();
    let look = |id: &SourceId| text_checks::file(*id, text_checks::Origin::Written, &sources, &allowances);
    diags.extend(all.par_iter().flat_map_iter(look).collect::<Vec<_>>());
    if let Some(settings) = settings {
        builtin_templates::check(&config, settings, &sources, &mut diags);
        roles::check(&config, settings, &sources.get(settings).text, &mut diags);
    }
    let papers = read::papers(&sources, &inputs.papers, &mut diags);
    let data = read::data(&sources, &inputs.data, &mut diags);
    let utilities = read::utilities(&sources, &inputs.utilities, &mut diags);
    let lacks_data = data.len() < inputs.data.len() || read::lacks(&diags, "data/", &sources);
    let lacks_utilities = utilities.len() < inputs.utilities.len() || read::lacks(&diags, "utils/", &sources);
    let written = Parsed {
        sources: &sources,
        papers: &papers,
        data: &data,
        utilities: &utilities,
        lacks_data,
        lacks_utilities,
        drafts,
        around,
    };
    let model = link::link(&written, &mut diags);
    let others = [inputs.data.as_slice(), &inputs.templates, &inputs.utilities].concat();
    let documents: Vec<&Document> = papers
        .iter()
        .map(|paper| &paper.document)
        .chain(data.iter().map(|file| &file.document))
        .chain(&utilities)
        .collect();
    look_closely(&papers, &documents, settings, &sources, &allowances, &mut diags);
    text_checks::remarks(&papers, &others, &sources, &mut diags);
    let read = papers.iter().map(|paper| paper.source).collect();
    Linked { sources, config, model, diags, papers: read, templates: inputs.templates, settings, allowances }
}

/// What readers do not see of inputs, or take for something else, once their escapes are resolved.
fn look_closely(
    papers: &[ParsedPaper],
    documents: &[&Document],
    settings: Option<SourceId>,
    sources: &Sources,
    allowances: &AllowedCharacters,
    diags: &mut Sink,
) {
    documents.iter().for_each(|document| text_checks::document(document, sources, allowances, diags));
    papers.iter().for_each(|paper| text_checks::prose(&paper.prose, sources, allowances, diags));
    if let Some(source) = settings {
        text_checks::settings(source, sources, allowances, diags);
    }
    text_checks::names(documents, settings, sources, diags);
}

/// Compiles a knowledge base in memory, with the project around as `around` tells it.
pub fn compile(inputs: Texts, around: &dyn World) -> Compilation {
    let (all, lock) = (inputs.papers.clone(), inputs.lock);
    let hosts = inputs.hosts.iter().map(|id| (inputs.sources.get(*id).path.clone(), *id)).collect();
    let Linked { sources, config, model, mut diags, papers, templates, settings, allowances } =
        understand(inputs, around);
    let linked = !has_errors(&diags);
    if let Some(settings) = settings.filter(|_| linked) {
        roles::check_rules(&config, &model, settings, &sources.get(settings).text, &mut diags);
    }
    let proven: Vec<usize> = (0..model.rules.len()).filter(|rule| model.rules[*rule].status != Status::Draft).collect();
    let engine = Engine::new(&model, &proven, &sources, &mut diags);
    engine.prepare();
    diags.extend(engine.faults(&model, &sources));
    review::prove(&engine, &model, &sources, &mut diags);
    conflict::find(&engine, &model, &mut diags);
    let sizes = read::sizes(&sources, &all, &papers, &config, &mut diags);
    let (templates, fronts) = read::templates(&sources, &templates, &mut diags);
    let documents: Vec<&Document> = fronts.iter().map(|(_, template)| &template.document).collect();
    documents.iter().for_each(|document| text_checks::document(document, &sources, &allowances, &mut diags));
    text_checks::names(&documents, None, &sources, &mut diags);
    let lock = lock.map(|source| (source, Lock::read(source, &sources.get(source).text, &mut diags)));
    // Of a lock that was half read nothing follows.
    let linked = linked && !diags.iter().any(|diagnostic| diagnostic.code == Code::InvalidLock);
    if let Some((_, lock)) = &lock {
        review_state::retired(&model, lock, &mut diags);
    }
    if linked {
        let bodies =
            templates.iter().map(|(_, source, body)| Span::new(*source, *body..sources.get(*source).text.len()));
        let bodies: Vec<Span> = bodies.collect();
        coverage::find(&model, &bodies, lock.as_ref().map(|(_, lock)| lock), &sources, &mut diags);
    }
    let (digests, artifacts) = (Vec::new(), Vec::new());
    let mut compiled =
        Compilation { sources, config, model, sizes, templates, digests, artifacts, hosts, lock, linked, diags };
    make_outputs(&mut compiled, &fronts, settings, &allowances);
    // What a broken input would have needed is not known.
    if let Some(settings) = settings.filter(|_| !compiled.has_errors()) {
        allowances.unused(settings, &compiled.sources, &mut compiled.diags);
    }
    compiled.diags.sort();
    compiled
}

type Fronts = Vec<(FrontMatter, template::Template)>;

fn make_outputs(
    compiled: &mut Compilation,
    fronts: &Fronts,
    settings: Option<SourceId>,
    allowances: &AllowedCharacters,
) {
    let planning = planning(&compiled.model, &compiled.config, settings, &compiled.sources);
    let (plans, mut diags) = plan_outputs(compiled, &planning, fronts);
    let named = named(&compiled.templates);
    let templates = Templates::parse(&named, &compiled.sources, &compiled.model, &compiled.config, &mut diags);
    if !compiled.has_errors() && !has_errors(&diags) {
        let workshop = DocumentContext { model: &compiled.model, config: &compiled.config, templates: &templates };
        let make = |planned: PlannedOutput| {
            let mut found = Sink::new();
            let host = compiled.hosts.get(&planned.front.output);
            let host = host.map(|source| (*source, compiled.sources.get(*source).text.as_str()));
            if let Some((source, _)) = host.filter(|_| planned.front.mode == Mode::Splice) {
                found.extend(look_around(source, &planned, &compiled.sources, allowances));
            }
            let made = document::make(&workshop, planned, host, &mut found);
            (made, found)
        };
        for (made, found) in plans.into_par_iter().map(make).collect::<Vec<_>>() {
            diags.extend(found);
            let Some((digest, artifact)) = made else { continue };
            if digest.front.budget.is_some() {
                text_checks::comments(&artifact, &compiled.model.rules, &compiled.sources, &mut diags);
            }
            tools::check(&artifact, &compiled.config.rulebook, &compiled.sources, &mut diags);
            compiled.digests.push(digest);
            compiled.artifacts.push(artifact);
        }
        compiled.artifacts.extend(fixed_outputs(compiled, settings, &mut diags));
        diags.extend(compiled.artifacts.iter().flat_map(|artifact| text_checks::output(artifact, allowances)));
    }
    compiled.diags.extend(diags);
    if compiled.has_errors() {
        compiled.artifacts.clear();
    }
}

/// What a file of others hides outside of kbc's block; what stands in the block is made anew.
fn look_around(
    host: SourceId,
    planned: &PlannedOutput,
    sources: &Sources,
    allowances: &AllowedCharacters,
) -> Vec<Diagnostic> {
    let name = document::block_name(&planned.template.name);
    let block = managed_block::inside(&sources.get(host).text, &name).unwrap_or(0..0);
    text_checks::part(host, text_checks::Origin::Written, &|at| !block.contains(&at), sources, allowances)
}

/// The outputs to be made, and what is wrong with those that cannot be meant.
fn plan_outputs<'a>(
    compiled: &Compilation,
    planning: &OutputPlanner<'a>,
    fronts: &'a Fronts,
) -> (Vec<PlannedOutput<'a>>, Sink) {
    let mut diags = Sink::new();
    let mut owners = HashSet::new();
    let mut complained: HashSet<&str> = HashSet::new();
    for (key, path) in fixed_paths(planning.config) {
        let at = planning.settings.map(|(source, text)| config::place(source, text, key));
        // Without settings the paths are kbc's own, and there is nothing to complain about.
        let at = at.unwrap_or(Span::new(SourceId::default(), 0..0));
        let mut found = Sink::new();
        document::reserve_path(&path, at, &mut owners, &mut found);
        // One folder for all schemas is one fault.
        if !found.is_empty() && complained.insert(key) {
            diags.extend(found);
        }
    }
    let mut plans = Vec::new();
    for (front, template) in fronts {
        let known = diags.len();
        plan::examine(front, template, planning.config, &mut diags);
        if diags.len() == known {
            let planned = planning.outputs(front, template);
            planned.iter().for_each(|planned| document::examine(planned, &mut owners, &mut diags));
            plans.extend(planned);
        }
        // What a broken paper would have is not known, so nothing is said of what it lacks.
        if !compiled.has_errors() {
            document::selection(planning.model, planning.config, &front.select, template, &mut diags);
        }
    }
    for (front, template) in fronts {
        let planned = planning.rulebooks(front, template, &plans);
        planned.iter().for_each(|planned| document::examine(planned, &mut owners, &mut diags));
        plans.extend(planned);
    }
    (plans, diags)
}

/// The paths of the outputs that no template makes, with the setting that names them.
fn fixed_paths(config: &Config) -> Vec<(&'static str, String)> {
    let schemas = config.schema.iter().flat_map(|folder| {
        let folder = folder.strip_suffix('/').unwrap_or(folder);
        Format::ALL.map(|format| ("schema", format!("{folder}/{}.schema.json", format.name())))
    });
    [("rules", config.rules.clone())].into_iter().chain(schemas).collect()
}

/// The outputs that no template makes: the evals, and the schemas if they are wanted.
fn fixed_outputs(compiled: &Compilation, settings: Option<SourceId>, diags: &mut Sink) -> Vec<Artifact> {
    let maker = settings.map(|source| Span::new(source, 0..0));
    let out = rules::rules(&compiled.model);
    let json = serde_json::to_value(&out).expect("what goes out is JSON");
    for fault in schema::faults(Format::Rules, &json) {
        let place = Place::File(compiled.config.rules.clone());
        diags.push(Diagnostic::new(Code::InvalidOutput, place, fault).help("please report this fault of kbc"));
    }
    drop(json);
    let mut artifacts = vec![rules::artifact(&compiled.config.rules, &out, &compiled.model, maker)];
    let schemas = fixed_paths(&compiled.config).into_iter().filter(|(key, _)| *key == "schema");
    artifacts.extend(schemas.zip(Format::ALL).map(|((_, path), format)| Artifact::new(path, format.text(), maker)));
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
