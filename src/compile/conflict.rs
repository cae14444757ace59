//! Rules that cannot both be kept: each finds the good example of the other, or their limits leave no value between them;
//! and rules that say nearly the same.

mod opposite;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::check::{Language, Metric};
use crate::input::vocabulary::{Shows, Status};
use crate::model::check::Kind;
use crate::model::{Check, Example, Model, Rule, RuleCheck};
use crate::review::{CodeText, Engine};

pub use opposite::{Opposition, opposite};

/// Words that two wordings must have in common, of all that they have, to be nearly the same.
const ALIKE: f64 = 0.8;
/// With fewer words than these, likeness says nothing.
const FEW_WORDS: usize = 4;
/// Rules about one quantity, or of the same rare word, that a rule is compared with. Where more are alike, that it is like
/// these says enough.
const COMPARED: usize = 64;

/// Complains about pairs of rules in force; `engine` has their checks.
pub fn find(engine: &Engine, model: &Model, diags: &mut Sink) {
    let active: Vec<&Rule> = model.rules.iter().filter(|rule| rule.status == Status::Active).collect();
    mutual(engine, model, diags);
    limits(&active, diags);
    alike(&active, diags);
}

/// Rules of which each finds a good example of the other.
fn mutual(engine: &Engine, model: &Model, diags: &mut Sink) {
    let finds = |rule: &Rule| rule.checks().any(|check| matches!(check.kind, Kind::Ast(_)));
    let in_force = |index: &usize| model.rules[*index].status == Status::Active && finds(&model.rules[*index]);
    let indices: Vec<usize> = (0..model.rules.len()).filter(in_force).collect();
    // By the rule that shows and the rule that finds, by index.
    let found: BTreeMap<(usize, usize), &Example> = indices
        .par_iter()
        .flat_map_iter(|index| {
            let rule = &model.rules[*index];
            rule.examples(Shows::Good)
                .flat_map(|example| {
                    found_in(engine, rule, example)
                        .filter(|other| in_force(other))
                        .map(move |other| ((*index, other), example))
                })
                .collect::<Vec<_>>()
        })
        .collect();
    for ((shows, finds), example) in found.iter().filter(|((shows, finds), _)| shows < finds) {
        let Some(other) = found.get(&(*finds, *shows)) else { continue };
        let (one, two) = (&model.rules[*shows].id, &model.rules[*finds].id);
        let message = format!("`{one}` and `{two}` cannot both be kept: each finds the good example of the other");
        diags.push(
            Diagnostic::new(Code::ConflictingChecks, example.span, message)
                .label(format!("right by `{one}`, found by `{two}`"))
                .also(other.span, format!("right by `{two}`, found by `{one}`"))
                .help("narrow one of the checks, or retire the rule that does not hold"),
        );
    }
}

/// The other rules that find an example, by index.
fn found_in<'a>(engine: &'a Engine, rule: &'a Rule, example: &Example) -> impl Iterator<Item = usize> + use<'a> {
    let languages: BTreeSet<Language> = rule.checks().filter_map(Check::language).collect();
    let language = Language::of_fence(&example.language).filter(|language| languages.contains(language));
    let code = |language| CodeText { path: file_name(language), text: &example.text, python: None };
    let scan = language.map(|language| engine.scan(&code(language), None)).unwrap_or_default();
    let rules: BTreeSet<usize> = scan.matches.iter().map(|found| engine.matchers[found.matcher].rule).collect();
    rules.into_iter()
}

/// A file name by which the language of an example is known.
fn file_name(language: Language) -> &'static str {
    match language {
        Language::Python => "example.py",
        Language::Rust => "example.rs",
        Language::JavaScript => "example.js",
        Language::TypeScript => "example.ts",
        Language::Go => "example.go",
        Language::Java => "Example.java",
    }
}

