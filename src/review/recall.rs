//! Scans that were made before: what some rules found in a text is what they find in it again.

use super::engine::{CodeText, Engine, Timing};
use super::scan::Scan;
use crate::model::Model;
use crate::text::fingerprint::{self, Digest};
use crate::text::memo::Memory;

/// The form of what is remembered.
const VERSION: u32 = 4;

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
    pub fn scan(&self, code: &CodeText, timing: Option<&Timing>) -> Scan {
        let scan = || self.engine.scan(code, timing);
        if timing.is_some() || self.memory.is_none() {
            return scan();
        }
        let python = code.python.map(|version| version.iter().flat_map(|part| part.to_le_bytes()).collect::<Vec<u8>>());
        let python = python.map_or(vec![0], |version| [vec![1], version].concat());
        self.memory.get_or("scan", VERSION, &[&self.rules, &python, code.path.as_bytes(), code.text.as_bytes()], scan)
    }
}

/// A digest of the checks that run, in their order, and of every id that a suppression may name.
fn rules(engine: &Engine, model: &Model) -> Digest {
    let checks = engine.matchers.iter().map(|matcher| {
        let check = model.rules[matcher.rule].checks[matcher.check].check.written();
        let check = serde_json::to_vec(&check).expect("a check was read from such a text");
        fingerprint::whole(&[matcher.id.as_bytes(), &check])
    });
    let checks: Vec<Digest> = checks.collect();
    let mut known: Vec<&[u8]> = engine.known.iter().map(String::as_bytes).collect();
    known.sort_unstable();
    fingerprint::whole(&[&checks.concat(), &fingerprint::whole(&known)])
}
