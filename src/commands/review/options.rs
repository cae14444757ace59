//! What a review is asked to do.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;

use crate::input::vocabulary::Precision;
use crate::print::findings::Format;

/// What a review is asked to do.
#[derive(Debug, Default)]
pub struct Options {
    /// Files and folders; none means here.
    pub paths: Vec<PathBuf>,
    pub layer: Layer,
    pub format: Format,
    pub fail_on: Vec<FailOn>,
    pub rules: Vec<String>,
    pub role: Option<String>,
    pub min_precision: Option<Precision>,
    pub rewrites: Rewrites,
    pub since: Option<String>,
    /// The revision that the rules, the waivers and the settings are taken from, if not from the files.
    pub at: Option<String>,
    pub baseline: Option<PathBuf>,
    pub baseline_mode: BaselineMode,
    /// The name of the file whose text comes from standard input.
    pub stdin: Option<String>,
    /// That text, if it is at hand already.
    pub text: Option<String>,
    /// A folder above which no pyproject.toml is looked for.
    pub within: Option<PathBuf>,
    pub timing: Times,
    pub shows: Shows,
    pub metrics: Vec<PathBuf>,
    pub answers: Option<PathBuf>,
    /// The lowest version of Python that the code supports, if it was named.
    pub target_version: Option<String>,
    pub stop: Stop,
}

/// Does nobody wait for the review any more? Copies are one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// The review ends at the next file.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What makes a review fail: findings of this severity or worse, or questions that nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Info,
    Hint,
    Open,
}

/// What is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shows {
    #[default]
    Findings,
    /// How many there are of each rule.
    Statistics,
}

/// Where the rules are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layer {
    /// From the papers as they are.
    #[default]
    Papers,
    /// From the evals as they were built, if they were, since somebody waits.
    Built,
}

/// What becomes of fixes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rewrites {
    #[default]
    Offered,
    /// Shown as a diff.
    Shown,
    Made,
}

/// What is done with the baseline?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BaselineMode {
    #[default]
    Read,
    Write,
    /// What is gone is taken out of it.
    Update,
}

/// Are times told?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    #[default]
    Untold,
    Told,
}
