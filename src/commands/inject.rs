//! `kbc inject`: the rulebook, alone or in a prompt. It is read as it was built and committed, so
//! nothing is counted and nothing is slow; that of a role is compiled.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Call, Exit, answer, complain_of};
use crate::diag::{Diagnostic, Severity};
use crate::screen::{self, Allowances};
use crate::{artifact, compile, config, disk, hidden, roles, splice, tokens};

/// Which rulebook?
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// The `rulebook` of kbc.toml.
    Usual,
    /// Another output.
    Output(&'a str),
    /// What a role carries.
    Role(&'a str),
}

/// Prints the rulebook, or the prompt (a file, or `-` for standard input) with it.
pub fn run(call: &Call, which: Which, prompt: Option<&str>) -> Result<Exit> {
    let root = call.root()?;
    let rulebook = match which {
        Which::Usual => rulebook(&root, None)?,
        Which::Output(path) => rulebook(&root, Some(path))?,
        Which::Role(name) => match role_rulebook(call, &root, name)? {
            Ok(rulebook) => rulebook,
            Err(exit) => return Ok(exit),
        },
    };
    let Some(prompt) = prompt else {
        answer(&rulebook)?;
        return Ok(Exit::Clean);
    };
    let (name, host) = read(prompt)?;
    let text =
        splice::splice(&host, splice::INJECTED, &rulebook).map_err(|damage| anyhow::anyhow!("{name}: {damage}"))?;
    warn(call, &name, &host, &text);
    answer(&text)?;
    Ok(Exit::Clean)
}

/// The prompt belongs to its owner, so what it hides is said and left. What stood in the old block is gone.
fn warn(call: &Call, name: &str, host: &str, text: &str) {
    if hidden::scan(text).is_empty() {
        return;
    }
    for run in hidden::scan(host) {
        let (line, column) = position(host, run.range.start);
        let payload = run.payload.map(|payload| format!("; decoded, it says `{payload}`")).unwrap_or_default();
        call.remark(&format!("warning: {name}:{line}:{column}: {} is hidden text{payload}", screen::title(run.first)));
    }
}

/// Line and column of a place, from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    (text[..at].matches('\n').count() + 1, text[start..at].chars().count() + 1)
}

/// The rulebook of a role as the papers say now; what keeps it from being made is told.
fn role_rulebook(call: &Call, root: &Path, role: &str) -> Result<Result<String, Exit>> {
    std::thread::spawn(tokens::preload);
    let mut inputs = disk::load(root);
    inputs.drafts = call.drafts;
    let understood = compile::understand(inputs, &disk::Project::at(root));
    if !understood.config.roles.contains_key(role) {
        bail!("{}", roles::unknown(role, &understood.config));
    }
    let made = if compile::worst(&understood.diags).is_some() {
        let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
        Err(understood.diags.iter().filter(is_error).cloned().collect())
    } else {
        understood.rulebook_of(role)
    };
    Ok(made.map_err(|faults| {
        complain_of(&faults, &understood.sources);
        call.remark("there is no rulebook while the inputs have errors");
        Exit::of(&faults)
    }))
}

fn rulebook(root: &Path, output: Option<&str>) -> Result<String> {
    let mut inputs = disk::load_config(root);
    let config = match inputs.config {
        Some(source) => config::read(source, &inputs.sources.get(source).text, &mut inputs.diags),
        None => config::Config::default(),
    };
    if let Some(fault) = inputs.diags.first() {
        bail!("{}\n  help: {}", fault.message, fault.help.join("; "));
    }
    let output = output.unwrap_or(&config.rulebook);
    let path = root.join(output);
    let text = fs::read_to_string(&path).map_err(|error| {
        let help = "run `kbc build`; `rulebook` in kbc.toml says which output it is";
        anyhow::anyhow!("cannot read the rulebook `{output}`: {error}\n  help: {help}")
    })?;
    if !artifact::is_made(output, &text) {
        bail!("`{output}` was not made by kbc\n  help: move it away and run `kbc build`");
    }
    let allowances = Allowances::new(&config);
    if let Some(run) = hidden::scan_but(&text, allowances.of(output)).first() {
        let (line, column) = position(&text, run.range.start);
        let help = "`kbc check` tells all of it, `kbc build` makes the file anew";
        bail!(
            "{output}:{line}:{column}: {} is hidden text, and is not injected\n  help: {help}",
            screen::title(run.first)
        );
    }
    Ok(artifact::body_of(output, &text).to_owned())
}

fn read(prompt: &str) -> Result<(String, String)> {
    let (name, bytes) = if prompt == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("cannot read the prompt from standard input")?;
        ("standard input".to_owned(), bytes)
    } else {
        (prompt.to_owned(), fs::read(prompt).with_context(|| format!("cannot read the prompt `{prompt}`"))?)
    };
    let text = String::from_utf8(bytes).with_context(|| format!("the prompt ({name}) is not UTF-8"))?;
    Ok((name, text))
}
