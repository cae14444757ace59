//! A number with a unit: read as people write it, converted, compared at its own precision, printed.

use std::fmt;
use std::ops::Range;

/// A unit by its symbol. Times, sizes and rates convert within their kind; any other word
/// ("errors", "EUR") is a kind of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit(String);

/// Symbol, kind, size of one in the kind's base unit.
const UNITS: &[(&str, &str, f64)] = &[
    ("ns", "time", 1e-9),
    ("us", "time", 1e-6),
    ("µs", "time", 1e-6),
    ("μs", "time", 1e-6),
    ("ms", "time", 1e-3),
    ("s", "time", 1.0),
    ("min", "time", 60.0),
    ("bytes", "size", 1.0),
    ("byte", "size", 1.0),
    ("B", "size", 1.0),
    ("KB", "size", 1e3),
    ("kB", "size", 1e3),
    ("MB", "size", 1e6),
    ("GB", "size", 1e9),
    ("KiB", "size", 1024.0),
    ("MiB", "size", 1_048_576.0),
    ("GiB", "size", 1_073_741_824.0),
    ("req/s", "rate", 1.0),
    ("req/sec", "rate", 1.0),
    ("requests/s", "rate", 1.0),
    ("nanoseconds", "time", 1e-9),
    ("microseconds", "time", 1e-6),
    ("milliseconds", "time", 1e-3),
    ("seconds", "time", 1.0),
    ("minutes", "time", 60.0),
    ("x", "ratio", 1.0),
    ("times", "ratio", 1.0),
    ("%", "percent", 1.0),
    ("percent", "percent", 1.0),
];

/// Seconds that a run takes at least: less than one cycle of a processor.
const RESOLUTION: f64 = 1e-10;

impl Unit {
    pub const TIMES: &str = "x";
    pub const PERCENT: &str = "%";

    pub fn new(symbol: impl Into<String>) -> Self {
        Self(symbol.into())
    }

    /// The unit of a column, as its head says it: `ns`, `time (ns)`, `size in bytes` are one, `times` is none.
    pub fn of_column(head: &str) -> Option<Self> {
        let head = head.trim();
        let inner = head.strip_suffix(')').and_then(|head| head.rsplit_once('(')).map(|(_, unit)| unit);
        let named = inner.or_else(|| head.rsplit_once(" in ").map(|(_, unit)| unit)).unwrap_or(head).trim();
        UNITS.iter().any(|(symbol, ..)| *symbol == named && named != "times").then(|| Self::new(named))
    }

    pub fn symbol(&self) -> &str {
        &self.0
    }

    fn kind(&self) -> (&str, f64) {
        let known = UNITS.iter().find(|(symbol, ..)| *symbol == self.0);
        known.map_or((&self.0, 1.0), |(_, kind, scale)| (kind, *scale))
    }

