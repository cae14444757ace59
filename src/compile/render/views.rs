//! What templates see of the model. A document is rendered hundreds of times while it is distilled, with other rules each
//! time, so what is seen of a rule is made once and shared by all documents.

use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;
use std::sync::OnceLock;

use minijinja::value::{Serde, Value};
use serde::Serialize;

use crate::compile::distill::{Pick, WordingForm};
use crate::compile::render::rules;
use crate::compile::render::template::text_of;
use crate::input::files::config::Role;
use crate::input::vocabulary::Status;
use crate::model::{Check, Example, Figure, Model, Rule};

/// What templates see of a rule that is in.
#[derive(Serialize)]
struct RuleView<'a> {
    id: &'a str,
    /// The chosen wording.
    text: &'a str,
    /// `full` or `short`.
    wording: &'a str,
    paper: &'a str,
    title: &'a str,
    priority: &'a str,
    tags: &'a [String],
    evidence: &'a [String],
    path: &'a str,
    section: &'a str,
}

/// What templates see of a paper of which a rule is in, besides its rules.
struct PaperView {
    id: Value,
    title: Value,
    priority: Value,
    path: Value,
    /// Of all its active rules.
    tags: Value,
    /// The files that the checks of its active rules look at.
    globs: Value,
}

impl PaperView {
    fn of(model: &Model, index: usize) -> Self {
        let paper = &model.papers[index];
        let active = || model.rules_of(index).iter().filter(|rule| rule.status == Status::Active);
        Self {
            id: paper.id.as_str().into(),
            title: paper.title.as_str().into(),
            priority: paper.priority.name().into(),
            path: paper.path.as_str().into(),
            tags: Value::from(Serde(&each_once(active().flat_map(|rule| &rule.tags)))),
            globs: Value::from(Serde(&each_once(active().flat_map(globs)))),
        }
    }

    fn with(&self, rules: Vec<Value>) -> Value {
        let Self { id, title, priority, path, tags, globs } = self;
        minijinja::context! { id, title, priority, path, tags, globs, rules }
    }
}

/// What templates see of a role.
#[derive(Serialize)]
pub struct RoleView<'a> {
    name: &'a str,
    description: &'a str,
    /// Empty, like `phase`, if kbc.toml does not say.
    tier: &'a str,
    phase: &'a str,
    hands_over: Vec<HandoverView<'a>>,
}

#[derive(Serialize)]
struct HandoverView<'a> {
    when: &'a str,
    to: &'a str,
}

impl<'a> RoleView<'a> {
    pub fn of(name: &'a str, role: &'a Role) -> Self {
        Self {
            name,
            description: &role.description,
            tier: role.tier.as_deref().unwrap_or_default(),
            phase: role.phase.as_deref().unwrap_or_default(),
            hands_over: role.hands_over.iter().map(|over| HandoverView { when: &over.when, to: &over.to }).collect(),
        }
    }
}

/// What templates see of a figure.
#[derive(Serialize)]
struct FigureView<'a> {
    about: &'a str,
    text: &'a str,
    formula: &'a str,
    /// What it is, by the environments that have all its cases.
    environments: BTreeMap<String, rules::FigureThere>,
}

impl<'a> FigureView<'a> {
    fn of(figure: &'a Figure) -> Self {
        let environments = rules::environments_of(figure);
        Self { about: &figure.about, text: &figure.text, formula: &figure.formula, environments }
    }
}

/// What templates see of an example.
#[derive(Serialize)]
struct ExampleView<'a> {
    /// `good`, `bad` or `fixed`.
    shows: &'a str,
    language: &'a str,
    text: &'a str,
}

fn examples(rule: &Rule) -> Vec<ExampleView<'_>> {
    rule.examples
        .iter()
        .map(|Example { shows, language, text, .. }| ExampleView { shows: shows.name(), language, text })
        .collect()
}

