//! The settings of agent programs, with kbc's hooks put in. Nothing else in them changes, comments and spaces included.

use std::collections::BTreeSet;

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstObject, CstRootNode};
use serde_json::{Value, json};

use super::Kind;
use crate::text::tokens::Encoding;

/// An agent program with hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Claude,
    Codex,
}

impl Program {
    pub const ALL: [Self; 2] = [Self::Claude, Self::Codex];

    pub fn name(self) -> &'static str {
        match self {
            Self::Claude => "Claude Code",
            Self::Codex => "Codex",
        }
    }

    /// Where a project keeps its hooks.
    pub fn settings(self) -> &'static str {
        match self {
            Self::Claude => ".claude/settings.json",
            Self::Codex => ".codex/hooks.json",
        }
    }

    /// Why an agent does not get to see a context: beyond a length the program puts it into a file instead.
    pub fn hides(self, context: &str) -> Option<String> {
        let (length, most, unit) = match self {
            Self::Claude => (context.chars().count(), 10_000, "characters"),
            Self::Codex => (Encoding::O200kBase.count(context), 2_500, "tokens"),
        };
        let help = "give the role a smaller budget";
        (length > most).then(|| format!("{} shows at most {most} {unit} and this has {length}: {help}", self.name()))
    }

    /// What is put in for an event. Claude Code runs a program without a shell if it gets `args`.
    fn entry(self, kind: Kind) -> Value {
        let (matcher, timeout) = match (self, kind) {
            (_, Kind::SubagentStart) => ("*", 5),
            (Self::Claude, Kind::SessionStart) => ("startup|resume|clear|compact|fork", 5),
            (Self::Codex, Kind::SessionStart) => ("startup|resume|clear", 5),
            (Self::Claude, Kind::PostToolUse) => ("Edit|Write|MultiEdit", 10),
            (Self::Codex, Kind::PostToolUse) => ("apply_patch|Edit|Write", 10),
        };
        let command = match self {
            Self::Claude => {
                json!({ "type": "command", "command": "kbc", "args": ["hook", kind.name()], "timeout": timeout })
            }
            Self::Codex => {
                json!({ "type": "command", "command": format!("kbc hook {}", kind.name()), "timeout": timeout })
            }
        };
        json!({ "matcher": matcher, "hooks": [command] })
    }
}

/// The settings with those of kbc's hooks that they lack.
///
/// # Errors
/// If they are no JSON, or something else stands where hooks belong; says what and where.
pub fn with_hooks(text: &str, program: Program) -> Result<String, String> {
    let root = parse(text)?;
    let settings = match root.value() {
        None => root.object_value_or_set(),
        Some(_) => root.object_value().ok_or("the settings are no JSON object")?,
    };
    let present = settings.to_serde_value().unwrap_or_default();
    let hooks = object(&settings, "hooks")?;
    for kind in Kind::ALL.into_iter().filter(|kind| !has(&present, *kind)) {
        array(&hooks, kind.event())?.append(input(program.entry(kind)));
    }
    let text = root.to_string();
    Ok(if text.ends_with('\n') { text } else { text + "\n" })
}

/// Do settings call kbc at an event?
pub fn has(settings: &Value, kind: Kind) -> bool {
    let groups = settings["hooks"][kind.event()].as_array();
    let hooks = groups.into_iter().flatten().filter_map(|group| group["hooks"].as_array()).flatten();
    hooks.into_iter().any(|hook| calls_kbc(hook, &["hook", kind.name()]))
}

/// Does an entry call kbc, of any folder, with these words last? Its arguments stand beside the command or behind it.
pub fn calls_kbc(entry: &Value, last: &[&str]) -> bool {
    let args = entry["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let words: Vec<&str> = entry["command"].as_str().unwrap_or_default().split_whitespace().chain(args).collect();
    let program = words.first().map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path));
    program.is_some_and(|name| name.trim_end_matches(".exe") == "kbc") && words.ends_with(last)
}

/// Settings as values; comments and commas at ends are allowed, as the programs allow them.
///
/// # Errors
/// If they are no JSON; says what and where.
pub fn read(text: &str) -> Result<Value, String> {
    Ok(parse(text)?.to_serde_value().unwrap_or_default())
}

fn parse(text: &str) -> Result<CstRootNode, String> {
    if text.starts_with('\u{feff}') {
        return Err("it begins with a byte order mark, which is no JSON: save it as UTF-8 without one".to_owned());
    }
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let root = CstRootNode::parse(text, &options).map_err(|error| format!("this is no JSON: {error}"))?;
    let whole = root.object_value();
    let hooks = whole.as_ref().and_then(|whole| whole.object_value("hooks"));
    match whole.iter().chain(&hooks).find_map(doubled) {
        Some(key) => Err(format!("`{key}` stands in it twice, and of the two only the last is read: make one of them")),
        None => Ok(root),
    }
}

/// A key that an object has twice.
fn doubled(object: &CstObject) -> Option<String> {
    let mut seen = BTreeSet::new();
    let names = object.properties().into_iter().filter_map(|property| property.name()?.decoded_value().ok());
    names.into_iter().find(|name| !seen.insert(name.clone()))
}

fn object(of: &CstObject, key: &str) -> Result<CstObject, String> {
    of.object_value_or_create(key).ok_or_else(|| format!("`{key}` is no object, so no hook can be put into it"))
}

fn array(of: &CstObject, key: &str) -> Result<CstArray, String> {
    of.array_value_or_create(key).ok_or_else(|| format!("`hooks.{key}` is no list, so no hook can be put into it"))
}

fn input(value: Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(value),
        Value::Number(value) => CstInputValue::Number(value.to_string()),
        Value::String(value) => CstInputValue::String(value),
        Value::Array(items) => CstInputValue::Array(items.into_iter().map(input).collect()),
        Value::Object(entries) => {
            CstInputValue::Object(entries.into_iter().map(|(key, value)| (key, input(value))).collect())
        }
    }
}
