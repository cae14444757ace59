//! Programs that stay: they answer one request after the other.

#[cfg(feature = "mcp")]
pub mod mcp;
