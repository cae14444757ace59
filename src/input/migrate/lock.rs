//! kbc.lock: entries whose pointers or values are written otherwise, and the version.

use super::{Refusal, config};

/// The text in the words of this format.
///
/// # Errors
/// If it cannot be told what a part of it means.
pub fn migrate(source: &str) -> Result<String, Refusal> {
    let mut made = String::with_capacity(source.len());
    let mut settings: Vec<&str> = Vec::new();
    for line in source.split_inclusive('\n').chain([""]) {
        if line.starts_with("  setting /") {
            settings.push(line);
            continue;
        }
        made.extend(config::settings(&settings));
        settings.clear();
        made.push_str(line);
    }
    Ok(made)
}
