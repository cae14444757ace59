//! How the author of a check, or of a utility rule that it names, is told why it cannot run: at its place in the source.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::fault::{Fault, FaultKind};
use super::{builtin, matcher};
use crate::diag::Diagnostic;
use crate::input::files::check::{Language, named_utilities};
use crate::model::{Check, Model, Rule, RuleCheck, Utility};
use crate::text::source::{Sources, Span};

/// What is said of a rule whose check has the fault; if the fault is that of a utility rule that it names, of that one.
pub fn diagnostic(fault: &Fault, rule: &Rule, of: &RuleCheck, model: &Model, sources: &Sources) -> Diagnostic {
    let check = &of.check;
    if let Some((utility, fault)) = broken_utility(check, model) {
        return of_utility(&fault, utility, Some(check), model, sources);
    }
    let text = fault.text.replace(&format!("`{}`", rule.id), "");
    let part = of.part(fault.key);
    let place = quoted_place(&text, &[part, of.body], sources).unwrap_or(part);
    let diagnostic = Diagnostic::new(fault.code, place, format!("the check of `{}` {}", rule.id, fault.text));
    next_step(fault, diagnostic, check.language(), Some(check), model)
}

fn of_utility(fault: &Fault, utility: &Utility, check: Option<&Check>, model: &Model, sources: &Sources) -> Diagnostic {
    let text = fault.text.replace(&format!("`{}`", utility.id), "");
    let place = quoted_place(&text, &[utility.body], sources).unwrap_or(utility.body);
    let message = format!("the utility rule `{}` {}", utility.id, fault.text);
    next_step(fault, Diagnostic::new(fault.code, place, message), Some(utility.language), check, model)
}

fn next_step(
    fault: &Fault,
    diagnostic: Diagnostic,
    language: Option<Language>,
    check: Option<&Check>,
    model: &Model,
) -> Diagnostic {
    if let FaultKind::UndefinedUtility(name) = &fault.kind {
        let own = language.map_or("its language", Language::name);
        let theirs = model.utilities.iter().find(|utility| utility.id == *name).map(|utility| utility.language);
        if let Some(language) = theirs.or_else(|| builtin::language_of(name)) {
            let help = format!(
                "there is one for {} only; define it for {own} under `utils` of the check, or in a file of utils/",
                language.name()
            );
            return diagnostic.help(help);
        }
        let names = check.map(|check| nameable(check, model)).unwrap_or_default();
        return diagnostic
            .help_nearest(name, names.into_iter())
            .help(format!("or define it for {own} under `utils` of the check, or in a file of utils/"));
    }
    if fault.kind == FaultKind::Circle {
        return diagnostic.help("let one of those in the circle not name the next");
    }
    match (&fault.help, check.and_then(Check::syntax)) {
        (Some(help), _) => diagnostic.help(help.clone()),
        (None, Some(_)) => {
            diagnostic.help("https://ast-grep.github.io/playground.html shows the syntax tree of a piece of code")
        }
        (None, None) => diagnostic.help("correct it"),
    }
}

/// What is wrong with utility rules that no check names, as nobody runs them.
pub fn of_unnamed(model: &Model, sources: &Sources) -> Vec<Diagnostic> {
    let known = |language: Language| {
        let mut utils: Map<String, Value> =
            builtin::names_for(language).map(|name| (name.to_owned(), builtin::rule(language, name))).collect();
        let shared = model.utilities.iter().filter(|other| other.language == language);
        utils.extend(shared.map(|other| (other.id.clone(), other.rule.clone())));
        Value::Object(utils)
    };
    let mut by_language: HashMap<&str, Value> = HashMap::new();
    let of = |utility: &Utility| {
        let utils = by_language.entry(utility.language.name()).or_insert_with(|| known(utility.language));
        let fault = matcher::fault_of_utility(utility, &reached(utility, utils))?;
        Some(of_utility(&fault, utility, None, model, sources))
    };
    model.utilities.iter().filter(|utility| model.rules_with(utility).next().is_none()).filter_map(of).collect()
}

/// The utility rules that a check may name: its own, those of the knowledge base and those of kbc.
fn nameable<'a>(check: &'a Check, model: &'a Model) -> Vec<&'a str> {
    let own =
        check.syntax().and_then(|syntax| syntax.utils.as_ref()?.as_object()).into_iter().flat_map(|utils| utils.keys());
    let shared = model.utilities.iter().filter(|utility| Some(utility.language) == check.language());
    let builtin = check.language().into_iter().flat_map(builtin::names_for);
    let mut names: Vec<&str> =
        own.map(String::as_str).chain(shared.map(|utility| utility.id.as_str())).chain(builtin).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Of the utility rules of the knowledge base that a check has, the one that is broken by itself.
fn broken_utility<'a>(check: &Check, model: &'a Model) -> Option<(&'a Utility, Fault)> {
    let utils = builtin::utils_of(check.syntax()?)?;
    let had = utils.as_object()?.keys().filter_map(|name| model.utility_of(check, name));
    let broken = |utility: &'a Utility| Some((utility, matcher::fault_of_utility(utility, &reached(utility, &utils))?));
    let broken: Vec<_> = had.filter_map(broken).collect();
    let is_broken = |name: &&str| broken.iter().any(|(utility, _)| utility.id == *name);
    // One that names a broken one is no better, and not to blame.
    let blame = |(utility, _): &&(&Utility, Fault)| {
        named_utilities(&utility.rule).iter().filter(|name| is_broken(name)).count()
    };
    broken.iter().min_by_key(blame).cloned()
}

/// Of `utils`, a utility rule and those that it names, or that these name.
fn reached(utility: &Utility, utils: &Value) -> Value {
    let mut all = Map::new();
    let mut wanted = vec![utility.id.as_str()];
    while let Some(name) = wanted.pop() {
        let Some(rule) = utils.get(name).filter(|_| !all.contains_key(name)) else { continue };
        all.insert(name.to_owned(), rule.clone());
        wanted.extend(named_utilities(rule));
    }
    Value::Object(all)
}

/// The word that a message quotes, where it stands in the first of some parts that has it.
fn quoted_place(message: &str, parts: &[Span], sources: &Sources) -> Option<Span> {
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).filter(|word| word.len() > 1).collect();
    parts.iter().find_map(|part| {
        let text = sources.text(*part);
        words.iter().rev().find_map(|word| {
            let start = part.start + whole_word(text, word)?;
            Some(Span { start, end: start + word.len(), ..*part })
        })
    })
}

/// Where a word stands in a text, not as a part of a longer one.
fn whole_word(text: &str, word: &str) -> Option<usize> {
    let is_letter = |c: char| c.is_alphanumeric() || "_-".contains(c);
    text.match_indices(word)
        .map(|(at, _)| at)
        .find(|at| !text[..*at].ends_with(is_letter) && !text[at + word.len()..].starts_with(is_letter))
}
