//! What is done with the bytes of each fuzz target, and what must hold of it. The fuzz targets and `tests/all/corpus.rs` both
//! include this file.
//!
//! A new target is a function, a line of `TARGETS`, a folder in `corpus/`, a file in `targets/`, and its entry in
//! Cargo.toml; `tests/all/corpus.rs` fails until all are there.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use kbc::agents::chat;
use kbc::agents::hook;
use kbc::commands::verdict::{self, Subject};
use kbc::compile::artifact;
use kbc::compile::drift;
use kbc::compile::review_state;
use kbc::compile::{self, Compilation, Texts};
use kbc::diag::{Place, Sink, SwitchedOff};
use kbc::evidence::bench_results::{self, Run};
use kbc::evidence::data_writer::{self, Record};
use kbc::evidence::limits;
use kbc::input::files::check::Metric;
use kbc::input::files::lock_file::Lock;
use kbc::input::formats::managed_block;
use kbc::input::vocabulary::Drafts;
use kbc::model::Model;
use kbc::print::{self, findings};
use kbc::review::finding::{self, Baseline, Counts, Finding, Review};
use kbc::review::{CheckPlace, CodeText, Edit, Engine, fixed};
use kbc::text::fingerprint::Digest;
use kbc::text::memo::{Memory, Store};
use kbc::text::source::{SourceId, Sources, Span};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// A name, and what is done with a text.
type Target = (&'static str, fn(&str));

/// Every target.
pub const TARGETS: [Target; 13] = [
    ("answers", answers),
    ("cache", cache),
    ("chat", chat),
    ("config", config),
    ("data", data),
    ("hook", hook),
    ("import", import),
    ("lock", lock),
    ("paper", paper),
    ("review", review_code),
    ("splice", splice_prompt),
    ("suppress", suppress),
    ("template", template),
];

/// Bytes of stack, as many as the program takes: parsers of templates go as deep as their text is long.
const STACK: usize = 128 << 20;

/// Runs a target. Bytes that are not UTF-8 are refused where files are read, so no target gets to see them.
pub fn run(name: &str, bytes: &[u8]) {
    static POOL: LazyLock<ThreadPool> = LazyLock::new(|| {
        let pool = ThreadPoolBuilder::new().num_threads(1).stack_size(STACK).build();
        pool.expect("a thread can be started")
    });
    let Ok(text) = String::from_utf8(bytes.to_vec()) else { return };
    let (_, target) = TARGETS.into_iter().find(|(known, _)| *known == name).expect("a target of the table");
    POOL.install(|| target(&text));
}

const SETTINGS: &str = "[budget.papers]\nmin = 0\n";
const PAPER: &str = include_str!("knowledge/paper.md");
const TEXT_RULES: &str = include_str!("knowledge/text.md");
const DATA: &str = include_str!("knowledge/data.yaml");
const TEMPLATE: &str = include_str!("knowledge/template.md");

/// Are outputs made of what the texts of targets are put among?
#[allow(dead_code, reason = "asked by the test, not by the fuzz targets")]
pub fn makes_outputs() -> bool {
    let texts = [("kbc.toml", SETTINGS), ("papers/a.md", PAPER), ("data/d.yaml", DATA), ("templates/t.md", TEMPLATE)];
    compile::compile(Texts::of(texts), &|_: &str| false).artifacts.len() > 1
}

/// Bytes as a file of the cache may have them: they make a verdict that can be printed, or none.
fn cache(text: &str) {
    // Fuzzers write texts; digits make any byte of them.
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let pairs = digits.chunks_exact(2);
    let bytes: Vec<u8> = pairs.filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect();
    if let Some(verdict) = verdict::decoded(&bytes, &|_: &str| true) {
        for format in [print::Format::Human, print::Format::Short, print::Format::Json] {
            print::diagnostics(format, &verdict.diagnostics, &verdict.sources);
        }
    }
    // Behind a checksum that fits nothing gets so far.
    let memory = Memory::kept_in(Arc::new(Kept(bytes)), String::new());
    let subject = Subject { place: b"", drafts: Drafts::LeftOut };
    assert!(verdict::recalled(&|_: &str| true, subject, &memory).is_none());
}

/// Answers every question with the same bytes.
struct Kept(Vec<u8>);

impl Store for Kept {
    fn get(&self, _: &Digest) -> Option<Vec<u8>> {
        Some(self.0.clone())
    }

    fn put(&self, _: &Digest, _: &[u8]) {}
}

fn config(text: &str) {
    compiled([("kbc.toml", text), ("papers/a.md", PAPER), ("data/d.yaml", DATA), ("templates/t.md", TEMPLATE)]);
}

fn data(text: &str) {
    compiled([("kbc.toml", SETTINGS), ("papers/a.md", PAPER), ("data/d.yaml", text), ("templates/t.md", TEMPLATE)]);
}

fn paper(text: &str) {
    compiled([("kbc.toml", SETTINGS), ("papers/a.md", text), ("data/d.yaml", DATA), ("templates/t.md", TEMPLATE)]);
}

fn template(text: &str) {
    compiled([("kbc.toml", SETTINGS), ("papers/a.md", PAPER), ("data/d.yaml", DATA), ("templates/t.md", text)]);
}

/// A lock that reads is one that kbc can write again and read back, and rules that were read are suspect no more.
fn lock(text: &str) {
    let compile = |text: &str| {
        let inputs =
            [("kbc.toml", SETTINGS), ("papers/a.md", PAPER), ("data/d.yaml", DATA), ("templates/t.md", TEMPLATE)];
        compile::compile(Texts::of(inputs.into_iter().chain([("kbc.lock", text)])), &|_: &str| false)
    };
    let compiled = compile(text);
    print::diagnostics(print::Format::Human, &compiled.diags, &compiled.sources);
    if compiled.has_errors() {
        return;
    }
    let standing = compiled.standing();
    is_read_back(&standing.lock);
    print::diagnostics(print::Format::Human, &standing.diags, &compiled.sources);
    let accepted = review_state::accept(&standing, &standing.changed.keys().cloned().collect());
    let again = compile(&accepted.to_string());
    assert!(!again.has_errors(), "a lock that kbc wrote cannot be read: {:?}", again.diags);
    let told = again.standing();
    assert!(told.changed.is_empty() && told.diags.is_empty(), "what was accepted is still told: {:?}", told.diags);
}

/// Whatever is in a lock that kbc writes: the text of it says the same.
fn is_read_back(lock: &Lock) {
    let mut diags = Sink::new();
    let read = Lock::read(SourceId::default(), &lock.to_string(), &mut diags);
    assert!(diags.is_empty(), "a lock that kbc wrote cannot be read: {diags:?}");
    assert_eq!((&read.entries, &read.retired), (&lock.entries, &lock.retired), "a lock is read back otherwise");
}

/// Whatever the inputs are: every complaint can be printed, and outputs are made only of inputs without errors.
fn compiled<const N: usize>(texts: [(&str, &str); N]) {
    let compiled = compile::compile(Texts::of(texts), &|_: &str| false);
    for format in [print::Format::Human, print::Format::Short, print::Format::Json] {
        print::diagnostics(format, &compiled.diags, &compiled.sources);
    }
    assert!(!compiled.has_errors() || compiled.artifacts.is_empty(), "outputs were made of broken inputs");
    if !compiled.has_errors() {
        is_read_back(&compiled.standing().lock);
    }
    outputs(compiled, &texts.map(|(_, text)| text));
}

/// Where an output is as it was made, nothing drifts; where something else is, that can be told.
fn outputs(compiled: Compilation, others: &[&str]) {
    let Compilation { mut sources, artifacts, config, model, .. } = compiled;
    let mut add = |path: &str, text: &str| (path.to_owned(), sources.add(path, text));
    let same = artifacts.iter().map(|artifact| add(&artifact.path, &artifact.text)).collect();
    let odd = artifacts.iter().zip(others).map(|(artifact, other)| add(&artifact.path, other)).collect();
    let drift = drift::find(&artifacts, &config.output_folder(), &same, &model, &sources);
    assert!(drift.is_empty(), "what was just made drifts: {drift:?}");
    let drift = drift::find(&artifacts, &config.output_folder(), &odd, &model, &sources);
    print::diagnostics(print::Format::Human, &drift, &sources);
}

/// A block that was put into a prompt is found there again, and nothing else has changed.
fn splice_prompt(text: &str) {
    let body = "- a rule\n- another\n";
    let Ok(once) = managed_block::splice(text, "rulebook", body) else { return };
    let twice = managed_block::splice(&once, "rulebook", body).expect("what was spliced can be spliced again");
    assert_eq!(once, twice, "splicing twice is splicing once");
    // It takes the line ends of the prompt.
    assert!(once.replace("\r\n", "\n").contains(body), "the block holds what was put there");
}

/// A chat that reads takes the rulebook, once however often it is put in, and can be framed or says why not.
fn chat(text: &str) {
    let rulebook = "- a rule\n- another, with {braces}\n";
    for form in [chat::Form::Unknown, chat::Form::Json, chat::Form::Text] {
        let Ok(mut messages) = chat::read(text, form) else { continue };
        chat::fill_all(&mut messages, &chat::Variables::from([("name".to_owned(), "{{ name }}".to_owned())]));
        if chat::inject(&mut messages, "rulebook", rulebook).is_err() {
            continue;
        }
        let once = chat::Framework::ALL.map(|framework| chat::frame(&messages, framework).ok());
        chat::inject(&mut messages, "rulebook", rulebook).expect("what was put in can be put in again");
        assert_eq!(once, chat::Framework::ALL.map(|framework| chat::frame(&messages, framework).ok()), "twice is once");
    }
}

/// What an event says was written lies in the file; settings take the hooks once, and have them then.
fn hook(text: &str) {
    for kind in hook::Kind::ALL {
        let Ok(event) = hook::read(kind, text) else { continue };
        for edit in event.edits() {
            let part =
                |range: std::ops::Range<usize>| assert!(text.get(range).is_some(), "what was written lies in the text");
            edit.written(text).ranges.into_iter().for_each(part);
        }
        hook::answer(kind, text, Some(text));
    }
    use hook::settings::Place;
    for program in hook::settings::Program::ALL {
        let Ok(with) = hook::settings::with_hooks(text, program, Place::Elsewhere) else { continue };
        let read = hook::settings::read(&with).expect("settings with hooks can be read");
        assert!(hook::Kind::ALL.into_iter().all(|kind| hook::settings::has(&read, kind)), "the hooks are there");
        assert_eq!(hook::settings::with_hooks(&with, program, Place::Elsewhere), Ok(with), "twice is once");
    }
}

/// Results of another tool, alone and with files of the same text beside them: limits can be held against them, and what is
/// imported of them once stays the same when it is imported again.
fn import(text: &str) {
    let beside: [bench_results::Around; 2] = [&|_| None, &|_| Some(text.to_owned())];
    for around in beside {
        let Ok(run) = bench_results::read(text, around) else { continue };
        judged(&run);
        imported(&run);
    }
    if let Ok(run) = bench_results::example(text) {
        judged(&run);
        imported(&run);
    }
}

/// Every result against limits in units of each kind, alone and relative to the first one.
fn judged(run: &Run) {
    let first = run.results.first().map_or("", |result| result.name.as_str());
    for (target, relative_to) in [("<= 500 ms", None), ("< 0.6", Some(first)), (">= 1 MB", None)] {
        let quantity = run.results.first().map_or("", |result| result.quantity.as_str());
        let metric =
            serde_json::json!({ "result": "*", "target": target, "relative_to": relative_to, "quantity": quantity });
        let metric: Metric = serde_json::from_value(metric).expect("it is a limit");
        limits::judge(&metric, run);
    }
}

fn imported(run: &Run) {
    let import =
        |file: &Record| data_writer::imported(run, "results", "here", file).ok().map(|imported| imported.record);
    let Some(mut once) = import(&Record::default()) else { return };
    let again = import(&once).expect("what was imported can be imported again");
    let before = once.clone();
    once.merge(again);
    assert_eq!(once, before, "importing twice is importing once");
    once.text("import");
}

/// A baseline and answers that somebody wrote: read, or refused with a word why. What reads can be written and read back.
fn answers(text: &str) {
    if let Ok(baseline) = Baseline::read("baseline", text) {
        let written = baseline.text();
        assert_eq!(
            Baseline::read("baseline", &written).map(|read| read.text()).ok(),
            Some(written),
            "a baseline is read back"
        );
    }
    let Ok(answered) = finding::answers(SourceId::default(), text) else { return };
    static SMALL: OnceLock<Mutex<Ready>> = OnceLock::new();
    let mut small = SMALL.get_or_init(|| Ready::load(small_base())).lock().expect("nobody panicked before");
    let mut review = small.review();
    find(&mut review, &small.engine, "a.py", "if a in [1, 2]:\n    ask()\n");
    assert_eq!(review.open.len(), 1, "there is something to answer");
    answered.apply(&mut review);
    findings::print(findings::Format::Human, &review);
    small.model = review.model;
}

/// Comments to kbc, in code that is parsed, behind code, and in a file that is not.
fn suppress(text: &str) {
    static SMALL: OnceLock<Mutex<Ready>> = OnceLock::new();
    let mut small = SMALL.get_or_init(|| Ready::load(small_base())).lock().expect("nobody panicked before");
    let behind: String = text.lines().map(|line| format!("a in [1, 2]  # kbc: {line}\n")).collect();
    for (path, text) in [("a.py", text), ("a.py", &behind), ("a.txt", text)] {
        let mut review = small.review();
        find(&mut review, &small.engine, path, text);
        findings::print(findings::Format::Short, &review);
        small.model = review.model;
    }
}

/// A rule for Python and one for text.
fn small_base() -> Vec<(String, String)> {
    let texts = [("papers/a.md", PAPER), ("papers/text.md", TEXT_RULES), ("data/d.yaml", DATA)];
    texts.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec()
}

/// The rules of a knowledge base, ready to review. The model is taken out while it is in use.
struct Ready {
    sources: Sources,
    model: Model,
    engine: Engine,
}

impl Ready {
    fn load(texts: Vec<(String, String)>) -> Mutex<Self> {
        let compile::Linked { sources, model, .. } = compile::link_only(Texts::of(texts), &|_: &str| true);
        let rules: Vec<usize> = (0..model.rules.len()).collect();
        let mut diagnostics = Sink::new();
        let of = |rule: &usize| {
            let rule = *rule;
            (0..model.rules[rule].checks.len()).map(move |check| CheckPlace { rule, check })
        };
        let checks = rules.iter().flat_map(of).collect();
        let engine = Engine::new(&model, checks, &sources, &mut diagnostics);
        assert!(diagnostics.is_empty() && rules.len() > 1, "{diagnostics:?}");
        Mutex::new(Self { sources, model, engine })
    }

    /// A review that has read the papers and no code yet.
    fn review(&mut self) -> Review {
        let mut sources = Sources::default();
        for (_, source) in self.sources.iter() {
            sources.add(&source.path, &source.text);
        }
        let rules = (0..self.model.rules.len()).collect();
        let (findings, open, diagnostics) = (Vec::new(), Vec::new(), Sink::new());
        let model = std::mem::take(&mut self.model);
        let (times, names) = Default::default();
        let off = SwitchedOff::default();
        let base_url = None;
        Review {
            sources,
            model,
            findings,
            open,
            tolerated: Vec::new(),
            diagnostics,
            off,
            counts: Counts::default(),
            rules,
            times,
            names,
            base_url,
        }
    }
}

/// The papers and data of this repository.
fn shipped() -> Vec<(String, String)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = if here.join("papers").is_dir() { here } else { here.parent().expect("fuzz/ lies in the repository") };
    let files = ["papers", "data"].into_iter().flat_map(|folder| files(&root.join(folder)));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).expect("it lies there").to_str().expect("a UTF-8 name").to_owned();
        (name, std::fs::read_to_string(&path).expect("a file of this repository"))
    };
    files.map(read).collect()
}

