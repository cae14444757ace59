//! From a rule as it is written to its test. What is not known here becomes a test that says maybe.

use std::collections::HashMap;
use std::sync::OnceLock;

use ast_grep_core::matcher::{Pattern, PatternNode};
use ast_grep_core::meta_var::MetaVariable;
use ast_grep_core::{Language as _, MatchStrictness, Matcher as _};
use ast_grep_language::SupportLang;
use serde_json::Value;

use super::pattern::{ERROR, Goal};
use super::{Direction, Kinds, LazyRegex, Relation, Stop, Test, TreeFilter, What};

impl TreeFilter {
    /// The test of a rule in the form of the engine: its `rule`, with its `utils`. Its constraints are for the engine.
    pub fn new(json: &Value, dialect: SupportLang) -> Self {
        let utilities = json["utils"].as_object();
        let numbers = utilities.into_iter().flatten().enumerate().map(|(number, (name, _))| (name.as_str(), number));
        let builder = Builder { dialect, numbers: numbers.collect(), uses: Uses::of(json) };
        let utilities = utilities.into_iter().flatten().map(|(_, rule)| builder.test(rule)).collect();
        Self { rule: builder.test(&json["rule"]), utilities }
    }
}

struct Builder<'a> {
    dialect: SupportLang,
    numbers: HashMap<&'a str, usize>,
    uses: Uses<'a>,
}

impl Builder<'_> {
    fn test(&self, rule: &Value) -> Test {
        let Some(keys) = rule.as_object() else { return Test::unknown() };
        let mut tests = Vec::new();
        for (key, value) in keys {
            match (key.as_str(), value) {
                // Those of a relation; see `relation`.
                ("stopBy" | "field", _) => {}
                ("pattern", pattern) => tests.push(self.pattern(pattern)),
                ("kind", Value::String(kind)) => tests.push(self.kind(kind)),
                ("regex", Value::String(regex)) => tests.push(Test::regex(regex)),
                ("all", Value::Array(rules)) => tests.extend(rules.iter().map(|rule| self.test(rule))),
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
        all(tests)
    }

    fn kind(&self, kind: &str) -> Test {
        // The engine takes selectors as well.
        if !kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Test::unknown();
        }
        match self.dialect.kind_to_id(kind) {
            0 => Test::unknown(),
            kind => Test { kinds: Kinds::One(kind), what: What::Kind, cost: 1 },
        }
    }

    fn utility(&self, name: &str) -> Test {
        let what = self.numbers.get(name).map_or(What::Unknown, |number| What::Utility(*number));
        Test { kinds: Kinds::All, what, cost: 30 }
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
        if self.may_look_further(&pattern.node) {
            return Test { kinds, what: What::Unknown, cost: 4 };
        }
        let is_certain = !self.has_shared(&pattern.node);
        let goal = Goal::new(&pattern.node);
        Test { kinds, what: What::Pattern { goal, is_certain }, cost: 4 }
    }

    /// Is a metavariable of the pattern bound elsewhere too?
    fn has_shared(&self, pattern: &PatternNode) -> bool {
        match pattern {
            PatternNode::MetaVar { meta_var: MetaVariable::Capture(name, _) | MetaVariable::MultiCapture(name) } => {
                self.uses.of_variable(name) != 1
            }
            PatternNode::MetaVar { .. } | PatternNode::Terminal { .. } => false,
            PatternNode::Internal { children, .. } => children.iter().any(|child| self.has_shared(child)),
        }
    }

    /// `$$$` ends at the first node that matches what comes next. Where that depends on what a metavariable is bound to,
    /// the engine may look further than a test that does not know.
    fn may_look_further(&self, pattern: &PatternNode) -> bool {
        let PatternNode::Internal { children, .. } = pattern else { return false };
        let is_many = |node: &PatternNode| {
            let many =
                |variable: &MetaVariable| matches!(variable, MetaVariable::Multiple | MetaVariable::MultiCapture(_));
            matches!(node, PatternNode::MetaVar { meta_var } if many(meta_var))
        };
        let next = |at: usize| children[at + 1..].iter().find(|node| !node.is_trivial());
        let depends = |at: usize| next(at).is_some_and(|node| self.has_shared(node));
        (0..children.len()).any(|at| is_many(&children[at]) && depends(at))
            || children.iter().any(|child| self.may_look_further(child))
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
        let relation = Relation { direction, test, stop, field };
        Test { kinds: Kinds::All, what: What::Relation(Box::new(relation)), cost }
    }
}

