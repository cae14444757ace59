//! Words that look like others: letters of several scripts in one word, forms that are not normal, and the look of an id,
//! by which two can be compared (UTS 39). The tables of Unicode are asked here only.

use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript};

/// A word with letters of two scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mixture {
    /// Where the word begins, and where it ends.
    pub range: std::ops::Range<usize>,
    /// The first letter that is not of the script of the first.
    pub letter: char,
    /// The two scripts.
    pub scripts: [&'static str; 2],
}

impl Mixture {
    /// "`а` is U+0430, Cyrillic, beside Latin letters"
    pub fn what(&self) -> String {
        let [first, second] = self.scripts;
        format!("`{}` is U+{:04X}, {second}, beside {first} letters", self.letter, self.letter as u32)
    }
}

/// The words of a text that mix scripts. Japanese and Korean are written in several, Latin among them.
pub fn mixed(text: &str) -> Vec<Mixture> {
    words(text).filter_map(|(at, word)| mixture(at, word)).collect()
}

/// The words of a prose that mix Latin letters with Cyrillic or Greek ones. A Greek letter at the begin or the end of Latin
/// ones is a sign, as in `\u{394}t`, unless it looks like one of them.
pub fn mixed_in_prose(text: &str) -> Vec<Mixture> {
    let is_disguise = |mixture: &Mixture| {
        let word = &text[mixture.range.clone()];
        let scripts: Vec<Script> = word.chars().map(|c| c.script()).collect();
        let has = |script: Script| scripts.contains(&script);
        has(Script::Latin) && (has(Script::Cyrillic) || has(Script::Greek) && !has_greek_sign(word))
    };
    mixed(text).into_iter().filter(is_disguise).collect()
}

fn has_greek_sign(word: &str) -> bool {
    let mut greek = word.char_indices().filter(|(_, c)| c.script() == Script::Greek);
    let (Some((at, letter)), None) = (greek.next(), greek.next()) else { return false };
    let is_at_an_end = at == 0 || at + letter.len_utf8() == word.len();
    is_at_an_end && !DISGUISES.contains(letter)
}

/// Greek letters that look like Latin ones in any typeface. The others that do are known as signs.
const DISGUISES: &str =
    "\u{391}\u{392}\u{395}\u{396}\u{397}\u{399}\u{39a}\u{39c}\u{39d}\u{39f}\u{3a1}\u{3a4}\u{3a5}\u{3a7}\u{3bf}";

/// Words that are more than ASCII, and where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = if text.is_ascii() { "" } else { text };
    let parts = text.split(|c: char| !c.is_alphanumeric() && c.script() != Script::Inherited);
    parts.filter(|word| !word.is_ascii()).map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

fn mixture(at: usize, word: &str) -> Option<Mixture> {
    let has_script = |c: &char| ![Script::Common, Script::Inherited, Script::Unknown].contains(&c.script());
    let first = word.chars().find(has_script)?.script();
    let letter = word.chars().filter(has_script).find(|c| !go_together(first, c.script()))?;
    let scripts = [first.full_name(), letter.script().full_name()];
    Some(Mixture { range: at..at + word.len(), letter, scripts })
}

fn go_together(a: Script, b: Script) -> bool {
    let is_east_asian = |script| {
        [Script::Han, Script::Hiragana, Script::Katakana, Script::Hangul, Script::Bopomofo, Script::Latin]
            .contains(&script)
    };
    a == b || is_east_asian(a) && is_east_asian(b)
}

/// The normal form (NFKC) of a text, where the text is not in it.
pub fn normal(text: &str) -> Option<String> {
    let normal = Some(text).filter(|text| !text.is_ascii())?.nfkc().collect::<String>();
    (normal != text).then_some(normal)
}

