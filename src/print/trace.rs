//! Rules, figures and measured values traced from where they come from to where they go, as text.

use crate::compile::budget_report::Recount;
use crate::compile::link::environments::{self, Verdict};
use crate::compile::render::template::{Subject, text_of};
use crate::compile::{Compilation, Digest};
use crate::diag::Code;
use crate::input::files::check::Language;
use crate::input::files::exception::Exception;
use crate::input::vocabulary::Shows;
use crate::model::{Case, Check, Confidence, EnvironmentValue, Figure, Results, Rule, RuleCheck, Utility};
use crate::review;
use crate::text::source::Span;

/// `path:line` of a span.
pub fn place(compiled: &Compilation, span: Span) -> String {
    let source = compiled.sources.get(span.source);
    format!("{}:{}", source.path, source.position(span.start).0)
}

/// A rule from its paper, section and figures to its line in every output, and its check.
pub fn rule(compiled: &Compilation, rule: &Rule) -> String {
    let paper = &compiled.model.papers[rule.paper];
    let mut text = format!("{}: {}\n", rule.id, rule.full.text);
    if let Some(short) = &rule.short {
        text += &format!("  short     {}\n", short.text);
    }
    text += &format!("  priority  {}, weight {}, {}\n", rule.priority.name(), rule.weight, rule.status.name());
    text += &format!("  paper     {} ({})\n", place(compiled, rule.span), paper.title);
    text += &format!("  section   {} ({})\n", place(compiled, rule.section.span), rule.section.title);
    for id in &rule.evidence {
        text += &match compiled.model.figures.get(id) {
            Some(found) => {
                format!("  figure    {}", figure(compiled, id, found).replace("\n  ", "\n            "))
            }
            None => format!("  figure    {id}, which no data file defines\n"),
        };
    }
    for (what, refs) in [("governs", &rule.refs.files), ("command", &rule.refs.commands)] {
        for reference in refs {
            text += &format!("  {what:<9} {} ({})\n", reference.text, place(compiled, reference.span));
        }
    }
    let recount = Recount::of(compiled);
    for digest in &compiled.digests {
        text += &line(&recount, digest, rule);
    }
    text += &check(compiled, rule);
    text += &levels(compiled, &rule.id.0);
    let is_of_role = |entry: &&Exception| entry.of_kbc() == Some(Code::RuleWithoutRole);
    let mut excused = compiled.config.allow.iter().filter(is_of_role);
    if let Some(entry) = excused.find(|entry| entry.things().is_empty() || entry.things().contains(&rule.id.0)) {
        text += &format!("  no role   carries it: {}\n", entry.reason);
    }
    text
}

/// What kbc.toml says of the severity of a rule, and where.
fn levels(compiled: &Compilation, id: &str) -> String {
    let (config, mut text) = (&compiled.config, String::new());
    let at = |pointer: String| place(compiled, config.places.key_at(&pointer));
    if let Some(level) = config.review.rules.get(id) {
        text += &format!("  severity  {} ({})\n", level.name(), at(format!("/review/rules/{id}")));
    }
    for (index, written) in config.review.overrides.iter().enumerate() {
        if let Some(level) = written.rules.get(id) {
            let at = at(format!("/review/overrides/{index}/rules/{id}"));
            text +=
                &format!("  severity  {} in {} ({at}): {}\n", level.name(), written.files.join(", "), written.reason);
        }
    }
    text
}

/// A figure with its formula and the measured values in it.
pub fn figure(compiled: &Compilation, id: &str, figure: &Figure) -> String {
    let mut text = format!("{id} = {} ({})\n", figure.text, place(compiled, figure.span));
    text += &format!("  {}\n  {} = {}\n", figure.about, figure.formula, figure.value);
    let mut environments: Vec<&str> = Vec::new();
    for (id, case_id) in &figure.inputs {
        let Some((results, case)) = figure.input(&compiled.model.benchmarks, id, case_id) else { continue };
        text += &format!("  {id}.{case_id} = {}\n", measured(compiled, results, case));
        let environment = compiled.model.environments.get(&results.environment);
        environments.extend(environment.map(|environment| environment.about.as_str()));
    }
    environments.dedup();
    text += &environments.iter().map(|environment| format!("  on {environment}\n")).collect::<String>();
    text += match figure.confidence {
        Confidence::Low => "  low confidence: no spread is recorded\n",
        Confidence::Known => "",
    };
    text + &figure.elsewhere.iter().map(|(id, found)| elsewhere(compiled, figure, id, found)).collect::<String>()
}

