//! The filter against the engine: every rule of this repository on every node of its examples, of code made of them, and
//! of the same code damaged; then rules of any form. Where the filter says no, the engine finds nothing; where it says yes, the engine finds it.

use std::fs;

use ast_grep_config::{GlobalRules, RuleConfig};
use ast_grep_core::matcher::MatcherExt as _;
use ast_grep_language::SupportLang;
use serde_json::{Value, json};

use super::*;
use crate::diag::Sink;
use crate::input::formats::yaml;
use crate::model::Check;
use crate::review::{builtin, scan};
use crate::text::source::Sources;

/// A rule of the engine and its filter.
struct Pair {
    id: String,
    rule: RuleConfig<SupportLang>,
    filter: TreeFilter,
    has_constraints: bool,
}

impl Pair {
    fn new(id: &str, mut json: Value, dialect: SupportLang) -> Self {
        let filter = TreeFilter::new(&json, dialect);
        let has_constraints = json["constraints"].is_object();
        json["id"] = json!(id);
        json["message"] = json!("");
        json["language"] = json!(dialect.to_string());
        let written = serde_json::from_value(json).expect("it is a rule");
        let rule =
            RuleConfig::try_from(written, &GlobalRules::default()).unwrap_or_else(|error| panic!("{id}: {error}"));
        Self { id: id.to_owned(), rule, filter, has_constraints }
    }
}

/// The rules by syntax of built evals.
fn rules(evals: &str, language: &str, dialect: SupportLang) -> Vec<Pair> {
    let text = fs::read_to_string(evals).expect("the evals are built");
    let source = Sources::default().add("", "");
    let document = yaml::read(source, &text, 0, &mut Sink::new()).expect("evals are YAML").to_json();
    let rules = document["rules"].as_array().expect("evals are a list").iter();
    let checks = rules.flat_map(|rule| rule["checks"].as_array().into_iter().flatten().map(move |check| (rule, check)));
    let checks = checks.filter(|(_, check)| check["language"] == language && check["ast"].is_object());
    let pair = |(rule, check): (&Value, &Value)| {
        let check = serde_json::from_value(check.clone()).expect("it is a check");
        let check = Check::new(&check).expect("evals are whole");
        let syntax = check.syntax().expect("it is a check by syntax");
        let json = json!({ "rule": syntax.ast, "utils": builtin::utils_of(syntax), "constraints": syntax.constraints });
        Pair::new(rule["id"].as_str().expect("a rule has an id"), json, dialect)
    };
    checks.map(pair).collect()
}

/// The blocks of code of papers.
fn examples(folder: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    for entry in fs::read_dir(folder).expect("the papers are there") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a paper is text");
        let mut parts = text.split("```");
        parts.next();
        for block in parts.step_by(2).filter(|block| block.starts_with(language)) {
            blocks.extend(block.split_once('\n').map(|(_, code)| code.to_owned()));
        }
    }
    blocks.sort_unstable();
    blocks
}

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end.max(1)
    }
}

fn indented(code: &str) -> String {
    code.lines().map(|line| format!("    {line}\n")).collect()
}

/// Code made of examples: some after each other, some in functions, classes and loops, some with words taken out, doubled
/// or swapped, which often do not parse.
fn made(examples: &[String], frames: &[(&str, &str)], numbers: &mut Numbers) -> String {
    let mut code = String::new();
    for _ in 0..1 + numbers.below(3) {
        let example = &examples[numbers.below(examples.len())];
        let (before, after) = frames[numbers.below(frames.len())];
        code += &if before.is_empty() { example.clone() } else { format!("{before}\n{}{after}\n", indented(example)) };
    }
    if numbers.below(2) == 0 {
        return code;
    }
    let mut words: Vec<&str> = code.split_inclusive([' ', '(', ')', ',', ':', '\n']).collect();
    for _ in 0..1 + numbers.below(4).min(words.len() / 2) {
        let (one, other) = (numbers.below(words.len()), numbers.below(words.len()));
        match numbers.below(3) {
            0 => drop(words.remove(one)),
            1 => words.insert(one, words[other]),
            _ => words.swap(one, other),
        }
    }
    words.concat()
}

/// Counts nodes that match, and nodes that the filter lets through though they do not.
#[derive(Default)]
struct Counts {
    nodes: usize,
    matches: usize,
    passed: usize,
}

fn compare(pairs: &[Pair], dialect: SupportLang, code: &str, counts: &mut Counts) {
    let tree = scan::parse(dialect, code);
    let root = tree.root();
    let nodes = NodeTable::of(&root);
    assert_eq!(nodes.rows().len(), root.dfs().count());
    for (row, node) in nodes.rows().zip(root.dfs()) {
        assert_eq!((nodes.get(row).kind, nodes.text(row)), (node.kind_id(), &*node.text()));
        for pair in pairs {
            let verdict = pair.filter.test(&nodes, row);
            let found = pair.rule.matcher.match_node(node.clone()).is_some();
            let agrees = match verdict {
                Verdict::No => !found,
                Verdict::Maybe => true,
                // The filter leaves constraints to the engine where they ask for bindings.
                Verdict::Yes => found || pair.has_constraints,
            };
            assert!(
                agrees,
                "{}: the filter says {verdict:?}, the engine {found} of {:?} in\n{code}",
                pair.id,
                node.text()
            );
            counts.nodes += 1;
            counts.matches += usize::from(found);
            counts.passed += usize::from(verdict != Verdict::No && !found);
        }
    }
}

