//! Proving: every check is run on the examples of its own paper. A `bad` one that it does not find is
//! missed, a `good` one that it finds is noise, and a rewrite must make of the bad one what the paper shows.

use std::collections::HashMap;
use std::ops::Range;

use ast_grep_config::SerializableRuleConfig;
use ast_grep_core::matcher::MatcherExt as _;
use ast_grep_language::SupportLang;

use super::conditions::{self, CodeMatch, File};
use super::engine::Engine;
use super::fix::{Edit, fixed};
use super::line_ends::Unix;
use super::matcher::{AstRule, CheckPlace, CompiledRule, Matcher, TextRule};
use super::scan::{self, Match, Tree, matched};
use crate::diag::{Code, Diagnostic, Sink};
use crate::evidence::bench_results;
use crate::evidence::limits::{self, Outcome};
use crate::input::files::check::{Language, Metric};
use crate::input::vocabulary::{Shows, Status};
use crate::model::check::Kind;
use crate::model::{Check, Example, Model, Rule, RuleCheck, Utility};
use crate::text::source::{Sources, Span};

/// Rewrites of one example end after so many rounds.
const MAX_ROUNDS: usize = 8;
/// Bytes that rewrites may add to an example.
const MOST_ADDED: usize = 64 << 10;
/// Characters of a rewritten example that a message shows.
const MOST_SHOWN: usize = 4 << 10;

/// Runs the check of every rule on its examples; `engine` has those that compile. Drafts are not proven: they are being
/// written.
pub fn prove(engine: &Engine, model: &Model, sources: &Sources, diags: &mut Sink) {
    let matchers: HashMap<CheckPlace, &Matcher> = engine
        .matchers
        .iter()
        .map(|matcher| (CheckPlace { rule: matcher.rule, check: matcher.check }, matcher))
        .collect();
    let rules = model.rules.iter().enumerate().filter(|(_, rule)| rule.status != Status::Draft);
    let prove = |(index, rule): (usize, &Rule), found: &mut Sink| {
        spoken(rule, found);
        for (check, of) in rule.checks.iter().enumerate() {
            let matcher = matchers.get(&CheckPlace { rule: index, check }).copied();
            prove_check(matcher, rule, of, model, sources, found);
        }
    };
    diags.par_map(rules.collect(), prove);
}

/// An example in a language that none of several checks reads proves nothing. Where there is one check, it says so itself.
fn spoken(rule: &Rule, diags: &mut Sink) {
    if rule.checks.len() < 2 {
        return;
    }
    for example in rule.examples.iter().filter(|example| !rule.checks.iter().any(|of| proves(rule, of, example))) {
        let languages: Vec<&str> = rule.checks().filter_map(Check::language).map(Language::name).collect();
        let message = format!(
            "the example is {}, the checks of `{}` read {}",
            named(&example.language),
            rule.id,
            languages.join(", ")
        );
        let help =
            format!("begin the block with ```` ```{} ````, or add a check", languages.first().unwrap_or(&"text"));
        diags.push(Diagnostic::new(Code::BrokenExample, example.span, message).help(help));
    }
}

/// Is a check of a rule proven on an example? Of several checks, those by syntax are proven on the examples of their
/// language, those of text and limits on what is left.
fn proves(rule: &Rule, of: &RuleCheck, example: &Example) -> bool {
    let is_one = rule.checks.len() == 1;
    let language = Language::of_fence(&example.language);
    let reads = |check: &Check| check.language().is_some() && check.language() == language;
    let is_of_results = || bench_results::example(&example.text).is_ok();
    let has_limit = || rule.checks().any(|check| check.metric().is_some());
    match &of.check.kind {
        _ if is_one => true,
        Kind::Ast(_) | Kind::Judge(..) => reads(&of.check),
        _ if rule.checks().any(reads) => false,
        Kind::Regex(_) => !(has_limit() && is_of_results()),
        Kind::Metric(_) => is_of_results(),
    }
}

