//! How files are written, whatever they say: YAML with places, front matter, and a block between markers.

pub mod front_matter;
pub mod head;
pub mod managed_block;
pub mod markdown;
pub mod notebook;
pub mod yaml;
