//! `kbc migrate`: the files of a knowledge base, from the words of an older format to those of this one. Nothing is compiled,
//! since this kbc may not understand the old words anywhere else.

use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::exit::Exit;
use super::session::Session;
use super::writing::Mode;
use crate::compile::artifact;
use crate::diag::{Code, Diagnostic, Place, Sink};
use crate::host::disk::{Access, Change, DirectoryLock, Project};
use crate::input::files::config::{self, Paths};
use crate::input::migrate::{Kind, bare, data, migrate};
use crate::input::world::{Bytes, Entry, Links, World};
use crate::print;
use crate::text::quantity::plural;
use crate::text::source::{SourceId, Sources};

/// The most bytes of a file: a lock can be as large as all papers together.
const MAX_FILE: u64 = 1 << 30;

/// Migrates every file. If one cannot be migrated, nothing is written.
///
/// # Errors
/// If there is no knowledge base, or a file cannot be written.
pub fn run(call: &Session, mode: Mode) -> Result<Exit> {
    let root = call.root()?;
    let access = if mode == Mode::Write { Access::Write } else { Access::Read };
    let hold = DirectoryLock::take(&root, access, &|| call.waits())?;
    call.tell(hold.settled);
    let files = Files::read(&root);
    let migrated = files.migrated();
    if !migrated.diags.is_empty() {
        call.complain(&migrated.diags, &files.sources);
        call.remark("nothing was written");
        return Ok(Exit::Unusable);
    }
    let changes = migrated.changes;
    if changes.is_empty() {
        call.list("files");
        let files = plural(files.found.len(), "file");
        call.remark(&format!("nothing to migrate: {files} are written for this kbc"));
        return Ok(Exit::Clean);
    }
    if mode == Mode::Write {
        hold.apply(&changes.iter().map(Migrated::change).collect::<Vec<_>>())?;
    }
    for change in &changes {
        call.push("files", &json!({ "path": change.path, "change": "migrated", "is_written": mode == Mode::Write }));
        call.answer(&change.told(mode))?;
    }
    let count = plural(changes.len(), "file");
    call.remark(&match mode {
        Mode::Write => format!("migrated {count}; next: `kbc build`, then `kbc check`"),
        Mode::Name | Mode::Diff => format!("would migrate {count}; nothing was written"),
    });
    Ok(if mode == Mode::Diff { Exit::Findings } else { Exit::Clean })
}

/// The files of a knowledge base that can be migrated, to the byte.
struct Files {
    sources: Sources,
    found: Vec<Found>,
    /// What could not be read.
    diags: Sink,
}

struct Found {
    kind: Kind,
    source: SourceId,
    is_link: bool,
}

/// A file that changes.
struct Migrated {
    path: String,
    is_link: bool,
    before: String,
    after: String,
}

/// What becomes of all files.
struct Outcome {
    changes: Vec<Migrated>,
    diags: Sink,
}

impl Files {
    fn read(root: &Path) -> Self {
        let world = Project::at(root);
        let mut files = Self { sources: Sources::default(), found: Vec::new(), diags: Sink::new() };
        for (kind, path) in Kind::FILES {
            files.add(&world, kind, path.to_owned());
        }
        let paths = files.paths();
        for (kind, input, endings) in Kind::IN_FOLDERS {
            for folder in paths.folders(input) {
                files.add_all(&world, kind, folder, endings);
            }
        }
        files
    }

    /// Where inputs lie, as the settings will say once they are migrated.
    fn paths(&self) -> Paths {
        let settings = self.found.iter().find(|file| file.kind == Kind::Settings);
        let source = settings.map(|file| (file.source, self.sources.get(file.source)));
        let migrated = source
            .and_then(|(id, source)| migrate(Kind::Settings, id, &source.path, &source.text, None, &mut Sink::new()));
        migrated.map(|text| config::read(SourceId::default(), &text, &mut Sink::new()).paths).unwrap_or_default()
    }

    fn add_all(&mut self, world: &Project, kind: Kind, folder: &str, endings: &[&str]) {
        for entry in world.files(folder, Links::Followed) {
            match entry {
                Entry::File(path) if has_ending(&path, endings) => self.add(world, kind, path),
                Entry::File(_) => {}
                Entry::Fault(path, why) => self.fault(path.unwrap_or_else(|| folder.to_owned()), &why),
            }
        }
    }

    fn add(&mut self, world: &Project, kind: Kind, path: String) {
        let why = match world.read(&path, MAX_FILE, Links::Followed) {
            Bytes::Found(bytes) => match String::from_utf8(bytes) {
                Ok(text) => {
                    let is_link = matches!(world.read(&path, 0, Links::Left), Bytes::Link(_));
                    let source = self.sources.add(path, text);
                    self.found.push(Found { kind, source, is_link });
                    return;
                }
                Err(_) => "it is not UTF-8".to_owned(),
            },
            Bytes::Absent | Bytes::Unknown => return,
            Bytes::TooLarge(size) => format!("it has {} MiB", size >> 20),
            Bytes::NotAFile | Bytes::Link(_) => "it is no file".to_owned(),
            Bytes::Unreadable(why) => why,
        };
        self.fault(path, &why);
    }

    fn fault(&mut self, path: String, why: &str) {
        let message = format!("`{path}` cannot be read: {why}");
        let help = "make it a readable file, or move it out of the folder";
        self.diags.push(Diagnostic::new(Code::UnreadableFile, Place::File(path), message).help(help));
    }

    /// Data files say together what was measured first.
    fn data(&self) -> impl Iterator<Item = SourceId> {
        self.found.iter().filter(|file| file.kind == Kind::Data).map(|file| file.source)
    }

    fn migrated(&self) -> Outcome {
        let mut outcome = Outcome { changes: Vec::new(), diags: Sink::new() };
        outcome.diags.extend(self.diags.iter().cloned());
        let data: Vec<&str> = self.data().map(|source| bare(&self.sources.get(source).text)).collect();
        let mut data = data::together(&data).into_iter();
        for file in &self.found {
            let source = self.sources.get(file.source);
            let together = if file.kind == Kind::Data { data.next() } else { None };
            let after = migrate(file.kind, file.source, &source.path, &source.text, together, &mut outcome.diags);
            let Some(after) = after.filter(|after| *after != source.text) else { continue };
            let (path, before) = (source.path.clone(), source.text.clone());
            outcome.changes.push(Migrated { path, is_link: file.is_link, before, after });
        }
        outcome
    }
}

impl Migrated {
    /// If somebody else writes the file meanwhile, nothing is written. A link is written through.
    fn change(&self) -> Change {
        let (path, text) = (self.path.clone(), self.after.clone());
        if self.is_link {
            return Change::Write { path, text };
        }
        Change::Splice { path, before: Some(self.before.clone()), text }
    }

    fn told(&self, mode: Mode) -> String {
        match mode {
            Mode::Write => format!("migrated {}\n", self.path),
            Mode::Name => format!("would migrate {}\n", self.path),
            Mode::Diff => print::diff(&artifact::whole(&self.path, &self.before, &self.after)),
        }
    }
}

fn has_ending(path: &str, endings: &[&str]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    endings.is_empty()
        || name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && endings.contains(&ending))
}
