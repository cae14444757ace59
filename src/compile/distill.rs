//! Which rules fit into a budget, and in which wording: exact, never over, the same on every machine.
//!
//! The value of a selection is compared priority by priority: first the weight of the critical rules
//! that are in, then of the high ones, and so on; then, in the same order, the weight of those in
//! their full wording; then fewer tokens. That order is kept by addition, so the best selection is a
//! multiple-choice knapsack with a set-up cost per paper (its heading), solved by dynamic programming
//! (Kellerer, Pferschy, Pisinger: Knapsack Problems, 2004, chapter 11).
//!
//! Tokens of lines do not always add up, so the costs of lines are only a model. What decides is the
//! count of the rendered whole: a proposal that turns out over budget is shrunk until it fits, and
//! where the model was seen to err, a branch-and-bound search looks for what its error could hide.

mod table;

use rayon::prelude::*;

use self::table::{Keep, Table, Value, options};

use crate::input::vocabulary::Priority;

/// A rule that could be in the document.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Rules of one paper stand together and share its heading.
    pub paper: usize,
    pub priority: Priority,
    pub weight: u32,
    pub has_short: bool,
}

/// Which wording of a rule is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordingForm {
    Short,
    Full,
}

/// A candidate that is in, by its index, and its wording.
pub type Pick = (usize, WordingForm);

/// The tokens of the document that picks, in the order of the candidates, render to.
pub type Cost<'a> = dyn Fn(&[Pick]) -> usize + Sync + 'a;

/// The cost of a document that cannot be rendered: above any budget, and many of them can be added up.
pub const UNKNOWN_COST: usize = 1 << 40;

/// What was chosen for one budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub picks: Vec<Pick>,
    /// Of the rendered whole.
    pub tokens: usize,
    /// Is it proven that nothing better fits? False only where the lines of a large document depend
    /// on each other (numbered lists, say) and the search was cut off.
    pub exact: bool,
}

/// The critical rules alone are over budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Infeasible {
    /// The critical candidates, each in its cheaper wording.
    pub critical: Vec<Pick>,
    /// What the document with them alone costs.
    pub tokens: usize,
}

/// Candidates above this number are not searched beyond the model.
const SEARCHED: usize = 256;
/// Candidates up to this number are searched whole.
const EXHAUSTIVE: usize = 6;
/// How far beyond the budget a search looks at least.
const LEAST_REACH: usize = 8;
/// Candidates that the model is held to the truth on, and the largest error that a search can mend.
const PROBED: usize = 2000;
const MAX_SLACK: usize = 500;
/// Renderings that the search may try, and steps that it may take between them.
const TRIALS: usize = 1000;
const STEPS: usize = 300_000;

/// A document whose costs have been measured, ready to be planned for any budget.
pub struct Distiller<'a> {
    candidates: &'a [Candidate],
    cost: &'a Cost<'a>,
    model: LineCosts,
}

impl<'a> Distiller<'a> {
    /// Measures every line of the document. Candidates of one paper must stand next to each other.
    pub fn new(candidates: &'a [Candidate], cost: &'a Cost<'a>) -> Self {
        Self { candidates, cost, model: LineCosts::measure(candidates, cost) }
    }

    /// The best selection of at most `max` tokens.
    ///
    /// # Errors
    /// If the critical rules alone need more.
    pub fn plan(&self, max: usize) -> Result<Plan, Infeasible> {
        self.plan_within(max, &|| usize::MAX)
    }

    /// Like [`Self::plan`]; `spare` says of how many documents there is time to ask the cost.
    ///
    /// # Errors
    /// If the critical rules alone need more.
    pub fn plan_within(&self, max: usize, spare: &dyn Fn() -> usize) -> Result<Plan, Infeasible> {
        let critical = self.critical();
        let critical_tokens = (self.cost)(&critical);
        if critical_tokens > max {
            return Err(Infeasible { critical, tokens: critical_tokens });
        }
        let table = Table::fill(self.candidates, &self.model, max, Keep::Choices);
        let plan = self.fitting(&table, max).unwrap_or(Plan { picks: critical, tokens: critical_tokens, exact: true });
        if table.grain > 1 {
            return Ok(Plan { exact: false, ..plan });
        }
        let is_trusted = self.model.slack == 0 && self.candidates.len() > EXHAUSTIVE;
        if is_trusted && spare() >= self.candidates.len().min(SEARCHED) && !self.hides_room(&plan, max) {
            return Ok(plan);
        }
        if spare() < TRIALS {
            return Ok(Plan { exact: false, ..plan });
        }
        Ok(Search::run(self, plan, max))
    }

