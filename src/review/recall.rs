//! Scans that were made before: what some rules found in a text is what they find in it again.

use super::engine::{Engine, Timing};
use super::scan::Scan;
use crate::model::{Check, Model};
use crate::text::fingerprint::{self, Digest};
use crate::text::memo::Memory;

/// The form of what is remembered.
const VERSION: u32 = 1;

/// An engine and what it found before.
pub struct Recall<'a> {
    pub engine: &'a Engine,
    memory: &'a Memory,
    /// Of all that a scan depends on besides path and text.
    rules: Digest,
}

impl<'a> Recall<'a> {
    pub fn new(engine: &'a Engine, model: &Model, memory: &'a Memory) -> Self {
        let rules = if memory.is_none() { Digest::default() } else { rules(engine, model) };
        Self { engine, memory, rules }
    }

    /// As [`Engine::scan`]; nothing is remembered of a scan whose time is taken.
    pub fn scan(&self, path: &str, text: &str, timing: Option<&Timing>) -> Scan {
        let scan = || self.engine.scan(path, text, timing);
        if timing.is_some() || self.memory.is_none() {
            return scan();
        }
        self.memory.get_or("scan", VERSION, &[&self.rules, path.as_bytes(), text.as_bytes()], scan)
    }
}

/// A digest of the checks that run, in their order, of every id that a suppression may name, and of the Python that the code
/// is for.
fn rules(engine: &Engine, model: &Model) -> Digest {
    let checks = engine.matchers.iter().map(|matcher| {
        let check = model.rules[matcher.rule].check().map(Check::written);
        let check = serde_json::to_vec(&check).expect("a check was read from such a text");
        fingerprint::whole(&[matcher.id.as_bytes(), &check])
    });
    let checks: Vec<Digest> = checks.collect();
    let mut known: Vec<&[u8]> = engine.known.iter().map(String::as_bytes).collect();
    known.sort_unstable();
    let python = engine.python.iter().flatten().flat_map(|part| part.to_le_bytes()).collect::<Vec<u8>>();
    let (checks, known) = (checks.concat(), fingerprint::whole(&known));
    fingerprint::whole(&[&checks, &known, &[u8::from(engine.python.is_some())], &python])
}
