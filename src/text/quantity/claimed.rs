//! The words beside a number that are a part of what is claimed: `over 5x`, `at least 3 ms`, `about 200x`, `0.8x faster`.

/// What the words say of the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bound {
    /// Nothing: it is the value.
    #[default]
    None,
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
    /// The largest value is this one.
    UpTo,
    /// A little less than this.
    Nearly,
}

/// Words before a number. Of two that fit the longer one is meant.
const BEFORE: [(&str, Bound); 48] = [
    ("at least", Bound::AtLeast),
    ("at the least", Bound::AtLeast),
    ("no less than", Bound::AtLeast),
    ("not less than", Bound::AtLeast),
    ("never less than", Bound::AtLeast),
    ("no fewer than", Bound::AtLeast),
    ("never under", Bound::AtLeast),
    ("never below", Bound::AtLeast),
    ("not below", Bound::AtLeast),
    ("nothing under", Bound::AtLeast),
    ("nothing below", Bound::AtLeast),
    ("a minimum of", Bound::AtLeast),
    ("as little as", Bound::AtLeast),
    ("≥", Bound::AtLeast),
    (">=", Bound::AtLeast),
    ("more than", Bound::MoreThan),
    ("greater than", Bound::MoreThan),
    ("larger than", Bound::MoreThan),
    ("higher than", Bound::MoreThan),
    ("longer than", Bound::MoreThan),
    ("over", Bound::MoreThan),
    ("above", Bound::MoreThan),
    ("beyond", Bound::MoreThan),
    ("upwards of", Bound::MoreThan),
    ("in excess of", Bound::MoreThan),
    (">", Bound::MoreThan),
    ("at most", Bound::AtMost),
    ("at the most", Bound::AtMost),
    ("no more than", Bound::AtMost),
    ("not more than", Bound::AtMost),
    ("never more than", Bound::AtMost),
    ("never over", Bound::AtMost),
    ("never above", Bound::AtMost),
    ("not over", Bound::AtMost),
    ("not above", Bound::AtMost),
    ("nothing over", Bound::AtMost),
    ("nothing above", Bound::AtMost),
    ("≤", Bound::AtMost),
    ("<=", Bound::AtMost),
    ("less than", Bound::LessThan),
    ("fewer than", Bound::LessThan),
    ("smaller than", Bound::LessThan),
    ("lower than", Bound::LessThan),
    ("shorter than", Bound::LessThan),
    ("under", Bound::LessThan),
    ("below", Bound::LessThan),
    ("<", Bound::LessThan),
    ("a maximum of", Bound::UpTo),
];

/// Words that say "up to" and "nearly".
const REACHING: [(&str, Bound); 5] = [
    ("up to", Bound::UpTo),
    ("nearly", Bound::Nearly),
    ("almost", Bound::Nearly),
    ("not quite", Bound::Nearly),
    ("close to", Bound::Nearly),
];

/// Words behind a number.
const BEHIND: [(&str, Bound); 13] = [
    ("at least", Bound::AtLeast),
    ("or more", Bound::AtLeast),
    ("and more", Bound::AtLeast),
    ("or above", Bound::AtLeast),
    ("and up", Bound::AtLeast),
    ("and above", Bound::AtLeast),
    ("+", Bound::AtLeast),
    ("at most", Bound::AtMost),
    ("at the most", Bound::AtMost),
    ("or less", Bound::AtMost),
    ("or fewer", Bound::AtMost),
    ("and less", Bound::AtMost),
    ("or below", Bound::AtMost),
];

const APPROXIMATE: [&str; 11] =
    ["about", "around", "roughly", "some", "circa", "ca.", "approximately", "approx.", "~", "≈", "∼"];

/// Words that may stand between the others and the number.
const FILLING: [&str; 8] = ["a", "an", "just", "even", "only", "well", "exactly", "precisely"];

/// What happens over a time or a number of things is no bound: "averaged over 10 s".
const SPANNING: [&str; 9] =
    ["averaged", "measured", "spread", "sampled", "summed", "taken", "timed", "repeated", "distributed"];

impl Bound {
    /// What the words before a number, and those behind it and its unit, say; and whether they call it an approximation.
    pub fn of(before: &str, behind: &str) -> (Self, bool) {
        let mut text = before.to_lowercase();
        let mut approximate = false;
        loop {
            text.truncate(text.trim_end_matches(|c: char| c.is_whitespace() || "*_`[(\"“'".contains(c)).len());
            if let Some(word) = APPROXIMATE.iter().find(|word| ends_with(&text, word)) {
                approximate = true;
                text.truncate(text.len() - word.len());
            } else if let Some(word) = FILLING.iter().find(|word| ends_with(&text, word) && text.len() > word.len()) {
                // "a factor of" and the like end here, since nothing is a bound before them.
                text.truncate(text.len() - word.len());
            } else {
                break;
            }
        }
        let said = BEFORE.iter().chain(&REACHING).filter(|(words, _)| ends_with(&text, words));
        if let Some((words, bound)) = said.max_by_key(|(words, _)| words.len()) {
            let front = text[..text.len() - words.len()].trim_end();
            let is_span = *words == "over" && SPANNING.iter().any(|word| ends_with(front, word));
            return (if is_span { Bound::None } else { *bound }, approximate);
        }
        let behind = behind.trim_start_matches(|c: char| c.is_whitespace() || "*_`".contains(c)).to_lowercase();
        let is_at_word_end = |rest: &str| !rest.starts_with(char::is_alphanumeric);
        let said = BEHIND.iter().find(|(words, _)| behind.strip_prefix(words).is_some_and(is_at_word_end));
        (said.map_or(Bound::None, |(_, bound)| *bound), approximate || behind.starts_with("or so"))
    }

