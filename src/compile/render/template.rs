//! Documents from templates, by minijinja: the one module that knows the template engine.

use std::collections::BTreeMap;
use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use crate::compile::distill::{Pick, WordingForm};
use crate::compile::render::rules;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config::{Config, Role};
use crate::input::formats::yaml;
use crate::input::vocabulary::Status;
use crate::model::{Example, Figure, Model, Rule};
use crate::text::source::{SourceId, Sources, Span};

/// Steps that a template may take, and how many more for each rule. A document is rendered hundreds of
/// times while it is distilled, so this bounds how long that takes.
const FUEL: u64 = 100_000;
const FUEL_PER_RULE: u64 = 500;
/// Bytes that a template may write.
const MAX_OUTPUT: usize = 16 << 20;

/// What a document is about, besides the rules that are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Whole,
    /// A role of kbc.toml.
    Role(String),
    /// An index into the domains of the model.
    Domain(usize),
}

/// What templates see of a rule that is in.
#[derive(Serialize)]
struct RuleView<'a> {
    id: &'a str,
    /// The chosen wording.
    text: &'a str,
    /// `full` or `short`.
    wording: &'a str,
    domain: &'a str,
    title: &'a str,
    priority: &'a str,
    tags: &'a [String],
    evidence: &'a [String],
    paper: &'a str,
    section: &'a str,
}

/// What templates see of a domain of which a rule is in.
#[derive(Serialize)]
struct DomainView<'a> {
    id: &'a str,
    title: &'a str,
    priority: &'a str,
    paper: &'a str,
    /// Of all its active rules.
    tags: Vec<&'a str>,
    /// The files that the checks of its active rules look at.
    globs: Vec<String>,
    rules: Vec<RuleView<'a>>,
}

/// What templates see of a role.
#[derive(Serialize)]
struct RoleView<'a> {
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

fn role_view<'a>(name: &'a str, role: &'a Role) -> RoleView<'a> {
    RoleView {
        name,
        description: &role.description,
        tier: role.tier.map_or("", |tier| tier.name()),
        phase: role.phase.as_deref().unwrap_or_default(),
        hands_over: role.hands_over.iter().map(|over| HandoverView { when: &over.when, to: &over.to }).collect(),
    }
}

/// What templates see of a figure.
#[derive(Serialize)]
struct FigureView<'a> {
    about: &'a str,
    text: &'a str,
    formula: &'a str,
    /// What it is, by the environments that have all its cases.
    environments: BTreeMap<&'a str, &'a str>,
}

fn figure_view(figure: &Figure) -> FigureView<'_> {
    let home = match figure.home.as_slice() {
        [home] => Some((home.as_str(), figure.text.as_str())),
        _ => None,
    };
    let elsewhere = figure.elsewhere.iter().map(|(id, elsewhere)| (id.as_str(), elsewhere.text.as_str()));
    let environments = elsewhere.chain(home).collect();
    FigureView { about: &figure.about, text: &figure.text, formula: &figure.formula, environments }
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

#[derive(Serialize)]
struct View<'a> {
    domains: Vec<DomainView<'a>>,
}

/// The templates of a knowledge base, parsed.
pub struct Templates<'a> {
    environment: Environment<'a>,
    /// By name: the source, and where its body begins in it.
    bodies: BTreeMap<&'a str, (SourceId, usize)>,
    config: &'a Config,
    fuel: u64,
}

