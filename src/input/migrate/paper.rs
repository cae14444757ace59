//! The front matter of papers.

use std::ops::Range;

use serde_json::{Value, json};

use super::Refusal;
use super::edits::Edits;
use crate::diag::Sink;
use crate::input::formats::front_matter;
use crate::input::formats::yaml::{self, Document};
use crate::text::source::SourceId;

/// The text in the words of this format.
///
/// # Errors
/// If it cannot be told what a part of it means.
pub fn migrate(source: &str) -> Result<String, Refusal> {
    let Some(range) = front_matter::range(source) else { return Ok(source.to_owned()) };
    let front = &source[range.clone()];
    let Some(document) = read(front, range.start) else { return Ok(source.to_owned()) };
    let mut json = document.to_json();
    let mut paper = Paper { text: source, document: &document, edits: Edits::new(source) };
    paper.all(&mut json)?;
    let migrated = paper.edits.apply();
    // What the edits made is read again: a paper may be written in ways that nobody thought of.
    let again = front_matter::range(&migrated).and_then(|range| read(&migrated[range.clone()], range.start));
    if again.is_some_and(|again| again.to_json() == json) {
        return Ok(migrated);
    }
    let help = "`kbc schema paper` has the keys of this format; write them by hand";
    Err(Refusal::new(range.start, "the front matter is written in a way that kbc cannot rewrite", help))
}

fn read(front: &str, offset: usize) -> Option<Document> {
    yaml::read(SourceId::default(), front, offset, &mut Sink::new())
}

/// One paper being migrated. Each change is made in the text, and in the values that it is to have then.
struct Paper<'a> {
    text: &'a str,
    document: &'a Document,
    edits: Edits<'a>,
}

/// Keys that were lists of exceptions by what they are about, and the code that each of them answers.
const REASONS: [(&str, &str); 2] = [("known", "unsourced-number"), ("unruled", "unused-benchmark")];

