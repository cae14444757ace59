//! One document: its template held to the rules of its form, its rules distilled and rendered.

use std::collections::HashSet;
use std::sync::Mutex;

use super::plan::PlannedOutput;
use crate::compile::artifact::{self, Artifact, Origin, Provenance, STAGING};
use crate::compile::distill::{self, Candidate, Distiller, Infeasible, Pick, Plan, WordingForm};
use crate::compile::render::allowance::Allowance;
use crate::compile::render::template::{Subject, Templates};
use crate::diag::{Code, Diagnostic, Sink, diagnostic};
use crate::input::files::config::{Config, Paths};
use crate::input::files::select::Select;
use crate::input::files::template::{FrontMatter, Mode, Template};
use crate::input::formats::managed_block::Damage;
use crate::model::{Model, Rule, Wording};
use crate::text::quantity::plural;
use crate::text::source::{SourceId, Span};
use crate::text::tokens::{Encoding, Tally};

/// A document that a template makes, and what was chosen for it.
#[derive(Debug)]
pub struct Digest {
    /// The template's file name.
    pub template: String,
    /// Where its body begins.
    pub body: Span,
    /// As of its output alone.
    pub front: FrontMatter,
    pub subject: Subject,
    pub encoding: Encoding,
    /// The selected rules, as indices into the model, in its order. Picks count in this list.
    pub rules: Vec<usize>,
    pub picks: Vec<Pick>,
    /// By `encoding`.
    pub tokens: usize,
    pub exact: bool,
}

/// Complains about an output path or a budget that cannot be meant.
pub fn examine(planned: &PlannedOutput, paths: &Paths, taken: &mut OutputPaths, diags: &mut Sink) {
    reserve_path(&planned.front.output, paths, planned.template.document.span("/output"), taken, diags);
    budget_bounds(planned, diags);
}

/// A document being made.
struct Making<'a> {
    model: &'a Model,
    templates: &'a Templates<'a>,
    planned: &'a PlannedOutput<'a>,
    template: &'a Template,
    front: &'a FrontMatter,
    rules: Vec<usize>,
    encoding: Encoding,
    /// Steps that it may take to distill it.
    allowance: Allowance,
}

/// What documents are made from.
pub struct DocumentContext<'a> {
    pub model: &'a Model,
    pub config: &'a Config,
    pub templates: &'a Templates<'a>,
    /// How many documents there are.
    pub documents: usize,
}

/// A file that others own, as it was read.
type Host<'a> = Option<(SourceId, &'a str)>;

/// Distills and renders one document; `None` if it cannot be made.
pub fn make(
    workshop: &DocumentContext,
    planned: PlannedOutput,
    host: Host,
    diags: &mut Sink,
) -> Option<(Digest, Artifact)> {
    let DocumentContext { model, config, templates, documents } = *workshop;
    let is_taken = |index: &usize| planned.takes(&model.rules[*index], model, config);
    let rules: Vec<usize> = planned.subject.rules(model).filter(is_taken).collect();
    let encoding = planned.front.budget.as_ref().map_or(Encoding::default(), |budget| budget.encoding);
    let (template, front) = (planned.template, &planned.front);
    let allowance = Allowance::of_one_in(documents);
    let making = Making { model, templates, planned: &planned, template, front, rules, encoding, allowance };
    let made = making.plan().and_then(|plan| Ok((making.render(&plan.picks)?, plan)));
    let (text, plan) = made.map_err(|fault| diags.push(*fault)).ok()?;
    let tokens = encoding.count(making.counted(&text));
    making.under_budget(&plan.picks, tokens, diags);
    let mut artifact = making.artifact(&text, host).map_err(|fault| diags.push(*fault)).ok()?;
    artifact.provenance = Some(Box::new(making.sources(&plan.picks)));
    let rules = making.rules;
    let body = Span::new(template.source, template.body..template.body);
    let template = template.name.clone();
    let PlannedOutput { front, subject, .. } = planned;
    let Plan { picks, exact, .. } = plan;
    Some((Digest { template, body, front, subject, encoding, rules, picks, tokens, exact }, artifact))
}

