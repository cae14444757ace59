//! Numbers with a unit that have no source: neither data nor a publication.

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::paper::{Link, ParsedPaper};
use crate::text::quantity::NumberInText;
use crate::text::source::{Sources, Span};

/// Complains about the numbers of papers and of their wordings.
pub fn vouched(papers: &[ParsedPaper], sources: &Sources, diags: &mut Sink) {
    let look = |paper: &ParsedPaper, diags: &mut Sink| {
        in_prose(paper, diags);
        if !paper.is_list() {
            in_wordings(paper, sources, diags);
        }
    };
    // What a broken front matter would have allowed is not known.
    let whole = papers.iter().filter(|paper| paper.decoded.front.is_some());
    diags.par_map(whole.collect(), look);
}

fn in_prose(paper: &ParsedPaper, diags: &mut Sink) {
    for bare in &paper.prose.bare {
        let help = format!(
            "link it to what bears it out, or say in the front matter why it is to be believed: \
             `allow: [{{ code: unsourced-number, what: \"{}\", reason: ... }}]`",
            bare.text
        );
        diags.push(unsourced(&bare.text, bare.span).about(&bare.text).help(help));
    }
}

fn unsourced(text: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::UnsourcedNumber, span, format!("the number `{text}` has no source"))
}

/// A link to another part of the papers is no source of a number.
pub fn in_link(link: &Link, diags: &mut Sink) {
    if let Some((range, _)) = NumberInText::quantities(&link.text).into_iter().next() {
        let help = "link the number to data or to its publication; a paper that is linked to may change its mind";
        diags.push(unsourced(&link.text[range], link.span).help(help));
    }
}

/// In a wording a number with a unit is a figure: agents repeat it without its paper.
fn in_wordings(paper: &ParsedPaper, sources: &Sources, diags: &mut Sink) {
    paper.document.texts(&mut |pointer, _, text, span| {
        let is_wording = pointer.starts_with("/rules/") && (pointer.ends_with("/text") || pointer.ends_with("/short"));
        if !is_wording || pointer.split('/').count() != 4 {
            return;
        }
        let text = without_figures_and_code(text);
        for (range, _) in NumberInText::quantities(&text) {
            let number = &text[range];
            let at = sources.text(span).find(number).map_or(span, |at| {
                let start = span.start + at;
                Span { start, end: start + number.len(), ..span }
            });
            let help = "define a figure for it in data/ and print that: `{{ figure }}`";
            diags.push(unsourced(number, at).help(help));
        }
    });
}

/// The text with a sign in the place of each `{{ figure }}` and each span of code.
fn without_figures_and_code(text: &str) -> String {
    let plain = text.split('`').enumerate().map(|(index, part)| if index % 2 == 0 { part } else { "\u{1}" });
    let plain: String = plain.collect();
    let mut parts = plain.split("{{");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "\u{1}" + part.split_once("}}").map_or("", |(_, after)| after))
}
