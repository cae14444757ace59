//! For every class what is caught, beside what only looks like it.

use super::*;

/// Class, text that is caught, a lookalike that is fine.
const FIXTURES: &[(Class, &str, &str)] = &[
    (Class::Tag, "a\u{e0041}b", "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"),
    (
        Class::Tag,
        "\u{1f3f4}\u{e0075}\u{e0073}\u{e007f}",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    ),
    (
        Class::Tag,
        "\u{1f600}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
    ),
    (Class::Direction, "a\u{202e}b", "\u{5e9}\u{5dc}\u{5d5}\u{5dd} abc"),
    (Class::Direction, "\u{200f}", "\u{2010}"),
    (Class::Direction, "\u{627}\u{61c}\u{628}", "\u{627}\u{61b}\u{628}"),
    (Class::Direction, "\u{2066}a\u{2069}", "(a)"),
    (Class::ZeroWidth, "a\u{200b}b", "a\u{2009}b"),
    (Class::ZeroWidth, "a\u{200d}b", "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}"),
    (Class::ZeroWidth, "\u{1f468}\u{200d}b", "\u{1f469}\u{1f3fd}\u{200d}\u{1f4bb}"),
    (Class::ZeroWidth, "a\u{200c}b", "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}"),
    (Class::ZeroWidth, "\u{645}\u{200c}\u{200c}\u{62e}", "\u{915}\u{94d}\u{200d}\u{937}"),
    (Class::ZeroWidth, "\u{645}\u{200c} b", "\u{d28}\u{d4d}\u{200d} b"),
    (Class::ZeroWidth, "\u{661}\u{200c}\u{662}", "\u{2764}\u{fe0f}\u{200d}\u{1f525}"),
    (Class::ZeroWidth, "a\u{2060}b", "a\u{a0}b"),
    (Class::ZeroWidth, "a\u{feff}", "\u{feff}a"),
    (Class::ZeroWidth, "\u{feff}\u{feff}a", "\u{feff}"),
    (Class::ZeroWidth, "\u{180e}", "\u{1820}"),
    (Class::Operator, "f\u{2061}(x)", "f(x)"),
    (Class::Operator, "2\u{2062}x", "2\u{d7}x"),
    (Class::Operator, "\u{206a}", "\u{2070}"),
    (Class::VariationSelector, "a\u{fe0f}", "\u{2764}\u{fe0f}"),
    (Class::VariationSelector, "1\u{fe0f}", "1\u{fe0f}\u{20e3}"),
    (Class::VariationSelector, "\u{1f600}\u{fe00}", "\u{1f600}\u{fe0e}"),
    (Class::VariationSelector, "\u{1f600}\u{fe0f}\u{fe0f}", "\u{263a}\u{fe0f}"),
    (Class::VariationSelector, "\u{1f600}\u{e0100}", "\u{1f600}\u{1f3fd}"),
    (Class::VariationSelector, "\u{1820}\u{180b}", "\u{1820}\u{1821}"),
    (Class::Filler, "co\u{ad}op", "co-op"),
    (Class::Filler, "a\u{34f}", "a\u{301}"),
    (Class::Filler, "\u{115f}\u{1160}", "\u{1100}\u{1161}"),
    (Class::Filler, "\u{17b4}", "\u{17b6}"),
    (Class::Filler, "\u{3164}", "\u{3163}"),
    (Class::Filler, "\u{ffa0}", "\u{ffa1}"),
    (Class::Filler, "\u{2800}", "\u{2801}"),
    (Class::Control, "a\rb", "a\r\nb"),
    (Class::Control, "a\u{0}", "a\tb"),
    (Class::Control, "\u{1b}[31m", "[31m"),
    (Class::Control, "\u{7f}", "~"),
    (Class::Control, "\u{85}", "\u{b5}"),
    (Class::Control, "a\u{2028}b", "a\nb"),
    (Class::Annotation, "\u{fff9}a\u{fffa}b\u{fffb}", "\u{300c}a\u{300d}"),
    (Class::Annotation, "\u{1d173}", "\u{1d172}"),
    (Class::Annotation, "\u{1bca0}", "\u{1bc9f}"),
    (Class::PrivateUse, "\u{e000}", "\u{d7a3}"),
    (Class::PrivateUse, "\u{f0000}", "\u{20000}"),
    (Class::Noncharacter, "\u{fdd0}", "\u{fdf0}"),
    (Class::Noncharacter, "\u{ffff}", "\u{ff5e}"),
    (Class::Replacement, "\u{fffd}", "?"),
];

