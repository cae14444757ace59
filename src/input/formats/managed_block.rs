//! A block between marks in a text that others own: put in once, replaced ever after, and not a
//! byte outside of it touched.

use std::ops::Range;

use super::markdown;

/// The block that `kbc inject` keeps in prompts; what stands in it is nobody's output.
pub const INJECTED: &str = "rulebook";

/// What is wrong with the marks in a text, and on which lines (from 1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("line {0}: the block begins here but never ends; add the line `{1}`, or delete this one")]
    NeverEnds(usize, String),
    #[error("line {0}: a block ends here that never began; add the line `{1}` above, or delete this one")]
    NeverBegins(usize, String),
    #[error("lines {0} and {1}: the block is there twice; delete one")]
    Twice(usize, usize),
    #[error("line {0}: a code block begins here that never ends, so a mark after it would be code; close it")]
    OpenFence(usize),
    #[error("the text of the block has a mark of its own, `{0}`; take it out of the template, the papers or the data")]
    MarkInside(String),
    #[error("the text of the block has code that never ends, so its end would be code; close it in the template")]
    OpenFenceInside,
}

impl Damage {
    /// The lines (from 1) that it is about; none, if it is about the text of the block.
    pub fn lines(&self) -> Vec<usize> {
        match self {
            Damage::NeverEnds(line, _) | Damage::NeverBegins(line, _) | Damage::OpenFence(line) => vec![*line],
            Damage::Twice(first, second) => vec![*first, *second],
            Damage::MarkInside(_) | Damage::OpenFenceInside => Vec::new(),
        }
    }
}

/// The bytes between the marks of the block, if it is there and whole.
pub fn inside(host: &str, name: &str) -> Option<Range<usize>> {
    let block = find(host, name).ok()??;
    let text = &host[block.clone()];
    let begin = text.find('\n').map_or(text.len(), |newline| newline + 1);
    let end = text.rfind('\n').map_or(begin, |newline| newline + 1);
    Some(block.start + begin..block.start + end.max(begin))
}

/// The text with the block in it: in place of the one that is there, or else at its end.
///
/// # Errors
/// If the marks are damaged or doubled; a guess could lose text.
pub fn splice(host: &str, name: &str, body: &str) -> Result<String, Damage> {
    if let Some(line) = body.lines().find(|line| mark(line, name).is_some()) {
        return Err(Damage::MarkInside(line.trim().to_owned()));
    }
    // A carriage return at the very end is the first half of a line end.
    let newline = if host.contains("\r\n") || host.ends_with('\r') { "\r\n" } else { "\n" };
    let body = body.trim_end_matches('\n').replace('\n', newline);
    let block = format!("{}{newline}{body}{newline}{}", Mark::Begin.text(name), Mark::End.text(name));
    let old = find(host, name)?;
    let (before, after) = match &old {
        Some(range) => (host[..range.start].to_owned(), &host[range.end..]),
        None if host.is_empty() => (String::new(), newline),
        None => {
            let end = match host.as_bytes().last() {
                Some(b'\n') => "",
                Some(b'\r') => "\n",
                Some(_) | None => newline,
            };
            (format!("{host}{end}{newline}"), newline)
        }
    };
    let new = format!("{before}{block}{after}");
    let place = before.len()..before.len() + block.len();
    if find(&new, name).is_ok_and(|found| found == Some(place)) {
        return Ok(new);
    }
    Err(match open_code(host).filter(|_| old.is_none()) {
        Some(line) => Damage::OpenFence(line),
        None => Damage::OpenFenceInside,
    })
}

