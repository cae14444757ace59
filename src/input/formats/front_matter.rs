//! Front matter: the YAML between two lines of `---` at the top of a paper or a template.

use std::ops::Range;

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::formats::yaml::{self, Document};
use crate::text::source::{SourceId, Span};

/// A file with its front matter read and the place where its body begins.
#[derive(Debug)]
pub struct FrontMatterBlock {
    pub document: Document,
    /// Byte offset of the first line after the closing `---`.
    pub body: usize,
}

/// Reads the front matter of a file; pushes what is wrong with it.
pub fn read(source: SourceId, text: &str, diags: &mut Sink) -> Option<FrontMatterBlock> {
    let first_line = text.lines().next().unwrap_or_default();
    let Some(yaml) = range(text) else {
        let span = Span::new(source, 0..first_line.len());
        diags.push(if is_fence(first_line) {
            Diagnostic::new(Code::UnclosedFrontMatter, span, "the front matter is never closed")
                .label("it begins here")
                .help("end it with a line of `---`")
        } else {
            Diagnostic::new(Code::NoFrontMatter, span, "the file does not begin with front matter")
                .label("expected a line of `---`")
                .help("begin the file with `---`, its YAML, and another `---`; `kbc new PAPER` shows a whole paper")
        });
        return None;
    };
    let document = yaml::read(source, &text[yaml.clone()], yaml.start, diags)?;
    let body = text[yaml.end..].find('\n').map_or(text.len(), |newline| yaml.end + newline + 1);
    Some(FrontMatterBlock { document, body })
}

/// How many bytes front matter takes at the begin of a text, both fences included; none, if there is none.
pub fn length(text: &str) -> usize {
    let end_of_line = |at: usize| text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1);
    range(text).map_or(0, |yaml| end_of_line(yaml.end))
}

/// The bytes between the two fences; the closing fence begins where they end.
pub fn range(text: &str) -> Option<Range<usize>> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().filter(|line| is_fence(line))?;
    let mut end = first.len();
    for line in lines {
        if is_fence(line) {
            return Some(first.len()..end);
        }
        end += line.len();
    }
    None
}

fn is_fence(line: &str) -> bool {
    line.trim_end() == "---"
}
