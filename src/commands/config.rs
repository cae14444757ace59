//! `kbc config`: every setting of the knowledge base with its value, and where that comes from.

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::Value;

use super::built_outputs;
use super::exit::Exit;
use super::session::Session;
use crate::diag::UserError;
use crate::host::disk::Project;
use crate::input::files::config::{Config, SETTINGS};
use crate::text::source::{Sources, nearest};

/// Variables that stand for flags of commands, with the flag.
const VARIABLES: [(&str, &str); 4] =
    [("KBC_BASE", "--base"), ("KBC_COLOR", "--color"), ("KBC_THREADS", "--threads"), ("KBC_TODAY", "--today")];

/// A setting, its value, and where that comes from.
#[derive(Serialize)]
struct Setting {
    key: String,
    /// Null if nothing is set.
    value: Value,
    origin: Origin,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "from")]
enum Origin {
    Default,
    File {
        path: &'static str,
        line: usize,
    },
    /// A flag of this call.
    Flag {
        name: &'static str,
    },
    /// It holds for every command that has the flag.
    Variable {
        name: &'static str,
        flag: &'static str,
    },
}

/// Prints all settings, or those of a key or a table of them.
///
/// # Errors
/// If there is no knowledge base, or no setting of the name.
pub fn run(call: &Session, key: Option<&str>) -> Result<Exit> {
    let world = Project::at(&call.root()?);
    let (config, inputs) = built_outputs::settings(&world);
    let mut settings = of_file(&config, &inputs.sources);
    settings.extend(of_call(call));
    if let Some(key) = key {
        settings = chosen(settings, key)?;
    }
    let is_broken = !inputs.diags.is_empty();
    call.set("settings", &settings);
    call.answer(&settings.iter().map(line).collect::<String>())?;
    call.complain(&inputs.diags, &inputs.sources);
    Ok(if is_broken { Exit::Unusable } else { Exit::Clean })
}

/// The settings of kbc.toml, in the order of its format.
fn of_file(config: &Config, sources: &Sources) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut effective = serde_json::to_value(config).expect("settings are texts, numbers, lists and tables");
    // What follows from other settings where it is not set itself.
    for (key, value) in [("out", config.output_folder()), ("rulebook", config.rulebook()), ("rules", config.rules())] {
        effective["paths"][key] = value.into();
    }
    leaves(&effective, &mut Vec::new(), &mut |path, value| {
        let pointer: String =
            path.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect();
        let span = config.places.set_at(&pointer);
        let origin = span.map_or(Origin::Default, |span| {
            let (line, _) = sources.get(span.source).position(span.start);
            Origin::File { path: SETTINGS, line }
        });
        settings.push(Setting { key: Config::key(path), value: value.clone(), origin });
    });
    settings
}

/// Every value that is no table, and every empty table.
fn leaves<'a>(value: &'a Value, path: &mut Vec<&'a str>, visit: &mut impl FnMut(&[&'a str], &'a Value)) {
    match value.as_object().filter(|table| !table.is_empty()) {
        None => visit(path, value),
        Some(table) => {
            for (key, value) in table {
                path.push(key);
                leaves(value, path, visit);
                path.pop();
            }
        }
    }
}

/// The variables that are set, and the flag of this call.
fn of_call(call: &Session) -> Vec<Setting> {
    let from = call.from.display().to_string();
    let mut settings = Vec::new();
    let variable = |name: &str| call.console.variable(name).filter(|text| !text.is_empty());
    for (name, flag) in VARIABLES {
        let value = variable(name);
        let is_given = name == "KBC_BASE" && from != "." && value.as_ref() != Some(&from);
        let (value, origin) = match value {
            _ if is_given => (from.clone().into(), Origin::Flag { name: flag }),
            Some(value) => (value.into(), Origin::Variable { name, flag }),
            None => (Value::Null, Origin::Default),
        };
        settings.push(Setting { key: flag.to_owned(), value, origin });
    }
    settings
}

fn chosen(settings: Vec<Setting>, key: &str) -> Result<Vec<Setting>> {
    let is_below = |known: &str| known.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let keys: Vec<String> = settings.iter().map(|setting| setting.key.clone()).collect();
    let found: Vec<Setting> = settings.into_iter().filter(|setting| is_below(&setting.key)).collect();
    if found.is_empty() {
        let help = match nearest(key, keys.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`kbc config` lists them, `kbc schema config` says what they mean".to_owned(),
        };
        bail!(UserError::new(format!("no setting is called `{key}`")).help(help));
    }
    Ok(found)
}

fn line(setting: &Setting) -> String {
    let Setting { key, value, origin } = setting;
    let said = if value.is_null() { format!("{key} is not set") } else { format!("{key} = {}", toml(value)) };
    let origin = match origin {
        Origin::Default => "default".to_owned(),
        Origin::File { path, line } => format!("{path}:{line}"),
        Origin::Flag { name } => format!("flag {name}"),
        Origin::Variable { name, .. } => format!("variable {name}"),
    };
    format!("{said}  # {origin}\n")
}

/// A value as TOML has it.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(table) if table.is_empty() => "{}".to_owned(),
        Value::Object(table) => {
            let set = table.iter().filter(|(_, value)| !value.is_null());
            let pair = |(key, value): (&String, &Value)| format!("{} = {}", Config::key(&[key]), toml(value));
            format!("{{ {} }}", set.map(pair).collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}
