//! Outputs as they were built, to be handed out. Nothing is compiled, so that it takes milliseconds; `kbc check` says
//! whether they are still what the papers say.

pub mod rules;

use std::path::Path;

use anyhow::{Result, bail};

use crate::compile::Texts;
use crate::compile::artifact;
use crate::compile::roles;
use crate::compile::text_checks::{self, AllowedCharacters};
use crate::diag::UserError;
use crate::host::{disk, paths, read};
use crate::input::files::config::{self, Config};
use crate::text::hidden;

/// The settings of a knowledge base.
///
/// # Errors
/// If kbc.toml cannot be used.
pub fn config(root: &Path) -> Result<Config> {
    let (config, inputs) = settings(root);
    if let Some(fault) = inputs.diags.first() {
        bail!(UserError::new(&fault.message).help(fault.help.join("; ")));
    }
    Ok(config)
}

/// The settings, and the inputs that are kbc.toml alone, with what is wrong with it.
pub fn settings(root: &Path) -> (Config, Texts) {
    let mut inputs = disk::load_config(root);
    let config = match inputs.config {
        Some(source) => config::read(source, &inputs.sources.get(source).text, &mut inputs.diags),
        None => Config::default(),
    };
    (config, inputs)
}

/// The rulebook, or that of a role, with its path.
///
/// # Errors
/// If there is no such role, or the file is not there, not kbc's, or hides something.
pub fn rulebook(root: &Path, config: &Config, role: Option<&str>) -> Result<(String, String)> {
    let path = match role {
        None => config.rulebook.clone(),
        Some(role) if config.roles.contains_key(role) => config.rulebook_of(role),
        Some(role) => bail!(roles::unknown(role, config)),
    };
    let text = output(root, config, &path)?;
    Ok((path, text))
}

/// What an output says, without the line that tells what made it.
///
/// # Errors
/// If it is not there, not kbc's, or hides something.
pub fn output(root: &Path, config: &Config, path: &str) -> Result<String> {
    let text = output_text(root, path).map_err(|error| {
        let help = "run `kbc build`; `rulebook` in kbc.toml says which output it is";
        anyhow::Error::from(UserError::new(format!("cannot read the rulebook `{path}`: {error}")).help(help))
    })?;
    if !artifact::is_made(path, &text) {
        bail!(UserError::new(format!("`{path}` was not made by kbc")).help("move it away and run `kbc build`"));
    }
    let allowances = AllowedCharacters::new(config);
    if let Some(run) = hidden::scan_but(&text, allowances.of(path)).first() {
        let (line, column) = position(&text, run.range.start);
        let help = "`kbc check` tells all of it, `kbc build` makes the file anew";
        bail!(
            UserError::new(format!(
                "{path}:{line}:{column}: {} is hidden text, and is not injected",
                text_checks::title(run.first)
            ))
            .help(help)
        );
    }
    Ok(artifact::body_of(path, &text).to_owned())
}

/// An output of the knowledge base. Its path comes from kbc.toml, so it must lead to a file inside of the project.
fn output_text(root: &Path, path: &str) -> Result<String> {
    Ok(read::text(&paths::target(root, path)?, artifact::MAX_OUTPUT)?)
}

/// Line and column of a place, from 1.
pub fn position(text: &str, at: usize) -> (usize, usize) {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    (text[..at].matches('\n').count() + 1, text[start..at].chars().count() + 1)
}
