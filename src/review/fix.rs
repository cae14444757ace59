//! Rewrites: what to put in the place of a match, and applying many of them to one text.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A range of bytes and what to put there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Edit {
    pub range: Range<usize>,
    pub text: String,
}

/// A text after its rewrites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    pub text: String,
    /// Rewrites that were made.
    pub applied: usize,
}

/// Applies edits in the order of the text. One that reaches into an earlier one is left for another round.
pub fn fixed<'a>(text: &str, edits: impl IntoIterator<Item = &'a Edit>) -> Fixed {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| (edit.range.start, std::cmp::Reverse(edit.range.end)));
    let mut made = Fixed { text: String::with_capacity(text.len()), applied: 0 };
    let mut done = 0;
    for edit in edits {
        if edit.range.start < done || edit.range.end > text.len() {
            continue;
        }
        made.text.push_str(&text[done..edit.range.start]);
        made.text.push_str(&edit.text);
        made.applied += 1;
        done = edit.range.end;
    }
    made.text.push_str(&text[done..]);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_that_overlap_wait_for_another_round() {
        let edit = |range: Range<usize>, text: &str| Edit { range, text: text.to_owned() };
        let edits = [edit(4..7, "three"), edit(0..7, "outer"), edit(8..9, "!")];
        assert_eq!(fixed("one two .", &edits), Fixed { text: "outer !".to_owned(), applied: 2 });
        assert_eq!(fixed("same", &[]), Fixed { text: "same".to_owned(), applied: 0 });
    }
}
