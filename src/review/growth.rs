//! How much longer than a match the texts can be that a check makes of it: its message, and its fix.
//!
//! A fix that repeats a metavariable hundreds of times, or transforms that double what the one before made, fill the
//! memory with a match of a few lines. No rewrite that somebody reads does so.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::check::Syntax;

/// The most that a check may make of a byte of its match.
pub const MOST: usize = 256;

/// Which part of a check makes more of a match than anybody reads, if one does.
pub fn excessive(message: &str, syntax: Option<&Syntax>) -> Option<&'static str> {
    let transforms = transforms(syntax.and_then(|syntax| syntax.transform.as_ref()));
    let largest = transforms.values().copied().max().unwrap_or(1);
    if largest > MOST {
        return Some("transform");
    }
    let copies = |text: &str| text.matches('$').count().saturating_mul(largest);
    let fix = syntax.and_then(|syntax| syntax.fix.as_ref());
    let fix = fix.and_then(|fix| fix.as_str().or_else(|| fix["template"].as_str()));
    if fix.is_some_and(|fix| copies(fix) > MOST) {
        return Some("fix");
    }
    (copies(message) > MOST).then_some("message")
}

/// By the name of each metavariable that is made from others, how much longer it may be than what it is made from.
fn transforms(written: Option<&Value>) -> BTreeMap<&str, usize> {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let Some(written) = written.and_then(Value::as_object) else { return known };
    let made: Vec<(&str, &str, usize)> =
        written.iter().map(|(name, step)| (name.as_str(), source(step), own(step))).collect();
    // As many rounds as the longest chain has steps; a circle has no end, and the engine refuses it.
    for _ in 0..made.len().min(MOST) {
        let mut changed = false;
        for (name, source, own) in &made {
            let growth = own.saturating_mul(known.get(source).copied().unwrap_or(1)).min(MOST + 1);
            changed |= known.insert(name, growth) != Some(growth);
        }
        if !changed {
            break;
        }
    }
    known
}

/// The metavariable that a step begins with.
fn source(step: &Value) -> &str {
    let source = match step {
        Value::String(text) => text.split_once('(').map(|(_, rest)| rest.split([',', ')']).next().unwrap_or(rest)),
        _ => step.as_object().and_then(|step| step.values().find_map(|part| part["source"].as_str())),
    };
    source.unwrap_or_default().trim().trim_start_matches('$')
}

/// What one step makes of a byte: each may be replaced by a text, which may repeat what it replaces.
fn own(step: &Value) -> usize {
    let (name, by) = match step {
        Value::String(text) => (text.as_str(), text.split_once("by").map_or(0, |(_, by)| by.len())),
        _ => {
            let name = step.as_object().and_then(|step| step.keys().next()).map_or("", String::as_str);
            (name, step["replace"]["by"].as_str().map_or(0, str::len))
        }
    };
    // Words of an identifier may be put apart by a letter each.
    if name.trim_start().starts_with("convert") { 2 } else { by.max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::files::check as written;
    use crate::model::Check;

    fn excess(part: &str) -> Option<&'static str> {
        let text = format!(
            r#"{{ "language": "python", "severity": "warning", "precision": "high", "message": "a `$A`", "ast": {{}}, {part} }}"#
        );
        let mut members: Value = serde_json::from_str(&text).expect("it is JSON");
        if let Some(message) = members.get("text").cloned() {
            members["message"] = message;
            members.as_object_mut().expect("it is an object").remove("text");
        }
        let check: written::Check = serde_json::from_value(members).expect("it is a check");
        let check = Check::new(&check).expect("it is whole");
        excessive(&check.message, check.syntax())
    }

    #[test]
    fn what_multiplies_a_match_is_found_and_what_rewrites_it_is_not() {
        let many = "$A".repeat(257);
        assert_eq!(excess(r#""fix": "f($A, $B, $$$C)""#), None);
        assert_eq!(excess(&format!(r#""fix": "{many}""#)), Some("fix"));
        assert_eq!(
            excess(&format!(r#""fix": {{ "template": "{many}", "expandEnd": {{ "regex": "," }} }}"#)),
            Some("fix")
        );
        assert_eq!(excess(&format!(r#""text": "{many}""#)), Some("message"));
        let double = |name: u32, source: &str| {
            format!(r#""T{name}": {{ "replace": {{ "source": "${source}", "replace": "(.)", "by": "$1$1" }} }}"#)
        };
        assert_eq!(excess(&format!(r#""transform": {{ {} }}, "fix": "$T1""#, double(1, "A"))), None);
        let chain: Vec<String> = (1..=12).map(|name| double(name, &format!("T{}", name - 1))).collect();
        assert_eq!(excess(&format!(r#""transform": {{ {} }}"#, chain.join(", "))), Some("transform"));
        let apart: Vec<String> = (1..=12).map(|name| double(name, "A")).collect();
        assert_eq!(excess(&format!(r#""transform": {{ {} }}"#, apart.join(", "))), None);
        let short = r#""transform": { "T": "replace($A, replace=a, by=b)", "U": "convert($T, toCase=snakeCase)" }"#;
        assert_eq!(excess(short), None);
        assert_eq!(excess(r#""transform": { "T": "substring($T)" }"#), None, "a circle is for the engine to refuse");
    }
}
