//! A selection of rules, as templates and roles write it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::vocabulary::{Priority, RuleId, Status};
use crate::text::glob::Globs;
use crate::text::source::Span;

/// A selection of rules. `papers`, `tags` and `rules` name rules, and what one of them names is in; without any of the three,
/// every rule is. The others narrow that: a rule must satisfy each of them.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Select {
    /// Ids of papers.
    pub papers: Option<Vec<String>>,
    /// Tags of rules. A role may name tags of papers that are not written yet.
    pub tags: Option<Vec<String>>,
    pub rules: Option<Vec<RuleId>>,
    pub priorities: Option<Vec<Priority>>,
    /// Globs of the files of papers.
    #[schemars(with = "Option<Vec<String>>")]
    pub files: Option<Files>,
    /// Roles of kbc.toml; a rule is taken if one of them carries it. Templates only.
    pub roles: Option<Vec<String>>,
    /// Templates take active rules unless they say otherwise.
    pub status: Option<Status>,
}

impl Select {
    /// Does it say nothing?
    pub fn is_empty(&self) -> bool {
        let Self { papers, tags, rules, priorities, files, roles, status } = self;
        let lists = [papers, tags, roles];
        let others = [rules.is_none(), priorities.is_none(), files.is_none(), status.is_none()];
        lists.iter().all(|list| list.is_none()) && others == [true; 4]
    }
}

/// Globs of files, made ready once. Those that cannot be read match nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Vec<String>")]
pub struct Files {
    written: Vec<String>,
    globs: Result<Globs, String>,
}

impl From<Vec<String>> for Files {
    fn from(globs: Vec<String>) -> Self {
        Self { globs: Globs::new(&globs), written: globs }
    }
}

impl Serialize for Files {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}

impl Files {
    pub fn is_match(&self, path: &str) -> bool {
        self.globs.as_ref().is_ok_and(|globs| globs.is_match(path))
    }

    /// Complains if one cannot be read.
    pub fn examine(&self, at: Span, diags: &mut Sink) {
        if let Err(fault) = &self.globs {
            let help = "`*` stays in a folder, `**` crosses them";
            diags.push(Diagnostic::new(Code::InvalidValue, at, fault.as_str()).help(help));
        }
    }
}
