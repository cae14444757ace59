//! Findings that exceptions of kbc.toml hide, until a day if they name one.

use std::collections::{HashMap, HashSet};

use super::{Finding, Names};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config::Config;
use crate::input::files::exception::{Exception, Holder};
use crate::model::Model;
use crate::text::glob::Globs;
use crate::text::source::Sources;

/// The exceptions for findings that hold today.
pub struct Waivers(HashMap<String, Vec<Globs>>);

/// Those for findings, with their index in kbc.toml.
fn of_findings(config: &Config) -> impl Iterator<Item = (usize, &Exception)> {
    config.allow.iter().enumerate().filter(|(_, exception)| exception.is_of_rule())
}

impl Waivers {
    /// Those of a list that a day (YYYY-MM-DD) has not passed. Of one with a fault, which was told, nothing is hidden.
    pub fn new(config: &Config, today: &str) -> Self {
        let mut holding: HashMap<String, Vec<Globs>> = HashMap::new();
        let holds = |exception: &Exception| !exception.is_over(today) && exception.faults(Holder::Base).is_empty();
        for (_, exception) in of_findings(config).filter(|(_, exception)| holds(exception)) {
            if let Ok(globs) = Globs::new(&exception.files) {
                holding.entry(exception.code.clone()).or_default().push(globs);
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

/// Tells of exceptions that an older kbc.toml does not have.
pub fn new_waivers(config: &Config, older: &Config, diags: &mut Sink) {
    for (index, exception) in of_findings(config) {
        let of = |one: &Exception| (one.code.clone(), one.files.clone(), one.until.clone());
        if !older.allow.iter().any(|old| of(old) == of(exception)) {
            let at = config.places.at(&format!("/allow/{index}/code"));
            let message = format!("findings of `{}` are newly allowed in {}", exception.code, shown(exception));
            diags.push(Diagnostic::new(Code::NewSuppression, at, message).note(exception.terms()));
        }
    }
}

/// Complains about exceptions that a day has passed, and about rules that there are not.
pub fn expired(config: &Config, today: &str, model: &Model, diags: &mut Sink) {
    let rules: HashSet<&str> = model.rules.iter().map(|rule| rule.id.0.as_str()).collect();
    for (index, exception) in of_findings(config) {
        let at = |key: &str| config.places.at(&format!("/allow/{index}/{key}"));
        if exception.is_over(today) {
            let until = exception.until.as_deref().unwrap_or_default();
            let message =
                format!("the exception for `{}` in {} held until {until} (UTC)", exception.code, shown(exception));
            let owner = exception.owner.iter().map(|owner| format!("{owner} answers for it: "));
            diags.push(
                Diagnostic::new(Code::ExpiredAllow, at("until"), message)
                    .label(format!("today is {today}"))
                    .note(owner.collect::<String>() + &exception.reason)
                    .help("fix the code and delete the exception, or agree on another day"),
            );
        }
        if !rules.contains(exception.code.as_str()) {
            let message = format!("no rule is called `{}`", exception.code);
            let known = model.rules.iter().map(|rule| rule.id.0.as_str());
            diags.push(diags.near(Diagnostic::new(Code::InvalidValue, at("code"), message), &exception.code, known));
        }
    }
}

/// The files that it is about.
fn shown(exception: &Exception) -> String {
    let files: Vec<String> = exception.files.iter().map(|glob| format!("`{glob}`")).collect();
    files.join(", ")
}
