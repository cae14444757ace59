//! A check by syntax.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Fault, Files, missing};
use crate::input::files::check as written;
use crate::input::files::check::{Imports, Language, Names, Threshold, Versions, Where, named_utilities};
use crate::input::vocabulary::Precision;

/// A rule of the syntax engine.
#[derive(Clone, Debug)]
pub struct Syntax {
    pub language: Language,
    pub precision: Precision,
    pub ast: Value,
    pub constraints: Option<Value>,
    /// Its own utility rules, and those of the knowledge base that it names.
    pub utils: Option<Value>,
    pub transform: Option<Value>,
    pub conditions: Option<Conditions>,
    pub fix: Option<Value>,
    pub files: Files,
}

/// `where`, with the values of figures in the place of their names.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    pub imports: Option<Imports>,
    pub binds: Option<BTreeMap<String, Names>>,
    pub at_least: Option<Bounds>,
    pub at_most: Option<Bounds>,
    /// The versions of Python for which the rule is worth saying.
    pub python: Option<String>,
}

/// By metavariable.
pub type Bounds = BTreeMap<String, Bound>;

/// A number that a condition compares with.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    Value(f64),
    /// Linking puts the value of a figure in the place of its name; this one nobody knows, which has been complained about.
    UnknownFigure(String),
}

impl Syntax {
    pub(super) fn new(ast: &Value, check: &written::Check) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        if check.language.is_none() {
            let languages = Language::ALL.map(Language::name).join(", ");
            let help = format!(
                "name it in its bad example, ```` ```python bad=ID ````, or add `language`, one of {languages}"
            );
            faults.push(missing("what the code is written in", help));
        }
        faults.extend(check.language.zip(check.r#where.as_ref()).into_iter().flat_map(foreign_conditions));
        let (Some(language), true) = (check.language, faults.is_empty()) else { return Err(faults) };
        Ok(Self {
            language,
            precision: check.precision.unwrap_or(Precision::Medium),
            ast: ast.clone(),
            constraints: check.constraints.clone(),
            utils: check.utils.clone(),
            transform: check.transform.clone(),
            conditions: check.r#where.as_ref().map(Conditions::new),
            fix: check.fix.clone(),
            files: Files::of(check),
        })
    }

    pub(super) fn written(&self, empty: written::Check) -> written::Check {
        written::Check {
            language: Some(self.language),
            precision: Some(self.precision),
            ast: Some(self.ast.clone()),
            constraints: self.constraints.clone(),
            utils: self.utils.clone(),
            transform: self.transform.clone(),
            r#where: self.conditions.as_ref().map(Conditions::written),
            fix: self.fix.clone(),
            files: self.files.only.clone(),
            ignores: self.files.ignores.clone(),
            ..empty
        }
    }

    /// The utility rules that it names, its own among them.
    pub fn named_utilities(&self) -> Vec<&str> {
        let parts = [Some(&self.ast), self.constraints.as_ref(), self.utils.as_ref()];
        parts.into_iter().flatten().flat_map(named_utilities).collect()
    }
}

/// Conditions that a language does not have.
fn foreign_conditions((language, conditions): (Language, &Where)) -> Vec<Fault> {
    let mut faults = Vec::new();
    let needs_names = conditions.imports.is_some() || conditions.binds.is_some();
    if needs_names && !language.has_names() {
        let help = "`imports` and `binds` know Python only; leave them out";
        faults.push(("where", "asks for names in a language that kbc knows only the syntax of".into(), help.into()));
    }
    let asks_for_python = conditions.version.as_ref().is_some_and(|version| version.python.is_some());
    if asks_for_python && language != Language::Python {
        let message = format!("is about {}, and asks for a version of Python", language.name());
        faults.push(("where", message, "leave `version` out".into()));
    }
    faults
}

impl Conditions {
    fn new(conditions: &Where) -> Self {
        let bounds = |thresholds: &BTreeMap<String, Threshold>| {
            let bound = |(variable, threshold): (&String, &Threshold)| (variable.clone(), Bound::new(threshold));
            thresholds.iter().map(bound).collect()
        };
        Self {
            imports: conditions.imports.clone(),
            binds: conditions.binds.clone(),
            at_least: conditions.at_least.as_ref().map(bounds),
            at_most: conditions.at_most.as_ref().map(bounds),
            python: conditions.version.as_ref().and_then(|version| version.python.clone()),
        }
    }

    fn written(&self) -> Where {
        let thresholds =
            |bounds: &Bounds| bounds.iter().map(|(variable, bound)| (variable.clone(), bound.written())).collect();
        Where {
            imports: self.imports.clone(),
            binds: self.binds.clone(),
            at_least: self.at_least.as_ref().map(thresholds),
            at_most: self.at_most.as_ref().map(thresholds),
            version: self.python.clone().map(|python| Versions { python: Some(python) }),
        }
    }
}

impl Bound {
    fn new(threshold: &Threshold) -> Self {
        match threshold {
            Threshold::Number(number) => Self::Value(*number),
            Threshold::Figure(name) => Self::UnknownFigure(name.clone()),
        }
    }

    fn written(&self) -> Threshold {
        match self {
            Self::Value(number) => Threshold::Number(*number),
            Self::UnknownFigure(name) => Threshold::Figure(name.clone()),
        }
    }

    /// The number; what is not known bounds nothing, and no match has it.
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Value(number) => Some(*number),
            Self::UnknownFigure(_) => None,
        }
    }
}
