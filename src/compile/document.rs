//! One document: its template held to the rules of its form, its rules distilled and rendered.

use std::collections::HashSet;
use std::sync::Mutex;

use crate::artifact::{Artifact, Origin, STAGING};
use crate::diag::{Code, Diagnostic};
use crate::distill::{Candidate, Distiller, Form, Infeasible, Pick, Plan};
use crate::model::{Model, Rule, Wording};
use crate::quantity::plural;
use crate::render::template::{Templates, text_of};
use crate::source::Span;
use crate::template::{Front, Select, Template};
use crate::tokens::Encoding;

/// A document that a template makes, and what was chosen for it.
#[derive(Debug)]
pub struct Digest {
    /// The template's file name.
    pub template: String,
    pub front: Front,
    pub encoding: Encoding,
    /// The selected rules, as indices into the model, in its order. Picks count in this list.
    pub rules: Vec<usize>,
    pub picks: Vec<Pick>,
    /// By `encoding`.
    pub tokens: usize,
    pub exact: bool,
}

/// Complains about an output path or a budget that cannot be meant.
pub fn examine(front: &Front, template: &Template, owners: &mut HashSet<String>, diags: &mut Vec<Diagnostic>) {
    output_path(front, template, owners, diags);
    budget_bounds(front, template, diags);
}

/// A document being made.
struct Making<'a> {
    model: &'a Model,
    templates: &'a Templates<'a>,
    template: &'a Template,
    front: &'a Front,
    rules: Vec<usize>,
    encoding: Encoding,
}

/// Distills and renders one document; `None` if it cannot be made.
pub fn make(
    model: &Model,
    templates: &Templates,
    front: Front,
    template: &Template,
    diags: &mut Vec<Diagnostic>,
) -> Option<(Digest, Artifact)> {
    let is_selected = |index: &usize| is_selected(&model.rules[*index], model, &front.select);
    let rules: Vec<usize> = (0..model.rules.len()).filter(is_selected).collect();
    let encoding = front.budget.as_ref().map_or(Encoding::default(), |budget| budget.encoding);
    let making = Making { model, templates, template, front: &front, rules, encoding };
    let made = making.plan().and_then(|plan| Ok((making.render(&plan.picks)?, plan)));
    let (text, plan) = made.map_err(|fault| diags.push(*fault)).ok()?;
    let tokens = encoding.count(&text);
    making.under_budget(&plan.picks, tokens, diags);
    let mut artifact = Artifact::new(&front.output, &text, Some(template.document.span("/output")));
    artifact.origins = making.origins(&plan.picks, &artifact);
    let rules = making.rules;
    let template = template.name.clone();
    Some((Digest { template, front, encoding, rules, picks: plan.picks, tokens, exact: plan.exact }, artifact))
}

