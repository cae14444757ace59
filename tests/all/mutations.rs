//! Nothing changes unnoticed: this repository's knowledge base, one change at a time.
//!
//! Every change that alters what a layer says is caught, with its file and line or with the two ends that disagree; every
//! one that does not (line ends, wrapping, emphasis, the order of keys, comments) passes. `KBC_ALL_MUTATIONS=1` tries all
//! that are generated; otherwise a sample of each kind.
//!
//! Every tree is checked over a memory that knows the tree before it, and one that knows the clean one: neither is told again,
//! and what is remembered of the tree itself is what was told of it, to the byte.
//!
//! Changes of different files are tried in one tree, as each has to be told of at its own line; one that is not told of
//! there is tried alone.

mod generate;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use generate::{Ends, Mutation};
use kbc::commands::verdict::{self, Subject, Verdict};
use kbc::compile::{self, Compilation};
use kbc::diag::{Code, Diagnostic, Place};
use kbc::host::disk;
use kbc::input::vocabulary::Drafts;
use kbc::input::world::{Bytes, Entry, Links, MemoryWorld, World};
use kbc::print::{self, Format};
use kbc::text::memo::Memory;
use kbc::text::source::{SourceId, Sources, Span};
use rayon::prelude::*;

/// The texts of a knowledge base by path: inputs, kbc.lock and outputs.
pub type Texts = BTreeMap<String, String>;

static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    let inputs = disk::load(Path::new("."));
    let mut texts: Texts =
        inputs.sources.iter().map(|(_, source)| (source.path.clone(), source.text.clone())).collect();
    for folder in [".claude/agents", "out", "out/roles", "schema"] {
        for entry in fs::read_dir(folder).expect("the outputs are committed") {
            let path = format!("{folder}/{}", entry.expect("an entry can be read").file_name().to_string_lossy());
            if Path::new(&path).is_dir() {
                continue;
            }
            let text = fs::read_to_string(&path).expect("an output is text");
            texts.insert(path, text);
        }
    }
    texts
});

fn is_input(path: &str) -> bool {
    ![".claude/", "out/", "schema/"].iter().any(|folder| path.starts_with(folder))
}

/// The knowledge base as it is, compiled: a change of an output leaves it alone.
static COMPILED: LazyLock<Mutex<Compilation>> = LazyLock::new(|| Mutex::new(compile(&TEXTS)));

/// What `kbc check` says of outputs beside inputs that compile.
fn judge(compiled: &mut Compilation, texts: &Texts) -> Vec<Diagnostic> {
    let outputs = texts.iter().filter(|(path, _)| !is_input(path));
    let outputs: BTreeMap<String, SourceId> =
        outputs.map(|(path, text)| (path.clone(), compiled.sources.add(path, text))).collect();
    let judgement = compiled.compare_outputs(&outputs);
    [judgement.drift, judgement.hidden, judgement.standing.diags.into_diagnostics()].concat()
}

/// The texts, among the files of this repository, of which nothing is known but that they are there.
struct Tree(MemoryWorld);

impl Tree {
    fn of(texts: &Texts) -> Self {
        Self(MemoryWorld::of(texts.iter().map(|(path, text)| (path.clone(), text.clone()))))
    }
}

impl World for Tree {
    fn exists(&self, path: &str) -> bool {
        self.0.exists(path) || Path::new(path).exists()
    }

    fn read(&self, path: &str, limit: u64, links: Links) -> Bytes {
        match self.0.read(path, limit, links) {
            // One of the texts is not there if a tree lacks it.
            Bytes::Absent if !TEXTS.contains_key(path) && Path::new(path).exists() => Bytes::Unknown,
            found => found,
        }
    }

    fn files(&self, folder: &str, links: Links) -> Vec<Entry> {
        self.0.files(folder, links)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.0.names(folder)
    }
}

fn compile(texts: &Texts) -> Compilation {
    let tree = Tree::of(texts);
    compile::compile(compile::Texts::read(&tree), &tree)
}

const SUBJECT: Subject = Subject { place: b"", drafts: Drafts::LeftOut };

/// Knows what is said of the knowledge base as it is.
static CLEAN: LazyLock<Memory> = LazyLock::new(|| {
    let memory = Memory::of_process();
    let verdict = verdict::remembered(&Tree::of(&TEXTS), SUBJECT, &memory);
    assert!(verdict.is_ok() && verdict::recalled(&Tree::of(&TEXTS), SUBJECT, &memory).is_some());
    memory
});

