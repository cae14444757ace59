//! `kbc hook install`: puts the hooks into the settings of agent programs, and touches nothing else there.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::commands::{Call, Exit, answer};
use crate::hook::settings::{self, Program};
use crate::{artifact, disk};

/// Are settings written, or is the change only shown?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Write,
    DryRun,
}

/// Installs the hooks of the programs.
///
/// # Errors
/// If settings are no JSON, are a link, or cannot be written; nothing is written then.
pub fn run(call: &Call, programs: &[Program], mode: Mode) -> Result<Exit> {
    let root = call.root()?;
    let mut changes = Vec::new();
    for program in programs {
        let path = root.join(program.settings());
        let old = read(&path, program.settings())?;
        let new = settings::with_hooks(old.as_deref().unwrap_or_default(), *program).map_err(|fault| {
            anyhow::anyhow!("`{}`: {fault}\n  help: correct it; nothing was written", program.settings())
        })?;
        if old.as_deref() == Some(&new) {
            call.remark(&format!("{}: the hooks are there already ({})", program.name(), program.settings()));
            continue;
        }
        changes.push((program.settings(), path, old.unwrap_or_default(), new));
    }
    if mode == Mode::DryRun {
        let diff: String = changes.iter().map(|(name, _, old, new)| artifact::whole(name, old, new)).collect();
        answer(&diff)?;
        return Ok(Exit::Clean);
    }
    // The settings may have changed while they were read: then somebody else's change would be lost.
    for (name, path, old, _) in &changes {
        if read(path, name)?.unwrap_or_default() != *old {
            bail!("`{name}` changed while kbc read it\n  help: run `kbc hook install` again; nothing was written");
        }
    }
    for (_, path, ..) in &changes {
        let folder = path.parent().expect("settings lie in a folder");
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    }
    let files: Vec<_> = changes.iter().map(|(_, path, _, new)| (path.clone(), new.clone())).collect();
    disk::rewrite(&files)?;
    for (name, ..) in &changes {
        answer(&format!("wrote {name}\n"))?;
    }
    Ok(Exit::Clean)
}

/// The text of settings; `None` if there are none.
fn read(path: &Path, name: &str) -> Result<Option<String>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{name}`")),
        Ok(metadata) if metadata.is_symlink() => {
            bail!(
                "`{name}` is a link, and what it leads to may belong to others\n  help: put the hooks there by hand; `--dry-run` in a copy shows them"
            )
        }
        Ok(_) => {}
    }
    fs::read_to_string(path).map(Some).with_context(|| format!("cannot read `{name}`"))
}
