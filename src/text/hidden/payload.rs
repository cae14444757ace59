//! What hidden characters spell: tags as letters, selectors as bytes, two kinds of zero-width characters as bits.

/// Bytes that a text must have at least, so that chance does not pass for one.
const SHORTEST: usize = 2;

/// What a run spells, if it reads as text.
pub fn decode(run: &str) -> Option<String> {
    let parts = [tags(run), selectors(run), bits(run)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// U+E0020 to U+E007E are the printable characters of ASCII.
fn tags(run: &str) -> Option<String> {
    let letter = |c: char| char::from_u32((c as u32).checked_sub(0xe0000)?).filter(|c| (' '..='~').contains(c));
    let text: String = run.chars().filter_map(letter).collect();
    (!text.is_empty()).then_some(text)
}

/// The sixteen selectors and their supplement are the 256 bytes, in order.
fn selectors(run: &str) -> Option<String> {
    let byte = |c: char| match c as u32 {
        c @ 0xfe00..=0xfe0f => u8::try_from(c - 0xfe00).ok(),
        c @ 0xe0100..=0xe01ef => u8::try_from(c - 0xe0100 + 16).ok(),
        _ => None,
    };
    readable(run.chars().filter_map(byte).collect())
}

/// One kind of character is zero, another is one, others only separate; eight or seven of them are a letter. Which is which
/// is tried out.
fn bits(run: &str) -> Option<String> {
    let is_bit = |c: &char| matches!(*c as u32, 0x200b..=0x200f | 0x2060..=0x2064 | 0xfeff | 0x180e | 0xad);
    let letters: Vec<char> = run.chars().filter(is_bit).collect();
    let mut kinds = letters.clone();
    kinds.sort_unstable();
    kinds.dedup();
    let pairs =
        kinds.iter().flat_map(|zero| kinds.iter().map(move |one| (*zero, *one))).filter(|(zero, one)| zero != one);
    pairs.flat_map(|pair| [(pair, 8), (pair, 7)]).find_map(|((zero, one), width)| {
        let digits: Vec<u8> = letters.iter().filter(|c| [zero, one].contains(c)).map(|c| u8::from(*c == one)).collect();
        let is_whole = digits.len().is_multiple_of(width);
        let bytes = digits.chunks(width).map(|digits| digits.iter().fold(0, |byte, digit| byte << 1 | digit));
        readable(bytes.filter(|_| is_whole).collect()).filter(|text| text.is_ascii())
    })
}

fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let is_text = text.len() >= SHORTEST && !text.chars().any(|c| c.is_control() && c != '\n');
    (is_text && super::scan(&text).is_empty()).then_some(text)
}
