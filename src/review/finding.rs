//! A finding: a rule, a place in reviewed code, and what is said there. What tells it from others when lines
//! move, which findings are known already, tolerated or answered, and how it reads as a diagnostic.

mod answers;
mod baseline;
mod levels;
mod waivers;

use std::collections::{BTreeMap, HashMap, HashSet};

pub use self::answers::{Answered, FORMAT as ANSWERS, answers};
pub use self::baseline::{Baseline, FORMAT as BASELINE};
pub use self::levels::{RuleLevels, newly_off};
pub use self::waivers::{Waivers, expired, new_waivers};
use crate::diag::Severity;
use crate::diag::{Code, Diagnostic, Place, Sink, SwitchedOff};
use crate::input::vocabulary::Precision;
use crate::model::{Check, Model, Rule};
use crate::review::fix::Edit;
use crate::review::suppress::SuppressionIssue;
use crate::text::fingerprint;
use crate::text::quoted;
use crate::text::source::{SourceId, Sources, Span};
use crate::text::url;

/// Characters of a line that tell a finding from others.
const MAX_CONTENT: usize = 400;

/// A place that breaks a rule, or that a rule asks about.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Index into the rules of the model.
    pub rule: usize,
    /// Index into the checks of the rule.
    pub check: usize,
    pub place: Place,
    pub message: String,
    /// Overrides the rule's, for a goal that was only nearly reached.
    pub severity: Option<Severity>,
    pub fix: Option<Edit>,
    /// The line it begins on, without the space around it: what stays the same when lines move.
    pub content: String,
    /// How many findings of the same rule, file and content come before it.
    pub occurrence: usize,
    /// Why a reviewer says so.
    pub reason: Option<String>,
    /// The next step, where the rule's paper is not the one.
    pub help: Option<String>,
}

/// Everything that a review found out.
pub struct Review {
    pub sources: Sources,
    pub model: Model,
    /// In the order of paths and places.
    pub findings: Vec<Finding>,
    /// Questions that nobody answered.
    pub open: Vec<Finding>,
    /// Findings and questions that are not told, since somebody tolerates them.
    pub tolerated: Vec<(Finding, Tolerance)>,
    /// What could not be reviewed, and suppressions that should not stay.
    pub diagnostics: Sink,
    /// What kbc.toml switches off.
    pub off: SwitchedOff,
    pub counts: Counts,
    /// The rules that looked, as indices into the model.
    pub rules: Vec<usize>,
    /// What the rules took, if somebody asked.
    pub times: Vec<RuleTime>,
    pub names: Names,
    /// Where the papers are published, by kbc.toml.
    pub base_url: Option<String>,
}

/// What the files of a review are called, by the name that they are shown with.
pub type Names = HashMap<String, FileNames>;

/// Other names of a file.
#[derive(Clone, Debug)]
pub struct FileNames {
    /// As globs know it.
    pub about: String,
    /// The same wherever kbc is run.
    pub identity: String,
    /// As tools of a repository know it.
    pub reported: String,
}

/// The time that a rule took, over all threads.
#[derive(Clone, Debug)]
pub struct RuleTime {
    pub rule: String,
    pub nanoseconds: u64,
}

/// Who tolerates a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// kbc.toml.
    Waiver,
    /// A baseline, which may have a reason.
    Baseline(Option<String>),
}

/// What was looked at, and what is not told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub files: usize,
    /// Limits that a measured value was held against.
    pub limits: usize,
    /// By comments in the code.
    pub suppressed: usize,
    /// By kbc.toml.
    pub waived: usize,
    /// In the baseline.
    pub known: usize,
    /// On lines that did not change.
    pub unchanged: usize,
    /// Rewrites that were made.
    pub fixed: usize,
}