/// The files in a folder, by name.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    paths.sort();
    paths
}

/// Findings lie in the text and can be printed in every format, fixes can be made, and a baseline knows what it was
/// made of.
fn review_code(text: &str) {
    static SHIPPED: OnceLock<Mutex<Ready>> = OnceLock::new();
    let mut shipped = SHIPPED.get_or_init(|| Ready::load(shipped())).lock().expect("nobody panicked before");
    let mut review = shipped.review();
    let engine = &shipped.engine;
    let edits = find(&mut review, engine, "a.py", text);
    for format in FORMATS {
        findings::print(format, &review);
    }
    let after = fixed(text, &edits).text;
    engine.parses("a.py", &after);
    artifact::whole("a.py", text, &after);
    let baseline = Baseline::of(&review, &Baseline::default(), "2026-01-01").text();
    Baseline::read("baseline", &baseline).expect("what was written can be read").apply(&mut review);
    assert!(review.findings.is_empty(), "a baseline knows what it was made of");
    shipped.model = review.model;
}

const FORMATS: [findings::Format; 8] = [
    findings::Format::Human,
    findings::Format::Short,
    findings::Format::Json,
    findings::Format::Sarif,
    findings::Format::Github,
    findings::Format::Gitlab,
    findings::Format::Rdjsonl,
    findings::Format::Junit,
];

