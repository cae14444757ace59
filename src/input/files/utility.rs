//! A utility rule as written in `utils/*.yml`: a part of a syntax rule that checks name with `matches`, in the form of the global
//! utility rules of ast-grep.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::input::files::check::{AstRule, Language};
use crate::input::formats::yaml::Document;

/// A part of a syntax rule, for all checks of its language to name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Utility {
    /// The name that stands under `matches`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    pub id: String,
    /// What the code is written in.
    pub language: Language,
    /// An ast-grep rule object. It may name other utility rules.
    #[schemars(with = "AstRule")]
    pub rule: Value,
}

/// What a file says, if it is what the format asks for.
pub fn decode(document: &Document) -> Option<Utility> {
    serde_json::from_value(document.to_json()).ok()
}