#[test]
fn every_class_is_caught_and_its_lookalikes_are_not() {
    let plain = "x".repeat(3 * STRIDE);
    for (wanted, caught, fine) in FIXTURES {
        for around in ["", plain.as_str()] {
            let hidden = if around.is_empty() { (*caught).to_owned() } else { format!("{around} {caught} {around}") };
            let runs = scan(&hidden);
            assert!(runs.iter().any(|run| run.class == *wanted), "{caught:?} in {} bytes: {runs:?}", hidden.len());
        }
        assert_eq!(scan(fine), [], "{fine:?}");
    }
    let seen: std::collections::BTreeSet<Class> = FIXTURES.iter().map(|(class, ..)| *class).collect();
    assert_eq!(seen.len(), 11, "a class has no fixture");
}

#[test]
fn every_hidden_character_is_caught_between_letters_and_has_a_name() {
    let hidden: Vec<char> = ('\0'..=char::MAX).filter(|c| class(*c).is_some()).collect();
    assert!(hidden.len() > 138_000, "private planes and all");
    for c in hidden {
        let text = format!("a{c}b");
        let runs = scan(&text);
        assert_eq!(runs.len(), 1, "U+{:04X}", c as u32);
        assert_eq!((&runs[0].range, runs[0].first), (&(1..1 + c.len_utf8()), c));
        assert!(!name(c).is_empty() && name(c).is_ascii(), "U+{:04X}", c as u32);
        assert_eq!(visible(&text), format!("a\\u{{{:x}}}b", c as u32));
    }
}

#[test]
fn unusual_spaces_are_told_where_their_language_does_not_need_them() {
    let told = |text: &str| scan_for(text, Spaces::Told, |_| false).len();
    for (space, name) in spaces::SPACES {
        assert_eq!((told(&format!("Use{space}sets")), scan(&format!("Use{space}sets")).len()), (1, 0), "{name}");
        assert_eq!((told(&space.to_string()), super::name(space).as_ref()), (1, name));
        assert_eq!(told(&format!("10{space}ms")), 1, "{name}");
    }
    for fine in [
        "Vraiment\u{a0}? Oui\u{202f}! \u{ab}\u{a0}mot\u{a0}\u{bb}\u{a0}: 5\u{202f}%",
        "\u{96c6}\u{5408}\u{3000}\u{4f7f}\u{3046}",
        "\u{3000}\u{96c6}\u{5408}\u{3002}\u{3000}",
        "\u{182e}\u{1823}\u{202f}\u{1824}",
        "\u{1681}\u{1680}\u{1682}",
        "a b\tc\n",
    ] {
        assert_eq!(told(fine), 0, "{fine:?}");
    }
    for odd in ["a\u{a0}\u{a0}?", "\u{a0}?", "a\u{2003}?", "a\u{3000}b", "\u{96c6}\u{3000}\u{3000}a"] {
        assert!(told(odd) > 0, "{odd:?}");
    }
}

