//! Distilling against brute force: thousands of small random documents, rendered and counted for
//! real, in which lines add up and in which they do not.

use std::cell::RefCell;
use std::collections::HashMap;

use kbc::compile::distill::{Candidate, Distiller, Pick, Plan, WordingForm};
use kbc::input::vocabulary::Priority;
use kbc::text::tokens::Encoding;
use proptest::prelude::*;

/// Words that make tokenizers join what stands apart.
const WORDS: [&str; 12] =
    ["set", "hot", " list", "/path", "1386x", "__slots__", "don't", "é", "  ", "`d.get(k)`", "asyncio.run", "."];

#[derive(Clone, Debug)]
struct Rule {
    paper: usize,
    priority: Priority,
    weight: u32,
    full: String,
    short: Option<String>,
}

fn text(words: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS.to_vec()), words)
        .prop_map(|words| words.join(" ").trim().to_owned())
}

fn rules(most: usize) -> impl Strategy<Value = Vec<Rule>> {
    let priority =
        prop::sample::select(vec![Priority::Critical, Priority::High, Priority::High, Priority::Medium, Priority::Low]);
    let rule = (0..3usize, priority, 1..6u32, text(2..7), prop::option::of(text(1..3)));
    prop::collection::vec(rule, 0..=most).prop_map(|rules| {
        let rule = |(paper, priority, weight, full, short)| Rule { paper, priority, weight, full, short };
        let mut rules: Vec<Rule> = rules.into_iter().map(rule).collect();
        rules.sort_by_key(|rule| (rule.paper, rule.priority));
        rules
    })
}

fn candidates(rules: &[Rule]) -> Vec<Candidate> {
    let candidate = |rule: &Rule| Candidate {
        paper: rule.paper,
        priority: rule.priority,
        weight: rule.weight,
        has_short: rule.short.is_some(),
    };
    rules.iter().map(candidate).collect()
}

fn wording(rule: &Rule, form: WordingForm) -> &str {
    rule.short.as_ref().filter(|_| form == WordingForm::Short).unwrap_or(&rule.full)
}

/// A heading for each paper and a line for each rule: what one rule costs does not depend on others.
fn list(rules: &[Rule], picks: &[Pick]) -> String {
    let mut text = "# Title\n".to_owned();
    let mut open = None;
    for (index, form) in picks {
        let rule = &rules[*index];
        if open != Some(rule.paper) {
            open = Some(rule.paper);
            text += &format!("## Paper {}\n", rule.paper);
        }
        text += &format!("- {}\n", wording(rule, *form));
    }
    text
}

/// Numbered, counted, and joined in one line: everything depends on everything.
fn paragraph(rules: &[Rule], picks: &[Pick]) -> String {
    let mut text = format!("{} rules:", picks.len() * 37);
    for (number, (index, form)) in picks.iter().enumerate() {
        text += &format!(
            "{}{}.{};",
            if number % 2 == 0 { "\n\n" } else { " " },
            (number + 1) * 99,
            wording(&rules[*index], *form)
        );
    }
    text
}

type Document = fn(&[Rule], &[Pick]) -> String;

/// Weights in by priority, weights in full wording by priority.
fn value(rules: &[Rule], picks: &[Pick]) -> [u32; 8] {
    let mut value = [0; 8];
    for (index, form) in picks {
        let rule = &rules[*index];
        value[rule.priority as usize] += rule.weight;
        if *form == WordingForm::Full {
            value[4 + rule.priority as usize] += rule.weight;
        }
    }
    value
}

fn holds_critical(rules: &[Rule], picks: &[Pick]) -> bool {
    let in_picks = |index: usize| picks.iter().any(|(pick, _)| *pick == index);
    rules.iter().enumerate().all(|(index, rule)| rule.priority != Priority::Critical || in_picks(index))
}

