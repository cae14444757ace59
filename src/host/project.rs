//! A knowledge base on the disk, as the rest of kbc asks for it. What papers refer to is looked for inside of the project
//! only; the inputs themselves may be links to files elsewhere in the same repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkBuilder;

use super::paths::{blame, relative, repository, target};
use super::read::{self, Unread};
use crate::diag::UserError;
use crate::input::world::{Bytes, Entry, Links, Matched, World};
use crate::text::glob::Globs;

/// Files and folders that are looked at for one glob.
const MAX_ENTRIES: usize = 200_000;

/// A folder and all that really lies in it. Files that git ignores are there as well: what a rule names may be built.
#[derive(Debug)]
pub struct Project {
    /// `None`, if it cannot be found.
    root: Option<PathBuf>,
    /// The repository around it, or itself: no link of an input leads further.
    reach: Option<PathBuf>,
    day: Option<String>,
    /// Where files are whose names are not Unicode, by the names that people see.
    odd: Mutex<BTreeMap<String, PathBuf>>,
    /// Folders of inputs, and whether they are within reach.
    folders: Mutex<BTreeMap<PathBuf, bool>>,
}

impl Project {
    pub fn at(root: &Path) -> Self {
        let root = root.canonicalize().ok();
        let reach = root.as_deref().map(|root| repository(root).unwrap_or(root).to_path_buf());
        Self { root, reach, day: None, odd: Mutex::default(), folders: Mutex::default() }
    }

    /// The same on a day, YYYY-MM-DD; without one, no review is due.
    pub fn on(self, day: Option<String>) -> Self {
        Self { day, ..self }
    }

    /// Where a path leads, unless that is outside or nowhere.
    fn find(&self, path: &str) -> Option<PathBuf> {
        let root = self.root.as_ref()?;
        let is_plain = |part: Component| matches!(part, Component::Normal(_) | Component::CurDir);
        let found = Path::new(path).components().all(is_plain).then(|| root.join(path).canonicalize().ok())?;
        found.filter(|found| found.starts_with(root))
    }

    /// Where a path is, wherever that leads.
    fn place(&self, path: &str) -> Option<PathBuf> {
        let odd = path.contains(char::REPLACEMENT_CHARACTER);
        let odd = odd.then(|| self.odd.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned());
        odd.flatten().or_else(|| Some(self.root.as_ref()?.join(path)))
    }

    /// Where a path leads that an input must not lead to.
    fn leads_out(&self, path: &Path) -> Option<PathBuf> {
        let reach = self.reach.as_ref()?;
        let real = path.canonicalize().ok()?;
        (!real.starts_with(reach)).then_some(real)
    }

    /// Why an input is not read.
    fn out_of_reach(&self, path: &Path) -> Option<String> {
        let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
        // Many inputs share a folder, which is asked once.
        if !is_link && let Some(folder) = path.parent() {
            let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(true) = folders.get(folder) {
                return None;
            }
            let is_within = self.leads_out(folder).is_none();
            folders.insert(folder.to_path_buf(), is_within);
        }
        self.leads_out(path).map(|real| leads_out(&real))
    }

    /// The name of a path that a walk came by.
    fn name(&self, root: &Path, path: &Path) -> String {
        let name = relative(root, path);
        if name.contains(char::REPLACEMENT_CHARACTER) {
            self.odd.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), path.to_path_buf());
        }
        name
    }
}

impl World for Project {
    fn exists(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    fn read(&self, path: &str, limit: u64, links: Links) -> Bytes {
        let path = match links {
            Links::Inside => self.find(path),
            Links::Followed | Links::Left => self.place(path),
        };
        let Some(path) = path else { return Bytes::Absent };
        if links == Links::Followed
            && let Some(why) = self.out_of_reach(&path)
        {
            return Bytes::Unreadable(why);
        }
        let metadata = if links == Links::Left { path.symlink_metadata() } else { path.metadata() };
        if metadata.is_ok_and(|metadata| metadata.is_symlink()) {
            let leads = fs::read_link(&path).map(|to| to.display().to_string());
            return Bytes::Link(leads.unwrap_or_default());
        }
        match read::bytes(&path, limit) {
            Ok(bytes) => Bytes::Found(bytes),
            Err(Unread::NotAFile(_)) => Bytes::NotAFile,
            Err(Unread::TooLarge { size, .. }) => Bytes::TooLarge(size),
            Err(unread) if unread.is_absent() => Bytes::Absent,
            Err(unread) => Bytes::Unreadable(unread.to_string()),
        }
    }

    fn files(&self, folder: &str, links: Links) -> Vec<Entry> {
        let Some(root) = &self.root else { return Vec::new() };
        let start = root.join(folder);
        if let Some(real) = self.leads_out(&start) {
            return vec![Entry::Fault(Some(folder.to_owned()), leads_out(&real))];
        }
        let entry = |entry: Result<ignore::DirEntry, ignore::Error>| match (entry, links) {
            (Ok(entry), Links::Left) => {
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                is_file.then(|| Entry::File(self.name(root, entry.path())))
            }
            (Ok(entry), Links::Followed | Links::Inside) => {
                (!entry.path().is_dir()).then(|| Entry::File(self.name(root, entry.path())))
            }
            (Err(error), _) => {
                let (path, why) = blame(&error);
                Some(Entry::Fault(path.map(|path| relative(root, path)), why))
            }
        };
        let Some(reach) = self.reach.clone() else { return Vec::new() };
        let strays = Arc::new(Mutex::new(Vec::new()));
        let mut entries: Vec<Entry> = walk(&start, links, reach, strays.clone()).filter_map(entry).collect();
        let strays = std::mem::take(&mut *strays.lock().unwrap_or_else(PoisonError::into_inner));
        entries.extend(strays.iter().map(|(path, real)| Entry::Fault(Some(relative(root, path)), leads_out(real))));
        entries
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let (Some(root), Some(found)) = (&self.root, self.find(folder)) else { return Vec::new() };
        let entries = fs::read_dir(found).into_iter().flatten().flatten();
        let name = |entry: fs::DirEntry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            self.name(root, &root.join(folder).join(entry.file_name()));
            name
        };
        let mut names: Vec<String> = entries.map(name).filter(|name| name != ".git").collect();
        names.sort();
        names
    }

