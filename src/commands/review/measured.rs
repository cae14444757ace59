//! Limits held against the results of benchmarks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::commands::console::Console;
use crate::diag::{Code, Diagnostic, Place, Severity, Sink, UserError};
use crate::evidence::bench_results::{self, Run};
use crate::evidence::limits::{self, Judged, Outcome};
use crate::host::read;
use crate::model::Model;
use crate::review::finding::Finding;

/// What criterion writes beside the estimates of a benchmark.
const AROUND: [&str; 2] = ["benchmark.json", "sample.json"];

/// Findings of every limit among the rules; none, if no results are given.
pub fn findings(
    console: &Console,
    model: &Model,
    rules: &[usize],
    files: &[PathBuf],
    diagnostics: &mut Sink,
) -> Result<Vec<Finding>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let runs = files.iter().map(|path| Ok((name(path), read(console, path)?))).collect::<Result<Vec<_>>>()?;
    let mut findings = Vec::new();
    for &index in rules {
        let rule = &model.rules[index];
        let Some(check) = rule.check() else { continue };
        let Some(metric) = check.metric() else { continue };
        let hold = |(file, run): &(String, Run)| {
            limits::judge(metric, run).into_iter().map(|judged| (file.clone(), judged)).collect::<Vec<_>>()
        };
        let judged: Vec<(String, Judged)> = runs.iter().flat_map(hold).collect();
        // A result that one file has need not be in the others.
        let is_known = judged.iter().any(|(_, judged)| judged.outcome != Outcome::Unknown);
        for (file, judged) in judged {
            if judged.outcome != Outcome::Unknown {
                findings.extend(finding(index, &check.message, &file, &judged));
            } else if !is_known {
                diagnostics.push(unmeasured(&rule.id.0, &file, judged));
            }
        }
    }
    Ok(findings)
}

fn finding(rule: usize, message: &str, file: &str, judged: &Judged) -> Option<Finding> {
    let (severity, help) = match judged.outcome {
        Outcome::Broken => (None, None),
        Outcome::Met { stretch: Some(false) } => {
            (Some(Severity::Hint), Some("the target is met; this is the goal beyond it".to_owned()))
        }
        Outcome::Met { .. } | Outcome::Unknown => return None,
    };
    Some(Finding {
        rule,
        place: Place::File(file.to_owned()),
        message: format!("{message}: {}", judged.text),
        severity,
        fix: None,
        content: judged.name.clone(),
        occurrence: 0,
        reason: None,
        help,
    })
}

fn unmeasured(rule: &str, file: &str, judged: Judged) -> Diagnostic {
    let message = format!("the limit of `{rule}` could not be held: {}", judged.text);
    let diagnostic = Diagnostic::new(Code::Unmeasured, Place::File(file.to_owned()), message);
    match judged.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help("run the benchmark that measures it, or name the rules to hold with `--rule`"),
    }
}

fn name(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/").trim_start_matches("./").to_owned()
}

/// The results in a file.
///
/// # Errors
/// If it cannot be read, or is of no tool that is known.
pub fn read(console: &Console, path: &Path) -> Result<Run> {
    let text = read::text(&console.path(path), read::MAX_HANDED)
        .with_context(|| format!("cannot read the results `{}`", path.display()))?;
    let beside = |name: &&'static str| {
        Some((*name, read::text(&console.path(path.parent()?.join(name)), read::MAX_HANDED).ok()?))
    };
    let around: BTreeMap<&str, String> = AROUND.iter().filter_map(beside).collect();
    bench_results::read(&text, &around).map_err(|fault| {
        let help = "give results as the tool wrote them, of a run that ended well";
        anyhow::Error::from(UserError::new(format!("`{}` {fault}", path.display())).help(help))
    })
}
