//! Checks compiled: each to a matcher of the syntax engine or a regular expression, all of them to one pass
//! over a text.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};

use ast_grep_config::{GlobalRules, RuleConfig, RuleConfigError, RuleCoreError, SerializableRuleConfig};
use ast_grep_core::Language as _;
use ast_grep_language::SupportLang;
use rayon::prelude::*;
use regex::Regex;
use serde_json::{Value, json};

use super::literals::{self, Index, Need};
use super::{builtin, conditions};
use crate::check::{Check, How, Language, Where};
use crate::diag::{Code, Diagnostic};
use crate::glob::Globs;
use crate::model::{Model, Rule};
use crate::source::{Sources, Span};

/// A rule that the syntax engine runs.
pub type AstRule = RuleConfig<SupportLang>;

/// How a rule looks.
pub enum Looks {
    /// One rule a dialect of the language: TypeScript has two.
    Ast(Vec<(SupportLang, AstRule)>),
    Regex(Regex),
}

/// One rule, ready to run.
pub struct Matcher {
    /// Index into the rules of the model.
    pub rule: usize,
    pub id: String,
    pub looks: Looks,
    pub conditions: Option<Where>,
    /// What it finds is a place to ask about.
    pub is_question: bool,
    pub message: String,
    files: Option<Globs>,
    ignores: Option<Globs>,
    need: Need,
}

impl Matcher {
    /// Compiles the check of a rule; `None` if it is a limit on measurements, or has a fault, which is pushed.
    pub fn compile(index: usize, rule: &Rule, sources: &Sources, diags: &mut Vec<Diagnostic>) -> Option<Self> {
        let check = rule.check.as_ref()?;
        let compiled = compile(check, &rule.id.0);
        let (looks, need) = compiled.map_err(|fault| diags.push(fault.diagnostic(rule, check, sources))).ok()??;
        let globs = |key: &'static str, globs: &Option<Vec<String>>| match globs {
            None => Ok(None),
            Some(globs) => Globs::new(globs).map(Some).map_err(|fault| {
                Fault::new(Code::InvalidCheck, key, format!("cannot be held to its files: {fault}"))
                    .help("write globs as `*.toml` or `src/**/*.py`")
            }),
        };
        let globs = globs("files", &check.files).and_then(|files| Ok((files, globs("ignores", &check.ignores)?)));
        let (files, ignores) = globs.map_err(|fault| diags.push(fault.diagnostic(rule, check, sources))).ok()?;
        Some(Self {
            rule: index,
            id: rule.id.0.clone(),
            looks,
            conditions: check.r#where.clone(),
            is_question: check.judge.is_some(),
            message: check.message.clone(),
            files,
            ignores,
            need,
        })
    }

    /// Is it about a file of this path?
    pub fn is_about(&self, path: &str) -> bool {
        self.files.as_ref().is_none_or(|globs| globs.is_match(path))
            && !self.ignores.as_ref().is_some_and(|globs| globs.is_match(path))
    }

    /// The rule for a dialect.
    pub fn ast(&self, dialect: SupportLang) -> Option<&AstRule> {
        match &self.looks {
            Looks::Ast(rules) => rules.iter().find(|(of, _)| *of == dialect).map(|(_, rule)| rule),
            Looks::Regex(_) => None,
        }
    }
}

/// What keeps a check from running.
struct Fault {
    code: Code,
    /// The part of the check that is at fault.
    key: &'static str,
    /// What is wrong with it, after "the check of `ID`".
    text: String,
    help: Option<String>,
}

impl Fault {
    fn new(code: Code, key: &'static str, text: impl Into<String>) -> Self {
        Self { code, key, text: text.into(), help: None }
    }

    fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    fn diagnostic(self, rule: &Rule, check: &Check, sources: &Sources) -> Diagnostic {
        let place = quoted_place(&self.text, rule.check_part(self.key), rule, sources);
        let diagnostic = Diagnostic::new(self.code, place, format!("the check of `{}` {}", rule.id, self.text));
        if let Some(name) = self.text.split_once("rule `").and_then(|(_, rest)| rest.split_once("` is not defined")) {
            return diagnostic.help_nearest(name.0, builtin::known(check).into_iter());
        }
        match (self.help, check.how()) {
            (Some(help), _) => diagnostic.help(help),
            (None, Ok(How::Ast(_) | How::Judge(..))) => {
                diagnostic.help("https://ast-grep.github.io/playground.html shows the syntax tree of a piece of code")
            }
            (None, _) => diagnostic.help("correct it"),
        }
    }
}

/// The word that a message quotes, where it stands in the check; else the whole part.
fn quoted_place(text: &str, part: Span, rule: &Rule, sources: &Sources) -> Span {
    let source = &sources.get(part.source).text;
    // What the engine says may be about any part, and a part ends before the next rule begins.
    let after = &source[rule.check_span.start.min(source.len())..];
    let check = &after[..after.find("\n  - id:").unwrap_or(after.len())];
    let words = text.split('`').skip(1).step_by(2).filter(|word| *word != rule.id.0 && word.len() > 1);
    let found = words.filter_map(|word| {
        let at = check.find(word)?;
        Some(Span { start: rule.check_span.start + at, end: rule.check_span.start + at + word.len(), ..part })
    });
    found.last().unwrap_or(part)
}

