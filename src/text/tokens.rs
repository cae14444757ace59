//! How many tokens a text costs, per encoding. No tokenizer is loaded: the tables of the encodings are in the binary, and are
//! read in place. A text is split into pieces (`split`), a piece is a token (`table`) or is merged from its bytes (`merge`).

use std::collections::HashMap;
use std::fmt;
use std::sync::RwLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod hash;
mod merge;
mod pieces;
mod split;
mod table;

/// How tokens are counted: exactly, or estimated from `o200k_base`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
pub enum Encoding {
    /// Exact: GPT-4o and later. What budgets gate on unless they say otherwise.
    #[default]
    #[serde(rename = "o200k_base")]
    O200kBase,
    /// Exact: GPT-4 and GPT-3.5.
    #[serde(rename = "cl100k_base")]
    Cl100kBase,
    /// Estimate for Claude models up to Opus 4.6: `o200k_base` x 1.18.
    #[serde(rename = "claude-opus-4.6")]
    Claude46,
    /// Estimate for Claude models from Opus 4.7: `o200k_base` x 1.53.
    #[serde(rename = "claude-opus-4.7")]
    Claude47,
}

impl Encoding {
    pub const ALL: [Encoding; 4] = [Encoding::O200kBase, Encoding::Cl100kBase, Encoding::Claude46, Encoding::Claude47];

    pub fn name(self) -> &'static str {
        match self {
            Encoding::O200kBase => "o200k_base",
            Encoding::Cl100kBase => "cl100k_base",
            Encoding::Claude46 => "claude-opus-4.6",
            Encoding::Claude47 => "claude-opus-4.7",
        }
    }

    pub fn is_estimate(self) -> bool {
        self.percent().is_some()
    }

    /// An estimate as per cent of the count in `o200k_base`.
    fn percent(self) -> Option<usize> {
        match self {
            Encoding::O200kBase | Encoding::Cl100kBase => None,
            Encoding::Claude46 => Some(118),
            Encoding::Claude47 => Some(153),
        }
    }

    /// The exact encoding underneath, and a limit in this encoding as a limit in that one.
    pub fn exact(self, limit: usize) -> (Encoding, usize) {
        match self.percent() {
            None => (self, limit),
            Some(percent) => (Encoding::O200kBase, limit.saturating_mul(100) / percent),
        }
    }

    /// The number of tokens of a text. Special tokens in it are counted as the plain text they are.
    pub fn count(self, text: &str) -> usize {
        self.scaled(match self {
            Encoding::Cl100kBase => pieces::cl100k_base(text),
            Encoding::O200kBase | Encoding::Claude46 | Encoding::Claude47 => pieces::o200k_base(text),
        })
    }

    /// What a count in the exact encoding underneath comes to in this one.
    fn scaled(self, tokens: usize) -> usize {
        self.percent().map_or(tokens, |percent| tokens.saturating_mul(percent).div_ceil(100))
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if self.is_estimate() { f.write_str(" (approx.)") } else { Ok(()) }
    }
}

/// The largest budget: as much as the largest contexts of models hold.
pub const MAX_BUDGET: usize = 1_000_000;

/// Bounds on the tokens of an output, counted over the rendered text that agents get.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Under this the output is reported as saying less than it should.
    #[serde(default)]
    pub min: usize,
    /// The output is never over this.
    #[schemars(range(max = MAX_BUDGET))]
    pub max: usize,
    /// How tokens are counted.
    #[serde(default)]
    pub encoding: Encoding,
}

/// Counts texts that share most of their lines, such as the drafts of one document. A text is cut at the ends of lines that no
/// token reaches over, so the counts of the parts add up, and each part is counted once.
pub struct Tally {
    encoding: Encoding,
    parts: RwLock<HashMap<Box<str>, usize>>,
}

impl Tally {
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, parts: RwLock::default() }
    }

    /// The number of tokens of a text, as [`Encoding::count`] gives it.
    pub fn count(&self, text: &str) -> usize {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1).filter(|at| is_cut(&text[*at..]));
        let mut from = 0;
        let parts = ends.chain([text.len()]).map(|end| &text[std::mem::replace(&mut from, end)..end]);
        self.encoding.scaled(parts.map(|part| self.part(part)).sum())
    }

    /// Of one part, in the exact encoding underneath.
    fn part(&self, part: &str) -> usize {
        let known = self.parts.read().expect("nobody panics while holding it").get(part).copied();
        known.unwrap_or_else(|| {
            let tokens = self.encoding.exact(0).0.count(part);
            self.parts.write().expect("nobody panics while holding it").insert(part.into(), tokens);
            tokens
        })
    }
}

/// No token reaches over the end of a line into a line that begins with neither white space nor a slash.
fn is_cut(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_whitespace() || c == '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_rounded_up_from_the_exact_count() {
        let text = "Membership tests use a set, not a list.";
        let exact = Encoding::O200kBase.count(text);
        assert_eq!(exact, 10);
        assert_eq!(Encoding::Claude46.count(text), 12);
        assert_eq!(Encoding::Claude47.count(text), 16);
    }

    #[test]
    fn special_tokens_are_plain_text() {
        assert!(Encoding::O200kBase.count("<|endoftext|>") > 1);
    }
}