    fn matches(&self, folder: &str, globs: &Globs) -> Matched {
        let Some(start) = self.find(folder) else { return Matched::None };
        let mut builder = WalkBuilder::new(&start);
        builder.standard_filters(false).filter_entry(|entry| entry.file_name() != ".git");
        // What cannot be read is not there for whoever reads the rule either.
        for (count, entry) in builder.build().flatten().enumerate() {
            let below = relative(&start, entry.path());
            let name = [folder, &below].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
            if !below.is_empty() && globs.is_match(&name) && self.exists(&name) {
                return Matched::Some;
            }
            if count == MAX_ENTRIES {
                return Matched::NotAmong(MAX_ENTRIES);
            }
        }
        Matched::None
    }

    fn target(&self, path: &str) -> Result<String, UserError> {
        let root = self.root.as_ref().ok_or_else(|| UserError::new("the project is gone"))?;
        let real = target(root, path)?;
        Ok(relative(root, &real))
    }

    fn day(&self) -> Option<String> {
        self.day.clone()
    }
}

/// Links to folders out of reach, and where they lead.
type Strays = Arc<Mutex<Vec<(PathBuf, PathBuf)>>>;

/// Everything below a folder but hidden files; nothing, if there is no such folder. Folders out of reach are not entered.
fn walk(
    folder: &Path,
    links: Links,
    reach: PathBuf,
    strays: Strays,
) -> impl Iterator<Item = Result<ignore::DirEntry, ignore::Error>> + use<> {
    let mut builder = WalkBuilder::new(folder);
    builder.standard_filters(false).hidden(true).follow_links(links != Links::Left).sort_by_file_name(Ord::cmp);
    builder.filter_entry(move |entry| {
        if links == Links::Left || !entry.path_is_symlink() || !entry.path().is_dir() {
            return true;
        }
        let real = entry.path().canonicalize().ok().filter(|real| !real.starts_with(&reach));
        let Some(real) = real else { return true };
        strays.lock().unwrap_or_else(PoisonError::into_inner).push((entry.path().to_path_buf(), real));
        false
    });
    folder.exists().then(|| builder.build()).into_iter().flatten()
}

fn leads_out(real: &Path) -> String {
    format!("it leads out of the repository, to `{}`; put a copy in its place", real.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::world::Content;

    fn globs(glob: &str) -> Globs {
        Globs::new(&[glob.to_owned()]).expect("it is a glob")
    }

    #[test]
    fn what_a_project_ignores_or_hides_is_there_but_not_the_folder_of_git() {
        let root = tempfile::tempdir().expect("a temporary folder");
        for folder in ["built/deep", ".github", ".git"] {
            fs::create_dir_all(root.path().join(folder)).expect("it is writable");
        }
        for (path, text) in
            [(".gitignore", "built/"), ("built/deep/a.js", ""), (".github/ci.yml", ""), (".git/x.git", "")]
        {
            fs::write(root.path().join(path), text).expect("it is writable");
        }
        let project = Project::at(root.path());
        for (folder, glob) in [("", "*.js"), ("built", "built/**/*.js"), (".github", ".github/*.yml"), ("", "built/*")]
        {
            assert_eq!(project.matches(folder, &globs(glob)), Matched::Some, "{glob}");
        }
        for (folder, glob) in [("", "*.git"), ("built", "built/*.js"), ("gone", "gone/*")] {
            assert_eq!(project.matches(folder, &globs(glob)), Matched::None, "{glob}");
        }
        assert_eq!(project.names(""), [".github", ".gitignore", "built"]);
        assert_eq!(project.content("built"), Content::Unreadable("it is no file".into()));
        assert_eq!(project.content(".gitignore"), Content::Text("built/".into()));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_are_not_there() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().expect("a temporary folder");
        let root = place.path().join("root");
        fs::create_dir_all(root.join("in")).expect("it is writable");
        fs::create_dir_all(place.path().join("out")).expect("it is writable");
        for file in ["out/package.json", "root/in/a.py"] {
            fs::write(place.path().join(file), "{}").expect("it is writable");
        }
        for (target, link) in
            [("../out", "away"), ("../out/package.json", "package.json"), ("in", "here"), ("gone", "x")]
        {
            symlink(target, root.join(link)).expect("links can be made");
        }
        let project = Project::at(&root);
        for path in ["away", "away/package.json", "package.json", "x", "../out", "/", "in/../../out"] {
            assert!(!project.exists(path), "{path}");
        }
        assert_eq!(project.content("package.json"), Content::Absent);
        assert!(project.names("away").is_empty() && project.exists("here/a.py"));
        assert_eq!(project.matches("", &globs("*.json")), Matched::None);
        assert_eq!(project.matches("away", &globs("away/*")), Matched::None);
        assert_eq!(project.matches("here", &globs("here/*.py")), Matched::Some);
    }
}
