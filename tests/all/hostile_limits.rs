//! Inputs that somebody made so that kbc does not end, or takes all memory. Each is a line of data: files, a command, how it
//! ends and what is said. The system ends a program that takes more than [`SECONDS`] of a processor or [`MEBIBYTES`] of
//! addresses, so no test looks at a clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::kit::{self, Ended, write};

/// Of processor time for each run, with a program that is compiled for tests.
const SECONDS: u32 = 40;
/// Of addresses. Memory that is only reserved counts as well.
const MEBIBYTES: u32 = 2_000;
/// How deep a stack may become.
const STACK_KIBIBYTES: u32 = 8_192;

const SETTINGS: &str = "[budget.papers]\nmin = 0\nmax = 99999999\n";
const PAPER: &str =
    "---\nid: a\ntitle: A\npriority: high\nrules:\n  - { id: R1, text: \"Use sets\", section: \"#a\" }\n---\n# A\n";
const LIST: &str = "{% for rule in rules %}\n- {{ rule.text }}\n{% endfor %}\n";

/// One hostile input.
struct Hostile {
    name: &'static str,
    /// Beside a small knowledge base that is valid.
    files: Vec<(String, String)>,
    arguments: &'static [&'static str],
    code: i32,
    says: &'static str,
}

const CHECK: &[&str] = &["check", "--format", "short"];

/// An input of `kbc check` that ends with 1.
fn checked(name: &'static str, files: Vec<(String, String)>, says: &'static str) -> Hostile {
    Hostile { name, files, arguments: CHECK, code: 1, says }
}

fn file(path: impl Into<String>, text: impl Into<String>) -> (String, String) {
    (path.into(), text.into())
}

/// So many of something, each with its number.
fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// Runs kbc on an input within the limits.
fn run(hostile: &Hostile) -> Ended {
    run_in(hostile, MEBIBYTES)
}

/// The same, with so many MiB of addresses.
fn run_in(hostile: &Hostile, mebibytes: u32) -> Ended {
    let root: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("limits").join(hostile.name);
    let _ = fs::remove_dir_all(&root);
    write(&root, "kbc.toml", SETTINGS);
    write(&root, "papers/a.md", PAPER);
    hostile.files.iter().for_each(|(path, text)| write(&root, path, text));
    let limits =
        format!("ulimit -t {SECONDS}; ulimit -v {}; ulimit -s {STACK_KIBIBYTES}; exec \"$0\" \"$@\"", mebibytes * 1024);
    let mut command = Command::new("sh");
    // What an earlier run has found out would take no time. Threads have addresses of their own.
    command.env("KBC_CACHE", "off").env("RAYON_NUM_THREADS", "2");
    command.args(["-c", &limits, env!("CARGO_BIN_EXE_kbc")]).args(hostile.arguments).current_dir(&root);
    let ended = kit::run(command.stdin(Stdio::null()));
    let _ = fs::remove_dir_all(&root);
    ended
}