    /// Would one more rule, or one fuller wording, fit after all? Then the model erred somewhere.
    fn hides_room(&self, plan: &Plan, max: usize) -> bool {
        let candidates = self.candidates.iter().enumerate().take(SEARCHED);
        let more = candidates.filter_map(|(index, candidate)| {
            let mut picks = plan.picks.clone();
            match picks.binary_search_by_key(&index, |pick| pick.0) {
                Ok(at) if picks[at].1 == WordingForm::Short => picks[at].1 = WordingForm::Full,
                Ok(_) => return None,
                Err(at) => {
                    picks.insert(at, (index, if candidate.has_short { WordingForm::Short } else { WordingForm::Full }));
                }
            }
            Some(picks)
        });
        // All of them are asked, so that every run does the same work.
        more.par_bridge().filter(|picks| (self.cost)(picks) <= max).count() > 0
    }

    /// The plan of the model for every budget from `max` to `max + more`, without asking the truth.
    pub fn forecast(&self, max: usize, more: usize) -> Vec<Vec<Pick>> {
        let table = Table::fill(self.candidates, &self.model, max.saturating_add(more), Keep::Choices);
        (0..=more).map(|extra| table.picks(self.candidates, &self.model, max.saturating_add(extra))).collect()
    }

    /// All critical rules, each in its cheaper wording, and nothing else.
    fn critical(&self) -> Vec<Pick> {
        let cheaper = |index: usize| {
            let [short, full] = self.model.lines[index];
            if self.candidates[index].has_short && short < full { WordingForm::Short } else { WordingForm::Full }
        };
        let critical =
            (0..self.candidates.len()).filter(|index| self.candidates[*index].priority == Priority::Critical);
        critical.map(|index| (index, cheaper(index))).collect()
    }

    /// The model's best whose rendering fits: the budget handed to the model shrinks by what it was over.
    fn fitting(&self, table: &Table, max: usize) -> Option<Plan> {
        let mut target = max;
        loop {
            let picks = table.picks(self.candidates, &self.model, target);
            if !self.holds_critical(&picks) {
                return None;
            }
            let tokens = (self.cost)(&picks);
            if tokens <= max {
                return Some(Plan { picks, tokens, exact: true });
            }
            target = target.checked_sub(tokens - max)?;
        }
    }

    fn holds_critical(&self, picks: &[Pick]) -> bool {
        let is_critical = |candidate: &Candidate| candidate.priority == Priority::Critical;
        let picked = picks.iter().filter(|(index, _)| is_critical(&self.candidates[*index])).count();
        picked == self.candidates.iter().filter(|candidate| is_critical(candidate)).count()
    }
}

/// What a document costs if lines add up: a base, a heading per paper, a line per rule and wording.
struct LineCosts {
    base: usize,
    /// Heading of the paper of each candidate.
    heads: Vec<usize>,
    /// Short, full.
    lines: Vec<[usize; 2]>,
    /// How far the rendered whole may be from the sum. Zero if every probe agreed.
    slack: usize,
}

impl LineCosts {
    fn measure(candidates: &[Candidate], cost: &Cost) -> Self {
        let base = cost(&[]);
        let papers: Vec<&[Candidate]> = candidates.chunk_by(|a, b| a.paper == b.paper).collect();
        let starts = papers.iter().scan(0, |next, paper| {
            let start = *next;
            *next += paper.len();
            Some((start, paper.len()))
        });
        let measured: Vec<(usize, Vec<[usize; 2]>)> = starts
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(start, length)| paper_costs(candidates, start, length, base, cost))
            .collect();
        let mut model = Self { base, heads: Vec::new(), lines: Vec::new(), slack: 0 };
        for (head, lines) in measured {
            model.heads.extend(std::iter::repeat_n(head, lines.len()));
            model.lines.extend(lines);
        }
        model.slack = model.worst_error(candidates, cost) * 2;
        model
    }

    /// The largest distance between sum and truth over documents unlike those that were measured.
    fn worst_error(&self, candidates: &[Candidate], cost: &Cost) -> usize {
        let candidates = &candidates[..candidates.len().min(PROBED)];
        let short = |index: usize| if candidates[index].has_short { WordingForm::Short } else { WordingForm::Full };
        let every =
            |step: usize, from: usize| (from..candidates.len()).step_by(step).map(|index| (index, short(index)));
        let full: Vec<Pick> = (0..candidates.len()).map(|index| (index, WordingForm::Full)).collect();
        let probes = [full, every(1, 0).collect(), every(2, 0).collect(), every(2, 1).collect(), every(3, 0).collect()];
        probes.iter().map(|picks| self.sum(candidates, picks).abs_diff(cost(picks))).max().unwrap_or(0).min(MAX_SLACK)
    }

    /// What all candidates cost beside the base, each in its dearer wording.
    fn everything(&self, candidates: &[Candidate]) -> usize {
        let opens = |index: usize| index == 0 || candidates[index - 1].paper != candidates[index].paper;
        let head = |index: usize| if opens(index) { self.heads[index] } else { 0 };
        let costs = self.lines.iter().enumerate().map(|(index, [short, full])| head(index) + short.max(full));
        costs.fold(0, usize::saturating_add)
    }

    fn sum(&self, candidates: &[Candidate], picks: &[Pick]) -> usize {
        let mut open = None;
        let mut tokens = self.base;
        for (index, form) in picks {
            if open != Some(candidates[*index].paper) {
                open = Some(candidates[*index].paper);
                tokens += self.heads[*index];
            }
            tokens += self.lines[*index][*form as usize];
        }
        tokens
    }
}