impl Finding {
    /// The line that a place begins on; of a very long one, what stands from the place on.
    pub fn content_of(span: Span, sources: &Sources) -> String {
        let source = sources.get(span.source);
        let (line, _) = source.position(span.start);
        let range = source.line(line).unwrap_or(0..0);
        let is_long = range.len() > MAX_CONTENT;
        let text = if is_long { &source.text[span.start..range.end] } else { &source.text[range] };
        let words = text.chars().take(MAX_CONTENT).collect::<String>();
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The path of its file.
    pub fn path<'a>(&'a self, sources: &'a Sources) -> &'a str {
        match &self.place {
            Place::File(path) => path,
            Place::Span(span) => &sources.get(span.source).path,
        }
    }

    /// The path of its file as it is wherever kbc is run.
    pub fn identity<'a>(&'a self, sources: &'a Sources, names: &'a Names) -> &'a str {
        let path = self.path(sources);
        names.get(path).map_or(path, |names| &names.identity)
    }

    /// Tells it from every other, and stays the same when lines above it move. 16 hexadecimal digits.
    pub fn fingerprint(&self, review: &Review) -> String {
        let rule = &review.model.rules[self.rule].id.0;
        let path = self.identity(&review.sources, &review.names);
        fingerprint::of(&[rule, path, &self.content, &self.occurrence.to_string()])
    }
}

/// Counts what looks the same, in the order of the findings.
pub fn number(findings: &mut [Finding], sources: &Sources, names: &Names) {
    let mut seen: HashMap<(usize, String, String), usize> = HashMap::new();
    for finding in findings {
        let key = (finding.rule, finding.identity(sources, names).to_owned(), finding.content.clone());
        let count = seen.entry(key).or_default();
        finding.occurrence = *count;
        *count += 1;
    }
}

impl Review {
    pub fn rule(&self, finding: &Finding) -> &Rule {
        &self.model.rules[finding.rule]
    }

    pub fn check(&self, finding: &Finding) -> &Check {
        &self.rule(finding).checks[finding.check].check
    }

    pub fn severity(&self, finding: &Finding) -> Severity {
        finding.severity.unwrap_or(self.check(finding).severity)
    }

    pub fn precision(&self, finding: &Finding) -> Precision {
        self.check(finding).precision()
    }

    /// `papers/retries.md#what-a-fixed-delay-does`.
    pub fn paper(&self, rule: &Rule) -> String {
        format!("{}{}", self.model.papers[rule.paper].path, rule.section.anchor)
    }

    /// Where the paper of a rule is published.
    pub fn url(&self, rule: &Rule) -> Option<String> {
        Some(url::below(self.base_url.as_ref()?, &self.paper(rule)))
    }

    /// All findings as diagnostics, with the other diagnostics. The first of each rule carries the sentence and the figures of its
    /// paper, the others only their place.
    pub fn diagnostics(&self) -> impl Iterator<Item = Diagnostic> {
        let mut told = HashSet::new();
        let findings = self.findings.iter().map(move |finding| self.diagnostic(finding, told.insert(finding.rule)));
        let open = self.open.iter().map(|finding| self.question(finding));
        self.diagnostics.iter().cloned().chain(findings).chain(open)
    }

    fn diagnostic(&self, finding: &Finding, is_first: bool) -> Diagnostic {
        let rule = self.rule(finding);
        let mut diagnostic = Diagnostic::new(Code::RuleViolation, finding.place.clone(), &finding.message);
        diagnostic.severity = self.severity(finding);
        diagnostic.rule = Some(rule.id.0.clone());
        diagnostic.rule_url = self.url(rule);
        if let Some(reason) = &finding.reason {
            diagnostic = diagnostic.note(format!("a reviewer says: {reason}"));
        }
        if is_first {
            diagnostic = diagnostic.also(rule.full.span, format!("the rule, argued for in `{}`", rule.section.title));
            for id in &rule.evidence {
                let Some(figure) = self.model.figures.get(id) else { continue };
                diagnostic = diagnostic.note(format!("{id} is {}: {}", figure.text, figure.about));
            }
        }
        if let Some(edit) = &finding.fix {
            let text = edit.text.trim();
            let shown = if text.contains('\n') { String::new() } else { format!(": `{}`", quoted::code(text)) };
            diagnostic = diagnostic.help(match self.precision(finding) {
                Precision::High => format!("`kbc review --fix` rewrites it{shown}"),
                // What is not always right is for who reads it.
                Precision::Medium | Precision::Low => format!("it may be rewritten by hand{shown}"),
            });
        }
        match (&finding.help, is_first) {
            (Some(help), _) => diagnostic.help(help),
            (None, true) => diagnostic.help(format!("`kbc explain {}` has the evidence", rule.id)),
            (None, false) => diagnostic,
        }
    }

