//! What is remembered changes nothing but the time that an answer takes: no answer is given that would be another one now,
//! and whatever is wrong with the place where answers lie, they are computed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use kbc::commands::verdict::{self, Subject, Verdict};
use kbc::diag::UserError;
use kbc::host::cache;
use kbc::host::disk::Project;
use kbc::input::vocabulary::Drafts;
use kbc::input::world::{Bytes, Entry, Links, Matched, MemoryWorld, World};
use kbc::print::{self, Format};
use kbc::text::glob::Globs;
use kbc::text::memo::Memory;
use tempfile::TempDir;

const TOML: &str = "[budget.papers]\nmin = 0\n";
const PAPER: &str = include_str!("memory/paper.md");
const DATA: &str = include_str!("../../src/commands/init/benchmarks.yaml");
const TODAY: &str = "2026-11-30";
const SUBJECT: Subject = Subject { place: b"ours", drafts: Drafts::LeftOut };

/// All that `kbc check` could print, and how it ends.
fn told(verdict: &Verdict) -> String {
    let formats = [Format::Human, Format::Short, Format::Json];
    let texts = formats.map(|format| print::diagnostics(format, &verdict.diagnostics, &verdict.sources));
    format!("{}\n{:?} {:?}", texts.concat(), verdict.counts, verdict.comparison)
}

fn check(world: &dyn World) -> String {
    verdict::check(world, Drafts::LeftOut).map_or_else(|why| format!("{why:?}"), |verdict| told(&verdict))
}

fn remembered(world: &dyn World, memory: &Memory) -> String {
    verdict::remembered(world, SUBJECT, memory).map_or_else(|why| format!("{why:?}"), |verdict| told(&verdict))
}

fn recalled(world: &dyn World, memory: &Memory) -> Option<String> {
    verdict::recalled(world, SUBJECT, memory).map(|verdict| told(&verdict))
}

/// A small knowledge base with all that a check asks about: references, globs, a day, a shared file, outputs.
fn knowledge() -> BTreeMap<String, String> {
    let shared = "---\noutput: AGENTS.md\nmode: splice\n---\nRules are in out/RULEBOOK.md.\n";
    let files = [
        ("templates/RULEBOOK.md", kbc::compile::DEFAULT_TEMPLATE),
        ("kbc.toml", TOML),
        ("papers/retries.md", PAPER),
        ("data/benchmarks.yaml", DATA),
        ("templates/shared.md", shared),
        ("AGENTS.md", "# Ours\n"),
        ("src/app/main.py", "x = 1\n"),
        ("Makefile", "test:\n\ttrue\n"),
    ];
    let mut files: BTreeMap<String, String> =
        files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let mut compiled = kbc::compile::compile(kbc::compile::Texts::read(&world(&files)), &world(&files));
    assert!(compiled.artifacts.len() > 2, "{:#?}", compiled.diags);
    let outputs = compiled.artifacts.iter().map(|artifact| (artifact.path.clone(), artifact.text.clone()));
    files.extend(outputs.collect::<Vec<_>>());
    let judged = compiled.compare(&world(&files)).expect("outputs are files");
    files.insert("kbc.lock".to_owned(), judged.standing.lock.to_string());
    files
}

fn world(files: &BTreeMap<String, String>) -> MemoryWorld {
    MemoryWorld::of(files.iter().map(|(path, text)| (path.clone(), text.clone()))).on(TODAY)
}

fn on_disk(files: &BTreeMap<String, String>) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        put(folder.path(), path, text);
    }
    folder
}

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("it is writable");
    fs::write(path, text).expect("it is writable");
}

fn disk(root: &Path) -> Project {
    Project::at(root).on(Some(TODAY.to_owned()))
}

/// A cache that is empty, and the folder that it is in.
fn cache(project: &Path) -> (TempDir, PathBuf, Memory) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = place.path().join("kbc");
    let memory = cache::in_folder(&folder, project);
    (place, folder, memory)
}

