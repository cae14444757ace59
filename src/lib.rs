//! kbc compiles a knowledge base: papers and measurements in, a rulebook that fits a prompt and
//! evals that a machine can run out, and one gate that fails when they drift apart.
//!
//! A function from text to text with two thin edges: [`disk`] reads and writes, [`cli`] asks and
//! answers. ARCHITECTURE.md has the layers; `tests/layers.rs` holds them.

pub mod adopt;
pub mod artifact;
pub mod chat;
pub mod check;
pub mod cli;
pub mod commands;
pub mod compile;
pub mod config;
pub mod conflict;
pub mod coverage;
pub mod data;
pub mod diag;
pub mod disk;
pub mod distill;
pub mod drift;
pub mod finding;
pub mod fingerprint;
pub mod front_matter;
pub mod git;
pub mod glob;
pub mod hidden;
pub mod hook;
pub mod link;
pub mod lock;
pub mod lookalike;
pub mod machine;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod measure;
pub mod model;
pub mod paper;
pub mod print;
pub mod python;
pub mod quantity;
pub mod record;
pub mod render;
pub mod report;
pub mod results;
pub mod review;
pub mod roles;
pub mod schema;
pub mod screen;
pub mod sections;
pub mod source;
pub mod splice;
pub mod statistics;
pub mod suspect;
pub mod template;
pub mod terms;
pub mod tokens;
pub mod utility;
pub mod workflow;
pub mod yaml;
