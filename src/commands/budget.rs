//! `kbc budget`: the token report.

use anyhow::Result;
use clap::ValueEnum;

use super::{Call, Exit, answer, compile, complain};
use crate::print::budget::{Medium, print};
use crate::report::report;

/// How the report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables and bars for a terminal.
    #[default]
    Human,
    /// Every number, for programs.
    Json,
    /// Tables for a pull request.
    Markdown,
}

/// Prints the report. Without outputs there is nothing to report, so broken inputs are shown instead.
pub fn run(call: &Call, format: Format) -> Result<Exit> {
    let compilation = compile(call)?;
    if compilation.compiled.has_errors() {
        complain(&compilation.compiled.diags, &compilation.compiled);
        call.remark("there is no report while the inputs have errors");
        return Ok(compilation.exit());
    }
    let report = report(&compilation.compiled);
    answer(&match format {
        Format::Human => print(&report, Medium::Terminal),
        Format::Markdown => print(&report, Medium::Markdown),
        Format::Json => serde_json::to_string_pretty(&report)? + "\n",
    })?;
    Ok(Exit::Clean)
}