/// The entries of a cache.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let version = folder.join(env!("CARGO_PKG_VERSION"));
    let paths = fs::read_dir(version).into_iter().flatten().map(|entry| entry.expect("it can be read").path());
    paths.filter(|path| path.file_name().is_some_and(|name| name.len() == 64)).collect()
}

#[test]
fn what_is_remembered_is_told_as_it_was_the_first_time() {
    let clean = knowledge();
    let memory = Memory::of_process();
    let first = remembered(&world(&clean), &memory);
    assert!(first.ends_with("Equal"), "{first}");
    assert_eq!(recalled(&world(&clean), &memory), Some(first));
}

/// `kbc.lock` is large, and something is said of it.
#[test]
fn a_large_text_is_not_kept_twice() {
    let mut files = knowledge();
    let paper = format!("{}\n{}", files["papers/retries.md"], "More is said here of herds. ".repeat(4000));
    files.insert("papers/retries.md".to_owned(), paper);
    let memory = Memory::of_process();
    let first = remembered(&world(&files), &memory);
    assert!(first.contains("papers/retries.md"), "{first}");
    assert_eq!(recalled(&world(&files), &memory), Some(first));
    let root = on_disk(&files);
    let (_place, folder, memory) = cache(root.path());
    remembered(&disk(root.path()), &memory);
    let entry = fs::metadata(&entries(&folder)[0]).expect("it was kept");
    assert!(entry.len() < 64 << 10, "{} bytes", entry.len());
}

/// Every knowledge base of the cases, most of which are broken in some way.
#[test]
fn a_warm_check_says_what_a_cold_one_says() {
    let (mut seen, mut said) = (0, 0);
    for entry in fs::read_dir("tests/cases").expect("the cases are there") {
        let root = entry.expect("an entry can be read").path();
        if !root.join("papers").is_dir() {
            continue;
        }
        let memory = Memory::of_process();
        let cold = remembered(&disk(&root), &memory);
        let warm = recalled(&disk(&root), &memory);
        // What cannot be compared at all is not remembered.
        let Some(warm) = warm else { continue };
        assert_eq!(warm, cold, "{}", root.display());
        seen += 1;
        said += usize::from(cold.contains("\"code\""));
    }
    assert!(seen > 100 && said > 80, "{said} of {seen}");
}