thread_local! {
    /// Knows what was said of the last tree that was checked.
    static LAST: Memory = Memory::of_process();
}

/// Trees that were checked, and those whose verdict was not kept.
static TREES: AtomicUsize = AtomicUsize::new(0);
static FORGOTTEN: AtomicUsize = AtomicUsize::new(0);

fn told(verdict: &Verdict) -> String {
    print::diagnostics(Format::Json, &verdict.diagnostics, &verdict.sources)
}

/// What `kbc check` says.
fn check(texts: &Texts) -> Verdict {
    let tree = Tree::of(texts);
    let recalled = |memory: &Memory| verdict::recalled(&tree, SUBJECT, memory);
    LAST.with(|last| {
        // Different changes may make the same tree, and one may be made and taken back.
        if let Some(known) = recalled(last).or_else(|| recalled(&CLEAN)) {
            let cold = verdict::check(&tree, Drafts::LeftOut).expect("outputs are files");
            assert_eq!(told(&known), told(&cold), "this was remembered of another tree");
            return known;
        }
        let cold = verdict::remembered(&tree, SUBJECT, last).expect("outputs are files");
        TREES.fetch_add(1, Ordering::Relaxed);
        // A verdict that cannot be kept, such as one with a place inside of a character, is computed anew.
        let Some(warm) = recalled(last) else {
            FORGOTTEN.fetch_add(1, Ordering::Relaxed);
            return cold;
        };
        assert_eq!(told(&warm), told(&cold));
        warm
    })
}

/// Does a message name a line of a file, as its place or as the cause?
fn names(sources: &Sources, diagnostic: &Diagnostic, path: &str, line: usize) -> bool {
    let covers = |span: &Span| {
        let source = sources.get(span.source);
        let (first, last) = (source.position(span.start).0, source.position(span.end.max(span.start + 1) - 1).0);
        source.path == path && (first..=last.max(first)).contains(&line)
    };
    let is_place = match &diagnostic.place {
        Place::Span(span) => covers(span),
        Place::File(file) => file == path,
    };
    is_place || diagnostic.related.iter().any(|label| covers(&label.span))
}

fn names_file(sources: &Sources, diagnostic: &Diagnostic, path: &str) -> bool {
    let of = |span: &Span| sources.get(span.source).path == path;
    let is_place = match &diagnostic.place {
        Place::Span(span) => of(span),
        Place::File(file) => file == path,
    };
    is_place || diagnostic.related.iter().any(|label| of(&label.span))
}

/// What is wrong with how each of some mutations was noticed in one tree.
fn escaped_together(mutations: &[Mutation]) -> Vec<String> {
    let mut texts = TEXTS.clone();
    mutations.iter().for_each(|mutation| mutation.apply(&mut texts));
    if mutations.iter().flat_map(Mutation::paths).all(|path| !is_input(path)) {
        let known = verdict::recalled(&Tree::of(&texts), SUBJECT, &CLEAN);
        assert!(known.is_none(), "the clean tree is told of another one");
        let mut compiled = COMPILED.lock().expect("nobody panics while holding it");
        let diags = judge(&mut compiled, &texts);
        return mutations.iter().filter_map(|mutation| told_badly(mutation, &compiled.sources, &diags)).collect();
    }
    let checked = check(&texts);
    let badly = |mutation| Some((mutation, told_badly(mutation, &checked.sources, &checked.diagnostics)?));
    let badly = mutations.iter().filter_map(badly);
    // An error may keep what else is wrong from being looked for.
    let alone = |(mutation, told)| {
        if mutations.len() == 1 { vec![told] } else { escaped_together(std::slice::from_ref(mutation)) }
    };
    badly.flat_map(alone).collect()
}

