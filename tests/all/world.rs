//! Nothing below `host` looks around by itself: from a world in memory a knowledge base compiles to what it does from the
//! disk, outputs and messages, and an open buffer counts before the file under it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kbc::compile::{self, Compilation, Texts};
use kbc::diag::{Diagnostic, UserError};
use kbc::host::disk::Project;
use kbc::input::world::{Bytes, Entry, Links, Matched, MemoryWorld, Overlay, World};
use kbc::print::{self, Format};
use kbc::text::glob::Globs;

/// Outputs and messages of a knowledge base, as `kbc check` prints them; or why it cannot be compared.
fn check(world: &dyn World) -> Result<(BTreeMap<String, String>, String), UserError> {
    let mut compiled: Compilation = compile::compile(Texts::read(world), world);
    let judged = compiled.compare(world)?;
    let diags: Vec<Diagnostic> =
        [compiled.diags.to_vec(), judged.standing.diags.to_vec(), judged.hidden, judged.drift].concat();
    let outputs = compiled.artifacts.iter().map(|artifact| (artifact.path.clone(), artifact.text.clone()));
    Ok((outputs.collect(), print::diagnostics(Format::Json, &diags, &compiled.sources)))
}

/// Every file of a folder but those of git and of builds, and whether that is all: a world in memory has no links.
fn in_memory(root: &Path) -> (MemoryWorld, bool) {
    let (mut world, mut is_all) = (MemoryWorld::default(), true);
    let mut walk = ignore::WalkBuilder::new(root);
    walk.standard_filters(false);
    walk.filter_entry(|entry| ![".git", "target", ".venv"].contains(&&*entry.file_name().to_string_lossy()));
    for entry in walk.build() {
        let entry = entry.expect("the folder can be read");
        let kind = entry.file_type().expect("it is no stream");
        if kind.is_file() {
            let path = entry.path().strip_prefix(root).expect("it lies in the root").to_string_lossy();
            world.insert(path.replace('\\', "/"), fs::read(entry.path()).expect("it can be read"));
        } else {
            is_all &= kind.is_dir();
        }
    }
    (world, is_all)
}

#[test]
fn this_knowledge_base_compiles_from_memory_as_from_the_disk() {
    // Links lie among the cases of tests only.
    let (memory, _) = in_memory(Path::new("."));
    let (outputs, told) = check(&memory).expect("outputs are files");
    let (expected, expected_told) = check(&Project::at(Path::new("."))).expect("outputs are files");
    assert_eq!(told, expected_told);
    assert!(outputs == expected, "the outputs differ");
    assert!(outputs.len() > 10, "{:?}", outputs.keys());
}

#[test]
fn broken_knowledge_bases_are_told_of_from_memory_as_from_the_disk() {
    let mut roots: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir("tests/cases").expect("the cases are there") {
        let path = entry.expect("an entry can be read").path();
        roots.extend(Some(path).filter(|path| path.join("papers").is_dir()));
    }
    roots.sort();
    let mut told = 0;
    for root in &roots {
        let (memory, true) = in_memory(root) else { continue };
        let day = "2026-11-30";
        let (memory, disk) = (check(&memory.on(day)), check(&Project::at(root).on(Some(day.to_owned()))));
        assert_eq!(memory, disk, "{}", root.display());
        told += usize::from(disk.is_ok_and(|(_, told)| told.contains("\"code\"")));
    }
    assert!(roots.len() > 100 && told > 80, "{told} of {}", roots.len());
}

#[test]
fn a_world_in_memory_answers_as_a_disk_does() {
    let files = [
        ("kbc.toml", ""),
        ("papers/b.md", "b"),
        ("papers/a-b.md", "12345"),
        ("papers/a/x.md", "x"),
        ("papers/.c.md", "c"),
        (".github/ci.yml", ""),
        (".git/HEAD", ""),
        ("out/deep/R.md", "r"),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("it is writable");
        fs::write(path, text).expect("it is writable");
    }
    let (disk, memory) = (Project::at(folder.path()), MemoryWorld::of(files));
    let nothing = MemoryWorld::default();
    let open = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    let overlay = Overlay::new(&nothing, open);
    let globs = |glob: &str| Globs::new(&[glob.to_owned()]).expect("it is a glob");
    for world in [&memory as &dyn World, &overlay] {
        for path in ["kbc.toml", "papers", "papers/a", "papers/a/x.md", "gone", "papers/gone.md", ".github"] {
            assert_eq!(world.exists(path), disk.exists(path), "{path}");
            assert_eq!(world.content(path), disk.content(path), "{path}");
            assert_eq!(world.names(path), disk.names(path), "{path}");
            for links in [Links::Followed, Links::Inside, Links::Left] {
                assert_eq!(world.files(path, links), disk.files(path, links), "{path}");
                for limit in [0, 4, 5] {
                    assert_eq!(world.read(path, limit, links), disk.read(path, limit, links), "{path} {limit}");
                }
            }
        }
        for path in ["", "papers/a-b.md"] {
            assert_eq!(world.names(path), disk.names(path), "{path}");
            assert_eq!(world.read("papers/a-b.md", 4, Links::Left), Bytes::TooLarge(5));
        }
        for (folder, glob) in [
            ("", "*.md"),
            ("", "a"),
            ("papers", "papers/*.md"),
            ("papers", "papers/a/**"),
            ("", "HEAD"),
            ("out", "out/*.md"),
        ] {
            assert_eq!(world.matches(folder, &globs(glob)), disk.matches(folder, &globs(glob)), "{folder} {glob}");
        }
    }
    for path in ["out", "out/new.md", "../x", "out/deep/R.md", ".git/x", "/x", ""] {
        assert_eq!(memory.target(path).ok(), disk.target(path).ok(), "{path}");
    }
}

#[test]
fn an_open_buffer_counts_before_the_file() {
    let under = MemoryWorld::of([("kbc.toml", "old"), ("papers/b.md", "b")]).on("2026-11-30");
    let open = [("kbc.toml", "new"), ("papers/a.md", "a"), ("utils/x.yml", "x")];
    let overlay = Overlay::new(&under, open.map(|(path, text)| (path.to_owned(), text.to_owned())).into());
    assert_eq!(overlay.read("kbc.toml", 9, Links::Followed), Bytes::Found(b"new".into()));
    assert_eq!(overlay.read("papers/b.md", 9, Links::Followed), Bytes::Found(b"b".into()));
    assert_eq!(overlay.read("papers", 9, Links::Followed), Bytes::NotAFile);
    let papers = ["papers/a.md", "papers/b.md"].map(|path| Entry::File(path.to_owned()));
    assert_eq!(overlay.files("papers", Links::Followed), papers);
    assert_eq!(overlay.names(""), ["kbc.toml", "papers", "utils"]);
    assert!(overlay.exists("utils") && overlay.exists("papers/b.md") && !overlay.exists("gone"));
    let globs = Globs::new(&["*.yml".to_owned()]).expect("it is a glob");
    assert_eq!((overlay.matches("", &globs), overlay.day().as_deref()), (Matched::Some, Some("2026-11-30")));
}
