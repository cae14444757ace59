//! Every diagnostic code as a table: its group, its name, how bad it is, and whether a project may decide that. What
//! `kbc explain CODE` prints is in `codes/NAME.md`.
//!
//! People write these names into settings, scripts and searches, so a name is a promise:
//!
//! * A code is never removed and never means something else. A renamed code keeps its old name as `was`.
//! * A new code, and a severity that is raised, is at most a warning until the next `format` of kbc.toml, so that a newer kbc
//!   fails no project that has not changed. Such a code says `since` which version it is there.
//! * The page of a code (`Code::url`) never moves.
//! * Findings are printed with the id of their rule in the place of a code, as in SARIF's `ruleId`. An id begins with a capital
//!   letter and a code with a small one, so the two never meet.

use super::home::HOME;
use super::severity::{Class, Severity};

/// The version of kbc that has the codes without `since`.
const FIRST: &str = "0.1.0";

/// What a code means for settings, and for whoever called kbc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two layers disagree, or an input is broken. Settings can raise its severity, and cannot lower it.
    Truth,
    /// A matter of taste: settings can raise it, lower it or switch it off.
    Taste,
    /// Each rule has its own severity.
    Rule,
    /// An input cannot be read at all.
    Unreadable,
    /// A fault of kbc.
    Bug,
}

macro_rules! codes {
    ($($group:ident $group_name:literal $about:literal { $(
        $variant:ident $name:literal $severity:ident $kind:ident $(was $was:literal)* $(since $since:literal)?,
    )* })*) => {
        /// What kind of trouble a diagnostic reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = concat!("`", $name, "`")] $variant),*),* }

        /// What codes are about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Group { $(#[doc = $about] $group),* }

        impl Group {
            pub const ALL: &[Group] = &[$(Group::$group),*];

            pub fn name(self) -> &'static str {
                match self { $(Group::$group => $group_name),* }
            }

            /// What its codes are about, in a line.
            pub fn about(self) -> &'static str {
                match self { $(Group::$group => $about),* }
            }

            pub fn codes(self) -> &'static [Code] {
                match self { $(Group::$group => &[$(Code::$variant),*]),* }
            }
        }

        impl Code {
            pub const ALL: &[Code] = &[$($(Code::$variant),*),*];

            /// The name that people see and write: `unknown-figure`.
            pub fn name(self) -> &'static str {
                match self { $($(Code::$variant => $name),*),* }
            }

            pub fn group(self) -> Group {
                match self { $($(Code::$variant)|* => Group::$group),* }
            }

            pub fn severity(self) -> Severity {
                match self { $($(Code::$variant => Severity::$severity),*),* }
            }

            pub fn kind(self) -> Kind {
                match self { $($(Code::$variant => Kind::$kind),*),* }
            }

            /// The version of kbc that reported it first.
            pub fn since(self) -> &'static str {
                match self { $($(Code::$variant => [$($since,)? FIRST][0]),*),* }
            }

            /// What it means, an example, and what to do, as Markdown.
            pub fn explanation(self) -> &'static str {
                let text = match self { $($(Code::$variant => include_str!(concat!("codes/", $name, ".md"))),*),* };
                text.trim_end()
            }

            /// The names that it had.
            pub fn old_names(self) -> &'static [&'static str] {
                match self { $($(Code::$variant => &[$($was),*]),*),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($($name => Some(Code::$variant),)*)* _ => None }
            }
        }
    };
}

impl Code {
    /// What an error of it means for whoever called kbc.
    pub fn class(self) -> Class {
        match self.kind() {
            Kind::Truth | Kind::Taste | Kind::Rule => Class::Finding,
            Kind::Unreadable => Class::Unreadable,
            Kind::Bug => Class::Bug,
        }
    }

    /// The page that explains it. It never moves.
    pub fn url(self) -> String {
        format!("{HOME}/codes/{}", self.name())
    }

    /// What it means, in the first sentence of its explanation.
    pub fn summary(self) -> &'static str {
        let text = self.explanation();
        text.split_once('\n').map_or(text, |(line, _)| line).trim_end_matches('.')
    }

    /// The code of a name, or of one that a code had.
    pub fn from_any_name(name: &str) -> Option<Self> {
        Self::from_name(name).or_else(|| Self::ALL.iter().copied().find(|code| code.old_names().contains(&name)))
    }
}

