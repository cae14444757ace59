//! What a plain scalar means by the core schema of YAML 1.2, and where YAML 1.1 reads it differently.

use serde_json::{Number, Value};

/// The type of a plain scalar by the core schema of YAML 1.2.
pub fn plain_scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return None;
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    if let Ok(whole) = plain.parse::<i64>() {
        return Some(whole.into());
    }
    if !plain.bytes().any(|b| b.is_ascii_digit()) || plain.contains(['i', 'n', 'I', 'N', '_']) {
        return None;
    }
    if let Some(hex) = plain.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(Number::from);
    }
    let value: f64 = plain.parse().ok()?;
    // 90.0 is a whole number wherever one is asked for.
    let is_whole = value.fract() == 0.0 && value.abs() < 1e15;
    if is_whole { Some(Number::from(value as i64)) } else { Number::from_f64(value) }
}

/// What a YAML 1.1 reader makes of a plain scalar that a 1.2 reader takes otherwise.
pub fn ambiguity(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    if ["yes", "no", "on", "off"].contains(&lower.as_str()) {
        return Some("a boolean");
    }
    let digits = lower.trim_start_matches(['-', '+']);
    if [".inf", ".nan"].contains(&digits) {
        return Some("no finite number");
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let all = |set: &str| !digits.is_empty() && digits.chars().all(|c| set.contains(c));
    if digits.contains('_') && all("0123456789_.") {
        return Some("a number without the underscore");
    }
    if digits.contains(':') && all("0123456789:.") {
        return Some("a number to the base of 60");
    }
    // A prefix alone is text to every reader.
    let after = |prefix: &str, set: &str| {
        let rest = digits.strip_prefix(prefix).unwrap_or_default();
        !rest.is_empty() && rest.chars().all(|c| set.contains(c))
    };
    if after("0b", "01_") {
        return Some("a binary number");
    }
    let octal = (digits.len() > 1 && digits.starts_with('0') && all("01234567")) || after("0o", "01234567_");
    octal.then_some("an octal number")
}
