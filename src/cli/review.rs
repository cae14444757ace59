//! The flags of `kbc review`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use super::shared::Shared;
use crate::commands::exit::Exit;
use crate::commands::review;
use crate::commands::review::options::{BaselineMode, FailOn, Layer, Options, Rewrites, Shows, Stop, Times};
use crate::commands::session::{Remarks, Session};
use crate::diag::UserError;
use crate::input::vocabulary;
use crate::print::findings::Format;

/// Run the checks on code: on files, on what changed in them, or on results of benchmarks.
///
/// Folders are walked as git does it, so that ignored files are left out. A finding names its rule, and the first
/// of each rule shows the sentence of the paper and its figures. `# kbc: ignore[RTY1] reason` suppresses one.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files and folders, or `-` for standard input [default: the current folder].
    paths: Vec<PathBuf>,
    /// How the report is written [env: KBC_FORMAT].
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Fail on findings of this severity or worse; `open` adds questions that nobody answered [default: warning].
    #[arg(long, value_enum, value_name = "SEVERITY", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// End with 0 whatever is found; what could not be done still ends with 2.
    #[arg(long)]
    exit_zero: bool,
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
    /// Show the fixes as a diff instead of the findings and make none; exit 1 if there are any.
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// Only findings on lines that changed since a git revision: `--since origin/main`.
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Take rules, exceptions and settings as a git revision has them, and only the code as it is: `--at origin/main` for
    /// a pull request of others.
    #[arg(long, value_name = "REV")]
    at: Option<String>,
    /// Leave out the findings that this file knows.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is found to the baseline.
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
    /// Take out of the baseline what is gone, and add nothing.
    #[arg(long, requires = "baseline", conflicts_with_all = ["write_baseline", "since"])]
    update_baseline: bool,
    /// Review the text on standard input, as that of the file NAME.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["fix", "since"])]
    stdin_filename: Option<String>,
    /// Take the rules from rules.yaml as it was built, not from the papers: faster, for an editor that asks at every key.
    #[arg(long)]
    built: bool,
    /// Print how often each rule is broken instead of the findings.
    #[arg(long, conflicts_with_all = ["fix", "diff", "write_baseline"])]
    statistics: bool,
    /// Hold limits against results of the tools that `kbc import` reads: files, or folders with such files.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    metrics: Vec<PathBuf>,
    /// Answers to the questions of rules: JSON lines of rule, path, line, answer and reason.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// The lowest version of Python that the code supports [default: `languages.python.version` of kbc.toml, or pyproject.toml].
    #[arg(long, value_name = "VERSION", value_parser = version)]
    target_version: Option<String>,
}

pub const SHARED: &[Shared] = &[Shared::Base, Shared::Threads, Shared::NoCache, Shared::Today, Shared::Output];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let exit_zero = self.exit_zero;
        let mut options = Options::from(self);
        if call.remarks == Remarks::Detailed {
            options.timing = Times::Told;
        }
        if options.shows == Shows::Statistics && ![Format::Human, Format::Json].contains(&options.format) {
            bail!(UserError::new("`--statistics` has no such format").help("write it as human or json"));
        }
        let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
        if options.paths.iter().any(is_stdin) || options.stdin.is_some() && !options.paths.is_empty() {
            options.stdin = Some(name_of_stdin(&options)?);
            options.paths.clear();
        }
        let exit = review::run(call, &options)?;
        Ok(if exit_zero && exit == Exit::Findings { Exit::Clean } else { exit })
    }
}

/// The name of the text on standard input, where `-` stands for it.
fn name_of_stdin(options: &Options) -> Result<String> {
    if options.paths.len() > 1 || options.paths[0].as_os_str() != "-" {
        let error = UserError::new("standard input and files are reviewed one at a time");
        bail!(error.help("name `-` alone, or leave `-` and `--stdin-filename` out"));
    }
    if options.rewrites == Rewrites::Made || options.since.is_some() {
        bail!("`--fix` and `--since` need files, and `-` is standard input");
    }
    let Some(name) = options.stdin.clone() else {
        let error = UserError::new("it is not known what the text on standard input is");
        bail!(error.help("name the file that it is of: `kbc review --stdin-filename src/app.py -`"));
    };
    Ok(name)
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
            baseline_mode: match (arguments.write_baseline, arguments.update_baseline) {
                (true, _) => BaselineMode::Write,
                (false, true) => BaselineMode::Update,
                (false, false) => BaselineMode::Read,
            },
            stdin: arguments.stdin_filename,
            text: None,
            within: None,
            timing: Times::Untold,
            shows: if arguments.statistics { Shows::Statistics } else { Shows::Findings },
            metrics: arguments.metrics,
            answers: arguments.answers,
            target_version: arguments.target_version,
            stop: Stop::default(),
        }
    }
}
