//! Both ways between rules and what speaks of them: a rule that no check enforces, and a text that names a rule that is not
//! there.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use rayon::prelude::*;

use crate::diag::{Code, Diagnostic, SUGGESTED, Sink};
use crate::input::files::lock_file::Lock;
use crate::input::vocabulary::Status;
use crate::model::{Model, Rule};
use crate::text::source::{SourceId, Sources, Span};

/// Letters that an id has at least before its digits. With one, `A4` or `S3` would be taken for ids.
const MIN_STEM: usize = 2;

/// Complains about a knowledge base that linked; `templates` are the bodies of its templates.
pub fn find(model: &Model, templates: &[Span], lock: Option<&Lock>, sources: &Sources, diags: &mut Sink) {
    unchecked(model, diags);
    let names = Names::of(model, lock);
    let bodies = model.papers.iter().map(|paper| whole(paper.source, paper.body, sources));
    let wordings = model.rules.iter().flat_map(|rule| [Some(&rule.full), rule.short.as_ref()]);
    let wordings = wordings.flatten().map(|wording| wording.span);
    let spans: Vec<Span> = bodies.chain(wordings).chain(templates.iter().copied()).collect();
    diags.extend(spans.par_iter().flat_map_iter(|span| names.unknown(*span, sources)).collect::<Vec<_>>());
}

fn whole(source: SourceId, start: usize, sources: &Sources) -> Span {
    Span::new(source, start..sources.get(source).text.len())
}

/// Rules without a check; their reasons hide those that have one. Where no rule has a check, nobody has begun to write checks,
/// and only those with a reason are told, so that the reason is used.
fn unchecked(model: &Model, diags: &mut Sink) {
    let is_active = |rule: &&Rule| rule.status == Status::Active;
    let has_begun = model.rules.iter().filter(is_active).any(|rule| !rule.checks.is_empty());
    let is_bare = |rule: &&Rule| rule.checks.is_empty() && !rule.is_new && (has_begun || rule.unchecked.is_some());
    for rule in model.rules.iter().filter(is_active).filter(is_bare) {
        diags.push(
            Diagnostic::new(Code::UncheckedRule, rule.span, format!("no check enforces `{}`", rule.id))
                .about(&rule.id.0)
                .help("add `checks`, or say why there is none: `allow: [{ code: unchecked-rule, reason: a matter of taste }]`"),
        );
    }
}

/// The ids that a text may name, and how they look.
struct Names<'a> {
    known: BTreeSet<&'a str>,
    /// What ids are without their digits.
    stems: HashSet<&'a str>,
}

impl<'a> Names<'a> {
    fn of(model: &'a Model, lock: Option<&'a Lock>) -> Self {
        // A paper may say what became of a rule.
        let retired = lock.iter().flat_map(|lock| &lock.retired).map(String::as_str);
        let known: BTreeSet<&str> = model.rules.iter().map(|rule| rule.id.0.as_str()).chain(retired).collect();
        let stems = known.iter().filter_map(|id| stem(id)).collect();
        Self { known, stems }
    }

    /// Words that look like ids of this knowledge base and are none.
    fn unknown(&self, span: Span, sources: &Sources) -> Vec<Diagnostic> {
        let text = sources.text(span);
        let words = numbered(text).filter(|word| self.looks_like_one(&text[word.clone()]));
        let unknown = words.enumerate().map(|(count, word)| {
            let at = Span { start: span.start + word.start, end: span.start + word.end, ..span };
            let word = &text[word];
            let diagnostic = Diagnostic::new(Code::DoubtfulRuleId, at, format!("no rule is called `{word}`"));
            // To look for the nearest of many words takes its time.
            if count < SUGGESTED { diagnostic.help_nearest(word, self.known.iter().copied()) } else { diagnostic }
        });
        unknown.collect()
    }

    fn looks_like_one(&self, word: &str) -> bool {
        stem(word).is_some_and(|stem| self.stems.contains(stem)) && !self.known.contains(word)
    }
}

/// The words of a text that end with a digit. Few do, so digits are looked for and not words.
fn numbered(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_part = |c: char| c.is_alphanumeric() || "_-".contains(c);
    let digits = text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()).map(|(at, _)| at);
    let ends = digits.filter(move |at| !text[at + 1..].starts_with(is_part));
    ends.map(move |at| text[..at].trim_end_matches(is_part).len()..at + 1)
}

/// An id without the digits at its end; nothing for what has none.
fn stem(id: &str) -> Option<&str> {
    let stem = id.trim_end_matches(|c: char| c.is_ascii_digit());
    (stem.len() >= MIN_STEM && stem.len() < id.len()).then_some(stem)
}
