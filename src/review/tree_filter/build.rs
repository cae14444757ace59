//! From a rule as it is written to its test. What is not known here becomes a test that says maybe.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use ast_grep_core::matcher::Pattern;
use ast_grep_core::{Language as _, MatchStrictness, Matcher as _};
use ast_grep_language::SupportLang;
use serde_json::{Map, Value};

use super::bindings::Variable;
use super::pattern::{ERROR, Goal};
use super::{Direction, Kinds, LazyRegex, Relation, Stop, Test, TreeFilter, What};
use crate::input::files::check::named_utilities;

impl TreeFilter {
    /// The test of a rule in the form of the engine: its `rule`, with its `utils` and `constraints`.
    pub fn new(json: &Value, dialect: SupportLang) -> Self {
        let utilities = json["utils"].as_object();
        let numbers = utilities.into_iter().flatten().enumerate().map(|(number, (name, _))| (name.as_str(), number));
        let builder = Builder { dialect, utilities, numbers: numbers.collect(), variables: variables(json) };
        let constraints = json["constraints"].as_object().into_iter().flatten();
        let constraint = |(name, rule): (&String, &Value)| Some((builder.variable(name)?, builder.test(rule)));
        Self {
            rule: builder.test(&json["rule"]),
            constraints: constraints.filter_map(constraint).collect(),
            utilities: utilities.into_iter().flatten().map(|(_, rule)| builder.test(rule)).collect(),
        }
    }
}

struct Builder<'a> {
    dialect: SupportLang,
    utilities: Option<&'a Map<String, Value>>,
    numbers: HashMap<&'a str, usize>,
    /// Those that matter, in order.
    variables: Vec<&'a str>,
}

/// The keys of a rule in the order in which the engine asks them.
const KEYS: [&str; 13] = [
    "pattern", "kind", "regex", "nthChild", "range", "all", "any", "not", "matches", "inside", "has", "precedes",
    "follows",
];

