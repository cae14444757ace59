//! A check by the text of files.

use super::{Fault, Files, keys_for_syntax, missing};
use crate::input::files::check as written;
use crate::input::vocabulary::Precision;

/// A regular expression over the text of files.
#[derive(Clone, Debug)]
pub struct Expression {
    pub regex: String,
    pub precision: Precision,
    pub files: Files,
}

impl Expression {
    pub(super) fn new(regex: &str, check: &written::Check) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        if check.files.is_none() {
            faults.push(missing("which files it is about", "add `files: [\"*.toml\"]`"));
        }
        faults.extend(keys_for_syntax(check));
        let precision = check.precision.unwrap_or(Precision::Medium);
        let expression = Self { regex: regex.to_owned(), precision, files: Files::of(check) };
        if faults.is_empty() { Ok(expression) } else { Err(faults) }
    }

    pub(super) fn written(&self, empty: written::Check) -> written::Check {
        written::Check {
            regex: Some(self.regex.clone()),
            precision: Some(self.precision),
            files: self.files.only.clone(),
            ignores: self.files.ignores.clone(),
            ..empty
        }
    }
}
