//! Numbers with a unit that nobody vouches for: neither data, nor a source, nor the paper itself under `known`.

use std::collections::{BTreeSet, HashMap};

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::paper::{Link, ParsedPaper};
use crate::text::quantity::NumberInText;
use crate::text::source::{Sources, Span};

/// Complains about the numbers of papers and of their wordings, and about what they vouch for in vain.
pub fn vouched(papers: &[ParsedPaper], sources: &Sources, diags: &mut Sink) {
    let look = |paper: &ParsedPaper, diags: &mut Sink| {
        in_prose(paper, diags);
        if !paper.is_list() {
            in_wordings(paper, sources, diags);
        }
    };
    diags.par_map(papers.iter().collect(), look);
}

fn in_prose(paper: &ParsedPaper, diags: &mut Sink) {
    let known: Vec<&String> = paper.decoded.known.iter().collect();
    let mut keys: HashMap<String, &String> = HashMap::new();
    for key in known.iter().rev() {
        if let [number] = NumberInText::all(key).as_slice() {
            keys.insert(identity(number), key);
        }
    }
    let mut used = BTreeSet::new();
    for bare in &paper.prose.bare {
        match keys.get(&identity(&bare.number)) {
            Some(key) => drop(used.insert(*key)),
            None => diags.push(unsourced(&bare.text, bare.span).help(format!(
                "link it to what bears it out, or say under `known` why it is to be believed: `{}: ...`",
                bare.text
            ))),
        }
    }
    for key in known.into_iter().filter(|key| !used.contains(key)) {
        let at = paper.document.member_span("/known", key);
        let is_number = matches!(NumberInText::all(key).as_slice(), [number] if number.unit.is_some());
        let (message, help) = if is_number {
            (format!("the prose does not assert `{key}`"), "delete it, or write it as the prose does")
        } else {
            (format!("`{key}` is no number with a unit"), "write one number as the prose does: `48 bytes`")
        };
        diags.push(Diagnostic::new(Code::UnusedAllow, at, message).help(help));
    }
}

/// The same for equal numbers, and for no others.
fn identity(number: &NumberInText) -> String {
    format!("{number:?}")
}

fn unsourced(text: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::UnsourcedNumber, span, format!("nobody vouches for `{text}`"))
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
