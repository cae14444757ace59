//! Waivers: findings that kbc.toml tolerates until a day, with someone who answers for it.

use std::collections::{HashMap, HashSet};

use super::{Finding, Names};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config::{Config, Waiver};
use crate::model::Model;
use crate::text::glob::Globs;
use crate::text::source::Sources;

/// The waivers that hold today.
pub struct Waivers(HashMap<String, Vec<Globs>>);

impl Waivers {
    /// Those of a list that a day (YYYY-MM-DD) has not passed. Globs that cannot be read are complained about.
    pub fn new(config: &Config, today: &str, diags: &mut Sink) -> Self {
        let mut holding: HashMap<String, Vec<Globs>> = HashMap::new();
        for (index, waiver) in config.waivers.iter().enumerate() {
            match Globs::new(std::slice::from_ref(&waiver.path)) {
                Ok(globs) if waiver.expires.as_str() >= today => {
                    holding.entry(waiver.rule.clone()).or_default().push(globs);
                }
                Ok(_) => {}
                Err(fault) => {
                    let at = config.places.of_waiver(index, "path");
                    let message = format!("a waiver covers nothing: {fault}");
                    diags.push(Diagnostic::new(Code::InvalidValue, at, message).help("write it as `legacy/**`"));
                }
            }
        }
        Self(holding)
    }

    /// Is a finding tolerated?
    pub fn cover(&self, finding: &Finding, model: &Model, sources: &Sources, names: &Names) -> bool {
        let rule = &model.rules[finding.rule].id.0;
        let path = finding.path(sources);
        let path = names.get(path).map_or(path, |names| &names.about);
        self.0.get(rule).is_some_and(|globs| globs.iter().any(|glob| glob.is_match(path)))
    }
}

/// Tells of waivers that an older kbc.toml does not have.
pub fn new_waivers(config: &Config, older: &Config, diags: &mut Sink) {
    for (index, waiver) in config.waivers.iter().enumerate() {
        let is_same =
            |old: &Waiver| (&old.rule, &old.path, &old.expires) == (&waiver.rule, &waiver.path, &waiver.expires);
        if !older.waivers.iter().any(is_same) {
            let at = config.places.of_waiver(index, "rule");
            let message = format!("`{}` is newly waived in `{}` until {}", waiver.rule, waiver.path, waiver.expires);
            diags.push(
                Diagnostic::new(Code::NewSuppression, at, message).note(format!("{}: {}", waiver.owner, waiver.reason)),
            );
        }
    }
}

/// Complains about waivers that a day has passed, and about rules that there are not.
pub fn expired(config: &Config, today: &str, model: &Model, diags: &mut Sink) {
    let rules: HashSet<&str> = model.rules.iter().map(|rule| rule.id.0.as_str()).collect();
    for (index, waiver) in config.waivers.iter().enumerate() {
        if waiver.expires.as_str() < today {
            let at = config.places.of_waiver(index, "expires");
            let message = format!("the waiver of `{}` in `{}` held until {}", waiver.rule, waiver.path, waiver.expires);
            diags.push(
                Diagnostic::new(Code::ExpiredAllow, at, message)
                    .label(format!("today is {today}"))
                    .note(format!("{} answers for it: {}", waiver.owner, waiver.reason))
                    .help("fix the code and remove the waiver, or agree on another day"),
            );
        }
        if !rules.contains(waiver.rule.as_str()) {
            let at = config.places.of_waiver(index, "rule");
            let message = format!("no rule is called `{}`", waiver.rule);
            let known = model.rules.iter().map(|rule| rule.id.0.as_str());
            diags.push(diags.near(Diagnostic::new(Code::InvalidValue, at, message), &waiver.rule, known));
        }
    }
}