/// Latin letters, and the letters of other scripts that look like them; a part of the table of UTS 39.
const LOOKS: &[(char, &str)] = &[
    ('A', "\u{391}\u{410}"),
    ('B', "\u{392}\u{412}"),
    ('C', "\u{3f9}\u{421}"),
    ('E', "\u{395}\u{415}"),
    ('G', "\u{50c}"),
    ('H', "\u{397}\u{41d}"),
    ('I', "\u{399}\u{406}\u{4c0}"),
    ('J', "\u{37f}\u{408}"),
    ('K', "\u{39a}\u{41a}"),
    ('M', "\u{39c}\u{41c}"),
    ('N', "\u{39d}"),
    ('O', "\u{39f}\u{41e}\u{555}"),
    ('P', "\u{3a1}\u{420}"),
    ('S', "\u{405}\u{54f}"),
    ('T', "\u{3a4}\u{422}"),
    ('X', "\u{3a7}\u{425}"),
    ('Y', "\u{3a5}\u{423}\u{4ae}"),
    ('Z', "\u{396}"),
    ('a', "\u{3b1}\u{430}"),
    ('c', "\u{3f2}\u{441}"),
    ('d', "\u{501}"),
    ('e', "\u{435}\u{4bd}"),
    ('h', "\u{4bb}\u{570}"),
    ('i', "\u{3b9}\u{456}"),
    ('j', "\u{3f3}\u{458}"),
    ('k', "\u{3ba}\u{43a}"),
    ('n', "\u{578}"),
    ('o', "\u{3bf}\u{43e}\u{585}"),
    ('p', "\u{3c1}\u{440}"),
    ('q', "\u{51b}\u{566}"),
    ('s', "\u{455}"),
    ('u', "\u{3c5}\u{57d}"),
    ('v', "\u{3bd}\u{475}"),
    ('w', "\u{461}\u{51d}"),
    ('x', "\u{445}"),
    ('y', "\u{3b3}\u{443}\u{4af}"),
];

/// What an id looks like: two of the same look are told apart by no reader.
pub fn skeleton(id: &str) -> String {
    let look = |c: char| LOOKS.iter().find(|(_, others)| others.contains(c)).map_or(c, |(latin, _)| *latin);
    id.nfkc().map(look).collect()
}

/// What an id looks like to a reader in a hurry: 0 and O, 1, l and I, 5 and S are one.
pub fn blurred(id: &str) -> String {
    let blur = |c: char| match c {
        'O' => '0',
        'l' | 'I' => '1',
        'S' => '5',
        c => c,
    };
    skeleton(id).chars().map(blur).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_two_scripts_are_found_with_their_place() {
        let found = mixed("see p\u{430}ypal now");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].range.clone(), found[0].letter), (4..11, '\u{430}'));
        assert_eq!(found[0].what(), "`\u{430}` is U+0430, Cyrillic, beside Latin letters");
        for fine in [
            "plain",
            "\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442} hello",
            "API\u{8a2d}\u{8a08}",
            "caf\u{e9}",
            "cafe\u{301}",
        ] {
            assert_eq!(mixed(fine), [], "{fine}");
        }
    }

    #[test]
    fn greek_signs_are_no_disguise() {
        for fine in ["\u{394}t", "3 \u{b5}s", "\u{3bc}s", "\u{3c3}", "k\u{3a9}", "\u{3b1}x", "\u{3b1}\u{3b2}"] {
            assert_eq!(mixed_in_prose(fine), [], "{fine}");
        }
        for caught in ["p\u{3b1}ypal", "\u{391}dmin", "s\u{435}t", "\u{43d}ot", "c\u{3bf}de", "hell\u{3bf}"] {
            assert_eq!(mixed_in_prose(caught).len(), 1, "{caught}");
        }
    }

    #[test]
    fn ids_that_look_alike_have_one_look() {
        assert_eq!(skeleton("\u{41c}EM1"), "MEM1");
        assert_eq!(skeleton("cpu"), skeleton("\u{441}\u{440}\u{3c5}"));
        assert_ne!(skeleton("MEMI"), skeleton("MEM1"));
        assert_eq!(blurred("MEMI"), blurred("MEM1"));
        assert_ne!(blurred("MEM2"), blurred("MEM1"));
        assert_eq!(normal("\u{ff2d}EM").as_deref(), Some("MEM"));
        assert_eq!((normal("MEM"), normal("caf\u{e9}")), (None, None));
    }
}