impl Making<'_> {
    fn render(&self, picks: &[Pick]) -> Result<String, Box<Diagnostic>> {
        self.templates.render(&self.template.name, self.model, &self.rules, picks)
    }

    fn plan(&self) -> Result<Plan, Box<Diagnostic>> {
        // A document with everything runs every line of the template, so its faults are seen.
        let picks: Vec<Pick> = (0..self.rules.len()).map(|index| (index, Form::Full)).collect();
        let everything = self.render(&picks)?;
        let Some(budget) = &self.front.budget else {
            return Ok(Plan { picks, tokens: self.encoding.count(&everything), exact: true });
        };
        let (exact, max) = self.encoding.exact(budget.max);
        let fault = Mutex::new(None);
        let cost = |picks: &[Pick]| match self.render(picks) {
            Ok(text) => exact.count(&text),
            Err(diagnostic) => {
                *fault.lock().expect("nobody panics while holding it") = Some(diagnostic);
                usize::MAX / 4
            }
        };
        let plan = Distiller::new(&candidates(self.model, &self.rules), &cost).plan(max);
        // A branch of the template that only some documents take may fail.
        if let Some(fault) = fault.into_inner().expect("nobody panics while holding it") {
            return Err(fault);
        }
        plan.map_err(|lack| Box::new(self.over_budget(budget.max, &lack)))
    }

    fn rule(&self, index: usize) -> &Rule {
        &self.model.rules[self.rules[index]]
    }

    fn wording(&self, (index, form): Pick) -> &Wording {
        let rule = self.rule(index);
        rule.short.as_ref().filter(|_| form == Form::Short).unwrap_or(&rule.full)
    }

    fn over_budget(&self, max: usize, lack: &Infeasible) -> Diagnostic {
        let tokens = self.render(&lack.critical).map_or(lack.tokens, |text| self.encoding.count(&text));
        let ids: Vec<String> = lack.critical.iter().map(|(index, _)| format!("`{}`", self.rule(*index).id)).collect();
        let what = match ids.as_slice() {
            [] => "the text of the template".to_owned(),
            [id] => format!("the critical rule {id}"),
            ids => format!("the {} critical rules {}", ids.len(), ids.join(", ")),
        };
        let over = tokens_of(tokens.saturating_sub(max));
        let message = format!("`{}` is {over} over its budget: with {what} alone it has {tokens}", self.front.output);
        let mut diagnostic = Diagnostic::new(Code::OverBudget, self.template.document.span("/budget/max"), message)
            .label(format!("at most {} of {}", tokens_of(max), self.encoding))
            .help("shorten their wordings, give some a lower priority, or raise `max`");
        for pick in lack.critical.iter().take(4) {
            let wording = self.wording(*pick);
            let tokens = tokens_of(self.encoding.count(&wording.text));
            diagnostic = diagnostic.also(wording.span, format!("critical, {tokens}"));
        }
        diagnostic
    }

    fn under_budget(&self, picks: &[Pick], tokens: usize, diags: &mut Vec<Diagnostic>) {
        let Some(budget) = &self.front.budget else { return };
        if picks.is_empty() && !self.rules.is_empty() {
            let message =
                format!("no rule fits into `{}`: it has room for {}", self.front.output, tokens_of(budget.max));
            let help = "raise `max`, or shorten the wordings; `kbc budget` says what would admit them";
            diags.push(
                Diagnostic::new(Code::UnderBudget, self.template.document.span("/budget/max"), message).help(help),
            );
            return;
        }
        if tokens >= budget.min {
            return;
        }
        let (output, encoding) = (&self.front.output, self.encoding);
        let message = format!("`{output}` has {} of {encoding}, under its min of {}", tokens_of(tokens), budget.min);
        diags.push(
            Diagnostic::new(Code::UnderBudget, self.template.document.span("/budget/min"), message)
                .help("add rules or fuller wordings, or lower `min`"),
        );
    }

    /// Every line is the template's, unless it holds the wording of a rule that is in.
    fn origins(&self, picks: &[Pick], artifact: &Artifact) -> Vec<Origin> {
        let lines: Vec<&str> = artifact.text.lines().collect();
        let body = self.template.body;
        let template = Span::new(self.template.source, body..body);
        let mut origins =
            vec![Origin { lines: 0..lines.len(), span: template, what: "text of the template".into(), wording: false }];
        let mut from = 0;
        for pick in picks {
            let rule = self.rule(pick.0);
            let holds = |line: &&str| line.contains(text_of(rule, pick.1));
            let found =
                lines[from..].iter().position(holds).map(|at| at + from).or_else(|| lines.iter().position(holds));
            let Some(line) = found else { continue };
            from = line;
            let key = if rule.short.is_some() && pick.1 == Form::Short { "short" } else { "rule" };
            origins.push(Origin {
                lines: line..line + 1,
                span: self.wording(*pick).span,
                what: format!("the `{key}` of `{}`", rule.id),
                wording: true,
            });
        }
        origins
    }
}

fn tokens_of(count: usize) -> String {
    plural(count, "token")
}

fn output_path(front: &Front, template: &Template, owners: &mut HashSet<String>, diags: &mut Vec<Diagnostic>) {
    claim_path(&front.output, template.document.span("/output"), owners, diags);
}

