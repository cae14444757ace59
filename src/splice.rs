//! A block between marks in a text that others own: put in once, replaced ever after, and not a
//! byte outside of it touched.

use std::ops::Range;

/// What is wrong with the marks in a text, and on which lines (from 1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("line {0}: the block begins here but never ends; add the line `{1}`, or delete this one")]
    NeverEnds(usize, String),
    #[error("line {0}: a block ends here that never began; add the line `{1}` above, or delete this one")]
    NeverBegins(usize, String),
    #[error("lines {0} and {1}: the block is there twice; delete one")]
    Twice(usize, usize),
}

/// The text with the block in it: in place of the one that is there, or else at its end.
///
/// # Errors
/// If the marks are damaged or doubled; a guess could lose text.
pub fn splice(host: &str, name: &str, body: &str) -> Result<String, Damage> {
    let newline = if host.contains("\r\n") { "\r\n" } else { "\n" };
    let body = body.trim_end_matches('\n').replace('\n', newline);
    let block = format!("{}{newline}{body}{newline}{}", begin(name), end(name));
    Ok(match find(host, name)? {
        Some(range) => format!("{}{block}{}", &host[..range.start], &host[range.end..]),
        None if host.trim().is_empty() => format!("{block}{newline}"),
        None => {
            let gap = if host.ends_with('\n') { newline.to_owned() } else { newline.repeat(2) };
            format!("{host}{gap}{block}{newline}")
        }
    })
}

fn begin(name: &str) -> String {
    format!("<!-- kbc:begin {name} -->")
}

fn end(name: &str) -> String {
    format!("<!-- kbc:end {name} -->")
}

/// The bytes of the block, marks included. Marks count on lines of their own outside of fenced code.
fn find(host: &str, name: &str) -> Result<Option<Range<usize>>, Damage> {
    let mut open: Option<(usize, usize)> = None;
    let mut found: Option<(usize, Range<usize>)> = None;
    let mut fence: Option<&str> = None;
    let mut at = 0;
    for (index, line) in host.split_inclusive('\n').enumerate() {
        let (start, number, text) = (at, index + 1, line.trim());
        at += line.len();
        fence = fence_after(fence, text);
        if fence.is_some() {
            continue;
        }
        if text == begin(name) {
            if let Some((first, _)) = open {
                return Err(Damage::NeverEnds(first, end(name)));
            }
            if let Some((first, _)) = &found {
                return Err(Damage::Twice(*first, number));
            }
            open = Some((number, start + line.len() - line.trim_start().len()));
        } else if text == end(name) {
            let Some((first, start_of_block)) = open.take() else {
                return Err(Damage::NeverBegins(number, begin(name)));
            };
            found = Some((first, start_of_block..start + line.trim_end().len()));
        }
    }
    match open {
        Some((first, _)) => Err(Damage::NeverEnds(first, end(name))),
        None => Ok(found.map(|(_, range)| range)),
    }
}

/// The fence that is open after a line, given the one that was open before it.
fn fence_after<'a>(open: Option<&'a str>, line: &'a str) -> Option<&'a str> {
    let marks = |line: &'a str| {
        let mark = line.chars().next().filter(|c| "`~".contains(*c))?;
        let length = line.len() - line.trim_start_matches(mark).len();
        (length >= 3).then(|| &line[..length])
    };
    match open {
        None => marks(line),
        Some(open) if marks(line).is_some_and(|close| close.starts_with(open) && line.len() == close.len()) => None,
        Some(open) => Some(open),
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
    fn marks_in_code_are_text() {
        let host = "```\n<!-- kbc:begin r -->\n```\n";
        assert!(splice(host, "r", "x").expect("no marks").starts_with(host));
    }

    #[test]
    fn damaged_marks_are_refused_with_their_line() {
        let broken = |host: &str| splice(host, "r", "x").expect_err("damaged").to_string();
        assert!(broken("\n<!-- kbc:begin r -->\n").starts_with("line 2: the block begins"));
        assert!(broken("<!-- kbc:end r -->\n").starts_with("line 1: a block ends"));
        let twice = "<!-- kbc:begin r -->\n<!-- kbc:end r -->\n".repeat(2);
        assert_eq!(broken(&twice), "lines 1 and 3: the block is there twice; delete one");
    }
}
