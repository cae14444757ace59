//! One template to the outputs that it makes: one, or one for each role or paper.

use std::collections::HashSet;

use crate::compile::render::template::Subject;
use crate::compile::texts::Texts;
use crate::compile::{builtin_templates, parse, roles, selection};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config::Config;
use crate::input::files::select::Select;
use crate::input::files::template::{self, Each, FrontMatter, Mode, Template};
use crate::model::{Model, Rule};
use crate::text::source::{SourceId, Span};
use crate::text::tokens::Budget;

/// An output that is to be made.
pub struct PlannedOutput<'a> {
    pub template: &'a Template,
    /// With the path filled in, and the budget of the role if it has its own.
    pub front: FrontMatter,
    pub subject: Subject,
    /// Where the bounds of the budget stand.
    pub min: Span,
    pub max: Span,
}

/// What templates are planned from.
pub struct OutputPlanner<'a> {
    pub model: &'a Model,
    pub config: &'a Config,
}

impl<'a> OutputPlanner<'a> {
    /// The outputs of a template, in the order of their names.
    pub fn outputs(&self, front: &FrontMatter, template: &'a Template) -> Vec<PlannedOutput<'a>> {
        let planned = |subject: Subject, name: &str| {
            let place = front.each.map_or("", Each::place);
            let output = if place.is_empty() { front.output.clone() } else { front.output.replace(place, name) };
            let [min, max] = ["min", "max"].map(|key| template.document.span(&format!("/budget/{key}")));
            PlannedOutput { template, front: FrontMatter { output, ..front.clone() }, subject, min, max }
        };
        match front.each {
            None => vec![planned(Subject::Whole, "")],
            Some(Each::Role) => {
                let roles = self.config.agents.roles.keys();
                roles.map(|name| self.budgeted(planned(Subject::Role(name.clone()), name), name)).collect()
            }
            Some(Each::Paper) => {
                let has_rule = |index: &usize| {
                    let mut rules = self.model.rules_of(*index).iter();
                    rules.any(|rule| is_selected(rule, self.model, self.config, &front.select))
                };
                let papers = (0..self.model.papers.len()).filter(has_rule);
                papers.map(|index| planned(Subject::Paper(index), &self.model.papers[index].id)).collect()
            }
        }
    }

    /// The rulebooks of the roles, made by the template of the rulebook. A role that has one by a template of its own needs
    /// no other.
    pub fn rulebooks(
        &self,
        front: &FrontMatter,
        template: &'a Template,
        others: &[PlannedOutput],
    ) -> Vec<PlannedOutput<'a>> {
        if front.output != self.config.rulebook() || front.mode != Mode::File {
            return Vec::new();
        }
        let others: HashSet<&str> = others.iter().map(|other| other.front.output.as_str()).collect();
        let has_own = |role: &&String| others.contains(self.config.rulebook_of(role).as_str());
        let roles = self.config.agents.roles.keys().filter(|role| !has_own(role));
        roles.map(|role| self.of_role(front, template, role)).collect()
    }

