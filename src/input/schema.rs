//! The JSON Schemas of every format, generated from the Rust types, and what is said when a file
//! breaks one: at its line and column, with the allowed values or a "did you mean".

pub mod tools;

use std::sync::OnceLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::compile::render;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config;
use crate::input::files::data;
use crate::input::files::paper;
use crate::input::files::template;
use crate::input::files::utility;
use crate::input::formats::yaml::Document;
use crate::text::source;
use crate::text::source::Span;

/// A format of kbc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Paper,
    Benchmarks,
    Template,
    Utility,
    Rules,
    Config,
}

impl Format {
    pub const ALL: [Format; 6] =
        [Format::Paper, Format::Benchmarks, Format::Template, Format::Utility, Format::Rules, Format::Config];

    pub fn name(self) -> &'static str {
        match self {
            Format::Paper => "paper",
            Format::Benchmarks => "benchmarks",
            Format::Template => "template",
            Format::Utility => "utility",
            Format::Rules => "rules",
            Format::Config => "config",
        }
    }

    fn generate(self) -> Value {
        let schema = match self {
            Format::Paper => schemars::schema_for!(paper::FrontMatter),
            Format::Benchmarks => schemars::schema_for!(data::Data),
            Format::Template => schemars::schema_for!(template::FrontMatter),
            Format::Utility => schemars::schema_for!(utility::Utility),
            Format::Rules => schemars::schema_for!(render::rules::Rules),
            Format::Config => schemars::schema_for!(config::Config),
        };
        schema.to_value()
    }

    /// The schema as the text of a file.
    pub fn text(self) -> &'static str {
        static TEXTS: [OnceLock<String>; 6] = [const { OnceLock::new() }; 6];
        TEXTS[self as usize].get_or_init(|| self.write())
    }

    fn write(self) -> String {
        let mut schema = serde_json::Map::new();
        schema.insert("$comment".into(), "Made by `kbc build` from the types of kbc.".into());
        schema.extend(self.generate().as_object().cloned().unwrap_or_default());
        let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
        text + "\n"
    }

    /// Is a value one of the type that the schema was generated from?
    fn decode(self, value: Value) -> Result<(), serde_json::Error> {
        match self {
            Format::Paper => serde_json::from_value::<paper::FrontMatter>(value).map(drop),
            Format::Benchmarks => serde_json::from_value::<data::Data>(value).map(drop),
            Format::Template => serde_json::from_value::<template::FrontMatter>(value).map(drop),
            Format::Utility => serde_json::from_value::<utility::Utility>(value).map(drop),
            Format::Config => serde_json::from_value::<config::Config>(value).map(drop),
            Format::Rules => Ok(()),
        }
    }

    fn validator(self) -> &'static Validator {
        static VALIDATORS: [OnceLock<Validator>; 6] = [const { OnceLock::new() }; 6];
        VALIDATORS[self as usize]
            .get_or_init(|| jsonschema::validator_for(&self.generate()).expect("a generated schema is valid"))
    }
}

/// Holds a document against a schema and says all that is wrong with it.
pub fn check(format: Format, document: &Document, diags: &mut Sink) {
    let json = document.to_json();
    let validator = format.validator();
    if validator.is_valid(&json) {
        // What fits the schema and not the type behind it would be lost without a word.
        if let Err(fault) = format.decode(json) {
            let message = format!("the file fits its schema, but cannot be used: {fault}");
            let help = "a number may be out of range; write it plainly";
            diags.push(Diagnostic::new(Code::WrongType, document.span(""), message).help(help));
        }
        return;
    }
    let schema = format.generate();
    for error in validator.iter_errors(&json) {
        complain(&schema, &error, document, &json, diags);
    }
}

/// What is wrong with something that kbc itself made.
pub fn faults(format: Format, made: &Value) -> Vec<String> {
    let errors = format.validator().iter_errors(made);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn complain(schema: &Value, error: &ValidationError, document: &Document, json: &Value, diags: &mut Sink) {
    let pointer = error.instance_path().to_string();
    let name = name_of(&pointer, json);
    let at = document.span(&pointer);
    let written = error.instance();
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            match (constants(context), likeliest(context, &pointer)) {
                (Some(allowed), _) => diags.push(not_allowed(&name, written, at, &allowed)),
                (None, Some(branch)) => branch.iter().for_each(|error| complain(schema, error, document, json, diags)),
                (None, None) => diags.push(wrong_type(&name, written, at, &wanted(context))),
            }
        }
        ValidationErrorKind::Type { kind } => diags.push(wrong_type(&name, written, at, &types(kind))),
        ValidationErrorKind::Enum { options } => {
            let allowed: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            diags.push(not_allowed(&name, written, at, &allowed));
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = siblings(schema, error);
            let owner = if pointer.is_empty() { String::new() } else { format!(" in {name}") };
            diags.extend(unexpected.iter().map(|key| {
                Diagnostic::new(
                    Code::UnknownKey,
                    document.member_span(&pointer, key),
                    format!("unknown key `{key}`{owner}"),
                )
                .help_nearest(key, known.iter().map(String::as_str))
            }));
        }
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            let message = format!("{name} has no `{key}`");
            diags.push(
                Diagnostic::new(Code::MissingKey, document.key_span(&pointer), message)
                    .label(format!("`{key}` is missing"))
                    .help(format!("add `{key}: ...`")),
            );
        }
        ValidationErrorKind::PropertyNames { error: inner } => {
            let key = shown(inner.instance());
            let message = format!("`{key}` cannot be a key of {name}");
            let at = document.member_span(&pointer, &key);
            diags.push(Diagnostic::new(Code::InvalidValue, at, message).help(form_of(inner.kind())));
        }
        kind => {
            let message = format!("{name} cannot be `{}`", shown(written));
            diags.push(Diagnostic::new(Code::InvalidValue, at, message).help(form_of(kind)));
        }
    }
}

