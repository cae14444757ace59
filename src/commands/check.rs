//! `kbc check`: would `kbc build` change anything, and does every layer bear out the others?

use std::time::Instant;

use anyhow::Result;

use super::exit::Exit;
use super::progress::Progress;
use super::project;
use super::session::Session;
use super::verdict::{self, Comparison, Subject};
use crate::host::cache;
use crate::host::disk::{Access, DirectoryLock, Project};
use crate::input::vocabulary::FailOn;
use crate::print::{self, Format};
use crate::text::quantity::plural;

/// Compares in memory, and writes nothing of the project. What makes it fail are the settings' to say, unless it is said in
/// the call.
pub fn run(call: &Session, format: Format, fail_on: Option<FailOn>) -> Result<Exit> {
    let root = call.root()?;
    let hold = DirectoryLock::take(&root, Access::Read, &|| call.waits())?;
    if DirectoryLock::is_pending(&root) {
        call.remark("a write here was interrupted: `kbc build` finishes it or takes it back");
    }
    let world = Project::at(&root).on(Some(call.day()));
    let memory = cache::memory(&root, call.cache);
    let subject = Subject { place: root.as_os_str().as_encoded_bytes(), drafts: call.drafts };
    let progress = Progress::waiting(&call.console, "checking");
    let start = Instant::now();
    let recalled = verdict::recalled(&world, subject, &memory);
    let how = if recalled.is_some() { "remembered: nothing that was read has changed" } else { "computed anew" };
    let checked = recalled.map_or_else(|| verdict::computed(&world, subject, &memory), Ok)?;
    drop(progress);
    call.detail(|| format!("{}\n{how}", project::read(&root, &checked.sources, start)));
    // What is held while it is printed would be held as long as a pager is open.
    drop(hold);
    call.hand_out(&print::checked(format, &checked.diagnostics, &checked.sources, &checked.off))?;
    let counts = checked.counts;
    let contents = format!(
        "{}, {}, {}",
        plural(counts.papers, "paper"),
        plural(counts.rules, "rule"),
        plural(counts.outputs, "output")
    );
    call.remark(&match print::tally(&checked.diagnostics) {
        None => format!("clean: {contents}"),
        Some(tally) if checked.comparison == Comparison::NotMade => {
            format!("{tally}; the outputs were not compared because the inputs have errors")
        }
        Some(tally) => format!("{tally}: {contents}"),
    });
    if let Some(off) = checked.off.told() {
        call.remark(&off);
    }
    Ok(Exit::failing_on(fail_on.unwrap_or(checked.fail_on), &checked.diagnostics))
}