    /// The words before a number that say it.
    pub fn words(self) -> &'static str {
        match self {
            Bound::None => "",
            Bound::AtLeast => "at least ",
            Bound::MoreThan => "more than ",
            Bound::AtMost => "at most ",
            Bound::LessThan => "less than ",
            Bound::UpTo => "up to ",
            Bound::Nearly => "nearly ",
        }
    }

    /// Do values from `low` to `high` keep to it, in the unit of the number?
    pub fn holds(self, number: f64, low: f64, high: f64) -> bool {
        let hair = number.abs() * 1e-9;
        match self {
            Bound::None => true,
            Bound::AtLeast => low >= number - hair,
            Bound::MoreThan => low > number + hair,
            Bound::AtMost | Bound::UpTo | Bound::Nearly => high <= number + hair,
            Bound::LessThan => high < number - hair,
        }
    }
}

/// Does a text end with these words, as words of their own?
fn ends_with(text: &str, words: &str) -> bool {
    let is_word = words.starts_with(char::is_alphanumeric);
    text.strip_suffix(words)
        .is_some_and(|front| !is_word || !front.ends_with(|c: char| c.is_alphanumeric() || "-_'’".contains(c)))
}

/// Which way a number is said to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    More,
    Less,
}

const MORE: &str = "more slower longer larger bigger higher greater dearer heavier worse costlier increase growth";
const LESS: &str = "less fewer faster quicker shorter smaller lower cheaper lighter better reduction decrease drop";

/// The word right beside a number that compares: `[5x] faster`, `slower by [2 ms]`. With the word.
pub fn comparison(before: &str, behind: &str) -> Option<(Comparison, String)> {
    let first = |text: &str| text.trim_start().chars().take_while(|c| c.is_alphabetic()).collect::<String>();
    let before = before.trim_end().strip_suffix(" by").and_then(|front| front.split_whitespace().next_back());
    let words = [first(behind), before.unwrap_or_default().to_owned()];
    words.into_iter().find_map(|word| {
        let lower = word.to_lowercase();
        let is_one_of = |words: &str| words.split(' ').any(|known| known == lower);
        let way = if is_one_of(MORE) { Comparison::More } else { is_one_of(LESS).then_some(Comparison::Less)? };
        Some((way, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_mark_an_approximation() {
        for text in ["is about ", "about\n", "**about** ", "(~", "roughly ", "about a "] {
            assert_eq!(Bound::of(text, ""), (Bound::None, true), "{text:?}");
        }
        for text in ["out ", "awesome ", "the ", ""] {
            assert_eq!(Bound::of(text, ""), (Bound::None, false), "{text:?}");
        }
    }

    #[test]
    fn words_that_bound_a_number() {
        for (before, bound) in [
            ("takes over ", Bound::MoreThan),
            ("it is no more than ", Bound::AtMost),
            ("more than a ", Bound::MoreThan),
            ("at **least** a", Bound::None),
            ("At least ", Bound::AtLeast),
            ("(up to ", Bound::UpTo),
            ("less than ", Bound::LessThan),
            ("almost ", Bound::Nearly),
            ("only ", Bound::None),
            ("≥ ", Bound::AtLeast),
            ("just over ", Bound::MoreThan),
            ("moreover ", Bound::None),
            ("hand-over ", Bound::None),
            ("averaged over ", Bound::None),
            ("never over ", Bound::AtMost),
            ("nothing over ", Bound::AtMost),
        ] {
            assert_eq!(Bound::of(before, "").0, bound, "{before}");
        }
        assert_eq!(Bound::of("up to about ", ""), (Bound::UpTo, true));
        for (behind, bound) in [(" or more", Bound::AtLeast), ("+", Bound::AtLeast), (" at most.", Bound::AtMost)] {
            assert_eq!(Bound::of("takes ", behind).0, bound, "{behind}");
        }
        assert_eq!(Bound::of("", ", at least here").0, Bound::None);
    }

    #[test]
    fn bounds_hold_for_the_whole_spread() {
        assert!(!Bound::MoreThan.holds(5.0, 4.8, 4.8) && Bound::MoreThan.holds(5.0, 5.1, 50.0));
        assert!(!Bound::AtLeast.holds(3.0, 2.5, 4.0) && Bound::AtLeast.holds(3.0, 3.0, 4.0));
        assert!(!Bound::UpTo.holds(5.0, 4.0, 5.1) && Bound::AtMost.holds(5.0, 1.0, 5.0));
        assert!(!Bound::LessThan.holds(5.0, 1.0, 5.0));
    }

    #[test]
    fn words_that_compare() {
        let way = |before: &str, behind: &str| comparison(before, behind).map(|(way, _)| way);
        assert_eq!(way("", " faster than"), Some(Comparison::Less));
        assert_eq!(way("slower by ", "."), Some(Comparison::More));
        assert_eq!((way("", " as fast"), way("", ", faster"), way("faster ", "")), (None, None, None));
    }
}
