//! Numbers as people and tools write them, with the units behind them.

use std::ops::Range;

use super::Unit;

/// A number as written in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberInText {
    pub value: f64,
    /// Digits after the decimal point.
    pub decimals: u32,
    /// Zeros that end a number without decimals: with "about" before it they are not significant.
    pub trailing_zeros: u32,
    /// The power of ten that it is multiplied with: 3 of `5e3` and `5×10³`.
    exponent: i32,
    pub unit: Option<Unit>,
    /// What makes it something else than a plain number with a unit that kbc knows: the `k` of 216k, the second half of 1/5.
    pub unknown: Option<String>,
}

/// The digits of a number, as they are read.
struct Digits {
    length: usize,
    number: NumberInText,
}

impl NumberInText {
    /// Every number of a text: `1,386x`, `69.5 %`, `3.91 us`. A number inside a word (`utf8`) is none.
    pub fn all(text: &str) -> Vec<NumberInText> {
        Self::found(text).into_iter().map(|(_, number)| number).collect()
    }

    /// Every number of a text, with the bytes of it and its unit.
    pub fn found(text: &str) -> Vec<(Range<usize>, NumberInText)> {
        let mut found: Vec<(Range<usize>, NumberInText)> = Vec::new();
        let mut at = 0;
        // Where a number can begin: at a digit, or at a point before one.
        while let Some(step) = text[at..].find(|c: char| c.is_ascii_digit() || c == '.') {
            at += step;
            let before = text[..at].chars().next_back();
            let is_inside = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let Some(mut digits) = Digits::of(&text[at..]).filter(|_| !is_inside) else {
                at += 1;
                continue;
            };
            digits.read_unit(&text[at + digits.length..]);
            if is_negative(&text[..at], found.is_empty()) {
                digits.number.value = -digits.number.value;
            }
            found.push((at..at + digits.length, digits.number));
            at += digits.length;
        }
        share_units(text, &mut found);
        found
    }

    /// The numbers of a prose that mean a quantity. "3 times" is a count, "HTTP/2 s" a name.
    pub fn quantities(text: &str) -> Vec<(Range<usize>, NumberInText)> {
        let found = Self::found(text).into_iter();
        found.filter(|(range, number)| number.is_quantity(text, range)).collect()
    }

    /// Does it mean a quantity, where it stands in a prose?
    pub fn is_quantity(&self, text: &str, range: &Range<usize>) -> bool {
        let Some(unit) = &self.unit else { return false };
        let (before, written, after) = (&text[..range.start], &text[range.clone()], &text[range.end..]);
        let is_name = before.strip_suffix('/').is_some_and(|before| before.ends_with(char::is_alphabetic));
        let is_glued =
            written.strip_suffix(unit.symbol()).is_some_and(|digits| digits.ends_with(|c: char| c.is_ascii_digit()));
        let is_decade = || is_glued && self.value % 10.0 == 0.0 && (1000.0..3000.0).contains(&self.value);
        !is_name
            && match unit.symbol() {
                "times" => is_compared(after),
                "bit" | "bits" | "pp" => false,
                "d" | "D" => !is_glued,
                "s" => !is_decade(),
                _ => true,
            }
    }

    /// Is this number `value` rounded at its last written digit? Zeros that end it count as written,
    /// unless it was marked as an approximation ("about 200x").
    pub fn is_true_of(&self, value: f64, approximate: bool) -> bool {
        let zeros = if approximate { self.trailing_zeros } else { 0 };
        let count = |count: u32| i32::try_from(count).unwrap_or(99);
        let place = 10f64.powi((count(zeros) - count(self.decimals)).saturating_add(self.exponent));
        // Half a place, and a hair for values that binary fractions cannot hold.
        self.value.is_finite() && place.is_finite() && (value - self.value).abs() <= place * 0.5 * (1.0 + 1e-9)
    }
}

