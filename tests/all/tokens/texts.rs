//! Random texts of what encodings treat in a way of its own. A number always gives the same text.

use tiktoken_rs::{cl100k_base_singleton, o200k_base_singleton};

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn character(&mut self, from: u32, to: u32) -> char {
        let point = from + self.below((to - from) as usize) as u32;
        char::from_u32(point).unwrap_or('\u{FFFD}')
    }
}

const SPACES: [&str; 20] = [
    " ", " ", " ", "  ", "    ", "\t", "\n", "\n", "\n\n", "\r\n", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{A0}",
    "\u{2003}", "\u{2028}", "\u{3000}", "\u{200B}", "\u{FEFF}",
];

const EMOJI: [&str; 12] = [
    "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}",
    "\u{1F468}\u{1F3FD}\u{200D}\u{1F4BB}",
    "\u{1F1E9}\u{1F1EA}",
    "\u{1F600}",
    "\u{2764}\u{FE0F}",
    "1\u{FE0F}\u{20E3}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}",
    "\u{200D}",
    "\u{FE0F}",
    "\u{1F44D}\u{1F3FF}",
    "\u{2615}",
    "\u{1FAE0}",
];

const WORDS: [&str; 36] = [
    "the",
    "Membership",
    "LIST",
    "camelCase",
    "HTTPServer",
    "iOS",
    "x",
    "I",
    "été",
    "Straße",
    "naïve",
    "ÆGIR",
    "ǅungla",
    "ʰa",
    "ªº",
    "中文字符",
    "日本語テキスト",
    "ひらがな",
    "한국어",
    "ภาษาไทย",
    "हिन्दी",
    "العَرَبِيَّة",
    "עִבְרִית",
    "Ελληνικά",
    "Русский",
    "ქართული",
    "Ა",
    "Donaudampfschifffahrtsgesellschaft",
    "e\u{301}",
    "\u{301}",
    "\u{20DD}",
    "\u{1D400}\u{1D41A}",
    "\u{10400}\u{10428}",
    "\u{20000}",
    "\u{13A0}\u{AB70}",
    "\u{1C5}",
];

const CONTRACTIONS: [&str; 16] =
    ["'s", "'S", "'\u{17F}", "'t", "'re", "'RE", "'vE", "'m", "'ll", "'LL", "'d", "'", "''", "\u{2019}s", "'l", "'x"];

const NUMBERS: [&str; 14] =
    ["0", "7", "42", "1386", "3.14", "1,000,000", "0x1F", "1e-9", "٣٤٥", "Ⅷ", "½", "²", "१२३४", "\u{1D7D8}\u{1D7D9}"];

const CODE: [&str; 32] = [
    "fn main() {\n",
    "    return x;\n",
    "://",
    "/*",
    "//",
    "*/\n",
    "!=",
    "->",
    "=>",
    "</div>\r\n",
    "\\n",
    "#[cfg(test)]",
    "{}",
    "();",
    "__init__",
    "self.",
    "`d.get(k)`",
    "'''",
    "\"\"\"",
    "| --- |\n",
    "## ",
    "- [x] ",
    "$(",
    "&&",
    "::",
    "@",
    "<!--",
    "-->",
    ",",
    ".",
    "...",
    "/\n/",
];

const SPECIAL: [&str; 9] = [
    "<|endoftext|>",
    "<|endofprompt|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|im_start|>",
    "<|return|>",
    "<|end",
    "|>",
];

pub fn random(number: u64) -> String {
    let mut random = Random(number);
    let mut text = String::new();
    for _ in 0..1 + random.below(14) {
        part(&mut random, &mut text);
    }
    text
}

fn part(random: &mut Random, text: &mut String) {
    match random.below(13) {
        0 => text.push(random.character(0, 0x80)),
        1 => text.push(random.character(0x80, 0x3000)),
        2 => text.push(random.character(0x80, 0x1_0000)),
        3 => text.push(random.character(0x1_0000, 0x11_0000)),
        4 => (0..1 + random.below(5)).for_each(|_| text.push_str(random.of(&SPACES))),
        5 => text.push_str(random.of(&EMOJI)),
        6 => text.push_str(random.of(&WORDS)),
        7 => {
            text.push_str(random.of(&WORDS));
            text.push_str(random.of(&CONTRACTIONS));
        }
        8 => (0..1 + random.below(3)).for_each(|_| text.push_str(random.of(&NUMBERS))),
        9 => text.push_str(random.of(&CODE)),
        10 => text.push_str(random.of(&SPECIAL)),
        11 => token(random, text),
        _ => repeated(random, text),
    }
}

/// A token of an encoding, if it is text.
fn token(random: &mut Random, text: &mut String) {
    let (encoding, ranks) =
        if random.below(3) == 0 { (cl100k_base_singleton(), 100_256) } else { (o200k_base_singleton(), 199_998) };
    if let Ok(token) = encoding.decode(&[random.below(ranks) as u32]) {
        text.push_str(&token);
    }
}

/// One character or two in turn, up to lengths where merging goes another way.
fn repeated(random: &mut Random, text: &mut String) {
    let one = random.of(&['a', 'A', ' ', '\n', '=', '0', '中', '\u{301}', '\'', '😀']);
    let other = random.of(&['b', 'B', '\t', '-', one, one, one]);
    let most = random.of(&[4, 16, 150]);
    (0..random.below(most)).for_each(|at| text.push(if at % 2 == 0 { one } else { other }));
}
