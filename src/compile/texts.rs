//! Every text that a knowledge base is made of, sorted by what it is: by the folder that it lies in, as kbc.toml names it.

use std::collections::BTreeMap;

use crate::diag::Sink;
use crate::input::files::config::{self, Config, Input, Paths, SETTINGS};
use crate::input::files::lock_file;
use crate::input::vocabulary::Drafts;
use crate::text::source::{SourceId, Sources};

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
    /// Where they lie.
    pub paths: Paths,
    pub drafts: Drafts,
    /// What could not be read.
    pub diags: Sink,
}

impl Texts {
    /// The files of others by path.
    pub fn hosts_by_path(&self, sources: &Sources) -> BTreeMap<String, SourceId> {
        self.hosts.iter().map(|id| (sources.get(*id).path.clone(), *id)).collect()
    }

    /// Texts by path, sorted into what they are by the folder that they lie in.
    pub fn of(texts: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let mut inputs = Self::default();
        let ids: Vec<SourceId> = texts.into_iter().map(|(path, text)| inputs.sources.add(path.into(), text)).collect();
        inputs.config = ids.iter().copied().find(|id| inputs.sources.get(*id).path == SETTINGS);
        inputs.paths = inputs.config_unsaid().paths;
        for id in ids {
            let path = inputs.sources.get(id).path.as_str();
            match inputs.paths.input_of(path) {
                Some(Input::Papers) => inputs.papers.push(id),
                Some(Input::Data) => inputs.data.push(id),
                Some(Input::Templates) => inputs.templates.push(id),
                Some(Input::Utilities) => inputs.utilities.push(id),
                None if path == lock_file::PATH => inputs.lock = Some(id),
                None if path == SETTINGS => {}
                None => inputs.hosts.push(id),
            }
        }
        inputs
    }

    /// The settings; what is wrong with them is said when they are compiled.
    pub fn config_unsaid(&self) -> Config {
        let mut unsaid = Sink::new();
        self.config.map_or_else(Config::default, |id| config::read(id, &self.sources.get(id).text, &mut unsaid))
    }
}
