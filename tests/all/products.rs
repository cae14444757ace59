//! Inputs in which two things are there thousands of times each. What is done for each of one must not be done for each of
//! the other as well. No test asserts a time: a program that uses more than [`SECONDS`] of a processor is ended by the
//! system, where it would go on for minutes, and these take less than one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Of processor time, for each run.
const SECONDS: u32 = 10;

const SETTINGS: &str = "[budget.papers]\nmin = 0\n";
const PAPER: &str =
    "---\nid: a\ntitle: A\npriority: high\nrules:\n  - { id: R1, text: \"Use sets\", section: \"#a\" }\n---\n# A\n";
const DATA: &str = "environments:\n  e: { platform: Linux, date: 2026-01-01 }\nbenchmarks:\n  m: { about: A, unit: ms }\nresults:\n  e:\n    m: { cases: { c: { value: 1.5 } } }\nfigures:\n";

/// A paper whose rule finds `f(...)`, as a fault or as a question.
fn finding(judge: &str) -> String {
    let good = if judge.is_empty() { "g(2)" } else { "f(2)" };
    format!(
        "---\nid: a\ntitle: A\npriority: high\nrules:\n  - id: R1\n    text: Use sets\n    section: \"#a\"\n    checks: [{{ language: python, severity: warning, precision: high, message: look, ast: {{ pattern: f($A) }}{judge} }}]\n---\n# A\n\n```python bad=R1\nf(1)\n```\n\n```python good=R1\n{good}\n```\n"
    )
}

const JUDGE: &str = ", judge: { question: \"Is this right?\", expected: \"yes\" }";

/// So many of something, each with its number.
fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// Runs kbc in a knowledge base of its own.
fn kbc(name: &str, files: &[(&str, &str)], arguments: &[&str]) -> Output {
    let root: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("products").join(name);
    let _ = fs::remove_dir_all(&root);
    for (path, text) in [("kbc.toml", SETTINGS), ("papers/a.md", PAPER)].iter().chain(files) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    let limited = format!("ulimit -t {SECONDS}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    // What an earlier run has found out would take no time.
    command.env("KBC_CACHE", "off").args(["-c", &limited, env!("CARGO_BIN_EXE_kbc")]).args(arguments);
    command.current_dir(root).stdin(Stdio::null()).output().expect("a shell is part of every Unix")
}

#[track_caller]
fn ends(output: &Output, code: i32, says: &str) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let tail: String = text.chars().rev().take(1000).collect::<Vec<_>>().into_iter().rev().collect();
    assert_eq!(output.status.code(), Some(code), "{tail}");
    assert!(text.contains(says), "{says:?} is not said: {tail}");
}

const CHECK: [&str; 3] = ["check", "--format", "short"];
const REVIEW: [&str; 4] = ["review", "c.py", "--format", "short"];

#[test]
fn waivers_with_faults() {
    let waiver = |at| {
        format!("[[allow]]\ncode = \"R1\"\nfiles = [\"a{at}\"]\nowner = \"\"\nreason = \"x\"\nuntil = \"2030-01-01\"\n")
    };
    let settings = SETTINGS.to_owned() + &many(3000, waiver);
    ends(&kbc("waivers", &[("kbc.toml", &settings)], &CHECK), 1, "3000 errors;");
}

#[test]
fn roles_with_budgets() {
    let role = |at| format!("[agents.roles.r{at}]\nselect.rules = [\"R1\"]\nbudget = {{ max = 900 }}\n");
    let settings = SETTINGS.to_owned() + &many(1500, role);
    ends(&kbc("roles", &[("kbc.toml", &settings)], &CHECK), 1, "1503 errors: 1 paper, 1 rule, 1502 outputs");
}

#[test]
fn handovers_in_circles() {
    let role = |at| {
        format!(
            "[agents.roles.r{at}]\nselect.rules = [\"R1\"]\nhands_over = [{{ when = \"x\", to = \"r{}\" }}, {{ when = \"y\", to = \"r0\" }}]\n",
            at + 1
        )
    };
    let root = "[agents.roles.root]\nroot = true\nhands_over = [{ when = \"x\", to = \"r0\" }]\n";
    let settings = [SETTINGS, root, &many(3000, role), "[agents.roles.r3000]\nselect.rules = [\"R1\"]\n"].concat();
    ends(&kbc("circles", &[("kbc.toml", &settings)], &CHECK), 1, "r9 -> r10 -> (2988 others) -> r2999 -> r0");
}