/// Limits on one quantity that no value keeps.
fn limits<'a>(rules: &[&'a Rule], diags: &mut Sink) {
    let of = |rule: &&'a Rule| rule.checks.iter().map(|check| (*rule, check)).collect::<Vec<_>>();
    let of_limit = |(rule, check): (&'a Rule, &'a RuleCheck)| Some((rule, check, check.check.metric()?));
    let metrics: Vec<(&Rule, &RuleCheck, &Metric)> = rules.iter().flat_map(of).filter_map(of_limit).collect();
    let key =
        |metric: &Metric| format!("{:?}", (&metric.result, &metric.relative_to, &metric.quantity, metric.statistic));
    // Only what is about the same quantity is compared.
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, (.., limit)) in metrics.iter().enumerate() {
        groups.entry(key(limit)).or_default().push(index);
    }
    for (index, (one, here, limit)) in metrics.iter().enumerate() {
        let group = &groups[&key(limit)];
        let others = &group[group.partition_point(|other| *other <= index)..];
        for (two, there, other) in others.iter().take(COMPARED).map(|other| &metrics[*other]) {
            if limit.target.admits_with(&other.target) {
                continue;
            }
            let message = format!("no value of `{}` keeps both `{}` and `{}`", limit.result, one.id, two.id);
            diags.push(
                Diagnostic::new(Code::ConflictingChecks, there.part("metric"), message)
                    .label(other.target.0.clone())
                    .also(here.part("metric"), limit.target.0.clone())
                    .help("correct one of the limits, or retire a rule"),
            );
        }
    }
}

/// Wordings of nearly the same words.
fn alike(rules: &[&Rule], diags: &mut Sink) {
    let texts: Vec<&str> = rules.iter().map(|rule| rule.full.text.as_str()).collect();
    for (one, two) in nearly_same(&texts) {
        diags.push(near_duplicate(rules[one], rules[two]));
    }
}

/// The pairs of texts that have nearly the same words, by index.
pub fn nearly_same(texts: &[&str]) -> Vec<(usize, usize)> {
    let words: Vec<BTreeSet<String>> = texts.iter().map(|text| words(text)).collect();
    alike_sets(&words, FEW_WORDS, ALIKE)
}

/// The pairs of sets, of at least `few` words each, that have so much in common, by index.
fn alike_sets(words: &[BTreeSet<String>], few: usize, alike: f64) -> Vec<(usize, usize)> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    words.iter().flatten().for_each(|word| *counts.entry(word).or_default() += 1);
    let mut rarest: Vec<&str> = counts.keys().copied().collect();
    rarest.sort_unstable_by_key(|word| (counts[word], *word));
    let ranks: HashMap<&str, usize> = rarest.into_iter().enumerate().map(|(rank, word)| (word, rank)).collect();
    let ranked = |words: &BTreeSet<String>| {
        let mut ranked: Vec<usize> = words.iter().map(|word| ranks[word.as_str()]).collect();
        ranked.sort_unstable();
        ranked
    };
    let words: Vec<Vec<usize>> = words.iter().map(ranked).collect();
    let mut pairs = Vec::new();
    // Two wordings that are this much alike share one of their rarest words: so few can be missing. With thousands of rules
    // most share none but the commonest, and need not be compared.
    let mut holders: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, mine) in words.iter().enumerate().filter(|(_, mine)| mine.len() >= few) {
        let rare = &mine[..=mine.len() - (mine.len() as f64 * alike).ceil() as usize];
        let others: BTreeSet<usize> = rare.iter().filter_map(|word| holders.get(word)).flatten().copied().collect();
        for other in others {
            let shared = shared(mine, &words[other]);
            let all = mine.len() + words[other].len() - shared;
            if shared as f64 / all as f64 >= alike {
                pairs.push((other, index));
            }
        }
        for word in rare {
            let holders = holders.entry(*word).or_default();
            if holders.len() < COMPARED {
                holders.push(index);
            }
        }
    }
    pairs
}

/// How many numbers two ascending lists have in common.
fn shared(one: &[usize], two: &[usize]) -> usize {
    let (mut left, mut right, mut shared) = (0, 0, 0);
    while left < one.len() && right < two.len() {
        match one[left].cmp(&two[right]) {
            Ordering::Less => left += 1,
            Ordering::Greater => right += 1,
            Ordering::Equal => (left, right, shared) = (left + 1, right + 1, shared + 1),
        }
    }
    shared
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn near_duplicate(one: &Rule, two: &Rule) -> Diagnostic {
    let message = format!("`{}` says nearly the same as `{}`", two.id, one.id);
    Diagnostic::new(Code::SimilarRules, two.full.span, message)
        .also(one.full.span, format!("`{}`", one.id))
        .help("agents pay for both: make one rule of them, or say what tells them apart")
}
