//! Any text, whatever it means: places in it, numbers with units, tokens, globs, hashes, and characters that readers do not
//! see or take for others.

pub mod day;
pub mod fingerprint;
pub mod glob;
pub mod hidden;
pub mod lookalike;
pub mod memo;
pub mod quantity;
pub mod quoted;
pub mod source;
pub mod tokens;
pub mod url;
