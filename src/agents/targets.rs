//! The files that agent programs read, and what they accept there: they skip a file with a fault, or cut it, without a
//! word. What they accept is data, in targets.yaml. Where an input is to blame for a fault is for `compile`.

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use crate::diag::{Code, Diagnostic, Place, Severity, Sink};
use crate::input::formats::front_matter;
use crate::input::formats::yaml::{self, Document};
use crate::input::schema::ForeignSchema;
use crate::text::glob::Globs;
use crate::text::source::Sources;

/// A kind of file that a tool reads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tool {
    tool: String,
    /// A glob of the paths.
    reads: String,
    /// What it does with a file whose front matter has a fault.
    #[serde(default)]
    skips: String,
    #[serde(default)]
    syntax: Syntax,
    /// The JSON Schema of the front matter; `None`: it is none of the tool's business.
    front: Option<Value>,
    #[serde(default)]
    most: Vec<Limit>,
    /// `reads`, once an output was held against it; `None`: it is no glob.
    #[serde(skip)]
    globs: OnceLock<Option<Globs>>,
    /// `front`, once an output was held against it.
    #[serde(skip)]
    schema: OnceLock<ForeignSchema>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Syntax {
    #[default]
    Yaml,
    Lines,
}

/// What a file may have at most.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    of: Part,
    unit: Unit,
    limit: usize,
    /// What happens to what has more.
    beyond: String,
    severity: Option<Severity>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Part {
    File,
    Body,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Bytes,
    Characters,
    Lines,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Bytes => "bytes",
            Unit::Characters => "characters",
            Unit::Lines => "lines",
        }
    }

    fn count(self, text: &str) -> usize {
        match self {
            Unit::Bytes => text.len(),
            Unit::Characters => text.chars().count(),
            Unit::Lines => text.lines().count(),
        }
    }
}

fn tools() -> &'static [Tool] {
    static TOOLS: OnceLock<Vec<Tool>> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let document = read(include_str!("targets.yaml")).expect("the table is YAML");
        serde_json::from_value(document.to_json()).expect("the table has the form of a tool")
    })
}

/// Text that is no source of the run; spans in it are asked for their offsets only.
fn read(text: &str) -> Result<Document, Sink> {
    let mut diags = Sink::new();
    let source = Sources::default().add("", "");
    yaml::read(source, text, 0, &mut diags).filter(|_| diags.is_empty()).ok_or(diags)
}

/// The folders that tools read, where an output may lie that a template made before it was renamed or removed.
pub fn folders() -> Vec<&'static str> {
    let is_plain = |part: &&str| !part.contains(['*', '{']);
    let folder = |reads: &'static str| {
        let end: usize = reads.split('/').take_while(is_plain).map(|part| part.len() + 1).sum();
        reads.get(..end.saturating_sub(1)).filter(|folder| !folder.is_empty() && *folder != reads)
    };
    let mut folders: Vec<&str> = tools().iter().filter_map(|tool| folder(&tool.reads)).collect();
    folders.dedup();
    folders
}

/// An output as a tool reads it.
pub struct Output<'a> {
    pub path: &'a str,
    /// The whole file.
    pub text: &'a str,
    /// What stands behind front matter, or in the block.
    pub body: &'a str,
    /// Is it a block in a file that others own?
    pub is_block: bool,
}

/// What a tool would skip or cut.
pub struct Misfit {
    /// The key of the front matter that is wrong; empty if it is not one key.
    pub key: String,
    /// About the whole output, until somebody knows the input that is to blame.
    pub diagnostic: Diagnostic,
}

/// What the tools that read an output would skip or cut. The rulebook is known by its path.
pub fn misfits(output: &Output, rulebook: &str) -> Vec<Misfit> {
    let of_tool = |tool: &Tool| {
        let mut found = tool.front_misfits(output);
        found.extend(tool.most.iter().filter_map(|limit| tool.beyond(limit, output)));
        found
    };
    tools().iter().filter(|tool| tool.reads(output.path, rulebook)).flat_map(of_tool).collect()
}

impl Tool {
    fn reads(&self, path: &str, rulebook: &str) -> bool {
        if self.reads.contains("{rulebook}") {
            return self.reads.replace("{rulebook}", rulebook) == path;
        }
        let glob = || Some(&self.reads).filter(|reads| reads.contains('*'));
        let globs = self.globs.get_or_init(|| Globs::new(&[glob()?.clone()]).ok());
        self.reads == path || globs.as_ref().is_some_and(|globs| globs.is_match(path))
    }

    fn front_misfits(&self, output: &Output) -> Vec<Misfit> {
        let Some(front) = &self.front else { return Vec::new() };
        let own = names_folder(front).then(|| ForeignSchema::new(schema_in(front, output.path)));
        let of_all = || self.schema.get_or_init(|| ForeignSchema::new(schema_in(front, "")));
        let schema = own.as_ref().unwrap_or_else(of_all);
        let range = front_matter::range(output.text).unwrap_or(0..0);
        let text = &output.text[range];
        let written = match self.syntax {
            Syntax::Yaml if text.trim().is_empty() => read("{}"),
            Syntax::Yaml => read(text),
            Syntax::Lines => read(&quoted(text)),
        };
        let faults = written.map_or_else(
            |faults| faults,
            |document| {
                let mut faults = Sink::new();
                schema.check(&document, &document.to_json(), &mut faults);
                faults
            },
        );
        faults.into_iter().map(|fault| self.front_misfit(fault, text, &schema.keys(), output)).collect()
    }

