//! A text as a tree. Python that the grammar does not read is repaired first, if it can be.

use std::ops::Range;

use ast_grep_core::AstGrep;
use ast_grep_core::tree_sitter::StrDoc;
use ast_grep_language::SupportLang;

use super::Match;
use crate::review::comment_runs;
use crate::review::python_repair::{self, Repaired};

/// Tokens of a file that is parsed: a tree takes hundreds of bytes for each.
pub const MOST_TOKENS: usize = 1_500_000;

/// A parsed file.
pub type Tree = AstGrep<StrDoc<SupportLang>>;

/// A tree, of a text or of what it is repaired to.
pub struct Parsed {
    pub tree: Tree,
    /// The first place that does not parse.
    pub broken: Option<Range<usize>>,
    /// Where the text of the tree differs from that of the file.
    repaired: Vec<Range<usize>>,
}

impl Parsed {
    /// `None`, if the parser would take too long.
    pub fn in_time(dialect: SupportLang, text: &str) -> Option<Self> {
        if dialect != SupportLang::Python {
            return Some(Self::of(dialect, text));
        }
        Some(Self::of(dialect, &comment_runs::parseable(text)?))
    }

    fn of(dialect: SupportLang, text: &str) -> Self {
        let tree = parse(dialect, text);
        let broken = broken(&tree);
        if dialect == SupportLang::Python
            && broken.is_some()
            && let Some(Repaired { text, ranges }) = python_repair::repaired(text)
        {
            let again = parse(dialect, &text);
            if self::broken(&again).is_none() {
                return Self { tree: again, broken: None, repaired: ranges };
            }
        }
        Self { tree, broken, repaired: Vec::new() }
    }

    /// A match without a rewrite that would lose what the repaired text does not have.
    pub fn restored(&self, mut found: Match, text: &str) -> Match {
        let is_repaired = |range: &Range<usize>| {
            let next = self.repaired.partition_point(|repaired| repaired.end <= range.start);
            self.repaired.get(next).is_some_and(|repaired| repaired.start < range.end)
        };
        debug_assert!(found.range.end <= text.len(), "a match lies in the text");
        if is_repaired(&found.range) || found.fix.as_ref().is_some_and(|edit| is_repaired(&edit.range)) {
            found.fix = None;
        }
        found
    }
}

/// Words, numbers and signs of a text, counted quickly: strings and comments count as what is in them.
pub fn tokens(text: &str) -> usize {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut before = b' ';
    let mut count = 0;
    for byte in text.bytes() {
        count += usize::from(!(byte.is_ascii_whitespace() || is_word(byte) && is_word(before)));
        before = byte;
    }
    count
}

/// Parses a text.
pub fn parse(dialect: SupportLang, text: &str) -> Tree {
    let document = StrDoc::try_new(text, dialect).expect("a text is parsed without limits of time");
    AstGrep::doc(document)
}

/// The first place of a tree that does not parse, if there is one.
pub fn broken(tree: &Tree) -> Option<Range<usize>> {
    let root = tree.root();
    if !root.get_inner_node().has_error() {
        return None;
    }
    let fault = root.dfs().find(|node| node.is_error() || node.is_missing());
    fault.map(|node| node.range()).or(Some(0..0))
}
