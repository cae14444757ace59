//! A utility rule as written in `utils/*.yml`: a part of a syntax rule that checks name with `matches`, in the form of the global
//! utility rules of ast-grep.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::diag::Sink;
use crate::input::files::check::{AstRule, Language};
use crate::input::formats::yaml::{self, Document};
use crate::input::schema::Format;
use crate::text::source::SourceId;

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

/// The format of a utility rule.
pub static FORMAT: Format = Format::of::<Utility>("utility");

/// A file of `utils/`.
#[derive(Debug)]
pub struct ParsedUtility {
    pub document: Document,
    /// `None` if it is not what the format asks for.
    pub utility: Option<Utility>,
}

/// Reads a file; `None` if it is not YAML.
pub fn read(source: SourceId, text: &str, diags: &mut Sink) -> Option<ParsedUtility> {
    let document = yaml::read(source, text, 0, diags)?;
    let utility = FORMAT.decode(&document, diags);
    Some(ParsedUtility { document, utility })
}