    fn question(&self, finding: &Finding) -> Diagnostic {
        let rule = self.rule(finding);
        let judge = self.check(finding).question().expect("only judges ask");
        let mut diagnostic = Diagnostic::new(Code::OpenQuestion, finding.place.clone(), &judge.question);
        diagnostic.rule = Some(rule.id.0.clone());
        diagnostic.rule_url = self.url(rule);
        diagnostic
            .label(&finding.message)
            .note(format!("`{}` keeps the rule: {}", judge.expected.name(), rule.full.text))
            .help("answer it with `kbc review --answers FILE`; `kbc explain open-question` has the form")
    }
}

/// What is wrong with the suppressions of a file, said at their places.
pub fn suppression(source: SourceId, complaint: SuppressionIssue) -> Diagnostic {
    match complaint {
        SuppressionIssue::Unused { range, rule: Some(rule) } => {
            let rule = quoted::code(&rule);
            let message = format!("`{rule}` finds nothing here, so it need not be suppressed");
            Diagnostic::new(Code::UnusedSuppression, Span::new(source, range), message).help("remove it")
        }
        SuppressionIssue::Unused { range, rule: None } => {
            let message = "the comment does not say which rule it suppresses, and nothing is found here";
            Diagnostic::new(Code::UnusedSuppression, Span::new(source, range), message)
                .help("write `# kbc: ignore[ID] reason`, or remove it")
        }
        SuppressionIssue::UnknownRule { range, rule, near } => {
            let message = format!("no rule is called `{}`", quoted::code(&rule));
            let diagnostic = Diagnostic::new(Code::UnusedSuppression, Span::new(source, range), message);
            match near {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help("remove it"),
            }
        }
        SuppressionIssue::Unread { range, rules } => {
            let rules = if rules.is_empty() { "ID".to_owned() } else { rules.join(", ") };
            let message = "the comment looks like a suppression, but it suppresses nothing";
            Diagnostic::new(Code::InvalidSuppression, Span::new(source, range), message)
                .help(format!("write `# kbc: ignore[{rules}] reason`"))
        }
        SuppressionIssue::Unexplained { range } => {
            let message = "the comment suppresses a finding without saying why";
            Diagnostic::new(Code::UnexplainedSuppression, Span::new(source, range), message)
                .help("add the reason behind it: `# kbc: ignore[ID] never more than three items`")
        }
    }
}

/// Findings that fall on changed lines (from 0), by path of the file; the others are counted.
pub fn only_changed(
    findings: &mut Vec<Finding>,
    sources: &Sources,
    changed: &BTreeMap<String, Vec<std::ops::Range<usize>>>,
) -> usize {
    let before = findings.len();
    findings.retain(|finding| {
        let Place::Span(span) = &finding.place else { return true };
        let source = sources.get(span.source);
        let (first, last) = (source.position(span.start).0 - 1, source.position(span.end.max(span.start)).0);
        let lines = changed.get(&source.path).map(Vec::as_slice).unwrap_or_default();
        let next = lines.partition_point(|lines| lines.end <= first);
        lines.get(next).is_some_and(|lines| lines.start < last)
    });
    before - findings.len()
}
