//! A build that is killed, has no room, may not write or is not alone: the outputs are one whole set, the old or the
//! new, and no litter stays. `KBC_KILLS=200` kills more often than every run does.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kbc::host::disk::{Access, DirectoryLock};

use crate::kit::{self, Ended, command, empty, kbc};

/// Where kbc keeps what it has not finished.
const STAGING: &str = ".kbc-staging";

/// Every file below a folder, by path.
type Tree = BTreeMap<String, Vec<u8>>;

fn tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        // A folder may go away while it is looked at.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                tree.insert(path.strip_prefix(root).expect("it lies there").to_string_lossy().into_owned(), bytes);
            }
        }
    }
    tree
}

fn put(root: &Path, tree: &Tree) {
    for (path, bytes) in tree {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
    }
}

/// An empty folder of its own.
fn folder(name: &str) -> PathBuf {
    kit::folder(&format!("crash/{name}"))
}

/// Two states of a knowledge base. Every output of one differs from that of the other, and some are in one alone.
struct Versions {
    root: PathBuf,
    inputs: [Tree; 2],
    /// Texts and outputs.
    whole: [Tree; 2],
}

impl Versions {
    fn new(root: PathBuf, mut inputs: [Tree; 2]) -> Self {
        let whole = inputs.each_ref().map(|inputs| {
            let root = empty(root.with_extension("expected"));
            put(&root, inputs);
            let output = kbc(&root, &["build", "-q"]);
            assert!(output.is_clean(), "{}", output.said());
            tree(&root)
        });
        // Somebody has read both versions.
        for (inputs, whole) in inputs.iter_mut().zip(&whole) {
            inputs.insert("kbc.lock".to_owned(), whole["kbc.lock"].clone());
        }
        put(&root, &whole[0]);
        let versions = Self { root, inputs, whole };
        let [first, second] = [0, 1].map(|version| versions.outputs(versions.whole[version].clone()));
        assert!(first.iter().all(|(path, bytes)| second.get(path) != Some(bytes)), "every output differs");
        assert!(second.keys().any(|path| !first.contains_key(path)), "some are in one alone");
        versions
    }

    /// A small one.
    fn small(root: PathBuf) -> Self {
        Self::with_templates(root, 1)
    }

    /// One paper and so many templates, each for an output; in the second version the schemas are written as well.
    fn with_templates(root: PathBuf, templates: usize) -> Self {
        let paper = |rule: &str| {
            let rule = format!("  - {{ id: R1, text: \"{rule}\", section: \"#a\" }}\n");
            format!("---\nid: a\ntitle: A\npriority: high\nrules:\n{rule}---\n# A\n")
        };
        // AGENTS.md is a file of others, in which a build finds the block of the one before.
        let settings = "targets = [\"agents-md\"]\n[budget.papers]\nmin = 0\n";
        let with_schemas = format!("paths.schemas = \"out/schema/of\"\n{settings}");
        let inputs = [("Use sets", settings.to_owned()), ("Use sets, not lists", with_schemas)];
        let inputs = inputs.map(|(rule, settings)| {
            let template = |number: usize| {
                let output = if number == 0 { "RULEBOOK".to_owned() } else { format!("rules-{number}") };
                let text = format!("---\noutput: out/{output}.md\n---\n{{% for rule in rules %}}\n- {{{{ rule.text }}}}\n{{% endfor %}}\n");
                (format!("templates/{output}.md"), text)
            };
            let files = [("papers/a.md".to_owned(), paper(rule)), ("kbc.toml".to_owned(), settings)];
            let files = files.into_iter().chain((0..templates).map(template));
            files.map(|(path, text)| (path, text.into_bytes())).collect()
        });
        Self::new(root, inputs)
    }

    /// Writes the inputs of a version.
    fn turn_to(&self, version: usize) {
        for path in self.inputs[1 - version].keys().filter(|path| !self.inputs[version].contains_key(*path)) {
            // It is not there if the version is the one that was turned to before.
            let _ = fs::remove_file(self.root.join(path));
        }
        put(&self.root, &self.inputs[version]);
    }

