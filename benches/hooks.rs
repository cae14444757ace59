//! What an agent waits for a hook: whole processes, from the event on standard input to the answer, on this repository.

use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};

/// The answer to an event.
fn answer(cache: &Path, kind: &str, event: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kbc"));
    command.args(["hook", kind]).stdin(Stdio::piped()).stdout(Stdio::piped());
    // As in use, where the edit before left the rules in the cache.
    command.env_remove("KBC_CACHE").env("KBC_CACHE_DIR", cache);
    let mut child = command.spawn().expect("kbc was built with the benchmark");
    child.stdin.take().expect("it is piped").write_all(event.as_bytes()).expect("kbc reads the event");
    let output = child.wait_with_output().expect("kbc ends");
    String::from_utf8(output.stdout).expect("an answer is text")
}

/// A module of 500 lines, with one finding at its end.
fn module() -> String {
    let function = |index: usize| {
        format!(
            "def total_{index}(rows, *, scale=1):\n    \"\"\"Sums what is positive.\"\"\"\n    total = 0\n    for row in rows:\n        \
             if row.value > 0:\n            total += row.value * scale\n    return total\n\n\n"
        )
    };
    let mut text: String = (0..50).map(function).collect();
    let lines = text.lines().count();
    text.extend((lines..494).map(|_| "# A line.\n"));
    text + "def known(names, found):\n    listed = list(names)\n    for name in found:\n        if name in listed:\n            \
            print(name)\n    return listed\n"
}

fn hooks(c: &mut Criterion) {
    // Outside of the project, or it would not be used.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = folder.path().join("kbc");
    let mut group = c.benchmark_group("hook");
    let event = r#"{ "hook_event_name": "SubagentStart", "agent_type": "cache", "cwd": "." }"#;
    assert!(
        answer(&cache, "subagent-start", event).contains("additionalContext"),
        "the rulebook of a role is handed out"
    );
    group.bench_function("subagent-start", |b| b.iter(|| black_box(answer(&cache, "subagent-start", event))));

    // In the project, or it would not be looked at.
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("module.py");
    let text = module();
    assert_eq!(text.lines().count(), 500);
    std::fs::write(&path, text).expect("the target folder can be written");
    let event = format!(
        r#"{{ "hook_event_name": "PostToolUse", "tool_name": "Write", "cwd": ".", "tool_input": {{ "file_path": {path:?} }} }}"#
    );
    assert!(answer(&cache, "post-tool-use", &event).contains("MEM1"), "the finding is told");
    group.bench_function("post-tool-use, 500 lines", |b| b.iter(|| black_box(answer(&cache, "post-tool-use", &event))));
    group.finish();
}

criterion_group!(benches, hooks);
criterion_main!(benches);
