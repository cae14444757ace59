//! An instruction file of agents (AGENTS.md, CLAUDE.md, rules of Cursor, Claude Code and Copilot, a skill), split into what
//! may be rules and what is none, each with the reason. A pure function: whether a path exists or two rules say the same is
//! asked later.

mod blocks;
mod front;
mod ids;
mod judge;
mod kind;
mod mentions;
mod record;
mod words;

use std::ops::Range;

pub use judge::forbids;
pub use kind::{Kind, kind_of};
pub use record::{Decision, Record};

use blocks::{Block, Shape};
use judge::Verdict;

/// A file, split.
#[derive(Debug)]
pub struct Instructions {
    pub kind: Kind,
    /// The title: the first heading of level 1, or the description of the front matter.
    pub title: Option<String>,
    /// The files that all of its rules are about, by its front matter.
    pub globs: Vec<String>,
    pub candidates: Vec<Candidate>,
    pub passed: Vec<Passed>,
    pub imports: Vec<Import>,
    /// The line (from 1) of the fence of a code block that never ends.
    pub open_fence: Option<usize>,
}

/// What may be a rule.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Unique among all files that were split with one `Ids`.
    pub id: String,
    /// One line of Markdown, which says the rule without what is around it.
    pub text: String,
    pub why: Why,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
    /// Its lines, from 1.
    pub lines: Range<usize>,
    /// Its bytes: whole lines.
    pub bytes: Range<usize>,
    /// What it names: paths, globs, commands, and constructs of code.
    pub files: Vec<String>,
    pub globs: Vec<String>,
    pub commands: Vec<String>,
    pub constructs: Vec<String>,
    /// It forbids something, so a machine could look for what it forbids.
    pub forbids: bool,
    /// An example in code belongs to it, which is no part of its text.
    pub has_example: bool,
}

impl Candidate {
    /// What a check could look for, if it looks as if one could be written: the rule forbids something that has a name in
    /// code, or puts something in its place.
    pub fn checkable(&self) -> Option<&str> {
        let text = self.text.to_lowercase();
        // What is unwanted is named behind the word that says so.
        let marks = [
            "never",
            "not ",
            "n't ",
            "n’t ",
            "avoid",
            "forbidden",
            "instead of",
            "rather than",
            " over ",
            "no ",
            "不要",
        ];
        let unwanted = marks.iter().filter_map(|mark| text.find(mark)).min()?;
        let named = |construct: &&String| text.find(&construct.to_lowercase()).is_some_and(|at| at > unwanted);
        self.constructs.iter().find(named).map(String::as_str)
    }
}

/// Why something is taken for a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    Forbids,
    Requires,
    Prefers,
    Imperative,
    UnderRules,
    TableOfRules,
}

impl Why {
    pub fn name(self) -> &'static str {
        match self {
            Why::Forbids => "forbids something",
            Why::Requires => "requires something",
            Why::Prefers => "prefers something",
            Why::Imperative => "an instruction",
            Why::UnderRules => "an item under a heading of rules",
            Why::TableOfRules => "a row of a table of rules",
        }
    }
}

/// Why something is no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyNot {
    Description,
    Command,
    Step,
    Code,
    Table,
    Links,
    Label,
    Comment,
    Detail,
    Generated,
}

impl WhyNot {
    pub fn name(self) -> &'static str {
        match self {
            WhyNot::Description => "description",
            WhyNot::Command => "command",
            WhyNot::Step => "step of a procedure",
            WhyNot::Code => "code",
            WhyNot::Table => "table",
            WhyNot::Links => "link",
            WhyNot::Label => "introduces a list",
            WhyNot::Comment => "comment",
            WhyNot::Detail => "detail of a rule",
            WhyNot::Generated => "block that kbc maintains",
        }
    }
}

/// What is no rule.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Its lines, from 1.
    pub lines: Range<usize>,
    pub why: WhyNot,
    /// Its text, on one line.
    pub text: String,
}

/// Another file that a file includes: `@docs/style.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub path: String,
    pub line: usize,
}

/// The ids that are given out already.
#[derive(Debug, Default)]
pub struct Ids(ids::Given);

impl Ids {
    /// No rule gets this id.
    pub fn take(&mut self, id: &str) {
        self.0.take(id);
    }
}