/// The examples that a check is proven on.
fn examples_of<'a>(rule: &'a Rule, of: &'a RuleCheck) -> impl Iterator<Item = &'a Example> {
    rule.examples.iter().filter(|example| proves(rule, of, example))
}

/// What a message calls a check.
fn called(rule: &Rule, of: &RuleCheck) -> String {
    match (rule.checks.len(), of.check.language()) {
        (1, _) => format!("the check of `{}`", rule.id),
        (_, Some(language)) if rule.checks().filter(|check| check.language() == Some(language)).count() == 1 => {
            format!("the {} check of `{}`", language.name(), rule.id)
        }
        _ => format!("check {} of `{}`", of.index + 1, rule.id),
    }
}

fn prove_check(
    matcher: Option<&Matcher>,
    rule: &Rule,
    of: &RuleCheck,
    model: &Model,
    sources: &Sources,
    diags: &mut Sink,
) {
    let check = &of.check;
    for shows in [Shows::Bad, Shows::Good] {
        if !examples_of(rule, of).any(|example| example.shows == shows) {
            let message = format!("{} has no {} example, so nothing proves it", called(rule, of), shows.name());
            let language = check.language().map_or("text", Language::name);
            let help = format!(
                "add a block to the paper that begins with ```` ```{language} {}={} ````",
                shows.name(),
                rule.id
            );
            diags.push(Diagnostic::new(Code::NoExample, of.span, message).also(rule.span, "the rule").help(help));
        }
    }
    if let Some(metric) = check.metric() {
        prove_metric(rule, of, metric, diags);
        return;
    }
    let Some(matcher) = matcher else { return };
    match matcher.looks() {
        None => {}
        Some(CompiledRule::Regex(text_rule)) => prove_text(rule, of, text_rule, diags),
        Some(CompiledRule::Ast(rules)) => {
            let utilities = model.utilities_of(check).collect();
            let examples = examples_of(rule, of).collect();
            let (dialect, ast) = (rules[0].dialect, &rules[0].rule);
            let proof = Proof { rule, of, examples, matcher, utilities, dialect, ast, sources };
            proof.all(diags);
        }
    }
}

/// A rule by syntax being proven.
struct Proof<'a> {
    rule: &'a Rule,
    of: &'a RuleCheck,
    /// Those of the rule that are in its language.
    examples: Vec<&'a Example>,
    matcher: &'a Matcher,
    /// Those of the knowledge base that its check names.
    utilities: Vec<&'a Utility>,
    dialect: SupportLang,
    ast: &'a AstRule,
    sources: &'a Sources,
}