fn compile(check: &Check, id: &str) -> Result<Option<(Looks, Need)>, Fault> {
    let how = check.how().expect("linking keeps only checks that say how they look");
    match how {
        How::Metric(_) => Ok(None),
        How::Regex(pattern) => {
            let regex = Regex::new(&format!("(?m){pattern}")).map_err(|error| {
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                Fault::new(Code::InvalidCheck, "regex", format!("is no regular expression: {reason}"))
                    .help("https://docs.rs/regex/latest/regex/#syntax has the syntax")
            })?;
            Ok(Some((Looks::Regex(regex), Need::Nothing)))
        }
        How::Ast(_) | How::Judge(..) => {
            let language = check.language.expect("linking keeps only checks by syntax that name a language");
            let dialects = dialects(language).ok_or_else(|| {
                let text = format!("is about {0}, and this kbc was built without {0}", language.name());
                let help = format!("build kbc with `cargo install kbc --features {}`", language.name());
                Fault::new(Code::MissingLanguage, "language", text).help(help)
            })?;
            let utils = builtin::utils_of(check);
            let json = engine_rule(check, id, utils.as_ref());
            let rules = dialects.iter().map(|dialect| Ok((*dialect, ast_rule(&json, *dialect)?)));
            let rules = rules.collect::<Result<Vec<_>, Fault>>()?;
            bindings(check, &rules[0].1)?;
            Ok(Some((Looks::Ast(rules), literals::of_check(check, utils.as_ref()))))
        }
    }
}

/// The check in the form of the engine.
fn engine_rule(check: &Check, id: &str, utils: Option<&Value>) -> Value {
    let mut rule = json!({ "id": id, "message": check.message, "rule": check.ast });
    let parts = [
        ("constraints", check.constraints.as_ref()),
        ("utils", utils),
        ("transform", check.transform.as_ref()),
        ("fix", check.fix.as_ref()),
    ];
    for (key, part) in parts {
        if let Some(part) = part {
            rule[key] = part.clone();
        }
    }
    rule
}

fn ast_rule(json: &Value, dialect: SupportLang) -> Result<AstRule, Fault> {
    let mut json = json.clone();
    json["language"] = json!(dialect.to_string());
    let rule: SerializableRuleConfig<SupportLang> = serde_json::from_value(json)
        .map_err(|error| Fault::new(Code::InvalidCheck, "ast", format!("is no ast-grep rule: {error}")))?;
    RuleConfig::try_from(rule, &GlobalRules::default()).map_err(|error| engine_fault(&error))
}

fn engine_fault(error: &RuleConfigError) -> Fault {
    let invalid =
        |key, error: &dyn Error| Fault::new(Code::InvalidCheck, key, format!("cannot run: {}", reason(error)));
    match error {
        RuleConfigError::MissingPotentialKinds => Fault::new(
            Code::MatchesEverything,
            "ast",
            "says of no node what it is, so it would match everything",
        )
        .help("add a `pattern` that is more than a metavariable, or a `kind`; `has`, `inside`, `not` and `regex` only narrow"),
        RuleConfigError::Core(RuleCoreError::UndefinedMetaVar(variable, key)) => unbound(variable, key),
        RuleConfigError::Core(RuleCoreError::Utils(error)) => invalid("utils", error),
        RuleConfigError::Core(RuleCoreError::Constraints(error)) => invalid("constraints", error),
        RuleConfigError::Core(RuleCoreError::Transform(error)) => invalid("transform", error),
        RuleConfigError::Fixer(error) => invalid("fix", error),
        RuleConfigError::Core(RuleCoreError::Rule(error)) => invalid("ast", error),
        other => invalid("ast", other),
    }
}

