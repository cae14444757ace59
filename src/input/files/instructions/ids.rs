//! Ids for rules, from the headings above them: `TESTING1`, `TESTING2`.

use std::collections::{BTreeMap, BTreeSet};

use super::words;

/// Characters of the word of an id, so that it has room for its number.
const MAX_WORD: usize = 9;

/// The ids that exist, and how far each word was counted.
#[derive(Debug, Default)]
pub struct Given {
    taken: BTreeSet<String>,
    counts: BTreeMap<String, usize>,
}

impl Given {
    pub fn take(&mut self, id: &str) {
        self.taken.insert(id.to_owned());
    }

    /// The next free id under these headings.
    pub fn next(&mut self, headings: &[String]) -> String {
        // A long heading is a sentence, whose first word says little.
        let short = headings.iter().rev().filter(|heading| heading.split_whitespace().count() <= 5);
        let mut words = short.chain(headings.iter().rev()).filter_map(|heading| word(heading));
        let word = words.next().unwrap_or_else(|| "RULE".to_owned());
        let count = self.counts.entry(word.clone()).or_default();
        loop {
            *count += 1;
            let id = format!("{word}{count}");
            if self.taken.insert(id.clone()) {
                return id;
            }
        }
    }
}

/// The first word of a heading that says what it is about.
fn word(heading: &str) -> Option<String> {
    let words = heading.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1);
    let upper = words.map(str::to_uppercase).filter(|word| {
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    let word = upper.into_iter().find(|word| !words::SAYS_LITTLE.contains(&word.as_str()))?;
    let word = word[..word.len().min(MAX_WORD)].trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    (word.len() > 1).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_headings_and_are_unique() {
        let mut given = Given::default();
        given.take("TESTING2");
        let mut next = |headings: &[&str]| given.next(&headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>());
        assert_eq!(next(&["Guide", "Testing"]), "TESTING1");
        assert_eq!(next(&["Guide", "The Testing Rules"]), "TESTING3");
        assert_eq!(next(&["Architecture", "Rules"]), "ARCHITECT1");
        assert_eq!(next(&["约定"]), "RULE1");
        assert_eq!(next(&[]), "RULE2");
    }
}