/// The name of the block that a template keeps: its own, without the ending.
pub fn block_name(template: &str) -> String {
    let name = template.rsplit('/').next().unwrap_or(template);
    name.split('.').next().unwrap_or(name).split_whitespace().collect::<Vec<_>>().join("-")
}

fn damaged(path: &str, damage: &Damage, host: Host, maker: Span) -> Diagnostic {
    let said = damage.to_string();
    let said =
        if damage.lines().is_empty() { said.as_str() } else { said.split_once(": ").map_or("", |(_, said)| said) };
    let (what, help) = said.split_once("; ").unwrap_or((said, ""));
    let place = |line: usize| {
        let (source, text) = host?;
        let start = text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
        let length = text[start..].lines().next().map_or(0, str::len);
        Some(Span::new(source, start..start + length))
    };
    let mut places = damage.lines().into_iter().filter_map(place);
    let message = format!("no block can be kept in `{path}`: {what}");
    let mut diagnostic = Diagnostic::new(Code::DamagedMarks, places.next().unwrap_or(maker), message).help(help);
    for span in places {
        diagnostic = diagnostic.also(span, "here as well");
    }
    diagnostic
}

impl Making<'_> {
    fn render(&self, picks: &[Pick]) -> Result<String, Box<Diagnostic>> {
        if self.allowance.is_used_up() {
            return Err(Box::new(self.endless()));
        }
        let rendered = self.templates.render(&self.template.name, &self.planned.subject, &self.rules, picks)?;
        self.allowance.take(rendered.steps);
        Ok(rendered.text)
    }

    fn endless(&self) -> Diagnostic {
        let start = Span::new(self.template.source, self.template.body..self.template.body);
        let message = format!("`{}` takes more than {} steps to distill", self.front.output, self.allowance.whole());
        let rules = plural(self.rules.len(), "rule");
        Diagnostic::new(Code::TemplateRunsAway, start, message)
            .note(format!("it is written anew for each of {rules}, to count what the rule costs"))
            .help("make the template do less, select fewer rules, or leave out the budget")
    }

    fn counted<'t>(&self, text: &'t str) -> &'t str {
        artifact::counted(&self.front.output, text)
    }

    fn artifact(&self, text: &str, host: Host) -> Result<Artifact, Box<Diagnostic>> {
        let (path, maker) = (&self.front.output, self.template.document.span("/output"));
        match self.front.mode {
            Mode::File => Ok(Artifact::new(path, text, Some(maker))),
            Mode::Splice => Artifact::spliced(path, text, &block_name(&self.template.name), host, Some(maker))
                .map_err(|damage| Box::new(damaged(path, &damage, host, maker))),
        }
    }

    fn plan(&self) -> Result<Plan, Box<Diagnostic>> {
        // A document with everything runs every line of the template, so its faults are seen.
        let picks: Vec<Pick> = (0..self.rules.len()).map(|index| (index, WordingForm::Full)).collect();
        let everything = self.render(&picks)?;
        let largest = self.allowance.taken();
        let Some(budget) = &self.front.budget else {
            return Ok(Plan { picks, tokens: self.encoding.count(self.counted(&everything)), exact: true });
        };
        let (exact, max) = self.encoding.exact(budget.max);
        let tally = Tally::new(exact);
        let fault = Mutex::new(None);
        let cost = |picks: &[Pick]| match self.render(picks) {
            Ok(text) => tally.count(self.counted(&text)),
            Err(diagnostic) => {
                *fault.lock().expect("nobody panics while holding it") = Some(diagnostic);
                distill::UNKNOWN_COST
            }
        };
        let spare = || self.allowance.runs(largest);
        let plan = Distiller::new(&candidates(self.model, &self.rules), &cost).plan_within(max, &spare);
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
        wording_of(self.rule(index), form).1
    }

    fn over_budget(&self, max: usize, lack: &Infeasible) -> Diagnostic {
        let tokens = self.render(&lack.critical).map_or(lack.tokens, |text| self.encoding.count(self.counted(&text)));
        let ids: Vec<String> = lack.critical.iter().map(|(index, _)| format!("`{}`", self.rule(*index).id)).collect();
        let what = match ids.as_slice() {
            [] => "the text of the template".to_owned(),
            [id] => format!("the critical rule {id}"),
            ids => format!("the {} critical rules {}", ids.len(), diagnostic::listed(ids)),
        };
        let over = tokens_of(tokens.saturating_sub(max));
        let message = format!("`{}` is {over} over its budget: with {what} alone it has {tokens}", self.front.output);
        let mut diagnostic = Diagnostic::new(Code::OverBudget, self.planned.max, message)
            .label(format!("at most {} of {}", tokens_of(max), self.encoding))
            .help("shorten their wordings, give some a lower priority, or raise `max`");
        for pick in lack.critical.iter().take(4) {
            let wording = self.wording(*pick);
            let tokens = tokens_of(self.encoding.count(&wording.text));
            diagnostic = diagnostic.also(wording.span, format!("critical, {tokens}"));
        }
        diagnostic
    }

    fn under_budget(&self, picks: &[Pick], tokens: usize, diags: &mut Sink) {
        let Some(budget) = &self.front.budget else { return };
        if picks.is_empty() && !self.rules.is_empty() {
            let message =
                format!("no rule fits into `{}`: it has room for {}", self.front.output, tokens_of(budget.max));
            let help = "raise `max`, or shorten the wordings; `kbc budget` says what would admit them";
            diags.push(Diagnostic::new(Code::UnderBudget, self.planned.max, message).help(help));
            return;
        }
        if tokens >= budget.min {
            return;
        }
        let (output, encoding) = (&self.front.output, self.encoding);
        let message = format!("`{output}` has {} of {encoding}, under its min of {}", tokens_of(tokens), budget.min);
        diags.push(
            Diagnostic::new(Code::UnderBudget, self.planned.min, message)
                .help("add rules or fuller wordings, or lower `min`"),
        );
    }

    fn sources(&self, picks: &[Pick]) -> DocumentSources {
        let body = self.template.body;
        DocumentSources {
            template: Span::new(self.template.source, body..body),
            has_evidence: self.template.has_evidence,
            rules: picks.iter().map(|(index, form)| (self.rules[*index], *form)).collect(),
        }
    }
}

