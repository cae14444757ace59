//! Markdown as GitHub reads it: what is understood, and where code stands.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

/// What is read besides CommonMark.
pub const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_FOOTNOTES);

/// The blocks of code of a text, fenced and indented, in order. The first line of a fenced one is that of its fence.
pub fn code_blocks(text: &str) -> Vec<Range<usize>> {
    // A byte order mark is no part of the first line.
    let start = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let events = Parser::new_ext(&text[start..], OPTIONS).into_offset_iter();
    let code = events.filter(|(event, _)| matches!(event, Event::Start(Tag::CodeBlock(_))));
    code.map(|(_, range)| range.start + start..range.end + start).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_where_commonmark_has_it() {
        let code = |text: &str| code_blocks(text).into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>();
        assert_eq!(code("- ```sh\n  make\n  ```\n- done\n"), ["```sh\n  make\n  ```"]);
        assert_eq!(code("1. Run\n   ```sh\n   make\n    ```\nafter\n"), ["```sh\n   make\n    ```"]);
        assert_eq!(code("<!--\n```\n-->\n\u{feff}text\n"), [""; 0]);
        assert_eq!(code("\u{feff}~~~\nx\n~~~\n"), ["~~~\nx\n~~~"]);
        assert_eq!(code("> ```\n> x\n\nafter\n").len(), 1);
        assert_eq!(code("- a\n\n      indented\n").len(), 1);
    }
}