/// What a figure is in another environment, and whether that is what it is said to be.
fn elsewhere(compiled: &Compilation, figure: &Figure, id: &str, elsewhere: &EnvironmentValue) -> String {
    let about = compiled.model.environments.get(id).map_or(id, |environment| &environment.about);
    let verdict = match environments::verdict(figure, elsewhere) {
        _ if !figure.is_claimed_for(id) => ", which it is not claimed for".to_owned(),
        Verdict::Agrees => String::new(),
        Verdict::Differs(None) => String::new(),
        Verdict::Differs(Some(by)) => format!(", a difference of {by:.0}%"),
        Verdict::Reversed => ", where it is reversed".to_owned(),
    };
    format!("  {} on {about} ({id}){verdict}\n", elsewhere.text)
}

/// A value with its unit, its place and its day.
fn measured(compiled: &Compilation, results: &Results, case: &Case) -> String {
    let date = case.date.as_ref().map(|date| format!(", {date}")).unwrap_or_default();
    format!("{} {} ({}{date})", case.value, results.unit, place(compiled, case.span))
}

/// A measured case, written `benchmark.case`, and the figures that are computed from it.
pub fn case(compiled: &Compilation, what: &str) -> Option<String> {
    let (benchmark_id, case_id) = what.split_once('.')?;
    let benchmark = compiled.model.benchmarks.get(benchmark_id)?;
    let (first, case) = benchmark.case(case_id)?;
    let mut text = format!("{what} = {}\n", measured(compiled, first, case));
    text += &format!("  {}\n", benchmark.about);
    let environment = compiled.model.environments.get(&first.environment);
    text += &environment.map(|environment| format!("  on {}\n", environment.about)).unwrap_or_default();
    let others = benchmark.results.iter().filter(|results| results.environment != first.environment);
    for results in others {
        let Some(case) = results.cases.get(case_id) else { continue };
        text += &format!("  elsewhere {} in {}\n", measured(compiled, results, case), results.environment);
    }
    for (id, figure) in &compiled.model.figures {
        if figure.inputs.iter().any(|(id, case)| id == benchmark_id && case == case_id) {
            text += &format!("  figure    {id} = {} ({})\n", figure.text, place(compiled, figure.span));
        }
    }
    Some(text)
}

/// A paper with its rules.
pub fn paper(compiled: &Compilation, id: &str) -> Option<String> {
    let index = compiled.model.papers.iter().position(|paper| paper.id == id)?;
    let paper = &compiled.model.papers[index];
    let rules = compiled.model.rules_of(index).iter();
    let rules: String =
        rules.map(|rule| format!("  {} ({}): {}\n", rule.id, rule.priority.name(), rule.full.text)).collect();
    Some(format!("{id}: {} ({}, {})\n{rules}", paper.title, paper.path, paper.priority.name()))
}

/// A utility rule, and the rules whose checks name it.
pub fn utility(compiled: &Compilation, utility: &Utility) -> String {
    let rules = named_by(compiled, compiled.model.rules_with(utility), &|check| {
        compiled.model.utility_of(check, &utility.id).is_some_and(|had| had.span == utility.span)
    });
    format!("{}: utility rule for {} ({})\n{rules}", utility.id, utility.language.name(), place(compiled, utility.span))
}

/// The checks of some rules that name a utility rule.
fn named_by<'a>(
    compiled: &Compilation,
    rules: impl Iterator<Item = &'a Rule>,
    names_it: &dyn Fn(&Check) -> bool,
) -> String {
    let checks = rules.flat_map(|rule| rule.checks.iter().map(move |check| (rule, check)));
    let naming = checks.filter(|(_, check)| names_it(&check.check));
    naming.map(|(rule, check)| format!("  named     {} ({})\n", rule.id, place(compiled, check.span))).collect()
}