/// Every selection there is.
fn selections(rules: &[Rule]) -> Vec<Vec<Pick>> {
    let mut all: Vec<Vec<Pick>> = vec![Vec::new()];
    for (index, rule) in rules.iter().enumerate() {
        let forms =
            if rule.short.is_some() { vec![WordingForm::Full, WordingForm::Short] } else { vec![WordingForm::Full] };
        let with =
            |picks: &Vec<Pick>, form: WordingForm| picks.iter().copied().chain([(index, form)]).collect::<Vec<_>>();
        let more: Vec<_> =
            all.iter().flat_map(|picks| forms.iter().map(|form| with(picks, *form)).collect::<Vec<_>>()).collect();
        all.extend(more);
    }
    all
}

fn count(text: String) -> usize {
    thread_local!(static COUNTED: RefCell<HashMap<String, usize>> = RefCell::default());
    COUNTED.with_borrow_mut(|counted| *counted.entry(text).or_insert_with_key(|text| Encoding::O200kBase.count(text)))
}

fn plan(rules: &[Rule], max: usize, document: Document) -> Option<Plan> {
    let cost = |picks: &[Pick]| count(document(rules, picks));
    let candidates = candidates(rules);
    Distiller::new(&candidates, &cost).plan(max).ok()
}

/// The best value that fits, if the critical rules do.
fn brute_force(rules: &[Rule], max: usize, document: Document) -> Option<[u32; 8]> {
    let fits = |picks: &Vec<Pick>| holds_critical(rules, picks) && count(document(rules, picks)) <= max;
    selections(rules).iter().filter(|picks| fits(picks)).map(|picks| value(rules, picks)).max()
}

fn hold(rules: &[Rule], max: usize, document: Document) -> Result<(), TestCaseError> {
    let plan = plan(rules, max, document);
    let best = brute_force(rules, max, document);
    prop_assert_eq!(plan.as_ref().map(|plan| value(rules, &plan.picks)), best);
    if let Some(plan) = plan {
        prop_assert!(plan.exact);
        prop_assert!(holds_critical(rules, &plan.picks));
        prop_assert!(plan.tokens <= max);
        prop_assert_eq!(plan.tokens, count(document(rules, &plan.picks)));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_list_is_distilled_as_well_as_brute_force_would(rules in rules(5), max in 0..90usize) {
        hold(&rules, max, list)?;
    }

    #[test]
    fn lines_that_do_not_add_up_are_distilled_as_well_too(rules in rules(5), max in 0..90usize) {
        hold(&rules, max, paragraph)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_larger_document_is_never_over_budget_and_loses_no_critical_rule(rules in rules(40), max in 0..400usize) {
        for document in [list as Document, paragraph] {
            if let Some(plan) = plan(&rules, max, document) {
                prop_assert!(plan.tokens <= max);
                prop_assert_eq!(plan.tokens, count(document(&rules, &plan.picks)));
                prop_assert!(holds_critical(&rules, &plan.picks));
            }
        }
    }

    #[test]
    fn a_higher_budget_is_never_worth_less(rules in rules(12), max in 0..200usize, more in 1..60usize) {
        let low = plan(&rules, max, list).map(|plan| value(&rules, &plan.picks));
        let high = plan(&rules, max + more, list).map(|plan| value(&rules, &plan.picks));
        prop_assert!(low <= high);
    }
}

#[test]
fn a_rule_of_lower_priority_displaces_none_of_higher_priority() {
    let rule = |priority, weight, full: &str| Rule { paper: 0, priority, weight, full: full.into(), short: None };
    let rules = [
        rule(Priority::High, 1, "one two three four five six"),
        rule(Priority::Medium, 100, "seven"),
        rule(Priority::Low, 100, "eight"),
    ];
    let base = count(list(&rules, &[(0, WordingForm::Full)]));
    let plan = plan(&rules, base, list).expect("there is no critical rule");
    assert_eq!(plan.picks, [(0, WordingForm::Full)]);
}
