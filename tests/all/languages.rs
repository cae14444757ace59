//! Checks for every language that is compiled in: their examples are fragments, not files, and code in each is
//! reviewed by the ending of its name. `cargo test --features all-languages --test all languages::` has all of them.

use std::path::PathBuf;

use crate::kit::{self, kbc};

/// A language with a pattern, a fragment that breaks the rule, one that does not, and a file that breaks it.
struct Sample {
    name: &'static str,
    is_there: bool,
    pattern: &'static str,
    bad: &'static str,
    good: &'static str,
    file: &'static str,
    code: &'static str,
}

const SAMPLES: [Sample; 6] = [
    Sample {
        name: "python",
        is_there: true,
        pattern: "sleep($N)",
        bad: "sleep(1)",
        good: "return wait(1)",
        file: "a.py",
        code: "sleep(2)\n",
    },
    Sample {
        name: "rust",
        is_there: cfg!(feature = "rust"),
        pattern: "$X.clone()",
        bad: "let y = x.clone();",
        good: "let y = &x;",
        file: "a.rs",
        code: "fn f(x: String) { g(x.clone()) }\n",
    },
    Sample {
        name: "javascript",
        is_there: cfg!(feature = "javascript"),
        pattern: "JSON.parse(JSON.stringify($X))",
        bad: "const y = JSON.parse(JSON.stringify(x))",
        good: "const y = structuredClone(x)",
        file: "a.mjs",
        code: "export const f = x => JSON.parse(JSON.stringify(x))\n",
    },
    Sample {
        name: "typescript",
        is_there: cfg!(feature = "typescript"),
        pattern: "$X as any",
        bad: "const y = x as any",
        good: "const y: number = x",
        file: "a.tsx",
        code: "export const f = (x: number) => <p>{x as any}</p>\n",
    },
    Sample {
        name: "go",
        is_there: cfg!(feature = "go"),
        pattern: "panic($X)",
        bad: "if err != nil {\n    panic(err)\n}",
        good: "if err != nil {\n    return err\n}",
        file: "a.go",
        code: "package p\n\nfunc f() { panic(\"x\") }\n",
    },
    Sample {
        name: "java",
        is_there: cfg!(feature = "java"),
        pattern: "$S.intern()",
        bad: "String t = s.intern();",
        good: "String t = s.strip();",
        file: "A.java",
        code: "class A { String f(String s) { return s.intern(); } }\n",
    },
];

fn project(sample: &Sample) -> PathBuf {
    let Sample { name, pattern, bad, good, .. } = sample;
    let front = format!(
        "---\nid: a\ntitle: A\npriority: high\nrules:\n  - id: R1\n    text: \"x\"\n    section: \"#a\"\n    checks:\n    - \
         language: {name}\n      severity: warning\n      precision: high\n      message: found\n      ast: {{ pattern: \
         '{pattern}' }}\n---\n# A\n"
    );
    let paper = format!("{front}\n```{name} bad=R1\n{bad}\n```\n\n```{name} good=R1\n{good}\n```\n");
    kit::project(&format!("languages/{name}"), &paper, &[(sample.file, sample.code.as_bytes())])
}

#[test]
fn examples_are_fragments_and_code_is_reviewed() {
    for sample in SAMPLES {
        let root = project(&sample);
        let built = kbc(&root, &["build"]);
        let said = built.stderr;
        if !sample.is_there {
            assert_eq!(built.code, 2, "{}: {said}", sample.name);
            assert!(said.contains("missing-language"), "{}: {said}", sample.name);
            continue;
        }
        assert_eq!(built.code, 0, "{}: {said}", sample.name);
        let review = kbc(&root, &["review", "--format", "short"]);
        let found = review.stdout;
        assert_eq!(review.code, 1, "{}: {found}", sample.name);
        let place = format!("{}:", sample.file);
        assert!(found.starts_with(&place) && found.lines().count() == 1, "{}: {found}", sample.name);
    }
}