    /// The rulebook of a role: the document that a template makes of its rules, within its budget.
    fn of_role(&self, front: &FrontMatter, template: &'a Template, role: &str) -> PlannedOutput<'a> {
        let mut front = FrontMatter { output: self.config.rulebook_of(role), ..front.clone() };
        // A role may carry a few rules only; the bound is meant for the whole.
        front.budget = front.budget.map(|budget| Budget { min: 0, ..budget });
        let [min, max] = ["min", "max"].map(|key| template.document.span(&format!("/budget/{key}")));
        self.budgeted(PlannedOutput { template, front, subject: Subject::Role(role.to_owned()), min, max }, role)
    }

    fn budgeted(&self, mut planned: PlannedOutput<'a>, role: &str) -> PlannedOutput<'a> {
        let Some(budget) = self.config.agents.roles.get(role).and_then(|role| role.budget.clone()) else {
            return planned;
        };
        planned.front.budget = Some(budget);
        let at = |key: &str| self.config.places.at(&format!("/agents/roles/{role}/budget/{key}"));
        (planned.min, planned.max) = (at("min"), at("max"));
        planned
    }
}

impl PlannedOutput<'_> {
    /// Is a rule in the selection of its template, and of what it is about?
    pub fn takes(&self, rule: &Rule, model: &Model, config: &Config) -> bool {
        let is_about = match &self.subject {
            Subject::Whole => true,
            Subject::Role(name) => config.agents.roles.get(name).is_some_and(|role| roles::carries(role, rule, model)),
            Subject::Paper(index) => rule.paper == *index,
        };
        is_about && is_selected(rule, model, config, &self.front.select)
    }
}

fn is_selected(rule: &Rule, model: &Model, config: &Config, select: &Select) -> bool {
    let carries = |name: &String| config.agents.roles.get(name).is_some_and(|role| roles::carries(role, rule, model));
    rule.status == select.status.unwrap_or_default()
        && selection::takes(select, rule, model)
        && select.roles.as_ref().is_none_or(|names| names.iter().any(carries))
}

/// Complains about an output path that does not go with what the template is repeated for.
pub fn examine(front: &FrontMatter, template: &Template, config: &Config, diags: &mut Sink) {
    let at = template.document.span("/output");
    for each in Each::ALL {
        let (name, place) = (each.name(), each.place());
        match (front.each == Some(each), front.output.contains(place)) {
            (true, false) => {
                let message = format!("every {name} would make the same file: the path lacks `{place}`");
                let diagnostic = Diagnostic::new(Code::OutputPath, at, message);
                diags.push(
                    diagnostic
                        .also(template.document.span("/each"), "one output each")
                        .help(format!("write it where the name of the {name} belongs: `out/{place}.md`")),
                );
            }
            (false, true) => {
                let message = format!("`{place}` has no meaning without `each: {name}`");
                diags.push(Diagnostic::new(Code::OutputPath, at, message).help(format!("add `each: {name}`")));
            }
            (true, true) | (false, false) => {}
        }
    }
    if front.each == Some(Each::Role) && config.agents.roles.is_empty() {
        let message = "the template makes an output for each role, but kbc.toml has no role";
        let help = "add `[agents.roles.NAME]` with a `description` and a `select` to kbc.toml";
        diags.push(Diagnostic::new(Code::UnknownSelection, template.document.span("/each"), message).help(help));
    }
}

/// The paths of the files of others that outputs are to be a block of, which have to be read as well. What is wrong with
/// settings or templates is said when they are compiled.
pub fn shared_files(texts: &Texts) -> Vec<String> {
    let mut unsaid = Sink::new();
    let text = |source: SourceId| texts.sources.get(source).text.as_str();
    let config = texts.config_unsaid();
    let paths: Vec<&str> = texts.templates.iter().map(|id| texts.sources.get(*id).path.as_str()).collect();
    let written = texts.templates.iter().map(|id| text(*id));
    let templates = written.chain(builtin_templates::wanted(&config, &paths).map(|(_, text)| text));
    let papers: Vec<&str> = texts.papers.iter().map(|id| parse::stem(&texts.sources.get(*id).path)).collect();
    let fronts = templates.filter_map(|text| template::read(SourceId::default(), "", text, &mut unsaid)?.front);
    fronts.flat_map(|front| spliced(&front, &config, &papers)).collect()
}

/// The files of others that templates keep a block in, as far as their front matter says it. Papers are known by name.
fn spliced(front: &FrontMatter, config: &Config, papers: &[&str]) -> Vec<String> {
    match (front.mode, front.each) {
        (Mode::File, _) => Vec::new(),
        (Mode::Splice, None) => vec![front.output.clone()],
        (Mode::Splice, Some(each @ Each::Role)) => {
            config.agents.roles.keys().map(|name| front.output.replace(each.place(), name)).collect()
        }
        (Mode::Splice, Some(each @ Each::Paper)) => {
            papers.iter().map(|name| front.output.replace(each.place(), name)).collect()
        }
    }
}
