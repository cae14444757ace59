//! Files as their authors wrote them, each part with its place. What they mean together is for `compile`.

pub mod files;
pub mod formats;
pub mod migrate;
mod old_words;
pub mod schema;
pub mod vocabulary;
pub mod world;