impl Builder<'_> {
    /// The number of a variable, if what it is bound to matters.
    fn variable(&self, name: &str) -> Option<Variable> {
        let number = self.variables.binary_search(&name).ok()?;
        Some(Variable::try_from(number).expect("a rule has few variables"))
    }

    fn test(&self, rule: &Value) -> Test {
        let Some(keys) = rule.as_object() else { return Test::unknown() };
        let mut tests = Vec::new();
        for (key, value) in KEYS.iter().filter_map(|key| Some((*key, keys.get(*key)?))) {
            match (key, value) {
                ("pattern", pattern) => tests.push(self.pattern(pattern)),
                ("kind", Value::String(kind)) => tests.push(self.kind(kind)),
                ("regex", Value::String(regex)) => tests.push(Test::regex(regex)),
                ("nthChild", Value::Number(place)) => tests.push(Test::nth_child(place.as_u64())),
                ("all", Value::Array(rules)) => tests.push(all(rules.iter().map(|rule| self.test(rule)).collect())),
                ("any", Value::Array(rules)) => tests.push(any(rules.iter().map(|rule| self.test(rule)).collect())),
                ("not", rule) => tests.push(Test::not(self.test(rule))),
                ("matches", Value::String(name)) => tests.push(self.utility(name)),
                ("inside", relation) => tests.push(self.relation(Direction::Inside, relation)),
                ("has", relation) => tests.push(self.relation(Direction::Has, relation)),
                ("precedes", relation) => tests.push(self.relation(Direction::Precedes, relation)),
                ("follows", relation) => tests.push(self.relation(Direction::Follows, relation)),
                _ => tests.push(Test::unknown()),
            }
        }
        // Those of a relation; see `relation`.
        let is_known = |key: &String| KEYS.contains(&key.as_str()) || ["stopBy", "field"].contains(&key.as_str());
        if !keys.keys().all(is_known) {
            tests.push(Test::unknown());
        }
        all(tests)
    }

    fn kind(&self, kind: &str) -> Test {
        // The engine takes selectors as well.
        if !kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Test::unknown();
        }
        match self.dialect.kind_to_id(kind) {
            0 => Test::unknown(),
            kind => Test { kinds: Kinds::One(kind), what: What::Kind, binds: false, cost: 1 },
        }
    }

    fn utility(&self, name: &str) -> Test {
        let Some(number) = self.numbers.get(name) else { return Test::unknown() };
        let binds = self.utility_binds(name, &mut Vec::new());
        Test { kinds: Kinds::All, what: What::Utility(*number), binds, cost: 30 }
    }

    /// Does a utility rule, or one that it names, have a variable that matters?
    fn utility_binds<'s>(&'s self, name: &'s str, seen: &mut Vec<&'s str>) -> bool {
        if seen.contains(&name) {
            return false;
        }
        seen.push(name);
        let Some(rule) = self.utilities.and_then(|utilities| utilities.get(name)) else { return true };
        let mut names = Vec::new();
        texts(rule, &mut |text| names.extend(metavariables(text)));
        names.iter().any(|name| self.variable(name).is_some())
            || named_utilities(rule).into_iter().any(|name| self.utility_binds(name, seen))
    }

    fn pattern(&self, written: &Value) -> Test {
        let pattern = match (written, &written["context"], &written["selector"]) {
            (Value::String(code), ..) => Pattern::try_new(code, self.dialect),
            (_, Value::String(context), Value::String(selector)) => {
                Pattern::contextual(context, selector, self.dialect)
            }
            _ => return Test::unknown(),
        };
        let Ok(pattern) = pattern else { return Test::unknown() };
        let strictness = &written["strictness"];
        let is_smart = matches!(pattern.strictness, MatchStrictness::Smart);
        if !is_smart || !(strictness.is_null() || strictness == "smart") {
            return Test::unknown();
        }
        let kinds = pattern.potential_kinds().and_then(|kinds| kinds.iter().next());
        let kinds = kinds.map_or(Kinds::All, |kind| Kinds::One(u16::try_from(kind).unwrap_or(ERROR)));
        let goal = Goal::new(&pattern.node, &|name| self.variable(name));
        let (binds, is_bindings_deciding) = (goal.binds(), goal.is_deciding());
        Test { kinds, what: What::Pattern { goal, is_bindings_deciding }, binds, cost: 4 }
    }

    fn relation(&self, direction: Direction, relation: &Value) -> Test {
        let field = match &relation["field"] {
            Value::Null => None,
            Value::String(name) => match self.dialect.field_to_id(name) {
                Some(id) => Some(id),
                None => return Test::unknown(),
            },
            _ => return Test::unknown(),
        };
        let stop = match &relation["stopBy"] {
            Value::Null => Stop::Neighbor,
            Value::String(text) if text == "neighbor" => Stop::Neighbor,
            Value::String(text) if text == "end" => Stop::End,
            rule => Stop::Rule(self.test(rule)),
        };
        let test = self.test(relation);
        let steps: u32 = match (direction, &stop) {
            (Direction::Inside, Stop::Neighbor) => 1,
            (Direction::Has, Stop::Neighbor) if field.is_some() => 2,
            (_, Stop::Neighbor) => 4,
            (Direction::Has, _) => 40,
            _ => 8,
        };
        let cost = test.cost.saturating_mul(steps).saturating_add(2);
        let binds = test.binds;
        let relation = Relation { direction, test, stop, field };
        Test { kinds: Kinds::All, what: What::Relation(Box::new(relation)), binds, cost }
    }
}

impl Test {
    fn unknown() -> Self {
        Self { kinds: Kinds::All, what: What::Unknown, binds: true, cost: 0 }
    }

    fn regex(source: &str) -> Self {
        let regex = LazyRegex { source: source.to_owned(), compiled: OnceLock::new() };
        Self { kinds: Kinds::All, what: What::Regex(regex), binds: false, cost: 10 }
    }

    fn nth_child(place: Option<u64>) -> Self {
        let Some(place) = place.and_then(|place| usize::try_from(place).ok()) else { return Self::unknown() };
        Self { kinds: Kinds::All, what: What::NthChild(place), binds: false, cost: 3 }
    }

    fn not(test: Self) -> Self {
        Self { kinds: Kinds::All, cost: test.cost, binds: test.binds, what: What::Not(Box::new(test)) }
    }
}