/// Complains about a path that no output can have, or that another one has.
pub fn claim_path(path: &str, at: Span, owners: &mut HashSet<String>, diags: &mut Vec<Diagnostic>) {
    let is_name = |part: &str| {
        !["", ".", "..", STAGING].contains(&part)
            && !part.eq_ignore_ascii_case(".git")
            && !part.contains(|c: char| c.is_control() || "\\:".contains(c))
            && part.trim() == part
    };
    let first = path.split('/').next().unwrap_or_default();
    let is_input = ["papers", "data", "templates", "kbc.toml", "kbc.lock"].contains(&first);
    let is_below = |owner: &String| path.starts_with(&format!("{owner}/")) || owner.starts_with(&format!("{path}/"));
    if is_input || !path.split('/').all(is_name) {
        let why = if is_input { "is an input" } else { "is no path inside of the project" };
        diags.push(
            Diagnostic::new(Code::OutputPath, at, format!("the output `{}` {why}", path.escape_debug()))
                .help("write a relative path such as `out/RULEBOOK.md`"),
        );
    } else if owners.iter().any(is_below) || !owners.insert(path.to_owned()) {
        diags.push(
            Diagnostic::new(Code::OutputClash, at, format!("`{path}` is made twice, or is a folder of another output"))
                .label("another template, or kbc itself, makes this file")
                .help("give the template an output of its own"),
        );
    }
}

fn budget_bounds(front: &Front, template: &Template, diags: &mut Vec<Diagnostic>) {
    let Some(budget) = front.budget.as_ref().filter(|budget| budget.min > budget.max) else { return };
    let at = template.document.span("/budget/min");
    diags.push(
        Diagnostic::new(
            Code::BudgetBounds,
            at,
            format!("the budget's min of {} is above its max of {}", budget.min, budget.max),
        )
        .also(template.document.span("/budget/max"), "the max")
        .help("no document can have both; correct one"),
    );
}

/// Complains about a selection of what is not there.
pub fn selection(model: &Model, select: &Select, template: &Template, diags: &mut Vec<Diagnostic>) {
    let domains: Vec<&str> = model.domains.iter().map(|domain| domain.id.as_str()).collect();
    let mut tags: Vec<&str> = model.rules.iter().flat_map(|rule| &rule.tags).map(String::as_str).collect();
    tags.sort_unstable();
    tags.dedup();
    let rules: Vec<&str> = model.rules.iter().map(|rule| rule.id.0.as_str()).collect();
    let ids: Option<Vec<String>> = select.rules.as_ref().map(|ids| ids.iter().map(|id| id.0.clone()).collect());
    for (key, what, wanted, known) in [
        ("domains", "paper", &select.domains, &domains),
        ("tags", "tag", &select.tags, &tags),
        ("rules", "rule", &ids, &rules),
    ] {
        for (index, word) in wanted.iter().flatten().enumerate().filter(|(_, word)| !known.contains(&word.as_str())) {
            let at = template.document.span(&format!("/select/{key}/{index}"));
            let message = format!("the template selects `{word}`, but no {what} is called so");
            diags.push(Diagnostic::new(Code::UnknownSelection, at, message).help_nearest(word, known.iter().copied()));
        }
    }
}

fn is_selected(rule: &Rule, model: &Model, select: &Select) -> bool {
    rule.status == select.status
        && select.domains.as_ref().is_none_or(|ids| ids.contains(&model.domains[rule.domain].id))
        && select.tags.as_ref().is_none_or(|tags| rule.tags.iter().any(|tag| tags.contains(tag)))
        && select.priorities.as_ref().is_none_or(|priorities| priorities.contains(&rule.priority))
        && select.rules.as_ref().is_none_or(|ids| ids.contains(&rule.id))
}

/// What distilling needs to know of rules of the model.
pub fn candidates(model: &Model, rules: &[usize]) -> Vec<Candidate> {
    let candidate = |index: &usize| {
        let rule = &model.rules[*index];
        Candidate { domain: rule.domain, priority: rule.priority, weight: rule.weight, has_short: rule.short.is_some() }
    };
    rules.iter().map(candidate).collect()
}