/// Runs all of a kind, and tells of each that ends in another way.
#[track_caller]
fn hold(inputs: &[Hostile]) {
    let mut wrong = Vec::new();
    for hostile in inputs {
        let ended = run(hostile);
        let said = ended.said();
        if ended.code != hostile.code || !said.contains(hostile.says) {
            let tail: String = said.chars().rev().take(400).collect::<Vec<_>>().into_iter().rev().collect();
            wrong.push(format!("{}: ends with {}, says {tail}", hostile.name, ended.code));
        }
        // Of thousands of names, some are told.
        if let Some(long) = said.lines().find(|line| line.len() > 10_000) {
            wrong.push(format!("{}: a line of {} bytes", hostile.name, long.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A template with a body, which runs away.
fn template(name: &'static str, body: &str) -> Hostile {
    checked(name, vec![file("templates/x.md", format!("---\noutput: out/x.md\n---\n{body}\n"))], "[template-runs-away]")
}

/// A value that is computed from itself so many times, and what is done with it in the end.
fn repeated(start: &str, times: usize, step: &str, end: &str) -> String {
    format!(
        "{{% set n = namespace(v={start}) %}}{{% for i in range({times}) %}}{{% set n.v = {step} %}}{{% endfor %}}{end}"
    )
}

#[test]
fn templates_that_grow() {
    let doubled = |step: &str, end: &str| repeated("[1]", 34, step, end);
    let blocks =
        "{% set s = 'ab' %}".to_owned() + &"{% set s %}{{ s }}{{ s }}{% endset %}".repeat(34) + "{{ s|length }}";
    let names = "{% set a = 'ab' * 4000000 %}".to_owned()
        + &many(40, |at| format!("{{% set a{at} = a ~ '{at}' %}}"))
        + "{{ a39 }}";
    let raw = "0123456789abcdef".repeat(400);
    hold(&[
        template("doubled-text", &repeated("'ab'", 34, "n.v ~ n.v", "{{ n.v|length }}")),
        template("added-text", &repeated("'ab'", 34, "n.v + n.v", "{{ n.v|length }}")),
        template(
            "four-texts",
            &["a", "b", "c", "d"]
                .map(|v| format!("{{% set {v} = 'ab' %}}") + &format!("{{% set {v} = {v} ~ {v} %}}").repeat(31))
                .concat(),
        ),
        template("doubled-list-json", &repeated("[1]", 26, "n.v + n.v", "{{ n.v|tojson|length }}")),
        template("doubled-list-compared", &doubled("n.v + n.v", "{{ n.v == n.v }}")),
        template("nested-json", &doubled("[n.v, n.v]", "{{ n.v|tojson|length }}")),
        template("nested-compared", &doubled("[n.v, n.v]", "{{ n.v == [n.v] }}")),
        template("nested-yaml", &doubled("[n.v, n.v]", "{{ n.v|yaml|length }}")),
        template("nested-written", &doubled("[n.v, n.v]", "{{ n.v }}")),
        template("nested-tuple", &doubled("n.v, (n.v)", "{{ n.v }}")),
        template("nested-dict", &doubled("dict(a=n.v, b=n.v)", "{{ n.v|string|length }}")),
        template("nested-map", &doubled("{'a': n.v, 'b': n.v}", "{{ n.v|string|length }}")),
        template("nested-deep", &repeated("[1]", 9000, "[n.v]", "{{ n.v }}")),
        template("replaced", &repeated("'aa'", 6, "n.v|replace('a', n.v)", "{{ n.v|length }}")),
        template("joined", &repeated("'aa'", 34, "[n.v, n.v]|join", "{{ n.v|length }}")),
        template("joined-by", &repeated("'aa'", 34, "[1, 2, 3]|join(n.v)", "{{ n.v|length }}")),
        template("quoted", &repeated("'\\\\\\\\'", 34, "n.v|quote", "{{ n.v|length }}")),
        template(
            "escaped",
            &repeated("'<'", 34, "(n.v|string|e|string)", "{{ n.v|length }}{% set z = '<' * 90000000 %}"),
        ),
        template("blocks", &blocks),
        template("indent", "{{ [1]|tojson(indent=4000000000)|length }}"),
        template("times", "{% set a = 'ab' * 49000000 %}{{ a|length }}"),
        template("times-list", "{% set a = [1] * 90000000 %}{{ a|length }}"),
        template("many-names", &names),
        template(
            "text-in-a-loop",
            &format!("{{% set x %}}{{% for i in range(90000) %}}{raw}{{% endfor %}}{{% endset %}}"),
        ),
        template(
            "text-in-a-loop-again",
            &format!(
                "{{% set x %}}{{% for i in range(300) recursive %}}{raw}{{% if loop.depth < 3 %}}{{{{ loop(range(300)) }}}}{{% endif %}}{{% endfor %}}{{% endset %}}"
            ),
        ),
        template(
            "caller",
            &format!(
                "{{% macro f() %}}{{% for i in range(20000) %}}{{{{ caller() }}}}{{% endfor %}}{{% endmacro %}}{{% set x %}}{{% call f() %}}{raw}{{% endcall %}}{{% endset %}}"
            ),
        ),
        template(
            "macro-in-itself",
            "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% else %}01234567890123456789{% endif %}{% endmacro %}{{ f(40)|length }}",
        ),
        template("split", "{% set a = 'a,' * 9000000 %}{{ a|split(',')|length }}"),
        template("list-of-text", "{% set a = 'a,' * 9000000 %}{{ a|list|length }}"),
        template("debug", "{% set a = 'a,' * 9000000 %}{{ debug() }}{{ debug() }}{{ debug(a, a) }}"),
        template("include", "{% include 'x.md' %}"),
    ]);
}

#[test]
fn templates_that_look_at_too_much() {
    let text = "{% set a = 'äb' * 3000000 %}{% set b = 'äb' * 3000000 %}";
    let list = "{% set a = range(90000)|list %}{% set b = range(90000)|list %}";
    let long = "{% set n = namespace(v=['a' * 999]) %}{% for i in range(15) %}{% set n.v = n.v + n.v %}{% endfor %}";
    let again = |given: &str, step: &str| format!("{given}{{% for i in range(20000) %}}{step}{{% endfor %}}");
    hold(&[
        template("in-list", &again(list, "{% if -1 in a %}{% endif %}")),
        template("in-text", &again(text, "{% if 'ba' in a %}{% endif %}")),
        template("equal-texts", &again(text, "{% if a == b %}{% endif %}")),
        template("equal-lists", &again(list, "{% if a == b %}{% endif %}")),
        template("chained", &again(list, "{% if a < b < a %}{% endif %}")),
        template("tested", &again(text, "{% if a is upper %}{% endif %}")),
        template("tested-equal", &again(list, "{% if a is eq(b) %}{% endif %}")),
        template("counted", &again(text, "{% set x = a|length %}")),
        template("last-character", &again(text, "{% set x = a[-1] %}")),
        template("cut", &again(text, "{% set x = a[1:3] %}")),
        template("turned", &again(list, "{% set x = a[::-1]|list %}")),
        template("changed", &again(list, "{% if loop.changed(a) %}{% endif %}")),
        template("selected", &again(list, "{% set x = a|select('odd') %}")),
        template("sorted", &again(long, "{% set x = n.v|sort %}")),
        template("unique", &again(long, "{% set x = n.v|unique|list %}")),
        template("largest", &again(long, "{% set x = n.v|max %}")),
        template("grouped", &again("{% set a = [{'a': 1}] * 9000 %}", "{% set x = a|groupby('a') %}")),
        template("mapped", &again(long, "{% set x = n.v|map('upper')|list %}")),
        template("summed", &(repeated("[[1]]", 16, "n.v + n.v", "{{ n.v|sum(start=[])|length }}"))),
        template("steps", "{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}"),
    ]);
}

/// Papers of so many rules each.
fn papers(papers: usize, rules: usize, priority: &str, more: &str) -> Vec<(String, String)> {
    let rule = |at: usize| {
        format!(
            "  - {{ id: W{at}, text: \"Prefer the way number {at} in loops{more}\", weight: {}, section: \"#a\" }}\n",
            1 + at * 7 % 100
        )
    };
    let paper = |paper: usize| {
        let rules = many(rules, |at| rule(paper * rules + at));
        file(
            format!("papers/p{paper}.md"),
            format!("---\nid: p{paper}\ntitle: P{paper}\npriority: {priority}\nrules:\n{rules}---\n# A\n"),
        )
    };
    (0..papers).map(paper).collect()
}

/// The same, and a document with room for some tokens.
fn budgeted(mut files: Vec<(String, String)>, room: usize, body: &str) -> Vec<(String, String)> {
    files
        .push(file("templates/x.md", format!("---\noutput: out/x.md\nbudget: {{ min: 0, max: {room} }}\n---\n{body}")));
    files
}

#[test]
fn documents_that_are_hard_to_distill() {
    let numbered = LIST.replace("- {{", "{{ loop.index }}. {{");
    let more = " of very many turns".repeat(20);
    let slow = format!("{{% for i in range(90000) %}}{{% endfor %}}{LIST}");
    hold(&[
        checked("room-for-all", budgeted(Vec::new(), 4_000_000_000, LIST), "[invalid-value]"),
        checked("room-for-much", budgeted(Vec::new(), 1_000_000, LIST), "[missing-output]"),
        checked("critical", budgeted(papers(10, 300, "critical", ""), 1_000_000, LIST), "[missing-output]"),
        checked("critical-over", budgeted(papers(10, 300, "critical", ""), 20_000, LIST), "and 2,992 others"),
        checked("low", budgeted(papers(10, 200, "low", &more), 200_000, LIST), "[missing-output]"),
        checked("numbered", budgeted(papers(10, 200, "low", &more), 200_000, &numbered), "[missing-output]"),
        checked("slow-template", budgeted(papers(10, 300, "low", ""), 30_000, &slow), "steps to distill"),
    ]);
}

#[test]
fn many_of_everything() {
    let gone = "version 1\n\n".to_owned() + &many(100_000, |at| format!("rule G{at}\n  | x\n\n"));
    let role = |at: usize| {
        format!(
            "[agents.roles.r{at}]\nselect.rules = [\"R1\"]\nhands_over = [{{ when = \"x\", to = \"r{}\" }}]\n",
            (at + 1) % 3000
        )
    };
    let loose = |at: usize| format!("[agents.roles.r{at}]\nselect.rules = [\"R1\"]\nroot = true\n");
    hold(&[
        checked("rules", papers(30, 1000, "low", ""), "[missing-output]"),
        checked("papers", papers(10_000, 1, "low", ""), "[missing-output]"),
        checked("lock", vec![file("kbc.lock", gone)], "more of these in this file"),
        checked(
            "roles",
            vec![file("kbc.toml", SETTINGS.to_owned() + &many(3000, role))],
            "no role is where work begins",
        ),
        checked("roots", vec![file("kbc.toml", SETTINGS.to_owned() + &many(3000, loose))], "and 2,992 others"),
    ]);
}

/// A paper whose body is one thing again and again.
fn body(name: &'static str, count: usize, text: &str) -> Hostile {
    checked(name, vec![file("papers/a.md", PAPER.to_owned() + &text.repeat(count) + "\n")], "papers/a.md:")
}

/// The same, of which nothing is said but that nothing was built.
fn clean(name: &'static str, count: usize, text: &str) -> Hostile {
    Hostile { says: "[missing-output]", ..body(name, count, text) }
}

#[test]
fn papers_of_one_thing() {
    let data = "environments:\n  e: { platform: Linux, date: 2026-01-01 }\nbenchmarks:\n  m: { about: A, unit: ms }\nresults:\n  e:\n    m: { cases: { c: { value: 1.5 } } }\nfigures:\n  f: { about: A, op: value, of: m.c }\n";
    let linked = |name, text: &str| {
        let mut hostile = body(name, 1 << 14, text);
        hostile.files.push(file("data/d.yaml", data));
        hostile
    };
    hold(&[
        body("autolinks", 149_000, "<http:>"),
        body("autolinks-open", 149_000, "<http:"),
        body("mails", 99_000, "<a@b.c>"),
        body("sections", 60_000, "[a](#b) "),
        body("numbers", 100_000, "12ms "),
        body("bare-numbers", 200_000, "12 "),
        body("no-data", 20_000, "[1x](../data/d.yaml#gain) "),
        linked("with-data", "[1.5 ms](../data/d.yaml#f) "),
        linked("about-data", "about [1.5 ms](../data/d.yaml#f) | "),
        body("dots", 1_000_000, "."),
        body("colons", 1 << 19, ":"),
        body("brackets", 1 << 19, "["),
        body("brackets-closed", 1 << 18, "[]"),
        body("links-in-links", 1 << 17, "[a]("),
        body("images", 1 << 16, "![a"),
        checked(
            "images-nested",
            vec![file(
                "papers/a.md",
                format!("{PAPER}{}{}{}\n", "![".repeat(9000), "x ".repeat(50_000), "](a)".repeat(9000)),
            )],
            "papers/a.md:",
        ),
        body("backticks", 1 << 19, "`"),
        checked(
            "backticks-of-each-length",
            vec![file("papers/a.md", PAPER.to_owned() + &many(1200, |at| "`".repeat(at) + " "))],
            "papers/a.md:",
        ),
        body("asterisks", 1 << 19, "*"),
        body("emphasis", 1 << 17, "*a **b "),
        body("quotes", 1 << 19, ">"),
        body("lists", 1 << 17, "- "),
        checked(
            "lists-nested",
            vec![file("papers/a.md", PAPER.to_owned() + &many(700, |at| " ".repeat(at * 2) + "- a\n"))],
            "[missing-output]",
        ),
        clean("table", 1 << 15, "| a | b |\n|---|---|\n"),
        checked(
            "table-wide",
            vec![file("papers/a.md", format!("{PAPER}{0}\n{1}\n{0}\n", "|a".repeat(40_000), "|-".repeat(40_000)))],
            "papers/a.md:",
        ),
        checked(
            "table-long",
            vec![file(
                "papers/a.md",
                format!("{PAPER}{}\n{}\n{}", "|a".repeat(2000), "|-".repeat(2000), "|\n".repeat(20_000)),
            )],
            "[missing-output]",
        ),
        checked(
            "definitions",
            vec![file(
                "papers/a.md",
                PAPER.to_owned()
                    + &many(40_000, |at| format!("[{at}]: x{at}\n"))
                    + &many(40_000, |at| format!("[{at}] ")),
            )],
            "papers/a.md:",
        ),
        checked(
            "definition-again",
            vec![file("papers/a.md", format!("{PAPER}[a]: {}\n\n{}\n", "x".repeat(20_000), "[a] ".repeat(20_000)))],
            "papers/a.md:",
        ),
        body("footnotes", 1 << 17, "[^a] "),
        body("html", 1 << 17, "<b>"),
        body("html-open", 1 << 17, "<a "),
        body("comments", 1 << 17, "<!-- "),
        body("entities", 1 << 17, "&amp;"),
        body("entities-open", 1 << 19, "&"),
        body("backslashes", 1 << 19, "\\"),
        clean("headings", 1 << 15, "# A\n"),
        clean("setext", 1 << 16, "A\n=\n"),
        clean("fences", 1 << 15, "```\n"),
        clean("fences-of-rules", 1 << 13, "```python bad=R1\nf()\n```\n"),
        body("carriage-returns", 1 << 17, "\r"),
        body("mixed-script", 1 << 16, "p\u{430}per "),
        body("hidden", 1 << 16, "a\u{200b}"),
        clean("tabs", 1 << 19, "\t"),
        body("rules-of-papers", 1 << 17, "R1 "),
    ]);
}

#[test]
fn values_of_one_thing() {
    let data = |text: &str| vec![file("data/d.yaml", text)];
    let rule = |text: &str| vec![file("papers/a.md", PAPER.replace("Use sets", text))];
    hold(&[
        checked(
            "anchors",
            data(&("a: &a x\n".to_owned() + &many(9, |at| format!("b{at}: &b{at} [*a, *a, *a]\n")))),
            "data/d.yaml:",
        ),
        checked("keys", data(&("figures:\n".to_owned() + &many(40_000, |_| "  a: 1\n".to_owned()))), "data/d.yaml:"),
        checked("wording", rule(&"a ".repeat(200_000)), "papers/a.md:"),
        checked("wording-of-figures", rule(&"{{ f }} ".repeat(60_000)), "papers/a.md:"),
        checked("wording-of-numbers", rule(&"12ms ".repeat(60_000)), "papers/a.md:"),
        checked("wording-of-entities", rule(&"&#x200b;".repeat(30_000)), "papers/a.md:"),
        checked("wording-of-spaces", rule(&"a\u{a0}".repeat(60_000)), "papers/a.md:"),
        checked("wording-of-backticks", rule(&"`".repeat(200_000)), "papers/a.md:"),
        checked(
            "title",
            vec![file("papers/a.md", PAPER.replace("title: A", &format!("title: {}", "a".repeat(500_000))))],
            "[missing-output]",
        ),
    ]);
}

/// A report of 77 MB is written as it is made: three copies of it would not fit.
#[test]
fn formats_of_many_findings() {
    let check = "    checks:\n    - severity: warning\n      precision: high\n      message: called\n      regex: 'f[(]'\n      files: [\"**/*.txt\"]\n";
    let paper = format!(
        "---\nid: a\ntitle: A\npriority: high\nrules:\n  - id: R1\n    text: \"Use sets\"\n    section: \"#a\"\n{check}---\n# A\n"
    );
    let code = (0..100).map(|at| file(format!("code/{at}.txt"), "f()\n".repeat(1000)));
    let files: Vec<(String, String)> = code.chain([file("papers/a.md", paper)]).collect();
    for (name, arguments) in [
        ("sarif", &["review", "code", "--format", "sarif"] as &[&str]),
        ("gitlab", &["review", "code", "--format", "gitlab"]),
        ("junit", &["review", "code", "--format", "junit"]),
    ] {
        let hostile = Hostile { name, files: files.clone(), arguments, code: 1, says: "100000 findings" };
        let ended = run_in(&hostile, 800);
        assert_eq!(ended.code, 1, "{name}: {}", ended.stderr);
        assert!(ended.stderr.contains(hostile.says) && ended.stdout.len() > 10_000_000, "{name}: {}", ended.stderr);
    }
}