codes! {
    Files "files" "Files that cannot be read, or that are not read" {
        UnreadableFile "unreadable-file" Error Unreadable was "unreadable",
        NotUtf8 "not-utf8" Error Unreadable,
        OversizedFile "oversized-file" Error Unreadable was "too-large",
        TomlSyntax "toml-syntax" Error Truth was "config",
        NotMigrated "not-migrated" Error Unreadable,
        KbcVersion "kbc-version" Error Unreadable,
        OldFormat "old-format" Error Unreadable,
        NoPapers "no-papers" Error Truth,
        IgnoredFile "ignored-file" Warning Truth was "ignored",
    }
    Form "form" "The form of papers, data, templates and settings" {
        EmptyPaper "empty-paper" Error Truth,
        NoFrontMatter "no-front-matter" Error Truth,
        UnclosedFrontMatter "unclosed-front-matter" Error Truth,
        YamlSyntax "yaml-syntax" Error Truth,
        YamlTooDeep "yaml-too-deep" Error Truth,
        DuplicateKey "duplicate-key" Error Truth,
        AmbiguousValue "ambiguous-value" Error Truth was "ambiguous-scalar",
        UnknownKey "unknown-key" Error Truth,
        MissingKey "missing-key" Error Truth,
        WrongType "wrong-type" Error Truth,
        InvalidValue "invalid-value" Error Truth,
        RenamedCode "renamed-code" Info Truth,
        DuplicateId "duplicate-id" Error Truth,
        NoSuccessor "no-successor" Error Truth,
        OverduePaper "overdue-paper" Error Truth was "overdue",
        InvalidWording "invalid-wording" Error Truth,
        PaperSize "paper-size" Warning Taste,
        UnusedAllow "unused-allow" Warning Truth was "unused-allowance" was "unused-known" was "unassigned",
    }
    Hidden "hidden" "Text that readers do not see, or that looks like another" {
        HiddenText "hidden-text" Error Truth,
        ConfusableName "confusable-name" Error Truth was "confusable",
        MixedScript "mixed-script" Warning Taste,
        HtmlComment "html-comment" Warning Taste,
        LongLine "long-line" Warning Taste,
        EncodedText "encoded-text" Warning Taste,
    }
    Claim "claim" "What papers and rules say, against the data and the files that they name" {
        UnknownFigure "unknown-figure" Error Truth,
        DeadSection "dead-section" Error Truth,
        DeadLink "dead-link" Error Truth,
        DeadReference "dead-reference" Error Truth,
        FalseClaim "false-claim" Error Truth,
        UnclearClaim "unclear-claim" Error Truth,
        SwappedLabels "swapped-labels" Error Truth,
        UnsourcedNumber "unsourced-number" Warning Taste,
        EnvironmentsDisagree "environments-disagree" Warning Taste,
        ClaimReversed "claim-reversed" Error Truth was "claim-turned",
        DoubtfulRuleId "doubtful-rule-id" Warning Taste was "unknown-rule",
    }
    Check "check" "Checks, and the examples that prove them" {
        InvalidCheck "invalid-check" Error Truth,
        OrphanedExample "orphaned-example" Error Truth,
        NoExample "no-example" Error Truth,
        BrokenExample "broken-example" Error Truth,
        CheckMisses "check-misses" Error Truth was "missed",
        CheckNoisy "check-noisy" Error Truth was "noisy",
        MatchesEverything "matches-everything" Error Truth,
        UnboundMetavariable "unbound-metavariable" Error Truth,
        BadFix "bad-fix" Error Truth,
        MissingLanguage "missing-language" Error Unreadable,
        ConflictingChecks "conflicting-checks" Error Truth was "conflict",
        SimilarRules "similar-rules" Warning Taste was "near-duplicate",
        SaidTwice "said-twice" Warning Taste,
        UncheckedRule "unchecked-rule" Warning Taste,
        UnusedUtility "unused-utility" Warning Taste,
    }
    Data "data" "Benchmarks, results and figures" {
        InvalidBenchmark "invalid-benchmark" Error Truth,
        ChangedBenchmark "changed-benchmark" Error Truth,
        FailedBenchmark "failed-benchmark" Error Truth,
        UnusedBenchmark "unused-benchmark" Warning Taste,
        UnknownBenchmark "unknown-benchmark" Error Truth was "unknown-measurement",
        UnknownEnvironment "unknown-environment" Error Truth,
        ImplausibleValue "implausible-value" Error Truth,
        ZeroDivision "zero-division" Error Truth,
        UnitMismatch "unit-mismatch" Error Truth,
        NoCrossover "no-crossover" Error Truth,
        UnusedFigure "unused-figure" Warning Taste,
        UnusedCase "unused-case" Warning Taste,
    }
    Output "output" "Templates, and the files that they make" {
        TemplateSyntax "template-syntax" Error Truth,
        UnknownVariable "unknown-variable" Error Truth,
        TemplateRunsAway "template-runs-away" Error Truth,
        TemplateFailed "template-failed" Error Truth,
        OutputPath "output-path" Error Truth,
        OutputClash "output-clash" Error Truth,
        BudgetBounds "budget-bounds" Error Truth,
        OverBudget "over-budget" Error Truth,
        UnderBudget "under-budget" Warning Taste,
        UnknownSelection "unknown-selection" Error Truth,
        InvalidOutput "invalid-output" Error Bug,
        DamagedMarks "damaged-marks" Error Truth,
        LinkedSharedFile "linked-shared-file" Error Truth was "linked-host",
        ToolFormat "tool-format" Error Truth,
        ToolLimit "tool-limit" Error Truth,
        StaleOutput "stale-output" Error Truth was "stale",
        MissingOutput "missing-output" Error Truth was "missing",
        StrayOutput "stray-output" Error Truth was "stray",
        ForeignOutput "foreign-output" Error Truth was "foreign",
        UnadoptedEdit "unadopted-edit" Error Truth was "unadopted",
    }
    Agents "agents" "Roles, and how they hand work over" {
        UnknownRole "unknown-role" Error Truth,
        UnreachableRole "unreachable-role" Error Truth,
        CircularHandover "circular-handover" Error Truth,
        IdleRole "idle-role" Error Truth,
        RuleWithoutRole "rule-without-role" Error Truth was "uncarried-rule",
        PhaseOrder "phase-order" Error Truth,
    }
    Lock "lock" "kbc.lock: what changed since somebody last read it" {
        SuspectRule "suspect-rule" Error Truth was "suspect",
        RewordedPaper "reworded-paper" Warning Truth was "reworded",
        ChangedSettings "changed-settings" Error Truth,
        NoLockEntry "no-lock-entry" Error Truth was "unlocked",
        GoneRule "gone-rule" Error Truth,
        RetiredId "retired-id" Error Truth,
        InvalidLock "invalid-lock" Error Unreadable,
        UnknownLockLine "unknown-lock-line" Warning Truth,
    }
    Review "review" "Reviewed code, and what keeps findings from being reported" {
        RuleViolation "rule-violation" Warning Rule was "finding",
        OpenQuestion "open-question" Info Rule was "question",
        UnreviewedCode "unreviewed-code" Warning Truth was "unreviewed",
        CodeSyntax "code-syntax" Warning Truth was "syntax-error",
        UnusedSuppression "unused-suppression" Warning Truth,
        InvalidSuppression "invalid-suppression" Warning Truth was "unread-suppression",
        NewSuppression "new-suppression" Info Truth was "new-silence",
        UnexplainedSuppression "unexplained-suppression" Info Truth,
        ExpiredAllow "expired-allow" Error Truth was "expired-waiver",
        UnmeasuredLimit "unmeasured-limit" Error Truth was "unmeasured",
        UnaskedAnswer "unasked-answer" Error Truth,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_name_is_of_one_code_and_has_two_words() {
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            assert!(code.name().contains('-'), "{code:?}: one word says too little");
            for name in [code.name()].iter().chain(code.old_names()) {
                assert!(name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{name}");
                assert!(seen.insert(*name), "{name} is of two codes");
                assert_eq!(Code::from_any_name(name), Some(*code));
            }
        }
    }

    #[test]
    fn a_code_that_is_new_in_a_format_is_at_most_a_warning() {
        for code in Code::ALL {
            assert!(
                code.since() == FIRST || code.severity() <= Severity::Warning,
                "{code:?} fails an unchanged project"
            );
        }
    }

    #[test]
    fn an_explanation_begins_with_what_it_means() {
        for code in Code::ALL {
            let text = code.explanation();
            let (first, rest) = text.split_once('\n').expect("it says what to do as well");
            assert!(first.ends_with('.') && first.len() <= 110, "{code:?}: {first}");
            assert!(rest.starts_with("\n"), "{code:?}: the first sentence is a paragraph");
        }
    }

    #[test]
    fn every_explanation_is_of_a_code() {
        let files = std::fs::read_dir("src/diag/codes").expect("the explanations are there");
        let names = files.map(|file| file.expect("it can be read").file_name().into_string().expect("it is text"));
        let known: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{}.md", code.name())).collect();
        assert_eq!(names.collect::<BTreeSet<_>>(), known);
    }
}
