//! JSON as benchmark tools write it: with `NaN`, `Infinity` and numbers that no number can hold, which are read as what
//! they say. A tree takes little room, since files of results are mostly long lists of numbers.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Unread;

/// A value. Of a key that comes twice the last one counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(Box<str>),
    List(Box<[Json]>),
    Object(Box<[(Box<str>, Json)]>),
}

/// Begins a text that stands for a number which JSON has no way to write.
const MARK: &str = "\\u0000";

impl Json {
    /// Reads a text.
    ///
    /// # Errors
    /// Why there is none.
    pub fn read(text: &str) -> Result<Json, Unread> {
        let error = match serde_json::from_str(text) {
            Ok(json) => return Ok(json),
            Err(error) => error,
        };
        if error.is_eof() || error.is_data() {
            return Err(fault(text, &error));
        }
        let marked = mark(text);
        serde_json::from_str(&marked).map_err(|error| fault(text, &error))
    }

    /// The value of a key; null where there is none.
    pub fn get(&self, key: &str) -> &Json {
        let found = self.entries().iter().rev().find(|(known, _)| **known == *key);
        found.map_or(&Json::Null, |(_, value)| value)
    }

    pub fn text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }

    /// A number, which may be none that was measured: `NaN`, infinite, negative.
    pub fn number(&self) -> Option<f64> {
        if let Json::Number(number) = self { Some(*number) } else { None }
    }

    pub fn is_true(&self) -> bool {
        *self == Json::Bool(true)
    }

    /// A number that counts something.
    pub fn count(&self) -> Option<u64> {
        self.number().filter(|number| *number >= 0.0 && number.is_finite()).map(|number| number as u64)
    }

    /// The items of a list; none of what is no list.
    pub fn list(&self) -> &[Json] {
        if let Json::List(items) = self { items } else { &[] }
    }

    /// The numbers of a list.
    pub fn numbers(&self) -> Vec<f64> {
        self.list().iter().filter_map(Json::number).collect()
    }

    /// The keys and values of an object; none of what is no object.
    pub fn entries(&self) -> &[(Box<str>, Json)] {
        if let Json::Object(entries) = self { entries } else { &[] }
    }

    pub fn is_object(&self) -> bool {
        matches!(self, Json::Object(_))
    }

    pub fn is_list(&self) -> bool {
        matches!(self, Json::List(_))
    }
}

fn fault(text: &str, error: &serde_json::Error) -> Unread {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.is_eof() {
        true if text.trim().is_empty() => Unread::Broken("is empty".to_owned()),
        true => Unread::Broken(format!("ends in the middle, at {place}: the benchmark may not have finished")),
        false => Unread::Foreign(format!("is no JSON: {error}")),
    }
}

/// The text with a mark in place of every number that JSON cannot write.
fn mark(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut marked = String::with_capacity(text.len() + 64);
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'"' {
            at = end_of_text(bytes, at);
            continue;
        }
        let word = text[at..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let token = &text[at..at + word];
        if token.parse::<f64>().is_ok_and(|number| !number.is_finite()) {
            marked.push_str(&text[copied..at]);
            marked.push_str(&format!("\"{MARK}{token}\""));
            copied = at + word;
        }
        at += text[at..].chars().next().map_or(1, char::len_utf8).max(word);
    }
    marked.push_str(&text[copied..]);
    marked
}

/// Where a text in quotes ends.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        let number = text.strip_prefix('\0').and_then(|text| text.parse().ok());
        Ok(number.map_or_else(|| Json::Text(text.into()), Json::Number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            object.push(entry);
        }
        Ok(Json::Object(object.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_json_cannot_write_are_numbers() {
        let json = Json::read(r#"{"a": NaN, "b": -Infinity, "c": 1e999, "d": "NaN, \"1e999", "e": [1, 2.5]}"#);
        let json = json.expect("tools write such files");
        assert!(json.get("a").number().is_some_and(f64::is_nan));
        assert_eq!(json.get("b").number(), Some(f64::NEG_INFINITY));
        assert_eq!(json.get("c").number(), Some(f64::INFINITY));
        assert_eq!(json.get("d").text(), Some("NaN, \"1e999"));
        assert_eq!(json.get("e").numbers(), [1.0, 2.5]);
        assert_eq!(size_of::<Json>(), 24);
    }

    #[test]
    fn what_is_no_json_says_where() {
        let fault = |text: &str| match Json::read(text).expect_err("it is none") {
            Unread::Broken(fault) | Unread::Foreign(fault) => fault,
        };
        assert_eq!(fault(" \n"), "is empty");
        assert!(fault("{\"a\": [").contains("ends in the middle, at line 1"));
        assert!(fault("{\"a\": NaN, \"é\": nope}").contains("is no JSON"));
        assert!(fault("{\"a\": inf").contains("is no JSON") || fault("{\"a\": inf").contains("ends"));
        assert!(fault(&"[".repeat(100_000)).contains("recursion limit"));
    }
}
