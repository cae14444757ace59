//! The programs of measurements: the blocks of a paper that `kbc measure` runs.

use std::collections::BTreeMap;

use crate::text::source::{SourceId, Span};

/// How a measurement is taken: the blocks of a paper that `kbc measure` runs.
#[derive(Clone, Debug)]
pub struct Program {
    /// The heading that its first block stands under.
    pub about: String,
    pub paper: SourceId,
    /// What runs before every case.
    pub setup: Vec<Block>,
    pub cases: BTreeMap<String, ProgramCase>,
}

impl Program {
    /// All its blocks.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.setup.iter().chain(self.cases.values().map(|case| &case.block))
    }
}

/// What is measured of a case, and how.
#[derive(Clone, Debug)]
pub struct ProgramCase {
    pub by: By,
    pub block: Block,
}

/// A block of code.
#[derive(Clone, Debug)]
pub struct Block {
    pub text: String,
    /// The line that opens it.
    pub span: Span,
    /// Where its text stands.
    pub body: Span,
}

/// What is measured of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// How long one run takes.
    Time,
    /// The most memory that one run holds at a time.
    Peak,
    /// The deep size of its last value.
    Size,
    /// How long it takes in a fresh interpreter.
    Import,
}

impl By {
    pub const ALL: [By; 4] = [By::Time, By::Peak, By::Size, By::Import];

    /// As it is written behind `by=`.
    pub fn name(self) -> &'static str {
        match self {
            By::Time => "time",
            By::Peak => "peak",
            By::Size => "size",
            By::Import => "import",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }

    /// The unit that it is recorded in.
    pub fn unit(self) -> &'static str {
        match self {
            By::Time | By::Import => "ns",
            By::Peak | By::Size => "bytes",
        }
    }
}