/// A name, and what is done to a knowledge base that was clean.
type Change = (&'static str, fn(&mut BTreeMap<String, String>));

const CHANGES: [Change; 20] = [
    ("a paper says something else", |files| edit(files, "papers/retries.md", "herd", "crowd")),
    ("a figure has another value", |files| edit(files, "data/benchmarks.yaml", "value: 48", "value: 49")),
    ("a setting changes", |files| edit(files, "kbc.toml", "min = 0", "min = 9000")),
    ("the settings go", |files| drop(files.remove("kbc.toml"))),
    ("the lock goes", |files| drop(files.remove("kbc.lock"))),
    ("a template changes", |files| edit(files, "templates/shared.md", "Rules", "The rules")),
    ("an output is edited", |files| edit(files, "out/rules.yaml", "rules:", "rules: ")),
    ("an output goes", |files| drop(files.remove("out/RULEBOOK.md"))),
    ("a block is edited", |files| edit(files, "AGENTS.md", "Rules are", "Rules were")),
    ("text around a block changes", |files| edit(files, "AGENTS.md", "# Ours", "# Theirs")),
    ("a shared file goes", |files| drop(files.remove("AGENTS.md"))),
    ("a paper appears", |files| drop(files.insert("papers/new.md".into(), "no paper".into()))),
    ("a paper of another ending appears", |files| drop(files.insert("papers/new.mdx".into(), String::new()))),
    ("a data file appears", |files| drop(files.insert("data/more.yaml".into(), "x".into()))),
    ("utilities appear", |files| drop(files.insert("utils/u.yml".into(), "x: ".into()))),
    ("a template appears", |files| drop(files.insert("templates/second.md".into(), "x".into()))),
    ("a stray output appears", |files| drop(files.insert("out/old.md".into(), "<!-- made by hand -->".into()))),
    ("a file that a rule names goes", |files| drop(files.remove("src/app/main.py"))),
    ("a command that a rule names goes", |files| edit(files, "Makefile", "test:", "check:")),
    ("what defines commands goes", |files| drop(files.remove("Makefile"))),
];

fn edit(files: &mut BTreeMap<String, String>, path: &str, from: &str, to: &str) {
    let text = files.get_mut(path).unwrap_or_else(|| panic!("there is no {path}"));
    assert!(text.contains(from), "{path} lacks `{from}`");
    *text = text.replacen(from, to, 1);
}

#[test]
fn whatever_changes_is_looked_at_anew() {
    let clean = knowledge();
    let memory = Memory::of_process();
    let first = remembered(&world(&clean), &memory);
    for (name, change) in CHANGES {
        let mut files = clean.clone();
        change(&mut files);
        assert_eq!(recalled(&world(&files), &memory), None, "{name}");
        let now = remembered(&world(&files), &memory);
        assert_eq!(now, check(&world(&files)), "{name}");
        assert!(now != first || name == "text around a block changes", "{name} is told");
        assert_eq!(recalled(&world(&files), &memory), Some(now), "{name}");
        // And back.
        assert_eq!(remembered(&world(&clean), &memory), first, "{name}");
    }
}

#[test]
fn the_same_changes_on_a_disk_are_looked_at_anew() {
    let clean = knowledge();
    for (name, change) in CHANGES {
        let root = on_disk(&clean);
        let (_place, folder, memory) = cache(root.path());
        remembered(&disk(root.path()), &memory);
        assert!(recalled(&disk(root.path()), &memory).is_some() && entries(&folder).len() == 1, "{name}");
        let mut files = clean.clone();
        change(&mut files);
        for path in clean.keys().filter(|path| !files.contains_key(*path)) {
            fs::remove_file(root.path().join(path)).expect("it was there");
        }
        for (path, text) in files.iter().filter(|(path, text)| clean.get(*path) != Some(*text)) {
            put(root.path(), path, text);
        }
        assert_eq!(recalled(&disk(root.path()), &memory), None, "{name}");
        assert_eq!(remembered(&disk(root.path()), &memory), check(&disk(root.path())), "{name}");
    }
}

#[test]
fn the_same_size_and_time_do_not_hide_other_content() {
    let files = knowledge();
    let root = on_disk(&files);
    let (_place, _folder, memory) = cache(root.path());
    let path = root.path().join("papers/retries.md");
    let time = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("the system has times");
    let first = remembered(&disk(root.path()), &memory);
    let text = fs::read_to_string(&path).expect("it is there").replace("herd", "mobs");
    fs::write(&path, &text).expect("it is writable");
    File::options().write(true).open(&path).and_then(|file| file.set_modified(time)).expect("times can be set");
    let metadata = fs::metadata(&path).expect("it is there");
    assert_eq!((metadata.len(), metadata.modified().ok()), (PAPER.len() as u64, Some(time)));
    assert_eq!(recalled(&disk(root.path()), &memory), None);
    assert_ne!(remembered(&disk(root.path()), &memory), first);
}

#[test]
fn the_day_counts_where_a_review_is_due() {
    let clean = knowledge();
    let memory = Memory::of_process();
    let due = world(&clean).on("2030-01-01");
    let first = remembered(&world(&clean), &memory);
    assert_eq!(recalled(&due, &memory), None, "the paper names a day");
    let overdue = remembered(&due, &memory);
    assert!(overdue.contains("overdue") && !first.contains("overdue"), "{overdue}");
    let mut undated = clean;
    edit(&mut undated, "papers/retries.md", "reread_by: 2029-12-31\n", "");
    edit(&mut undated, "data/benchmarks.yaml", "    date: 2026-01-15\n", "");
    let first = remembered(&world(&undated), &memory);
    assert_eq!(recalled(&world(&undated).on("2030-01-01"), &memory), Some(first), "no paper and no result names one");
}

#[test]
fn drafts_and_other_knowledge_bases_are_told_apart() {
    let clean = world(&knowledge());
    let memory = Memory::of_process();
    remembered(&clean, &memory);
    assert!(verdict::recalled(&clean, Subject { drafts: Drafts::Compiled, ..SUBJECT }, &memory).is_none());
    assert!(verdict::recalled(&clean, Subject { place: b"theirs", ..SUBJECT }, &memory).is_none());
    let nothing = MemoryWorld::default();
    assert_eq!(recalled(&nothing, &memory), None);
}

/// A world in which one path cannot be read, as if its permissions were changed.
struct Forbidden<'a>(&'a MemoryWorld, &'a str);

impl World for Forbidden<'_> {
    fn exists(&self, path: &str) -> bool {
        self.0.exists(path)
    }

    fn read(&self, path: &str, limit: u64, links: Links) -> Bytes {
        let is_forbidden = path == self.1 || path.starts_with(&format!("{}/", self.1));
        if is_forbidden { Bytes::Unreadable("Permission denied".into()) } else { self.0.read(path, limit, links) }
    }

    fn files(&self, folder: &str, links: Links) -> Vec<Entry> {
        if folder == self.1 {
            return vec![Entry::Fault(Some(folder.to_owned()), "Permission denied".into())];
        }
        self.0.files(folder, links)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        if folder == self.1 { Vec::new() } else { self.0.names(folder) }
    }

    fn matches(&self, folder: &str, globs: &Globs) -> Matched {
        self.0.matches(folder, globs)
    }

    fn target(&self, path: &str) -> Result<String, UserError> {
        self.0.target(path)
    }

    fn day(&self) -> Option<String> {
        self.0.day()
    }
}

