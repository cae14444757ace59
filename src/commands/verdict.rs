//! What a check comes to, and how it is remembered: with every question that was asked on the way, so that it is told again
//! only where each of them has the answer that it had.

mod told;

use serde::{Deserialize, Serialize};

use self::told::Told;
use crate::compile::{self, Compilation, OutputCheck, Texts};
use crate::diag::{Diagnostic, SwitchedOff, UserError};
use crate::input::vocabulary::{Drafts, FailOn};
use crate::input::world::{Record, Recorded, World};
use crate::text::memo::{self, Memory};
use crate::text::source::Sources;

/// The form of what is remembered.
const VERSION: u32 = 2;

/// All that is said of a knowledge base and its outputs.
pub struct Verdict {
    /// With the texts that diagnostics are about.
    pub sources: Sources,
    /// What the inputs have against each other, then what they and the outputs have.
    pub diagnostics: Vec<Diagnostic>,
    /// What kbc.toml switches off.
    pub off: SwitchedOff,
    pub counts: Counts,
    /// Were the outputs compared? Inputs with errors make none.
    pub comparison: Comparison,
    /// What the settings say that a check fails on.
    pub fail_on: FailOn,
}

/// Of what a knowledge base is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Counts {
    pub papers: usize,
    pub rules: usize,
    pub outputs: usize,
}

impl Comparison {
    pub fn of(compiled: &Compilation, found: &OutputCheck) -> Self {
        let OutputCheck { drift, hidden, standing, off: _ } = found;
        let is_said = !drift.is_empty() || !hidden.is_empty() || !standing.diags.is_empty();
        match compiled.has_errors() {
            true => Self::NotMade,
            false if is_said => Self::Differ,
            false => Self::Equal,
        }
    }
}

impl Counts {
    fn of(compiled: &Compilation) -> Self {
        Self {
            papers: compiled.model.papers.len(),
            rules: compiled.model.rules.len(),
            outputs: compiled.artifacts.len(),
        }
    }
}

/// How the outputs stand to the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Comparison {
    /// The inputs have errors.
    NotMade,
    /// Something would be written, or is to be said of an output or of `kbc.lock`.
    Differ,
    /// All is as the inputs say.
    Equal,
}

/// Which verdicts are told apart besides by the questions to their world.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The knowledge base: where it is.
    pub place: &'a [u8],
    pub drafts: Drafts,
}

impl Subject<'_> {
    /// A key for the memory. Commands that ask for the day and those that do not would otherwise forget each other's verdict.
    fn input(&self, world: &dyn World) -> [&[u8]; 3] {
        let drafts: &[u8] = match self.drafts {
            Drafts::LeftOut => b"without drafts",
            Drafts::Compiled => b"with drafts",
        };
        [self.place, drafts, if world.day().is_some() { b"dated" } else { b"undated" }]
    }
}

/// Compiles what a world holds, and compares it with the outputs there.
///
/// # Errors
/// If an output is a folder or cannot be read.
pub fn check(world: &dyn World, drafts: Drafts) -> Result<Verdict, UserError> {
    let mut inputs = Texts::read(world);
    inputs.drafts = drafts;
    let mut compiled = compile::compile(inputs, world);
    let found = compiled.compare(world)?;
    let (counts, comparison) = (Counts::of(&compiled), Comparison::of(&compiled, &found));
    let fail_on = compiled.config.check.fail_on;
    let OutputCheck { drift, hidden, standing, off: off_outputs } = found;
    let mut off = compiled.off;
    off.add(off_outputs);
    let diagnostics = compiled.diags.into_iter().chain(standing.diags).chain(hidden).chain(drift).collect();
    Ok(Verdict { sources: compiled.sources, diagnostics, off, counts, comparison, fail_on })
}

/// A verdict that is known, if it would be the same now.
pub fn recalled(world: &dyn World, subject: Subject, memory: &Memory) -> Option<Verdict> {
    let (record, told): (Record, Told) = memory.get("check", VERSION, &subject.input(world))?;
    if !record.holds(world) {
        return None;
    }
    told.verdict(world)
}

/// What a check comes to, from memory where that has it, and kept there otherwise.
///
/// # Errors
/// As of [`check`].
pub fn remembered(world: &dyn World, subject: Subject, memory: &Memory) -> Result<Verdict, UserError> {
    match recalled(world, subject, memory) {
        Some(verdict) => Ok(verdict),
        None => computed(world, subject, memory),
    }
}

/// What a check comes to, computed and kept in memory.
///
/// # Errors
/// As of [`check`].
pub fn computed(world: &dyn World, subject: Subject, memory: &Memory) -> Result<Verdict, UserError> {
    if memory.is_none() {
        return check(world, subject.drafts);
    }
    let recorded = Recorded::new(world);
    let verdict = check(&recorded, subject.drafts)?;
    if let Some(record) = recorded.record() {
        let told = Told::of(world, &verdict);
        memory.put("check", VERSION, &subject.input(world), &(record, told));
    }
    Ok(verdict)
}

/// Keeps the verdict that all is as the inputs say, and what the world was asked for it.
pub fn keep_equal(compiled: &Compilation, record: &Record, world: &dyn World, subject: Subject, memory: &Memory) {
    let told = Told::new(
        world,
        (&compiled.sources, &compiled.diags, &compiled.off),
        (Counts::of(compiled), Comparison::Equal, compiled.config.check.fail_on),
    );
    memory.put("check", VERSION, &subject.input(world), &(record, told));
}

/// The verdict in the bytes of a remembered value, whatever these are.
pub fn decoded(bytes: &[u8], world: &dyn World) -> Option<Verdict> {
    let (_, told): (Record, Told) = memo::decoded(bytes)?;
    told.verdict(world)
}
