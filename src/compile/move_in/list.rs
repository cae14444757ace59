//! The list that imported rules become: a paper without arguments, each rule with the place that it comes from.

use std::fmt::Write;

use super::{Found, Report};

/// What a rule names that is there: paths and globs, and commands.
#[derive(Debug, Default)]
pub struct Names {
    pub files: Vec<String>,
    pub commands: Vec<String>,
}

/// The text of `papers/ID.md`.
pub fn paper(id: &str, title: &str, report: &Report, rules: &[(&Found, Names)]) -> String {
    let mut text = format!("---\nid: {id}\nkind: list\ntitle: {}\npriority: medium\nrules:\n", quoted(title));
    for (found, names) in rules {
        let source = quoted(&report.place(found));
        // A string is written in the same way everywhere, so there is nothing to fail.
        let _ =
            write!(text, "  - id: {}\n    text: {}\n    source: {source}\n", found.rule.id, quoted(&found.rule.text));
        if !names.files.is_empty() || !names.commands.is_empty() {
            text += "    refs:\n";
            text += &list("files", &names.files);
            text += &list("commands", &names.commands);
        }
    }
    let about = "Rules that were imported, as they were written. Move a rule into a paper when it needs an argument.";
    text + &format!("---\n\n# {title}\n\n{about}\n")
}

fn list(key: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("      {key}: [{}]\n", names.join(", "))
}

/// A text as JSON has it, which every reader of YAML takes for the same.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

/// A template that keeps the rules in a block of a file.
pub fn template(output: &str, tokens: usize) -> String {
    let max = tokens.div_ceil(100) * 100;
    format!(
        "---\noutput: {output}\nmode: splice\nbudget: {{ max: {max} }}\n---\n\
         {{% for paper in papers %}}\n## {{{{ paper.title }}}}\n{{% for rule in paper.rules %}}\n\
         - {{{{ rule.id }}}} {{{{ rule.text }}}}\n{{% endfor %}}\n{{% endfor %}}\n"
    )
}
