//! Links in a text for a terminal (OSC 8): which terminals show them, and a text without them.

use std::borrow::Cow;
use std::io::{self, Write};

/// What a link begins with. It ends with an escape and a backslash.
const BEGIN: &str = "\u{1b}]8;";
const ESCAPE: u8 = 0x1b;

/// Terminals that show links, by what they say of themselves in `TERM_PROGRAM`.
const PROGRAMS: [&str; 9] =
    ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby", "WarpTerminal", "zed"];
/// And by the begin of `TERM`.
const TERMS: [&str; 6] = ["xterm-kitty", "xterm-ghostty", "foot", "alacritty", "contour", "wezterm"];
/// And by a variable that only they set.
const OWN: [&str; 4] = ["WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "DOMTERM"];
/// Terminals on VTE show them from 0.50 on.
const VTE: u32 = 5000;

/// Does the terminal show links? `FORCE_HYPERLINK` says yes, or no with 0. Terminals that do not say so may print the URL
/// into the text.
pub fn are_shown(variable: impl Fn(&str) -> Option<String>) -> bool {
    if let Some(forced) = variable("FORCE_HYPERLINK") {
        return forced != "0";
    }
    let is_one_of = |name: &str, known: &[&str]| {
        variable(name).is_some_and(|value| known.iter().any(|known| value.starts_with(known)))
    };
    let vte = variable("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    is_one_of("TERM_PROGRAM", &PROGRAMS)
        || is_one_of("TERM", &TERMS)
        || OWN.iter().any(|name| variable(name).is_some())
        || vte.is_some_and(|version| version >= VTE)
}

/// The text without links; what they are on stays.
pub fn without(text: &str) -> Cow<'_, str> {
    if !text.contains(BEGIN) {
        return Cow::Borrowed(text);
    }
    let mut plain = Without::new(Vec::new());
    plain.write_all(text.as_bytes()).expect("memory takes every byte");
    Cow::Owned(String::from_utf8(plain.inner).expect("what is left out is whole characters"))
}

/// Hands on what is written, without links.
pub struct Without<W> {
    inner: W,
    within: Within,
}

/// What the next byte is a part of.
#[derive(Clone, Copy)]
enum Within {
    /// Text, of which so many bytes may be the begin of a link.
    Text(usize),
    Link {
        is_escaped: bool,
    },
}

impl<W: Write> Without<W> {
    pub fn new(inner: W) -> Self {
        Self { inner, within: Within::Text(0) }
    }
}

impl<W: Write> Write for Without<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = Vec::with_capacity(bytes.len());
        for byte in bytes {
            self.within = match self.within {
                Within::Link { is_escaped: true } if *byte == b'\\' => Within::Text(0),
                Within::Link { .. } => Within::Link { is_escaped: *byte == ESCAPE },
                Within::Text(matched) if BEGIN.as_bytes()[matched] == *byte => match matched + 1 {
                    all if all == BEGIN.len() => Within::Link { is_escaped: false },
                    some => Within::Text(some),
                },
                Within::Text(matched) => {
                    kept.extend_from_slice(&BEGIN.as_bytes()[..matched]);
                    match *byte {
                        ESCAPE => Within::Text(1),
                        byte => {
                            kept.push(byte);
                            Within::Text(0)
                        }
                    }
                }
            };
        }
        self.inner.write_all(&kept)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_taken_off_and_its_text_stays() {
        let linked = "\u{1b}[1merror[\u{1b}]8;;https://a.example/x\u{1b}\\stale-output\u{1b}]8;;\u{1b}\\]\u{1b}[0m: b";
        assert_eq!(without(linked), "\u{1b}[1merror[stale-output]\u{1b}[0m: b");
        assert_eq!(anstream::adapter::strip_str(linked).to_string(), "error[stale-output]: b");
        let mut parts = Without::new(Vec::new());
        linked.bytes().for_each(|byte| parts.write_all(&[byte]).expect("memory takes every byte"));
        assert_eq!(parts.inner, without(linked).as_bytes());
        assert_eq!(without("a\u{1b}\u{1b}]8;;x\u{1b}\\b"), "a\u{1b}b");
        assert_eq!(without("a"), "a");
        assert_eq!(without("a\u{1b}]8;;never closed"), "a");
    }

    #[test]
    fn links_are_for_terminals_that_are_known_to_show_them() {
        let shown = |set: &[(&str, &str)]| {
            are_shown(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        for yes in [
            &[("TERM_PROGRAM", "vscode")][..],
            &[("TERM", "xterm-kitty")],
            &[("VTE_VERSION", "7600"), ("TERM", "xterm-256color")],
            &[("WT_SESSION", "x")],
            &[("TERM", "dumb"), ("FORCE_HYPERLINK", "1")],
        ] {
            assert!(shown(yes), "{yes:?}");
        }
        for no in [
            &[][..],
            &[("TERM", "xterm-256color")],
            &[("TERM", "linux")],
            &[("VTE_VERSION", "4800")],
            &[("TERM_PROGRAM", "vscode"), ("FORCE_HYPERLINK", "0")],
        ] {
            assert!(!shown(no), "{no:?}");
        }
    }
}
