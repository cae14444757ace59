//! The raw values of a session, in a file of its own beside the data: `data/raw/ENVIRONMENT/SESSION.jsonl`. It is written
//! once and never changed. Its digest is in the data file, so that nothing needs to read it.

use std::path::Path;

use serde::Serialize;

use crate::evidence::data_writer::Outcome;
use crate::input::files::data::{RAW, Raw, Session};
use crate::text::fingerprint;

/// A session and its file.
pub struct NewSession {
    pub id: String,
    pub summary: Session,
    /// Of its raw values.
    pub path: String,
    pub text: String,
}

/// The first line.
#[derive(Serialize)]
struct Head<'a> {
    kind: &'a str,
    version: u32,
    environment: &'a str,
    session: &'a str,
}

/// The values of one case in one process, in the order in which they were measured. The values of two cases at one place of
/// one process were measured in the same round.
#[derive(Serialize)]
struct Line<'a> {
    benchmark: &'a str,
    case: &'a str,
    unit: &'a str,
    process: usize,
    values: &'a [f64],
}

/// The session of some outcomes: named by its day, with a number if the day has one already.
pub fn session(root: &Path, data_file: &str, environment: &str, date: &str, outcomes: &[Outcome]) -> NewSession {
    let folder = data_file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = |id: &str| format!("{folder}/{RAW}{environment}/{id}.jsonl");
    let mut id = date.to_owned();
    let mut number = 1;
    while root.join(path(&id)).symlink_metadata().is_ok() {
        number += 1;
        id = format!("{date}-{number}");
    }
    let mut text = line(&Head { kind: "kbc.raw", version: 1, environment, session: &id });
    let mut count = 0;
    for outcome in outcomes {
        for (process, values) in outcome.values.iter().enumerate() {
            count += values.len() as u64;
            let (benchmark, case, unit) = (outcome.benchmark, outcome.case, outcome.by.unit());
            text += &line(&Line { benchmark, case, unit, process: process + 1, values });
        }
    }
    let raw = Raw { blake3: fingerprint::hex(&fingerprint::plain(text.as_bytes())), values: count };
    let summary =
        Session { date: date.to_owned(), tool: Some("kbc measure".to_owned()), raw: Some(raw), metadata: None };
    NewSession { path: path(&id), id, summary, text }
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and finite numbers are JSON") + "\n"
}
