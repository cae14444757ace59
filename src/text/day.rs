//! Days of the calendar, written YYYY-MM-DD.

/// Is this a day of the calendar, written YYYY-MM-DD? Such days are in the order of their texts.
pub fn is_day(text: &str) -> bool {
    let is_shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let numbers: Vec<u32> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    let [year, month, day] = numbers.as_slice() else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    is_shaped && (1..=days).contains(day)
}

/// The day of a moment, in seconds since 1970 began, in UTC.
pub fn of(seconds: u64) -> String {
    // Days to civil date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leap_years_have_a_day_more() {
        for (day, is_one) in [("2028-02-29", true), ("2027-02-29", false), ("2000-02-29", true), ("1900-02-29", false)]
        {
            assert_eq!(is_day(day), is_one, "{day}");
        }
        assert!(!is_day("2027-6-01") && !is_day("2027-00-01") && !is_day("2027-04-31") && !is_day("someday"));
    }

    #[test]
    fn a_moment_is_in_its_day() {
        for (seconds, day) in [(0, "1970-01-01"), (951_782_399, "2000-02-28"), (951_782_400, "2000-02-29")] {
            assert_eq!(of(seconds), day);
        }
        assert!((0..30_000).all(|day| is_day(&of(day * 86_400 + 86_399))));
    }
}
