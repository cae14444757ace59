//! The clock, which is asked for the day and for nothing else.

use anyhow::{Result, bail};

use crate::diag::UserError;
use crate::text::day;

/// The day that was named, or else this one, YYYY-MM-DD, in UTC.
///
/// # Errors
/// If it is none of the calendar.
pub fn day_or_today(named: Option<&str>) -> Result<String> {
    match named {
        Some(named) if day::is_day(named) => Ok(named.to_owned()),
        Some(named) => bail!(UserError::new(format!("`{named}` is no day")).help("write it as YYYY-MM-DD")),
        None => Ok(today()),
    }
}

/// Only what expires asks for it, and takes a day from the command line instead.
fn today() -> String {
    #[expect(clippy::disallowed_methods, reason = "a waiver expires by the calendar")]
    let now = std::time::SystemTime::now();
    day::of(now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}
