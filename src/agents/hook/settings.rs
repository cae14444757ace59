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

/// Where a knowledge base lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    TopOfRepository,
    Elsewhere,
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

    /// What is put in for an event. It names the base by the folder of the project, since an agent may work in another one:
    /// Claude Code fills it in where it runs a program without a shell, as it does if it gets `args`; for Codex git knows it.
    fn entry(self, kind: Kind, place: Place) -> Value {
        let (matcher, timeout) = match (self, kind) {
            (_, Kind::SubagentStart) => ("*", 5),
            (Self::Claude, Kind::SessionStart) => ("startup|resume|clear|compact|fork", 5),
            (Self::Codex, Kind::SessionStart) => ("startup|resume|clear", 5),
            (Self::Claude, Kind::PostToolUse) => ("Edit|Write|MultiEdit|NotebookEdit", 10),
            (Self::Codex, Kind::PostToolUse) => ("apply_patch|Edit|Write", 10),
        };
        let command = match self {
            Self::Claude => {
                let args = ["hook", kind.name(), "--base", "${CLAUDE_PROJECT_DIR}"];
                json!({ "type": "command", "command": "kbc", "args": args, "timeout": timeout })
            }
            Self::Codex => {
                let base = match place {
                    Place::TopOfRepository => " --base \"$(git rev-parse --show-toplevel)\"",
                    Place::Elsewhere => "",
                };
                json!({ "type": "command", "command": format!("kbc hook {}{base}", kind.name()), "timeout": timeout })
            }
        };
        json!({ "matcher": matcher, "hooks": [command] })
    }
}

/// The settings with those of kbc's hooks that they lack.
///
/// # Errors
/// If they are no JSON, or something else stands where hooks belong; says what and where.
pub fn with_hooks(text: &str, program: Program, place: Place) -> Result<String, String> {
    let root = parse(text)?;
    let settings = match root.value() {
        None => root.object_value_or_set(),
        Some(_) => root.object_value().ok_or("the settings are no JSON object")?,
    };
    let present = settings.to_serde_value().unwrap_or_default();
    let hooks = object(&settings, "hooks")?;
    for kind in Kind::ALL.into_iter().filter(|kind| !has(&present, *kind)) {
        array(&hooks, kind.event())?.append(input(program.entry(kind, place)));
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

/// Does an entry call kbc with these words? It may be called by a path, through another program, with flags, and as one of
/// several commands of a line.
pub fn calls_kbc(entry: &Value, words: &[&str]) -> bool {
    let args = entry["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let line = entry["command"].as_str().into_iter().chain(args).collect::<Vec<_>>().join(" ");
    commands(&line).iter().any(|command| {
        let called = command.iter().position(|word| is_kbc(word));
        called.is_some_and(|at| command[at + 1..].windows(words.len()).any(|part| part == words))
    })
}

/// The commands of a line for a shell, as words without quotes. Where one ends and a file is named is all that is understood.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    for line in line.lines() {
        commands.push(Vec::new());
        let spaced: String = line.chars().flat_map(spaced).collect();
        for word in spaced.split_whitespace().take_while(|word| !word.starts_with('#')) {
            match (word, commands.last_mut()) {
                (SEPARATOR, _) | (_, None) => commands.push(Vec::new()),
                (word, Some(command)) => command.push(word.to_owned()),
            }
        }
    }
    commands
}

const SEPARATOR: &str = ";";

/// A character of a command, with spaces around what is a word of its own, and without quotation marks.
fn spaced(c: char) -> Vec<char> {
    match c {
        ';' | '&' | '|' | '(' | ')' => vec![' ', ';', ' '],
        '<' | '>' => vec![' ', c, ' '],
        '"' | '\'' | '`' => vec![' '],
        c => vec![c],
    }
}

/// Is a word the program, whatever its folder, ending or version (`kbc@latest`, `kbc==1.0`)?
fn is_kbc(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let name = name.split(['@', '=']).next().unwrap_or(name);
    let endings = [".exe", ".cmd", ".bat", ".ps1", ".sh"];
    endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name) == "kbc"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_seen_however_it_is_called() {
        for command in [
            "kbc hook session-start",
            "kbc hook session-start || true",
            "kbc hook session-start --base kb",
            "kbc hook session-start 2>/dev/null",
            "kbc hook session-start>>/tmp/log 2>&1",
            "cd \"$CLAUDE_PROJECT_DIR\" && kbc hook session-start",
            "cd kb; kbc -q -C 'my base' hook session-start;",
            "uvx kbc hook session-start",
            "uvx --from kbc==1.2 kbc hook session-start",
            "npx -y kbc@latest hook session-start",
            "env RUST_LOG=off kbc hook session-start",
            "KBC=1 /usr/local/bin/kbc hook session-start",
            "C:\\tools\\kbc.exe hook session-start",
            "sh -c 'command -v kbc >/dev/null && kbc hook session-start || exit 0'",
            "[ -x \"$(command -v kbc)\" ] && kbc hook session-start",
            "make prepare\nkbc hook session-start # as it starts",
            "python -m kbc hook session-start",
        ] {
            assert!(calls_kbc(&json!({ "command": command }), &["hook", "session-start"]), "{command}");
        }
        let exec = json!({ "command": "kbc", "args": ["hook", "session-start", "--base", "${CLAUDE_PROJECT_DIR}"] });
        assert!(calls_kbc(&exec, &["hook", "session-start"]));
        let shell = json!({ "command": "sh", "args": ["-c", "kbc hook session-start || true"] });
        assert!(calls_kbc(&shell, &["hook", "session-start"]));
        for command in [
            "kbc hook subagent-start",
            "kbc hook test session-start",
            "kbc; other hook session-start",
            "# kbc hook session-start",
            "mykbc hook session-start",
            "kbc hook session-start-late",
            "other hook session-start && kbc check",
        ] {
            assert!(!calls_kbc(&json!({ "command": command }), &["hook", "session-start"]), "{command}");
        }
    }
}
