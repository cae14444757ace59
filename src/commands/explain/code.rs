//! What kbc says of its own codes: one of them, or all by group.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::diag::{Code, Group, Kind, Severity};

/// A code with its meaning, if something is called so or was.
pub fn explained(name: &str) -> Option<String> {
    let code = Code::from_any_name(name)?;
    let mut text = String::new();
    if code.name() != name {
        let _ = writeln!(text, "`{name}` is now called `{}`\n", code.name());
    }
    let _ = writeln!(text, "{}[{}]\n\n{}\n", code.severity().name(), code.name(), code.explanation());
    let _ = writeln!(text, "  group     {}", code.group().name());
    let _ = writeln!(text, "  since     kbc {}", code.since());
    let _ = writeln!(text, "  severity  {}", setting(code));
    let _ = writeln!(text, "  url       {}", code.url());
    Some(text)
}

/// What a project can decide about it.
fn setting(code: Code) -> String {
    let name = code.severity().name();
    match code.kind() {
        Kind::Taste => format!("{name}, unless `[check.codes]` of kbc.toml sets it to off, info, warning or error"),
        Kind::Rule => "the rule's own, or that in `[review.rules]` of kbc.toml".to_owned(),
        Kind::Truth if code.severity() < Severity::Error => {
            format!("{name}; `[check.codes]` of kbc.toml can raise it, and cannot lower it")
        }
        Kind::Truth | Kind::Unreadable | Kind::Bug => format!("{name}; no setting changes it"),
    }
}

/// All codes for programs.
pub fn documents() -> Vec<Value> {
    let document = |code: &Code| {
        json!({
            "code": code.name(),
            "group": code.group().name(),
            "severity": code.severity().name(),
            "settable": code.kind() == Kind::Taste,
            "since": code.since(),
            "old_names": code.old_names(),
            "meaning": code.summary(),
            "url": code.url(),
        })
    };
    Code::ALL.iter().map(document).collect()
}

/// All codes, by group, with what each means in a sentence.
pub fn list() -> String {
    let width = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    let mut text = String::new();
    for group in Group::ALL {
        let _ = writeln!(text, "{}: {}", group.name(), group.about());
        for code in group.codes() {
            let (name, mark) = (code.name(), if code.kind() == Kind::Taste { "*" } else { "" });
            let severity = format!("{}{mark}", code.severity().name());
            let _ = writeln!(text, "  {name:<width$}  {severity:<8}  {}", code.summary());
        }
        text.push('\n');
    }
    text + "* a matter of taste: `[check.codes]` of kbc.toml can set it to off, info, warning or error\n\n\
            `kbc explain CODE` explains one of them\n"
}
