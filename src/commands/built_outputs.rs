//! Outputs as they were built, to be handed out. Nothing is compiled, so that it takes milliseconds; `kbc check` says
//! whether they are still what the papers say.

pub mod rules;

use anyhow::{Context, Result, bail};

use crate::compile::Texts;
use crate::compile::artifact;
use crate::compile::roles;
use crate::compile::text_checks::{self, AllowedCharacters};
use crate::diag::UserError;
use crate::input::files::config::{self, Config, SETTINGS};
use crate::input::world::{Bytes, Links, World};
use crate::text::hidden;

/// The settings of a knowledge base.
///
/// # Errors
/// If kbc.toml cannot be used.
pub fn config(world: &dyn World) -> Result<Config> {
    let (config, inputs) = settings(world);
    let first = inputs.diags.iter().min_by_key(|fault| fault.span().map(|span| (span.start, span.end)));
    if let Some(fault) = first {
        let place = fault.span().map(|span| inputs.sources.get(span.source).position(span.start));
        let place = place.map(|(line, column)| format!("{SETTINGS}:{line}:{column}: ")).unwrap_or_default();
        let more = (inputs.diags.len() > 1).then(|| "`kbc check` tells all faults".to_owned());
        let help: Vec<String> = fault.help.iter().cloned().chain(more).collect();
        bail!(UserError::new(format!("{place}{}", fault.message)).help(help.join("; ")));
    }
    Ok(config)
}

/// The settings, and the inputs that are kbc.toml alone, with what is wrong with it.
pub fn settings(world: &dyn World) -> (Config, Texts) {
    let mut inputs = Texts::settings(world);
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
pub fn rulebook(world: &dyn World, config: &Config, role: Option<&str>) -> Result<(String, String)> {
    let path = match role {
        None => config.rulebook(),
        Some(role) if config.agents.roles.contains_key(role) => config.rulebook_of(role),
        Some(role) => bail!(roles::unknown(role, config)),
    };
    let text = output(world, config, &path)?;
    Ok((path, text))
}

/// What an output says, without the line that tells what made it.
///
/// # Errors
/// If it is not there, not kbc's, or hides something.
pub fn output(world: &dyn World, config: &Config, path: &str) -> Result<String> {
    let text = output_text(world, path).map_err(|error| {
        let help = "run `kbc build`; `paths.rulebook` in kbc.toml says which output it is";
        anyhow::Error::from(UserError::new(format!("cannot read the rulebook `{path}`: {error}")).help(help))
    })?;
    if !artifact::is_made(path, &text) {
        bail!(UserError::new(format!("`{path}` was not made by kbc")).help("move it away and run `kbc build`"));
    }
    if !artifact::is_intact(path, &text) {
        let message = format!("`{path}` differs from what `kbc build` made, so it is not delivered");
        bail!(UserError::new(message).help("`kbc build` makes it anew; `kbc check` shows what was edited"));
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
fn output_text(world: &dyn World, path: &str) -> Result<String> {
    let text = existing_text(world, path).map_err(anyhow::Error::msg)?;
    text.context("there is no such file in the project")
}

/// The same; `None` if there is no such file.
fn existing_text(world: &dyn World, path: &str) -> Result<Option<String>, String> {
    match world.read(path, artifact::MAX_OUTPUT, Links::Inside) {
        Bytes::Found(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| "it is not UTF-8".to_owned()),
        Bytes::Absent | Bytes::Unknown => Ok(None),
        Bytes::TooLarge(size) => Err(format!("it has {} MiB", size >> 20)),
        Bytes::NotAFile | Bytes::Link(_) => Err("it is no file".to_owned()),
        Bytes::Unreadable(why) => Err(why),
    }
}

/// Line and column of a place, from 1.
pub fn position(text: &str, at: usize) -> (usize, usize) {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    (text[..at].matches('\n').count() + 1, text[start..at].chars().count() + 1)
}
