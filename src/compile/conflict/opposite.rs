//! Texts that say the opposite of each other: one asks for what the other forbids, one prefers what the other gives up, or they
//! differ in a number or in one of two words that exclude each other.

use std::collections::BTreeSet;

use super::alike_sets;
use crate::input::files::instructions;

/// Words that two texts must have in common, of all that they have, to be about the same thing.
const SAME_THING: f64 = 0.6;
/// With fewer words than these, likeness says nothing.
const FEW_WORDS: usize = 2;

/// In what two texts are opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opposition {
    /// One forbids what the other asks for.
    Negated,
    /// One prefers what the other gives up.
    Swapped,
    /// They name different numbers.
    Number,
    /// They name two things that exclude each other.
    Choice,
}

impl Opposition {
    /// What is said of the pair.
    pub fn about(self) -> &'static str {
        match self {
            Opposition::Negated => "one forbids what the other asks for",
            Opposition::Swapped => "one prefers what the other gives up",
            Opposition::Number => "they differ in a number",
            Opposition::Choice => "they choose differently",
        }
    }
}

/// Words that say nothing about what a text is about.
const EMPTY: &[&str] = &[
    "a", "an", "the", "to", "of", "in", "on", "for", "with", "and", "or", "is", "are", "be", "it", "its", "this",
    "that", "all", "any", "every", "each", "always", "never", "not", "no", "do", "don", "t", "must", "should", "shall",
    "may", "can", "use", "using", "used", "prefer", "avoid", "ensure", "make", "sure", "please", "only", "when", "if",
    "as", "by", "from", "at", "into", "your", "our", "we", "you", "than", "rather", "instead", "over", "never",
    "doesn", "isn", "shouldn", "mustn", "cannot", "without", "new", "code",
];

/// Words that exclude each other.
const CHOICES: &[&[&str]] = &[
    &["tabs", "spaces"],
    &["single", "double"],
    &["camelcase", "snake_case", "pascalcase", "kebab", "snake", "camel", "pascal", "kebab-case"],
    &["rebase", "merge", "squash"],
    &["default", "named"],
    &["interface", "type"],
    &["npm", "pnpm", "yarn", "bun"],
    &["pip", "uv", "poetry"],
    &["sync", "async"],
    &["mutable", "immutable"],
    &["public", "private"],
];

struct About {
    words: BTreeSet<String>,
    numbers: BTreeSet<String>,
    forbids: bool,
    /// The words before and behind `over`, `rather than`, `instead of`.
    sides: Option<(BTreeSet<String>, BTreeSet<String>)>,
}

impl About {
    fn of(text: &str) -> Self {
        let sides = ["rather than", "instead of", " over "].iter().find_map(|mark| {
            let (before, after) = text.split_once(mark)?;
            // What is preferred is right around the mark.
            let ends = |c: char| ".;:,—".contains(c);
            Some((words(before.rsplit(ends).next()?), words(after.split(ends).next()?)))
        });
        let all = words(text);
        let (numbers, words) = all.into_iter().partition(|word| word.bytes().all(|b| b.is_ascii_digit()));
        Self { words, numbers, forbids: instructions::forbids(text), sides }
    }

    /// The words, with a choice in the place of what is chosen.
    fn subject(&self) -> BTreeSet<String> {
        // A text that names both is about both.
        let is_picked = |choice: &&&[&str]| choice.iter().filter(|word| self.words.contains(**word)).count() == 1;
        let choice =
            |word: &String| CHOICES.iter().position(|choice| choice.contains(&word.as_str()) && is_picked(&choice));
        self.words
            .iter()
            .map(|word| choice(word).map_or_else(|| word.clone(), |choice| format!("choice {choice}")))
            .collect()
    }

    fn against(&self, other: &Self) -> Option<Opposition> {
        if let (Some((mine, given_up)), Some((others, theirs))) = (&self.sides, &other.sides)
            && !given_up.is_empty()
            && !theirs.is_empty()
            && given_up.is_subset(others)
            && theirs.is_subset(mine)
        {
            return Some(Opposition::Swapped);
        }
        let differs = |choice: &&&[&str]| {
            let picked = |words: &BTreeSet<String>| choice.iter().position(|word| words.contains(*word));
            let both = |words: &BTreeSet<String>| choice.iter().filter(|word| words.contains(**word)).count() == 1;
            both(&self.words) && both(&other.words) && picked(&self.words) != picked(&other.words)
        };
        let choice = CHOICES.iter().any(|choice| differs(&choice));
        match (self.forbids == other.forbids, choice) {
            (true, true) => Some(Opposition::Choice),
            // To forbid one and to ask for the other is to agree.
            (false, true) => None,
            (false, false) => Some(Opposition::Negated),
            (true, false) => {
                let number = !self.numbers.is_empty() && !other.numbers.is_empty() && self.numbers != other.numbers;
                number.then_some(Opposition::Number)
            }
        }
    }
}

/// The pairs of texts that say the opposite of each other, by index.
pub fn opposite(texts: &[&str]) -> Vec<(usize, usize, Opposition)> {
    let abouts: Vec<About> = texts.iter().map(|text| About::of(text)).collect();
    let sets: Vec<BTreeSet<String>> = abouts.iter().map(|about| about.subject()).collect();
    let pairs = alike_sets(&sets, FEW_WORDS, SAME_THING).into_iter();
    pairs.filter_map(|(one, two)| Some((one, two, abouts[one].against(&abouts[two])?))).collect()
}

/// The words that a text is about, without the endings that make no difference.
fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').map(str::to_lowercase);
    let stems = words
        .map(|word| word.trim_matches('-').to_owned())
        .filter(|word| !word.is_empty() && !EMPTY.contains(&word.as_str()));
    stems.map(|word| stem(&word)).collect()
}

fn stem(word: &str) -> String {
    let is_choice = CHOICES.iter().any(|choice| choice.contains(&word));
    let cut = word.strip_suffix('s').filter(|stem| stem.len() > 3 && !stem.ends_with('s') && !is_choice);
    cut.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposites_are_found_and_likes_are_not() {
        let of = |one: &str, two: &str| opposite(&[one, two]).first().map(|(.., how)| *how);
        assert_eq!(
            of("Throw Error objects, never strings", "Never throw Error objects"),
            Some(Opposition::Negated),
            "one forbids what the other asks for"
        );
        assert_eq!(of("Always add a changeset for docs", "Never add a changeset for docs"), Some(Opposition::Negated));
        assert_eq!(of("Prefer interfaces over types", "Prefer types over interfaces"), Some(Opposition::Swapped));
        assert_eq!(of("Limit lines to 80 characters", "Limit lines to 100 characters"), Some(Opposition::Number));
        assert_eq!(of("Indent code with tabs", "Indent code with spaces"), Some(Opposition::Choice));
        assert_eq!(of("Do not indent with tabs", "Indent with spaces"), None, "they agree");
        assert_eq!(of("Run the linter before a commit", "Run the linter before each commit"), None);
    }
}
