//! A template as written: an output with its path, its budget, the rules it takes, and its text.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diag::Diagnostic;
use crate::front_matter;
use crate::source::SourceId;
use crate::terms::{Priority, RuleId, Status};
use crate::tokens::Encoding;
use crate::yaml::Document;

/// A template split into front matter and body.
#[derive(Debug)]
pub struct Template {
    pub source: SourceId,
    /// The file name, by which other templates include it.
    pub name: String,
    pub document: Document,
    /// Byte offset of the body.
    pub body: usize,
}

/// Splits a template; `None` if it has no usable front matter.
pub fn read(source: SourceId, name: &str, text: &str, diags: &mut Vec<Diagnostic>) -> Option<Template> {
    let front = front_matter::read(source, text, diags)?;
    Some(Template { source, name: name.to_owned(), document: front.document, body: front.body })
}

/// The front matter of a template.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// The file that it makes, relative to the project.
    #[schemars(length(min = 1))]
    pub output: String,
    /// What the output may cost; without one, every selected rule is in, in its full wording.
    pub budget: Option<Budget>,
    /// Which rules it takes; the default is every active one.
    #[serde(default)]
    pub select: Select,
}

/// Bounds on the tokens of an output, counted over the rendered text.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Under this the output is reported as saying less than it should.
    #[serde(default)]
    pub min: usize,
    /// The output is never over this.
    pub max: usize,
    /// How tokens are counted.
    #[serde(default)]
    pub encoding: Encoding,
}

/// A selection of rules: those that satisfy every line of it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Select {
    #[serde(default)]
    pub status: Status,
    /// Ids of papers.
    pub domains: Option<Vec<String>>,
    /// A rule is taken if it has one of them.
    pub tags: Option<Vec<String>>,
    pub priorities: Option<Vec<Priority>>,
    pub rules: Option<Vec<RuleId>>,
}