    fn front_misfit(&self, fault: Diagnostic, front: &str, keys: &[&str], output: &Output) -> Misfit {
        let before = fault.span().and_then(|span| front.get(..span.start));
        let line = before.map_or(0, |before| before.matches('\n').count());
        let key = front.lines().nth(line).and_then(|line| line.split_once(':')).map_or("", |(key, _)| key);
        let (path, tool) = (output.path, &self.tool);
        let place = Place::File(path.to_owned());
        let diagnostic = if fault.code == Code::UnknownKey {
            let message = format!("the front matter of `{path}` has a key that {tool} may not know: {}", fault.message);
            let mut diagnostic = Diagnostic::new(Code::ToolFormat, place, message);
            diagnostic.severity = Severity::Warning;
            diagnostic.help_nearest(key.trim(), keys.iter().copied())
        } else {
            let message = format!("the front matter of `{path}` is not what {tool} reads: {}", fault.message);
            let diagnostic = Diagnostic::new(Code::ToolFormat, place, message).note(format!("{tool} {}", self.skips));
            Diagnostic { label: fault.label, help: fault.help, ..diagnostic }
        };
        Misfit { key: key.to_owned(), diagnostic }
    }

    fn beyond(&self, limit: &Limit, output: &Output) -> Option<Misfit> {
        let text = match limit.of {
            Part::File => output.text,
            Part::Body => output.body,
        };
        let count = limit.unit.count(text);
        if count <= limit.limit {
            return None;
        }
        let (path, unit) = (output.path, limit.unit.name());
        let message = format!("`{path}` has {count} {unit}, over {}'s limit of {}", self.tool, limit.limit);
        let help = if output.is_block {
            "shorten the file around the block, or give the template a lower `budget`"
        } else {
            "give the template a lower `budget`, or select fewer rules"
        };
        let place = Place::File(path.to_owned());
        let mut diagnostic =
            Diagnostic::new(Code::ToolLimit, place, message).note(format!("beyond that {}", limit.beyond)).help(help);
        diagnostic.severity = limit.severity.unwrap_or(diagnostic.severity);
        Some(Misfit { key: String::new(), diagnostic })
    }
}

/// Is the schema of front matter another one in each folder?
fn names_folder(front: &Value) -> bool {
    front.pointer("/properties/name/enum/0").is_some_and(|word| word == "{folder}")
}

/// The schema of front matter for one path: a name may have to be that of the folder.
fn schema_in(front: &Value, path: &str) -> Value {
    let mut schema = front.clone();
    schema["type"] = "object".into();
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    let words = schema.pointer_mut("/properties/name/enum").and_then(Value::as_array_mut);
    let named = |word: &Value| word.as_str().unwrap_or_default().replace("{folder}", folder).into();
    words.into_iter().flatten().for_each(|word| *word = named(word));
    schema
}

/// `key: value` lines, and `- value` lines of lists, as YAML that says the same, line by line.
fn quoted(text: &str) -> String {
    let in_quotes = |value: &str| match value.as_bytes() {
        [b'"', .., b'"'] | [b'\'', .., b'\''] => value.to_owned(),
        _ => Value::from(value).to_string(),
    };
    let is_plain =
        |value: &str| ["", "true", "false"].contains(&value) || value.starts_with('[') && value.ends_with(']');
    let line = |line: &str| {
        if let Some(item) = line.trim_start().strip_prefix("- ") {
            return format!("- {}\n", in_quotes(item.trim()));
        }
        match line.split_once(':').map(|(key, value)| (key, value.trim())) {
            Some((key, value)) if !is_plain(value) => format!("{key}: {}\n", in_quotes(value)),
            Some(_) | None => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_used() {
        for tool in tools() {
            let is_empty = tool.front.clone().map(|schema| ForeignSchema::new(schema).keys().is_empty());
            assert_ne!(is_empty, Some(true), "{}", tool.reads);
            assert!(tool.front.is_none() || !tool.skips.is_empty(), "{}", tool.reads);
        }
        assert_eq!(
            folders(),
            [".claude/agents", ".claude/skills", ".claude/rules", ".cursor/rules", ".github/instructions"]
        );
    }

    #[test]
    fn lines_are_values_as_they_stand() {
        let json = read(&quoted("globs: **/*.py,\"x\"\nalwaysApply: false\n")).expect("it is YAML now").to_json();
        assert_eq!(json, serde_json::json!({ "globs": "**/*.py,\"x\"", "alwaysApply": false }));
        for written in
            ["globs:\n  - **/*.py\n  - \"a: b\"\ndescription:\n", "globs: [\"**/*.py\", 'a: b']\ndescription: \n"]
        {
            let json = read(&quoted(written)).expect("it is YAML now").to_json();
            assert_eq!(json, serde_json::json!({ "globs": ["**/*.py", "a: b"], "description": null }), "{written}");
        }
    }
}