fn run(pairs: &[Pair], dialect: SupportLang, examples: &[String], frames: &[(&str, &str)], texts: usize) -> Counts {
    let mut counts = Counts::default();
    examples.iter().for_each(|code| compare(pairs, dialect, code, &mut counts));
    let mut numbers = Numbers(1);
    for _ in 0..texts {
        compare(pairs, dialect, &made(examples, frames, &mut numbers), &mut counts);
    }
    counts
}

const PYTHON_FRAMES: [(&str, &str); 6] = [
    ("", ""),
    ("def f(self, items):", ""),
    ("async def main():", ""),
    ("for attempt in range(3):", ""),
    ("class A(Base):", ""),
    ("try:", "except Exception:\n    pass"),
];

/// How many texts are made; `KBC_FILTER_TEXTS` asks for more.
#[expect(clippy::disallowed_methods, reason = "a test may be asked for more")]
fn texts() -> usize {
    std::env::var("KBC_FILTER_TEXTS").ok().and_then(|count| count.parse().ok()).unwrap_or(150)
}

#[test]
fn the_filter_agrees_with_the_engine_on_the_rules_of_this_repository() {
    let pairs = rules("out/rules.yaml", "python", SupportLang::Python);
    let examples = examples("papers", "python");
    assert!(pairs.len() > 50 && examples.len() > 100, "{} rules, {} examples", pairs.len(), examples.len());
    let counts = run(&pairs, SupportLang::Python, &examples, &PYTHON_FRAMES, texts());
    assert!(counts.matches > 200, "the rules match something: {}", counts.matches);
    assert!(counts.passed * 10 < counts.matches, "{} nodes pass for nothing, {} match", counts.passed, counts.matches);
}

#[cfg(feature = "rust")]
#[test]
fn the_filter_agrees_with_the_engine_on_rules_for_rust() {
    let pairs = rules("examples/rust-robustness/out/rules.yaml", "rust", SupportLang::Rust);
    let examples = examples("examples/rust-robustness/papers", "rust");
    assert!(!pairs.is_empty() && !examples.is_empty());
    let frames = [("", ""), ("fn f() {", "}"), ("impl A { fn g(&self) {", "} }")];
    assert!(run(&pairs, SupportLang::Rust, &examples, &frames, texts()).matches > 10);
}

/// Rules of every form that the filter knows, with parts of Python in them.
fn composed(numbers: &mut Numbers, depth: usize) -> Value {
    const KINDS: [&str; 12] = [
        "call",
        "identifier",
        "block",
        "for_statement",
        "function_definition",
        "assignment",
        "argument_list",
        "comment",
        "string",
        "expression_statement",
        "attribute",
        "module",
    ];
    const PATTERNS: [&str; 12] = [
        "$F($$$A)",
        "$X = $Y",
        "$X.$M($A)",
        "f($$$, $B)",
        "$A",
        "for $I in $X: $$$B",
        "$A($B, $$$C)",
        "len($X)",
        "$$X",
        "[$$$A, $A]",
        "$X + $X",
        "print($$$A, $X, $$$B)",
    ];
    const REGEXES: [&str; 5] = ["^a", "x", "^(self|items|i)$", "\\(", "=="];
    const FIELDS: [&str; 8] = ["body", "left", "right", "function", "arguments", "name", "object", "condition"];
    let mut rule = serde_json::Map::new();
    for _ in 0..1 + numbers.below(2) {
        let (key, value) = match numbers.below(if depth == 0 { 3 } else { 10 }) {
            0 => ("kind", json!(KINDS[numbers.below(KINDS.len())])),
            1 => ("pattern", json!(PATTERNS[numbers.below(PATTERNS.len())])),
            2 => ("regex", json!(REGEXES[numbers.below(REGEXES.len())])),
            3 => ("all", json!([composed(numbers, depth - 1), composed(numbers, depth - 1)])),
            4 => ("any", json!([composed(numbers, depth - 1), composed(numbers, depth - 1)])),
            5 => ("not", composed(numbers, depth - 1)),
            number => {
                let mut relation = composed(numbers, depth - 1);
                match numbers.below(3) {
                    0 => {}
                    1 => relation["stopBy"] = json!("end"),
                    _ => relation["stopBy"] = composed(numbers, 0),
                }
                if number < 8 && numbers.below(3) == 0 {
                    relation["field"] = json!(FIELDS[numbers.below(FIELDS.len())]);
                }
                (["inside", "has", "precedes", "follows"][number - 6], relation)
            }
        };
        rule.insert(key.to_owned(), value);
    }
    Value::Object(rule)
}

#[test]
fn the_filter_agrees_with_the_engine_on_rules_of_any_form() {
    let mut numbers = Numbers(7);
    let pair = |number: usize, numbers: &mut Numbers| {
        // Without a kind the engine takes no rule.
        let part = composed(numbers, 3);
        let kinds = ["call", "identifier", "assignment", "block", "for_statement", "comment", "if_statement"];
        let kinds = kinds.iter().map(|kind| json!({ "kind": kind }));
        let rule = json!({ "all": [{ "any": kinds.collect::<Vec<_>>() }, part] });
        let mut json = json!({ "rule": rule });
        if numbers.below(3) == 0 && rule.to_string().contains("$X") {
            json["constraints"] = json!({ "X": composed(numbers, 1) });
        }
        Pair::new(&format!("{number} {json}"), json, SupportLang::Python)
    };
    let pairs: Vec<Pair> = (0..200).map(|number| pair(number, &mut numbers)).collect();
    let examples = examples("papers", "python");
    let counts = run(&pairs, SupportLang::Python, &examples[..40], &PYTHON_FRAMES, texts() / 3);
    assert!(counts.matches > 1000, "the rules match something: {}", counts.matches);
}