/// Words that make of "3 times" a ratio.
const COMPARING: [&str; 37] = [
    "as", "faster", "slower", "more", "less", "fewer", "longer", "shorter", "larger", "smaller", "bigger", "higher",
    "lower", "cheaper", "dearer", "better", "worse", "quicker", "heavier", "lighter", "greater", "deeper", "costlier",
    "the", "that", "its", "their", "what", "this", "those", "our", "your", "slow", "fast", "wider", "narrower",
    "stronger",
];

fn is_compared(after: &str) -> bool {
    let word: String = after.trim_start().chars().take_while(|c| c.is_alphabetic()).collect();
    COMPARING.contains(&word.to_lowercase().as_str())
}

const SIGNS: [char; 6] = ['-', '−', '–', '‑', '﹣', '－'];

/// Does the text before a number end with its sign? Between two numbers or words it is a hyphen.
fn is_negative(before: &str, is_first: bool) -> bool {
    if let Some(front) = before.strip_suffix(SIGNS) {
        return !front.ends_with(|c: char| c.is_alphanumeric() || c == ')');
    }
    // A sign and a space are all that is before it.
    let mut alone = if is_first { before.trim() } else { "" }.chars();
    alone.next().is_some_and(|sign| SIGNS.contains(&sign)) && alone.next().is_none()
}

/// A number without a unit that is joined to one with a unit has the same: `5–10 ms`, `5 to 10 ms`, `5 ± 1 s`.
fn share_units(text: &str, found: &mut [(Range<usize>, NumberInText)]) {
    for at in (1..found.len()).rev() {
        let [(first, number), (second, other)] = &mut found[at - 1..=at] else { continue };
        let between = text[first.end..second.start].trim();
        let is_joined = ["-", "–", "—", "‑", "−", "to", "±", "+-", "+/-", "..", "...", "…"].contains(&between);
        if is_joined && number.unit.is_none() && other.unit.is_some() {
            number.unit.clone_from(&other.unit);
            number.unknown = None;
        }
    }
}

impl Digits {
    /// The number that a text begins with.
    fn of(text: &str) -> Option<Self> {
        let (whole, mut unknown) = whole_digits(text);
        let fraction = text[whole..].strip_prefix('.').map_or(0, digits);
        if whole == 0 && fraction == 0 {
            return None;
        }
        let mut length = if fraction > 0 { whole + 1 + fraction } else { whole };
        let plain: String = text[..length].chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
        let zeros = if fraction > 0 { 0 } else { plain.len() - plain.trim_end_matches('0').len() };
        let (mut plain, mut zeros) = (plain, zeros);
        let power = exponent(&text[length..]).map(|(end, power)| (end, power, false));
        let power =
            power.or_else(|| raised(&text[length..]).filter(|_| plain == "10").map(|(end, power)| (end, power, true)));
        let mut exponent = 0;
        if let Some((end, power, is_of_ten)) = power {
            length += end;
            exponent = power;
            if is_of_ten {
                (plain, zeros) = ("1".to_owned(), 0);
            }
        }
        let rest = &text[length..];
        // A version (3.12.1), a fraction (1/5), a time (12:30) is read whole, and is no plain number.
        let joint = rest.strip_prefix(['.', '/', ':']).map_or(0, digits);
        if joint > 0 {
            let end = rest.find(|c: char| !c.is_ascii_digit() && !"./:".contains(c)).unwrap_or(rest.len());
            let end = rest[..end].trim_end_matches(['.', '/', ':']).len();
            unknown = Some(text[..length + end].to_owned());
            length += end;
        }
        let value: f64 = format!("{plain}e{exponent}").parse().unwrap_or(f64::NAN);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (decimals, trailing_zeros) = (count(fraction), count(zeros));
        Some(Self { length, number: NumberInText { value, decimals, trailing_zeros, exponent, unit: None, unknown } })
    }