/// A utility rule that kbc has, and the rules whose checks name it.
pub fn builtin_utility(compiled: &Compilation, name: &str) -> Option<String> {
    let language =
        Language::ALL.into_iter().find(|language| review::names_for(*language).any(|known| known == name))?;
    let names_it = |check: &Check| check.language() == Some(language) && check.named_utilities().contains(&name);
    let rules = named_by(compiled, compiled.model.rules.iter(), &names_it);
    Some(format!("{name}: utility rule for {}, which kbc has\n{rules}", language.name()))
}

/// What a line of a data file says: the figure or measured case that stands on it or begins above it.
pub fn data_line(compiled: &Compilation, file: &str, line: usize) -> Option<String> {
    let at = |span: Span| {
        let source = compiled.sources.get(span.source);
        (source.path == file).then(|| source.position(span.start).0)
    };
    let all = compiled.model.benchmarks.iter().flat_map(|(id, benchmark)| {
        benchmark.results.iter().flat_map(|results| &results.cases).map(move |case| (id, case))
    });
    let cases = all.map(|(id, (case, value))| (value.span, format!("{id}.{case}")));
    let figures = compiled.model.figures.iter().map(|(id, figure)| (figure.span, id.clone()));
    let named = cases.chain(figures).filter_map(|(span, name)| Some((at(span)?, name)));
    let (_, name) = named.filter(|(start, _)| *start <= line).max()?;
    let found = compiled.model.figures.get(&name);
    found.map(|found| figure(compiled, &name, found)).or_else(|| case(compiled, &name))
}

/// Where a rule stands in a document, or why it does not.
fn line<'a>(recount: &Recount<'a>, digest: &'a Digest, rule: &Rule) -> String {
    let compiled = recount.compiled();
    let pick = digest.picks.iter().find(|(index, _)| compiled.model.rules[digest.rules[*index]].id == rule.id);
    let path = &digest.front.output;
    match (pick, compiled.artifact(digest)) {
        (Some((_, form)), Some(artifact)) => {
            let wording = text_of(rule, *form);
            // A template may take a rule and print something else of it, or nothing.
            let made = artifact.made_lines();
            let mut lines = artifact.text.lines().enumerate().skip(made.start).take(made.len());
            let Some((line, _)) = lines.find(|(_, line)| line.contains(wording)) else { return String::new() };
            format!("  output    {path}:{}: {wording}\n", line + 1)
        }
        (Some(_), None) => format!("  output    {path}, which is not made while inputs have errors\n"),
        // Of an output that is about a part only, the others are no loss.
        (None, _) if digest.subject != Subject::Whole && !is_selected(compiled, digest, rule) => String::new(),
        (None, _) => {
            let index = compiled.model.rules.iter().position(|other| other.id == rule.id);
            let why = recount.why_missing(digest, index.expect("the rule is one of the model"));
            format!("  output    not in {path}: {}\n", why.text())
        }
    }
}

fn is_selected(compiled: &Compilation, digest: &Digest, rule: &Rule) -> bool {
    digest.rules.iter().any(|index| compiled.model.rules[*index].id == rule.id)
}

/// Where the check of a rule stands, and its examples.
fn check(compiled: &Compilation, rule: &Rule) -> String {
    let shown = |shows| {
        let places: Vec<_> = rule.examples(shows).map(|example| place(compiled, example.span)).collect();
        if places.is_empty() { "no example".to_owned() } else { places.join(", ") }
    };
    let examples = format!("  wrong     {}\n  right     {}\n", shown(Shows::Bad), shown(Shows::Good));
    if rule.checks.is_empty() {
        let why = rule.unchecked.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        return format!("  check     none{why}\n{examples}");
    }
    let path = compiled.config.rules();
    let artifact = compiled.artifacts.iter().find(|artifact| artifact.path == *path);
    let origins = artifact.into_iter().flat_map(|artifact| artifact.origins(&compiled.model));
    let origins: Vec<_> = origins.collect();
    let line_of = |check: &RuleCheck| {
        let is_in_it = |span: Span| {
            span.source == check.body.source && check.body.start <= span.start && span.end <= check.body.end
        };
        let found = origins.iter().find(|origin| is_in_it(origin.span));
        found.map_or_else(|| path.to_owned(), |origin| format!("{path}:{}", origin.lines.start + 1))
    };
    let line = |check: &RuleCheck| format!("  check     {} ({})\n", line_of(check), check.check.message);
    rule.checks.iter().map(line).collect::<String>() + &examples
}
