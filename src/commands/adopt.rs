//! `kbc adopt`: what somebody edited in an output becomes the wording in the paper.

use anyhow::Result;
use serde_json::json;

use super::exit::Exit;
use super::project::{CheckedProject, compile_held};
use super::session::Session;
use super::writing::Mode;
use crate::compile::back_port::{self, WordingEdit};
use crate::compile::{self as compiler, Texts};
use crate::diag::{Diagnostic, Severity, Sink};
use crate::host::disk::{self, Access, Change};
use crate::print;

/// Moves every edit of a wording into its paper; other edits are told and left. The outputs stay as they are.
///
/// # Errors
/// If a paper cannot be written.
pub fn run(call: &Session, mode: Mode) -> Result<Exit> {
    let access = if mode == Mode::Write { Access::Write } else { Access::Read };
    let (compilation, hold) = compile_held(call, access)?;
    let compiled = &compilation.compiled;
    if compiled.has_errors() {
        call.complain(&compiled.diags, &compiled.sources);
        call.remark(&format!("{}; nothing was adopted", print::tally(&compiled.diags).unwrap_or_default()));
        return Ok(Exit::Unusable);
    }
    let mut left = Sink::new();
    let adoptions = back_port::plan(compiled, &mut left);
    call.complain(&left, &compiled.sources);
    let exit = if left.is_empty() { Exit::Clean } else { Exit::Findings };
    if adoptions.is_empty() {
        call.list("adopted");
        call.remark("nothing to adopt: no wording was edited in an output");
        return Ok(exit);
    }
    let texts: Vec<(String, String)> = back_port::texts(&adoptions, &compiled.sources)
        .into_iter()
        .map(|(source, text)| (compiled.sources.get(source).path.clone(), text))
        .collect();
    if !holds(call, &compilation, &texts) {
        call.remark("nothing was adopted");
        return Ok(Exit::Findings);
    }
    let changes = texts.into_iter().map(|(path, text)| Change::Write { path, text }).collect::<Vec<_>>();
    if mode == Mode::Write {
        hold.apply(&changes)?;
    }
    for adoption in &adoptions {
        let source = compiled.sources.get(adoption.span.source);
        let (line, _) = source.position(adoption.span.start);
        let WordingEdit { key, rule, text, yaml, .. } = adoption;
        let path = &source.path;
        call.push("adopted", &json!({ "rule": rule, "key": key, "text": text, "path": path, "line": line }));
        let is = if mode == Mode::Write { "is now" } else { "would be" };
        call.answer(&format!("{path}:{line}: the `{key}` of `{rule}` {is} {yaml}\n"))?;
    }
    if mode == Mode::Write {
        call.remark("next: `kbc build` brings the outputs along");
    }
    Ok(exit)
}

/// Is the knowledge base without errors with these texts? If not, they are told.
fn holds(call: &Session, compilation: &CheckedProject, texts: &[(String, String)]) -> bool {
    let root = &compilation.root;
    let read = disk::load(root);
    let changed = |path: &str| texts.iter().find(|(changed, _)| changed == path).map(|(_, text)| text.clone());
    let inputs = read
        .sources
        .iter()
        .map(|(_, source)| (source.path.clone(), changed(&source.path).unwrap_or_else(|| source.text.clone())));
    let inputs = Texts::of(inputs.collect::<Vec<_>>());
    let compiled = compiler::compile(inputs, &disk::Project::at(root));
    let errors: Vec<&Diagnostic> =
        compiled.diags.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
    call.complain(errors.iter().copied(), &compiled.sources);
    errors.is_empty()
}
