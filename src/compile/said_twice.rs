//! Rules that a file of others has twice: in the block that kbc maintains, and in its own words outside of it.

use std::collections::BTreeMap;

use crate::compile::conflict;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::instructions::{self, Ids};
use crate::input::formats::managed_block;
use crate::model::{Model, Rule};
use crate::text::source::{SourceId, Sources, Span};

/// Complains about what stands outside of the blocks of `hosts`, by path.
pub fn find(model: &Model, hosts: &BTreeMap<String, SourceId>, sources: &Sources, diags: &mut Sink) {
    for (path, source) in hosts {
        let text = &sources.get(*source).text;
        let blocks = managed_block::begun(text);
        let inside = blocks.iter().filter_map(|(name, _)| managed_block::inside(text, name)).map(|range| &text[range]);
        let inside: Vec<&str> = inside.collect();
        let wording = |rule: &Rule| {
            let wordings = [Some(&rule.full), rule.short.as_ref()].into_iter().flatten();
            wordings.map(|wording| wording.text.clone()).find(|text| inside.iter().any(|block| block.contains(text)))
        };
        let rules: Vec<(&Rule, String)> = model.rules.iter().filter_map(|rule| Some((rule, wording(rule)?))).collect();
        if rules.is_empty() {
            continue;
        }
        let found = instructions::split(path, text, &mut Ids::default());
        let texts = rules.iter().map(|(_, text)| text.as_str());
        let texts: Vec<&str> = texts.chain(found.candidates.iter().map(|found| found.text.as_str())).collect();
        for (one, two) in conflict::nearly_same(&texts) {
            let Some(candidate) = two.checked_sub(rules.len()).filter(|_| one < rules.len()) else { continue };
            let (rule, candidate) = (rules[one].0, &found.candidates[candidate]);
            let end = candidate.bytes.start + text[candidate.bytes.clone()].trim_end().len();
            let message = format!("`{}` stands in the block of this file, and here once more", rule.id);
            diags.push(
                Diagnostic::new(Code::SaidTwice, Span::new(*source, candidate.bytes.start..end), message)
                    .also(rule.full.span, format!("`{}`", rule.id))
                    .help("delete it here: agents read both, and only the block follows the papers"),
            );
        }
    }
}
