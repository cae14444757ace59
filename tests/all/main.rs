//! Every test that needs more than one module of the library, in one program: it is linked once, and its tests run side by
//! side. `cargo test --test all NAME::` runs those of one file.

mod kit;

mod cases;
mod codes;
mod compat;
mod corpus;
#[cfg(target_os = "linux")]
mod crash;
mod determinism;
mod distill;
// Those that the examples are written for have the grammar of Rust; a program without it has nothing to try.
#[cfg(feature = "rust")]
mod examples;
mod flags;
mod hidden;
mod hooks;
mod hostile;
#[cfg(unix)]
mod hostile_limits;
mod languages;
mod layers;
mod lock;
#[cfg(feature = "mcp")]
mod mcp;
mod measure;
mod memory;
mod mutations;
mod origins;
#[cfg(unix)]
mod products;
mod review;
mod schemas;
#[cfg(target_os = "linux")]
mod special_files;
mod tokens;
#[cfg(unix)]
mod trust;
mod world;
mod written_files;
mod yaml;
