//! `kbc.toml` as written. Every setting has a default, so the file may be empty or absent.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diag::{Code, Diagnostic};
use crate::source::{SourceId, Span};

/// The settings of a knowledge base.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What the knowledge base is about; templates print it.
    pub name: String,
    /// The rulebook that `kbc inject` prints.
    pub rulebook: String,
    /// The file for the evals.
    pub rules: String,
    /// The folder for the JSON Schemas of kbc's formats, for editors; none are written without it.
    pub schema: Option<String>,
    /// How long papers should be.
    pub papers: Papers,
}

impl Config {
    /// The folder that belongs to kbc: the one of the evals. Empty if they lie in the root.
    pub fn output_folder(&self) -> &str {
        self.rules.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// How long papers should be.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Papers {
    /// Tokens (o200k_base) that a paper should have at least.
    pub min_tokens: usize,
    /// Tokens (o200k_base) that a paper should have at most.
    pub max_tokens: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: "Knowledge base".into(),
            rulebook: "out/RULEBOOK.md".into(),
            rules: "out/rules.yaml".into(),
            schema: None,
            papers: Papers::default(),
        }
    }
}

impl Default for Papers {
    fn default() -> Self {
        Self { min_tokens: 2000, max_tokens: 5000 }
    }
}

/// Reads `kbc.toml`; a fault is pushed and the defaults are used.
pub fn read(source: SourceId, text: &str, diags: &mut Vec<Diagnostic>) -> Config {
    let config = toml::from_str(text).unwrap_or_else(|error| {
        let span = Span::new(source, error.span().unwrap_or(0..0));
        diags.push(
            Diagnostic::new(Code::Config, span, format!("kbc.toml cannot be used: {}", error.message().trim()))
                .help("`kbc schema config` prints every setting with its meaning"),
        );
        // Nobody knows the bounds that were meant, so none are held.
        Config { papers: Papers { min_tokens: 0, max_tokens: usize::MAX }, ..Config::default() }
    });
    bounds(config, source, text, diags)
}

fn bounds(mut config: Config, source: SourceId, text: &str, diags: &mut Vec<Diagnostic>) -> Config {
    if config.papers.min_tokens > config.papers.max_tokens {
        let Papers { min_tokens, max_tokens } = config.papers;
        let message = format!("papers.min_tokens of {min_tokens} is above papers.max_tokens of {max_tokens}");
        diags.push(
            Diagnostic::new(Code::Config, place(source, text, "papers"), message)
                .help("no paper can have both; correct one"),
        );
        config.papers = Papers { min_tokens: 0, max_tokens: usize::MAX };
    }
    config
}

/// Where a top-level setting's value stands; the begin of the file if it is not set.
pub fn place(source: SourceId, text: &str, key: &str) -> Span {
    let table = toml::de::DeTable::parse(text).ok();
    let range = table.and_then(|table| Some(table.get_ref().get(key)?.span()));
    Span::new(source, range.unwrap_or(0..0))
}
