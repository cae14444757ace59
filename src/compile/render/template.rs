//! Documents from templates, by minijinja: the one module that knows the template engine.

use std::collections::BTreeMap;
use std::ops::Range;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use crate::compile::distill::{Pick, WordingForm};
use crate::compile::render::bounded::{self, Bounded, MAX_OUTPUT};
use crate::compile::render::guard::Guarded;
use crate::compile::render::meter;
use crate::compile::render::views::{self, RoleView, Views};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config::Config;
use crate::input::formats::yaml;
use crate::model::{Model, Rule};
use crate::text::quoted;
use crate::text::source::{SourceId, Sources, Span};

/// Steps that a template may take, and how many more for each rule. A document is rendered hundreds of
/// times while it is distilled, so this bounds how long that takes.
const FUEL: u64 = 100_000;
const FUEL_PER_RULE: u64 = 500;

/// What a document is about, besides the rules that are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Whole,
    /// A role of kbc.toml.
    Role(String),
    /// An index into the papers of the model.
    Paper(usize),
}

impl Subject {
    /// The rules that it can be about, as indices into the model.
    pub fn rules(&self, model: &Model) -> Range<usize> {
        match self {
            Subject::Whole | Subject::Role(_) => 0..model.rules.len(),
            Subject::Paper(index) => model.range_of(*index),
        }
    }
}

/// A document.
pub struct Rendered {
    pub text: String,
    /// How much work it was, in steps of the engine.
    pub steps: u64,
}

/// Where a template is from.
struct Body {
    source: SourceId,
    /// Where it begins there.
    start: usize,
    /// `None` if it does not parse.
    guarded: Option<Guarded>,
}

/// The templates of a knowledge base, parsed.
pub struct Templates<'a> {
    environment: Environment<'a>,
    /// By name.
    bodies: BTreeMap<&'a str, Body>,
    config: &'a Config,
    views: Views<'a>,
    fuel: u64,
}

impl<'a> Templates<'a> {
    /// Parses every template, given as name, source and begin of the body. Faults are pushed.
    pub fn parse(
        named: &[(&'a str, SourceId, usize)],
        sources: &'a Sources,
        model: &'a Model,
        config: &'a Config,
        diags: &mut Sink,
    ) -> Self {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(syntax());
        let fuel = FUEL + FUEL_PER_RULE * model.rules.len() as u64;
        environment.set_fuel(Some(fuel));
        bounded::install(&mut environment);
        environment.set_formatter(bounded::write_counted);
        environment.set_debug(true);
        // A template writes its format itself; only markup is escaped for it.
        environment.set_auto_escape_callback(|name| {
            let is_markup = [".html", ".htm", ".xml"].iter().any(|ending| name.ends_with(ending));
            if is_markup { AutoEscape::Html } else { AutoEscape::None }
        });
        environment.add_global("name", config.name.as_str());
        let roles: Vec<RoleView> = config.agents.roles.iter().map(|(name, role)| RoleView::of(name, role)).collect();
        environment.add_global("roles", Value::from(Serde(&roles)));
        environment.add_global("phases", Value::from(Serde(&config.agents.phases)));
        let is_named = |word: &str| {
            let mut texts = named.iter().map(|(_, source, body)| &sources.get(*source).text[*body..]);
            // `debug` prints all that a template gets.
            texts.any(|text| text.contains(word) || text.contains("debug"))
        };
        for (name, value) in views::globals(model, &is_named) {
            environment.add_global(name, value);
        }
        environment.add_filter("yaml", |value: Value| {
            meter::make_all(&value)?;
            let json = serde_json::to_value(&value).map_err(|error| error.to_string());
            let text = json.and_then(|json| yaml::write(&json));
            text.map_err(|fault| Error::new(ErrorKind::InvalidOperation, fault))
        });
        environment.add_filter("between_marks", |text: String| quoted::between("code", &text, &quoted::word(&[&text])));
        let mut templates = Self { environment, bodies: BTreeMap::new(), config, views: Views::new(model), fuel };
        for (name, source, start) in named {
            let text = &sources.get(*source).text[*start..];
            let guarded = Guarded::of(text, name, syntax());
            let run = guarded.as_ref().map_or(text.to_owned(), |guarded| guarded.text.clone());
            templates.bodies.insert(name, Body { source: *source, start: *start, guarded });
            if let Err(error) = templates.environment.add_template_owned(*name, run) {
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
        rules: &[usize],
        picks: &[Pick],
    ) -> Result<Rendered, Box<Diagnostic>> {
        let (papers, rules) = self.views.picked(rules, picks);
        let context = minijinja::context! { papers, rules, ..self.about(subject) };
        let mut output = Bounded::default();
        bounded::begin(self.views.rules());
        let fault = |error: Error| Box::new(self.diagnostic(name, &error));
        let template = self.environment.get_template(name).map_err(fault)?;
        let captured = template.render_captured_to(context, &mut output).map_err(fault)?;
        let taken = captured.state().fuel_levels().map_or(0, |(taken, _)| taken);
        drop(captured);
        let steps = taken + meter::steps() + output.0.len() as u64 / 4;
        let mut text = String::from_utf8(output.0).expect("minijinja writes UTF-8");
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(Rendered { text, steps })
    }

    /// What only a document about a role or a paper gets.
    fn about(&self, subject: &Subject) -> Value {
        match subject {
            Subject::Whole => minijinja::context! {},
            Subject::Role(name) => {
                let role = self.config.agents.roles.get(name).map(|role| RoleView::of(name, role));
                minijinja::context! { role => Serde(&role) }
            }
            Subject::Paper(index) => minijinja::context! { paper => self.views.bare_paper(*index) },
        }
    }

    fn diagnostic(&self, asked: &str, error: &Error) -> Diagnostic {
        let body = error.name().and_then(|name| self.bodies.get(name)).unwrap_or(&self.bodies[asked]);
        let range = whole_characters(error.template_source().unwrap_or_default(), error.range().unwrap_or(0..0));
        let range = body.guarded.as_ref().map_or(range.clone(), |guarded| guarded.written(range));
        let span = Span::new(body.source, body.start + range.start..body.start + range.end);
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
            ErrorKind::WriteFailure if detail.starts_with(meter::SAID) => {
                Diagnostic::new(Code::TemplateRunsAway, span, detail)
                    .help("look for texts or lists that grow with each step, and for a loop over a range")
            }
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

/// The wording of a rule in a form.
pub fn text_of(rule: &Rule, form: WordingForm) -> &str {
    let short = rule.short.as_ref().filter(|_| form == WordingForm::Short);
    &short.unwrap_or(&rule.full).text
}

/// The engine marks one byte where it meets a character that begins nothing.
fn whole_characters(text: &str, range: Range<usize>) -> Range<usize> {
    let begins = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=range.start).rev().find(begins).unwrap_or_default();
    start..(range.end..=text.len()).find(begins).unwrap_or(range.end)
}
