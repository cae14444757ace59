//! A check as meant: exactly one kind, whole, with its numbers known. It is made once, of a check as written; each kind has
//! a file that says what it needs and how it is written again.

mod ast;
mod expression;
mod judge;
mod metric;

pub use self::ast::{Bound, Conditions, Syntax};
pub use self::expression::Expression;
pub use self::metric::Measured;
use crate::diag::Severity;
use crate::input::files::check as written;
use crate::input::files::check::{Judge, Language, Level, Metric};
use crate::input::vocabulary::Precision;

/// How a rule is checked.
#[derive(Clone, Debug)]
pub struct Check {
    /// How bad a finding is; of one that is off, how bad it would be.
    pub severity: Severity,
    /// Is it proven on its examples, but not run on code?
    pub is_off: bool,
    /// What is said at a finding.
    pub message: String,
    pub kind: Kind,
}

/// What a check looks at.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Syntax that breaks the rule.
    Ast(Syntax),
    /// Text that breaks the rule.
    Regex(Expression),
    /// A measurement beyond a limit.
    Metric(Measured),
    /// A question, and the syntax of the places that it is about.
    Judge(Judge, Syntax),
}

/// The files that a check is about, as globs.
#[derive(Clone, Debug, Default)]
pub struct Files {
    pub only: Option<Vec<String>>,
    pub ignores: Option<Vec<String>>,
}

/// What keeps a check from being meant: the key at fault (none, if one is missing), what is wrong, and the next step.
pub type Fault = (&'static str, String, String);

impl Check {
    /// Makes a check of what is written.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn new(check: &written::Check) -> Result<Self, Vec<Fault>> {
        let kind = match (&check.ast, &check.regex, &check.metric, &check.judge) {
            (Some(ast), None, None, None) => Kind::Ast(Syntax::new(ast, check)?),
            (None, Some(regex), None, None) => Kind::Regex(Expression::new(regex, check)?),
            (None, None, Some(metric), None) => Kind::Metric(Measured::new(metric, check)?),
            (Some(ast), None, None, Some(judge)) => judge::new(judge, ast, check)?,
            (None, None, None, Some(_)) => {
                return Err(no_kind("has a question, but no `ast` that finds the places to ask about"));
            }
            (None, None, None, None) => return Err(no_kind("does not say how it looks for code")),
            _ => return Err(no_kind("looks in more than one way")),
        };
        let level = check.severity.unwrap_or_default();
        let message = check.message.clone().unwrap_or_default();
        Ok(Self { severity: level.severity().unwrap_or(Severity::Warning), is_off: level == Level::Off, message, kind })
    }

    /// As it is written in rules.yaml and in the lock: with all that its author left to kbc.
    pub fn written(&self) -> written::Check {
        let level = if self.is_off { Level::Off } else { Level::of(self.severity) };
        let empty =
            written::Check { severity: Some(level), message: Some(self.message.clone()), ..written::Check::default() };
        match &self.kind {
            Kind::Ast(syntax) => syntax.written(empty),
            Kind::Regex(expression) => expression.written(empty),
            Kind::Metric(measured) => measured.written(empty),
            Kind::Judge(judge, syntax) => written::Check { judge: Some(judge.clone()), ..syntax.written(empty) },
        }
    }

    /// The rule of the syntax engine that it has.
    pub fn syntax(&self) -> Option<&Syntax> {
        match &self.kind {
            Kind::Ast(syntax) | Kind::Judge(_, syntax) => Some(syntax),
            Kind::Regex(_) | Kind::Metric(_) => None,
        }
    }

    pub fn language(&self) -> Option<Language> {
        self.syntax().map(|syntax| syntax.language)
    }

    /// The utility rules that it names, its own among them.
    pub fn named_utilities(&self) -> Vec<&str> {
        self.syntax().map(Syntax::named_utilities).unwrap_or_default()
    }

    pub fn question(&self) -> Option<&Judge> {
        match &self.kind {
            Kind::Judge(judge, _) => Some(judge),
            Kind::Ast(_) | Kind::Regex(_) | Kind::Metric(_) => None,
        }
    }

    pub fn metric(&self) -> Option<&Metric> {
        match &self.kind {
            Kind::Metric(measured) => Some(&measured.metric),
            Kind::Ast(_) | Kind::Regex(_) | Kind::Judge(..) => None,
        }
    }

    /// The files that it is about; `None` if it looks at no files.
    pub fn files(&self) -> Option<&Files> {
        match &self.kind {
            Kind::Ast(syntax) | Kind::Judge(_, syntax) => Some(&syntax.files),
            Kind::Regex(expression) => Some(&expression.files),
            Kind::Metric(_) => None,
        }
    }

    /// How often its findings are right. A measured limit is always right.
    pub fn precision(&self) -> Precision {
        match &self.kind {
            Kind::Ast(syntax) | Kind::Judge(_, syntax) => syntax.precision,
            Kind::Regex(expression) => expression.precision,
            Kind::Metric(measured) => measured.precision.unwrap_or(Precision::High),
        }
    }
}

impl Files {
    fn of(check: &written::Check) -> Self {
        Self { only: check.files.clone(), ignores: check.ignores.clone() }
    }
}

fn no_kind(message: &str) -> Vec<Fault> {
    let help = "give it exactly one of `ast`, `regex` and `metric`, or `judge` with `ast`";
    vec![("", message.to_owned(), help.to_owned())]
}

/// What a check does not say.
fn missing(what: &str, help: impl Into<String>) -> Fault {
    ("", format!("does not say {what}"), help.into())
}

/// Keys that are for checks by syntax only.
fn keys_for_syntax(check: &written::Check) -> impl Iterator<Item = Fault> {
    let keys = [
        ("constraints", check.constraints.is_some()),
        ("utils", check.utils.is_some()),
        ("transform", check.transform.is_some()),
        ("where", check.r#where.is_some()),
        ("fix", check.fix.is_some()),
        ("language", check.language.is_some()),
    ];
    keys.into_iter().filter(|(_, is_there)| *is_there).map(|(key, _)| foreign(key, "`ast`"))
}

/// A key that means nothing for the kind of a check.
fn foreign(key: &'static str, of: &str) -> Fault {
    (key, format!("has `{key}`, which is for {of}"), "leave it out".to_owned())
}
