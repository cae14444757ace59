//! How files are written, whatever they say: YAML and TOML with places, front matter, and a block between markers.

pub mod document;
pub mod front_matter;
pub mod head;
pub mod managed_block;
pub mod markdown;
pub mod notebook;
pub mod toml_document;
pub mod yaml;
