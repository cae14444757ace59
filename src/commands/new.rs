//! `kbc new`: the skeleton of a paper.

use anyhow::{Result, bail};

use super::built_outputs;
use super::exit::Exit;
use super::session::Session;
use super::writing::{Done, Mode};
use crate::compile;
use crate::diag::UserError;
use crate::host::disk::{self, Change};
use crate::input::files::config::{Input, Paths};

const SKELETON: &str = include_str!("../agents/prompts/paper.md");

/// Writes `papers/PAPER.md`, a draft: it checks clean at once, and nothing of it is compiled yet.
pub fn run(call: &Session, paper: &str, mode: Mode) -> Result<Exit> {
    let root = call.root()?;
    examine(paper)?;
    let path = path(&built_outputs::config(&disk::Project::at(&root))?.paths, paper);
    if root.join(&path).exists() {
        bail!(UserError::new(format!("`{path}` is already there")).help("edit it, or take another name"));
    }
    let mut title = paper.replace('-', " ");
    title[..1].make_ascii_uppercase();
    let letters = paper.split('-').filter_map(|word| word.chars().next()).collect::<String>().to_uppercase();
    let prefix = if letters.len() > 1 { letters } else { paper.chars().take(3).collect::<String>().to_uppercase() };
    let prefix = prefix.trim_start_matches(|c: char| c.is_ascii_digit());
    let prefix = if prefix.is_empty() { "R" } else { &prefix[..prefix.len().min(8)] };
    let understood = compile::link_only(disk::load(&root), &disk::Project::at(&root));
    let taken = &understood.sources;
    let is_taken = |id: &str| taken.iter().any(|(_, source)| source.text.contains(&format!("id: {id}\n")));
    let id = (1..).map(|number| format!("{prefix}{number}")).find(|id| !is_taken(id)).expect("numbers do not end");
    let language = understood.model.language(paper);
    let text = SKELETON
        .replace("PAPER", paper)
        .replace("LANGUAGE", language.name())
        .replace("TITLE", &title)
        .replace("RULE1", &id);
    if mode == Mode::Write {
        disk::apply(&root, &[Change::Write { path: path.clone(), text }])?;
    }
    call.tell_file(mode, Done::Written, &path, "")?;
    call.remark("it is a draft: nothing of it is compiled until you write `status: active`");
    Ok(Exit::Clean)
}

/// The file of a new paper.
pub fn path(paths: &Paths, paper: &str) -> String {
    format!("{}/{paper}.md", paths.folder(Input::Papers))
}

/// Complains about what cannot be the id of a paper.
///
/// # Errors
/// If it cannot.
pub fn examine(paper: &str) -> Result<()> {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let begins_with_a_letter = paper.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins_with_a_letter
        || !paper.split('-').all(is_word)
        || ["no", "on", "off", "yes", "null", "true", "false"].contains(&paper)
    {
        bail!(
            UserError::new(format!("`{paper}` cannot be the id of a paper"))
                .help("write lower-case words joined by hyphens: `error-handling`")
        );
    }
    Ok(())
}
