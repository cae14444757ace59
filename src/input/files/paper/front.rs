//! The front matter of a paper, as typed by the schema.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::diag::Sink;
use crate::input::files::check::Check;
use crate::input::files::exception::Exception;
use crate::input::formats::yaml::Document;
use crate::input::schema::{self, Format};
use crate::input::vocabulary::{Metadata, Priority, RuleId, Status};

/// The front matter of a paper.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// What the paper is called; without it, the file name without `.md`.
    #[schemars(regex(pattern = r"^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub id: Option<String>,
    /// Without it, the first heading.
    #[schemars(length(min = 1), regex(pattern = r"^[^\r\n]*$"))]
    pub title: Option<String>,
    #[serde(default)]
    pub kind: PaperKind,
    #[serde(default)]
    pub status: Status,
    /// What its rules are worth unless they say otherwise.
    #[serde(default)]
    pub priority: Priority,
    /// Words to select rules by; its rules have them as well.
    #[serde(default)]
    #[schemars(inner(regex(pattern = r"^[^\r\n]*$")))]
    pub tags: Vec<String>,
    /// Day by which somebody reads it again, YYYY-MM-DD.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub reread_by: Option<String>,
    /// The paper that replaces this one, if it is superseded.
    pub superseded_by: Option<String>,
    /// What kbc would report of this paper, and why it may stay: numbers that the prose asserts on its own authority
    /// (`code: unsourced-number`), benchmarks from which no rule follows (`unused-benchmark`).
    #[serde(default)]
    pub allow: Vec<Exception>,
    /// For other tools; kbc does not read it.
    #[serde(default)]
    pub metadata: Metadata,
    /// What all its rules are about in the repository around.
    #[serde(default)]
    pub refs: References,
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// What a paper is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaperKind {
    /// Rules with the argument for each of them.
    #[default]
    Paper,
    /// Rules that nobody argues for yet. They need no section, no reason why they are not checked and no source for a number,
    /// and are taken as they are written: `{{` prints no figure.
    List,
}

/// What is governed in the repository around the knowledge base. Whatever is not there any more is an error.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct References {
    /// Paths and globs, relative to the folder of kbc.toml. `*` stays in a folder, `**` crosses them; a glob without `/` is
    /// about names in any folder.
    #[serde(default)]
    #[schemars(inner(length(min = 1)))]
    pub files: Vec<String>,
    /// Commands whose names the repository defines: `npm run build` (as well `pnpm`, `yarn`), `make test`, `just test`,
    /// `cargo xtask`, and console scripts of pyproject.toml. They are looked up, never run.
    #[serde(default)]
    #[schemars(inner(length(min = 1)))]
    pub commands: Vec<String>,
}

/// The format of a paper's front matter.
pub static FORMAT: Format = Format::of::<FrontMatter>("paper");

/// The front matter of a paper, each part by itself, so that a broken rule hides no other.
#[derive(Debug)]
pub struct DecodedFrontMatter {
    /// All but the rules; `None` if it does not fit its schema.
    pub front: Option<FrontMatter>,
    /// The rules that fit, with their index in the file.
    pub rules: Vec<(usize, Rule)>,
    /// The id of every rule, broken ones too.
    pub ids: Vec<String>,
}

/// Takes what fits the types, and complains about what does not.
pub fn decode(document: &Document, diags: &mut Sink) -> DecodedFrontMatter {
    let mut json = document.to_json();
    let fits = FORMAT.check(document, &json, diags);
    let rules = json.as_object_mut().and_then(|front| front.remove("rules")).unwrap_or_default();
    let Value::Array(rules) = rules else { return decode_parts(json, Vec::new(), fits.then_some(document), diags) };
    decode_parts(json, rules, fits.then_some(document), diags)
}

/// `fitting` is the document, if its schema has nothing against it.
fn decode_parts(front: Value, rules: Vec<Value>, fitting: Option<&Document>, diags: &mut Sink) -> DecodedFrontMatter {
    let mut faults = Vec::new();
    let ids = rules.iter().filter_map(|rule| rule["id"].as_str().map(str::to_owned)).collect();
    let front = serde_json::from_value(front).map_err(|fault| faults.push(fault)).ok();
    let decoded = rules.into_iter().enumerate().filter_map(|(index, rule)| match serde_json::from_value(rule) {
        Ok(rule) => Some((index, rule)),
        Err(fault) => {
            faults.push(fault);
            None
        }
    });
    let rules = decoded.collect();
    diags.extend(fitting.zip(faults.first()).map(|(document, fault)| schema::unusable(document, fault)));
    DecodedFrontMatter { front, rules, ids }
}

/// A rule: what an agent reads, why it may believe it, and how it is checked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: RuleId,
    /// The full wording, one line; `{{ figure }}` prints a figure.
    #[schemars(length(min = 1))]
    pub text: String,
    /// A tighter wording, for when tokens are short.
    #[schemars(length(min = 1))]
    pub short: Option<String>,
    /// Only where it differs from the paper's.
    pub priority: Option<Priority>,
    /// What it is worth against rules of the same priority: gain x frequency x how often it is got wrong.
    #[serde(default = "default_weight")]
    #[schemars(range(min = 1, max = 100))]
    pub weight: u32,
    /// Only where it differs from the paper's.
    pub status: Option<Status>,
    /// The rule that replaces this one, if it is superseded.
    pub superseded_by: Option<RuleId>,
    #[serde(default)]
    #[schemars(inner(regex(pattern = r"^[^\r\n]*$")))]
    pub tags: Vec<String>,
    /// The heading that argues for it, as an anchor: `#why-a-list-scans`; without it, the whole paper does.
    #[schemars(regex(pattern = r"^#.+"))]
    pub section: Option<String>,
    /// Where it was written down before: `AGENTS.md:12`.
    #[schemars(length(min = 1), regex(pattern = r"^[^\r\n]*$"))]
    pub source: Option<String>,
    /// The figures that bear it out, or give its scale, besides those that its wordings print.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// What it is about in the repository around, besides what its paper names.
    #[serde(default)]
    pub refs: References,
    /// How it is checked, by language or by kind.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// What kbc would report of this rule, and why it may stay: `code: unchecked-rule` says why there is no check.
    #[serde(default)]
    pub allow: Vec<Exception>,
    /// For other tools; kbc does not read it.
    #[serde(default)]
    pub metadata: Metadata,
}

fn default_weight() -> u32 {
    10
}
