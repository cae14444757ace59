//! Writes what was found: a list of rules, a knowledge base around it if there is none, and, if asked, the file without the
//! lines that became rules and with the block that kbc keeps in it.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use super::{MAX_FILE, Options, Read};
use crate::commands::build::{self, Overwrite};
use crate::commands::built_outputs;
use crate::commands::exit::Exit;
use crate::commands::new;
use crate::commands::session::Session;
use crate::commands::writing::Mode;
use crate::compile::link::refs;
use crate::compile::move_in::list::{self, Names};
use crate::compile::move_in::{self, Found, Report};
use crate::compile::{self, artifact, conflict};
use crate::diag::UserError;
use crate::host::disk::{self, Change};
use crate::host::read;
use crate::input::files::config::Paths;
use crate::input::files::instructions::Candidate;
use crate::input::formats::managed_block;
use crate::input::world::{Matched, World};
use crate::print;
use crate::text::glob::Globs;
use crate::text::quantity::plural;

/// Folders that a knowledge base takes for its own.
const INPUTS: [&str; 5] = ["papers", "data", "templates", "utils", "out"];
/// The settings of a new knowledge base.
const SETTINGS: &str = include_str!("kbc.toml");
/// Tokens of a block besides its rules, and room for as many rules again.
const ROOM: usize = 2;

/// Writes the list, or shows what would be written.
pub fn run(call: &Session, found: &Read, options: &Options) -> Result<Exit> {
    let base = call.root().ok();
    let root = base.clone().unwrap_or_else(|| found.root.clone());
    let paths = match &base {
        Some(root) => built_outputs::config(&disk::Project::at(root))?.paths,
        None => Paths::default(),
    };
    let writing = Writing { call, found, root: &root, is_new: base.is_none(), paths };
    writing.examine(options)?;
    let id = options.paper.clone().unwrap_or_else(|| name_of(&options.files));
    new::examine(&id)?;
    let path = new::path(&writing.paths, &id);
    if root.join(&path).exists() {
        bail!(UserError::new(format!("`{path}` is already there")).help("`--paper NAME` takes another name"));
    }
    let mut rules = writing.new_rules();
    if options.replace {
        writing.leave_examples(&mut rules);
    }
    if rules.is_empty() {
        call.remark("nothing to import: the papers have all of these rules");
        return Ok(Exit::Clean);
    }
    let mut changes = writing.base();
    let paper = list::paper(&id, &title(&found.report), &found.report, &rules);
    changes.push(Change::Write { path: path.clone(), text: paper });
    let replaced = if options.replace { writing.replaced(&rules) } else { Vec::new() };
    changes.extend(writing.template(&replaced, &rules));
    for change in &replaced {
        if let Change::Splice { path, before: Some(before), text } = change {
            call.answer(&print::diff(&artifact::whole(path, before, text)))?;
        }
    }
    if options.dry_run {
        return Ok(Exit::Clean);
    }
    let exit = writing.build(&changes)?;
    if exit != Exit::Clean {
        let kept = if replaced.is_empty() { "" } else { "; no line was taken out of a file" };
        call.remark(&format!("{path} has {}, and the outputs were not made{kept}", plural(rules.len(), "rule")));
        return Ok(exit);
    }
    writing.replace(replaced)?;
    call.remark(&format!("imported {} into {path}; next: `kbc prompt import {id}`", plural(rules.len(), "rule")));
    Ok(exit)
}

/// The id of a list: the name of the one file, `AGENTS.md` as `agents`.
fn name_of(files: &[PathBuf]) -> String {
    let [file] = files else { return "imported".to_owned() };
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-");
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { "imported".to_owned() }
}

fn title(report: &Report) -> String {
    let paths: Vec<&str> = report.files.iter().map(|file| file.path.as_str()).take(3).collect();
    let more = if report.files.len() > paths.len() { " and others" } else { "" };
    format!("Rules from {}{more}", paths.join(", "))
}

/// A list on its way into a knowledge base.
struct Writing<'a> {
    call: &'a Session,
    found: &'a Read,
    root: &'a Path,
    is_new: bool,
    paths: Paths,
}

