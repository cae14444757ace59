//! The flags of `kbc review`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::commands::exit::Exit;
use crate::commands::review;
use crate::commands::review::options::{BaselineMode, FailOn, Layer, Options, Rewrites, Times};
use crate::commands::session::Session;
use crate::input::vocabulary;
use crate::print::findings::Format;

/// Run the evals on code: on files, on what changed in them, or on measurements.
///
/// Folders are walked as git does it, so that ignored files are left out. A finding names its rule, and the first
/// of each rule shows the sentence of the paper and its figures. `# kbc: ignore[RTY1] reason` suppresses one.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files and folders [default: the current folder].
    paths: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Fail on findings of this severity or worse; `open` adds questions that nobody answered [default: warning].
    #[arg(long, value_enum, value_name = "SEVERITY", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// Only this rule; may be repeated.
    #[arg(long = "rule", value_name = "ID", value_delimiter = ',')]
    rules: Vec<String>,
    /// Only the rules that a role of kbc.toml carries.
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// Only rules that are right at least this often.
    #[arg(long, value_enum, value_name = "PRECISION")]
    min_precision: Option<Precision>,
    /// Make the fixes of rules of high precision, in all files or none, and tell what remains.
    #[arg(long)]
    fix: bool,
    /// Show the fixes as a diff instead of the findings, and make none.
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// Only findings on lines that changed since a git revision: `--since origin/main`.
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Take rules, waivers and settings as a git revision has them, and only the code as it is: `--at origin/main` for a
    /// pull request of others.
    #[arg(long, value_name = "REV")]
    at: Option<String>,
    /// Leave out the findings that this file knows.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is found to the baseline.
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
    /// Review the text on standard input.
    #[arg(long, requires = "path", conflicts_with_all = ["paths", "fix", "since"])]
    stdin: bool,
    /// The name of the file that the text on standard input is of.
    #[arg(long, value_name = "NAME", requires = "stdin")]
    path: Option<String>,
    /// Go by the evals as they were built, where they were, not by the papers: an editor that asks at every key waits less.
    #[arg(long)]
    built: bool,
    /// Tell how long each rule took; with `--format json` in the document too.
    #[arg(long)]
    timing: bool,
    /// Hold limits against results of the tools that `kbc import` reads: files, or folders with such files.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    metrics: Vec<PathBuf>,
    /// Answers to the questions of rules: JSON lines of rule, place, answer and reason.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// The lowest version of Python that the code supports [default: `review.python` of kbc.toml, or pyproject.toml].
    #[arg(long, value_name = "VERSION", value_parser = version)]
    python: Option<String>,
    /// The day that waivers are held against, YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DAY")]
    today: Option<String>,
}

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        review::run(call, &self.into())
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Precision {
    Low,
    Medium,
    High,
}

fn version(text: &str) -> Result<String, String> {
    let is_version = text.split('.').all(|part| part.parse::<u32>().is_ok());
    is_version.then(|| text.to_owned()).ok_or_else(|| "write it as 3.11".to_owned())
}

impl From<Arguments> for Options {
    fn from(arguments: Arguments) -> Self {
        Self {
            paths: arguments.paths,
            layer: if arguments.built { Layer::Built } else { Layer::Papers },
            format: arguments.format,
            fail_on: arguments.fail_on,
            rules: arguments.rules,
            role: arguments.role,
            min_precision: arguments.min_precision.map(|precision| match precision {
                Precision::Low => vocabulary::Precision::Low,
                Precision::Medium => vocabulary::Precision::Medium,
                Precision::High => vocabulary::Precision::High,
            }),
            rewrites: match (arguments.fix, arguments.diff) {
                (true, _) => Rewrites::Made,
                (false, true) => Rewrites::Shown,
                (false, false) => Rewrites::Offered,
            },
            since: arguments.since,
            at: arguments.at,
            baseline: arguments.baseline,
            baseline_mode: if arguments.write_baseline { BaselineMode::Write } else { BaselineMode::Read },
            stdin: arguments.path.filter(|_| arguments.stdin),
            text: None,
            within: None,
            timing: if arguments.timing { Times::Told } else { Times::Untold },
            metrics: arguments.metrics,
            answers: arguments.answers,
            python: arguments.python,
            today: arguments.today,
        }
    }
}