/// Mutations that can be tried in one tree: of different files, all inputs or all outputs, and each to be told of there.
fn groups(mutations: Vec<Mutation>) -> Vec<Vec<Mutation>> {
    let is_told_at_home = |mutation: &Mutation| match &mutation.ends {
        Ends::Lines(..) | Ends::None => true,
        Ends::Files(files) => {
            files.iter().all(|file| mutation.paths().all(|path| path == file)) && mutation.paths().all(is_input)
        }
    };
    let (along, alone): (Vec<_>, Vec<_>) = mutations.into_iter().partition(is_told_at_home);
    let mut groups: Vec<Vec<Mutation>> = Vec::new();
    for mutation in along {
        let is_apart = |other: &Mutation| {
            let differ = |path: &str| mutation.paths().all(|own| own != path && is_input(own) == is_input(path));
            other.paths().all(differ)
        };
        match groups.iter_mut().find(|group| group.iter().all(is_apart)) {
            Some(group) => group.push(mutation),
            None => groups.push(vec![mutation]),
        }
    }
    groups.extend(alone.into_iter().map(|mutation| vec![mutation]));
    groups
}

fn told_badly(mutation: &Mutation, sources: &Sources, diags: &[Diagnostic]) -> Option<String> {
    let is_told = match &mutation.ends {
        Ends::Lines(path, lines) => {
            lines.iter().any(|line| diags.iter().any(|diagnostic| names(sources, diagnostic, path, *line)))
        }
        Ends::Files(paths) => paths.iter().all(|path| diags.iter().any(|diag| names_file(sources, diag, path))),
        // A paper that grew by a mark of emphasis is longer, which is another matter.
        Ends::None => diags.iter().all(|diagnostic| diagnostic.code == Code::PaperSize),
    };
    let told: Vec<String> =
        diags.iter().map(|diagnostic| format!("{}: {}", diagnostic.name(), diagnostic.message)).collect();
    (!is_told).then(|| format!("{}: {told:#?}", mutation.name))
}

fn try_all(kinds: Vec<(&str, Vec<Mutation>)>) {
    let all = std::env::var_os("KBC_ALL_MUTATIONS").is_some();
    let sample = kinds.into_iter().flat_map(|(kind, mutations)| {
        let step = if all { 1 } else { mutations.len().div_ceil(8).max(1) };
        let named = move |mut mutation: Mutation| {
            mutation.name = format!("{kind}, {}", mutation.name);
            mutation
        };
        mutations.into_iter().step_by(step).map(named)
    });
    let groups = groups(sample.collect());
    let escaped: Vec<String> = groups.into_par_iter().flat_map_iter(|group| escaped_together(&group)).collect();
    assert!(escaped.is_empty(), "{} escaped:\n{}", escaped.len(), escaped.join("\n"));
    let (trees, forgotten) = (TREES.load(Ordering::Relaxed), FORGOTTEN.load(Ordering::Relaxed));
    // The tests run side by side, so one may end when few trees were checked.
    assert!(forgotten <= 4 + trees / 20, "the verdicts of {forgotten} of {trees} trees were not kept");
}

#[test]
fn the_knowledge_base_is_clean() {
    let diags = check(&TEXTS).diagnostics;
    assert!(diags.is_empty(), "{diags:#?}");
}

#[test]
fn there_are_enough() {
    let kinds = generate::meaningful(&TEXTS);
    let counts: Vec<(&str, usize)> = kinds.iter().map(|(kind, mutations)| (*kind, mutations.len())).collect();
    assert!(counts.iter().map(|(_, count)| count).sum::<usize>() > 1000, "{counts:?}");
    assert!(counts.iter().all(|(_, count)| *count >= 4), "{counts:?}");
}

#[test]
fn what_changes_the_meaning_is_caught() {
    try_all(generate::meaningful(&TEXTS));
}

#[test]
fn what_does_not_passes() {
    try_all(generate::neutral(&TEXTS));
}

/// The place of a paper is in the outputs, and nowhere in the lock.
#[test]
fn a_paper_that_moved_is_not_suspect() {
    let mut texts = TEXTS.clone();
    let text = texts.remove("papers/exception-flow.md").expect("it is there");
    texts.insert(
        "papers/errors/exception-flow.md".to_owned(),
        text.replace("](", "](../").replace("](../http", "](http").replace("](../#", "](#"),
    );
    for text in texts.values_mut() {
        *text = text.replace("](exception-flow.md", "](errors/exception-flow.md");
    }
    let compiled = compile(&texts);
    for artifact in &compiled.artifacts {
        texts.insert(artifact.path.clone(), artifact.text.clone());
    }
    let diags = check(&texts).diagnostics;
    assert!(!compiled.artifacts.is_empty() && diags.is_empty(), "{diags:#?}");
}