impl Proof<'_> {
    fn all(&self, diags: &mut Sink) {
        if self.matches_everything(diags) {
            return;
        }
        let mut fixed = self.examples.iter().filter(|example| example.shows == Shows::Fixed);
        if let Some(first) = fixed.clone().next().filter(|_| self.ast.fixer.is_empty()) {
            let message = format!("`{}` shows what a fix makes, but its check has no `fix`", self.rule.id);
            diags.push(Diagnostic::new(Code::BadFix, first.span, message).help("add the `fix`, or take the block out"));
        }
        for example in &self.examples {
            let Some(fragment) = self.fragment(example, diags) else { continue };
            match example.shows {
                Shows::Bad => {
                    self.bad(example, &fragment, diags);
                    if !self.ast.fixer.is_empty() {
                        self.fix(example, &fragment, fixed.next().copied(), diags);
                    }
                }
                Shows::Good => self.good(example, &fragment, diags),
                Shows::Fixed => {}
            }
        }
    }

    /// A rule that is true of every node of its own examples says nothing.
    fn matches_everything(&self, diags: &mut Sink) -> bool {
        let mut nodes = 0;
        let mut matches = 0;
        for example in &self.examples {
            let tree = scan::parse(self.dialect, &example.text);
            for node in tree.root().dfs().filter(|node| node.is_named()) {
                nodes += 1;
                matches += usize::from(self.ast.matcher.match_node(node).is_some());
            }
        }
        let everything = nodes > 0 && matches == nodes;
        if everything {
            let message = format!("{} matches everything", called(self.rule, self.of));
            diags.push(
                Diagnostic::new(Code::MatchesEverything, self.of.part("ast"), message)
                    .help("say what it looks for: a `pattern` that is more than a metavariable, or a `kind`"),
            );
        }
        everything
    }

    fn fragment(&self, example: &Example, diags: &mut Sink) -> Option<Fragment> {
        let language = self.of.check.language()?;
        let is_spoken = Language::of_fence(&example.language) == Some(language);
        let fragment = Fragment::parse(self.dialect, language, &example.text);
        let broken = fragment.broken();
        if is_spoken && broken.is_none() {
            return Some(fragment);
        }
        let (place, message, help) = match broken {
            _ if !is_spoken => {
                let message = format!(
                    "the example is {}, the check of `{}` reads {}",
                    named(&example.language),
                    self.rule.id,
                    language.name()
                );
                (example.span, message, format!("begin the block with ```` ```{} ````", language.name()))
            }
            Some(range) => {
                let message = format!(
                    "the {} example of `{}` is not {} that parses",
                    example.shows.name(),
                    self.rule.id,
                    language.name()
                );
                (self.place(example, &range), message, "correct it; a fragment is enough, it need not run".to_owned())
            }
            None => return Some(fragment),
        };
        diags.push(Diagnostic::new(Code::BrokenExample, place, message).help(help));
        None
    }

    fn bad(&self, example: &Example, fragment: &Fragment, diags: &mut Sink) {
        if self.first_match(fragment).is_some() {
            return;
        }
        let message = format!("{} does not find its bad example", called(self.rule, self.of));
        let mut diagnostic = Diagnostic::new(Code::CheckMisses, example.span, message)
            .label("nothing in this block matches")
            .also(self.of.span, "the check");
        for utility in &self.utilities {
            diagnostic = diagnostic.also(utility.span, "named in it");
        }
        if self.matcher.conditions.is_some() && fragment.tree.root().find(&self.ast.matcher).is_some() {
            diagnostic = diagnostic.note("its syntax matches, but `where` does not hold");
        } else if let Some(note) = self.without_constraints(fragment) {
            diagnostic = diagnostic.note(note);
        }
        diags.push(diagnostic.help("widen the check, or show what it is meant to find"));
    }

    /// Would the rule match if it had no constraints?
    fn without_constraints(&self, fragment: &Fragment) -> Option<&'static str> {
        let written: &SerializableRuleConfig<SupportLang> = self.ast;
        written.constraints.as_ref()?;
        let mut free = written.clone();
        free.constraints = None;
        let free = AstRule::try_from(free, &Default::default()).ok()?;
        let found = fragment.tree.root().find(&free.matcher).is_some();
        found.then_some("its pattern matches, but `constraints` do not hold")
    }

    fn good(&self, example: &Example, fragment: &Fragment, diags: &mut Sink) {
        // A question about a good example is no fault: its answer is the expected one.
        if self.matcher.is_question {
            return;
        }
        let Some(found) = self.first_match(fragment) else { return };
        let message = format!("{} finds its good example", called(self.rule, self.of));
        let mut diagnostic = Diagnostic::new(Code::CheckNoisy, self.place(example, &found.range), message)
            .label(found.message)
            .also(self.of.span, "the check");
        for utility in &self.utilities {
            diagnostic = diagnostic.also(utility.span, "named in it");
        }
        diags.push(diagnostic.help("narrow the check, or correct the example"));
    }

    fn fix(&self, example: &Example, fragment: &Fragment, wanted: Option<&Example>, diags: &mut Sink) {
        let language = self.of.check.language().expect("a check by syntax has a language");
        let mut text = example.text.clone();
        let mut found = self.rewrites(fragment);
        if found.is_empty() {
            return;
        }
        let mut fault = None;
        for round in 0.. {
            text = fixed(&text, found.iter().filter_map(|found| found.fix.as_ref())).text;
            if text.len() > example.text.len() + MOST_ADDED {
                fault = Some("makes its bad example longer each time");
                break;
            }
            let now = Fragment::parse(self.dialect, language, &text);
            if now.broken().is_some() {
                fault = Some("turns its bad example into code that does not parse");
                break;
            }
            found = self.rewrites(&now);
            if found.is_empty() {
                break;
            }
            if round == MAX_ROUNDS {
                fault = Some("turns its bad example into code that the check finds again");
                break;
            }
        }
        let made = |text: &str| format!("it makes\n{}", shown(text));
        if let Some(fault) = fault {
            let message = format!("the fix of `{}` {fault}", self.rule.id);
            diags.push(
                Diagnostic::new(Code::BadFix, self.of.part("fix"), message)
                    .also(example.span, "this example")
                    .note(made(&text))
                    .help("correct the fix; what is not always right is better said in the message"),
            );
            return;
        }
        if let Some(wanted) = wanted.filter(|wanted| wanted.text.trim_end() != text.trim_end()) {
            let message = format!("the fix of `{}` does not make the code that the paper shows", self.rule.id);
            diags.push(
                Diagnostic::new(Code::BadFix, wanted.span, message)
                    .also(self.of.part("fix"), "the fix")
                    .note(made(&text))
                    .help("correct the fix, or show what it makes"),
            );
        }
    }

    /// The first thing that the check finds, in places of the example's text.
    fn first_match(&self, fragment: &Fragment) -> Option<Match> {
        self.found(fragment).next().map(|found| fragment.unframed(matched(0, self.ast, &found)))
    }

    /// The nodes that the check finds, from the outermost inwards.
    fn found<'t>(&'t self, fragment: &'t Fragment) -> impl Iterator<Item = CodeMatch<'t>> {
        let root = fragment.tree.root();
        let file = File::new(root.clone());
        let holds = move |found: &CodeMatch<'t>| {
            self.matcher.conditions.as_ref().is_none_or(|conditions| conditions::hold(conditions, found, &file))
        };
        root.dfs().filter_map(|node| self.ast.matcher.match_node(node)).filter(holds).collect::<Vec<_>>().into_iter()
    }

    /// What the check finds and a rewrite would change in one round: nothing inside of what is rewritten.
    fn rewrites(&self, fragment: &Fragment) -> Vec<Match> {
        let mut done = 0;
        let mut is_outermost = |found: &CodeMatch| {
            let range = found.range();
            let is_after = range.start >= done || range.is_empty();
            done = done.max(range.end);
            is_after
        };
        let found = self.found(fragment).filter(|found| is_outermost(found));
        found.map(|found| fragment.unframed(matched(0, self.ast, &found))).collect()
    }

    /// A range of an example's text, in the paper.
    fn place(&self, example: &Example, range: &Range<usize>) -> Span {
        let is_plain = self.sources.text(example.body) == example.text;
        if !is_plain || range.is_empty() {
            return example.span;
        }
        let end = range.end.min(example.text.len());
        Span { start: example.body.start + range.start.min(end), end: example.body.start + end, ..example.body }
    }
}