fn find(review: &mut Review, engine: &Engine, path: &str, text: &str) -> Vec<Edit> {
    let scan = engine.scan(&CodeText { path, text, python: None }, None);
    let source = review.sources.add(path, text);
    assert!(
        scan.silenced.iter().all(|comment| text.get(comment.range.clone()).is_some()),
        "a comment lies in the text"
    );
    review.diagnostics.extend(scan.complaints.into_iter().map(|complaint| finding::suppression(source, complaint)));
    let mut edits = Vec::new();
    for found in scan.matches {
        assert!(text.get(found.range.clone()).is_some(), "a finding lies in the text: {:?}", found.range);
        edits.extend(found.fix.clone());
        let matcher = &engine.matchers[found.matcher];
        let span = Span::new(source, found.range);
        let finding = Finding {
            rule: matcher.rule,
            check: matcher.check,
            place: Place::Span(span),
            message: found.message,
            severity: None,
            fix: found.fix,
            content: Finding::content_of(span, &review.sources),
            occurrence: 0,
            reason: None,
            help: None,
        };
        if matcher.is_question { review.open.push(finding) } else { review.findings.push(finding) }
    }
    finding::number(&mut review.findings, &review.sources, &review.names);
    finding::number(&mut review.open, &review.sources, &review.names);
    edits
}
