//! What compiling found out, and how the outputs that are there differ from it.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::artifact::{self, Artifact, Block};
use super::document::Digest;
use super::exceptions::Exceptions;
use super::parse::{PaperSize, TemplateBody, named};
use super::render::template::Templates;
use super::review_state::{self, LockComparison, settings};
use super::text_checks::{self, AllowedCharacters};
use super::{drift, existing_outputs};
use crate::agents::targets;
use crate::diag::{Diagnostic, Levels, Sink, SwitchedOff, UserError};
use crate::input::files::config::Config;
use crate::input::files::lock_file::Lock;
use crate::input::formats::managed_block;
use crate::input::world::World;
use crate::model::Model;
use crate::text::source::{SourceId, Sources};

/// All that compiling found out.
pub struct Compilation {
    pub sources: Sources,
    pub config: Config,
    /// kbc.toml.
    pub(super) settings: Option<SourceId>,
    pub model: Model,
    pub sizes: Vec<PaperSize>,
    /// The templates that parsed.
    pub(super) templates: Vec<TemplateBody>,
    pub digests: Vec<Digest>,
    /// The outputs; empty if an input has an error.
    pub artifacts: Vec<Artifact>,
    /// The files of others that were read, by path.
    pub(super) hosts: BTreeMap<String, SourceId>,
    /// `kbc.lock`, if there is one.
    pub lock: Option<(SourceId, Lock)>,
    /// What may stay as it is, for a reason.
    pub exceptions: Exceptions,
    /// Did every name resolve and every claim hold, so that the model is what the inputs mean?
    pub linked: bool,
    /// The errors of parsing and linking alone: those that keep the rules from being what the papers say.
    pub unlinked: Vec<Diagnostic>,
    pub diags: Sink,
    /// What kbc.toml switches off.
    pub off: SwitchedOff,
}

impl Compilation {
    pub fn has_errors(&self) -> bool {
        self.diags.has_errors()
    }

    /// The severities that kbc.toml sets.
    fn levels(&self) -> Levels {
        Levels::of(&self.config.check.codes)
    }

    /// Which rules nobody has read again. Of inputs that did not link, nothing is known.
    pub fn standing(&self) -> LockComparison {
        let lock = self.lock.as_ref().map(|(_, lock)| lock);
        if !self.linked {
            return LockComparison::default();
        }
        let settings = settings::of(&self.model, &self.config, self.settings, &self.templates, &self.sources);
        review_state::find(&self.model, &settings, &self.sources, lock)
    }

    /// Holds what lies in a world against what was compiled; of inputs with errors no outputs were made.
    ///
    /// # Errors
    /// If an output is a folder or cannot be read.
    pub fn compare(&mut self, world: &dyn World) -> Result<OutputCheck, UserError> {
        if self.has_errors() {
            return Ok(OutputCheck { standing: self.standing(), ..OutputCheck::default() }.set(&self.levels()));
        }
        // A file with a block was read with the inputs, and is compared as it was then.
        let own = self.artifacts.iter().filter(|artifact| artifact.block.is_none());
        let named: Vec<&str> = own.map(|artifact| artifact.path.as_str()).collect();
        let (folder, watched) = (self.config.output_folder(), targets::folders());
        let outputs = existing_outputs::read(world, &named, &folder, &watched, &mut self.sources)?;
        Ok(self.compare_outputs(&outputs))
    }

    /// Holds outputs, by path, and `kbc.lock` against what the inputs say; they are without errors. Blocks are held in the
    /// files that they were compiled with.
    pub fn compare_outputs(&self, outputs: &BTreeMap<String, SourceId>) -> OutputCheck {
        let allowances = AllowedCharacters::new(&self.config);
        let mut outputs = outputs.clone();
        outputs.extend(self.hosts.iter().map(|(path, source)| (path.clone(), *source)));
        let made: HashMap<&str, &Artifact> = self.artifacts.iter().map(|made| (made.path.as_str(), made)).collect();
        let look = |(path, source): (&String, &SourceId)| match made.get(path.as_str()) {
            // What lies there and is not kbc's is a stray, whatever it holds.
            None if !artifact::is_made(path, &self.sources.get(*source).text) => Vec::new(),
            made => self.hidden_in(*source, made.and_then(|made| made.block.as_ref()), &allowances),
        };
        let hidden = outputs.par_iter().flat_map_iter(look).collect();
        let standing = self.standing();
        let mut drift =
            drift::find(&self.artifacts, &self.config.output_folder(), &outputs, &self.model, &self.sources);
        drift.extend(standing.drift(self.lock.as_ref().map(|(source, _)| *source), &self.sources));
        OutputCheck { drift, hidden, standing, off: SwitchedOff::default() }.set(&self.levels())
    }

    /// What an output that is there hides; of a file of others, in the block that kbc keeps there.
    fn hidden_in(&self, source: SourceId, block: Option<&Block>, allowances: &AllowedCharacters) -> Vec<Diagnostic> {
        let Some(block) = block else {
            return text_checks::file(source, text_checks::Origin::Made, &self.sources, allowances);
        };
        let inside = managed_block::inside(&self.sources.get(source).text, &block.name).unwrap_or(0..0);
        let is_inside = |at| inside.contains(&at);
        text_checks::part(source, text_checks::Origin::Made, &is_inside, &self.sources, allowances)
    }

    /// The artifact that a digest became.
    pub fn artifact(&self, digest: &Digest) -> Option<&Artifact> {
        self.artifacts.iter().find(|artifact| artifact.path == digest.front.output)
    }

    /// The templates, parsed anew.
    pub fn templates(&self) -> Templates<'_> {
        Templates::parse(&named(&self.templates), &self.sources, &self.model, &self.config, &mut Sink::new())
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
    /// What kbc.toml switches off of all this.
    pub off: SwitchedOff,
}

impl OutputCheck {
    /// With the severities that a project sets.
    fn set(mut self, levels: &Levels) -> Self {
        self.off.add(self.standing.diags.set(levels));
        for diagnostics in [&mut self.drift, &mut self.hidden] {
            let (told, off) = levels.apply(std::mem::take(diagnostics));
            *diagnostics = told;
            self.off.add(off);
        }
        self
    }
}
