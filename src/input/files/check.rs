//! The check of a rule: what is looked for, in what, and what is said where it is found. Validated as
//! data here; nothing of it runs.

mod ast;
mod metric;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::ast::{AstRule, named_utilities};
pub use self::metric::{Limit, Metric, Statistic};
use crate::diag::Severity;
use crate::input::vocabulary::{Metadata, Precision};

/// One way in which a rule is checked: by exactly one of `ast`, `regex`, `metric`, or by `judge` with `ast`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What the code is written in, for `ast`; without it, the language of the rule's bad example.
    pub language: Option<Language>,
    /// How bad a finding is; without it, a warning. `"off"`: the check is proven on its examples, but not run on code.
    pub severity: Option<Level>,
    /// How often a finding is right: `high`, nearly always; `medium`, mostly (the default); `low`, a place to look at. A limit
    /// (`metric`) is right whatever it says here.
    pub precision: Option<Precision>,
    /// What is said at a finding: lower case, no full stop. Metavariables are filled in. Without it, the short wording.
    #[schemars(length(min = 1), regex(pattern = r"^[^\r\n]*$"))]
    pub message: Option<String>,
    /// An ast-grep rule object.
    #[schemars(with = "Option<AstRule>")]
    pub ast: Option<Value>,
    /// A regular expression over the text of the files that `files` names; its groups fill `$1` and
    /// `$NAME` in the message.
    #[schemars(length(min = 1))]
    pub regex: Option<String>,
    /// A limit on what was measured.
    pub metric: Option<Metric>,
    /// A question for a reviewer; `ast` finds the places that it is about.
    pub judge: Option<Judge>,
    /// What a metavariable must be besides, by its name without `$`.
    #[schemars(with = "Option<BTreeMap<String, AstRule>>")]
    pub constraints: Option<Value>,
    /// Rules that `matches` can name, besides those of `utils/` and, for Python, `in-loop`, `in-async` and `at-module-level`.
    #[schemars(with = "Option<BTreeMap<String, AstRule>>")]
    pub utils: Option<Value>,
    /// Metavariables made from others, as ast-grep's `transform`.
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    pub transform: Option<Value>,
    /// What syntax alone cannot say.
    pub r#where: Option<Where>,
    /// A rewrite that is always right: code with metavariables, or ast-grep's fix object.
    #[schemars(with = "Option<ast::Fix>")]
    pub fix: Option<Value>,
    /// Globs of the files that it is about: `**/settings.py`. Without `/` a glob is about names in any folder.
    #[schemars(length(min = 1))]
    pub files: Option<Vec<String>>,
    /// Globs of files that it is not about.
    #[schemars(length(min = 1))]
    pub ignores: Option<Vec<String>>,
    /// For other tools; kbc does not read it.
    #[serde(default, skip_serializing)]
    pub metadata: Metadata,
}

impl Check {
    /// The utility rules that it names, its own among them.
    pub fn named_utilities(&self) -> Vec<&str> {
        let parts = [&self.ast, &self.constraints, &self.utils];
        parts.into_iter().flatten().flat_map(named_utilities).collect()
    }
}

/// How bad a finding is, or that there is to be none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    #[default]
    Warning,
    Info,
    Hint,
    /// The check is not run on code.
    Off,
}

impl Level {
    pub fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
            Severity::Info => Level::Info,
            Severity::Hint => Level::Hint,
        }
    }

    /// `None` if there is to be no finding.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Level::Error => Some(Severity::Error),
            Level::Warning => Some(Severity::Warning),
            Level::Info => Some(Severity::Info),
            Level::Hint => Some(Severity::Hint),
            Level::Off => None,
        }
    }
}

/// A question that a person or a model answers.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// Answered with yes or no by someone who sees the code.
    #[schemars(length(min = 8))]
    pub question: String,
    /// The answer that keeps the rule; examples that are good get it, bad ones the other.
    pub expected: Answer,
}

/// What a question is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    Yes,
    No,
}

impl Answer {
    pub fn name(self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::No => "no",
        }
    }
}

/// Conditions on a match that need names, scopes and numbers. All of them hold, or there is no finding.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// What a name resolves to, through imports and aliases: `json.dumps` for any name in the match, or by
    /// metavariable. `builtins.list` is the builtin where nothing hides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imports: Option<Imports>,
    /// What a metavariable is bound to in its scope, on every way: a builtin type (`list`), or what is called
    /// to make it (`sqlite3.connect`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binds: Option<BTreeMap<String, Names>>,
    /// The least number: of nodes under `$$$VAR`, of items of a literal, or the value of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<BTreeMap<String, Threshold>>,
    /// The greatest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<BTreeMap<String, Threshold>>,
    /// The versions for which the rule is worth saying, by language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Versions>,
}

/// Versions by language, held against the lowest one that the reviewed code supports.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// `>=3.8,<3.11`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^ *(>=|<=|==|!=|>|<) *\d+(\.\d+)* *(, *(>=|<=|==|!=|>|<) *\d+(\.\d+)* *)*$"))]
    pub python: Option<String>,
}

/// What names resolve to.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Imports {
    /// Some name in the match.
    Anywhere(Names),
    /// The name under a metavariable.
    Of(BTreeMap<String, Names>),
}

/// One name or any of several.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    One(String),
    Any(Vec<String>),
}

impl Names {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let names = match self {
            Names::One(name) => std::slice::from_ref(name),
            Names::Any(names) => names,
        };
        names.iter().map(String::as_str)
    }
}

/// A number, or the figure whose value it is.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Threshold {
    Number(f64),
    Figure(String),
}

/// Languages whose code a check can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Python,
    Rust,
    JavaScript,
    TypeScript,
    Go,
    Java,
}

impl Language {
    pub const ALL: [Language; 6] =
        [Language::Python, Language::Rust, Language::JavaScript, Language::TypeScript, Language::Go, Language::Java];

    pub fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::Rust => "rust",
            Language::JavaScript => "javascript",
            Language::TypeScript => "typescript",
            Language::Go => "go",
            Language::Java => "java",
        }
    }

    /// Are its imports and bindings resolved? Of the others only the syntax is known.
    pub fn has_names(self) -> bool {
        self == Language::Python
    }

    /// The language that a block of code names.
    pub fn of_fence(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name || language.aliases().contains(&name))
    }

    /// Other names that blocks give to it.
    fn aliases(self) -> &'static [&'static str] {
        match self {
            Language::Python => &["py", "python3"],
            Language::Rust => &["rs"],
            Language::JavaScript => &["js", "jsx"],
            Language::TypeScript => &["ts", "tsx"],
            Language::Go => &["golang"],
            Language::Java => &[],
        }
    }

    /// Globs of its files, for the tools of others.
    pub fn globs(self) -> &'static [&'static str] {
        match self {
            Language::Python => &["**/*.py"],
            Language::Rust => &["**/*.rs"],
            Language::JavaScript => &["**/*.js", "**/*.jsx", "**/*.mjs"],
            Language::TypeScript => &["**/*.ts", "**/*.tsx"],
            Language::Go => &["**/*.go"],
            Language::Java => &["**/*.java"],
        }
    }
}