    /// Everything but the inputs.
    fn outputs(&self, tree: Tree) -> Tree {
        let is_input = |path: &str| self.inputs.iter().any(|inputs| inputs.contains_key(path));
        tree.into_iter().filter(|(path, _)| !is_input(path)).collect()
    }

    /// Which version the outputs are, as a set; nothing else may be there.
    fn found(&self) -> Option<usize> {
        let found = self.outputs(tree(&self.root));
        (0..2).find(|version| self.outputs(self.whole[*version].clone()) == found)
    }

    fn is_whole(&self, why: &str) -> usize {
        self.found().unwrap_or_else(|| {
            let names: Vec<String> = self.outputs(tree(&self.root)).into_keys().collect();
            panic!("{why}: the outputs are neither the old nor the new ones: {names:?}")
        })
    }

    /// Nothing was changed, nothing is left, and the next build is not hindered.
    fn is_still(&self, version: usize, why: &str) {
        assert!(!self.root.join(STAGING).exists(), "{why}: litter stays");
        assert_eq!(self.is_whole(why), version, "{why}");
    }
}

/// Numbers that are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }

    fn part_of(&mut self, time: Duration) -> Duration {
        Duration::from_nanos(self.below(u64::try_from(time.as_nanos()).expect("a build does not take centuries")))
    }
}

/// Looks again and again until something is so, or the child has ended.
fn wait_until(child: &mut Child, mut is_so: impl FnMut() -> bool) {
    while !is_so() && child.try_wait().expect("a child can be asked").is_none() {
        // Only so long that the child gets the processor.
        std::thread::park_timeout(Duration::from_micros(20));
    }
}

/// What whoever runs the tests with `--nocapture` should know.
fn note(text: &str) {
    writeln!(std::io::stdout().lock(), "{text}").expect("tests have an output");
}

/// Waits without sleeping: what is waited for takes microseconds.
fn pass(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// What the next command that writes does first.
fn settle(root: &Path) {
    let hold = DirectoryLock::take(root, Access::Write, &|| ()).expect("what was begun can be finished or taken back");
    assert!(hold.settled.is_some(), "something was settled");
}

/// How far a build was when it was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    Compiling,
    /// New texts are put down; nothing is decided.
    Preparing,
    /// It is decided, and no output is replaced yet.
    Decided,
    /// Some outputs are new and some are old: the next command that writes mends it.
    Mixed,
    /// Every output is new, and not all is cleared.
    Clearing,
    Over,
}

fn moment(versions: &Versions, old: usize) -> Moment {
    let staging = versions.root.join(STAGING);
    let mut found = versions.outputs(tree(&versions.root));
    found.retain(|path, _| !path.starts_with(STAGING));
    let is = |version: usize| versions.outputs(versions.whole[version].clone()) == found;
    match (staging.exists(), staging.join("redo").exists()) {
        (false, _) if is(old) => Moment::Compiling,
        (true, false) if is(old) => Moment::Preparing,
        (true, true) if is(old) => Moment::Decided,
        (false, _) => Moment::Over,
        (true, _) if is(1 - old) => Moment::Clearing,
        (true, _) => Moment::Mixed,
    }
}