/// Costs of the heading and the lines of one paper. A line is what it adds beside another line of
/// its paper; the heading is what the paper costs more than that.
fn paper_costs(
    candidates: &[Candidate],
    start: usize,
    length: usize,
    base: usize,
    cost: &Cost,
) -> (usize, Vec<[usize; 2]>) {
    // Short, full; a rule without a short wording has one line.
    let line = |index: usize, of: &dyn Fn(WordingForm) -> usize| {
        let full = of(WordingForm::Full);
        [if candidates[index].has_short { of(WordingForm::Short) } else { full }, full]
    };
    let alone = |index: usize| cost(&[(index, WordingForm::Full)]);
    let first = alone(start);
    if length == 1 {
        let of = |form| if form == WordingForm::Full { first } else { cost(&[(start, form)]) };
        return (0, vec![line(start, &|form| of(form).saturating_sub(base))]);
    }
    let beside = |index: usize, companion: usize, before: usize| {
        line(index, &|form| {
            let mut both = [(companion, WordingForm::Full), (index, form)];
            both.sort_unstable();
            cost(&both).saturating_sub(before)
        })
    };
    let others = (start + 1..start + length).map(|index| beside(index, start, first));
    let lines: Vec<_> = std::iter::once(beside(start, start + 1, alone(start + 1))).chain(others).collect();
    let head = first.saturating_sub(base + lines[0][WordingForm::Full as usize]);
    (head, lines)
}

/// A search for selections that the model thinks too dear by no more than it errs.
struct Search<'a> {
    distiller: &'a Distiller<'a>,
    table: Table,
    max: usize,
    best: (Value, Plan),
    chosen: Vec<Pick>,
    trials: usize,
    steps: usize,
}

impl<'a> Search<'a> {
    fn run(distiller: &'a Distiller<'a>, plan: Plan, max: usize) -> Plan {
        let count = distiller.candidates.len();
        // Of a few rules every selection can be tried, however far off the model is.
        let everything: usize = distiller.model.heads.iter().chain(distiller.model.lines.iter().flatten()).sum();
        let reach = if count <= EXHAUSTIVE { everything } else { distiller.model.slack.max(LEAST_REACH) };
        let budget = max.saturating_add(reach);
        if count > SEARCHED || count.saturating_mul(budget) > 200_000 {
            return Plan { exact: false, ..plan };
        }
        let table = Table::fill(distiller.candidates, &distiller.model, budget, Keep::Values);
        let value = total(distiller.candidates, &plan);
        let mut search = Self { distiller, table, max, best: (value, plan), chosen: Vec::new(), trials: 0, steps: 0 };
        let Some(left) = budget.checked_sub(distiller.model.base) else { return search.best.1 };
        search.descend(0, None, left, Value::default());
        let exact = !search.is_cut_off();
        Plan { exact, ..search.best.1 }
    }

    fn descend(&mut self, index: usize, open: Option<usize>, left: usize, so_far: Value) {
        let candidates = self.distiller.candidates;
        self.steps += 1;
        if self.is_cut_off() {
            return;
        }
        let Some(candidate) = candidates.get(index) else { return self.try_chosen() };
        let is_open = open == Some(candidate.paper);
        // Tokens are the model's guess here, so only the weights can rule a branch out.
        let bound = so_far + self.table.bound(index, is_open, left);
        if bound.weights() < self.best.0.weights() {
            return;
        }
        for (form, tokens) in options(candidates, &self.distiller.model, index, is_open).collect::<Vec<_>>() {
            let Some(rest) = left.checked_sub(tokens) else { continue };
            self.chosen.push((index, form));
            self.descend(index + 1, Some(candidate.paper), rest, so_far + Value::of(candidate, form, tokens));
            self.chosen.pop();
        }
        if candidate.priority != Priority::Critical {
            self.descend(index + 1, open, left, so_far);
        }
    }

    fn is_cut_off(&self) -> bool {
        self.trials >= TRIALS || self.steps >= STEPS
    }

    fn try_chosen(&mut self) {
        self.trials += 1;
        let tokens = (self.distiller.cost)(&self.chosen);
        let plan = Plan { picks: self.chosen.clone(), tokens, exact: true };
        let value = total(self.distiller.candidates, &plan);
        if tokens <= self.max && value > self.best.0 {
            self.best = (value, plan);
        }
    }
}

/// The value of a plan by its true count.
fn total(candidates: &[Candidate], plan: &Plan) -> Value {
    let all = plan.picks.iter().map(|(index, form)| Value::of(&candidates[*index], *form, 0));
    all.fold(Value::of_tokens(plan.tokens), |sum, value| sum + value)
}
