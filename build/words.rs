//! The characters that GitHub keeps in the anchor of a heading, as a Rust expression: letters, marks, decimal digits and
//! what joins words (`_`), each a range.

use regex_syntax::hir::{Class, HirKind};

use crate::{Files, Result};

pub fn files() -> Result<Files> {
    let hir = regex_syntax::parse(r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]")?;
    let HirKind::Class(Class::Unicode(set)) = hir.kind() else {
        return Err("a class is a set of characters".into());
    };
    let range = |start: char, end: char| format!("('{}', '{}'),", start.escape_unicode(), end.escape_unicode());
    let ranges: String = set.iter().map(|set| range(set.start(), set.end())).collect();
    Ok(vec![("words.rs".into(), format!("[{ranges}]").into_bytes())])
}
