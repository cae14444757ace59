//! The token report: what every output, rule and paper costs, what was left out and why, and what
//! more tokens would buy, as values; how they look is decided in `print`. What a higher budget would
//! admit is the forecast of the model of line costs: exact where lines do not depend on each other.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, OnceLock};

use schemars::JsonSchema;
use serde::Serialize;

use crate::compile::compilation::Compilation;
use crate::compile::distill::{self, Candidate, Cost, Distiller, Pick, WordingForm};
use crate::compile::document::Digest;
use crate::compile::render::allowance::Allowance;
use crate::compile::render::template::{Subject, Templates};
use crate::compile::{artifact, document};
use crate::input::schema::Format;
use crate::input::vocabulary::Status;
use crate::model::Rule;
use crate::text::tokens::{Encoding, Tally};
use rayon::prelude::*;

/// The format of the report as JSON.
pub static FORMAT: Format = Format::report::<Report>("budget");

/// Tokens beyond the budget that are tried before "more than that" is said.
const HORIZON: usize = 1000;
/// The raises whose worth is told.
const RAISES: [usize; 4] = [10, 25, 50, 100];

/// The whole report.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    pub outputs: Vec<Output>,
    /// What agents are handed of them, framing included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delivered: Vec<Delivered>,
    pub papers: Vec<Paper>,
}

/// One output and, if it has a budget, all that competes for it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Bounds>,
    /// By the encoding that the budget gates on.
    pub tokens: usize,
    /// By every encoding; estimates included.
    pub counts: BTreeMap<String, usize>,
    /// Is it proven that nothing better fits?
    pub exact: bool,
    pub rules: Vec<Included>,
    pub left_out: Vec<LeftOut>,
    pub raises: Vec<Raise>,
}

/// The bounds of a budget.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Bounds {
    pub min: usize,
    pub max: usize,
    pub encoding: String,
    pub approximate: bool,
}

/// A rule that is in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Included {
    pub id: String,
    pub paper: String,
    pub priority: String,
    pub weight: u32,
    pub wording: String,
    /// What the document would have less without it.
    pub tokens: usize,
}

/// A rule that is not.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeftOut {
    pub id: String,
    pub paper: String,
    pub priority: String,
    pub weight: u32,
    pub why: String,
    /// By how much the budget must rise to admit it; absent if that would not do, or takes over 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<usize>,
}

/// What a higher budget would change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Raise {
    pub tokens: usize,
    pub admits: Vec<String>,
    pub lengthens: Vec<String>,
    /// Rules that would make room for heavier ones.
    pub drops: Vec<String>,
}

/// What a channel hands to the agents of a role.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Delivered {
    /// Absent: to all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    pub channel: String,
    pub counts: BTreeMap<String, usize>,
}

/// One paper.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Paper {
    pub path: String,
    pub min: usize,
    pub max: usize,
    pub counts: BTreeMap<String, usize>,
}

/// Documents counted with other rules than they have. Whoever asks often asks one of these: it parses the templates once.
pub struct Recount<'a> {
    compiled: &'a Compilation,
    templates: OnceLock<Templates<'a>>,
    tallies: [Tally; Encoding::ALL.len()],
    /// By output and rule: several channels hand out one document.
    missing: Mutex<HashMap<(&'a str, usize), Missing>>,
}

impl<'a> Recount<'a> {
    pub fn of(compiled: &'a Compilation) -> Self {
        let tallies = Encoding::ALL.map(Tally::new);
        Self { compiled, templates: OnceLock::new(), tallies, missing: Mutex::default() }
    }