/// All of several tests: first those that have nothing to do with bindings, the quick ones before the slow ones, then the
/// others in the order of the engine.
fn all(tests: Vec<Test>) -> Test {
    let kinds = tests.iter().fold(Kinds::All, |kinds, test| kinds.and(&test.kinds));
    let mut rest: Vec<Test> = Vec::new();
    for test in tests {
        match test.what {
            // The kinds of all say it.
            What::Kind => {}
            What::All(tests) => rest.extend(tests),
            _ => rest.push(test),
        }
    }
    rest.sort_by_key(|test| if test.binds { (true, 0) } else { (false, test.cost) });
    let cost = rest.iter().fold(1, |cost: u32, test| cost.saturating_add(test.cost));
    let binds = rest.iter().any(|test| test.binds);
    let what = match rest.len() {
        0 => What::Kind,
        1 => rest.remove(0).what,
        _ => What::All(rest),
    };
    Test { kinds, what, binds, cost }
}

/// Any of several tests.
fn any(mut tests: Vec<Test>) -> Test {
    let kinds = tests.iter().fold(Kinds::Some(Vec::new()), |kinds, test| kinds.or(&test.kinds));
    let cost = tests.iter().fold(0, |cost: u32, test| cost.saturating_add(test.cost));
    let binds = tests.iter().any(|test| test.binds);
    // Which one binds depends on their order.
    if !binds {
        tests.sort_by_key(|test| test.cost);
    }
    let is_kind = tests.iter().all(|test| matches!(test.what, What::Kind));
    Test { kinds, what: if is_kind { What::Kind } else { What::Any(tests) }, binds, cost }
}

impl Kinds {
    fn bits(&self) -> Option<Vec<u64>> {
        match self {
            // Of so high a kind there is one, that of nodes that do not parse.
            Kinds::All | Kinds::One(ERROR) => None,
            Kinds::One(kind) => {
                let mut bits = vec![0; usize::from(*kind) / 64 + 1];
                bits[usize::from(*kind) / 64] = 1 << (kind % 64);
                Some(bits)
            }
            Kinds::Some(bits) => Some(bits.clone()),
        }
    }

    fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Kinds::All, other) => other.clone(),
            (own, Kinds::All) => own.clone(),
            (Kinds::One(kind), other) | (other, Kinds::One(kind)) => {
                if other.contains(*kind) {
                    Kinds::One(*kind)
                } else {
                    Kinds::Some(Vec::new())
                }
            }
            (Kinds::Some(own), Kinds::Some(other)) => {
                Kinds::Some(own.iter().zip(other).map(|(own, other)| own & other).collect())
            }
        }
    }

    fn or(&self, other: &Self) -> Self {
        let (Some(mut own), Some(other)) = (self.bits(), other.bits()) else { return Kinds::All };
        own.resize(own.len().max(other.len()), 0);
        own.iter_mut().zip(&other).for_each(|(own, other)| *own |= other);
        Kinds::Some(own)
    }
}

/// The metavariables of a rule whose bindings matter: those that are written in several places, and those that are
/// constrained. In order.
fn variables(json: &Value) -> Vec<&str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = |rule, times| {
        texts(rule, &mut |text| metavariables(text).for_each(|name| *counts.entry(name).or_default() += times));
    };
    count(&json["rule"], 1);
    let named: Vec<&str> =
        ["rule", "utils", "constraints"].into_iter().flat_map(|part| named_utilities(&json[part])).collect();
    for (name, rule) in json["utils"].as_object().into_iter().flatten() {
        // One that is named twice binds its variables twice.
        count(rule, named.iter().filter(|named| *named == name).count().max(1));
    }
    for (name, rule) in json["constraints"].as_object().into_iter().flatten() {
        counts.insert(name, 2);
        texts(rule, &mut |text| counts.extend(metavariables(text).map(|name| (name, 2))));
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect()
}

/// Every text in a rule.
fn texts<'a>(rule: &'a Value, take: &mut impl FnMut(&'a str)) {
    match rule {
        Value::String(text) => take(text),
        Value::Array(rules) => rules.iter().for_each(|rule| texts(rule, take)),
        Value::Object(keys) => keys.values().for_each(|rule| texts(rule, take)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// All that looks like a metavariable in a text, without its `$`.
fn metavariables(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('$').filter_map(|(at, _)| {
        let name = &text[at + 1..];
        let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let length = name.find(|c| !is_part(c)).unwrap_or(name.len());
        (length > 0).then(|| &name[..length])
    })
}
