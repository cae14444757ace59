//! The utils that every check may name without defining them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::check::{Check, Language};
use crate::source::Sources;
use crate::yaml;

const PYTHON: &str = include_str!("python.yaml");

fn utils(language: Language) -> &'static Map<String, Value> {
    static UTILS: OnceLock<BTreeMap<&str, Map<String, Value>>> = OnceLock::new();
    let utils = UTILS.get_or_init(|| {
        let source = Sources::default().add("", "");
        let document = yaml::read(source, PYTHON, 0, &mut Vec::new()).expect("the utils are YAML");
        let Value::Object(python) = document.to_json() else { panic!("the utils are a mapping") };
        BTreeMap::from([(Language::Python.name(), python), ("", Map::new())])
    });
    utils.get(language.name()).unwrap_or(&utils[""])
}

/// The utils of a check: its own, and those of kbc that it names.
pub fn utils_of(check: &Check) -> Option<Value> {
    let known = check.language.map(utils);
    let mut all = check.utils.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    let mut named = Vec::new();
    let parts = [&check.ast, &check.constraints, &check.utils];
    parts.into_iter().flatten().for_each(|part| names(part, &mut named));
    for name in named {
        if let Some(util) = known.and_then(|known| known.get(name)).filter(|_| !all.contains_key(name)) {
            all.insert(name.to_owned(), util.clone());
        }
    }
    (!all.is_empty()).then_some(Value::Object(all))
}

/// The utils that a check may name: its own and those of kbc.
pub fn known(check: &Check) -> Vec<&str> {
    let own = check.utils.as_ref().and_then(Value::as_object).into_iter().flat_map(|utils| utils.keys());
    own.chain(check.language.iter().flat_map(|language| utils(*language).keys())).map(String::as_str).collect()
}

/// The names of those of kbc for a language.
pub fn names_for(language: Language) -> impl Iterator<Item = &'static str> {
    utils(language).keys().map(String::as_str)
}

/// A language that has a util of this name, if kbc has it.
pub fn language_of(name: &str) -> Option<Language> {
    Language::ALL.into_iter().find(|language| utils(*language).contains_key(name))
}

/// Every name that stands under a `matches`.
fn names<'a>(rule: &'a Value, found: &mut Vec<&'a str>) {
    match rule {
        Value::Object(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value) {
                    ("matches", Value::String(name)) => found.push(name),
                    ("matches", Value::Object(calls)) => found.extend(calls.keys().map(String::as_str)),
                    _ => {}
                }
                names(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}
