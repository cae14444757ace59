//! All checks together: which of them a text can match, found in one pass over its words.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use ast_grep_core::Language as _;
use ast_grep_language::SupportLang;
use rayon::prelude::*;

use super::fault::FaultKind;
use super::fault_report;
use super::matcher::{CheckPlace, Matcher};
use super::prefilter::Index;
use crate::diag::{Diagnostic, Sink};
use crate::input::formats::notebook;
use crate::model::Model;
use crate::text::source::Sources;

/// Time spent on each rule.
pub struct Timing(Vec<AtomicU64>);

impl Timing {
    pub fn add(&self, matcher: usize, nanoseconds: u64) {
        self.0[matcher].fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Nanoseconds by matcher.
    pub fn nanoseconds(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|time| time.load(Ordering::Relaxed))
    }
}

/// A text to look at.
#[derive(Clone, Copy)]
pub struct CodeText<'a> {
    /// The name of its file, as globs know it.
    pub path: &'a str,
    pub text: &'a str,
    /// The lowest version of Python that it is for; unknown, every rule applies.
    pub python: Option<&'a [u32]>,
}

/// All matchers, to run together.
pub struct Engine {
    pub matchers: Vec<Matcher>,
    /// Those that read any text.
    pub by_text: Vec<usize>,
    /// By what a text needs to be matched.
    pub index: Index,
    /// The dialects that some rule reads.
    dialects: Vec<SupportLang>,
    /// Every rule of the knowledge base, also those that do not run: suppressions may name them.
    pub known: HashSet<String>,
}

impl Engine {
    /// Some checks of a model, none of them compiled. Those that cannot run are left out and complained about.
    pub fn new(model: &Model, checks: Vec<CheckPlace>, sources: &Sources, diags: &mut Sink) -> Self {
        let make = |place: CheckPlace, found: &mut Sink| {
            let rule = &model.rules[place.rule];
            let check = &rule.checks[place.check];
            let made = Matcher::new(place, rule);
            made.map_err(|fault| found.push(fault_report::diagnostic(&fault, rule, check, model, sources))).ok()?
        };
        let matchers: Vec<Matcher> = diags.par_map(checks, make).into_iter().flatten().collect();
        let (by_text, by_tree): (Vec<usize>, Vec<usize>) =
            (0..matchers.len()).partition(|at| matchers[*at].dialects().is_empty());
        let index = Index::new(by_tree.iter().map(|at| (*at, &matchers[*at].need)));
        let mut dialects: Vec<SupportLang> = Vec::new();
        for dialect in matchers.iter().flat_map(Matcher::dialects) {
            if !dialects.contains(dialect) {
                dialects.push(*dialect);
            }
        }
        let known = model.rules.iter().map(|rule| rule.id.0.clone()).collect();
        Self { matchers, by_text, index, dialects, known }
    }

    /// Compiles every check now, all processors together; without it each is when a text first needs it.
    pub fn prepare(&self) {
        rayon::join(|| self.index.prepare(), || self.matchers.par_iter().for_each(Matcher::prepare));
    }

    /// Compiles the checks that one text needs.
    pub fn prepare_for(&self, text: &str) {
        self.index.possible(text).par_iter().for_each(|at| self.matchers[*at].prepare());
    }

    /// What is wrong with the checks that were compiled.
    pub fn faults(&self, model: &Model, sources: &Sources) -> Vec<Diagnostic> {
        let faults = self.matchers.iter().filter_map(|matcher| Some((matcher, matcher.fault()?)));
        // What a file that cannot be read would define, is not known.
        let is_known = |fault: &FaultKind| !(model.lacks_utilities && matches!(fault, FaultKind::UndefinedUtility(_)));
        let faults = faults.filter(|(_, fault)| is_known(&fault.kind));
        let told = faults.map(|(matcher, fault)| {
            let rule = &model.rules[matcher.rule];
            fault_report::diagnostic(fault, rule, &rule.checks[matcher.check], model, sources)
        });
        let mut faults: Vec<Diagnostic> = told.chain(fault_report::of_unnamed(model, sources)).collect();
        // Rules that name one broken utility rule have one fault.
        faults.sort_by(|a, b| (&a.message, a.span()).cmp(&(&b.message, b.span())));
        faults.dedup();
        faults
    }

    pub fn timing(&self) -> Timing {
        Timing(self.matchers.iter().map(|_| AtomicU64::new(0)).collect())
    }

    /// The dialect of a file, by the ending of its name, if some rule reads it.
    pub fn dialect(&self, path: &str) -> Option<SupportLang> {
        SupportLang::from_path(path).filter(|dialect| self.dialects.contains(dialect))
    }

    /// Is a rule by syntax about a file of this name?
    fn reads_tree(&self, at: usize, path: &str) -> bool {
        let matcher = &self.matchers[at];
        self.dialect(path).is_some_and(|dialect| matcher.dialects().contains(&dialect)) && matcher.is_about(path)
    }

    /// Does any rule look at a file of this name?
    pub fn reads_file(&self, path: &str) -> bool {
        if notebook::is_notebook(path) && self.reads_file(&notebook::as_code(path)) {
            return true;
        }
        let by_tree = || (0..self.matchers.len()).any(|at| self.reads_tree(at, path));
        self.dialect(path).is_some() && (!path.ends_with(".pyi") || by_tree())
            || self.by_text.iter().any(|at| self.matchers[*at].is_about(path))
    }
}