fn wrong_type(name: &str, written: &Value, at: Span, wanted: &str) -> Diagnostic {
    let is_scalar = !written.is_object() && !written.is_array();
    let help = if wanted == "text" && is_scalar { "put it in quotes".to_owned() } else { format!("write {wanted}") };
    Diagnostic::new(Code::WrongType, at, format!("{name} must be {wanted}, not {}", kind_of(written))).help(help)
}

/// The types that the branches of an "any of" ask for.
fn wanted(context: &[Vec<ValidationError<'static>>]) -> String {
    let kinds = context.iter().flatten().filter_map(|error| match error.kind() {
        ValidationErrorKind::Type { kind } => Some(types(kind)),
        _ => None,
    });
    kinds.filter(|kind| kind != "nothing").collect::<Vec<_>>().join(" or ")
}

/// The words of an enum that is written as one branch a word, each with its description.
fn constants<'a>(context: &'a [Vec<ValidationError<'static>>]) -> Option<Vec<&'a str>> {
    let mut words = Vec::new();
    for branch in context {
        let [error] = branch.as_slice() else { return None };
        match error.kind() {
            ValidationErrorKind::Constant { expected_value } => words.push(expected_value.as_str()?),
            ValidationErrorKind::Enum { options } => words.extend(options.as_array()?.iter().filter_map(Value::as_str)),
            _ => return None,
        }
    }
    Some(words)
}

fn not_allowed(name: &str, written: &Value, at: Span, allowed: &[&str]) -> Diagnostic {
    let written = shown(written);
    let list: Vec<String> = allowed.iter().map(|word| format!("`{word}`")).collect();
    let diagnostic = Diagnostic::new(Code::InvalidValue, at, format!("{name} cannot be `{written}`"))
        .label(format!("must be one of {}", list.join(", ")));
    match source::nearest(&written, allowed.iter().copied()) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic.help("write one of them"),
    }
}

/// The branch of an "any of" that its author most likely meant: the one that fits in type and whose
/// faults lie deepest.
fn likeliest<'a>(
    context: &'a [Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<&'a [ValidationError<'static>]> {
    let fits = |branch: &&Vec<ValidationError>| {
        let wrong_here = |error: &ValidationError| {
            matches!(error.kind(), ValidationErrorKind::Type { .. }) && error.instance_path().as_str() == pointer
        };
        !branch.is_empty() && !branch.iter().any(wrong_here)
    };
    let depth = |branch: &&Vec<ValidationError>| branch.iter().map(|error| error.instance_path().as_str().len()).max();
    context.iter().filter(fits).max_by_key(depth).map(Vec::as_slice)
}

/// The keys that the object of an "additional properties" error may have.
fn siblings(schema: &Value, error: &ValidationError) -> Vec<String> {
    let path = error.schema_path().as_str().trim_end_matches("/additionalProperties");
    let found = schema.pointer(path).and_then(|object| object["properties"].as_object());
    found.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

/// `/rules/0/check/severity` as people say it: `severity` of rule 1's check.
fn name_of(pointer: &str, json: &Value) -> String {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let is_index = |step: &&&str| step.bytes().all(|b| b.is_ascii_digit());
    match steps.as_slice() {
        [] => "the file".into(),
        ["rules", index] if json["rules"][index.parse().unwrap_or(0)]["id"].is_string() => {
            format!("rule `{}`", json["rules"][index.parse().unwrap_or(0)]["id"].as_str().unwrap_or_default())
        }
        [.., list, index] if is_index(&index) => {
            let number = index.parse::<usize>().map_or(0, |index| index + 1);
            format!("item {number} of `{list}`")
        }
        [.., last] => format!("`{last}`"),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

fn types(kind: &TypeKind) -> String {
    let name = |kind: &str| match kind {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a mapping",
        _ => "nothing",
    };
    let names: Vec<&str> = match kind {
        TypeKind::Single(kind) => vec![name(&kind.to_string())],
        TypeKind::Multiple(kinds) => {
            kinds.iter().map(|kind| name(&kind.to_string())).filter(|name| *name != "nothing").collect()
        }
    };
    names.join(" or ")
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

fn form_of(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Pattern { pattern } => match pattern.as_str() {
            r"^\d{4}-\d{2}-\d{2}$" => "write a day as YYYY-MM-DD".into(),
            r"^#.+" => "write the anchor of a heading: `#why-a-list-scans`".into(),
            pattern if pattern.starts_with("^[A-Z]") => {
                "write capital letters and digits, at most 12 in a group: `RTY1`".into()
            }
            r"^[^\r\n]+$" => "write one line".into(),
            pattern if pattern.contains("_-") => "write letters, digits, hyphens and underscores".into(),
            pattern if pattern.contains('_') => "write lower-case letters, digits and underscores".into(),
            _ => "write lower-case words joined by hyphens".into(),
        },
        ValidationErrorKind::Minimum { limit } => format!("write {limit} or more"),
        ValidationErrorKind::Maximum { limit } => format!("write {limit} or less"),
        ValidationErrorKind::MaxLength { limit } => format!("write at most {limit} characters"),
        ValidationErrorKind::MinLength { .. }
        | ValidationErrorKind::MinItems { .. }
        | ValidationErrorKind::MinProperties { .. } => "write at least one".into(),
        ValidationErrorKind::MaxItems { limit } => format!("write at most {limit} of them"),
        other => format!("it breaks the schema's `{}`", other.keyword()),
    }
}