impl Paper<'_> {
    fn all(&mut self, json: &mut Value) -> Result<(), Refusal> {
        self.rename("", json, "review_by", "reread_by")?;
        self.reasons(json)?;
        let Some(rules) = json.get_mut("rules").and_then(Value::as_array_mut) else { return Ok(()) };
        for (index, rule) in rules.iter_mut().enumerate() {
            let pointer = format!("/rules/{index}");
            self.rename(&pointer, rule, "rule", "text")?;
            self.check(&pointer, rule)?;
            self.unchecked(&pointer, rule)?;
        }
        Ok(())
    }

    /// `check` becomes the one item of `checks`.
    fn check(&mut self, pointer: &str, rule: &mut Value) -> Result<(), Refusal> {
        if rule.get("check").is_none() {
            return Ok(());
        }
        self.rename(pointer, rule, "check", "checks")?;
        let pointer = format!("{pointer}/check");
        self.version(&pointer, &mut rule["checks"]);
        rule["checks"] = json!([rule["checks"].take()]);
        let value = self.document.span(&pointer);
        if self.is_flow(value.start) {
            self.edits.insert(value.start, "[");
            self.edits.insert(value.end, "]");
            return Ok(());
        }
        // An item may begin in the column of its key, so that no line but the first has to move.
        let Some(first) = rule["checks"][0].as_object().and_then(|check| check.keys().next()) else { return Ok(()) };
        let first = self.document.member_span(&pointer, first).start;
        let (key, column) = (self.column(self.document.key_span(&pointer).start), self.column(first));
        if column >= key + 2 {
            self.edits.replace(first - 2..first, "- ");
        } else {
            self.edits.insert(first, "- ");
            self.edits.indent(first..value.end, 2);
        }
        Ok(())
    }

    /// `where.python` becomes `where.version.python`.
    fn version(&mut self, check: &str, json: &mut Value) {
        let Some(conditions) = json.get_mut("where").and_then(Value::as_object_mut) else { return };
        let Some(version) = conditions.remove("python") else { return };
        let pointer = format!("{check}/where/python");
        let (key, value) = (self.document.key_span(&pointer), self.document.span(&pointer));
        let written = &self.text[value.range()];
        let quoted = if written.starts_with(['"', '\'']) { written.to_owned() } else { version.to_string() };
        self.edits.replace(key.range(), "version");
        self.edits.replace(value.range(), format!("{{ python: {quoted} }}"));
        conditions.insert("version".to_owned(), json!({ "python": version }));
    }

    /// `unchecked: why` becomes an exception.
    fn unchecked(&mut self, pointer: &str, rule: &mut Value) -> Result<(), Refusal> {
        let Some(reason) = rule.as_object_mut().and_then(|rule| rule.remove("unchecked")) else { return Ok(()) };
        let pointer_of = format!("{pointer}/unchecked");
        let (key, value) = (self.document.key_span(&pointer_of), self.document.span(&pointer_of));
        if rule.get("allow").is_some() {
            return Err(both(key.start, "unchecked"));
        }
        rule["allow"] = json!([{ "code": "unchecked-rule", "reason": reason }]);
        if self.is_flow(self.document.span(pointer).start) {
            self.edits.replace(key.start..value.start, "allow: [{ code: unchecked-rule, reason: ");
            self.edits.insert(value.end, " }]");
            return Ok(());
        }
        let indent = " ".repeat(self.column(key.start));
        let items = format!("allow:{0}{indent}- code: unchecked-rule{0}{indent}  reason: ", self.line_end());
        self.edits.replace(key.start..value.start, items);
        self.edits.indent(value.start..value.end, 4);
        Ok(())
    }

    /// `known` and `unruled` become one list of exceptions.
    fn reasons(&mut self, json: &mut Value) -> Result<(), Refusal> {
        let Some(members) = json.as_object_mut() else { return Ok(()) };
        let had: Vec<(&str, &str, Value)> =
            REASONS.iter().filter_map(|(key, code)| Some((*key, *code, members.remove(*key)?))).collect();
        let Some((first, ..)) = had.first() else { return Ok(()) };
        if members.contains_key("allow") {
            return Err(both(self.document.member_span("", first).start, first));
        }
        let mut allow = Vec::new();
        let mut places = Vec::new();
        for (key, code, reasons) in &had {
            let Some(reasons) = reasons.as_object() else { return Ok(()) };
            for (what, reason) in reasons {
                allow.push(json!({ "code": code, "what": what, "reason": reason }));
            }
            places.push(self.document.member_span("", key).start);
        }
        // One list, in the order of the first key: what the other has is written behind it.
        let is_one = had.len() == 1;
        for (key, code, reasons) in &had {
            let reasons = reasons.as_object().expect("looked at above");
            self.items(key, code, reasons.keys(), is_one);
        }
        if !is_one {
            let (head, other) = (self.whole("known"), self.whole("unruled"));
            let listed = |paper: &Self, of: &str| paper.items_anew(of);
            let text = format!("allow:{}{}{}", self.line_end(), listed(self, "known"), listed(self, "unruled"));
            let (first, second) = if head.start < other.start { (head, other) } else { (other, head) };
            self.edits.replace(first, text);
            self.edits.replace(second, "");
        }
        json["allow"] = Value::Array(allow);
        Ok(())
    }

    /// The entries of one mapping as items of a list, where they stand.
    fn items<'k>(&mut self, key: &str, code: &str, entries: impl Iterator<Item = &'k String>, is_one: bool) {
        if !is_one {
            return;
        }
        let pointer = format!("/{key}");
        let whole = self.document.span(&pointer);
        let is_flow = self.is_flow(whole.start);
        self.edits.replace(self.document.key_span(&pointer).range(), "allow");
        if is_flow {
            self.edits.replace(whole.start..whole.start + 1, "[");
            self.edits.replace(whole.end - 1..whole.end, "]");
        }
        for entry in entries {
            let (name, value) = self.entry(&pointer, entry);
            let what = self.text_of(name.clone(), entry);
            if is_flow {
                self.edits.replace(name.start..value.start, format!("{{ code: {code}, what: {what}, reason: "));
                self.edits.insert(value.end, " }");
            } else if self.fits_in_line(&value) {
                self.edits.replace(name.start..value.start, format!("- {{ code: {code}, what: {what}, reason: "));
                self.edits.insert(value.end, " }");
            } else {
                let indent = " ".repeat(self.column(name.start));
                let end = self.line_end();
                let head = format!("- code: {code}{end}{indent}  what: {what}{end}{indent}  reason: ");
                self.edits.replace(name.start..value.start, head);
                self.edits.indent(value, 2);
            }
        }
    }

    /// The entries of one mapping as items of a list that is written anew, with the comments between them.
    fn items_anew(&self, key: &str) -> String {
        let code = REASONS.iter().find(|(known, _)| *known == key).map_or("", |(_, code)| code);
        let json = self.document.to_json();
        let end = self.line_end();
        let mut items = String::new();
        let mut before = self.document.key_span(&format!("/{key}")).end;
        for entry in json[key].as_object().into_iter().flat_map(serde_json::Map::keys) {
            let (name, value) = self.entry(&format!("/{key}"), entry);
            let comments = self.text[before..name.start].lines().map(str::trim).filter(|line| line.starts_with('#'));
            items.extend(comments.map(|comment| format!("  {comment}{end}")));
            before = value.end;
            if self.fits_in_line(&value) {
                let (what, reason) = (self.text_of(name, entry), &self.text[value]);
                items += &format!("  - {{ code: {code}, what: {what}, reason: {reason} }}{end}");
                continue;
            }
            let mut reason = Edits::new(self.text);
            reason.indent(value.clone(), 4);
            let (what, reason) = (self.text_of(name, entry), reason.apply_to(value));
            items += &format!("  - code: {code}{end}    what: {what}{end}    reason: {reason}{end}");
        }
        items
    }

    /// Where a key of a mapping and its value stand.
    fn entry(&self, pointer: &str, key: &str) -> (Range<usize>, Range<usize>) {
        let step = key.replace('~', "~0").replace('/', "~1");
        let at = format!("{pointer}/{step}");
        (self.document.key_span(&at).range(), self.document.span(&at).range())
    }

    /// A key and its value, from its line to the end of the last line of its value.
    fn whole(&self, key: &str) -> Range<usize> {
        let mut end = self.document.span(&format!("/{key}")).start;
        self.document.texts(&mut |pointer, _, _, span| {
            if pointer.starts_with(&format!("/{key}/")) {
                end = end.max(span.end);
            }
        });
        let start = self.document.key_span(&format!("/{key}")).start;
        start..self.text[end..].find('\n').map_or(self.text.len(), |at| end + at + 1)
    }

    /// A key as the value that it becomes: text.
    fn text_of(&self, key: Range<usize>, value: &str) -> String {
        let written = &self.text[key];
        let is_text = written.starts_with(['"', '\''])
            || !written.contains([',', '[', ']', '{', '}'])
                && read(written, 0).is_some_and(|read| read.to_json() == value);
        if is_text { written.to_owned() } else { Value::from(value).to_string() }
    }

    /// Can a value stand between braces as it is written?
    fn fits_in_line(&self, value: &Range<usize>) -> bool {
        let written = &self.text[value.clone()];
        let is_quoted = written.starts_with(['"', '\'']);
        !written.contains('\n') && (is_quoted || !written.contains([',', '[', ']', '{', '}', '|', '>', '#', ':']))
    }

    fn is_flow(&self, at: usize) -> bool {
        self.text[at..].starts_with(['{', '*'])
    }

    /// Characters between the begin of a line and a place on it.
    fn column(&self, at: usize) -> usize {
        at - self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    fn line_end(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// Gives a key of a mapping another name.
    fn rename(&mut self, pointer: &str, json: &mut Value, old: &str, new: &str) -> Result<(), Refusal> {
        let Some(members) = json.as_object_mut() else { return Ok(()) };
        let Some(value) = members.remove(old) else { return Ok(()) };
        let at = self.document.member_span(pointer, old);
        if members.insert(new.to_owned(), value).is_some() {
            let help = format!("delete `{old}`, which is the old name of `{new}`");
            return Err(Refusal::new(at.start, format!("`{old}` and `{new}` are both there"), help));
        }
        self.edits.replace(at.range(), new);
        Ok(())
    }
}

fn both(at: usize, old: &str) -> Refusal {
    let help = format!("move what `{old}` says into `allow`, and delete it");
    Refusal::new(at, format!("`{old}` and `allow` are both there"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrated(front: &str) -> String {
        let text = format!("---\n{front}---\n# A\n");
        let migrated = migrate(&text).expect("it can be migrated");
        assert_eq!(migrate(&migrated).as_ref(), Ok(&migrated), "twice is as good as once");
        migrated
            .strip_prefix("---\n")
            .and_then(|rest| rest.strip_suffix("---\n# A\n"))
            .expect("the rest stays")
            .to_owned()
    }

    #[test]
    fn keys_get_their_new_names_and_all_else_stays() {
        let old = "id: a  # of the file\nreview_by: \"2027-01-01\"\nrules:\n  - id: A1\n    # what it says\n    rule:  'Do x'\n  - { \"rule\": Do y, id: A2 }\n";
        let new = "id: a  # of the file\nreread_by: \"2027-01-01\"\nrules:\n  - id: A1\n    # what it says\n    text:  'Do x'\n  - { text: Do y, id: A2 }\n";
        assert_eq!(migrated(old), new);
        assert_eq!(migrated(&old.replace('\n', "\r\n")).replace("\r\n", "\n"), new);
    }

    #[test]
    fn a_check_becomes_an_item_of_a_list() {
        let block = "rules:\n  - id: A1\n    check:\n      # by syntax\n      language: python\n      where:\n        python: \">=3.8,<3.11\"\n    weight: 3\n";
        let made = "rules:\n  - id: A1\n    checks:\n      # by syntax\n    - language: python\n      where:\n        version: { python: \">=3.8,<3.11\" }\n    weight: 3\n";
        assert_eq!(migrated(block), made);
        let flow = "rules: [{ check: { language: go, where: { python: '<4' } }, id: A1 }]\n";
        let made = "rules: [{ checks: [{ language: go, where: { version: { python: '<4' } } }], id: A1 }]\n";
        assert_eq!(migrated(flow), made);
        let narrow = "rules:\n - id: A1\n   check:\n    language: go\n    message: |\n      a\n      b\n";
        let made = "rules:\n - id: A1\n   checks:\n    - language: go\n      message: |\n        a\n        b\n";
        assert_eq!(migrated(narrow), made);
    }

    #[test]
    fn reasons_become_exceptions() {
        let old = "known:\n  # of others\n  296 bytes: told by CPython,\n    here\n  \"30 s\": 'a choice'  # ours\nrules:\n  - id: A1\n    unchecked: a matter\n      of taste\n  - { id: A2, unchecked: \"no, never\" }\n";
        let new = "allow:\n  # of others\n  - code: unsourced-number\n    what: 296 bytes\n    reason: told by CPython,\n      here\n  - { code: unsourced-number, what: \"30 s\", reason: 'a choice' }  # ours\nrules:\n  - id: A1\n    allow:\n    - code: unchecked-rule\n      reason: a matter\n          of taste\n  - { id: A2, allow: [{ code: unchecked-rule, reason: \"no, never\" }] }\n";
        assert_eq!(migrated(old), new);
        let old = "known: { 30 s: a choice, \"1 h\": b }\n";
        let new = "allow: [ { code: unsourced-number, what: 30 s, reason: a choice }, { code: unsourced-number, what: \"1 h\", reason: b } ]\n";
        assert_eq!(migrated(old), new);
    }

    #[test]
    fn two_lists_of_reasons_become_one() {
        let old = "unruled:\n  setup: shown only\ntags: [a]\nknown: { \"30 s\": a choice }\n";
        let new = "allow:\n  - { code: unsourced-number, what: \"30 s\", reason: a choice }\n  - { code: unused-benchmark, what: setup, reason: shown only }\ntags: [a]\n";
        assert_eq!(migrated(old), new);
    }

    #[test]
    fn two_names_of_one_key_are_refused() {
        let text = "---\nrules: [{ rule: Do x, text: Do y }]\n---\n";
        assert_eq!(migrate(text).expect_err("which of them?").message, "`rule` and `text` are both there");
    }
}
