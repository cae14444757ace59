//! Waivers: findings that kbc.toml tolerates until a day, with someone who answers for it.

use super::Finding;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config::{self, Waiver};
use crate::model::Model;
use crate::text::glob::Globs;
use crate::text::source::{SourceId, Sources};

/// The waivers that hold today.
pub struct Waivers(Vec<(String, Globs)>);

impl Waivers {
    /// Those of a list that a day (YYYY-MM-DD) has not passed. Globs that cannot be read are complained about.
    pub fn new(waivers: &[Waiver], today: &str, settings: SourceId, sources: &Sources, diags: &mut Sink) -> Self {
        let mut holding = Vec::new();
        for (index, waiver) in waivers.iter().enumerate() {
            match Globs::new(std::slice::from_ref(&waiver.path)) {
                Ok(globs) if waiver.expires.as_str() >= today => holding.push((waiver.rule.clone(), globs)),
                Ok(_) => {}
                Err(fault) => {
                    let at = config::waiver_place(settings, &sources.get(settings).text, index, "path");
                    let message = format!("a waiver covers nothing: {fault}");
                    diags.push(Diagnostic::new(Code::Config, at, message).help("write it as `legacy/**`"));
                }
            }
        }
        Self(holding)
    }

    /// Is a finding tolerated?
    pub fn cover(&self, finding: &Finding, model: &Model, sources: &Sources) -> bool {
        let rule = &model.rules[finding.rule].id.0;
        self.0.iter().any(|(of, glob)| of == rule && glob.is_match(finding.path(sources)))
    }
}

/// Complains about waivers that a day has passed, and about rules that there are not.
pub fn expired(
    waivers: &[Waiver],
    today: &str,
    settings: SourceId,
    model: &Model,
    sources: &Sources,
    diags: &mut Sink,
) {
    let text = &sources.get(settings).text;
    for (index, waiver) in waivers.iter().enumerate() {
        if waiver.expires.as_str() < today {
            let at = config::waiver_place(settings, text, index, "expires");
            let message = format!("the waiver of `{}` in `{}` held until {}", waiver.rule, waiver.path, waiver.expires);
            diags.push(
                Diagnostic::new(Code::ExpiredWaiver, at, message)
                    .label(format!("today is {today}"))
                    .note(format!("{} answers for it: {}", waiver.owner, waiver.reason))
                    .help("fix the code and remove the waiver, or agree on another day"),
            );
        }
        if model.rule(&waiver.rule).is_none() {
            let at = config::waiver_place(settings, text, index, "rule");
            let message = format!("no rule is called `{}`", waiver.rule);
            let known = model.rules.iter().map(|rule| rule.id.0.as_str());
            diags.push(Diagnostic::new(Code::Config, at, message).help_nearest(&waiver.rule, known));
        }
    }
}
