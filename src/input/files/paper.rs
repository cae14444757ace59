//! A paper as written: its front matter, and what its prose holds that can be checked.
//! Whether a figure, a section or a rule exists is asked later, when all papers are linked.

mod anchors;
mod front;
mod html;
mod numbers;
pub mod prose;
mod surroundings;
mod target;
mod text;

pub use anchors::is_everywhere;
pub use front::{DecodedFrontMatter, FORMAT, FrontMatter, PaperKind, References, Rule};
pub use numbers::Bare;
pub use prose::{Fence, Heading, Link, Prose};
pub use surroundings::{Cell, Label, Table};
pub use target::{Target, decoded, resolve};
pub use text::{Sentence, sentences};

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::formats::front_matter;
use crate::input::formats::yaml::Document;
use crate::text::source::{SourceId, Span};

/// A paper split into the parts that the phases need.
#[derive(Debug)]
pub struct ParsedPaper {
    pub source: SourceId,
    /// What it is called: by its front matter, else by its file.
    pub id: String,
    /// The name of its file without `.md`.
    pub stem: String,
    pub document: Document,
    pub decoded: DecodedFrontMatter,
    /// Where the body begins.
    pub body: usize,
    pub prose: Prose,
}

impl ParsedPaper {
    /// Is it a list of rules that nobody argues for yet?
    pub fn is_list(&self) -> bool {
        self.decoded.front.as_ref().is_some_and(|front| front.kind == PaperKind::List)
    }

    /// By its front matter, else by its first heading; of one without any, its id.
    pub fn title(&self) -> &str {
        let written = self.decoded.front.as_ref().and_then(|front| front.title.as_deref());
        let heading = || self.prose.headings.first().map(|heading| heading.text.as_str());
        written.or_else(heading).unwrap_or(&self.id)
    }
}

/// Splits a paper and reads its prose; `None` if it has no usable front matter.
pub fn read(source: SourceId, stem: &str, text: &str, diags: &mut Sink) -> Option<ParsedPaper> {
    if text.trim().is_empty() {
        let span = Span::new(source, 0..0);
        diags.push(
            Diagnostic::new(Code::EmptyPaper, span, "the paper is empty")
                .help("fill it, or delete it; `kbc new PAPER` shows the form"),
        );
        return None;
    }
    let block = front_matter::read(source, text, diags)?;
    let decoded = front::decode(&block.document, diags);
    let prose = prose::read(source, &text[block.body..], block.body);
    let id = decoded.front.as_ref().and_then(|front| front.id.clone()).unwrap_or_else(|| stem.to_owned());
    let stem = stem.to_owned();
    Some(ParsedPaper { source, id, stem, document: block.document, decoded, body: block.body, prose })
}
