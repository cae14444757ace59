//! The front matter and the variables of templates.

use super::Refusal;

/// The text in the words of this format.
///
/// # Errors
/// If it cannot be told what a part of it means.
pub fn migrate(source: &str) -> Result<String, Refusal> {
    Ok(source.to_owned())
}
