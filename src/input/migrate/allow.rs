//! The lists of exceptions that kbc.toml had (`waivers`, `unassigned`, `hidden.allow`), brought to its one list, `[[allow]]`.

use std::ops::Range;

use super::Refusal;
use super::edits::Edits;
use crate::diag::Sink;
use crate::input::formats::document::Document;
use crate::input::formats::toml_document;
use crate::text::source::SourceId;

/// A list that there was: how its tables begin, what each of them is about, and the names that its keys have now.
struct List {
    name: &'static str,
    pointer: &'static str,
    code: Option<&'static str>,
    keys: &'static [(&'static str, &'static str)],
}

const LISTS: [List; 3] = [
    List {
        name: "waivers",
        pointer: "/waivers",
        code: None,
        keys: &[("rule", "code"), ("path", "files"), ("expires", "until")],
    },
    List { name: "unassigned", pointer: "/unassigned", code: Some("rule-without-role"), keys: &[("rules", "what")] },
    List { name: "hidden.allow", pointer: "/hidden/allow", code: Some("hidden-text"), keys: &[("code", "what")] },
];

/// The text with one list.
///
/// # Errors
/// If the lists are written in ways that cannot be joined.
pub fn migrate(source: &str) -> Result<String, Refusal> {
    let document = toml_document::read(SourceId::default(), source, "kbc.toml", &mut Sink::new());
    let Some(document) = document else { return Ok(source.to_owned()) };
    let had: Vec<&List> = LISTS.iter().filter(|list| document.has(list.pointer)).collect();
    let mut edits = Edits::new(source);
    for list in &had {
        let headers = headers(source, list.name);
        if headers.is_empty() {
            let key = document.key_span(list.pointer).range();
            if had.len() > 1 || document.has("/allow") || list.name.contains('.') {
                let help = format!("write each entry of `{}` as a table, `[[allow]]`", list.name);
                return Err(Refusal::new(
                    key.start,
                    format!("`{}` cannot be joined with other exceptions", list.name),
                    help,
                ));
            }
            edits.replace(key, "allow");
        }
        headers.into_iter().for_each(|header| edits.replace(header, "[[allow]]"));
        entries(source, list, &document, &mut edits);
    }
    Ok(edits.apply())
}

/// The lines that begin a table of a list, without the space around.
fn headers(source: &str, name: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in source.split_inclusive('\n') {
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        let Some(end) = line.trim_start().find("]]").filter(|_| line.trim_start().starts_with("[[")) else { continue };
        let inside = &source[start + 2..start + end];
        let parts: Vec<&str> = inside.split('.').map(|part| part.trim().trim_matches('"')).collect();
        if parts.join(".") == name {
            found.push(start..start + end + 2);
        }
    }
    found
}

fn entries(source: &str, list: &List, document: &Document, edits: &mut Edits) {
    for index in 0.. {
        let of = |key: &str| {
            let at = format!("{}/{index}/{key}", list.pointer);
            document.has(&at).then(|| (document.key_span(&at).range(), document.span(&at).range()))
        };
        let keys = ["rule", "rules", "path", "owner", "reason", "expires", "code", "files"];
        let Some(first) = keys.iter().filter_map(|key| Some(of(key)?.0.start)).min() else { return };
        for (old, new) in list.keys {
            let Some((key, value)) = of(old) else { continue };
            edits.replace(key.clone(), *new);
            if *old == "path" {
                edits.replace(value.clone(), format!("[{}]", &source[value.clone()]));
            }
        }
        if let Some(code) = list.code {
            let line = source[..first].rfind('\n').map_or(0, |end| end + 1);
            let is_block = source[line..first].trim().is_empty();
            let end = if source.contains("\r\n") { "\r\n" } else { "\n" };
            let after = if is_block { format!("{end}{}", &source[line..first]) } else { ", ".to_owned() };
            edits.insert(first, format!("code = \"{code}\"{after}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_lists_become_one() {
        let old = "name = \"x\"\n\n# until the rewrite\n[[waivers]]\nrule = \"R1\"\npath = \"old/**\"  # all\nowner = \"me\"\nreason = \"x\"\nexpires = \"2030-01-01\"\n\n[[hidden.allow]]\ncode = \"U+200B\"\nreason = \"y\"\n\n[[unassigned]]\nrules = [\"B1\"]\nreason = \"z\"\n";
        let new = "name = \"x\"\n\n# until the rewrite\n[[allow]]\ncode = \"R1\"\nfiles = [\"old/**\"]  # all\nowner = \"me\"\nreason = \"x\"\nuntil = \"2030-01-01\"\n\n[[allow]]\ncode = \"hidden-text\"\nwhat = \"U+200B\"\nreason = \"y\"\n\n[[allow]]\ncode = \"rule-without-role\"\nwhat = [\"B1\"]\nreason = \"z\"\n";
        assert_eq!(migrate(old).as_deref(), Ok(new));
        assert_eq!(migrate(new).as_deref(), Ok(new));
    }

    #[test]
    fn a_list_in_one_line_stays_in_one_line() {
        let old = "unassigned = [{ rules = [\"B1\"], reason = \"for CI\" }]\n";
        let new = "allow = [{ code = \"rule-without-role\", what = [\"B1\"], reason = \"for CI\" }]\n";
        assert_eq!(migrate(old).as_deref(), Ok(new));
        let both = format!("{old}\n[[waivers]]\nrule = \"R1\"\n");
        assert!(migrate(&both).is_err());
    }
}