    /// Why so much of this unit cannot have been measured: times, sizes and rates are above zero, and no clock
    /// tells a tenth of a nanosecond. Of other units (errors, EUR) nothing is known.
    pub fn implausible(&self, value: f64) -> Option<&'static str> {
        match self.kind() {
            ("time" | "size" | "rate", _) if value < 0.0 => Some("negative"),
            ("time" | "size" | "rate", _) if value == 0.0 => Some("zero"),
            ("time", scale) if value * scale < RESOLUTION => Some("below the resolution of any clock"),
            _ => None,
        }
    }

    /// What one of this unit is in `other`; `None` where the two do not convert.
    pub fn factor_to(&self, other: &Unit) -> Option<f64> {
        let ((kind, scale), (other_kind, other_scale)) = (self.kind(), other.kind());
        (kind == other_kind).then_some(scale / other_scale)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number as written in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberInText {
    pub value: f64,
    /// Digits after the decimal point.
    pub decimals: u32,
    /// Zeros that end a number without decimals: with "about" before it they are not significant.
    pub trailing_zeros: u32,
    pub unit: Option<Unit>,
    /// A word that changes the number and that kbc does not know: the `k` of 216k.
    pub unknown: Option<String>,
}

/// Words after a number that multiply it. A claim is written out instead.
const MAGNITUDES: [&str; 6] = ["hundred", "thousand", "million", "billion", "dozen", "k"];

impl NumberInText {
    /// Every number of a text: `1,386x`, `69.5 %`, `3.91 us`. A number inside a word (`utf8`) is none.
    pub fn all(text: &str) -> Vec<NumberInText> {
        Self::found(text).into_iter().map(|(_, number)| number).collect()
    }

    /// Every number of a text, with the bytes of it and its unit.
    pub fn found(text: &str) -> Vec<(Range<usize>, NumberInText)> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let inside_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
            if !bytes[at].is_ascii_digit() || inside_word {
                at += 1;
                continue;
            }
            let length = number_length(&text[at..]);
            let sign = text[..at].strip_suffix(['-', '−']);
            let negative = sign.is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric()));
            let after = &text[at + length..];
            let number = NumberInText::new(&text[at..at + length], negative, after);
            let unit = number.unit.as_ref().map_or(0, |unit| usize::from(after.starts_with(' ')) + unit.symbol().len());
            found.push((at..at + length + unit, number));
            at += length;
        }
        found
    }

    fn new(digits: &str, negative: bool, after: &str) -> Self {
        let plain = digits.replace(',', "");
        let decimals = plain.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let zeros = if decimals > 0 { 0 } else { plain.len() - plain.trim_end_matches('0').len() };
        let value: f64 = plain.parse().expect("digits with at most one point are a number");
        Self {
            value: if negative { -value } else { value },
            decimals: u32::try_from(decimals).unwrap_or(u32::MAX),
            trailing_zeros: u32::try_from(zeros).unwrap_or(u32::MAX),
            unit: unit_after(after),
            unknown: unknown_after(after),
        }
    }

    /// Is this number `value` rounded at its last written digit? Zeros that end it count as written,
    /// unless it was marked as an approximation ("about 200x").
    pub fn is_true_of(&self, value: f64, approximate: bool) -> bool {
        let zeros = if approximate { self.trailing_zeros } else { 0 };
        let place = 10f64.powi(i32::try_from(zeros).unwrap_or(99) - i32::try_from(self.decimals).unwrap_or(99));
        // Half a place, and a hair for values that binary fractions cannot hold.
        (value - self.value).abs() <= place * 0.5 * (1.0 + 1e-9)
    }
}

/// Digits, groups of three after commas, at most one point with digits after it.
fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(text);
    while text[length..].starts_with(',') && digits(&text[length + 1..]) == 3 {
        length += 4;
    }
    match text[length..].strip_prefix('.').map(digits) {
        Some(fraction) if fraction > 0 => length + 1 + fraction,
        _ => length,
    }
}

fn unit_after(text: &str) -> Option<Unit> {
    let text = text.strip_prefix(' ').unwrap_or(text);
    let word = text.split(|c: char| c.is_whitespace() || ",;:()[]".contains(c)).next().unwrap_or_default();
    let word = word.trim_end_matches(['.', '!', '?', '*', '_', '`']);
    UNITS.iter().any(|(symbol, ..)| *symbol == word).then(|| Unit::new(word))
}

/// A word right behind a number, or a magnitude after a space, that is no unit.
fn unknown_after(text: &str) -> Option<String> {
    if unit_after(text).is_some() {
        return None;
    }
    let word: String = text.trim_start_matches(' ').chars().take_while(|c| c.is_alphanumeric()).collect();
    let is_attached = text.starts_with(|c: char| c.is_alphanumeric());
    (is_attached || MAGNITUDES.contains(&word.to_lowercase().as_str())).then_some(word)
}

/// Are there digits in a text that are no number: in a word, raised, of another script?
pub fn hides_digits(text: &str) -> bool {
    text.chars().any(char::is_numeric)
}

