//! The class of every character, as two files: `classes.index` has the number of the block for each run of 128 characters,
//! `classes.blocks` the blocks, each once, with a byte for each character. The first block is ASCII.

use regex_syntax::hir::{Class, HirKind};

use crate::{Files, Result};

const BLOCK: usize = 128;

/// The classes that the patterns of the encodings tell apart, each a bit. The first that fits is the one. Keep in step with
/// `split::class`.
const CLASSES: [(u8, &str); 8] = [
    (1, r"[\r\n]"),
    (2, r"\s"),
    (4, r"[\p{Lu}\p{Lt}]"),
    (8, r"\p{Ll}"),
    (16, r"[\p{Lm}\p{Lo}]"),
    (32, r"\p{M}"),
    (64, r"\p{N}"),
    (128, r"[\s\S]"),
];

pub fn files() -> Result<Files> {
    let mut classes = vec![0; char::MAX as usize + 1];
    for (class, pattern) in CLASSES.iter().rev() {
        let hir = regex_syntax::parse(pattern)?;
        let HirKind::Class(Class::Unicode(set)) = hir.kind() else {
            return Err("a class is a set of characters".into());
        };
        for range in set.iter() {
            classes[range.start() as usize..=range.end() as usize].fill(*class);
        }
    }
    let (mut index, mut blocks) = (Vec::new(), Vec::new());
    for block in classes.chunks(BLOCK) {
        let known = blocks.iter().position(|known| *known == block);
        index.push(u8::try_from(known.unwrap_or(blocks.len()))?);
        if known.is_none() {
            blocks.push(block);
        }
    }
    Ok(vec![("classes.index".into(), index), ("classes.blocks".into(), blocks.concat())])
}
