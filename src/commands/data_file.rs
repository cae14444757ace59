//! Writing what was measured into its file of data/, beside what the file has already, and only if the knowledge
//! base can read it then.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::built_outputs;
use super::writing::Mode;
use crate::compile::{self, Linked, Texts};
use crate::diag::{Code, Diagnostic, Severity, Sink, UserError};
use crate::evidence::data_writer::Record;
use crate::host::disk::{self, Change};
use crate::host::read;
use crate::input::files::config::{Input, Paths};
use crate::input::files::data;
use crate::input::formats::yaml;
use crate::text::source::Sources;

/// A file that kbc writes wholly.
pub struct Target {
    /// `data/NAME.yaml`.
    pub path: String,
    /// What it has.
    pub record: Record,
    text: Option<String>,
    mode: Mode,
}

/// What became of the file.
pub enum WriteResult {
    /// It has all that already.
    Unchanged,
    Changed(Box<Written>),
    /// It would break the knowledge base; nothing was written.
    Broken(Vec<Diagnostic>, Sources),
}

/// A file that was written.
pub struct Written {
    /// The knowledge base with it.
    pub after: Linked,
    /// The cases that went, since what was measured now is in a unit that theirs does not convert to.
    pub gone: Vec<String>,
}

/// The data file of a name.
pub fn path(paths: &Paths, name: &str) -> String {
    format!("{}/{name}.yaml", paths.folder(Input::Data))
}

impl Target {
    /// The file of a name, which need not be there.
    ///
    /// # Errors
    /// If no file can have the name, or someone else wrote the one that does.
    pub fn open(root: &Path, name: &str) -> Result<Self> {
        if !data::EnvironmentId::is_valid(name) {
            bail!(
                UserError::new(format!("`{name}` cannot be the name of a data file")).help(data::EnvironmentId::FORM)
            );
        }
        let path = path(&built_outputs::config(&disk::Project::at(root))?.paths, name);
        if !root.join(&path).exists() {
            return Ok(Self { path, record: Record::default(), text: None, mode: Mode::Write });
        }
        let text = read::text(&root.join(&path), read::MAX_HANDED).with_context(|| format!("cannot read `{path}`"))?;
        if !Record::is_ours(&text) {
            bail!(
                UserError::new(format!("`{path}` is there already, and kbc did not write it"))
                    .help("take another name: `--data` of `kbc import`, `--environment` of `kbc measure`")
            );
        }
        let mut sources = Sources::default();
        let source = sources.add(&path, &text);
        let mut faults = Sink::new();
        let Some(document) = yaml::read(source, &text, 0, &mut faults).filter(|_| faults.is_empty()) else {
            bail!(
                UserError::new(format!("`{path}` cannot be read as YAML"))
                    .help("`kbc check` says where; correct it, or delete the file")
            );
        };
        let file = data::of(document, &sources, &mut faults);
        if faults.iter().any(|fault| fault.severity == Severity::Error) {
            bail!(
                UserError::new(format!("`{path}` has errors, and what is wrong in it would be lost"))
                    .help("`kbc check` says where; correct it, or delete the file")
            );
        }
        let record = Record::of(file.data, &file.document);
        Ok(Self { path, record, text: Some(text), mode: Mode::Write })
    }

    /// Is it written, or only said that it would be?
    pub fn in_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// Takes what is newer and writes the file, with others beside it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(
        mut self,
        root: &Path,
        inputs: &Texts,
        newer: Record,
        command: &str,
        beside: Vec<Change>,
    ) -> Result<WriteResult> {
        let gone = self.record.merge(newer);
        let text = self.record.text(command);
        if self.text.as_ref() == Some(&text) {
            return Ok(WriteResult::Unchanged);
        }
        let mut texts: BTreeMap<String, String> =
            inputs.sources.iter().map(|(_, source)| (source.path.clone(), source.text.clone())).collect();
        texts.insert(self.path.clone(), text.clone());
        let understood = compile::link_only(Texts::of(texts), &disk::Project::at(root));
        let broken: Vec<Diagnostic> =
            understood.diags.iter().filter(|fault| self.breaks(fault, &understood)).cloned().collect();
        if !broken.is_empty() {
            return Ok(WriteResult::Broken(broken, understood.sources));
        }
        if self.mode == Mode::Write {
            let mut changes = beside;
            changes.push(Change::Write { path: self.path, text });
            disk::apply(root, &changes)?;
        }
        Ok(WriteResult::Changed(Box::new(Written { after: understood, gone })))
    }

    /// Is it an error of this file?
    fn breaks(&self, fault: &Diagnostic, understood: &Linked) -> bool {
        let at = fault.span().map(|span| &understood.sources.get(span.source).path);
        // What other cases were measured with is not the matter of this write.
        fault.severity == Severity::Error && at == Some(&self.path) && fault.code != Code::ChangedBenchmark
    }
}
