//! `kbc import` of instruction files: AGENTS.md, CLAUDE.md with what it includes, rules of Cursor, Claude Code and Copilot,
//! skills, and records of decisions.

mod write;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::compile::link::refs::Dead;
use crate::compile::move_in::{self, Body, DeadEnd, Given, Report};
use crate::diag::UserError;
use crate::host::{disk, paths, read};
use crate::input::files::instructions::{self, Ids, Kind};
use crate::input::files::paper;
use crate::input::world::{Entry, Links, World};
use crate::print::move_in as print;
use crate::text::hidden;
use crate::text::quantity::plural;

/// The most bytes of an instruction file. Agents pass over files of 4 MiB, and cut much smaller ones.
const MAX_FILE: u64 = 2 << 20;
/// Files that are read, at most, with those that others include.
const MAX_FILES: usize = 500;
/// How deep includes are followed, as Claude Code does.
const MAX_DEPTH: usize = 5;
/// Endings of instruction files in a folder.
const ENDINGS: [&str; 2] = [".md", ".mdc"];

/// How the report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// Every rule, what was not taken and why, for programs.
    Json,
}

/// Is a file, or what a folder holds, one of instructions?
pub fn is_one(call: &Session, file: &Path) -> bool {
    let path = call.console.path(file);
    if path.is_dir() {
        let names = std::fs::read_dir(&path).into_iter().flatten().flatten();
        return names.into_iter().any(|entry| is_markdown(&entry.file_name().to_string_lossy()));
    }
    let name = file.to_string_lossy();
    is_markdown(&name)
        || name.ends_with(".cursorrules")
        || name.ends_with(".windsurfrules")
        || name.ends_with("kbc.toml")
}

fn is_markdown(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.to_lowercase().ends_with(ending))
}

/// What is asked for.
#[derive(Debug)]
pub struct Options {
    pub files: Vec<PathBuf>,
    pub dry_run: bool,
    pub format: Format,
    /// The id of the list.
    pub paper: Option<String>,
    /// Are the lines taken out of the files, and the block put in?
    pub replace: bool,
}

/// Writes the rules of the files into a list, or prints what they come to.
pub fn run(call: &Session, options: &Options) -> Result<Exit> {
    let found = read(call, &options.files)?;
    if options.dry_run || found.report.is_empty() {
        call.hand_out(&match options.format {
            Format::Human => print::human(&found.report),
            Format::Json => print::json(&found.report),
        })?;
    }
    if found.report.is_empty() {
        let names = plural(found.report.files.len(), "file");
        call.remark(&format!("no rule was found in {names}; `--format json` says of each line why it is none"));
        return Ok(Exit::Findings);
    }
    if options.dry_run && !options.replace {
        return Ok(Exit::Clean);
    }
    if found.report.rules.is_empty() {
        call.remark("records of decisions stay where they are; nothing was written");
        return Ok(Exit::Clean);
    }
    write::run(call, &found, options)
}

/// What was read, and from where.
pub struct Read {
    report: Report,
    /// The project that paths are relative to.
    root: PathBuf,
}

/// Reads the files and those that they include, and takes them apart.
fn read(call: &Session, files: &[PathBuf]) -> Result<Read> {
    let root = project(call, files)?;
    let world = disk::Project::at(&root);
    let mut reading =
        Reading { root: &root, world: &world, seen: BTreeSet::new(), given: Vec::new(), dead: Vec::new() };
    for file in files {
        reading.named(call, file)?;
    }
    let Reading { given, dead, .. } = reading;
    let taken = taken(call);
    let mut report = move_in::report(given, &world, taken.iter().map(String::as_str));
    for (path, line, dead) in dead {
        let file = report.files.iter().position(|file| file.path == path).unwrap_or_default();
        report.dead.push(DeadEnd { file, line, dead });
    }
    report.dead.sort_by_key(|end| (end.file, end.line));
    Ok(Read { report, root })
}

/// The ids that rules have or had: whatever looks like one in the papers and the lock.
fn taken(call: &Session) -> BTreeSet<String> {
    let Ok(root) = call.root() else { return BTreeSet::new() };
    let texts = disk::load(&root);
    let lock = read::text(&root.join("kbc.lock"), MAX_FILE).unwrap_or_default();
    let papers = texts.papers.iter().map(|id| texts.sources.get(*id).text.clone());
    let all: Vec<String> = papers.chain([lock]).collect();
    let words = all.iter().flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-'));
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase())).map(str::to_owned).collect()
}

/// The knowledge base or the repository around the first file, whichever is nearer, or else the folder that it is in.
fn project(call: &Session, files: &[PathBuf]) -> Result<PathBuf> {
    let first = files.first().map_or_else(|| call.console.here().to_path_buf(), |file| call.console.path(file));
    let shown = files.first().cloned().unwrap_or_default();
    let place = first.parent().unwrap_or(&first).canonicalize();
    let place = place.with_context(|| format!("cannot read `{}`", shown.display()))?;
    let is_one = |folder: &&Path| [".git", "kbc.toml"].iter().any(|sign| folder.join(sign).exists());
    Ok(place.ancestors().find(is_one).unwrap_or(&place).to_path_buf())
}