    /// Reads the unit in the text behind it, or the word that is none.
    fn read_unit(&mut self, after: &str) {
        let is_version =
            self.number.unknown.as_ref().is_some_and(|read| read.contains(':') || read.matches('.').count() > 1);
        match unit_after(after).filter(|_| !is_version) {
            Some((length, unit)) => {
                self.number.unit = Some(unit);
                // `ms/1,000 calls`
                let per = after[length..].strip_prefix('/');
                let per = per.map(|_| after.trim_start().split(is_space).next().unwrap_or_default().to_owned());
                self.number.unknown = self.number.unknown.take().or(per);
                self.length += length;
            }
            None => self.number.unknown = self.number.unknown.take().or_else(|| unknown_after(after)),
        }
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The length of the digits before the point, with what groups them; and the digits, where they may be two numbers.
fn whole_digits(text: &str) -> (usize, Option<String>) {
    let first = digits(text);
    let mut length = first;
    let mut is_spaced = false;
    while let Some(sign) = text[length..].chars().next() {
        let group = digits(&text[length + sign.len_utf8()..]);
        let is_group = match sign {
            ',' => group == 3,
            '_' => group > 0,
            '\'' | '’' => group == 3 && first <= 3,
            sign if sign.is_whitespace() => group == 3 && first <= 3 && sign != '\n',
            _ => false,
        };
        if !is_group || first == 0 {
            break;
        }
        is_spaced |= sign == ' ';
        length += sign.len_utf8() + group;
    }
    (length, is_spaced.then(|| text[..length].to_owned()))
}

/// The power of ten behind a number: `e3`, `×10³`, ` x 10^3`, `*10**3`.
fn exponent(text: &str) -> Option<(usize, i32)> {
    if let Some(after) = text.strip_prefix(['e', 'E']) {
        let (end, power) = signed(after)?;
        return Some((end + 1, power));
    }
    let trimmed = text.trim_start();
    let sign = trimmed.chars().next().filter(|c| "×x·⋅∙*".contains(*c))?;
    let ten = trimmed[sign.len_utf8()..].trim_start();
    let (end, power) = raised(ten.strip_prefix("10")?)?;
    Some((text.len() - ten.len() + 2 + end, power))
}

/// A raised number: `^3`, `**3`, `³`.
fn raised(text: &str) -> Option<(usize, i32)> {
    if let Some(after) = text.strip_prefix("**").or_else(|| text.strip_prefix('^')) {
        let (end, power) = signed(after)?;
        return Some((text.len() - after.len() + end, power));
    }
    let plain = |c: char| "⁰¹²³⁴⁵⁶⁷⁸⁹⁻".chars().position(|raised| raised == c);
    let end = text.find(|c| plain(c).is_none()).unwrap_or(text.len());
    let power: String =
        text[..end].chars().filter_map(plain).map(|digit| if digit == 10 { '-' } else { DIGITS[digit] }).collect();
    Some((end, power.parse().ok()?))
}

const DIGITS: [char; 10] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

fn signed(text: &str) -> Option<(usize, i32)> {
    let after = text.strip_prefix(['-', '−', '+']).unwrap_or(text);
    let (sign, count) = (text.len() - after.len(), digits(after));
    let power: i32 = after[..count].parse().ok().filter(|power| *power <= 300)?;
    Some((sign + count, if text.starts_with(['-', '−']) { -power } else { power }))
}

/// What is no word of its own: white space of every width, and signs without any.
fn is_space(c: char) -> bool {
    c.is_whitespace() || "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}".contains(c)
}

/// The unit behind a number, and where it ends: after a space, a hyphen, `_` or `~`, or in brackets.
fn unit_after(text: &str) -> Option<(usize, Unit)> {
    let spaced = text.trim_start_matches(is_space);
    let joined =
        if spaced.len() == text.len() { text.strip_prefix(['-', '‐', '‑', '–', '_', '~', '·']) } else { None };
    let start = joined.unwrap_or(spaced);
    let marked = start.trim_start_matches(['*', '_', '`', '"', '“']);
    let (name, bracket) = match marked.strip_prefix(['(', '[', '{']) {
        Some(name) => (name.trim_start_matches(is_space), true),
        None => (marked, false),
    };
    let (length, unit) = named(name)?;
    let after = &name[length..];
    let closing = after.trim_start_matches(is_space);
    if bracket {
        let end = closing.strip_prefix([')', ']', '}'])?;
        return Some((text.len() - end.len(), unit));
    }
    Some((text.len() - after.len(), unit))
}

/// The unit that a text begins with.
fn named(text: &str) -> Option<(usize, Unit)> {
    let first = word(text);
    let lower: String = text.chars().take(20).flat_map(char::to_lowercase).collect();
    for points in ["percentage points", "percentage point", "percent points", "%-points", "%-point", "% points"] {
        if lower.starts_with(points) {
            return Some((points.len(), Unit::new("percentage-points")));
        }
    }
    if lower.starts_with("per cent") {
        return Some((8, Unit::new("percent")));
    }
    let after = &text[first.len()..];
    // `MB/s`, `requests per second`
    for joint in ["/", " per ", " / "] {
        let Some(per) = after.strip_prefix(joint).map(word).filter(|per| !per.is_empty()) else { continue };
        let symbol = format!("{first}{joint}{per}").replace(" / ", "/");
        let is_rate = Unit::known(&per).is_some();
        if (joint == "/" || is_rate)
            && let Some(unit) = Unit::known(&symbol)
        {
            return Some((first.len() + joint.len() + per.len(), unit));
        }
    }
    let unit = Unit::known(&first)?;
    let next = after.chars().next();
    // `3 x 4` is no ratio, `2 x-ray` no unit, m² and ms2 are others.
    let is_size = unit.is_ratio() && first != "times" && after.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let goes_on =
        |sign: &[char], is: fn(char) -> bool| after.strip_prefix(sign).is_some_and(|rest| rest.starts_with(is));
    let is_longer = next.is_some_and(|c| c.is_alphanumeric() || c == '^')
        || goes_on(&['_'], char::is_alphanumeric)
        || goes_on(&['-', '−', '⁻'], char::is_numeric)
        || first.len() == 1 && goes_on(&['-'], char::is_alphabetic);
    (!is_size && !is_longer).then_some((first.len(), unit))
}

/// The letters that a text begins with, or the sign, as one word.
fn word(text: &str) -> String {
    let sign = text.chars().next().filter(|c| "%×‰°".contains(*c));
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    text[..sign.map_or(end, char::len_utf8)].to_owned()
}

/// The word behind a number that is no unit; none, where the number stands alone.
fn unknown_after(text: &str) -> Option<String> {
    let trimmed = text.trim_start_matches(is_space);
    let is_glued = trimmed.len() == text.len();
    let first = trimmed.chars().next()?;
    let is_end = ".,;:!?)]}\"'»”’…|=\u{1}".contains(first) || !is_glued && "–—-−+".contains(first);
    let word = trimmed.split(is_space).next().unwrap_or_default();
    let word = word.trim_end_matches(|c: char| ".,;:!?)]}\"'»”…".contains(c));
    (!is_end && !word.is_empty()).then(|| word.to_owned())
}

/// Are there digits in a text that are no number: in a word, raised, of another script?
pub fn hides_digits(text: &str) -> bool {
    text.chars().any(char::is_numeric)
}

/// A quantity that a text says in words, which nothing can be compared with: `twice`, `ten times`, `orders of magnitude`.
pub fn in_words(text: &str) -> Option<String> {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let is_number = |word: &String| NUMBER_WORDS.split(' ').any(|known| known == word.as_str());
    let said = words.iter().position(|word| QUANTITIES.split(' ').any(|known| known == word.as_str()));
    if let Some(at) = said {
        return Some(words[at].clone());
    }
    let mut pairs = words.windows(2);
    let pair = pairs.find(|pair| is_number(&pair[0]) && (Unit::known(&pair[1]).is_some() || is_number(&pair[1])));
    pair.map(|pair| pair.join(" "))
}

const QUANTITIES: &str = "twice thrice half halves halved doubled triple tripled quadruple twofold \
     couple threefold fourfold fivefold tenfold hundredfold thousandfold magnitude";
const NUMBER_WORDS: &str = "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty \
     sixty seventy eighty ninety hundred thousand million billion dozen several few";

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> NumberInText {
        let all = NumberInText::all(text);
        assert_eq!(all.len(), 1, "{text}: {all:?}");
        all[0].clone()
    }

    fn value_and_unit(text: &str) -> (f64, String) {
        let number = one(text);
        (number.value, number.unit.map_or(String::new(), |unit| unit.symbol().to_owned()))
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
        assert!(one("5e3 s").is_true_of(5200.0, false) && !one("5.0e3 s").is_true_of(5200.0, false));
        assert!(one("1e-3 s").is_true_of(0.001, false) && !one("1e-3 s").is_true_of(0.0016, false));
    }

    #[test]
    fn numbers_are_read_with_their_units() {
        assert_eq!(one("1,386x").value, 1386.0);
        assert_eq!(one("saves 69.5 %.").unit, Some(Unit::new("%")));
        assert_eq!(one("3.91 us, then").unit, Some(Unit::new("us")));
        assert_eq!(one("**203x**").unit, Some(Unit::new("x")));
        assert_eq!(one("orjson 8 times").unit, Some(Unit::new("times")));
        assert_eq!(one("3.9 microseconds").unit.and_then(|unit| unit.factor_to(&Unit::new("us"))), Some(1.0));
        assert_eq!(one("\u{2212}5").value, -5.0);
        assert!(hides_digits("x217") && hides_digits("²¹⁷x") && !hides_digits("twice"));
        assert!(NumberInText::all("utf8 and o200k").is_empty());
        assert_eq!(NumberInText::all("1,000 items: 216x").len(), 2);
    }

    #[test]
    fn nothing_between_a_number_and_its_unit_hides_it() {
        let spaces = ["", " ", "  ", "\t", "\n", "\u{a0}", "\u{2009}", "\u{202f}", "\u{2007}", "\u{200b}", "\u{3000}"];
        for space in spaces.iter().chain(&["-", "_", "~", "\u{2011}", " *", " `", "**"]) {
            assert_eq!(value_and_unit(&format!("5{space}ms")), (5.0, "ms".into()), "{space:?}");
        }
        for text in ["5 (ms)", "5 [ms]", "5( ms )", "5 {ms}"] {
            assert_eq!(value_and_unit(text), (5.0, "ms".into()), "{text}");
        }
    }

    #[test]
    fn digits_are_read_however_they_are_written() {
        for text in
            ["5,123 ms", "5_123 ms", "5'123 ms", "5’123 ms", "5\u{a0}123 ms", "5\u{202f}123 ms", "5\u{2009}123 ms"]
        {
            assert_eq!(value_and_unit(text), (5123.0, "ms".into()), "{text}");
            assert_eq!(one(text).unknown, None, "{text}");
        }
        assert_eq!(one("5 123 ms").unknown.as_deref(), Some("5 123"), "it may be two numbers");
        assert_eq!((value_and_unit(".25 s"), value_and_unit("-.5 s")), ((0.25, "s".into()), (-0.5, "s".into())));
        for text in ["5e3 ms", "5E+3 ms", "5×10³ ms", "5 x 10^3 ms", "5·10^3 ms", "5 * 10**3 ms", "5000 ms", "5e3ms"]
        {
            assert_eq!(value_and_unit(text), (5000.0, "ms".into()), "{text}");
        }
        assert_eq!((value_and_unit("1e-3 s"), value_and_unit("10⁻³ s")), ((0.001, "s".into()), (0.001, "s".into())));
        assert_eq!(value_and_unit("10^6 ops/s"), (1e6, "ops/s".into()));
        assert!(
            !one("1e300 s").is_true_of(1.0, true) && !one(&format!("1{} s", "0".repeat(400))).is_true_of(1.0, true)
        );
    }

    #[test]
    fn words_of_people_and_tools_are_units() {
        for (text, symbol) in [
            ("20 usec", "usec"),
            ("3 hours", "hours"),
            ("5 secs", "secs"),
            ("4 TB", "TB"),
            ("216×", "×"),
            ("1.5 ms/op", "ms/op"),
            ("300 MB/s", "MB/s"),
            ("5 Mbit/s", "Mbit/s"),
            ("5 req/s", "req/s"),
            ("5 requests per second", "requests per second"),
            ("2 GHz", "GHz"),
            ("5-fold", "fold"),
            ("3 days", "days"),
            ("5 percentage points", "percentage-points"),
            ("5 per cent", "percent"),
            ("5 ms per call", "ms"),
        ] {
            assert_eq!(one(text).unit, Some(Unit::new(symbol)), "{text}");
            assert_eq!(one(text).unknown, None, "{text}");
        }
    }

    #[test]
    fn what_is_no_unit_is_named() {
        for (text, word) in [
            ("216k", "k"),
            ("216 thousand", "thousand"),
            ("203 requests", "requests"),
            ("5 ks", "ks"),
            ("5 ms²", "ms²"),
            ("5½ s", "½"),
            ("1/5 s", "1/5"),
            ("3.12.1 s", "3.12.1"),
            ("3 x 4", "x"),
            ("5 orders of magnitude", "orders"),
            ("12:30", "12:30"),
            ("5 s^2", "s^2"),
            ("5 s-1", "s-1"),
        ] {
            assert_eq!(NumberInText::all(text)[0].unknown.as_deref(), Some(word), "{text}");
        }
        for text in ["203", "203, as measured", "203.", "(203)", "203 – so"] {
            assert_eq!((one(text).unknown, one(text).unit), (None, None), "{text}");
        }
    }

    #[test]
    fn a_number_is_found_with_its_unit() {
        let quantities = |text: &str| {
            NumberInText::quantities(text).into_iter().map(|(range, _)| text[range].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(quantities("takes 1,386 ns, or 50 %; 3.11 and 5 items"), ["1,386 ns", "50 %"]);
        assert_eq!(
            quantities("It takes 20 usec, 3 hours, 4 TB, 5-ms, 1.5 ms/op, .25 s, 5_123 ms, and is 216× faster"),
            ["20 usec", "3 hours", "4 TB", "5-ms", "1.5 ms/op", ".25 s", "5_123 ms", "216×"]
        );
        assert_eq!(
            quantities("8 times faster, 3-fold, 3 times the cost, 1e-3 s"),
            ["8 times", "3-fold", "3 times", "1e-3 s"]
        );
        assert_eq!(quantities("5–10 ms, 5 to 10 s, 5 ± 1 s, 1/5 s"), ["5", "10 ms", "5", "10 s", "5", "1 s", "1/5 s"]);
        for noise in [
            "We ran it 3 times.",
            "a 3 x 4 matrix",
            "a 3x4 matrix",
            "HTTP/2 s",
            "Python 3.12.1 s",
            "the 1990s",
            "2026-01-02",
            "a 3d plot",
            "64-bit integers",
            "at 12:30",
            "5 times",
            "utf8 s",
            "2 x-rays",
            "5 items",
        ] {
            assert_eq!(quantities(noise), [""; 0], "{noise}");
        }
    }

    #[test]
    fn quantities_in_words_are_none() {
        for text in ["twice as fast", "half", "ten times", "Five ms", "orders of magnitude", "a hundred times"] {
            assert!(in_words(text).is_some(), "{text}");
        }
        for text in ["faster", "the data", "one of two", "ten items", "time"] {
            assert_eq!(in_words(text), None, "{text}");
        }
    }
}
