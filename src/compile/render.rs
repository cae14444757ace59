//! Artifacts from model, plan and templates: the text of every output and where each line came from.

mod bounded;
mod growth;
pub mod rules;
pub mod template;
mod views;
