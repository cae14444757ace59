//! The results of benchmarks that somebody names: files that a tool wrote, or folders in which they lie.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::console::Console;
use crate::diag::UserError;
use crate::evidence::bench_results::{self, Run, Unread};
use crate::host::read;

/// Files and folders below one that are looked at, at most.
const MAX_ENTRIES: usize = 100_000;

/// The results of one run, under the name of its file or folder.
pub type Named = (String, Run);

/// The runs in a file or in all files of a folder. What criterion wrote below a folder is one run.
///
/// # Errors
/// If a file cannot be read or is of no tool that is known, or a folder has none that is.
pub fn runs(console: &Console, path: &Path) -> Result<Vec<Named>> {
    if !console.path(path).is_dir() {
        return match read_file(console, path)? {
            Ok(run) => Ok(vec![(name(path), run)]),
            Err(Unread::Foreign(fault) | Unread::Broken(fault)) => bail!(unreadable(path, &fault)),
        };
    }
    let mut runs = Vec::new();
    let mut criterion = Run::default();
    for file in files_below(console, path)? {
        match read_file(console, &file)? {
            Ok(run) if run.tool == bench_results::IN_FOLDERS => {
                criterion.tool = run.tool;
                criterion.results.extend(run.results);
            }
            Ok(run) => runs.push((name(&file), run)),
            Err(Unread::Foreign(_)) => {}
            Err(Unread::Broken(fault)) => bail!(unreadable(&file, &fault)),
        }
    }
    if !criterion.results.is_empty() {
        runs.push((name(path), criterion));
    }
    if runs.is_empty() {
        bail!(
            UserError::new(format!("`{}` holds no results of a tool that kbc knows", name(path)))
                .help("name the file that a tool wrote, or a folder such as `target/criterion`")
        );
    }
    Ok(runs)
}

fn unreadable(path: &Path, fault: &str) -> UserError {
    let help = "give results as the tool wrote them, of a run that ended well";
    UserError::new(format!("`{}` {fault}", path.display())).help(help)
}

fn read_file(console: &Console, path: &Path) -> Result<Result<Run, Unread>> {
    let text = text(console, path).with_context(|| format!("cannot read the results `{}`", path.display()))?;
    let beside = |name: &str| self::text(console, &path.parent()?.join(name)).ok();
    Ok(bench_results::read(&text, &beside))
}

/// The text of a file of results.
///
/// # Errors
/// Why there is none.
pub fn text(console: &Console, path: &Path) -> Result<String, read::Unread> {
    read::text(&console.path(path), read::MAX_HANDED)
}

/// The files below a folder that may hold results, in the order of their paths. Links are not followed.
fn files_below(console: &Console, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(console.path(&folder))
            .with_context(|| format!("cannot read the folder `{}`", folder.display()))?;
        for entry in entries.flatten() {
            seen += 1;
            let Ok(kind) = entry.file_type() else { continue };
            let path = folder.join(entry.file_name());
            if kind.is_dir() && entry.file_name() != ".git" {
                folders.push(path);
            } else if kind.is_file() && may_hold_results(&path) {
                files.push(path);
            }
        }
        if seen > MAX_ENTRIES {
            bail!(
                UserError::new(format!("`{}` has more than {MAX_ENTRIES} files", name(&folder)))
                    .help("name the folder that the tool wrote")
            );
        }
    }
    files.sort();
    Ok(files)
}

/// Of criterion only the last run counts, not the one before it or the change between them.
fn may_hold_results(path: &Path) -> bool {
    let is_json =
        path.extension().is_some_and(|ending| ["json", "jsonl", "ndjson"].iter().any(|known| ending == *known));
    let is_old = path.ends_with("estimates.json") && !path.ends_with("new/estimates.json");
    is_json && !is_old
}

fn name(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/").trim_start_matches("./").to_owned()
}
