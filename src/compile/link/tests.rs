//! Small knowledge bases, and what linking makes of them.

use crate::compile::{Linked, Texts, link_only};

const DATA: &str = "\
environments:
  e1: { platform: Linux, date: 2026-01-01 }
  e2: { platform: macOS, date: 2026-01-02 }
benchmarks:
  t: { about: T, unit: ms, cases: [a, b] }
  n: { about: N, unit: { count: items } }
  size: { about: S, unit: KB }
  low: { about: L, unit: ms }
  high: { about: H, unit: ms }
results:
  e1:
    t: { cases: { a: { value: 4 }, b: { value: 2, spread: { iqr: 0.2 } } } }
    n: { cases: { one: { value: 1 }, none: { value: 0 }, big: { value: 1.0e+308 }, small: { value: 1.0e-308 } } }
    size: { cases: { a: { value: 8 } } }
    low: { cases: { \"010\": { value: 1 }, \"100\": { value: 3 }, x: { value: 9 } } }
    high: { cases: { \"010\": { value: 2 }, \"100\": { value: 2 } } }
";

fn linked(data: &str, body: &str) -> Linked {
    let paper = format!(
        "---\nid: a\ntitle: A\npriority: high\nrules:\n  - {{ id: R1, text: Use sets, section: \"#a\" }}\n---\n# A\n\n{body}\n"
    );
    let texts = [("kbc.toml", "[budget.papers]\nmin = 0\n"), ("papers/a.md", paper.as_str()), ("data/d.yaml", data)];
    link_only(Texts::of(texts), &|_: &str| false)
}

/// The codes of what is said, but for figures and cases that nothing uses.
fn codes(linked: &Linked) -> Vec<&'static str> {
    let codes = linked.diags.iter().map(|diagnostic| diagnostic.code.name());
    codes.filter(|code| *code != "unused-figure" && *code != "unused-case").collect()
}

#[test]
fn every_kind_of_figure_is_computed_and_printed() {
    for (figure, said) in [
        ("op: ratio, of: [t.a, t.b]", "2.0x"),
        ("op: ratio, of: [t.b, t.a]", "0.50x"),
        ("op: difference, of: [t.a, t.b]", "2.0 ms"),
        ("op: saving, of: [t.b, t.a]", "50%"),
        ("op: share, of: [t.b, t.a]", "50%"),
        ("op: value, of: t.a", "4.0 ms"),
        ("op: value, of: t.a, print: { unit: us }", "4000 us"),
        ("op: value, of: t.a, print: { unit: s, decimals: 4 }", "0.0040 s"),
        ("op: value, of: n.big, print: { decimals: 12 }", &format!("{:.12} items", 1e308)),
        ("op: crossover, of: [low, high]", "55 items"),
        ("op: ratio, of: [n.one, n.none]", "zero-division"),
        ("op: saving, of: [n.one, n.none]", "zero-division"),
        ("op: difference, of: [n.one, n.none]", "1.0 items"),
        ("op: ratio, of: [n.big, n.small]", "invalid-value"),
        ("op: share, of: [n.big, n.small]", "invalid-value"),
        ("op: ratio, of: [t.a, size.a]", "unit-mismatch"),
        ("op: crossover, of: [t, size]", "unit-mismatch"),
        ("op: value, of: t.a, print: { unit: KB }", "unit-mismatch"),
        ("op: ratio, of: [t.a, t.c]", "unknown-benchmark"),
        ("op: value, of: nothing", "unknown-benchmark"),
        ("op: crossover, of: [low, nothing]", "unknown-benchmark"),
        ("op: crossover, of: [high, low]", "no-crossover"),
        ("op: crossover, of: [t, t]", "no-crossover"),
        ("op: ratio, of: t.a", "invalid-value"),
        ("op: product, of: [t.a, t.b]", "invalid-value"),
        ("op: value, of: [t.a, t.b]", "invalid-value"),
        ("holds_in: [e1]", "missing-key"),
        ("op: value, of: t.a, holds_in: [e3]", "unknown-environment"),
        ("op: value, of: t.a, holds_in: [e1, e2]", "unknown-environment"),
    ] {
        let linked = linked(&format!("{DATA}figures:\n  f: {{ about: F, {figure} }}\n"), "");
        let codes = codes(&linked).join(" ");
        let text = linked.model.figures.get("f").map(|figure| figure.text.replace(Times::SIGN, "x"));
        let found = if codes.is_empty() { text.unwrap_or_default() } else { codes };
        assert!(found.split(' ').any(|code| code == said) || found == said, "{figure}: {found}");
    }
}

/// How a ratio is written where the sign is not the letter.
struct Times;

impl Times {
    const SIGN: char = '×';
}

#[test]
fn what_a_figure_is_made_of_is_known() {
    let model = linked(&format!("{DATA}figures:\n  f: {{ about: F, op: crossover, of: [low, high] }}\n"), "").model;
    let inputs: Vec<String> = model.figures["f"].inputs.iter().map(|(id, case)| format!("{id}.{case}")).collect();
    assert_eq!(inputs, ["low.010", "high.010", "low.100", "high.100"]);
    assert_eq!((model.figures["f"].formula.as_str(), model.figures["f"].home.join(" ").as_str()), ("low = high", "e1"));
}

#[test]
fn results_elsewhere_bear_a_figure_out_or_do_not() {
    for (repeat, figure, said) in [
        ("a: { value: 8 }, b: { value: 4 }", "op: ratio, of: [t.a, t.b]", ""),
        ("a: { value: 4.2 }, b: { value: 2 }", "op: ratio, of: [t.a, t.b]", ""),
        ("a: { value: 6 }, b: { value: 2 }", "op: ratio, of: [t.a, t.b]", "environments-disagree"),
        ("a: { value: 6 }, b: { value: 2 }", "op: ratio, of: [t.a, t.b], tolerance: 60%", ""),
        ("a: { value: 6 }, b: { value: 2 }", "op: ratio, of: [t.a, t.b], holds_in: [e1]", ""),
        ("a: { value: 2 }, b: { value: 4 }", "op: ratio, of: [t.a, t.b]", "claim-reversed"),
        ("a: { value: 2 }, b: { value: 4 }", "op: difference, of: [t.a, t.b]", "claim-reversed"),
        ("a: { value: 9 }, b: { value: 4 }", "op: difference, of: [t.a, t.b]", ""),
        ("a: { value: 9 }", "op: ratio, of: [t.a, t.b]", ""),
        ("a: { value: 9 }", "op: value, of: t.a", ""),
        ("c: { value: 9 }", "op: value, of: t.a", "unknown-benchmark"),
        ("a: { value: 1.0e+300 }, b: { value: 1.0e-300 }", "op: ratio, of: [t.a, t.b]", ""),
    ] {
        let data = format!(
            "{DATA}  e2:\n    t: {{ unit: ms, cases: {{ {repeat} }} }}\nfigures:\n  f: {{ about: F, {figure} }}\n"
        );
        let found = codes(&linked(&data, "")).join(" ").replace("implausible-value", "");
        assert_eq!(found.trim(), said, "{repeat}; {figure}");
    }
}

#[test]
fn claims_are_held_against_the_data() {
    let data = format!("{DATA}figures:\n  f: {{ about: F, op: ratio, of: [t.a, t.b] }}\n");
    for (body, said) in [
        ("[2x](../data/d.yaml#f)", ""),
        ("[2.0x](../data/d.yaml#f)", ""),
        ("[3x](../data/d.yaml#f)", "false-claim"),
        ("[4 ms](../data/d.yaml#t.a)", ""),
        ("[4000 us](../data/d.yaml#t.a)", ""),
        ("[4 KB](../data/d.yaml#t.a)", "unclear-claim"),
        ("[4](../data/d.yaml)", "unclear-claim"),
        ("[twice](../data/d.yaml#f)", "unclear-claim"),
        ("[2x](../data/d.yaml#g)", "unknown-figure"),
        ("[2x](../data/d.yaml#f@e2)", "unknown-environment"),
        ("[2x](../data/d.yaml#f@e3)", "unknown-environment"),
        ("[here](#a)", ""),
        ("[here](#b)", "dead-section"),
        ("[here](b.md)", "dead-link"),
        ("[here](../../b.md)", "dead-link"),
        ("[2 ms](#a)", "unsourced-number"),
        ("It takes 2 ms.", "unsourced-number"),
        ("It takes `2 ms`.", ""),
    ] {
        assert_eq!(codes(&linked(&data, body)).join(" "), said, "{body}");
    }
}
