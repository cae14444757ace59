//! Where the documentation of kbc is published. Every URL that kbc prints begins here, so this is the only line to change
//! with the host.

/// The home of the documentation, without a slash at its end. `.example` belongs to nobody, so that no link of a kbc that is
/// not published leads to a stranger.
pub const HOME: &str = "https://kbc.example";
