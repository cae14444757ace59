//! A number with its unit and nothing else: `82 %`, `3MB`, `1,386 ns`.

use crate::text::quantity::Unit;

/// A number with its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    pub value: f64,
    /// None: there is no word. A word that is no unit that kbc knows is a unit of its own.
    pub unit: Option<Unit>,
}

impl Amount {
    /// Reads a text that is a number, or a number and one word.
    pub fn of(text: &str) -> Option<Amount> {
        let text = text.trim();
        let (number, word) = text.split_at(number_length(text));
        let value: f64 = number.replace([',', '_'], "").replace('−', "-").parse().ok()?;
        let word = word.trim_start().trim_end_matches('.');
        let is_word = !word.chars().any(|c| c.is_whitespace() || c.is_ascii_digit() || ",;:()[]-+".contains(c));
        is_word.then(|| Amount { value, unit: (!word.is_empty()).then(|| Unit::new(word)) })
    }

    /// Reads a text that is a number and a unit that kbc may know; `3.11`, `3 retries of 5` and `v2` are none.
    pub fn with_unit(text: &str) -> Option<Amount> {
        Amount::of(text).filter(|amount| amount.unit.is_some())
    }
}

/// Bytes of the number that a text begins with.
fn number_length(text: &str) -> usize {
    let sign = text.chars().next().filter(|c| "+-−".contains(*c)).map_or(0, char::len_utf8);
    let digits = |text: &str| text.bytes().take_while(|byte| byte.is_ascii_digit() || b",._".contains(byte)).count();
    let length = sign + digits(&text[sign..]);
    let Some(power) = text[length..].strip_prefix(['e', 'E']) else { return length };
    let unsigned = power.strip_prefix(['+', '-']).unwrap_or(power);
    match unsigned.bytes().take_while(u8::is_ascii_digit).count() {
        0 => length,
        places => text.len() - unsigned.len() + places,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_and_at_most_one_word() {
        let of = |text: &str| Amount::of(text).map(|amount| (amount.value, amount.unit.map(|unit| unit.to_string())));
        let some = |value: f64, unit: &str| Some((value, Some(unit.to_owned())));
        assert_eq!(of("82 %"), some(82.0, "%"));
        assert_eq!(of("3MB"), some(3.0, "MB"));
        assert_eq!(of("3\u{a0}MB"), some(3.0, "MB"));
        assert_eq!(of(" 1,386 ns "), some(1386.0, "ns"));
        assert_eq!(of("2 TB"), some(2.0, "TB"));
        assert_eq!(of("1.5e-3 s"), some(0.0015, "s"));
        assert_eq!(of("-5 s"), some(-5.0, "s"));
        assert_eq!(of(".25"), Some((0.25, None)));
        assert_eq!(of("1e999 MB").map(|(value, _)| value), Some(f64::INFINITY));
        let none = ["v2", "utf-8", "3.11.7", "2026-01-02", "10 of 12", "3 MB/4 MB", "x 3 MB", "", "12:30", "1.2.3 s"];
        for text in none {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
