//! The front matter and the variables of templates.

use super::Refusal;
use super::edits::Edits;
use crate::diag::Sink;
use crate::input::formats::front_matter;
use crate::input::formats::yaml::{self, Document};
use crate::text::source::SourceId;

/// The text in the words of this format.
///
/// # Errors
/// If it cannot be told what a part of it means.
pub fn migrate(source: &str) -> Result<String, Refusal> {
    let mut edits = Edits::new(source);
    let range = front_matter::range(source);
    if let Some(range) = range.clone()
        && let Some(document) = yaml::read(SourceId::default(), &source[range.clone()], range.start, &mut Sink::new())
    {
        front(source, &document, &mut edits)?;
    }
    let body = front_matter::length(source);
    let expressions: Vec<(usize, &str)> = expressions(source, body).collect();
    let speaks_of_domains = expressions.iter().any(|(_, text)| words(text).any(|(_, word)| is_domain(word)));
    for (at, text) in expressions {
        variables(at, text, speaks_of_domains, &mut edits);
    }
    Ok(edits.apply())
}

fn front(source: &str, document: &Document, edits: &mut Edits) -> Result<(), Refusal> {
    let json = document.to_json();
    if json["select"].get("domains").is_some() {
        let at = document.member_span("/select", "domains");
        if json["select"].get("papers").is_some() {
            let help = "delete `domains`, which is the old name of `papers`";
            return Err(Refusal::new(at.start, "`domains` and `papers` are both there", help));
        }
        if let Some(other) = ["tags", "rules"].into_iter().find(|key| json["select"].get(key).is_some()) {
            let message =
                format!("`domains` and `{other}` narrowed each other; today `papers`, `tags` and `rules` add up");
            let help = "select by one of them, and narrow that by `priorities`, `files` or `roles`";
            return Err(Refusal::new(at.start, message, help));
        }
        edits.replace(at.range(), "papers");
    }
    if json["each"] == "domain" {
        edits.replace(document.span("/each").range(), "paper");
    }
    let output = document.span("/output").range();
    if document.has("/output") {
        for (at, place) in source[output.clone()].match_indices("{domain}") {
            let start = output.start + at;
            edits.replace(start..start + place.len(), "{paper}");
        }
    }
    Ok(())
}

/// What stands between the marks of the template engine, with where it begins. Comments of templates are left as they are.
fn expressions(source: &str, body: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut at = body;
    std::iter::from_fn(move || {
        let open = |at: usize| {
            let marks = [("{{", "}}"), ("{%", "%}")].into_iter();
            marks.filter_map(|(open, close)| Some((at + source[at..].find(open)?, close))).min()
        };
        let (start, close) = open(at)?;
        let end = source[start + 2..].find(close).map_or(source.len(), |end| start + 2 + end);
        at = (end + close.len()).min(source.len());
        Some((start + 2, &source[start + 2..end]))
    })
}

/// The words of an expression outside of its texts.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let rest = &text[at..];
            let first = rest.chars().next()?;
            if matches!(first, '"' | '\'') {
                at += rest[1..].find(first).map_or(rest.len(), |end| end + 2);
            } else if first.is_alphabetic() || first == '_' {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                at += length;
                return Some((at - length, &rest[..length]));
            } else {
                at += first.len_utf8();
            }
        }
        None
    })
}

fn is_domain(word: &str) -> bool {
    matches!(word, "domain" | "domains")
}

/// `domain` is a paper now, and what was `paper` of a rule is its `path`. `paper` alone says nothing of which of the two is
/// meant: it is the path where the section follows it, or where the template still speaks of domains.
fn variables(at: usize, text: &str, speaks_of_domains: bool, edits: &mut Edits) {
    for (start, word) in words(text) {
        let range = at + start..at + start + word.len();
        let is_member = text[..start].ends_with('.');
        let is_before_section =
            text[start + word.len()..].split('~').nth(1).is_some_and(|next| next.contains(".section"));
        match word {
            "domain" => edits.replace(range, "paper"),
            "domains" => edits.replace(range, "papers"),
            "paper" if is_member && (speaks_of_domains || is_before_section) => edits.replace(range, "path"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrated(text: &str) -> String {
        let migrated = migrate(text).expect("it can be migrated");
        assert_eq!(migrate(&migrated).as_ref(), Ok(&migrated), "twice is as good as once");
        migrated
    }

    #[test]
    fn domains_are_papers_and_papers_of_rules_are_paths() {
        let old = "---\noutput: out/{domain}.md  # one each\neach: domain\nselect: { domains: [a] }\n---\nThe domain.\n{% for domain in domains %}{{ domain.paper }} {{ rule.domain }} {{ \"a domain\" }}{% endfor %}\n";
        let new = "---\noutput: out/{paper}.md  # one each\neach: paper\nselect: { papers: [a] }\n---\nThe domain.\n{% for paper in papers %}{{ paper.path }} {{ rule.paper }} {{ \"a domain\" }}{% endfor %}\n";
        assert_eq!(migrated(old), new);
        assert_eq!(
            migrated("{{ (rule.paper ~ rule.section) | tojson }} {{ rule.paper }}"),
            "{{ (rule.path ~ rule.section) | tojson }} {{ rule.paper }}"
        );
    }
}
