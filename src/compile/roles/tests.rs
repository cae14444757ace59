//! Small settings, and what is said of their roles.

use crate::compile::{Texts, compile};

const PAPER: &str = "---\nid: a\ntitle: A\npriority: high\nrules:\n  - { id: R1, text: Use sets, section: \"#a\" }\n  - { id: R2, text: Close files at once, section: \"#a\", tags: [io] }\n---\n# A\n";

/// What is said of kbc.toml; each as code and message.
fn told(roles: &str) -> Vec<String> {
    let settings = format!("agents.phases = [\"plan\", \"work\"]\n[budget.papers]\nmin = 0\n{roles}");
    let texts = [("kbc.toml", settings.as_str()), ("papers/a.md", PAPER)];
    let compiled = compile(Texts::of(texts), &|_: &str| false);
    compiled.diags.iter().map(|diagnostic| format!("{}: {}", diagnostic.code.name(), diagnostic.message)).collect()
}

#[test]
fn roles_are_held_against_rules_and_each_other() {
    let all = "[agents.roles.all]\nselect.papers = [\"a\"]\n";
    for (roles, said) in [
        (all, vec![]),
        ("", vec![]),
        ("[agents.roles.x]\nselect.rules = [\"R1\"]\n", vec!["rule-without-role: no role carries `R2`"]),
        ("[agents.roles.x]\nselect.rules = [\"R1\"]\nselect.tags = [\"io\"]\n", vec![]),
        (
            "[agents.roles.x]\nroot = true\n",
            vec!["rule-without-role: no role carries `R1`", "rule-without-role: no role carries `R2`"],
        ),
        (&format!("{all}[agents.roles.x]\nselect.tags = [\"net\"]\n"), vec!["idle-role: the role `x` carries no rule"]),
        (
            &format!("{all}[agents.roles.x]\nselect.rules = [\"R1\", \"R3\"]\nselect.papers = [\"b\"]\n"),
            vec![
                "unknown-selection: the role `x` carries `R3`, but no rule is called so",
                "unknown-selection: the role `x` carries `b`, but no paper is called so",
            ],
        ),
        (
            &format!("{all}phase = \"rest\"\n"),
            vec!["phase-order: the role `all` is of the phase `rest`, which `agents.phases` does not list"],
        ),
        (
            &format!("{all}[[allow]]\ncode = \"rule-without-role\"\nwhat = [\"R1\", \"R3\"]\nreason = \"x\"\n"),
            vec![
                "unused-allow: `rule-without-role` is allowed for `R1`, but is not reported of it here",
                "unused-allow: `rule-without-role` is allowed for `R3`, but is not reported of it here",
            ],
        ),
        (
            &format!("{all}hands_over = [{{ when = \"x\", to = \"some\" }}]\n"),
            vec!["unknown-role: the role `all` hands over to `some`, but no role is called so"],
        ),
    ] {
        assert_eq!(told(roles), said, "{roles}");
    }
}

#[test]
fn handovers_lead_on_and_not_round() {
    let role = |name: &str, more: &str, to: &[&str]| {
        let over: Vec<String> = to.iter().map(|to| format!("{{ when = \"x\", to = \"{to}\" }}")).collect();
        format!("[agents.roles.{name}]\nselect.papers = [\"a\"]\n{more}hands_over = [{}]\n", over.join(", "))
    };
    let root = |to: &[&str]| role("root", "root = true\n", to);
    for (roles, said) in [
        ([root(&["b"]), role("b", "", &["root"])].concat(), vec![]),
        ([root(&["b"]), role("b", "", &["c"]), role("c", "", &[])].concat(), vec![]),
        (
            [root(&["b"]), role("b", "", &["c"]), role("c", "", &["b"])].concat(),
            vec!["circular-handover: handovers lead in a circle: b -> c -> b"],
        ),
        ([root(&["b"]), role("b", "", &["b"])].concat(), vec!["circular-handover: the role `b` hands over to itself"]),
        (
            [root(&[]), role("b", "", &[])].concat(),
            vec!["unreachable-role: no handover leads from `root` to the role `b`"],
        ),
        (
            [role("b", "", &["c"]), role("c", "", &["b"])].concat(),
            vec!["unreachable-role: no role is where work begins: each is handed over to by another"],
        ),
        (
            [root(&["b"]), role("b", "phase = \"work\"\n", &["c"]), role("c", "phase = \"plan\"\n", &[])].concat(),
            vec!["phase-order: the role `b` of the phase `work` hands over to `c` of the phase `plan` before it"],
        ),
    ] {
        assert_eq!(told(&roles), said, "{roles}");
    }
}
