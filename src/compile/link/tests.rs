//! Small knowledge bases, and what linking makes of them.

use crate::compile::{Linked, Texts, link_only};

const DATA: &str = "\
environments:
  e1: { platform: Linux, date: 2026-01-01 }
  e2: { platform: macOS, date: 2026-01-02 }
measurements:
  t: { about: T, environment: e1, unit: ms, cases: { a: { value: 4 }, b: { value: 2, spread: 0.1 } } }
  n: { about: N, environment: e1, unit: items, cases: { one: { value: 1 }, none: { value: 0 }, big: { value: 1.0e+308 }, small: { value: 1.0e-308 } } }
  size: { about: S, environment: e1, unit: KB, cases: { a: { value: 8 } } }
  low: { about: L, environment: e1, unit: ms, cases: { \"010\": { value: 1 }, \"100\": { value: 3 }, x: { value: 9 } } }
  high: { about: H, environment: e1, unit: ms, cases: { \"010\": { value: 2 }, \"100\": { value: 2 } } }
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
        ("ratio: [t.a, t.b]", "2.0x"),
        ("ratio: [t.b, t.a]", "0.50x"),
        ("difference: [t.a, t.b]", "2.0 ms"),
        ("saving: [t.b, t.a]", "50%"),
        ("share: [t.b, t.a]", "50%"),
        ("value: t.a", "4.0 ms"),
        ("value: t.a, print: { unit: us }", "4000 us"),
        ("value: t.a, print: { unit: s, decimals: 4 }", "0.0040 s"),
        ("value: n.big, print: { decimals: 12 }", &format!("{:.12} items", 1e308)),
        ("crossover: [low, high]", "55 items"),
        ("ratio: [n.one, n.none]", "zero-division"),
        ("saving: [n.one, n.none]", "zero-division"),
        ("difference: [n.one, n.none]", "1.0 items"),
        ("ratio: [n.big, n.small]", "invalid-value"),
        ("share: [n.big, n.small]", "invalid-value"),
        ("ratio: [t.a, size.a]", "unit-mismatch"),
        ("crossover: [t, size]", "unit-mismatch"),
        ("value: t.a, print: { unit: KB }", "unit-mismatch"),
        ("ratio: [t.a, t.c]", "unknown-benchmark"),
        ("value: nothing", "unknown-benchmark"),
        ("crossover: [low, nothing]", "unknown-benchmark"),
        ("crossover: [high, low]", "no-crossover"),
        ("crossover: [t, t]", "no-crossover"),
        ("ratio: [t.a, t.b], value: t.a", "invalid-value"),
        ("holds_in: [e1]", "invalid-value"),
        ("value: t.a, holds_in: [e3]", "unknown-environment"),
        ("value: t.a, holds_in: [e1, e2]", "unknown-environment"),
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
    let model = linked(&format!("{DATA}figures:\n  f: {{ about: F, crossover: [low, high] }}\n"), "").model;
    let inputs: Vec<String> = model.figures["f"].inputs.iter().map(|(id, case)| format!("{id}.{case}")).collect();
    assert_eq!(inputs, ["low.010", "high.010", "low.100", "high.100"]);
    assert_eq!((model.figures["f"].formula.as_str(), model.figures["f"].home.join(" ").as_str()), ("low = high", "e1"));
}

#[test]
fn a_repeat_elsewhere_bears_a_figure_out_or_does_not() {
    for (repeat, figure, said) in [
        ("a: { value: 8 }, b: { value: 4 }", "ratio: [t.a, t.b]", ""),
        ("a: { value: 4.2 }, b: { value: 2 }", "ratio: [t.a, t.b]", ""),
        ("a: { value: 6 }, b: { value: 2 }", "ratio: [t.a, t.b]", "environments-disagree"),
        ("a: { value: 6 }, b: { value: 2 }", "ratio: [t.a, t.b], tolerance: 60", ""),
        ("a: { value: 6 }, b: { value: 2 }", "ratio: [t.a, t.b], holds_in: [e1]", ""),
        ("a: { value: 2 }, b: { value: 4 }", "ratio: [t.a, t.b]", "claim-reversed"),
        ("a: { value: 2 }, b: { value: 4 }", "difference: [t.a, t.b]", "claim-reversed"),
        ("a: { value: 9 }, b: { value: 4 }", "difference: [t.a, t.b]", ""),
        ("a: { value: 9 }", "ratio: [t.a, t.b]", ""),
        ("a: { value: 9 }", "value: t.a", ""),
        ("c: { value: 9 }", "value: t.a", "unknown-benchmark"),
        ("a: { value: 1.0e+300 }, b: { value: 1.0e-300 }", "ratio: [t.a, t.b]", ""),
    ] {
        let data = format!(
            "{DATA}repeats:\n  e2:\n    t: {{ unit: ms, cases: {{ {repeat} }} }}\nfigures:\n  f: {{ about: F, {figure} }}\n"
        );
        let found = codes(&linked(&data, "")).join(" ").replace("implausible-value", "");
        assert_eq!(found.trim(), said, "{repeat}; {figure}");
    }
}

#[test]
fn claims_are_held_against_the_data() {
    let data = format!("{DATA}figures:\n  f: {{ about: F, ratio: [t.a, t.b] }}\n");
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
