//! The front matter of papers.

use serde_json::Value;

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
    let mut paper = Paper { document: &document, edits: Edits::new(source) };
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
    document: &'a Document,
    edits: Edits<'a>,
}

impl Paper<'_> {
    fn all(&mut self, json: &mut Value) -> Result<(), Refusal> {
        self.rename("", json, "review_by", "reread_by")?;
        let Some(rules) = json.get_mut("rules").and_then(Value::as_array_mut) else { return Ok(()) };
        for (index, rule) in rules.iter_mut().enumerate() {
            self.rename(&format!("/rules/{index}"), rule, "rule", "text")?;
        }
        Ok(())
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
    fn two_names_of_one_key_are_refused() {
        let text = "---\nrules: [{ rule: Do x, text: Do y }]\n---\n";
        assert_eq!(migrate(text).expect_err("which of them?").message, "`rule` and `text` are both there");
    }
}