/// A text as far as somebody reads it.
fn shown(text: &str) -> &str {
    let text = text.trim_end();
    text.char_indices().nth(MOST_SHOWN).map_or(text, |(at, _)| &text[..at])
}

fn named(language: &str) -> String {
    if language.is_empty() { "of no language".to_owned() } else { language.to_owned() }
}

/// An example parsed, with what had to stand around it so that it is a file of its language.
struct Fragment {
    tree: Tree,
    before: usize,
    length: usize,
}

impl Fragment {
    fn parse(dialect: SupportLang, language: Language, text: &str) -> Self {
        let around = [("", "")].iter().chain(frames(language));
        let mut first = None;
        for (before, after) in around {
            let tree = scan::parse(dialect, &format!("{before}{text}{after}"));
            let fragment = Self { tree, before: before.len(), length: text.len() };
            if scan::broken(&fragment.tree).is_none() {
                return fragment;
            }
            first.get_or_insert(fragment);
        }
        first.expect("there is at least the text itself")
    }

    /// What does not parse, in the example's text.
    fn broken(&self) -> Option<Range<usize>> {
        scan::broken(&self.tree).map(|range| self.range(&range))
    }

    /// A match in places of the example's text.
    fn unframed(&self, found: Match) -> Match {
        let fix = found.fix.map(|edit| Edit { range: self.range(&edit.range), ..edit });
        Match { range: self.range(&found.range), fix, ..found }
    }