    pub fn compiled(&self) -> &'a Compilation {
        self.compiled
    }

    /// Hands out what is needed to plan a document for other budgets, counted in an encoding.
    fn with_cost<T>(&self, digest: &Digest, encoding: Encoding, ask: impl FnOnce(&[Candidate], &Cost) -> T) -> T {
        let templates = self.templates.get_or_init(|| self.compiled.templates());
        let tally = &self.tallies[encoding as usize];
        let allowance = Allowance::of_one_in(self.compiled.digests.len());
        let cost = |picks: &[Pick]| {
            if allowance.is_used_up() {
                return distill::UNKNOWN_COST;
            }
            let rendered = templates.render(&digest.template, &digest.subject, &digest.rules, picks);
            rendered.map_or(distill::UNKNOWN_COST, |rendered| {
                allowance.take(rendered.steps);
                tally.count(artifact::counted(&digest.front.output, &rendered.text))
            })
        };
        ask(&document::candidates(&self.compiled.model, &digest.rules), &cost)
    }

    /// Why a rule, given by its index in the model, is not in a document.
    pub fn why_missing(&self, digest: &'a Digest, rule: usize) -> Missing {
        let Some(candidate) = digest.rules.iter().position(|index| *index == rule) else {
            return Missing::NotSelected(not_selected(&self.compiled.model.rules[rule]));
        };
        let key = (digest.front.output.as_str(), rule);
        let known = self.missing.lock().expect("nobody panics while holding it").get(&key).cloned();
        known.unwrap_or_else(|| {
            let why = self.with_cost(digest, digest.encoding, |candidates, cost| {
                Missing::NoRoom(
                    no_room(digest, candidate, candidates, cost) + "; `kbc budget` says what would admit it",
                )
            });
            self.missing.lock().expect("nobody panics while holding it").insert(key, why.clone());
            why
        })
    }
}

/// Counts and plans all over again, for every encoding and for higher budgets.
pub fn report(compiled: &Compilation) -> Report {
    let recount = Recount::of(compiled);
    let documents = compiled.digests.par_iter().filter_map(|digest| {
        let artifact = compiled.artifact(digest)?;
        // In a file of others the line ends are theirs.
        Some(output(&recount, digest, &artifact.body().replace("\r\n", "\n")))
    });
    let is_document = |path: &str| compiled.digests.iter().any(|digest| digest.front.output == path);
    let others = compiled.artifacts.par_iter().filter(|artifact| !is_document(&artifact.path)).map(|artifact| Output {
        path: artifact.path.clone(),
        budget: None,
        tokens: Encoding::default().count(artifact.body()),
        counts: counts(artifact.body()),
        exact: true,
        rules: Vec::new(),
        left_out: Vec::new(),
        raises: Vec::new(),
    });
    let papers = compiled.sizes.par_iter().map(|size| {
        let source = compiled.sources.get(size.source);
        let bounds = &compiled.config.budget.papers;
        Paper { path: source.path.clone(), min: bounds.min, max: bounds.max, counts: counts(&source.text) }
    });
    Report { outputs: documents.chain(others).collect(), delivered: Vec::new(), papers: papers.collect() }
}

/// The tokens of a text by every encoding.
pub fn counts(text: &str) -> BTreeMap<String, usize> {
    Encoding::ALL.into_iter().map(|encoding| (encoding.name().to_owned(), encoding.count(text))).collect()
}

fn output(recount: &Recount, digest: &Digest, body: &str) -> Output {
    let compiled = recount.compiled;
    let budget = digest.front.budget.as_ref();
    let mut output = Output {
        path: digest.front.output.clone(),
        budget: budget.map(|budget| Bounds {
            min: budget.min,
            max: budget.max,
            encoding: digest.encoding.name().to_owned(),
            approximate: digest.encoding.is_estimate(),
        }),
        tokens: digest.tokens,
        counts: counts(body),
        exact: digest.exact,
        rules: Vec::new(),
        left_out: Vec::new(),
        raises: Vec::new(),
    };
    // Plans are made in the exact encoding that an estimate stands on; what is told is in the budget's own.
    let forecast = budget.map(|budget| {
        let (exact, max) = digest.encoding.exact(budget.max);
        let (_, horizon) = digest.encoding.exact(budget.max.saturating_add(HORIZON));
        recount
            .with_cost(digest, exact, |candidates, cost| Distiller::new(candidates, cost).forecast(max, horizon - max))
    });
    let forecast = forecast.unwrap_or_default();
    recount.with_cost(digest, digest.encoding, |candidates, cost| {
        output.rules = digest.picks.iter().map(|pick| included(compiled, digest, *pick, cost)).collect();
        output.left_out = left_out(compiled, digest, &forecast, candidates, cost);
    });
    if budget.is_some() {
        let picks = |more: usize| forecast.get(in_exact(digest, more));
        output.raises = RAISES.iter().filter_map(|more| Some(raise(compiled, digest, *more, picks(*more)?))).collect();
    }
    output
}

/// A raise of the budget, in tokens of its encoding, as tokens of the exact one underneath.
fn in_exact(digest: &Digest, more: usize) -> usize {
    let max = digest.front.budget.as_ref().map_or(0, |budget| budget.max);
    digest.encoding.exact(max + more).1 - digest.encoding.exact(max).1
}

