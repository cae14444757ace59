//! Every text that a knowledge base is made of, sorted by what it is.

use std::collections::BTreeMap;

use crate::diag::Sink;
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
}
