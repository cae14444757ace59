//! The knowledge base as it is now: compiled when somebody asks and an input has changed, and kept in between.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use crate::commands::console::Console;
use crate::commands::review;
use crate::commands::review::options::Options;
use crate::commands::session::{Session, must_be_for_this_kbc};
use crate::compile::{self, Compilation};
use crate::host::disk::{self, Access, DirectoryLock};
use crate::input::vocabulary::Drafts;
use crate::review::finding::Review;
use crate::text::fingerprint;

/// A knowledge base that is asked again and again.
pub struct Library {
    pub console: Console,
    pub root: PathBuf,
    pub drafts: Drafts,
    /// With the fingerprint of the inputs that it was made of.
    known: Mutex<Option<(String, Arc<Compilation>)>>,
}

impl Library {
    pub fn at(console: Console, root: PathBuf, drafts: Drafts) -> Self {
        Self { console, root, drafts, known: Mutex::new(None) }
    }

    /// The compilation of the inputs as they are on disk. They are compared by their texts, since times are too coarse to
    /// tell two writes apart, and reading is a small part of compiling. Of several who ask at once, one compiles for all.
    ///
    /// # Errors
    /// If the knowledge base is for another kbc, or a write was interrupted and can neither be finished nor taken back.
    pub fn now(&self) -> Result<Arc<Compilation>> {
        must_be_for_this_kbc(&self.root)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let hold = DirectoryLock::take(&self.root, Access::Read, &|| ())?;
        let mut inputs = disk::load(&self.root);
        drop(hold);
        inputs.drafts = self.drafts;
        let texts = inputs.sources.iter().flat_map(|(_, source)| [source.path.as_str(), source.text.as_str()]);
        let state = fingerprint::of(&texts.collect::<Vec<_>>());
        // What is wrong may lie around the inputs, as files that rules name, so a broken one is always made again.
        let same = known.take().filter(|(of, compiled)| *of == state && !compiled.has_errors());
        let compile = || Arc::new(compile::compile(inputs, &disk::Project::at(&self.root)));
        let current = same.unwrap_or_else(|| (state, compile()));
        Ok(known.insert(current).1.clone())
    }

    /// A review by the papers as they are, which are compiled again only if they have changed.
    ///
    /// # Errors
    /// As of `kbc review`.
    pub fn review(&self, options: &Options) -> Result<Review> {
        let call = Session::silent(self.console.clone(), &self.root, self.drafts);
        review::review_with(&call, &*self.now()?, options)
    }
}