/// The text without the block, its marks and the empty line before it.
///
/// # Errors
/// If the marks are damaged or doubled.
pub fn without(host: &str, name: &str) -> Result<String, Damage> {
    let Some(block) = find(host, name)? else { return Ok(host.to_owned()) };
    let before = host[..block.start].trim_end_matches(['\n', '\r']);
    let after = host[block.end..].trim_start_matches(['\n', '\r']);
    let between = if before.is_empty() || after.is_empty() { "" } else { "\n\n" };
    Ok(format!("{before}{between}{after}"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Begin,
    End,
}

impl Mark {
    fn text(self, name: &str) -> String {
        let word = if self == Mark::Begin { "begin" } else { "end" };
        format!("<!-- kbc:{word} {name} -->")
    }
}

/// Is a line a mark of the block?
fn mark(line: &str, name: &str) -> Option<Mark> {
    any_mark(line).filter(|(_, marked)| *marked == name).map(|(mark, _)| mark)
}

/// Is a line a mark of some block, and of which? White space inside of the comment does not count.
fn any_mark(line: &str) -> Option<(Mark, &str)> {
    let line = line.trim().trim_start_matches('\u{feff}');
    let mut words = line.strip_prefix("<!--")?.strip_suffix("-->")?.split_whitespace();
    let mark = match words.next()? {
        "kbc:begin" => Mark::Begin,
        "kbc:end" => Mark::End,
        _ => return None,
    };
    words.next().filter(|_| words.next().is_none()).map(|name| (mark, name))
}

/// The names of the blocks that begin in a text, each with the bytes of its mark's line.
pub fn begun(host: &str) -> Vec<(&str, Range<usize>)> {
    let marks = lines_of_text(host).filter_map(|(_, start, line)| match any_mark(line)? {
        (Mark::Begin, name) => Some((name, start..start + line.trim_end().len())),
        (Mark::End, _) => None,
    });
    marks.collect()
}

/// The lines of a text that may be marks, outside of code: number (from 1), first byte, line.
fn lines_of_text(host: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    // Few texts have marks, and only those are read as Markdown.
    let code = if host.contains("kbc:") { markdown::code_blocks(host) } else { Vec::new() };
    let is_code = move |at: usize| {
        let next = code.partition_point(|block| block.start <= at);
        next > 0 && at < code[next - 1].end
    };
    let mut at = 0;
    host.split_inclusive('\n').enumerate().filter_map(move |(index, line)| {
        let start = at;
        at += line.len();
        let is_mark = line.find("<!--").is_some_and(|mark| !is_code(start + mark));
        is_mark.then_some((index + 1, start, line))
    })
}

/// The line (from 1) on which the code begins that a text ends in.
fn open_code(host: &str) -> Option<usize> {
    let code = markdown::code_blocks(host).pop()?;
    Some(host[..code.start].matches('\n').count() + 1)
}

/// The bytes of the block, marks included. Marks count on lines of their own outside of code.
fn find(host: &str, name: &str) -> Result<Option<Range<usize>>, Damage> {
    let mut open: Option<(usize, usize)> = None;
    let mut found: Option<(usize, Range<usize>)> = None;
    for (number, start, line) in lines_of_text(host) {
        match mark(line, name) {
            None => {}
            Some(Mark::Begin) => {
                if let Some((first, _)) = open {
                    return Err(Damage::NeverEnds(first, Mark::End.text(name)));
                }
                if let Some((first, _)) = &found {
                    return Err(Damage::Twice(*first, number));
                }
                open = Some((number, start + line.find("<!--").unwrap_or(0)));
            }
            Some(Mark::End) => {
                let Some((first, start_of_block)) = open.take() else {
                    return Err(Damage::NeverBegins(number, Mark::Begin.text(name)));
                };
                found = Some((first, start_of_block..start + line.trim_end().len()));
            }
        }
    }
    match open {
        Some((first, _)) => Err(Damage::NeverEnds(first, Mark::End.text(name))),
        None => Ok(found.map(|(_, range)| range)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_put_at_the_end_and_then_replaced() {
        let once = splice("You are a reviewer.\n", "rulebook", "- A\n").expect("no marks");
        assert_eq!(once, "You are a reviewer.\n\n<!-- kbc:begin rulebook -->\n- A\n<!-- kbc:end rulebook -->\n");
        assert_eq!(splice(&once, "rulebook", "- A\n").as_ref(), Ok(&once), "again changes nothing");
        let other = splice(&once, "rulebook", "- B\n").expect("whole marks");
        assert_eq!(other, once.replace("- A", "- B"));
    }

    #[test]
    fn what_is_outside_stays_to_the_byte() {
        let host = "a\r\n<!-- kbc:begin r -->\r\nold\r\n<!-- kbc:end r -->\r\nno final newline";
        let new = splice(host, "r", "x\ny\n").expect("whole marks");
        assert_eq!(new, "a\r\n<!-- kbc:begin r -->\r\nx\r\ny\r\n<!-- kbc:end r -->\r\nno final newline");
    }

    #[test]
    fn half_a_line_end_is_completed() {
        for host in ["a\r", "a\nb\r", "\r"] {
            let once = splice(host, "r", "x\ny\n").expect("no marks");
            assert_eq!(splice(&once, "r", "x\ny\n").as_ref(), Ok(&once), "{host:?}");
        }
        let once = splice("a\r", "r", "x").expect("no marks");
        assert_eq!(once, "a\r\n\r\n<!-- kbc:begin r -->\r\nx\r\n<!-- kbc:end r -->\r\n");
    }

    #[test]
    fn marks_in_code_are_text() {
        let host = "```\n<!-- kbc:begin r -->\n```\n";
        assert!(splice(host, "r", "x").expect("no marks").starts_with(host));
    }

    #[test]
    fn what_only_looks_like_a_fence_hides_no_mark() {
        for host in ["``` inline ``` text\n", "    ```\n", "````\n```\n````\n"] {
            let once = splice(host, "r", "x").expect("no marks");
            assert_eq!(splice(&once, "r", "x").as_ref(), Ok(&once), "{host:?}");
        }
    }

    #[test]
    fn fences_are_those_of_commonmark() {
        for host in [
            "- ```bash\n  make test\n  ```\n- done\n",
            "1. Run\n   ```bash\n   make test\n    ```\n",
            "2. ~~~sh\n   make\n   ~~~\n",
            "<!--\n```\n-->\n",
            "> ```\n> a quote ends its code\n",
            "- ```\n  so does an item\n",
            "\tindented\n",
        ] {
            let once = splice(host, "r", "x").expect("no code is open at the end");
            assert!(once.starts_with(host), "{host:?}");
            assert_eq!(splice(&once, "r", "x").as_ref(), Ok(&once), "{host:?}");
        }
    }

    #[test]
    fn marks_in_indented_code_are_an_example() {
        let example = "- As this:\n\n      <!-- kbc:begin r -->\n      <!-- kbc:end r -->\n\n  ```\n  <!-- kbc:begin r -->\n  ```\n";
        let once = splice(example, "r", "x").expect("no marks");
        assert!(once.starts_with(example));
        let inside = "- an item\n  <!-- kbc:begin r -->\n  old\n  <!-- kbc:end r -->\n";
        assert_eq!(splice(inside, "r", "x").expect("marks").matches("kbc:begin").count(), 1);
    }

    #[test]
    fn the_code_that_never_ends_is_named() {
        let host = "```\nfirst\n```\n\n~~~~\nsecond\n~~~\n";
        assert_eq!(splice(host, "r", "x"), Err(Damage::OpenFence(5)));
        assert_eq!(splice("", "r", "```\nx\n"), Err(Damage::OpenFenceInside));
    }

    #[test]
    fn marks_are_known_behind_a_byte_order_mark_and_in_any_spacing() {
        let host = "\u{feff}<!--kbc:begin  r-->\nold\n<!-- kbc:end r -->\n";
        let new = splice(host, "r", "x").expect("whole marks");
        assert_eq!(new, "\u{feff}<!-- kbc:begin r -->\nx\n<!-- kbc:end r -->\n");
    }

    #[test]
    fn blocks_are_known_by_their_names_and_what_is_between_their_marks() {
        let host =
            "<!-- kbc:begin a -->\r\nx\r\n<!-- kbc:end a -->\n```\n<!-- kbc:begin code -->\n```\n<!--kbc:begin b-->\n";
        assert_eq!(begun(host).into_iter().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(inside(host, "a").map(|range| &host[range]), Some("x\r\n"));
        assert_eq!(inside("<!-- kbc:begin a -->\n<!-- kbc:end a -->", "a"), Some(21..21));
        assert_eq!(inside(host, "b"), None, "it never ends");
    }

    proptest::proptest! {
        /// Whatever a file of others holds: outside of the block it stays to the byte, and a second time changes nothing.
        #[test]
        fn what_is_outside_stays_whatever_it_is(parts in proptest::collection::vec(0..PARTS.len(), 0..12)) {
            let host: String = parts.iter().map(|part| PARTS[*part]).collect();
            if let Ok(new) = splice(&host, "r", "x\ny\n") {
                let (old, block) = (find(&host, "r").expect("whole marks"), find(&new, "r").expect("whole marks"));
                let (old, block) = (old.unwrap_or(host.len()..host.len()), block.expect("it was put in"));
                proptest::prop_assert!(new[..block.start].starts_with(&host[..old.start]));
                proptest::prop_assert!(new[block.end..].ends_with(&host[old.end..]));
                let added = new.len() - block.len() - (host.len() - old.len());
                proptest::prop_assert!(added == 0 || find(&host, "r") == Ok(None), "nothing is added around a block");
                proptest::prop_assert_eq!(splice(&new, "r", "x\ny\n"), Ok(new));
            }
        }
    }

    const PARTS: [&str; 15] = [
        "text",
        "- ",
        "    ",
        "> ",
        "\n",
        "\r\n",
        "\r",
        "\u{feff}",
        "```\n",
        "~~~~\r\n",
        "<!-- kbc:begin r -->\n",
        "<!-- kbc:end r -->\n",
        "<!-- kbc:begin r -->\r\n",
        "<!--kbc:end  r-->\r\n",
        "<!-- kbc:end other -->\n",
    ];

    #[test]
    fn damaged_marks_are_refused_with_their_line() {
        let broken = |host: &str| splice(host, "r", "x").expect_err("damaged").to_string();
        assert!(broken("\n<!-- kbc:begin r -->\n").starts_with("line 2: the block begins"));
        assert!(broken("<!-- kbc:end r -->\n").starts_with("line 1: a block ends"));
        assert!(broken("text\n```\ncode\n").starts_with("line 2: a code block begins"));
        assert!(splice("", "r", "a\n<!-- kbc:end r -->\n").is_err());
        let twice = "<!-- kbc:begin r -->\n<!-- kbc:end r -->\n".repeat(2);
        assert_eq!(broken(&twice), "lines 1 and 3: the block is there twice; delete one");
    }
}
