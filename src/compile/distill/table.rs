//! What selections are worth, and the best one for every budget by dynamic programming.

use std::ops::Add;

use super::{Candidate, LineCosts, Pick, WordingForm};

/// Bytes that a table of choices may have: those of 1,000 rules and a budget of 134,000 tokens.
const CELLS: usize = 256 << 20;

/// What a selection is worth: the weight that is in per priority, then the weight in full wording per priority, then fewer
/// tokens. Compared in this order; sums keep it, which is what dynamic programming needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value {
    /// 32 bits for each priority, the highest one in the highest bits: room for 42 million rules of the greatest weight.
    included: u128,
    /// Likewise.
    full: u128,
    /// Minus the tokens.
    thrift: i64,
}

/// No weight counts for more. That of a paper is at most 100.
const HEAVIEST: u32 = 1 << 16;

impl Value {
    /// Of one candidate that is in.
    pub fn of(candidate: &Candidate, form: WordingForm, tokens: usize) -> Self {
        let weight = u128::from(candidate.weight.min(HEAVIEST)) << (32 * (3 - candidate.priority as u32));
        let full = if form == WordingForm::Full { weight } else { 0 };
        Self { included: weight, full, ..Self::of_tokens(tokens) }
    }

    /// Of text without a rule.
    pub fn of_tokens(tokens: usize) -> Self {
        Self { thrift: -i64::try_from(tokens).unwrap_or(i64::MAX / 4), ..Self::default() }
    }

    /// Without the tokens.
    pub fn weights(self) -> impl Ord {
        (self.included, self.full)
    }
}

impl Add for Value {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            included: self.included + other.included,
            full: self.full + other.full,
            thrift: self.thrift.saturating_add(other.thrift),
        }
    }
}

/// What a filled table remembers: the choices, or also the value of every state, for bounds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Choices,
    Values,
}

/// The best choice for candidate `i` with `t` tokens left, by whether its paper has its heading yet.
pub struct Table {
    /// Tokens of a step in a row: one, unless the table would be too large. Then costs are rounded up to whole steps, so
    /// that a selection fits all the same, but need not be the best.
    pub grain: usize,
    /// Steps in a row: every budget from none to the largest that makes a difference, both included.
    width: usize,
    choices: Vec<Option<WordingForm>>,
    values: Vec<Value>,
}

impl Table {
    pub fn fill(candidates: &[Candidate], model: &LineCosts, budget: usize, keep: Keep) -> Self {
        let count = candidates.len();
        // With what all of them cost in full, a larger budget buys nothing more.
        let room = budget.saturating_sub(model.base).min(model.everything(candidates));
        let grain = (count * 2).saturating_mul(room + 1).div_ceil(CELLS).max(1);
        let width = room / grain + 1;
        let mut table = Self { grain, width, choices: vec![None; count * 2 * width], values: Vec::new() };
        if keep == Keep::Values {
            table.values = vec![Value::default(); (count + 1) * 2 * width];
        }
        // Rows of the candidate after this one, and of this one: heading not yet there, heading there.
        let mut after = [vec![Value::default(); width], vec![Value::default(); width]];
        let mut here = after.clone();
        for index in (0..count).rev() {
            let same_paper = candidates.get(index + 1).is_some_and(|next| next.paper == candidates[index].paper);
            for open in [0, 1] {
                let row = (index * 2 + open) * width..(index * 2 + open + 1) * width;
                let next_if = |taken: bool| &after[usize::from(same_paper && (taken || open == 1))];
                here[open].copy_from_slice(next_if(false));
                for (form, tokens) in options(candidates, model, index, open == 1) {
                    let steps = tokens.div_ceil(grain).min(width);
                    let worth = Value::of(&candidates[index], form, tokens);
                    let states = here[open][steps..].iter_mut().zip(&mut table.choices[row.clone()][steps..]);
                    for ((best, choice), rest) in states.zip(next_if(true)) {
                        let value = worth + *rest;
                        if value > *best {
                            (*best, *choice) = (value, Some(form));
                        }
                    }
                }
                if keep == Keep::Values {
                    table.values[row].copy_from_slice(&here[open]);
                }
            }
            std::mem::swap(&mut after, &mut here);
        }
        table
    }

    /// What is chosen within a budget.
    pub fn picks(&self, candidates: &[Candidate], model: &LineCosts, budget: usize) -> Vec<Pick> {
        let mut picks = Vec::new();
        let Some(left) = budget.checked_sub(model.base) else { return picks };
        let mut left = left / self.grain;
        let mut open = None;
        for (index, candidate) in candidates.iter().enumerate() {
            let is_open = open == Some(candidate.paper);
            let state = (index * 2 + usize::from(is_open)) * self.width + left.min(self.width - 1);
            let Some(form) = self.choices[state] else { continue };
            let tokens = model.lines[index][form as usize] + if is_open { 0 } else { model.heads[index] };
            left -= tokens.div_ceil(self.grain);
            open = Some(candidate.paper);
            picks.push((index, form));
        }
        picks
    }

    /// The best value that candidates from `index` on can add with so many tokens.
    pub fn bound(&self, index: usize, open: bool, left: usize) -> Value {
        self.values[(index * 2 + usize::from(open)) * self.width + left.min(self.width - 1)]
    }
}

/// The wordings of a candidate with what each costs now.
pub fn options<'a>(
    candidates: &'a [Candidate],
    model: &'a LineCosts,
    index: usize,
    open: bool,
) -> impl Iterator<Item = (WordingForm, usize)> + 'a {
    let head = if open { 0 } else { model.heads[index] };
    let forms = [WordingForm::Full, WordingForm::Short]
        .into_iter()
        .filter(move |form| *form == WordingForm::Full || candidates[index].has_short);
    forms.map(move |form| (form, head + model.lines[index][form as usize]))
}
