//! `kbc budget`: the token report.

use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;

use super::channels::{self, State};
use super::console::Console;
use super::exit::Exit;
use super::project::compile;
use super::session::Session;
use crate::compile::Compilation;
use crate::compile::budget_report::{Delivered, Report, counts, report};
use crate::print::budget::{Medium, print};
use crate::print::document;

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
pub fn run(call: &Session, format: Format) -> Result<Exit> {
    let compilation = compile(call)?;
    if compilation.compiled.has_errors() {
        call.complain(&compilation.compiled.diags, &compilation.compiled.sources);
        call.remark("there is no report while the inputs have errors");
        return Ok(Exit::Unusable);
    }
    let report = of(&call.console, &compilation.root, &compilation.compiled);
    call.hand_out(&match format {
        Format::Human => print(&report, Medium::Terminal),
        Format::Markdown => print(&report, Medium::Markdown),
        Format::Json => document::text("kbc.budget", 1, &report),
    })?;
    Ok(Exit::Clean)
}

/// The report on a knowledge base without errors.
pub fn of(console: &Console, root: &Path, compiled: &Compilation) -> Report {
    Report { delivered: delivered(console, root, compiled), ..report(compiled) }
}

/// What every channel that is installed hands out. Where nobody but `kbc inject` does, that is the outputs themselves.
fn delivered(console: &Console, root: &Path, compiled: &Compilation) -> Vec<Delivered> {
    let audiences = channels::audiences(console, root, compiled);
    let rows = audiences.iter().flat_map(|audience| audience.channels.iter().map(move |channel| (audience, channel)));
    let delivers = |(audience, channel): (&channels::Audience, &channels::Channel)| match &channel.state {
        State::Delivers(text) => {
            Some(Delivered { role: audience.role.clone(), channel: channel.name.clone(), counts: counts(text) })
        }
        State::NotInstalled(_) | State::Broken(_) => None,
    };
    let all: Vec<Delivered> = rows.filter_map(delivers).collect();
    if all.iter().all(|delivered| delivered.role.is_none() && delivered.channel == "kbc inject") {
        Vec::new()
    } else {
        all
    }
}
