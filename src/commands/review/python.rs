//! The Python that each reviewed file is for: as asked for, as set, or as the nearest project around the file declares it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::options::Options;
use crate::commands::console::Console;
use crate::host::read;
use crate::input::files::config::{Config, python};

/// The lowest version of Python by file.
pub struct Pythons<'a> {
    console: &'a Console,
    /// For every file.
    given: Option<Vec<u32>>,
    /// A folder above which no project is looked for.
    within: Option<&'a Path>,
    by_folder: HashMap<PathBuf, Option<Vec<u32>>>,
}

impl<'a> Pythons<'a> {
    pub fn new(console: &'a Console, options: &'a Options, config: &Config) -> Self {
        let given = options.target_version.as_ref().or(config.languages.python.version.as_ref());
        let given = given.and_then(|version| python::lowest(version));
        Self { console, given, within: options.within.as_deref(), by_folder: HashMap::new() }
    }

    /// The version that a file is for.
    pub fn of(&mut self, file: &Path) -> Option<Vec<u32>> {
        if self.given.is_some() {
            return self.given.clone();
        }
        let path = self.console.path(file);
        // A text that is handed over need not lie anywhere.
        let folder = path.parent()?.ancestors().find_map(|folder| folder.canonicalize().ok())?;
        self.of_folder(&folder)
    }

    fn of_folder(&mut self, folder: &Path) -> Option<Vec<u32>> {
        if self.within.is_some_and(|within| !folder.starts_with(within)) {
            return None;
        }
        if let Some(known) = self.by_folder.get(folder) {
            return known.clone();
        }
        let read = |name: &str| {
            let path = Some(folder.join(name)).filter(|path| path.is_file())?;
            read::text(&path, read::MAX_SETTINGS).ok()
        };
        let own = read("pyproject.toml").and_then(|text| python::of_pyproject(&text));
        let own = own.or_else(|| python::of_setup(&read("setup.cfg")?));
        let found = own.or_else(|| self.of_folder(folder.parent()?));
        self.by_folder.insert(folder.to_path_buf(), found.clone());
        found
    }
}
