//! `kbc hook install`: puts the hooks into the settings of agent programs, and touches nothing else there.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::below_repository;
use crate::agents::hook::settings::{self, Place, Program};
use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::commands::writing::{Done, Mode};
use crate::compile::artifact;
use crate::diag::UserError;
use crate::host::disk::{self, Change};
use crate::host::read;
use crate::print;

/// Installs the hooks of the programs.
///
/// # Errors
/// If settings are no JSON, are a link, or cannot be written; nothing is written then.
pub fn run(call: &Session, programs: &[Program], mode: Mode) -> Result<Exit> {
    let root = call.root()?;
    let is_top = root.join(".git").exists();
    let place = if is_top { Place::TopOfRepository } else { Place::Elsewhere };
    let mut changes = Vec::new();
    let mut diff = String::new();
    for program in programs {
        let path = program.settings();
        let before = existing(&root.join(path), path)?;
        let old = before.as_deref().unwrap_or_default();
        let text = settings::with_hooks(old, *program, place).map_err(|fault| {
            anyhow::Error::from(UserError::new(format!("`{path}`: {fault}")).help("correct it; nothing was written"))
        })?;
        if text == old {
            call.remark(&format!("{}: the hooks are there already ({path})", program.name()));
            continue;
        }
        diff.push_str(&artifact::whole(path, old, &text));
        changes.push(Change::Splice { path: path.to_owned(), before, text });
    }
    if let Some(said) = below_repository(&root) {
        call.remark(&said);
    }
    if mode == Mode::Diff {
        call.push("diffs", &diff);
        call.answer(&print::diff(&diff))?;
        return Ok(if changes.is_empty() { Exit::Clean } else { Exit::Findings });
    }
    if mode == Mode::Write {
        disk::apply(&root, &changes)?;
    }
    for change in &changes {
        call.tell_file(mode, Done::Written, change.path(), "")?;
    }
    Ok(Exit::Clean)
}

/// The text of settings; `None` if there are none.
fn existing(path: &Path, name: &str) -> Result<Option<String>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{name}`")),
        Ok(metadata) if metadata.is_symlink() => {
            bail!(
                UserError::new(format!("`{name}` is a link, and what it leads to may belong to others"))
                    .help("put the hooks there by hand; `--diff` in a copy shows them")
            )
        }
        Ok(_) => {}
    }
    read::text(path, read::MAX_SETTINGS).map(Some).with_context(|| format!("cannot read `{name}`"))
}
