//! A number with a unit: read as people write it, converted, compared at its own precision, printed.

mod claimed;
mod numbers;
mod units;

pub use claimed::{Bound, Comparison, comparison};
pub use numbers::{NumberInText, hides_digits, in_words};
pub use units::Unit;

/// `206x`, `69.5%`, `3.9 us`: a value with its unit, at `decimals` or else at a precision fit for reading.
pub fn print(value: f64, unit: &Unit, decimals: Option<u32>) -> String {
    let decimals = decimals.unwrap_or_else(|| readable_decimals(value)).min(MAX_DECIMALS);
    // Half is rounded away from zero, as people do it. What has no digits there is not rounded.
    let place = 10f64.powi(i32::try_from(decimals).expect("there are few"));
    let rounded = (value * place).round() / place;
    let value = if rounded.is_finite() { rounded } else { value };
    let decimals = decimals as usize;
    match unit.symbol() {
        symbol @ (Unit::TIMES | Unit::PERCENT) => format!("{value:.decimals$}{symbol}"),
        symbol => format!("{value:.decimals$} {symbol}"),
    }
}

/// "1 paper", "2 papers".
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// "4,812"
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|part| str::from_utf8(part).unwrap_or_default()).collect();
    parts.join(",")
}

/// "a, b and c"
pub fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Rounded to twelve significant digits: what is beyond them is the noise of binary fractions.
pub fn tidy(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// Digits after the point that are printed at most.
const MAX_DECIMALS: u32 = 12;

/// None from 10 up, one below, and below 1 as many as show two digits.
fn readable_decimals(value: f64) -> u32 {
    match value.abs() {
        size if size >= 10.0 || size == 0.0 || size.is_nan() => 0,
        size if size >= 1.0 => 1,
        size => (1.0 - size.log10().floor()).clamp(1.0, f64::from(MAX_DECIMALS)) as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_keeps_what_a_reader_needs() {
        assert_eq!(print(215.94, &Unit::new("x"), None), "216x");
        assert_eq!(print(8.575, &Unit::new("x"), None), "8.6x");
        assert_eq!(print(14.5, &Unit::new("s"), None), "15 s");
        assert_eq!(print(0.0312, &Unit::new("ms"), None), "0.031 ms");
        assert_eq!(print(69.45, &Unit::new("%"), Some(1)), "69.5%");
    }
}
