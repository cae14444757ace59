//! The utility rules that every check may name without anybody defining them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::diag::Sink;
use crate::input::files::check::Language;
use crate::input::formats::yaml;
use crate::model::check::Syntax;
use crate::text::source::Sources;

const PYTHON: &str = include_str!("python.yaml");

fn utilities(language: Language) -> &'static Map<String, Value> {
    static UTILITIES: OnceLock<BTreeMap<&str, Map<String, Value>>> = OnceLock::new();
    let utilities = UTILITIES.get_or_init(|| {
        let source = Sources::default().add("", "");
        let document = yaml::read(source, PYTHON, 0, &mut Sink::new()).expect("the utility rules are YAML");
        let Value::Object(python) = document.to_json() else { panic!("the utility rules are a mapping") };
        BTreeMap::from([(Language::Python.name(), python), ("", Map::new())])
    });
    utilities.get(language.name()).unwrap_or(&utilities[""])
}

/// The `utils` of a check: its own, and those of kbc that it names.
pub fn utils_of(syntax: &Syntax) -> Option<Value> {
    let known = utilities(syntax.language);
    let mut all = syntax.utils.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    for name in syntax.named_utilities() {
        if let Some(util) = known.get(name).filter(|_| !all.contains_key(name)) {
            all.insert(name.to_owned(), util.clone());
        }
    }
    (!all.is_empty()).then_some(Value::Object(all))
}

/// The names of those of kbc for a language.
pub fn names_for<'a>(language: Language) -> impl Iterator<Item = &'a str> {
    utilities(language).keys().map(String::as_str)
}

/// One of kbc's, by its name.
pub fn rule(language: Language, name: &str) -> Value {
    utilities(language)[name].clone()
}

/// A language that has one of this name, if kbc has it.
pub fn language_of(name: &str) -> Option<Language> {
    Language::ALL.into_iter().find(|language| utilities(*language).contains_key(name))
}
