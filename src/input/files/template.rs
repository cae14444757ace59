//! A template as written: an output with its path, its budget, the rules it takes, and its text.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diag::Sink;
use crate::input::files::select::Select;
use crate::input::formats::front_matter::{self, FrontMatterBlock};
use crate::input::formats::yaml::Document;
use crate::input::schema::Format;
use crate::text::source::SourceId;
use crate::text::tokens::Budget;

/// A template split into front matter and body.
#[derive(Debug)]
pub struct Template {
    pub source: SourceId,
    /// The file name, by which other templates include it.
    pub name: String,
    pub document: Document,
    /// Its front matter, if it is what the format says.
    pub front: Option<FrontMatter>,
    /// Byte offset of the body.
    pub body: usize,
    /// Does it print figures by themselves?
    pub has_evidence: bool,
}

/// The format of a template's front matter.
pub static FORMAT: Format = Format::of::<FrontMatter>("template");

/// Splits a template; `None` if it has no usable front matter.
pub fn read(source: SourceId, name: &str, text: &str, diags: &mut Sink) -> Option<Template> {
    let FrontMatterBlock { document, body } = front_matter::read(source, text, diags)?;
    let has_evidence = text[body..].contains("evidence[") || text[body..].contains("in evidence");
    let front = FORMAT.decode(&document, diags);
    Some(Template { source, name: name.to_owned(), document, front, body, has_evidence })
}

/// The front matter of a template.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// The file that it makes, relative to the project; with `each`, `{role}` or `{paper}` stands in it.
    #[schemars(length(min = 1))]
    pub output: String,
    /// Whose file is it?
    #[serde(default)]
    pub mode: Mode,
    /// One output for each of these; without it, one.
    pub each: Option<Each>,
    /// What the output may cost; without one, every selected rule is in, in its full wording.
    pub budget: Option<Budget>,
    /// Which rules it takes; the default is every active one.
    #[serde(default)]
    pub select: Select,
}

/// Whose file an output is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// kbc's, from its first byte to its last.
    #[default]
    File,
    /// Somebody else's, in which kbc keeps a block between marks.
    Splice,
}

/// What a template makes one output each of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Each {
    /// A role of kbc.toml, with the rules that it carries.
    Role,
    /// A paper of which a rule is selected, with its rules.
    Paper,
}

impl Each {
    pub const ALL: [Each; 2] = [Each::Role, Each::Paper];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Each::Role => "role",
            Each::Paper => "paper",
        }
    }

    /// What stands for its name in an output path.
    pub fn place(self) -> &'static str {
        match self {
            Each::Role => "{role}",
            Each::Paper => "{paper}",
        }
    }
}