fn rule_of<'a>(compiled: &'a Compilation, digest: &Digest, index: usize) -> &'a Rule {
    &compiled.model.rules[digest.rules[index]]
}

fn included(compiled: &Compilation, digest: &Digest, pick: Pick, cost: &Cost) -> Included {
    let rule = rule_of(compiled, digest, pick.0);
    let without: Vec<Pick> = digest.picks.iter().copied().filter(|other| *other != pick).collect();
    Included {
        id: rule.id.to_string(),
        paper: compiled.model.papers[rule.paper].id.clone(),
        priority: rule.priority.name().to_owned(),
        weight: rule.weight,
        wording: wording(rule, pick.1).to_owned(),
        tokens: digest.tokens.saturating_sub(cost(&without)),
    }
}

fn wording(rule: &Rule, form: WordingForm) -> &'static str {
    if form == WordingForm::Short && rule.short.is_some() { "short" } else { "full" }
}

fn left_out(
    compiled: &Compilation,
    digest: &Digest,
    forecast: &[Vec<Pick>],
    candidates: &[Candidate],
    cost: &Cost,
) -> Vec<LeftOut> {
    let describe = |rule: &Rule, why: String, needs: Option<usize>| LeftOut {
        id: rule.id.to_string(),
        paper: compiled.model.papers[rule.paper].id.clone(),
        priority: rule.priority.name().to_owned(),
        weight: rule.weight,
        why,
        needs,
    };
    let mut all = Vec::new();
    for (index, rule) in compiled.model.rules.iter().enumerate() {
        let Some(candidate) = digest.rules.iter().position(|selected| *selected == index) else {
            // Of an output that is about a part only, the others are no loss.
            if digest.subject == Subject::Whole {
                all.push(describe(rule, not_selected(rule), None));
            }
            continue;
        };
        if digest.picks.iter().any(|(pick, _)| *pick == candidate) {
            continue;
        }
        let why = no_room(digest, candidate, candidates, cost);
        let admits = |picks: &Vec<Pick>| picks.iter().any(|(pick, _)| *pick == candidate);
        all.push(describe(rule, why, forecast.iter().position(admits).map(|more| in_gate(digest, more))));
    }
    all
}

/// Why a rule is not in what an agent is handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The output was made of other papers, or edited.
    Stale,
    NotSelected(String),
    NoRoom(String),
    /// Nothing makes the output any more.
    NoOutput,
}

impl Missing {
    /// In words.
    pub fn text(&self) -> &str {
        match self {
            Missing::Stale => "stale",
            Missing::NotSelected(why) | Missing::NoRoom(why) => why,
            Missing::NoOutput => "no template makes the output",
        }
    }
}

fn not_selected(rule: &Rule) -> String {
    match rule.status {
        Status::Active => "not in the template's selection".to_owned(),
        status => format!("its status is {}", status.name()),
    }
}

fn no_room(digest: &Digest, candidate: usize, candidates: &[Candidate], cost: &Cost) -> String {
    let max = digest.front.budget.as_ref().map_or(0, |budget| budget.max);
    let with = |form: WordingForm| {
        let mut picks = digest.picks.clone();
        picks.push((candidate, form));
        picks.sort_unstable();
        cost(&picks).saturating_sub(digest.tokens)
    };
    let short = if candidates[candidate].has_short { with(WordingForm::Short) } else { usize::MAX };
    format!(
        "its line costs {} tokens, {} are left",
        short.min(with(WordingForm::Full)),
        max.saturating_sub(digest.tokens)
    )
}

/// The other way round: a raise in exact tokens as one in the encoding of the budget.
fn in_gate(digest: &Digest, exact: usize) -> usize {
    (exact..).find(|more| in_exact(digest, *more) >= exact).unwrap_or(exact)
}

fn raise(compiled: &Compilation, digest: &Digest, tokens: usize, picks: &[Pick]) -> Raise {
    let form_in = |picks: &[Pick], index: usize| picks.iter().find(|(pick, _)| *pick == index).map(|(_, form)| *form);
    let (mut admits, mut lengthens, mut drops) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..digest.rules.len() {
        let rule = rule_of(compiled, digest, index);
        match (form_in(&digest.picks, index), form_in(picks, index)) {
            (None, Some(_)) => admits.push(rule.id.to_string()),
            (Some(_), None) => drops.push(rule.id.to_string()),
            (Some(WordingForm::Short), Some(WordingForm::Full)) => lengthens.push(rule.id.to_string()),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    Raise { tokens, admits, lengthens, drops }
}