    fn range(&self, range: &Range<usize>) -> Range<usize> {
        let at = |offset: usize| offset.saturating_sub(self.before).min(self.length);
        at(range.start)..at(range.end)
    }
}

/// What makes a file of a piece of code: languages whose files hold declarations only need a function around statements.
fn frames(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Python | Language::JavaScript | Language::TypeScript => &[],
        Language::Rust => &[("fn f() {\n", "\n}\n")],
        Language::Go => &[("package p\n", ""), ("package p\nfunc f() {\n", "\n}\n")],
        Language::Java => &[("class C {\n", "\n}\n"), ("class C { void f() {\n", "\n} }\n")],
    }
}

fn prove_text(rule: &Rule, of: &RuleCheck, text_rule: &TextRule, diags: &mut Sink) {
    let regex = &text_rule.regex;
    if regex.is_match("") {
        let message = format!("{} matches everything", called(rule, of));
        let help = "make the expression match at least one character";
        diags.push(Diagnostic::new(Code::MatchesEverything, of.part("regex"), message).help(help));
        return;
    }
    for example in examples_of(rule, of) {
        let unix = Unix::of(&example.text);
        let text = if text_rule.is_about_returns { &example.text } else { &*unix.text };
        match (example.shows, regex.find(text)) {
            (Shows::Bad, None) => {
                let message = format!("{} does not find its bad example", called(rule, of));
                diags.push(
                    Diagnostic::new(Code::CheckMisses, example.span, message)
                        .label("nothing in this block matches")
                        .also(of.part("regex"), "the expression")
                        .help("widen the expression, or show what it is meant to find"),
                );
            }
            (Shows::Good, Some(found)) => {
                let message = format!("{} finds its good example", called(rule, of));
                diags.push(
                    Diagnostic::new(Code::CheckNoisy, example.span, message)
                        .label(format!("`{}` matches", found.as_str()))
                        .also(of.part("regex"), "the expression")
                        .help("narrow the expression, or correct the example"),
                );
            }
            _ => {}
        }
    }
}

/// Examples of a limit are results: lines of `name: value unit`.
fn prove_metric(rule: &Rule, of: &RuleCheck, metric: &Metric, diags: &mut Sink) {
    for example in examples_of(rule, of) {
        let run = match bench_results::example(&example.text) {
            Ok(run) => run,
            Err(fault) => {
                let message =
                    format!("the {} example of `{}` is no list of results: {fault}", example.shows.name(), rule.id);
                let help = "write one result a line: `package_import: 320 ms`";
                diags.push(Diagnostic::new(Code::BrokenExample, example.span, message).help(help));
                continue;
            }
        };
        let judged = limits::judge(metric, &run);
        let is_met = judged.iter().all(|judged| matches!(judged.outcome, Outcome::Met { .. }));
        let code = match example.shows {
            Shows::Bad if is_met => Code::CheckMisses,
            Shows::Good if !is_met => Code::CheckNoisy,
            _ => continue,
        };
        let said: Vec<&str> = judged.iter().map(|judged| judged.text.as_str()).collect();
        let (verb, help) = if is_met {
            ("keeps", "tighten the limit, or show a result that breaks it")
        } else {
            ("breaks", "correct the limit or the example")
        };
        let message = format!("the {} example of `{}` {verb} its limit", example.shows.name(), rule.id);
        diags.push(
            Diagnostic::new(code, example.span, message)
                .label(said.join("; "))
                .also(of.part("metric"), "the limit")
                .help(help),
        );
    }
}
