//! A knowledge base of any size, the same each time: papers of about 4,000 tokens with three rules,
//! a measurement, a figure and a dozen claims each. No two checks look for the same, as in a real one.

const WORDS: [&str; 40] = [
    "the",
    "interpreter",
    "allocates",
    "a",
    "list",
    "of",
    "pointers",
    "and",
    "every",
    "lookup",
    "walks",
    "it",
    "until",
    "an",
    "item",
    "compares",
    "equal",
    "which",
    "costs",
    "time",
    "in",
    "proportion",
    "to",
    "its",
    "length",
    "while",
    "hashing",
    "needs",
    "one",
    "probe",
    "on",
    "average",
    "unless",
    "keys",
    "collide",
    "so",
    "that",
    "measured",
    "values",
    "differ",
];

/// Files by path. About four thousand tokens a paper; a data file for every five hundred papers.
pub fn knowledge_base(papers: usize) -> Vec<(String, String)> {
    let mut files = vec![
        ("kbc.toml".to_owned(), "name = \"Generated\"\n".to_owned()),
        ("templates/RULEBOOK.md".to_owned(), TEMPLATE.to_owned()),
    ];
    files.extend((0..papers).map(|number| (format!("papers/topic-{number:05}.md"), paper(number))));
    let numbers: Vec<usize> = (0..papers).collect();
    files.extend(numbers.chunks(500).map(|chunk| (format!("data/part-{:03}.yaml", chunk[0] / 500), data(chunk))));
    files
}

const TEMPLATE: &str = "---
output: out/RULEBOOK.md
budget: { min: 0, max: 400 }
---
# {{ name }}
{% for paper in papers %}
## {{ paper.title }}
{% for rule in paper.rules %}
- {{ rule.id }} {{ rule.text }}
{% endfor %}
{% endfor %}
";

fn data(numbers: &[usize]) -> String {
    let mut text = String::new();
    if numbers[0] == 0 {
        text += "environments:\n  here: { platform: generated, date: 2026-01-01 }\n";
    }
    text += "benchmarks:\n";
    for number in numbers {
        text += &format!("  m{number}: {{ about: Generated case {number}, unit: us }}\n");
    }
    text += "results:\n  here:\n";
    for number in numbers {
        let slow = 100 + number;
        text += &format!("    m{number}: {{ cases: {{ slow: {{ value: {slow} }}, fast: {{ value: 2 }} }} }}\n");
    }
    text += "figures:\n";
    for number in numbers {
        text += &format!(
            "  f{number}:\n    about: Slow against fast\n    op: ratio\n    of: [m{number}.slow, m{number}.fast]\n    print: {{ decimals: 1 }}\n"
        );
    }
    text
}

fn paper(number: usize) -> String {
    let mut random = Random(number as u64 + 1);
    let ratio = (100 + number) as f64 / 2.0;
    let mut text = format!(
        "---\nid: topic-{number:05}\ntitle: Topic {number}\nstatus: active\npriority: {}\ntags: [generated]\nrules:\n",
        ["high", "medium", "low"][number % 3]
    );
    for rule in 1..=3 {
        text += &format!(
            "  - id: T{number}-{rule}\n    text: \"{} is {{{{ f{number} }}}} slower\"\n    short: \"{}\"\n    weight: {}\n    section: \"#why\"\n    evidence: [f{number}]\n    checks:\n    - language: python\n      severity: warning\n      precision: medium\n      message: \"slow in a loop\"\n      ast:\n        pattern: t{number}_{rule}($X)\n        inside: {{ kind: for_statement, stopBy: end }}\n",
            random.terms(8),
            random.terms(4),
            1 + random.below(100),
        );
    }
    text += &format!("---\n# Topic {number}\n");
    for (section, claims) in
        [("The question", 2), ("Results", 4), ("Why", 2), ("Where it stops being true", 2), ("Sources", 2)]
    {
        text += &format!("\n## {section}\n");
        for _ in 0..claims {
            text += &format!(
                "\n{} [{ratio:.1}x](../data/part-{:03}.yaml#f{number}) {}.\n",
                random.words(140),
                number / 500,
                random.words(120)
            );
        }
    }
    for rule in 1..=3 {
        text += &format!(
            "\n```python bad=T{number}-{rule}\nfor x in xs:\n    t{number}_{rule}(x)\n```\n\n```python good=T{number}-{rule}\nt{number}_{rule}(xs)\n```\n"
        );
    }
    text
}

/// A linear congruential generator (Knuth, MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    /// Words of a vocabulary as large as that of a real knowledge base, which has more than its commonest forty.
    fn terms(&mut self, count: usize) -> String {
        (0..count).map(|_| self.words(2).replace(' ', "")).collect::<Vec<_>>().join(" ")
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| WORDS[self.below(WORDS.len())]).collect::<Vec<_>>().join(" ")
    }
}
