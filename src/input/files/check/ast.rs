//! The form of an ast-grep rule object, for the schema. The object itself goes to the engine as it is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// An ast-grep rule object, as <https://ast-grep.github.io/reference/rule.html> has it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "only its schema is used; the object itself is handed to the engine as it is")]
pub struct AstRule {
    /// Code with metavariables.
    pub pattern: Option<Pattern>,
    /// The kind of a syntax node.
    pub kind: Option<String>,
    /// A regular expression that the whole text of the node matches.
    pub regex: Option<String>,
    pub nth_child: Option<NthChild>,
    pub range: Option<CodeRange>,
    pub inside: Option<Box<Relation>>,
    pub has: Option<Box<Relation>>,
    pub precedes: Option<Box<Relation>>,
    pub follows: Option<Box<Relation>>,
    #[schemars(length(min = 1))]
    pub all: Option<Vec<AstRule>>,
    #[schemars(length(min = 1))]
    pub any: Option<Vec<AstRule>>,
    pub not: Option<Box<AstRule>>,
    /// The name of a util.
    pub matches: Option<Matches>,
}

/// A rule about a node near the one that matches: `stopBy` and `field` beside the keys of a rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "only its schema is used")]
pub struct Relation {
    /// How far to look: `neighbor` (the default), `end`, or up to a node that a rule matches.
    pub stop_by: Option<StopBy>,
    /// Only the child in this field.
    pub field: Option<String>,
    pub pattern: Option<Pattern>,
    pub kind: Option<String>,
    pub regex: Option<String>,
    pub nth_child: Option<NthChild>,
    pub range: Option<CodeRange>,
    pub inside: Option<Box<Relation>>,
    pub has: Option<Box<Relation>>,
    pub precedes: Option<Box<Relation>>,
    pub follows: Option<Box<Relation>>,
    #[schemars(length(min = 1))]
    pub all: Option<Vec<AstRule>>,
    #[schemars(length(min = 1))]
    pub any: Option<Vec<AstRule>>,
    pub not: Option<Box<AstRule>>,
    pub matches: Option<Matches>,
}

/// What a match is replaced with.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub enum Fix {
    Code(String),
    Config(Box<FixConfig>),
}

/// What a match is replaced with, and how far beyond the match that reaches.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "only its schema is used")]
pub struct FixConfig {
    pub template: String,
    pub expand_start: Option<Relation>,
    pub expand_end: Option<Relation>,
}

/// The name of a util, or a call of one that takes arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub enum Matches {
    Util(String),
    Session(BTreeMap<String, BTreeMap<String, AstRule>>),
}

/// Code with metavariables, or code with the part of it that is meant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub enum Pattern {
    Code(String),
    Part(PatternPart),
}

/// A pattern whose code needs more around it to parse.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
pub struct PatternPart {
    pub context: String,
    pub selector: Option<String>,
    pub strictness: Option<Strictness>,
}

/// How exactly a pattern is matched.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "only its schema is used")]
pub enum Strictness {
    Cst,
    Smart,
    Ast,
    Relaxed,
    Signature,
    Template,
}

/// How far a relation looks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub enum StopBy {
    Word(StopWord),
    Rule(Box<AstRule>),
}

/// The two words for how far a relation looks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "only its schema is used")]
pub enum StopWord {
    Neighbor,
    End,
}

/// Which child of its parent: a number, a formula such as `2n+1`, or an object.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub enum NthChild {
    Index(u32),
    Formula(String),
    Among(NthChildAmong),
}

/// Which child among those that a rule matches.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "only its schema is used")]
pub struct NthChildAmong {
    pub position: NthPosition,
    pub reverse: Option<bool>,
    pub of_rule: Option<Box<AstRule>>,
}

/// A number or a formula.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub enum NthPosition {
    Index(u32),
    Formula(String),
}

/// A range of a file, from 0.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
pub struct CodeRange {
    pub start: CodePosition,
    pub end: CodePosition,
}

/// A place in a file, from 0.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
pub struct CodePosition {
    pub line: u32,
    pub column: u32,
}

/// The utility rules that an ast-grep rule object, or an object of such, names with `matches`.
pub fn named_utilities(rule: &Value) -> Vec<&str> {
    let mut named = Vec::new();
    collect(rule, &mut named);
    named
}

fn collect<'a>(rule: &'a Value, named: &mut Vec<&'a str>) {
    match rule {
        Value::Object(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value) {
                    ("matches", Value::String(name)) => named.push(name),
                    ("matches", Value::Object(calls)) => named.extend(calls.keys().map(String::as_str)),
                    _ => {}
                }
                collect(value, named);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, named)),
        _ => {}
    }
}
