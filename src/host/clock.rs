//! The clock, which is asked for the day and for nothing else.

use crate::text::day;

/// This day in UTC, YYYY-MM-DD. Only what expires asks for it, and takes a day from the command line instead.
pub fn today() -> String {
    #[expect(clippy::disallowed_methods, reason = "an exception expires by the calendar")]
    let now = std::time::SystemTime::now();
    day::of(now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}