/// The values that every template gets, by name, as far as `is_named` wants them: some are large.
pub fn globals(model: &Model, is_named: &dyn Fn(&str) -> bool) -> Vec<(&'static str, Value)> {
    let figures = || {
        let figures = model.figures.iter().map(|(id, figure)| (id.as_str(), figure.text.as_str()));
        Value::from(Serde(&figures.collect::<BTreeMap<_, _>>()))
    };
    let evidence = || {
        let evidence = model.figures.iter().map(|(id, figure)| (id.as_str(), FigureView::of(figure)));
        Value::from(Serde(&evidence.collect::<BTreeMap<_, _>>()))
    };
    let environments = || {
        let all = model.environments.iter().map(|(id, environment)| (id.as_str(), rules::environment_out(environment)));
        Value::from(Serde(&all.collect::<BTreeMap<_, _>>()))
    };
    let checks = || {
        let of = |rule: &Rule| rule.checks().map(rules::check_out).collect::<Vec<_>>();
        let checked = model.rules.iter().map(|rule| (&rule.id.0, of(rule)));
        Value::from(Serde(&checked.collect::<BTreeMap<_, _>>()))
    };
    let shown = || {
        let shown = model.rules.iter().map(|rule| (&rule.id.0, examples(rule)));
        Value::from(Serde(&shown.collect::<BTreeMap<_, _>>()))
    };
    let all: [(&'static str, &dyn Fn() -> Value); 5] = [
        ("figures", &figures),
        ("evidence", &evidence),
        ("environments", &environments),
        ("checks", &checks),
        ("examples", &shown),
    ];
    all.into_iter().filter(|(name, _)| is_named(name)).map(|(name, make)| (name, make())).collect()
}

/// What is seen of the rules and papers of a model, each made when a document first has it.
pub struct Views<'a> {
    model: &'a Model,
    /// In the short and the full wording.
    rules: Vec<[OnceLock<Value>; 2]>,
    papers: Vec<OnceLock<PaperView>>,
}

impl<'a> Views<'a> {
    pub fn new(model: &'a Model) -> Self {
        let rules = model.rules.iter().map(|_| [const { OnceLock::new() }; 2]).collect();
        Self { model, rules, papers: model.papers.iter().map(|_| OnceLock::new()).collect() }
    }

    /// How many rules the model has.
    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    /// Picks of some rules of the model, given by their indices: grouped by paper, and one after the other.
    pub fn picked(&self, rules: &[usize], picks: &[Pick]) -> (Value, Value) {
        let paper_of = |pick: &Pick| self.model.rules[rules[pick.0]].paper;
        let mut flat = Vec::with_capacity(picks.len());
        let mut papers = Vec::new();
        for group in picks.chunk_by(|a, b| paper_of(a) == paper_of(b)) {
            let views: Vec<Value> = group.iter().map(|(index, form)| self.rule(rules[*index], *form)).collect();
            flat.extend(views.iter().cloned());
            papers.push(self.paper(paper_of(&group[0])).with(views));
        }
        (papers.into(), flat.into())
    }

    /// A paper without its rules.
    pub fn bare_paper(&self, index: usize) -> Value {
        self.paper(index).with(Vec::new())
    }

    fn paper(&self, index: usize) -> &PaperView {
        self.papers[index].get_or_init(|| PaperView::of(self.model, index))
    }

    fn rule(&self, index: usize, form: WordingForm) -> Value {
        let make = || {
            let rule = &self.model.rules[index];
            let paper = &self.model.papers[rule.paper];
            Value::from(Serde(&RuleView {
                id: &rule.id.0,
                text: text_of(rule, form),
                wording: if form == WordingForm::Full { "full" } else { "short" },
                paper: &paper.id,
                title: &paper.title,
                priority: rule.priority.name(),
                tags: &rule.tags,
                evidence: &rule.evidence,
                path: &paper.path,
                section: &rule.section.anchor,
            }))
        };
        self.rules[index][form as usize].get_or_init(make).clone()
    }
}

fn each_once<T: Clone + Eq + Hash>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    all.filter(|item| seen.insert(item.clone())).collect()
}

/// The files that the checks of a rule look at, as globs from the root; none, if they read no files.
fn globs(rule: &Rule) -> Vec<String> {
    each_once(rule.checks().flat_map(globs_of))
}

fn globs_of(check: &Check) -> Vec<String> {
    let rooted = |glob: &String| if glob.contains('/') { glob.clone() } else { format!("**/{glob}") };
    match (check.files().and_then(|files| files.only.as_ref()), check.language()) {
        (Some(files), _) => files.iter().map(rooted).collect(),
        (None, Some(language)) => language.globs().iter().map(|glob| (*glob).to_owned()).collect(),
        (None, None) => Vec::new(),
    }
}
