//! Limits held against the results of benchmarks.

use std::path::Path;

use anyhow::Result;

use super::options::Options;
use crate::commands::console::Console;
use crate::commands::results;
use crate::diag::{Code, Diagnostic, Place, Severity, Sink};
use crate::evidence::limits::{self, Judged, Outcome};
use crate::input::files::check::Metric;
use crate::model::{Check, Model};
use crate::review::CheckPlace;
use crate::review::finding::Finding;
use crate::text::quantity::{listed, plural};

/// Findings of every limit among the rules; none, if no results are given. Counts the limits that a value was held against.
pub fn findings(
    console: &Console,
    model: &Model,
    rules: &[usize],
    options: &Options,
    limits: &mut usize,
    diagnostics: &mut Sink,
) -> Result<Vec<Finding>> {
    let Some(first) = options.metrics.first() else { return Ok(Vec::new()) };
    let runs = options.metrics.iter().map(|path| results::runs(console, path)).collect::<Result<Vec<_>>>()?;
    let runs: Vec<results::Named> = runs.into_iter().flatten().collect();
    let mut findings = Vec::new();
    let mut unmeasured = Unmeasured::default();
    for &index in rules {
        let rule = &model.rules[index];
        for (at, check) in rule.checks().enumerate().filter(|(_, check)| !check.is_off) {
            let Some(metric) = check.metric() else { continue };
            let mut judged = judged(metric, &runs);
            // A result that one file has need not be in the others.
            let is_known = judged.iter().any(|(_, judged)| is_held(judged));
            *limits += usize::from(is_known);
            judged.retain(|(_, judged)| !is_known || !matches!(judged.outcome, Outcome::Absent | Outcome::NoBase));
            let is_absent = judged.iter().all(|(_, judged)| judged.outcome == Outcome::Absent);
            for (file, judged) in judged {
                match judged.outcome {
                    Outcome::Met { .. } | Outcome::Broken => {
                        findings.extend(finding(CheckPlace { rule: index, check: at }, check, file, &judged));
                    }
                    Outcome::Unknown | Outcome::NoBase => unmeasured.add(&rule.id.0, file, judged),
                    Outcome::Absent if !is_absent => {}
                    Outcome::Absent if options.rules.contains(&rule.id.0) => unmeasured.add(&rule.id.0, file, judged),
                    Outcome::Absent => unmeasured.leave_out(&rule.id.0, judged),
                }
            }
        }
    }
    unmeasured.tell(first, diagnostics);
    Ok(findings)
}

fn judged<'a>(metric: &Metric, runs: &'a [results::Named]) -> Vec<(&'a str, Judged)> {
    let of = |(file, run): &'a results::Named| {
        limits::judge(metric, run).into_iter().map(move |judged| (file.as_str(), judged))
    };
    runs.iter().flat_map(of).collect()
}

fn is_held(judged: &Judged) -> bool {
    matches!(judged.outcome, Outcome::Met { .. } | Outcome::Broken)
}

fn finding(of: CheckPlace, check: &Check, file: &str, judged: &Judged) -> Option<Finding> {
    let (severity, help) = match judged.outcome {
        Outcome::Broken => (None, None),
        Outcome::Met { stretch: Some(false) } => {
            (Some(Severity::Hint), Some("the target is met; this is the goal beyond it".to_owned()))
        }
        Outcome::Met { .. } | Outcome::Unknown | Outcome::NoBase | Outcome::Absent => return None,
    };
    Some(Finding {
        rule: of.rule,
        check: of.check,
        place: Place::File(file.to_owned()),
        message: format!("{}: {}", check.message, judged.text),
        severity,
        fix: None,
        content: judged.name.clone(),
        occurrence: 0,
        reason: None,
        help,
    })
}

/// Limits that no result says anything of, each cause once.
#[derive(Default)]
struct Unmeasured {
    /// Those with a cause that somebody has to see to: the file, the cause, what may help, and the rules.
    causes: Vec<Cause>,
    /// Those that nobody measured in this run: the rule, and why.
    left_out: Vec<(String, Judged)>,
}

struct Cause {
    file: String,
    text: String,
    help: Option<String>,
    rules: Vec<String>,
}

impl Unmeasured {
    fn add(&mut self, rule: &str, file: &str, judged: Judged) {
        let known = self
            .causes
            .iter_mut()
            .find(|cause| cause.text == judged.text && (cause.file == file || judged.outcome == Outcome::Absent));
        match known {
            Some(cause) if cause.rules.iter().any(|known| known == rule) => {}
            Some(cause) => cause.rules.push(rule.to_owned()),
            None => self.causes.push(Cause {
                file: file.to_owned(),
                text: judged.text,
                help: judged.help,
                rules: vec![rule.to_owned()],
            }),
        }
    }

    fn leave_out(&mut self, rule: &str, judged: Judged) {
        if self.left_out.iter().all(|(known, _)| known != rule) {
            self.left_out.push((rule.to_owned(), judged));
        }
    }

    fn tell(self, first: &Path, diagnostics: &mut Sink) {
        for cause in self.causes {
            let rules: Vec<String> = cause.rules.iter().map(|rule| format!("`{rule}`")).collect();
            let limits = if rules.len() == 1 { "limit" } else { "limits" };
            let message = format!("the {limits} of {} could not be checked: {}", listed(&rules), cause.text);
            let help = "run the benchmark that measures it, or name the rules to hold with `--rule`".to_owned();
            let at = Place::File(cause.file);
            diagnostics.push(Diagnostic::new(Code::UnmeasuredLimit, at, message).help(cause.help.unwrap_or(help)));
        }
        let at = Place::File(first.to_string_lossy().replace('\\', "/"));
        let rules: Vec<String> = self.left_out.iter().map(|(rule, _)| format!("`{rule}`")).collect();
        let mut told = match self.left_out.as_slice() {
            [] => return,
            [(rule, judged)] => {
                let message = format!("the limit of `{rule}` was not checked: {}", judged.text);
                let told = Diagnostic::new(Code::UnmeasuredLimit, at, message);
                judged.help.iter().fold(told, |told, help| told.help(help))
            }
            limits => {
                let message = format!(
                    "{} were not checked, since no result here measures them: {}",
                    plural(limits.len(), "limit"),
                    listed(&rules)
                );
                Diagnostic::new(Code::UnmeasuredLimit, at, message)
            }
        };
        told.severity = Severity::Info;
        diagnostics.push(told.help("with `--rule ID` a limit that is not measured is an error"));
    }
}
