//! Artifacts from model, plan and templates: the text of every output and where each line came from.

pub mod allowance;
mod bounded;
mod guard;
mod meter;
pub mod rules;
pub mod template;
mod views;