#[test]
fn what_may_not_be_read_any_more_is_noticed() {
    let files = world(&knowledge());
    for path in ["papers/retries.md", "data", "papers", "kbc.toml", "kbc.lock", "out/RULEBOOK.md", "AGENTS.md"] {
        let memory = Memory::of_process();
        remembered(&files, &memory);
        let forbidden = Forbidden(&files, path);
        assert_eq!(recalled(&forbidden, &memory), None, "{path}");
        assert_eq!(remembered(&forbidden, &memory), check(&forbidden), "{path}");
    }
}

/// A world that changes while it is read.
struct Changing<'a>(&'a MemoryWorld, std::sync::atomic::AtomicUsize);

impl World for Changing<'_> {
    fn exists(&self, path: &str) -> bool {
        let asked = self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        asked > 0 && self.0.exists(path)
    }
}

#[test]
fn a_state_that_never_was_is_not_remembered() {
    use kbc::input::world::Recorded;
    let files = world(&knowledge());
    let changing = Changing(&files, std::sync::atomic::AtomicUsize::new(0));
    let recorded = Recorded::new(&changing);
    assert_ne!(recorded.exists("kbc.toml"), recorded.exists("kbc.toml"));
    assert!(recorded.record().is_none());
    let recorded = Recorded::new(&files);
    assert_eq!(recorded.exists("kbc.toml"), recorded.exists("kbc.toml"));
    let record = recorded.record().expect("nothing changed");
    assert!(record.holds(&files) && !record.holds(&MemoryWorld::default()) && record.len() == 1);
}

#[test]
fn two_checkouts_in_different_states_do_not_mix() {
    let (first, mut files) = (knowledge(), knowledge());
    edit(&mut files, "papers/retries.md", "herd", "crowd");
    let (one, two) = (on_disk(&first), on_disk(&files));
    let (_place, _folder, memory) = cache(one.path());
    let of = |root: &Path| {
        let place = root.as_os_str().as_encoded_bytes();
        told(&verdict::remembered(&disk(root), Subject { place, ..SUBJECT }, &memory).expect("outputs are files"))
    };
    for _ in 0..2 {
        assert_eq!(of(one.path()), check(&disk(one.path())));
        assert_eq!(of(two.path()), check(&disk(two.path())));
    }
    assert_ne!(of(one.path()), of(two.path()));
}

mod folder;
mod program;
