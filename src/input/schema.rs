//! The JSON Schema of a format, generated from its Rust type, and what is said when a file breaks it: at its line and
//! column, with the allowed values or a "did you mean". Which formats there are is for the modules that have the types.

use std::sync::OnceLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::diag::{Code, Diagnostic, HOME, Sink};
use crate::input::formats::document::{Document, Syntax};
use crate::input::old_words;
use crate::text::source::{self, Span};

/// A format of kbc: the name of its schema, and the schema itself.
pub struct Format {
    pub name: &'static str,
    /// Do readers of the published schema pass over keys that they do not know?
    is_open: bool,
    generate: fn() -> Value,
    schema: OnceLock<Value>,
    text: OnceLock<String>,
    validator: OnceLock<Validator>,
}

fn generate<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}

/// The schema of a JSON document with the head that each of them begins with.
fn generate_report<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::default().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    let (head, required) = (&mut schema["properties"], ["kind", "version", "generator"]);
    head["kind"] = json!({ "type": "string", "description": "What the document is: `kbc.NAME`." });
    head["version"] = json!({ "type": "integer", "minimum": 1, "description": "The version of this format." });
    head["generator"] = json!({ "type": "string", "description": "The kbc that wrote the document." });
    let mut all: Vec<Value> = required.map(Value::from).to_vec();
    all.extend(schema["required"].as_array().cloned().unwrap_or_default());
    schema["required"] = all.into();
    schema
}

/// Allows further keys wherever a type knows its own. A mapping with a pattern for its keys keeps it.
fn open(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let is_mapping = fields.contains_key("patternProperties");
            for key in ["additionalProperties", "unevaluatedProperties"] {
                if !is_mapping && fields.get(key) == Some(&Value::Bool(false)) {
                    fields.remove(key);
                }
            }
            fields.values_mut().for_each(open);
        }
        Value::Array(items) => items.iter_mut().for_each(open),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Format {
    /// The format of what people write: a key that nobody knows is an error.
    pub const fn of<T: JsonSchema>(name: &'static str) -> Self {
        Self::made(name, false, generate::<T>)
    }

    /// The format of what kbc writes: a later version may add keys.
    pub const fn written<T: JsonSchema>(name: &'static str) -> Self {
        Self::made(name, true, generate::<T>)
    }

    /// The format of what a command prints with `--format json`. The type is what follows the head of the document.
    pub const fn report<T: JsonSchema>(name: &'static str) -> Self {
        Self::made(name, true, generate_report::<T>)
    }

    const fn made(name: &'static str, is_open: bool, generate: fn() -> Value) -> Self {
        Self { name, is_open, generate, schema: OnceLock::new(), text: OnceLock::new(), validator: OnceLock::new() }
    }

    fn schema(&self) -> &Value {
        self.schema.get_or_init(self.generate)
    }

    /// The schema as the text of a file.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| {
            let mut schema = serde_json::Map::new();
            schema.insert("$comment".into(), "Made by `kbc build` from the types of kbc.".into());
            schema.insert("$id".into(), format!("{HOME}/schema/1/{}.json", self.name).into());
            let mut published = self.schema().clone();
            if self.is_open {
                open(&mut published);
            }
            schema.extend(published.as_object().cloned().unwrap_or_default());
            serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n"
        })
    }

    fn validator(&self) -> &Validator {
        self.validator.get_or_init(|| compiled(self.schema()))
    }

    /// Does a document fit? Complains about all that does not.
    pub fn check(&self, document: &Document, json: &Value, diags: &mut Sink) -> bool {
        let fits = self.validator().is_valid(json);
        if !fits {
            complain_of_all(self.schema(), self.validator(), document, json, diags);
            diags.extend(old_words::first(self.name, document));
        }
        fits
    }

    /// A document as a value of a type that the format was made of; `None`, with complaints, if it does not fit.
    pub fn decode<T: DeserializeOwned>(&self, document: &Document, diags: &mut Sink) -> Option<T> {
        let json = document.to_json();
        let fits = self.check(document, &json, diags);
        match serde_json::from_value(json) {
            Ok(value) => Some(value),
            Err(fault) => {
                if fits {
                    diags.push(unusable(document, &fault));
                }
                None
            }
        }
    }

    /// What is wrong with something that kbc itself made.
    pub fn faults(&self, made: &Value) -> Vec<String> {
        let errors = self.validator().iter_errors(made);
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
    }
}