/// What a document was made from.
#[derive(Debug)]
struct DocumentSources {
    /// Where its body begins.
    template: Span,
    has_evidence: bool,
    /// Those that are in, as indices into the model.
    rules: Vec<(usize, WordingForm)>,
}

impl Provenance for DocumentSources {
    /// Every line is the template's, unless it holds the wording of a rule that is in.
    fn origins(&self, artifact: &Artifact, model: &Model) -> Vec<Origin> {
        let made = artifact.made_lines();
        let lines: Vec<&str> = artifact.text.lines().take(made.end).collect();
        let what = "text of the template".into();
        let mut origins = vec![Origin { lines: made.clone(), span: self.template, what, wording: false }];
        if self.has_evidence {
            let written = lines.iter().enumerate().skip(made.start);
            origins.extend(written.filter_map(|(at, line)| figure_on(line, at, model)));
        }
        let mut from = made.start;
        for (index, form) in &self.rules {
            let rule = &model.rules[*index];
            let (key, wording) = wording_of(rule, *form);
            let holds = |line: &&str| line.contains(wording.text.as_str());
            let first = |start: usize| lines[start..].iter().position(holds).map(|at| at + start);
            let found = first(from).or_else(|| first(made.start));
            let Some(line) = found else { continue };
            from = line;
            let what = format!("the `{key}` of `{}`", rule.id);
            origins.push(Origin { lines: line..line + 1, span: wording.span, what, wording: true });
        }
        origins
    }
}

/// The wording of a rule in a form, with the key that it is written under.
fn wording_of(rule: &Rule, form: WordingForm) -> (&'static str, &Wording) {
    match &rule.short {
        Some(short) if form == WordingForm::Short => ("short", short),
        Some(_) | None => ("rule", &rule.full),
    }
}

/// The figure that a line tells of: the one with the longest description that stands in it.
fn figure_on(line: &str, at: usize, model: &Model) -> Option<Origin> {
    let told = model.figures.iter().filter(|(_, figure)| line.contains(&figure.about));
    let (id, figure) = told.max_by_key(|(_, figure)| figure.about.len())?;
    let what = format!("the figure `{id}`");
    Some(Origin { lines: at..at + 1, span: figure.span, what, wording: false })
}

fn tokens_of(count: usize) -> String {
    plural(count, "token")
}