impl Test {
    fn unknown() -> Self {
        Self { kinds: Kinds::All, what: What::Unknown, cost: 0 }
    }

    fn regex(source: &str) -> Self {
        let regex = LazyRegex { source: source.to_owned(), compiled: OnceLock::new() };
        Self { kinds: Kinds::All, what: What::Regex(regex), cost: 10 }
    }

    fn not(test: Self) -> Self {
        Self { kinds: Kinds::All, cost: test.cost, what: What::Not(Box::new(test)) }
    }
}

/// All of several tests, the quick ones first.
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
    rest.sort_by_key(|test| test.cost);
    let cost = rest.iter().fold(1, |cost: u32, test| cost.saturating_add(test.cost));
    let what = match rest.len() {
        0 => What::Kind,
        1 => rest.remove(0).what,
        _ => What::All(rest),
    };
    Test { kinds, what, cost }
}

/// Any of several tests.
fn any(mut tests: Vec<Test>) -> Test {
    let kinds = tests.iter().fold(Kinds::Some(Vec::new()), |kinds, test| kinds.or(&test.kinds));
    let cost = tests.iter().fold(0, |cost: u32, test| cost.saturating_add(test.cost));
    tests.sort_by_key(|test| test.cost);
    let is_kind = tests.iter().all(|test| matches!(test.what, What::Kind));
    Test { kinds, what: if is_kind { What::Kind } else { What::Any(tests) }, cost }
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

/// How often metavariables and utility rules are named in a rule.
struct Uses<'a> {
    variables: HashMap<&'a str, usize>,
}

impl<'a> Uses<'a> {
    fn of(json: &'a Value) -> Self {
        let mut uses = Uses { variables: HashMap::new() };
        let mut names = HashMap::new();
        uses.count(&json["rule"], 1);
        for part in ["rule", "utils", "constraints"] {
            count_names(&json[part], &mut names);
        }
        for (name, rule) in json["utils"].as_object().into_iter().flatten() {
            // One that is named twice binds its variables twice.
            let times = names.get(name.as_str()).copied().unwrap_or_default();
            uses.count(rule, times.max(1));
        }
        uses
    }

    /// Counts all that looks like a metavariable in the texts of a rule.
    fn count(&mut self, rule: &'a Value, times: usize) {
        match rule {
            Value::String(text) => {
                for (at, _) in text.match_indices('$') {
                    let name = &text[at + 1..];
                    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
                    let length = name.find(|c| !is_part(c)).unwrap_or(name.len());
                    if length > 0 {
                        *self.variables.entry(&name[..length]).or_default() += times;
                    }
                }
            }
            Value::Array(rules) => rules.iter().for_each(|rule| self.count(rule, times)),
            Value::Object(keys) => keys.values().for_each(|rule| self.count(rule, times)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn of_variable(&self, name: &str) -> usize {
        self.variables.get(name).copied().unwrap_or_default()
    }
}

fn count_names<'a>(rule: &'a Value, names: &mut HashMap<&'a str, usize>) {
    match rule {
        Value::Object(keys) => {
            for (key, value) in keys {
                match value {
                    Value::String(name) if key == "matches" => *names.entry(name).or_default() += 1,
                    value => count_names(value, names),
                }
            }
        }
        Value::Array(rules) => rules.iter().for_each(|rule| count_names(rule, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
