//! What kbc.toml says of single rules: `[review.rules]` for the whole project, `[[review.overrides]]` for some files. The last
//! entry that matches wins. A rule that is off finds nothing.

use std::collections::BTreeMap;

use super::{Finding, Names};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::input::files::config::{Config, RuleLevel};
use crate::model::Model;
use crate::text::glob::Globs;
use crate::text::source::{Sources, Span};

/// The severities of a project.
pub struct RuleLevels<'a> {
    /// In the order that they are looked at: the files, all if none are named, and what holds there.
    entries: Vec<(Option<Globs>, &'a BTreeMap<String, RuleLevel>)>,
}

impl<'a> RuleLevels<'a> {
    /// Those of settings. Complains about globs that cannot be read, and about rules that there are not.
    pub fn new(config: &'a Config, model: &Model, diags: &mut Sink) -> Self {
        let places = &config.places;
        let mut entries = vec![(None, &config.review.rules)];
        unknown(&config.review.rules, model, &|id| places.key_at(&format!("/review/rules/{id}")), diags);
        for (index, written) in config.review.overrides.iter().enumerate() {
            unknown(
                &written.rules,
                model,
                &|id| places.key_at(&format!("/review/overrides/{index}/rules/{id}")),
                diags,
            );
            match Globs::new(&written.files) {
                Ok(globs) => entries.push((Some(globs), &written.rules)),
                Err(fault) => {
                    let at = places.at(&format!("/review/overrides/{index}/files"));
                    let help = "`*` stays in a folder, `**` crosses them";
                    diags.push(Diagnostic::new(Code::InvalidValue, at, fault).help(help));
                }
            }
        }
        Self { entries }
    }

    /// What holds for a rule in a file, if the settings say something of it.
    pub fn of(&self, rule: &str, path: &str) -> Option<RuleLevel> {
        let holds = |globs: &Option<Globs>| globs.as_ref().is_none_or(|globs| globs.is_match(path));
        let mut said = self.entries.iter().rev().filter(|(globs, _)| holds(globs));
        said.find_map(|(_, rules)| rules.get(rule).copied())
    }

    /// Is a rule off in every file?
    pub fn is_off(&self, rule: &str) -> bool {
        let mut said = self.entries.iter().filter_map(|(globs, rules)| Some((globs.is_none(), *rules.get(rule)?)));
        let is_off_in_all = said.clone().any(|(is_for_all, level)| is_for_all && level == RuleLevel::Off);
        is_off_in_all && said.all(|(_, level)| level == RuleLevel::Off)
    }

    /// Leaves out findings of rules that are off, and gives the others the severity of the settings. A goal that was only nearly
    /// reached keeps its own, where that is milder.
    pub fn apply(&self, findings: &mut Vec<Finding>, model: &Model, sources: &Sources, names: &Names) {
        findings.retain_mut(|finding| {
            let path = finding.path(sources);
            let path = names.get(path).map_or(path, |names| &names.about);
            match self.of(&model.rules[finding.rule].id.0, path).map(RuleLevel::severity) {
                None => true,
                Some(None) => false,
                Some(Some(severity)) => {
                    finding.severity = Some(finding.severity.map_or(severity, |own: Severity| own.min(severity)));
                    true
                }
            }
        });
    }
}

fn unknown(rules: &BTreeMap<String, RuleLevel>, model: &Model, at: &dyn Fn(&str) -> Span, diags: &mut Sink) {
    for id in rules.keys().filter(|id| model.rule(id).is_none()) {
        let message = format!("no rule is called `{id}`, so its severity is that of nothing");
        let known = model.rules.iter().map(|rule| rule.id.0.as_str());
        let diagnostic = Diagnostic::new(Code::UnknownSelection, at(id), message);
        diags.push(diags.near(diagnostic, id, known));
    }
}

/// Tells of rules that are switched off, and that an older kbc.toml did not switch off there.
pub fn newly_off(config: &Config, older: &Config, diags: &mut Sink) {
    let is_off = |rules: &BTreeMap<String, RuleLevel>, id: &str| rules.get(id) == Some(&RuleLevel::Off);
    for id in config.review.rules.keys().filter(|id| is_off(&config.review.rules, id)) {
        if !is_off(&older.review.rules, id) {
            let at = config.places.key_at(&format!("/review/rules/{id}"));
            diags.push(Diagnostic::new(Code::NewSuppression, at, format!("`{id}` is newly switched off")));
        }
    }
    for (index, written) in config.review.overrides.iter().enumerate() {
        for id in written.rules.keys().filter(|id| is_off(&written.rules, id)) {
            let mut before = older.review.overrides.iter().filter(|old| old.files == written.files);
            if !before.any(|old| is_off(&old.rules, id)) {
                let at = config.places.key_at(&format!("/review/overrides/{index}/rules/{id}"));
                let message = format!("`{id}` is newly switched off in `{}`", written.files.join("`, `"));
                diags.push(Diagnostic::new(Code::NewSuppression, at, message).note(written.reason.clone()));
            }
        }
    }
}
