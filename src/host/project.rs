//! The folder of a knowledge base as linking sees it: what is there, and nothing of what lies outside.

use std::fs;
use std::path::{Component, Path, PathBuf};

use ignore::WalkBuilder;

use super::code::MAX_CODE;
use super::paths::relative;
use crate::input::world::{Content, Matched, World};
use crate::text::glob::Globs;

/// Files and folders that are looked at for one glob.
const MAX_ENTRIES: usize = 200_000;

/// A folder and all that really lies in it. Files that git ignores are there as well: what a rule names may be built.
#[derive(Debug)]
pub struct Project {
    /// `None`, if it cannot be found.
    root: Option<PathBuf>,
}

impl Project {
    pub fn at(root: &Path) -> Self {
        Self { root: root.canonicalize().ok() }
    }

    /// Where a path leads, unless that is outside or nowhere.
    fn find(&self, path: &str) -> Option<PathBuf> {
        let root = self.root.as_ref()?;
        let is_plain = |part: Component| matches!(part, Component::Normal(_) | Component::CurDir);
        let found = Path::new(path).components().all(is_plain).then(|| root.join(path).canonicalize().ok())?;
        found.filter(|found| found.starts_with(root))
    }
}

impl World for Project {
    fn exists(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    fn content(&self, path: &str) -> Content {
        let Some(path) = self.find(path) else { return Content::Absent };
        match fs::metadata(&path) {
            Ok(metadata) if !metadata.is_file() => Content::Unreadable("it is no file".into()),
            Ok(metadata) if metadata.len() > MAX_CODE => {
                Content::Unreadable(format!("it has more than {} MiB", MAX_CODE >> 20))
            }
            Ok(_) => match fs::read_to_string(&path) {
                Ok(text) => Content::Text(text.trim_start_matches('\u{feff}').to_owned()),
                Err(error) => Content::Unreadable(error.to_string()),
            },
            Err(error) => Content::Unreadable(error.to_string()),
        }
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

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = self.find(folder).map(fs::read_dir).into_iter().flatten().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name != ".git").collect();
        names.sort();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