#[test]
fn suppressions_one_below_the_other() {
    let code = "# kbc: ignore[R1] reason\n".repeat(12_000) + "f(1)\n";
    let output = kbc("suppressions", &[("papers/a.md", &finding("")), ("c.py", &code)], &REVIEW);
    ends(&output, 1, "11999 other messages, 1 suppressed: 1 file, 1 rule");
}

#[test]
fn questions_as_json() {
    let files = [("papers/a.md", &finding(JUDGE)[..]), ("c.py", &"f(1)\n".repeat(20_000))];
    let output = kbc("questions", &files, &["review", "c.py", "--format", "json"]);
    ends(&output, 0, "20000 open questions");
}

#[test]
fn answers_to_questions() {
    let answer = |at| {
        format!(
            "{{\"rule\": \"R1\", \"path\": \"c.py\", \"line\": {}, \"answer\": \"yes\", \"reason\": \"x\"}}\n",
            20_000 - at
        )
    };
    let files =
        [("papers/a.md", &finding(JUDGE)[..]), ("c.py", &"f(1)\n".repeat(20_000)), ("a.jsonl", &many(20_000, answer))];
    let output = kbc("answers", &files, &[&REVIEW[..], &["--answers", "a.jsonl"]].concat());
    ends(&output, 0, "clean: 1 file, 1 rule");
}

#[test]
fn unknown_names_beside_known_ones() {
    let data =
        DATA.to_owned() + &many(8000, |at| format!("  figure_number_{at}: {{ about: A, op: value, of: m.c{at} }}\n"));
    let output = kbc("unknown-cases", &[("data/d.yaml", &data)], &CHECK);
    ends(&output, 1, "8000 errors;");
    let data =
        DATA.to_owned() + &many(8000, |at| format!("  figure_number_{at}: {{ about: A, op: value, of: m.c }}\n"));
    let paper = PAPER.to_owned() + &many(4000, |at| format!("\n[1](../data/d.yaml#figure_nomber_{at})\n"));
    let output = kbc("unknown-figures", &[("data/d.yaml", &data), ("papers/a.md", &paper)], &CHECK);
    ends(&output, 1, "4000 errors, 1 warning;");
    ends(&output, 1, "note: `figure_number_1` is here");
}

#[test]
fn errors_on_one_long_line() {
    let paper = PAPER.to_owned() + &"[a](b.md)".repeat(12_000) + "\n";
    let output = kbc("long-line", &[("papers/a.md", &paper)], &["check"]);
    ends(&output, 1, "12000 errors, 2 warnings;");
    ends(&output, 1, "--> papers/a.md:9:8992");
    let code = "f(1);".repeat(12_000) + "\n";
    let files = [("papers/a.md", &finding("")[..]), ("c.py", &code)];
    ends(&kbc("long-code", &files, &["review", "c.py"]), 1, "--> c.py:1:59996");
}

#[test]
fn known_numbers_beside_numbers() {
    let known =
        many(8000, |at| format!("- {{ code: unsourced-number, what: {} ms, reason: because }}\n", at + 100_000));
    let paper =
        PAPER.replace("rules:", &format!("allow:\n{known}rules:")) + &many(20_000, |at| format!("It is {at} ms.\n"));
    ends(&kbc("known", &[("papers/a.md", &paper)], &CHECK), 1, "3 errors, 20001 warnings:");
}

#[test]
fn links_to_headings() {
    let headings = PAPER.to_owned() + &many(50_000, |at| format!("# H{at}\n"));
    let links = many(45_000, |at| format!("[x](a.md#h{})\n", 49_999 - at / 8));
    let linking = |id: &str| PAPER.replace("id: a", &format!("id: {id}")).replace("R1", &id.to_uppercase()) + &links;
    let papers: Vec<(String, String)> =
        ["b", "c", "d", "e"].map(|id| (format!("papers/{id}.md"), linking(id))).to_vec();
    let papers = papers.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let files: Vec<(&str, &str)> = papers.chain([("papers/a.md", headings.as_str())]).collect();
    ends(&kbc("headings", &files, &CHECK), 1, "3 errors, 5 warnings:");
}

