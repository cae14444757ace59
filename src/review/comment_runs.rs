//! Comments of Python, one under the other by the thousand. At each of them the parser looks ahead for the next line of code,
//! so that its work grows with the square of their number. Where that is too much, comments that say nothing to kbc are blank
//! lines to the parser.

use std::borrow::Cow;

use super::suppress;

/// Bytes that the parser looks ahead over in one file before comments are left out: a second of its work.
const MUCH_AHEAD: usize = 1 << 28;
/// The most that it looks ahead over for the directives that are left.
const MOST_AHEAD: usize = 1 << 34;
/// Comments of a run that is left as it is.
const FEW: usize = 16;

/// A text that can be parsed in time, of the same length; `None`, if too many of its comments may be directives.
pub fn parseable(text: &str) -> Option<Cow<'_, str>> {
    if ahead(text) <= MUCH_AHEAD {
        return Some(Cow::Borrowed(text));
    }
    let mut blank = String::with_capacity(text.len());
    for run in Runs::of(text) {
        for line in run.text.split_inclusive('\n') {
            if run.comments <= FEW || suppress::is_possible(line) {
                blank.push_str(line);
            } else {
                blank.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            }
        }
    }
    (ahead(&blank) <= MOST_AHEAD).then_some(Cow::Owned(blank))
}

/// Bytes that the parser looks ahead over.
fn ahead(text: &str) -> usize {
    Runs::of(text).map(|run| run.comments.saturating_mul(run.text.len())).fold(0, usize::saturating_add)
}

/// Lines without code, or one with code.
struct Run<'t> {
    text: &'t str,
    comments: usize,
}

/// A text as runs.
struct Runs<'t> {
    rest: &'t str,
}

impl<'t> Runs<'t> {
    fn of(text: &'t str) -> Self {
        Self { rest: text }
    }
}

impl<'t> Iterator for Runs<'t> {
    type Item = Run<'t>;

    fn next(&mut self) -> Option<Run<'t>> {
        let (mut end, mut comments) = (0, 0);
        for line in self.rest.split_inclusive('\n') {
            let start = line.trim_start();
            if !start.is_empty() && !start.starts_with('#') {
                end = if end == 0 { line.len() } else { end };
                break;
            }
            end += line.len();
            comments += usize::from(!start.is_empty());
        }
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!text.is_empty()).then_some(Run { text, comments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_left_out_only_where_there_are_thousands() {
        let some = "def f():\n    pass\n".to_owned() + &"# a\n\n".repeat(2000) + "f()\n# b";
        assert_eq!(parseable(&some).as_deref(), Some(some.as_str()));
        let many = "def f():\n    pass  # a\n".to_owned() + &"# é\n".repeat(40_000) + "# kbc: ignore[R1] x\nf()\n# b";
        let text = parseable(&many).expect("one directive is no trouble");
        assert_eq!(text.len(), many.len());
        assert!(text.starts_with("def f():\n    pass  # a\n   ") && text.ends_with("\n# kbc: ignore[R1] x\nf()\n# b"));
        assert_eq!(parseable(&"# kbc: ignore[R1] x\n".repeat(60_000)), None);
    }
}