/// A fault that the type has and its schema has not: without a word about it, the value would be lost.
pub fn unusable(document: &Document, fault: &serde_json::Error) -> Diagnostic {
    let message = format!("the file fits its schema, but cannot be used: {fault}");
    let help = "a number may be out of range; write it plainly";
    Diagnostic::new(Code::WrongType, document.span(""), message).help(help)
}

/// Takes the keys out of a value that its type does not know, on every level where the type is closed.
pub fn keep_known<T: JsonSchema>(value: &mut Value) {
    let schema = generate::<T>();
    keep_known_by(&schema, &schema, value);
}

fn keep_known_by(whole: &Value, schema: &Value, value: &mut Value) {
    let target = schema["$ref"].as_str().and_then(|reference| whole.pointer(reference.trim_start_matches('#')));
    let schema = target.unwrap_or(schema);
    // Of several forms nobody knows which one is meant; one that may be absent has a branch for nothing beside its own.
    let branches: Vec<&Value> = schema["anyOf"].as_array().into_iter().flatten().collect();
    let mut meant = branches.into_iter().filter(|branch| branch["type"] != "null");
    if let (Some(branch), None) = (meant.next(), meant.next()) {
        keep_known_by(whole, branch, value);
    }
    let (Some(known), Some(fields)) = (schema["properties"].as_object(), value.as_object_mut()) else { return };
    if schema["additionalProperties"] == Value::Bool(false) {
        fields.retain(|key, _| known.contains_key(key));
    }
    for (key, value) in fields {
        known.get(key).into_iter().for_each(|schema| keep_known_by(whole, schema, value));
    }
}

/// A schema of somebody else's, to hold documents against.
pub struct ForeignSchema {
    schema: Value,
    validator: Validator,
}

impl ForeignSchema {
    pub fn new(schema: Value) -> Self {
        Self { validator: compiled(&schema), schema }
    }

    /// Complains about all of a document that does not fit.
    pub fn check(&self, document: &Document, json: &Value, diags: &mut Sink) {
        complain_of_all(&self.schema, &self.validator, document, json, diags);
    }

    /// The keys that the document may have.
    pub fn keys(&self) -> Vec<&str> {
        self.schema["properties"].as_object().into_iter().flat_map(serde_json::Map::keys).map(String::as_str).collect()
    }
}

fn compiled(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).expect("a schema of kbc or of its tables is valid")
}

fn complain_of_all(schema: &Value, validator: &Validator, document: &Document, json: &Value, diags: &mut Sink) {
    validator.iter_errors(json).for_each(|error| complain(schema, &error, document, json, diags));
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
                (None, None) => diags.push(wrong_type(document, &name, written, at, &wanted(context))),
            }
        }
        ValidationErrorKind::Type { kind } => diags.push(wrong_type(document, &name, written, at, &types(kind))),
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
                    .help(match document.syntax() {
                        Syntax::Yaml => format!("add `{key}: ...`"),
                        Syntax::Toml => format!("add `{key} = ...`"),
                    }),
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

fn wrong_type(document: &Document, name: &str, written: &Value, at: Span, wanted: &str) -> Diagnostic {
    let is_scalar = !written.is_object() && !written.is_array();
    // What YAML calls a mapping is a table in TOML.
    let word = |text: &str| match document.syntax() {
        Syntax::Yaml => text.to_owned(),
        Syntax::Toml => text.replace("a mapping", "a table"),
    };
    let (wanted, kind) = (word(wanted), word(kind_of(written)));
    let help = if wanted == "text" && is_scalar { "put it in quotes".to_owned() } else { format!("write {wanted}") };
    Diagnostic::new(Code::WrongType, at, format!("{name} must be {wanted}, not {kind}")).help(help)
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
    let text =
        value.as_str().map_or_else(|| value.to_string(), str::to_owned).replace('\n', "\\n").replace('\r', "\\r");
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

fn form_of(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Pattern { pattern } => match pattern.as_str() {
            r"^\d{4}-\d{2}-\d{2}$" => "write a day as YYYY-MM-DD".into(),
            pattern if pattern.starts_with(r"^U\+") => {
                "write a code point in capital hexadecimal digits, as messages do: `U+200B`".into()
            }
            r"^\d+(\.\d+)*$" => "write a version: `3.11`".into(),
            r"^#.+" => "write the anchor of a heading: `#why-a-list-scans`".into(),
            pattern if pattern.starts_with("^[A-Z]") => {
                "write capital letters and digits, at most 12 in a group: `RTY1`".into()
            }
            r"^[^\r\n]+$" | r"^[^\r\n]*$" => "write one line".into(),
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