#[test]
fn rules_that_say_the_same() {
    let rule =
        |at| format!("  - {{ id: R{at}, text: Use the sets rather than the lists wherever, section: \"#a\" }}\n");
    let paper = format!("---\nid: a\ntitle: A\npriority: high\nrules:\n{}---\n# A\n", many(2500, rule));
    let output = kbc("alike", &[("papers/a.md", &paper)], &CHECK);
    ends(&output, 1, "1 paper, 2500 rules, 2 outputs");
}

#[test]
fn limits_on_one_quantity() {
    let rule = |at| {
        let limit = if at % 2 == 0 { format!(">= {} ms", 100_000 - at) } else { format!("<= {at} ms") };
        format!(
            "  - {{ id: R{at}, text: \"w{at}\", section: \"#a\", checks: [{{ severity: warning, message: slow, metric: {{ result: \"t*\", quantity: time, statistic: median, target: \"{limit}\" }} }}] }}\n"
        )
    };
    let paper = format!("---\nid: a\ntitle: A\npriority: high\nrules:\n{}---\n# A\n", many(3000, rule));
    let output = kbc("limits", &[("papers/a.md", &paper)], &CHECK);
    ends(&output, 1, "error[conflicting-checks]: no value of `t*` keeps both `R0` and `R1`");
}

#[test]
fn names_in_thousands_of_functions() {
    let paper = finding(", where: { imports: { F: [json.dumps] } }")
        .replace("f($A)", "$F($A)")
        .replace("f(1)", "import json\njson.dumps(1)");
    let code = "import json as j\n".to_owned() + &"lambda: j.dumps(x)\n".repeat(80_000);
    let output = kbc("names", &[("papers/a.md", &paper), ("c.py", &code)], &REVIEW);
    ends(&output, 1, "80000 findings: 1 file, 1 rule");
}

#[test]
fn utility_rules_that_no_check_names() {
    let utility =
        |at: usize| (format!("utils/u{at}.yml"), format!("id: u{at}\nlanguage: python\nrule: {{ pattern: f($A) }}\n"));
    let utilities: Vec<(String, String)> = (0..8000).map(utility).collect();
    let files: Vec<(&str, &str)> = utilities.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    ends(&kbc("utilities", &files, &CHECK), 1, "3 errors, 8000 warnings:");
}

#[test]
#[cfg(feature = "mcp")]
fn calls_of_the_server() {
    use std::io::Write;
    let paper = finding("") + &many(25_000, |at| format!("# H{at}\n\nIt is [so](#h{at}).\n\n"));
    ends(&kbc("server", &[("papers/a.md", &paper)], &["build", "-q"]), 0, "wrote kbc.lock");
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("products/server");
    let limited = format!("ulimit -t {SECONDS}; exec \"$0\" mcp");
    let mut command = Command::new("sh");
    // What an earlier run has found out would take no time.
    command.env("KBC_CACHE", "off").args(["-c", &limited, env!("CARGO_BIN_EXE_kbc")]).current_dir(root);
    let mut server =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell is part of every Unix");
    let mut input = server.stdin.take().expect("it is piped");
    let greetings = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}\n{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n";
    let call = |at| {
        format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"tools/call\",\"params\":{{\"name\":\"review\",\"arguments\":{{\"code\":\"f(1)\\n\",\"language\":\"python\"}}}}}}\n",
            at + 1
        )
    };
    let asked = greetings.to_owned() + &many(40, call);
    let writing = std::thread::spawn(move || input.write_all(asked.as_bytes()));
    let output = server.wait_with_output().expect("it ends when nobody asks any more");
    writing.join().expect("it does not panic").expect("it is all read");
    assert_eq!(output.status.code(), Some(0));
    let answers = String::from_utf8(output.stdout).expect("it is text");
    assert_eq!(answers.lines().filter(|line| line.contains("1 finding: ")).count(), 40, "{answers:.2000}");
}
