//! How many tokens a text costs, per encoding. The tokenizer takes a tenth of a second to load, so
//! it loads once, on first use, and [`preload`] lets that happen while files are read.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// How tokens are counted: exactly, or estimated from `o200k_base`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
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
        match self.percent() {
            Some(percent) => (Encoding::O200kBase.count(text) * percent).div_ceil(100),
            None if self == Encoding::Cl100kBase => tiktoken_rs::cl100k_base_singleton().count_ordinary(text),
            None => tiktoken_rs::o200k_base_singleton().count_ordinary(text),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if self.is_estimate() { f.write_str(" (approx.)") } else { Ok(()) }
    }
}

/// Loads the tokenizer that nearly every budget gates on.
pub fn preload() {
    tiktoken_rs::o200k_base_singleton();
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