/// Splits a file; `path` is how it is named, which tells skills and Copilot's files from others.
pub fn split(path: &str, text: &str, ids: &mut Ids) -> Instructions {
    let front = front::read(text);
    let kind = kind::of_markdown(path, &front, text);
    let parsed = blocks::read(text, front.body);
    let verdicts = judge::all(&parsed.blocks);
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut passed = Vec::new();
    // The candidate that each block became.
    let mut taken: Vec<Option<usize>> = vec![None; parsed.blocks.len()];
    let spread = spread(&parsed.blocks, &verdicts);
    for (index, (block, verdict)) in parsed.blocks.iter().zip(&verdicts).enumerate() {
        match verdict {
            Verdict::Rule(why) => {
                taken[index] = Some(candidates.len());
                candidates.push(candidate(block, *why, &front, ids));
            }
            Verdict::Not(WhyNot::Label) if block.shape == Shape::Heading => {}
            Verdict::Not(WhyNot::Detail) if block.parent.is_some_and(|parent| spread[parent]) => {
                taken[index] = Some(candidates.len());
                let mut part = candidate(block, Why::Imperative, &front, ids);
                let label = block.parent.map(|parent| &parsed.blocks[parent].text);
                part.text = format!("{} {}", label.map_or("", String::as_str), part.text);
                candidates.push(part);
            }
            Verdict::Not(why) => {
                let owner = (*why == WhyNot::Detail).then(|| owner(&parsed.blocks, &taken, index)).flatten();
                taken[index] = owner;
                match owner.filter(|owner| add_detail(&mut candidates[*owner], block)) {
                    Some(_) => {}
                    None => passed.push(Passed { lines: block.lines.clone(), why: *why, text: block.text.clone() }),
                }
            }
        }
    }
    without_labels(&mut candidates, &mut passed);
    let title = parsed.title.or_else(|| front.get("description").map(str::to_owned));
    let globs = front.globs();
    Instructions { kind, title, globs, candidates, passed, imports: parsed.imports, open_fence: parsed.open_fence }
}

/// Parts of a rule that are sentences, on average, from which this many characters on.
const SENTENCE: usize = 70;

/// Which blocks introduce lists of parts that are long enough to be rules of their own, each with what introduces it?
fn spread(blocks: &[Block], verdicts: &[Verdict]) -> Vec<bool> {
    let mut parts = vec![(0, 0); blocks.len()];
    for (block, verdict) in blocks.iter().zip(verdicts).filter(|(block, _)| block.shape != Shape::Code) {
        if let (Some(parent), Verdict::Not(WhyNot::Detail)) = (block.parent, verdict) {
            parts[parent].0 += 1;
            parts[parent].1 += block.text.chars().count();
        }
    }
    let long = |(count, length): (usize, usize)| count > 1 && length / count > SENTENCE;
    blocks.iter().zip(parts).map(|(block, parts)| block.text.ends_with(':') && long(parts)).collect()
}

/// What introduces a list is no rule if each item of the list is one. What introduces code is one, without its colon.
fn without_labels(candidates: &mut Vec<Candidate>, passed: &mut Vec<Passed>) {
    candidates.retain_mut(|candidate| {
        let Some(announced) = candidate.text.strip_suffix(':') else { return true };
        if candidate.has_example {
            let last = announced.rfind(". ").map_or(0, |at| at + 2);
            let points = ["example", "e.g", "bad", "good"];
            let points = points.iter().any(|word| announced[last..].to_lowercase().contains(word));
            let short = last > 0 && points && announced[last..].split_whitespace().count() < 5;
            let text = if short { announced[..last].trim_end().to_owned() } else { format!("{announced}.") };
            candidate.text = text;
            return true;
        }
        passed.push(Passed { lines: candidate.lines.clone(), why: WhyNot::Label, text: candidate.text.clone() });
        false
    });
    passed.sort_by_key(|passed| passed.lines.start);
}

/// The rule that a block is a detail of: that of the block it belongs to.
fn owner(blocks: &[Block], taken: &[Option<usize>], index: usize) -> Option<usize> {
    taken[blocks[index].parent?]
}

/// Adds a detail to the rule that it explains, with its lines. Code of several lines is no part of a line.
fn add_detail(rule: &mut Candidate, block: &Block) -> bool {
    let detail = if block.shape == Shape::Code { blocks::one_command(&block.text) } else { Some(block.text.clone()) };
    let Some(detail) = detail.filter(|detail| !detail.is_empty()) else {
        rule.has_example |= block.shape == Shape::Code;
        return false;
    };
    rule.lines.end = rule.lines.end.max(block.lines.end);
    rule.bytes.end = rule.bytes.end.max(block.bytes.end);
    let mark = if rule.text.ends_with(':') { "" } else { ";" };
    rule.text = format!("{}{mark} {detail}", rule.text.trim_end_matches(['.', ';']));
    let mentions = mentions::of(&detail);
    rule.files.extend(mentions.files);
    rule.globs.extend(mentions.globs);
    rule.commands.extend(mentions.commands);
    true
}

fn candidate(block: &Block, why: Why, front: &front::Front, ids: &mut Ids) -> Candidate {
    let text = judge::standing_alone(block);
    let mentions = mentions::of(&text);
    let mut globs = front.globs();
    globs.extend(mentions.globs);
    let forbids = forbids(&text);
    Candidate {
        id: ids.0.next(&block.headings),
        text,
        why,
        headings: block.headings.clone(),
        lines: block.lines.clone(),
        bytes: block.bytes.clone(),
        files: mentions.files,
        globs,
        commands: mentions.commands,
        constructs: mentions.constructs,
        forbids,
        has_example: false,
    }
}