#[test]
fn a_build_that_is_killed_leaves_the_old_or_the_new_outputs() {
    let kills: u64 = std::env::var_os("KBC_KILLS").and_then(|kills| kills.to_str()?.parse().ok()).unwrap_or(8);
    let versions = Versions::with_templates(folder("killed"), 16);
    let staging = versions.root.join(STAGING);

    // How long it compiles, and how long it writes.
    versions.turn_to(1);
    let begin = Instant::now();
    let mut child = command(&versions.root, &["build", "-q"]).spawn().expect("kbc runs");
    wait_until(&mut child, || staging.exists());
    let compiling = begin.elapsed();
    wait_until(&mut child, || !staging.exists());
    let writing = begin.elapsed() - compiling;
    assert!(child.wait().expect("it ends").success());

    let mut dice = Dice(1);
    let mut moments = BTreeMap::new();
    let mut old = versions.is_whole("the first build");
    for kill in 0..kills {
        versions.turn_to(1 - old);
        let mut child = command(&versions.root, &["build", "-q"]).spawn().expect("kbc runs");
        let entry = dice.below(16);
        let [new, before] = ["new", "old"].map(|kind| staging.join(format!("{kind}-{entry}")));
        match dice.below(8) {
            0 => pass(dice.part_of(compiling)),
            1 => {
                wait_until(&mut child, || staging.exists());
                wait_until(&mut child, || !staging.exists());
            }
            // While one of the texts is put down.
            2 | 3 => wait_until(&mut child, || new.exists() || before.exists()),
            // While one of the outputs is replaced.
            4 | 5 => {
                wait_until(&mut child, || staging.join("redo").exists());
                wait_until(&mut child, || !new.exists());
            }
            _ => {
                wait_until(&mut child, || staging.exists());
                pass(dice.part_of(writing));
            }
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        let moment = moment(&versions, old);
        *moments.entry(moment).or_insert(0) += 1;
        if staging.exists() {
            let output = kbc(&versions.root, &["check"]);
            assert!(output.said().contains("a write here was interrupted"), "{}", output.said());
            assert!(staging.exists(), "who only reads mends nothing");
            settle(&versions.root);
        }
        let now = versions.is_whole(&format!("kill {kill}, {moment:?}"));
        let is_new = moment >= Moment::Decided;
        assert_eq!(now, if is_new { 1 - old } else { old }, "kill {kill}, {moment:?}");
        old = now;
    }
    note(&format!("{kills} kills, {compiling:?} compiling, {writing:?} writing: {moments:?}"));
    let count = |wanted: &[Moment]| wanted.iter().filter_map(|moment| moments.get(moment)).sum::<u64>();
    let during = count(&[Moment::Preparing, Moment::Decided, Moment::Mixed, Moment::Clearing]);
    assert!(kills < 100 || during * 4 >= kills, "too few fell into the writing: {moments:?}");
    assert!(kills < 100 || count(&[Moment::Compiling]) > 0 && count(&[Moment::Over]) > 0, "{moments:?}");
}

/// A command that writes, after something was done to a knowledge base: one of tests/cases, or a new one.
type Writing = (&'static str, fn(&Path), &'static [&'static str]);

const RESULTS: &str = r#"{"results": [{"command": "make", "mean": 1.5, "stddev": 0.1, "median": 1.5, "min": 1.4, "max": 1.6, "times": [1.4, 1.5, 1.6], "exit_codes": [0, 0, 0]}]}"#;

const WRITING: [Writing; 6] = [
    ("accept", |root| reword(root), &["accept", "--all"]),
    ("import", |root| kit::write(root, "r.json", RESULTS), &["import", "r.json", "--environment", "example"]),
    ("new", |_| (), &["new", "more"]),
    ("install", |_| (), &["hook", "install"]),
    ("build", |root| reword(root), &["build"]),
    ("measure", |root| benchmarks(root), &["measure", "--interpreter", "python/steady", "--date", "2026-11-21"]),
];

/// Another knowledge base in the place of the new one.
fn benchmarks(root: &Path) {
    empty(root.to_path_buf());
    kit::copy(Path::new("tests/cases/measure.in"), root);
}

/// Says something else in a paper.
fn reword(root: &Path) {
    let path = root.join("papers/retries.md");
    let text = fs::read_to_string(&path).expect("it is there");
    let (before, after) = text.split_once("text: \"").expect("it has a rule");
    let after = after.replace("## ", "Always.\n\n## ");
    fs::write(&path, format!("{before}text: \"Always {after}")).expect("it can be written");
}

#[test]
fn other_commands_that_are_killed_change_all_or_nothing() {
    let kills: u64 = std::env::var_os("KBC_KILLS").and_then(|kills| kills.to_str()?.parse().ok()).unwrap_or(4);
    let mut dice = Dice(2);
    for (name, prepare, arguments) in WRITING {
        let place = folder(&format!("killed-{name}"));
        let made = kbc(&place, &["init", "kb"]);
        assert!(made.is_clean(), "{}", made.said());
        let root = place.join("kb");
        assert!(kbc(&root, &["build"]).is_clean(), "what is new can be built");
        prepare(&root);
        let before = tree(&root);
        let begin = Instant::now();
        let ended = kit::run(&mut command(&root, arguments));
        let time = begin.elapsed();
        let after = tree(&root);
        assert!(matches!(ended.code, 0 | 1) && before != after, "{name}: {}", ended.said());
        let mut changed = 0;
        for kill in 0..kills {
            back_to(&root, &before);
            let mut child = command(&root, arguments).spawn().expect("kbc runs");
            pass(dice.part_of(time));
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
            if root.join(STAGING).exists() {
                settle(&root);
            }
            let now = tree(&root);
            assert!(now == before || now == after, "{name}, kill {kill}: {:?}", now.keys().collect::<Vec<_>>());
            changed += usize::from(now == after);
        }
        note(&format!("{name}: {kills} kills in {time:?}, {changed} had written"));
    }
}

/// Writes the files of a tree, and removes all others.
fn back_to(root: &Path, wanted: &Tree) {
    let found = tree(root);
    found.keys().filter(|path| !wanted.contains_key(*path)).for_each(|path| {
        fs::remove_file(root.join(path)).expect("it is there");
    });
    let changed = wanted.iter().filter(|(path, bytes)| found.get(*path) != Some(bytes));
    put(root, &changed.map(|(path, bytes)| (path.clone(), bytes.clone())).collect());
}

/// Files with something to fix; each is old or new, and what lies beside them is removed by whoever fixes next.
#[test]
fn fixes_that_are_killed_tear_no_file_and_leave_no_litter() {
    let kills: u64 = std::env::var_os("KBC_KILLS").and_then(|kills| kills.to_str()?.parse().ok()).unwrap_or(8);
    let root = folder("killed-fix");
    kit::copy(Path::new("tests/cases/review-fix.in"), &root);
    let code = "import asyncio\nimport time\n\n\nasync def wait():\n    time.sleep(5)\n";
    for at in 0..40 {
        kit::write(&root, &format!("app/more/f{at}.py"), format!("{code}{}", "# A long file.\n".repeat(at * 10)));
    }
    let before = tree(&root);
    let arguments = ["review", "--fix", "--rule", "ASYNC1"];
    let begin = Instant::now();
    let ended = kit::run(&mut command(&root, &arguments));
    let time = begin.elapsed();
    ended.is(0, "41 rewrites made");
    let after = tree(&root);
    let is_beside = |path: &str| path.rsplit('/').next().is_some_and(|name| name.starts_with(".kbc-"));
    let (mut dice, mut with_litter, mut mixed) = (Dice(3), 0, 0);
    for kill in 0..kills {
        back_to(&root, &before);
        let mut child = command(&root, &arguments).spawn().expect("kbc runs");
        // It looks at everything before it writes, and once more behind.
        match dice.below(4) {
            0 => pass(dice.part_of(time)),
            _ => {
                let beside = || {
                    fs::read_dir(root.join("app/more"))
                        .into_iter()
                        .flatten()
                        .flatten()
                        .any(|entry| is_beside(&entry.file_name().to_string_lossy()))
                };
                wait_until(&mut child, beside);
                pass(dice.part_of(time / 8));
            }
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        let mut now = tree(&root);
        let count = now.len();
        now.retain(|path, _| !is_beside(path));
        with_litter += u64::from(now.len() < count);
        mixed += u64::from(now != before && now != after);
        let torn: Vec<&String> = now
            .iter()
            .filter(|(path, bytes)| before.get(*path) != Some(bytes) && after.get(*path) != Some(bytes))
            .map(|(path, _)| path)
            .collect();
        assert!(torn.is_empty() && now.keys().eq(before.keys()), "kill {kill}: {torn:?}");
        let next = kbc(&root, &arguments);
        assert!(next.is_clean(), "kill {kill}: {}", next.said());
        assert_eq!(tree(&root), after, "kill {kill}: {}", next.said());
    }
    note(&format!("fix: {kills} kills in {time:?}, {with_litter} left files beside others, {mixed} had fixed some"));
    assert!(kills < 100 || with_litter * 10 >= kills, "too few fell into the writing: {with_litter}");
}

/// A block without an end does not outlive the kbc that runs it.
#[test]
#[cfg(target_os = "linux")]
fn a_measure_that_is_killed_takes_its_program_with_it() {
    let root = folder("killed-program");
    let block = "---\nid: a\ntitle: A\npriority: low\n---\n# A\n\n```python bench=m case=endless\nopen('started', 'w').close()\nwhile True: pass\n```\n";
    kit::knowledge(&root, block);
    let runs = |child: u32| {
        fs::read_to_string(format!("/proc/{child}/stat"))
            .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
    };
    let mut child = command(&root, &["measure", "--processes", "1"]).spawn().expect("kbc runs");
    let children = format!("/proc/{}/task", child.id());
    let mut program = None;
    let begin = Instant::now();
    // The first program tells what machine this is; the second one does not end.
    wait_until(&mut child, || {
        let tasks = fs::read_dir(&children).into_iter().flatten().flatten();
        let ids = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        program =
            ids.flat_map(|ids| ids.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()).next();
        program.is_some_and(|id| {
            fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|folder| folder.join("started").exists())
        })
    });
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let Some(program) = program else { return note("skipped: there is no Python") };
    while runs(program) && begin.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    assert!(!runs(program), "the program goes on");
}

#[test]
fn where_a_file_cannot_grow_nothing_changes() {
    let versions = Versions::small(folder("no-room"));
    versions.turn_to(1);
    for blocks in [0, 2, 9] {
        let limited = |trap: &str| {
            let script = format!("{trap} ulimit -f {blocks}; exec \"$0\" build -q 2>&1 | cat");
            let mut shell = Command::new("sh");
            shell.args(["-c", &script, env!("CARGO_BIN_EXE_kbc")]).current_dir(&versions.root);
            kit::run(shell.stdin(Stdio::null())).said()
        };
        let text = limited("trap '' XFSZ;");
        let expected = ["cannot write `", "nothing was changed", "File too large", "help: make room"];
        assert!(expected.iter().all(|part| text.contains(part)), "{blocks} blocks: {text}");
        versions.is_still(0, &text);
        // Without the trap the system kills it there.
        limited("");
        assert!(versions.root.join(STAGING).exists(), "it was killed while it wrote");
        settle(&versions.root);
        versions.is_still(0, "killed for want of room");
    }
    assert!(kbc(&versions.root, &["build"]).is_clean());
    versions.is_still(1, "with room");
}

/// A file system of its own, until it is dropped; `None`, and a word why, where that is not permitted.
struct Mount(PathBuf);

impl Mount {
    fn new(at: &Path, arguments: &[&str]) -> Option<Self> {
        let mount = Command::new("mount").args(arguments).arg(at).output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_path_buf()));
        }
        note(&format!("skipped: `mount {}` is not permitted here", arguments.join(" ")));
        None
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn on_a_full_disk_nothing_changes() {
    let at = folder("full");
    let Some(_mount) = Mount::new(&at, &["-t", "tmpfs", "-o", "size=512k", "tmpfs"]) else { return };
    let versions = Versions::small(empty(at.join("project")));
    let _ = fs::remove_dir_all(at.join("project.expected"));
    versions.turn_to(1);
    // Pages that are left: too few at first for the folder itself, then for the first, the second, ... text.
    let filler = at.join("filler");
    let mut refused = 0;
    for pages in 0.. {
        let full = (0..).map(|page| vec![b'x'; page * 4096]).find(|bytes| fs::write(&filler, bytes).is_err());
        let all = full.expect("it is full at some time").len() / 4096 - 1;
        fs::write(&filler, vec![b'x'; (all - pages) * 4096]).expect("it was written before");
        let output = kbc(&versions.root, &["build", "-q"]);
        fs::remove_file(&filler).expect("it is there");
        if output.is_clean() {
            break;
        }
        refused += 1;
        assert_eq!(output.code, 2, "{}", output.said());
        assert!(output.said().contains("nothing was changed"), "{}", output.said());
        versions.is_still(0, &format!("{pages} pages left"));
    }
    assert!(refused > 3, "it was refused at {refused} sizes");
    versions.is_still(1, "with room");
}

#[test]
fn a_project_that_cannot_be_written_is_checked_and_left() {
    let versions = Versions::small(folder("read-only"));
    versions.turn_to(1);
    let root = versions.root.to_str().expect("a UTF-8 path").to_owned();
    let Some(mount) = Mount::new(&versions.root, &["--bind", "-o", "ro", &root]) else { return };
    // A bind mount is read-only only when it is mounted again, with some versions of mount.
    let again = Command::new("mount").args(["-o", "remount,bind,ro", &root]).status();
    if !again.is_ok_and(|status| status.success()) {
        note("skipped: no read-only mount is permitted here");
        return;
    }
    let output = kbc(&versions.root, &["build"]);
    let text = output.said();
    assert_eq!(output.code, 2, "{text}");
    let expected = ["cannot write `", "nothing was changed", "Read-only file system", "help: make the folder"];
    assert!(expected.iter().all(|part| text.contains(part)), "{text}");
    let output = kbc(&versions.root, &["check"]);
    assert_eq!(output.code, 1, "{}", output.said());
    assert!(output.said().contains("stale"), "{}", output.said());
    drop(mount);
    versions.is_still(0, "read-only");
}

#[test]
fn outputs_on_another_file_system_are_written() {
    let versions = Versions::small(folder("mounted"));
    let out = versions.root.join("out");
    let Some(_mount) = Mount::new(&out, &["-t", "tmpfs", "-o", "size=1m", "tmpfs"]) else { return };
    for version in [0, 1, 0] {
        versions.turn_to(version);
        let output = kbc(&versions.root, &["build", "-q"]);
        assert!(output.is_clean(), "{}", output.said());
        versions.is_still(version, "mounted");
    }
}

#[test]
fn builds_at_once_end_with_one_whole_set() {
    let versions = Versions::small(folder("at-once"));
    for round in 1..4 {
        let version = round % 2;
        // The first may still read the old inputs, or some of both.
        let early = command(&versions.root, &["build", "-q"]).spawn().expect("kbc runs");
        versions.turn_to(version);
        let start = |arguments: &[&str]| command(&versions.root, arguments).spawn().expect("kbc runs");
        let builds: Vec<Child> = (0..4).map(|_| start(&["build", "-q"])).collect();
        let readers = [start(&["inject"]), start(&["check", "-q", "--format", "short"])];
        early.wait_with_output().expect("it ends");
        for build in builds {
            let output = Ended::from(build.wait_with_output().expect("it ends"));
            assert_eq!(output.code, 0, "{}", output.said());
            assert!(output.stderr.is_empty(), "{}", output.said());
        }
        for reader in readers {
            let output = Ended::from(reader.wait_with_output().expect("it ends"));
            assert!(matches!(output.code, 0 | 1), "{}", output.said());
            // All stale or nothing: who checks never sees a part of a write.
            let lines = output.stdout.lines().filter(|line| line.contains("out/")).count();
            let all = versions.outputs(versions.whole[version].clone()).len();
            assert!(output.is_clean() || lines >= all.min(2), "{}", output.said());
        }
        versions.is_still(version, &format!("round {round}"));
        assert!(kbc(&versions.root, &["check"]).is_clean());
    }
}

#[test]
fn the_temporary_folder_does_not_matter() {
    let memory = Path::new("/dev/shm");
    let elsewhere = memory.join(format!("kbc-crash-{}", std::process::id()));
    let mut projects = vec![(folder("temporary"), "/nowhere/at/all"), (folder("temporary-shm"), "/dev/shm")];
    if fs::create_dir(&elsewhere).is_ok() {
        projects.push((elsewhere.join("project"), "/tmp"));
        fs::create_dir(elsewhere.join("project")).expect("a folder can be made");
    } else {
        note("skipped: there is no file system in memory");
    }
    for (root, temporary) in projects {
        let versions = Versions::small(root);
        for version in [1, 0] {
            versions.turn_to(version);
            let output = kit::run(command(&versions.root, &["build", "-q"]).env("TMPDIR", temporary));
            assert!(output.is_clean(), "TMPDIR={temporary}: {}", output.said());
            versions.is_still(version, temporary);
        }
    }
    let _ = fs::remove_dir_all(elsewhere);
}