/// The paths of outputs, and the folders that they lie in.
#[derive(Default)]
pub struct OutputPaths {
    files: HashSet<String>,
    folders: HashSet<String>,
}

impl OutputPaths {
    /// Takes a path, unless it is taken, is a folder of a path that is, or lies in one.
    fn insert(&mut self, path: &str) -> bool {
        let above = || path.match_indices('/').map(|(at, _)| &path[..at]);
        if self.folders.contains(path) || above().any(|folder| self.files.contains(folder)) {
            return false;
        }
        self.folders.extend(above().map(str::to_owned));
        self.files.insert(path.to_owned())
    }
}

/// Complains about a path that no output can have, or that another one has.
pub fn reserve_path(path: &str, paths: &Paths, at: Span, taken: &mut OutputPaths, diags: &mut Sink) {
    let is_name = |part: &str| {
        !["", ".", "..", STAGING].contains(&part)
            && !part.eq_ignore_ascii_case(".git")
            && !part.contains(|c: char| c.is_control() || "\\:".contains(c))
            && part.trim() == part
    };
    let is_input = paths.is_input(path);
    if is_input || !path.split('/').all(is_name) {
        let why = if is_input { "is an input" } else { "is no path inside of the project" };
        diags.push(
            Diagnostic::new(Code::OutputPath, at, format!("the output `{}` {why}", path.escape_debug()))
                .help("write a relative path such as `out/RULEBOOK.md`"),
        );
    } else if !taken.insert(path) {
        diags.push(
            Diagnostic::new(Code::OutputClash, at, format!("`{path}` is made twice, or is a folder of another output"))
                .label("another template, or kbc itself, makes this file")
                .help("give the template an output of its own"),
        );
    }
}

fn budget_bounds(planned: &PlannedOutput, diags: &mut Sink) {
    let Some(budget) = planned.front.budget.as_ref().filter(|budget| budget.min > budget.max) else { return };
    let message = format!("the budget's min of {} is above its max of {}", budget.min, budget.max);
    let diagnostic = Diagnostic::new(Code::BudgetBounds, planned.min, message);
    diags.push(diagnostic.also(planned.max, "the max").help("no document can have both; correct one"));
}

/// Complains about a selection of what is not there.
pub fn selection(model: &Model, config: &Config, select: &Select, template: &Template, diags: &mut Sink) {
    let papers: Vec<&str> = model.papers.iter().map(|paper| paper.id.as_str()).collect();
    let mut tags: Vec<&str> = model.rules.iter().flat_map(|rule| &rule.tags).map(String::as_str).collect();
    tags.sort_unstable();
    tags.dedup();
    let rules: Vec<&str> = model.rules.iter().map(|rule| rule.id.0.as_str()).collect();
    let roles: Vec<&str> = config.agents.roles.keys().map(String::as_str).collect();
    let ids: Option<Vec<String>> = select.rules.as_ref().map(|ids| ids.iter().map(|id| id.0.clone()).collect());
    if let Some(files) = &select.files {
        files.examine(template.document.span("/select/files"), diags);
    }
    for (key, what, wanted, known) in [
        ("papers", "paper", &select.papers, &papers),
        ("tags", "tag", &select.tags, &tags),
        ("rules", "rule", &ids, &rules),
        ("roles", "role", &select.roles, &roles),
    ] {
        let set: HashSet<&str> = known.iter().copied().collect();
        for (index, word) in wanted.iter().flatten().enumerate().filter(|(_, word)| !set.contains(word.as_str())) {
            let at = template.document.span(&format!("/select/{key}/{index}"));
            let message = format!("the template selects `{word}`, but there is no such {what}");
            let diagnostic = Diagnostic::new(Code::UnknownSelection, at, message);
            diags.push(diags.near(diagnostic, word, known.iter().copied()));
        }
    }
}

/// What distilling needs to know of rules of the model.
pub fn candidates(model: &Model, rules: &[usize]) -> Vec<Candidate> {
    let candidate = |index: &usize| {
        let rule = &model.rules[*index];
        Candidate { paper: rule.paper, priority: rule.priority, weight: rule.weight, has_short: rule.short.is_some() }
    };
    rules.iter().map(candidate).collect()
}