/// Files on their way in.
struct Reading<'a> {
    root: &'a Path,
    world: &'a disk::Project,
    seen: BTreeSet<PathBuf>,
    given: Vec<Given>,
    /// Includes that lead nowhere: the file, its line and why.
    dead: Vec<(String, usize, Dead)>,
}

impl Reading<'_> {
    /// A file or folder that somebody named.
    fn named(&mut self, call: &Session, file: &Path) -> Result<()> {
        let path = call.console.path(file);
        let real = path.canonicalize().with_context(|| format!("cannot read `{}`", file.display()))?;
        if !real.starts_with(self.root) {
            bail!(
                UserError::new(format!("`{}` leads out of the repository, to `{}`", file.display(), real.display()))
                    .help("name files of one repository; nothing was written")
            );
        }
        if !real.is_dir() {
            return self.file(&real, 0);
        }
        let folder = paths::relative(self.root, &real);
        for entry in self.world.files(&folder, Links::Inside) {
            match entry {
                Entry::File(path) if is_markdown(&path) => self.file(&self.root.join(path), 0)?,
                Entry::File(_) | Entry::Fault(..) => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, depth: usize) -> Result<()> {
        let shown = paths::relative(self.root, path);
        let real = path.canonicalize().with_context(|| format!("cannot read `{shown}`"))?;
        if !self.seen.insert(real.clone()) {
            return Ok(());
        }
        if self.given.len() == MAX_FILES {
            bail!(UserError::new(format!("there are more than {MAX_FILES} files")).help("name fewer at a time"));
        }
        let text = text(&real, &shown)?;
        self.given.push(Given { path: shown.clone(), text });
        self.includes(&shown, depth)
    }

    /// What a file includes, inside of the repository.
    fn includes(&mut self, shown: &str, depth: usize) -> Result<()> {
        let text = &self.given.last().expect("it was just read").text;
        if instructions::kind_of(shown, text) == Kind::Record {
            return Ok(());
        }
        let found = instructions::split(shown, text, &mut Ids::default());
        if let Some(line) = found.open_fence {
            bail!(
                UserError::new(format!("`{shown}`, line {line}: a code block begins here and never ends"))
                    .help("close it; what follows it would be code. Nothing was written")
            );
        }
        for include in found.imports {
            let dead = |message: String| Dead { text: format!("@{}", include.path), message, help: None };
            let Some(path) = paper::resolve(shown, &include.path).filter(|_| !include.path.starts_with(['/', '~']))
            else {
                let message = format!("`@{}` leads out of the repository, and is not read", include.path);
                self.dead.push((shown.to_owned(), include.line, dead(message)));
                continue;
            };
            let place = self.root.join(&path);
            let inside = place.canonicalize().is_ok_and(|real| real.starts_with(self.root) && real.is_file());
            if !inside {
                if is_markdown(&path) {
                    let message = format!("`@{}` includes no file of the repository", include.path);
                    self.dead.push((shown.to_owned(), include.line, dead(message)));
                }
            } else if depth == MAX_DEPTH {
                let message = format!("`@{}` is included {MAX_DEPTH} files deep, and is not read", include.path);
                self.dead.push((shown.to_owned(), include.line, dead(message)));
            } else if is_markdown(&path) || path.ends_with(".txt") {
                self.file(&place, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// The text of a file in which a reader sees every character.
fn text(path: &Path, shown: &str) -> Result<String> {
    let bytes = read::bytes(path, MAX_FILE).map_err(|why| {
        UserError::new(format!("`{shown}` cannot be imported: {why}"))
            .help("name a file of instructions; nothing was written")
    })?;
    let refused = |why: &str, help: &str| {
        let help = format!("{help}; nothing was written");
        UserError::new(format!("`{shown}` cannot be imported: {why}")).help(help)
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        bail!(refused("it is UTF-16", "save it as UTF-8"));
    }
    if bytes.contains(&0) {
        bail!(refused("it is binary", "name a file of instructions"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        refused(&format!("it is not UTF-8, from byte {at}"), "save it as UTF-8")
    })?;
    if let Some(run) = hidden::scan(&text).into_iter().next() {
        let line = text[..run.range.start].matches('\n').count() + 1;
        let code = u32::from(run.first);
        let why = format!("line {line} has a hidden character, U+{code:04X}: {}", run.class.effect());
        bail!(refused(&why, "remove it, since agents read what you do not see"));
    }
    let name = shown.rsplit('/').next().unwrap_or(shown);
    if name == "kbc.toml" {
        bail!(refused("it is a knowledge base", "`kbc init --from FOLDER` starts from another one"));
    }
    Ok(text)
}

impl Report {
    /// Is there neither a rule nor a record?
    fn is_empty(&self) -> bool {
        self.rules.is_empty() && !self.files.iter().any(|file| matches!(file.body, Body::Record(_)))
    }
}
