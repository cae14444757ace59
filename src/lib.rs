//! kbc compiles a knowledge base: papers and measurements in, a rulebook that fits a prompt and
//! checks that a machine can run out, and one gate that fails when they drift apart.
//!
//! A function from text to text: the compiler asks questions, and a [`World`](input::world::World) answers them. Each module
//! here is a wing; it imports only from the wings below it. ARCHITECTURE.md has their order; `tests/all/layers.rs` holds it.

pub mod agents;
pub mod cli;
pub mod commands;
pub mod compile;
pub mod diag;
pub mod evidence;
pub mod host;
pub mod input;
pub mod model;
pub mod print;
pub mod review;
pub mod serve;
pub mod text;