/// The innermost cause, in our style: lower case, no full stop.
fn reason(error: &dyn Error) -> String {
    let mut innermost = error;
    let mut text = error.to_string();
    while let Some(source) = innermost.source() {
        innermost = source;
        text = source.to_string();
    }
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

fn unbound(variable: &str, key: &str) -> Fault {
    let key = ["constraints", "transform", "fix", "message", "where"]
        .into_iter()
        .find(|known| *known == key)
        .unwrap_or("ast");
    Fault::new(Code::UnboundMetavariable, key, format!("uses `{variable}` in `{key}`, which its pattern does not bind"))
        .help(format!("bind it in `ast` as `${variable}`, or take it out of `{key}`"))
}

/// Metavariables of the message and of `where` that the rule does not bind. The engine would print an empty text.
fn bindings(check: &Check, rule: &AstRule) -> Result<(), Fault> {
    let bound = rule.matcher.defined_vars();
    let first_unbound = |names: Vec<&str>| names.into_iter().find(|name| !bound.contains(name)).map(str::to_owned);
    if let Some(name) = first_unbound(metavariables(&check.message)) {
        return Err(unbound(&name, "message"));
    }
    let named = check.r#where.as_ref().map(conditions::variables).unwrap_or_default();
    if let Some(name) = first_unbound(named) {
        return Err(unbound(&name, "where"));
    }
    Ok(())
}

/// The metavariables of a template: `$NAME` and `$$$NAME`.
fn metavariables(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in template.match_indices('$') {
        let name = &template[at + 1..];
        let length =
            name.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')).unwrap_or(name.len());
        if name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && length > 0 {
            names.push(&name[..length]);
        }
    }
    names
}

/// The dialects of a language; `None` if its grammar is not compiled in.
pub fn dialects(language: Language) -> Option<&'static [SupportLang]> {
    match language {
        Language::Python => Some(&[SupportLang::Python]),
        Language::Rust => cfg!(feature = "rust").then_some(&[SupportLang::Rust]),
        Language::JavaScript => cfg!(feature = "javascript").then_some(&[SupportLang::JavaScript]),
        Language::TypeScript => cfg!(feature = "typescript").then_some(&[SupportLang::TypeScript, SupportLang::Tsx]),
        Language::Go => cfg!(feature = "go").then_some(&[SupportLang::Go]),
        Language::Java => cfg!(feature = "java").then_some(&[SupportLang::Java]),
    }
}

/// Time spent on each rule.
pub struct Timing(Vec<AtomicU64>);

impl Timing {
    pub fn add(&self, matcher: usize, nanoseconds: u64) {
        self.0[matcher].fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Nanoseconds by matcher.
    pub fn nanoseconds(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|time| time.load(Ordering::Relaxed))
    }
}

/// Which rules look at which kinds of nodes of a dialect.
pub struct Plan {
    pub dialect: SupportLang,
    /// By kind of node, the matchers to try.
    pub by_kind: Vec<Vec<usize>>,
}

/// All matchers, to run together.
pub struct Engine {
    pub matchers: Vec<Matcher>,
    pub plans: Vec<Plan>,
    pub index: Index,
    /// Every rule of the knowledge base, also those that do not run: suppressions may name them.
    pub known: HashSet<String>,
    /// The lowest version of Python that the reviewed code supports; unknown, every rule applies.
    pub python: Option<Vec<u32>>,
}

impl Engine {
    /// Compiles the checks of rules, given by index. Rules whose checks have a fault are left out and complained about.
    pub fn new(model: &Model, rules: &[usize], sources: &Sources, diags: &mut Vec<Diagnostic>) -> Self {
        let compile = |index: &usize| {
            let mut found = Vec::new();
            (Matcher::compile(*index, &model.rules[*index], sources, &mut found), found)
        };
        let mut matchers = Vec::new();
        for (matcher, found) in rules.par_iter().map(compile).collect::<Vec<_>>() {
            matchers.extend(matcher);
            diags.extend(found);
        }
        let mut plans: BTreeMap<&str, Plan> = BTreeMap::new();
        for (at, matcher) in matchers.iter().enumerate() {
            let Looks::Ast(rules) = &matcher.looks else { continue };
            for (dialect, rule) in rules {
                let name = dialect_name(*dialect);
                let plan = plans.entry(name).or_insert_with(|| Plan { dialect: *dialect, by_kind: Vec::new() });
                plan.add(at, rule);
            }
        }
        let index = Index::new(matchers.iter().map(|matcher| matcher.need.clone()).collect());
        let known = model.rules.iter().map(|rule| rule.id.0.clone()).collect();
        Self { matchers, plans: plans.into_values().collect(), index, known, python: None }
    }

    pub fn timing(&self) -> Timing {
        Timing(self.matchers.iter().map(|_| AtomicU64::new(0)).collect())
    }

    /// The plan for a file, by the ending of its name.
    pub fn plan(&self, path: &str) -> Option<&Plan> {
        let dialect = SupportLang::from_path(path)?;
        self.plans.iter().find(|plan| plan.dialect == dialect)
    }

    /// Does any rule look at a file of this name?
    pub fn looks_at(&self, path: &str) -> bool {
        let by_text = |matcher: &Matcher| matches!(matcher.looks, Looks::Regex(_)) && matcher.is_about(path);
        self.plan(path).is_some() || self.matchers.iter().any(by_text)
    }
}

impl Plan {
    fn add(&mut self, matcher: usize, rule: &AstRule) {
        use ast_grep_core::Matcher as _;
        let kinds = rule.matcher.potential_kinds().expect("the engine refuses rules without kinds");
        for kind in &kinds {
            if self.by_kind.len() <= kind {
                self.by_kind.resize_with(kind + 1, Vec::new);
            }
            self.by_kind[kind].push(matcher);
        }
    }
}

fn dialect_name(dialect: SupportLang) -> &'static str {
    match dialect {
        SupportLang::Python => "python",
        SupportLang::Rust => "rust",
        SupportLang::JavaScript => "javascript",
        SupportLang::TypeScript => "typescript",
        SupportLang::Tsx => "tsx",
        SupportLang::Go => "go",
        SupportLang::Java => "java",
        other => unreachable!("no check can be about {other}"),
    }
}
