//! Outputs held against what the tools that read them accept: those skip a file with a fault, or cut it, without a word.
//! What they accept is data, in tools.yaml.

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::complain;
use crate::compile::artifact::Artifact;
use crate::diag::{Code, Diagnostic, Place, Sink};
use crate::input::formats::front_matter;
use crate::input::formats::yaml::{self, Document};
use crate::input::vocabulary::Severity;
use crate::text::glob::Globs;
use crate::text::source::{Sources, Span};

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
        let document = read(include_str!("tools.yaml")).expect("the table is YAML");
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

/// Complains about an output that the tools which read it would skip or cut. The rulebook is known by its path.
pub fn check(artifact: &Artifact, rulebook: &str, sources: &Sources, diags: &mut Sink) {
    let reads = |tool: &&Tool| {
        let glob = tool.reads.replace("{rulebook}", rulebook);
        glob == artifact.path
            || (glob.contains('*') && Globs::new(&[glob]).is_ok_and(|globs| globs.is_match(&artifact.path)))
    };
    for tool in tools().iter().filter(reads) {
        let held = Held { tool, artifact, sources };
        held.front(diags);
        diags.extend(tool.most.iter().filter_map(|limit| held.limit(limit)));
    }
}

/// An output beside a tool that reads it.
struct Held<'a> {
    tool: &'a Tool,
    artifact: &'a Artifact,
    sources: &'a Sources,
}

impl Held<'_> {
    fn front(&self, diags: &mut Sink) {
        let Some(front) = &self.tool.front else { return };
        let schema = self.schema(front);
        let range = front_matter::range(&self.artifact.text).unwrap_or(0..0);
        let text = &self.artifact.text[range];
        let written = match self.tool.syntax {
            Syntax::Yaml if text.trim().is_empty() => read("{}"),
            Syntax::Yaml => read(text),
            Syntax::Lines => read(&quoted(text)),
        };
        let found = match written {
            Err(faults) => faults,
            Ok(document) => {
                let json = document.to_json();
                let validator = jsonschema::validator_for(&schema).expect("the schemas of the table are valid");
                let mut found = Sink::new();
                validator.iter_errors(&json).for_each(|error| complain(&schema, &error, &document, &json, &mut found));
                found
            }
        };
        let keys: Vec<&str> =
            schema["properties"].as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
        diags.extend(found.into_iter().map(|fault| self.told(fault, text, &keys)));
    }

    fn schema(&self, front: &Value) -> Value {
        let mut schema = front.clone();
        schema["type"] = "object".into();
        let folder = self.artifact.path.rsplit('/').nth(1).unwrap_or_default();
        let words = schema.pointer_mut("/properties/name/enum").and_then(Value::as_array_mut);
        words
            .into_iter()
            .flatten()
            .for_each(|word| *word = word.as_str().unwrap_or_default().replace("{folder}", folder).into());
        schema
    }

    /// A fault in front matter as one of the template that wrote it.
    fn told(&self, fault: Diagnostic, front: &str, keys: &[&str]) -> Diagnostic {
        let line =
            fault.span().and_then(|span| front.get(..span.start)).map_or(0, |before| before.matches('\n').count());
        let key = front.lines().nth(line).and_then(|line| line.split_once(':')).map_or("", |(key, _)| key);
        let message = format!(
            "the front matter of `{}` is not what {} reads: {}",
            self.artifact.path, self.tool.tool, fault.message
        );
        let diagnostic = Diagnostic::new(Code::ToolFormat, self.place(key), message);
        let diagnostic = if fault.code == Code::UnknownKey {
            diagnostic.help_nearest(key.trim(), keys.iter().copied())
        } else {
            Diagnostic { label: fault.label, help: fault.help, ..diagnostic }
        };
        diagnostic.note(format!("{} {}", self.tool.tool, self.tool.skips))
    }

    /// Where the template writes a key, or else where it names the output.
    fn place(&self, key: &str) -> Place {
        let Some(maker) = self.artifact.maker else { return Place::File(self.artifact.path.clone()) };
        let template = self.artifact.origin(self.artifact.made_lines().start).map_or(maker, |origin| origin.span);
        let text = &self.sources.get(template.source).text[template.start..];
        let start = format!("{key}:");
        let written = text.split_inclusive('\n').scan(template.start, |at, line| {
            *at += line.len();
            Some((*at - line.len(), line.trim_end()))
        });
        let found = written.into_iter().find(|(_, line)| !key.is_empty() && line.starts_with(&start));
        found.map_or(maker, |(at, line)| Span::new(maker.source, at..at + line.len())).into()
    }

    fn limit(&self, limit: &Limit) -> Option<Diagnostic> {
        let text = match limit.of {
            Part::File => &self.artifact.text,
            Part::Body => self.artifact.body(),
        };
        let count = limit.unit.count(text);
        if count <= limit.limit {
            return None;
        }
        let (path, unit) = (&self.artifact.path, limit.unit.name());
        let message = format!("`{path}` has {count} {unit}, over {}'s limit of {}", self.tool.tool, limit.limit);
        let place = self.artifact.maker.map_or_else(|| Place::File(path.clone()), Place::Span);
        let help = match self.artifact.block {
            None => "give the template a lower `budget`, or select fewer rules",
            Some(_) => "shorten the file around the block, or give the template a lower `budget`",
        };
        let mut diagnostic =
            Diagnostic::new(Code::ToolLimit, place, message).note(format!("beyond that {}", limit.beyond)).help(help);
        diagnostic.severity = limit.severity.unwrap_or(diagnostic.severity);
        Some(diagnostic)
    }
}

/// `key: value` lines as YAML that says the same, line by line.
fn quoted(text: &str) -> String {
    let line = |line: &str| match line.split_once(':').map(|(key, value)| (key, value.trim())) {
        Some((key, value)) if !["true", "false"].contains(&value) => format!("{key}: {}\n", Value::from(value)),
        Some(_) | None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_used() {
        for tool in tools() {
            let schema = tool.front.clone().unwrap_or_default();
            assert!(tool.front.is_none() || jsonschema::validator_for(&schema).is_ok(), "{}", tool.reads);
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
    }
}