impl<'a> Templates<'a> {
    /// Parses every template, given as name, source and begin of the body. Faults are pushed.
    pub fn parse(
        named: &[(&'a str, SourceId, usize)],
        sources: &'a Sources,
        model: &Model,
        config: &'a Config,
        diags: &mut Sink,
    ) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(syntax());
        let fuel = FUEL + FUEL_PER_RULE * model.rules.len() as u64;
        environment.set_fuel(Some(fuel));
        // Their arguments say how much they write, which fuel does not count.
        for filter in ["indent", "format", "batch", "slice"] {
            environment.remove_filter(filter);
        }
        environment.set_debug(true);
        // A template writes its format itself; only markup is escaped for it.
        environment.set_auto_escape_callback(|name| {
            let is_markup = [".html", ".htm", ".xml"].iter().any(|ending| name.ends_with(ending));
            if is_markup { AutoEscape::Html } else { AutoEscape::None }
        });
        environment.add_global("name", config.name.as_str());
        let roles: Vec<RoleView> = config.roles.iter().map(|(name, role)| role_view(name, role)).collect();
        environment.add_global("roles", Value::from(Serde(&roles)));
        environment.add_global("phases", Value::from(Serde(&config.phases)));
        let figures: BTreeMap<&str, &str> =
            model.figures.iter().map(|(id, figure)| (id.as_str(), figure.text.as_str())).collect();
        environment.add_global("figures", Value::from(Serde(&figures)));
        let evidence: BTreeMap<&str, FigureView> =
            model.figures.iter().map(|(id, figure)| (id.as_str(), figure_view(figure))).collect();
        environment.add_global("evidence", Value::from(Serde(&evidence)));
        let about: BTreeMap<&str, &str> =
            model.environments.iter().map(|(id, environment)| (id.as_str(), environment.summary.as_str())).collect();
        environment.add_global("environments", Value::from(Serde(&about)));
        let checked = model.rules.iter().filter_map(|rule| Some((&rule.id.0, rules::check_out(rule.check()?))));
        environment.add_global("checks", Value::from(Serde(&checked.collect::<BTreeMap<_, _>>())));
        let shown = model.rules.iter().map(|rule| (&rule.id.0, examples(rule)));
        environment.add_global("examples", Value::from(Serde(&shown.collect::<BTreeMap<_, _>>())));
        environment.add_filter("yaml", |value: Value| {
            let json = serde_json::to_value(&value).map_err(|error| error.to_string());
            let text = json.and_then(|json| yaml::write(&json));
            text.map_err(|fault| Error::new(ErrorKind::InvalidOperation, fault))
        });
        environment.add_filter("quote", |text: String| serde_json::to_string(&text).expect("a text is JSON"));
        let bodies = named.iter().map(|(name, source, body)| (*name, (*source, *body))).collect();
        let mut templates = Self { environment, bodies, config, fuel };
        for (name, source, body) in named {
            let text = &sources.get(*source).text[*body..];
            if let Err(error) = templates.environment.add_template(name, text) {
                diags.push(templates.diagnostic(name, &error));
            }
        }
        templates
    }

    /// The document about something that picks of the model's rules (given by their indices) render to.
    ///
    /// # Errors
    /// A diagnostic at the place in the template that failed.
    pub fn render(
        &self,
        name: &str,
        subject: &Subject,
        model: &Model,
        rules: &[usize],
        picks: &[Pick],
    ) -> Result<String, Box<Diagnostic>> {
        let view = view(model, picks.iter().map(|(index, form)| (&model.rules[rules[*index]], *form)));
        let flat: Vec<&RuleView> = view.domains.iter().flat_map(|domain| &domain.rules).collect();
        let context = minijinja::context! {
            domains => Serde(&view.domains),
            rules => Serde(&flat),
            ..self.about(subject, model)
        };
        let mut output = Bounded(Vec::new());
        let fault = |error: Error| Box::new(self.diagnostic(name, &error));
        let template = self.environment.get_template(name).map_err(fault)?;
        template.render_captured_to(context, &mut output).map_err(fault)?;
        let mut text = String::from_utf8(output.0).expect("minijinja writes UTF-8");
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(text)
    }

    /// What only a document about a role or a domain gets.
    fn about(&self, subject: &Subject, model: &Model) -> Value {
        match subject {
            Subject::Whole => minijinja::context! {},
            Subject::Role(name) => {
                let role = self.config.roles.get(name).map(|role| role_view(name, role));
                minijinja::context! { role => Serde(&role) }
            }
            Subject::Domain(index) => minijinja::context! { domain => Serde(&domain_view(model, *index)) },
        }
    }

    fn diagnostic(&self, asked: &str, error: &Error) -> Diagnostic {
        let (source, body) = error.name().and_then(|name| self.bodies.get(name)).unwrap_or(&self.bodies[asked]);
        let range = error.range().unwrap_or(0..0);
        let span = Span::new(*source, body + range.start..body + range.end);
        let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
        let root = causes.last().map(ToString::to_string).unwrap_or_default();
        let cause = if root.is_empty() { String::new() } else { format!(": {root}") };
        match error.kind() {
            ErrorKind::SyntaxError | ErrorKind::BadEscape | ErrorKind::InvalidDelimiter => {
                Diagnostic::new(Code::TemplateSyntax, span, format!("the template does not parse: {detail}"))
                    .help("templates are minijinja: `{{ value }}`, `{% for rule in rules %} ... {% endfor %}`")
            }
            ErrorKind::UndefinedError => {
                Diagnostic::new(Code::UnknownVariable, span, "the template uses a value that does not exist")
                    .label("undefined")
                    .help("`kbc explain unknown-variable` lists what templates get")
            }
            ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod
            | ErrorKind::TemplateNotFound => {
                Diagnostic::new(Code::UnknownVariable, span, format!("the template uses what does not exist: {detail}"))
                    .help("`kbc explain unknown-variable` lists what templates get")
            }
            ErrorKind::OutOfFuel => Diagnostic::new(
                Code::TemplateRunsAway,
                span,
                format!("the template does not end within {} steps", self.fuel),
            )
            .help("look for a loop over a range, or a template that includes itself"),
            ErrorKind::WriteFailure => Diagnostic::new(
                Code::TemplateRunsAway,
                span,
                format!("the template writes more than {} MiB", MAX_OUTPUT >> 20),
            )
            .help("look for a loop over a range"),
            _ if detail.contains("recursion") || root.contains("recursion") => {
                Diagnostic::new(Code::TemplateRunsAway, span, "the template includes or calls itself without end")
                    .help("break the circle; a part that others include need not include them")
            }
            _ => Diagnostic::new(Code::TemplateFailed, span, format!("the template failed: {detail}{cause}"))
                .help("correct the expression that is underlined"),
        }
    }
}

/// Tags on a line of their own leave no trace in the document.
fn syntax() -> SyntaxConfig {
    let mut builder = SyntaxConfig::builder();
    builder.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    builder.build().expect("the delimiters are Jinja's own")
}

/// Picks grouped by domain, in the order of the model.
fn view<'a>(model: &'a Model, picks: impl Iterator<Item = (&'a Rule, WordingForm)>) -> View<'a> {
    let mut domains: Vec<DomainView> = Vec::new();
    for (rule, form) in picks {
        let domain = &model.domains[rule.domain];
        if domains.last().is_none_or(|last| last.id != domain.id) {
            domains.push(domain_view(model, rule.domain));
        }
        let last = domains.last_mut().expect("a domain was pushed if there was none");
        last.rules.push(RuleView {
            id: &rule.id.0,
            text: text_of(rule, form),
            wording: if form == WordingForm::Full { "full" } else { "short" },
            domain: &domain.id,
            title: &domain.title,
            priority: rule.priority.name(),
            tags: &rule.tags,
            evidence: &rule.evidence,
            paper: &domain.path,
            section: &rule.section.anchor,
        });
    }
    View { domains }
}

/// A domain without its rules.
fn domain_view(model: &Model, index: usize) -> DomainView<'_> {
    let domain = &model.domains[index];
    let active = || model.rules_of(index).iter().filter(|rule| rule.status == Status::Active);
    DomainView {
        id: &domain.id,
        title: &domain.title,
        priority: domain.priority.name(),
        paper: &domain.path,
        tags: each_once(active().flat_map(|rule| &rule.tags).map(String::as_str)),
        globs: each_once(active().flat_map(globs)),
        rules: Vec::new(),
    }
}

fn each_once<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for item in all {
        if !once.contains(&item) {
            once.push(item);
        }
    }
    once
}

/// The files that the check of a rule looks at, as globs from the root; none, if it reads no files.
fn globs(rule: &Rule) -> Vec<String> {
    let Some(check) = rule.check() else { return Vec::new() };
    let rooted = |glob: &String| if glob.contains('/') { glob.clone() } else { format!("**/{glob}") };
    match (check.files().and_then(|files| files.only.as_ref()), check.language()) {
        (Some(files), _) => files.iter().map(rooted).collect(),
        (None, Some(language)) => language.globs().iter().map(|glob| (*glob).to_owned()).collect(),
        (None, None) => Vec::new(),
    }
}

/// The wording of a rule in a form.
pub fn text_of(rule: &Rule, form: WordingForm) -> &str {
    let short = rule.short.as_ref().filter(|_| form == WordingForm::Short);
    &short.unwrap_or(&rule.full).text
}

/// A writer that refuses to grow without bound.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other("the output is too large"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
