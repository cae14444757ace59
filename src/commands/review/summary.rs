//! What a review comes to: its exit code, and a line that counts what was found.

use std::collections::BTreeMap;

use super::options::FailOn;
use crate::commands::exit::Exit;
use crate::diag::Severity;
use crate::model::Rule;
use crate::review::finding::{Review, RuleTime};
use crate::review::{Engine, Timing};
use crate::text::quantity::plural;

/// How a review ends, by what makes it fail.
pub fn exit(review: &Review, fail_on: &[FailOn]) -> Exit {
    let troubled = exit_of_troubles(review);
    if troubled != Exit::Clean {
        return troubled;
    }
    let mut limit = fail_on.iter().filter_map(|fail_on| match fail_on {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Info => Some(Severity::Info),
        FailOn::Hint => Some(Severity::Hint),
        FailOn::Open => None,
    });
    let limit = limit.next_back().unwrap_or(Severity::Warning);
    let mut severities = review.findings.iter().map(|finding| review.severity(finding));
    let is_bad = |severity: Severity| severity >= limit;
    let is_troubled = review.diagnostics.iter().any(|trouble| is_bad(trouble.severity));
    let is_open = fail_on.contains(&FailOn::Open) && !review.open.is_empty();
    if severities.any(is_bad) || is_troubled || is_open { Exit::Findings } else { Exit::Clean }
}

/// Errors among the diagnostics fail whatever else is asked for: what could not be looked at has not passed.
pub fn exit_of_troubles(review: &Review) -> Exit {
    Exit::of(&review.diagnostics)
}

/// What was found and looked at, in a line.
pub fn summary(review: &Review) -> String {
    let counts = review.counts;
    let mut parts = Vec::new();
    let mut tell = |count: usize, text: String| {
        if count > 0 {
            parts.push(text);
        }
    };
    let diagnostics: usize = review.diagnostics.iter().map(|diagnostic| diagnostic.count).sum();
    let findings = review.findings.len();
    tell(findings, plural(findings, "finding"));
    tell(review.open.len(), plural(review.open.len(), "open question"));
    tell(diagnostics, plural(diagnostics, "other message"));
    tell(counts.fixed, format!("{} made", plural(counts.fixed, "rewrite")));
    tell(counts.suppressed, format!("{} suppressed", counts.suppressed));
    tell(counts.waived, format!("{} waived", counts.waived));
    tell(counts.known, format!("{} in the baseline", counts.known));
    tell(counts.unchanged, format!("{} on unchanged lines", counts.unchanged));
    let limits = if counts.limits == 0 { String::new() } else { format!(", {}", plural(counts.limits, "limit")) };
    let looked = format!("{}, {}{limits}", plural(counts.files, "file"), plural(review.rules.len(), "rule"));
    let is_nothing = review.rules.is_empty() || counts.files + counts.limits == 0;
    let found = match parts.as_slice() {
        [] if is_nothing => format!("nothing was looked at: {looked}"),
        [] => format!("clean: {looked}"),
        parts => format!("{}: {looked}", parts.join(", ")),
    };
    match review.off.told() {
        Some(off) => format!("{found}; {off}"),
        None => found,
    }
}

/// How many findings there are of each rule, the most first.
pub fn statistics(review: &Review) -> Vec<(usize, &Rule)> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    review.findings.iter().for_each(|finding| *counts.entry(finding.rule).or_default() += 1);
    let mut counted: Vec<(usize, &Rule)> =
        counts.into_iter().map(|(rule, count)| (count, &review.model.rules[rule])).collect();
    counted.sort_by(|(a, first), (b, second)| b.cmp(a).then_with(|| first.id.0.cmp(&second.id.0)));
    counted
}

/// The time that each rule took, the slowest first.
pub fn times(engine: &Engine, timing: &Timing) -> Vec<RuleTime> {
    let rules = engine.matchers.iter().map(|matcher| matcher.id.clone());
    let times = timing.nanoseconds().zip(rules).map(|(nanoseconds, rule)| RuleTime { rule, nanoseconds });
    let mut times: Vec<RuleTime> = times.collect();
    times.sort_unstable_by(|a, b| b.nanoseconds.cmp(&a.nanoseconds).then_with(|| a.rule.cmp(&b.rule)));
    times
}

/// The times as a table.
pub fn times_told(times: &[RuleTime]) -> String {
    let all: u64 = times.iter().map(|time| time.nanoseconds).sum();
    let share = |time: u64| if all == 0 { 0.0 } else { 100.0 * time as f64 / all as f64 };
    let line = |RuleTime { rule, nanoseconds }: &RuleTime| {
        format!("{rule:<12} {:>9.1} ms {:>5.1}%\n", *nanoseconds as f64 / 1e6, share(*nanoseconds))
    };
    let lines: String = times.iter().map(line).collect();
    format!(
        "matching, over all threads, without reading and parsing:\n{lines}{:<12} {:>9.1} ms",
        "all",
        all as f64 / 1e6
    )
}
