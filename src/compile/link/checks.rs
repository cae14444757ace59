//! What a check must say, beyond the form that its schema holds. Whether it can run is for `review`.

use crate::input::files::check::{Check, How, Language};
use crate::input::formats::yaml::Document;
use crate::text::source::Span;

/// The keys of a check whose places messages may need.
const KEYS: [&str; 14] = [
    "language",
    "message",
    "ast",
    "regex",
    "metric",
    "judge",
    "constraints",
    "utils",
    "transform",
    "where",
    "fix",
    "files",
    "ignores",
    "precision",
];

/// Where the parts of a rule's check stand.
pub fn parts(document: &Document, rule: &str) -> Vec<(&'static str, Span)> {
    let keys = KEYS.into_iter().map(|key| (key, format!("{rule}/check/{key}")));
    keys.filter(|(_, pointer)| document.has(pointer)).map(|(key, pointer)| (key, document.span(&pointer))).collect()
}

/// The keys of a rule that are neither wordings nor its check.
const RULE_KEYS: [&str; 6] = ["priority", "weight", "tags", "status", "section", "evidence"];

/// Where the values of a rule's keys stand.
pub fn rule_parts(document: &Document, rule: &str) -> Vec<(&'static str, Span)> {
    let keys = RULE_KEYS.into_iter().map(|key| (key, format!("{rule}/{key}")));
    keys.filter(|(_, pointer)| document.has(pointer)).map(|(key, pointer)| (key, document.span(&pointer))).collect()
}

/// The key at fault (none, if one is missing), what is wrong, and the next step.
type Fault = (&'static str, String, String);

/// All that is wrong with a check as data.
pub fn faults(check: &Check) -> Vec<Fault> {
    let how = match check.how() {
        Ok(how) => how,
        Err(fault) => {
            let help = "give it exactly one of `ast`, `regex` and `metric`, or `judge` with `ast`";
            return vec![("", fault.to_owned(), help.to_owned())];
        }
    };
    let mut faults = Vec::new();
    faults.extend(missing(check, how));
    faults.extend(strange(check, how));
    faults.extend(units(how));
    faults
}

fn missing(check: &Check, how: How) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut needs = |is_there: bool, what: &str, help: &str| {
        if !is_there {
            faults.push(("", format!("does not say {what}"), help.to_owned()));
        }
    };
    match how {
        How::Ast(_) | How::Judge(..) => {
            needs(
                check.language.is_some(),
                "what the code is written in",
                &format!("add `language`, one of {}", Language::ALL.map(Language::name).join(", ")),
            );
        }
        How::Regex(_) => {
            needs(check.files.is_some(), "which files it is about", "add `files: [\"*.toml\"]`");
        }
        How::Metric(_) => return faults,
    }
    let help = "add `precision: high` if nearly all of its findings are right, else `medium` or `low`";
    needs(check.precision.is_some(), "how often it is right", help);
    faults
}

/// Keys that mean nothing for the way that the check looks.
fn strange(check: &Check, how: How) -> Vec<Fault> {
    let is_ast = matches!(how, How::Ast(_) | How::Judge(..));
    let is_measured = matches!(how, How::Metric(_));
    let only_ast = [
        ("constraints", check.constraints.is_some()),
        ("utils", check.utils.is_some()),
        ("transform", check.transform.is_some()),
        ("where", check.r#where.is_some()),
        ("fix", check.fix.is_some()),
        ("language", check.language.is_some()),
    ];
    let only_files = [("files", check.files.is_some()), ("ignores", check.ignores.is_some())];
    let only_ast = only_ast.into_iter().filter(|(_, is_there)| *is_there && !is_ast);
    let only_files = only_files.into_iter().filter(|(_, is_there)| *is_there && is_measured);
    let fault =
        |key: &'static str, of: &str| (key, format!("has `{key}`, which is for {of}"), "leave it out".to_owned());
    let mut faults: Vec<Fault> = only_ast.map(|(key, _)| fault(key, "`ast`")).collect();
    faults.extend(only_files.map(|(key, _)| fault(key, "checks that look at files")));
    if let How::Judge(..) = how
        && check.fix.is_some()
    {
        faults.push(("fix", "has a `fix`, but what it finds is a question".into(), "leave the `fix` out".into()));
    }
    let needs_names =
        check.r#where.as_ref().is_some_and(|conditions| conditions.imports.is_some() || conditions.binds.is_some());
    if needs_names && check.language.is_some_and(|language| !language.has_names()) {
        let help = "`imports` and `binds` know Python only; leave them out";
        faults.push(("where", "asks for names in a language that kbc knows only the syntax of".into(), help.into()));
    }
    let asks_for_python = check.r#where.as_ref().is_some_and(|conditions| conditions.python.is_some());
    if let Some(language) = check.language.filter(|language| asks_for_python && *language != Language::Python) {
        let message = format!("is about {}, and asks for a version of Python", language.name());
        faults.push(("where", message, "leave `python` out".into()));
    }
    faults
}

fn units(how: How) -> Vec<Fault> {
    let How::Metric(metric) = how else { return Vec::new() };
    let mut faults = Vec::new();
    let unit = metric.target.unit();
    if let Some(stretch) = &metric.stretch
        && stretch.unit().factor_to(&unit).is_none()
    {
        let message = format!("has a target in {unit} and a stretch goal in {}", stretch.unit());
        faults.push(("metric", message, "give both in units of one kind".to_owned()));
    }
    let is_plain = matches!(unit.symbol(), "x" | "times" | "%" | "percent");
    if metric.relative_to.is_some() && !is_plain {
        let message = format!("has a ratio of two results as its limit, in {unit}");
        faults.push(("metric", message, "a ratio has no unit: `< 0.6`".to_owned()));
    }
    faults
}
