//! `kbc accept`: somebody has read again, and what was suspect still says what its paper says.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::exit::Exit;
use super::project::{CheckedProject, compile_held};
use super::session::Session;
use super::writing::Mode;
use crate::compile::review_state;
use crate::diag::UserError;
use crate::host::disk::{Access, Change};
use crate::input::files::lock_file::{self, Subject};
use crate::print;
use crate::text::quantity::listed;
use crate::text::source::nearest;

/// What is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    All,
    /// Rules and papers by id.
    Named(Vec<String>),
}

/// Stamps rules and papers as they are now. A knowledge base with errors is not stamped.
///
/// # Errors
/// If an id is of no rule and no paper, or `kbc.lock` cannot be written.
pub fn run(call: &Session, accepted: &Accepted, mode: Mode) -> Result<Exit> {
    let access = if mode == Mode::Write { Access::Write } else { Access::Read };
    let (compilation, hold) = compile_held(call, access)?;
    let compiled = &compilation.compiled;
    if compiled.has_errors() {
        call.complain(&compiled.diags, &compiled.sources);
        let tally = print::tally(&compiled.diags).unwrap_or_default();
        call.remark(&format!("{tally}; nothing was accepted"));
        return Ok(Exit::Unusable);
    }
    let changed = &compilation.standing.changed;
    let subjects: BTreeSet<Subject> = match accepted {
        Accepted::All => changed.keys().cloned().collect(),
        Accepted::Named(ids) => named(&compilation, ids)?,
    };
    let text = review_state::accept(&compilation.standing, &subjects).to_string();
    let is_new = compiled.lock.as_ref().map(|(source, _)| &compiled.sources.get(*source).text) != Some(&text);
    if is_new && mode == Mode::Write {
        hold.apply(&[Change::Write { path: lock_file::PATH.to_owned(), text }])?;
    }
    let done = subjects.iter().filter_map(|subject| Some((subject, changed.get(subject)?)));
    let (kept, retired): (Vec<_>, Vec<_>) = done.partition(|(_, entry)| entry.is_some());
    for (what, subjects) in [("accepted", kept), ("retired", retired)] {
        let ids: Vec<String> = subjects.iter().map(|(subject, _)| subject.id().to_owned()).collect();
        call.set(what, &ids);
        if !ids.is_empty() {
            let done = if mode == Mode::Write { "" } else { "would be " };
            call.answer(&format!("{done}{what} {}\n", listed(&ids)))?;
        }
    }
    if !subjects.iter().any(|subject| changed.contains_key(subject)) {
        call.remark("nothing to accept: every rule was read as it is");
    }
    Ok(Exit::Clean)
}

fn named(compilation: &CheckedProject, ids: &[String]) -> Result<BTreeSet<Subject>> {
    let model = &compilation.compiled.model;
    let rules = model.rules.iter().map(|rule| Subject::Rule(rule.id.0.clone()));
    let papers = model.papers.iter().map(|paper| Subject::Paper(paper.id.clone()));
    let known: BTreeSet<Subject> = rules.chain(papers).chain(compilation.standing.changed.keys().cloned()).collect();
    let find = |id: &String| -> Result<Subject> {
        let found = known.iter().find(|subject| subject.id() == id);
        let Some(subject) = found else {
            let near = nearest(id, known.iter().map(Subject::id));
            let help = near.map(|near| format!("did you mean `{near}`?")).into_iter().collect();
            bail!(UserError { help, ..UserError::new(format!("there is no rule and no paper `{id}`")) });
        };
        Ok(subject.clone())
    };
    ids.iter().map(find).collect()
}