#[test]
fn names_are_those_of_the_standard() {
    for (c, wanted) in [
        ('\u{1b}', "ESCAPE"),
        ('\u{9f}', "APPLICATION PROGRAM COMMAND"),
        ('\u{7f}', "DELETE"),
        ('\u{200b}', "ZERO WIDTH SPACE"),
        ('\u{fe0f}', "VARIATION SELECTOR-16"),
        ('\u{e0100}', "VARIATION SELECTOR-17"),
        ('\u{e01ef}', "VARIATION SELECTOR-256"),
        ('\u{e0020}', "TAG SPACE"),
        ('\u{e002f}', "TAG SOLIDUS"),
        ('\u{e0039}', "TAG DIGIT NINE"),
        ('\u{e0040}', "TAG COMMERCIAL AT"),
        ('\u{e0041}', "TAG LATIN CAPITAL LETTER A"),
        ('\u{e0060}', "TAG GRAVE ACCENT"),
        ('\u{e007a}', "TAG LATIN SMALL LETTER Z"),
        ('\u{e007b}', "TAG LEFT CURLY BRACKET"),
        ('\u{e007e}', "TAG TILDE"),
        ('\u{e007f}', "CANCEL TAG"),
        ('\u{e000}', "PRIVATE USE-E000"),
        ('\u{10ffff}', "NONCHARACTER"),
        ('\u{2065}', "UNASSIGNED"),
    ] {
        assert_eq!(name(c), wanted);
    }
}

fn payload(text: &str) -> Option<String> {
    let runs = scan(text);
    assert_eq!(runs.len(), 1, "{text:?}");
    runs[0].payload.clone()
}

#[test]
fn payloads_are_decoded() {
    let tags: String = "ignore this".chars().filter_map(|c| char::from_u32(0xe0000 + c as u32)).collect();
    assert_eq!(payload(&format!("a{tags}b")).as_deref(), Some("ignore this"));
    let selector = |byte: u8| match byte {
        0..=15 => char::from_u32(0xfe00 + u32::from(byte)),
        _ => char::from_u32(0xe0100 + u32::from(byte) - 16),
    };
    let selectors: String = "gr\u{fc}n".bytes().filter_map(selector).collect();
    assert_eq!(payload(&format!("\u{1f600}{selectors}")).as_deref(), Some("gr\u{fc}n"));
    for (zero, one) in [('\u{200b}', '\u{200c}'), ('\u{200d}', '\u{200b}'), ('\u{2062}', '\u{2064}')] {
        let bits = |byte: u8| (0..8).rev().map(move |bit| if byte >> bit & 1 == 1 { one } else { zero });
        let text: String = "run me".bytes().flat_map(bits).collect();
        assert_eq!(payload(&format!("a{text}b")).as_deref(), Some("run me"));
        let apart: String = "run me".bytes().flat_map(|byte| bits(byte).chain(['\u{2060}'])).collect();
        assert_eq!(payload(&format!("a{apart}b")).as_deref(), Some("run me"), "separators are passed over");
    }
    assert_eq!(payload("a\u{200b}b"), None);
    assert_eq!(payload("a\u{200b}\u{200b}\u{200c}b"), None, "too short to say anything");
}

#[test]
fn characters_side_by_side_are_one_run() {
    let runs = scan("a\u{200b}\u{202e}b\u{200b}");
    assert_eq!(runs.iter().map(|run| (run.range.clone(), run.count)).collect::<Vec<_>>(), [(1..7, 2), (8..11, 1)]);
    let allowed = scan_but("a\u{200b}\u{202e}b\u{200b}", |c| c == '\u{200b}');
    assert_eq!(allowed.iter().map(|run| run.first).collect::<Vec<_>>(), ['\u{202e}']);
}

#[test]
fn what_is_shown_keeps_track_of_places() {
    let mut grown = Vec::new();
    let text = visible_with("a\u{200b}b\u{1f468}\u{200d}\u{1f469}", |at, by| grown.push((at, by)));
    assert_eq!((text.as_ref(), grown), ("a\\u{200b}b\u{1f468}\u{200d}\u{1f469}", vec![(1, 5)]));
}

#[test]
fn json_is_read_back_as_it_was() {
    let text = "a\u{200b}b\u{e0041}c";
    let json = serde_json::to_string(text).expect("a text is JSON");
    let escaped = escaped_json(&json);
    assert_eq!(escaped, "\"a\\u200bb\\udb40\\udc41c\"");
    assert_eq!(serde_json::from_str::<String>(&escaped).expect("it is JSON still"), text);
}