/// Does the text end with a word that marks the next number as an approximation?
pub fn ends_with_about(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || "*_`[".contains(c));
    let word = text.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let word = word.trim_start_matches(['*', '_']);
    ["about", "around", "roughly", "some", "circa", "approximately"].contains(&word.to_ascii_lowercase().as_str())
        || text.ends_with(['~', '≈'])
}

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

    fn one(text: &str) -> NumberInText {
        let all = NumberInText::all(text);
        assert_eq!(all.len(), 1, "{text}: {all:?}");
        all[0].clone()
    }

    #[test]
    fn a_number_is_true_at_its_own_precision() {
        assert!(one("203x").is_true_of(202.8, false));
        assert!(one("202.8x").is_true_of(202.8, false));
        assert!(!one("200x").is_true_of(202.8, false), "three digits are written, so three are claimed");
        assert!(one("200x").is_true_of(202.8, true));
        assert!(!one("300x").is_true_of(202.8, true));
        assert!(!one("50%").is_true_of(69.5, true));
        assert!(one("2.5").is_true_of(2.45, false), "a tie may be rounded up");
        assert!(one("-3").is_true_of(-3.2, false));
    }

    #[test]
    fn numbers_are_read_with_their_units() {
        assert_eq!(one("1,386x").value, 1386.0);
        assert_eq!(one("saves 69.5 %.").unit, Some(Unit::new("%")));
        assert_eq!(one("3.91 us, then").unit, Some(Unit::new("us")));
        assert_eq!(one("**203x**").unit, Some(Unit::new("x")));
        assert_eq!(one("orjson 8 times").unit, Some(Unit::new("times")));
        assert_eq!(one("3.9 microseconds").unit.and_then(|unit| unit.factor_to(&Unit::new("us"))), Some(1.0));
        assert_eq!(one("216k").unknown.as_deref(), Some("k"));
        assert_eq!(one("216 thousand").unknown.as_deref(), Some("thousand"));
        assert_eq!(one("216e3").unknown.as_deref(), Some("e3"));
        assert_eq!(one("203 requests").unknown, None);
        assert_eq!(one("\u{2212}5").value, -5.0);
        assert!(hides_digits("x217") && hides_digits("²¹⁷x") && !hides_digits("twice"));
        assert!(NumberInText::all("utf8 and o200k").is_empty());
        assert_eq!(NumberInText::all("1,000 items: 216x").len(), 2);
    }

    #[test]
    fn a_number_is_found_with_its_unit() {
        let text = "takes 1,386 ns, or 50 %; 3.11 and 5 items";
        let found = NumberInText::found(text).into_iter().filter(|(_, number)| number.unit.is_some());
        assert_eq!(found.map(|(range, _)| &text[range]).collect::<Vec<_>>(), ["1,386 ns", "50 %"]);
        let heads = ["time (ns)", "ns", "size in bytes", "%"];
        assert!(heads.iter().all(|head| Unit::of_column(head).is_some()));
        let heads = ["times", "slots", "read (one)", "items", ""];
        assert!(heads.iter().all(|head| Unit::of_column(head).is_none()));
    }

    #[test]
    fn words_that_mark_an_approximation() {
        for text in ["is about ", "about\n", "**about** ", "(~", "roughly "] {
            assert!(ends_with_about(text), "{text:?}");
        }
        assert!(!ends_with_about("over ") && !ends_with_about("out "));
    }

    #[test]
    fn units_of_one_kind_convert() {
        let factor = Unit::new("ms").factor_to(&Unit::new("us")).expect("both are times");
        assert!((factor - 1000.0).abs() < 1e-9);
        assert_eq!(Unit::new("ms").factor_to(&Unit::new("KB")), None);
        assert_eq!(Unit::new("errors").factor_to(&Unit::new("errors")), Some(1.0));
    }

    #[test]
    fn nothing_takes_no_time() {
        let why = |unit: &str, value| Unit::new(unit).implausible(value);
        assert_eq!((why("ns", 0.0), why("ms", -1.0)), (Some("zero"), Some("negative")));
        assert_eq!(why("ms", 0.000_000_09), Some("below the resolution of any clock"));
        assert_eq!(
            (why("ns", 0.1), why("bytes", 0.05), why("errors", 0.0), why("EUR", -3.0)),
            (None, None, None, None)
        );
    }

    #[test]
    fn printing_keeps_what_a_reader_needs() {
        assert_eq!(print(215.94, &Unit::new("x"), None), "216x");
        assert_eq!(print(8.575, &Unit::new("x"), None), "8.6x");
        assert_eq!(print(14.5, &Unit::new("s"), None), "15 s");
        assert_eq!(print(0.0312, &Unit::new("ms"), None), "0.031 ms");
        assert_eq!(print(69.45, &Unit::new("%"), Some(1)), "69.5%");
    }
}