impl Writing<'_> {
    /// Complains about what stands in the way, before anything is written.
    fn examine(&self, options: &Options) -> Result<()> {
        let taken = |folder: &&str| {
            let entries = std::fs::read_dir(self.root.join(folder));
            self.is_new && entries.is_ok_and(|mut entries| entries.next().is_some())
        };
        let taken: Vec<&str> = INPUTS.into_iter().filter(taken).collect();
        if !taken.is_empty() {
            let what = taken.join(", ");
            bail!(
                UserError::new(format!("there is no knowledge base here, and a new one would take {what} for its own"))
                    .help("make an empty folder with a kbc.toml in it, and import from there; nothing was written")
            );
        }
        if options.replace && self.root != self.found.root {
            bail!(
                UserError::new("`--replace` changes files in the folder of kbc.toml, and these lie outside of it")
                    .help("leave `--replace` out, and delete the lines by hand; nothing was written")
            );
        }
        Ok(())
    }

    /// The rules that no paper has yet, each once, with what they name that is there.
    fn new_rules(&self) -> Vec<(&Found, Names)> {
        let known = self.known();
        let rules: Vec<&Found> = self.found.report.distinct().collect();
        let texts = known.iter().map(String::as_str).chain(rules.iter().map(|found| found.rule.text.as_str()));
        let texts: Vec<&str> = texts.collect();
        let again: Vec<usize> = conflict::nearly_same(&texts)
            .into_iter()
            .filter(|(one, two)| *one < known.len() && *two >= known.len())
            .map(|(_, two)| two - known.len())
            .collect();
        let is_known = |found: &Found| known.contains(&found.rule.text);
        let rules = rules.into_iter().enumerate();
        let rules = rules.filter(|(index, found)| !again.contains(index) && !is_known(found));
        rules.map(|(_, found)| (found, self.names(&found.rule))).collect()
    }

    /// A rule whose example would be left alone without its lines stays in its file.
    fn leave_examples(&self, rules: &mut Vec<(&Found, Names)>) {
        let all = rules.len();
        rules.retain(|(found, _)| !found.rule.has_example);
        let stay = all - rules.len();
        if stay > 0 {
            let (rules, verb) = (plural(stay, "rule"), if stay == 1 { "stays" } else { "stay" });
            self.call.remark(&format!("{rules} with an example in code {verb} in the file: write a paper for it"));
        }
    }

    /// What the rules of the papers say.
    fn known(&self) -> Vec<String> {
        if self.is_new {
            return Vec::new();
        }
        let linked = compile::link_only(disk::load(self.root), &disk::Project::at(self.root));
        linked.model.rules.iter().map(|rule| rule.full.text.clone()).collect()
    }

    fn names(&self, rule: &Candidate) -> Names {
        if self.root != self.found.root {
            return Names::default();
        }
        let world = disk::Project::at(self.root);
        let there = |name: &&String| !name.ends_with('/') && world.exists(name);
        let matches = |glob: &&String| {
            Globs::new(std::slice::from_ref(*glob)).is_ok_and(|globs| world.matches("", &globs) == Matched::Some)
        };
        let mut files: Vec<String> = rule.files.iter().filter(there).cloned().collect();
        files.extend(rule.globs.iter().filter(matches).cloned());
        let defined = |command: &&String| refs::is_defined(&world, command);
        Names { files, commands: rule.commands.iter().filter(defined).cloned().collect() }
    }

    /// The settings of a new knowledge base.
    fn base(&self) -> Vec<Change> {
        let new = Change::Write { path: "kbc.toml".into(), text: SETTINGS.to_owned() };
        Some(new).filter(|_| self.is_new).into_iter().collect()
    }

    /// Writes the list, and the outputs from it.
    fn build(&self, changes: &[Change]) -> Result<Exit> {
        disk::apply(self.root, changes)?;
        for change in changes {
            if let Change::Write { path, .. } = change {
                self.call.answer(&format!("wrote {path}\n"))?;
            }
        }
        let built = Session { from: self.root.to_path_buf(), today: None, ..self.call.clone() };
        build::run(&built, Mode::Write, Overwrite::OwnFiles)
    }

    /// Takes lines out of files, in which the block stands by now.
    fn replace(&self, replaced: Vec<Change>) -> Result<()> {
        let mut changes = Vec::new();
        for change in replaced {
            let Change::Splice { path, before, text } = change else { continue };
            let current =
                read::text(&self.root.join(&path), MAX_FILE).map_err(|why| anyhow!("cannot read `{path}`: {why}"))?;
            let block = name_of(&[PathBuf::from(&path)]) + "-md";
            let text = match managed_block::inside(&current, &block) {
                Some(inside) => managed_block::splice(&text, &block, &current[inside])?,
                None if before.as_ref() == Some(&current) => text,
                None => bail!(UserError::new(format!("`{path}` has changed meanwhile")).help("import it again")),
            };
            self.call.answer(&format!("took the rules out of {path}\n"))?;
            changes.push(Change::Splice { path, before: Some(current), text });
        }
        disk::apply(self.root, &changes)
    }

    /// The template that puts the block into a file, if there is none.
    fn template(&self, replaced: &[Change], rules: &[(&Found, Names)]) -> Option<Change> {
        let Change::Splice { path: output, .. } = replaced.first()? else { return None };
        let template = format!("{}/{}-md.md", self.paths.templates, name_of(&[PathBuf::from(output)]));
        let tokens: usize = rules.iter().map(|(found, _)| found.tokens + found.rule.id.len()).sum();
        let text = list::template(output, tokens * ROOM);
        (!self.root.join(&template).exists()).then_some(Change::Write { path: template, text })
    }

    /// The files without the lines that became rules.
    fn replaced(&self, rules: &[(&Found, Names)]) -> Vec<Change> {
        let report = &self.found.report;
        let mut changes = Vec::new();
        for (index, file) in report.files.iter().enumerate() {
            let taken = rules.iter().filter(|(found, _)| found.file == index);
            let taken: Vec<&Candidate> = taken.map(|(found, _)| &found.rule).collect();
            if taken.is_empty() {
                continue;
            }
            let text = move_in::without(&file.text, taken.into_iter());
            let (path, before) = (file.path.clone(), Some(file.text.clone()));
            changes.push(Change::Splice { path, before, text });
        }
        changes
    }
}
