//! What a text must hold for a rule to match anything in it. Looking for a few words costs a tenth of
//! parsing, so a file that cannot match is not parsed.

use std::cmp::Reverse;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex_syntax::hir::literal::Extractor;
use serde_json::Value;

use crate::input::files::check::{Imports, Names};
use crate::model::check::Syntax;

/// A condition on the words of a text that holds wherever a rule matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequiredWords {
    /// Holds of every text.
    Nothing,
    Word(String),
    All(Vec<RequiredWords>),
    Any(Vec<RequiredWords>),
}

impl RequiredWords {
    fn all(parts: Vec<RequiredWords>) -> RequiredWords {
        let parts: Vec<RequiredWords> = parts.into_iter().filter(|part| *part != RequiredWords::Nothing).collect();
        if parts.is_empty() { RequiredWords::Nothing } else { RequiredWords::All(parts) }
    }

    fn any(parts: Vec<RequiredWords>) -> RequiredWords {
        if parts.is_empty() || parts.contains(&RequiredWords::Nothing) {
            RequiredWords::Nothing
        } else {
            RequiredWords::Any(parts)
        }
    }

    fn words<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            RequiredWords::Nothing => {}
            RequiredWords::Word(word) => found.push(word),
            RequiredWords::All(parts) | RequiredWords::Any(parts) => parts.iter().for_each(|part| part.words(found)),
        }
    }

    /// A few words of which every text that it holds of has one; `None` if it can hold of a text without any.
    fn key(&self) -> Option<Vec<&str>> {
        match self {
            RequiredWords::Nothing => None,
            RequiredWords::Word(word) => Some(vec![word]),
            // Long words are rarer than short ones.
            RequiredWords::All(parts) => parts.iter().filter_map(RequiredWords::key).min_by_key(|key| {
                let shortest = key.iter().map(|word| word.len()).min();
                (key.len(), Reverse(shortest))
            }),
            RequiredWords::Any(parts) => {
                let keys = parts.iter().map(RequiredWords::key).collect::<Option<Vec<_>>>()?;
                Some(keys.into_iter().flatten().collect())
            }
        }
    }

    fn holds(&self, is_there: &dyn Fn(&str) -> bool) -> bool {
        match self {
            RequiredWords::Nothing => true,
            RequiredWords::Word(word) => is_there(word),
            RequiredWords::All(parts) => parts.iter().all(|part| part.holds(is_there)),
            RequiredWords::Any(parts) => parts.iter().any(|part| part.holds(is_there)),
        }
    }
}

/// The needs of many rules, looked for together.
pub struct Index {
    /// By rule: a number of the caller's, and what it needs.
    needs: Vec<(usize, RequiredWords)>,
    words: Vec<String>,
    automaton: AhoCorasick,
    for_many: OnceLock<AhoCorasick>,
    /// By word, the rules to think of where a text has it, as places in `needs`.
    by_word: Vec<Vec<usize>>,
    /// Those to think of for every text.
    always: Vec<usize>,
}

impl Index {
    pub fn new<'a>(needs: impl IntoIterator<Item = (usize, &'a RequiredWords)>) -> Self {
        let needs: Vec<(usize, RequiredWords)> = needs.into_iter().map(|(rule, need)| (rule, need.clone())).collect();
        let mut words = Vec::new();
        needs.iter().for_each(|(_, need)| need.words(&mut words));
        words.sort_unstable();
        words.dedup();
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        // The one that is made quickest for its speed: often it reads one text only.
        let automaton = automaton(&words, AhoCorasickKind::ContiguousNFA);
        let mut by_word = vec![Vec::new(); words.len()];
        let mut always = Vec::new();
        for (place, (_, need)) in needs.iter().enumerate() {
            match need.key() {
                None => always.push(place),
                Some(key) => key.iter().filter_map(|word| find(&words, word)).for_each(|at| by_word[at].push(place)),
            }
        }
        Self { needs, words, automaton, for_many: OnceLock::new(), by_word, always }
    }

    /// Makes ready for many texts: what is made now reads them twice as fast.
    pub fn prepare(&self) {
        self.for_many.get_or_init(|| automaton(&self.words, AhoCorasickKind::DFA));
    }

    /// The rules that can match something in a text, in the order of their numbers.
    pub fn possible(&self, text: &str) -> Vec<usize> {
        let mut found = vec![false; self.words.len()];
        let mut missing = found.len();
        let automaton = self.for_many.get().unwrap_or(&self.automaton);
        for word in automaton.find_overlapping_iter(text) {
            let seen = &mut found[word.pattern().as_usize()];
            missing -= usize::from(!*seen);
            *seen = true;
            if missing == 0 {
                break;
            }
        }
        let is_there = |word: &str| find(&self.words, word).is_some_and(|at| found[at]);
        let by_word = self.by_word.iter().zip(&found).filter(|(_, is_there)| **is_there).flat_map(|(places, _)| places);
        let thought_of = self.always.iter().chain(by_word).map(|place| &self.needs[*place]);
        let mut possible: Vec<usize> =
            thought_of.filter(|(_, need)| need.holds(&is_there)).map(|(rule, _)| *rule).collect();
        possible.sort_unstable();
        possible.dedup();
        possible
    }
}

fn automaton(words: &[String], kind: AhoCorasickKind) -> AhoCorasick {
    let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).kind(Some(kind)).build(words);
    automaton.expect("the words of checks make an automaton")
}

fn find(words: &[String], word: &str) -> Option<usize> {
    words.binary_search_by(|known| known.as_str().cmp(word)).ok()
}

/// What every match of a check by syntax needs.
pub fn of_syntax(syntax: &Syntax, utils: Option<&Value>) -> RequiredWords {
    let constraints = of_constraints(&syntax.ast, syntax.constraints.as_ref(), utils);
    let imports = syntax.conditions.as_ref().and_then(|conditions| conditions.imports.as_ref()).map(of_imports);
    RequiredWords::all([of_rule(&syntax.ast, utils, 0), constraints].into_iter().chain(imports).collect())
}

/// Rules that name themselves through utils end here.
const MAX_DEPTH: usize = 16;

fn of_rule(rule: &Value, utils: Option<&Value>, depth: usize) -> RequiredWords {
    let Some(entries) = rule.as_object().filter(|_| depth < MAX_DEPTH) else { return RequiredWords::Nothing };
    let part = |rule: &Value| of_rule(rule, utils, depth + 1);
    let parts = entries.iter().map(|(key, value)| match (key.as_str(), value) {
        ("pattern", Value::String(code)) => of_pattern(code),
        ("regex", Value::String(regex)) => of_regex(regex),
        ("inside" | "has" | "precedes" | "follows", rule) => part(rule),
        ("all", Value::Array(rules)) => RequiredWords::all(rules.iter().map(part).collect()),
        ("any", Value::Array(rules)) => RequiredWords::any(rules.iter().map(part).collect()),
        ("matches", Value::String(name)) => utils.map_or(RequiredWords::Nothing, |utils| part(&utils[name.as_str()])),
        _ => RequiredWords::Nothing,
    });
    RequiredWords::all(parts.collect())
}

/// The words of a pattern: all of them stand in what it matches.
fn of_pattern(code: &str) -> RequiredWords {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find(is_word) {
        let before = &rest[..start];
        let length = rest[start..].find(|c| !is_word(c)).unwrap_or(rest.len() - start);
        let word = &rest[start..start + length];
        // What is not ASCII may be a part of the same word, and a metavariable is no word.
        let is_whole = before.chars().next_back().is_none_or(|c| c.is_ascii() && c != '$')
            && rest[start + length..].chars().next().is_none_or(|c| c.is_ascii());
        if is_whole {
            words.push(RequiredWords::Word(word.to_owned()));
        }
        rest = &rest[start + length..];
    }
    RequiredWords::all(words)
}

const MAX_BEGINNINGS: usize = 64;

/// A regular expression that begins with one of a few literals needs one of them.
fn of_regex(regex: &str) -> RequiredWords {
    let Ok(expression) = regex_syntax::parse(regex) else { return RequiredWords::Nothing };
    // What may begin in many ways needs nothing in particular.
    let prefixes = Extractor::new().limit_total(MAX_BEGINNINGS).extract(&expression);
    let literals = prefixes.literals().unwrap_or_default();
    let word = |bytes: &[u8]| std::str::from_utf8(bytes).ok().filter(|word| word.len() > 1).map(str::to_owned);
    let words =
        literals.iter().map(|literal| word(literal.as_bytes()).map_or(RequiredWords::Nothing, RequiredWords::Word));
    RequiredWords::any(words.collect())
}

/// Constraints on a variable that the pattern cannot match without.
fn of_constraints(ast: &Value, constraints: Option<&Value>, utils: Option<&Value>) -> RequiredWords {
    let (Some(pattern), Some(constraints)) = (ast["pattern"].as_str(), constraints.and_then(Value::as_object)) else {
        return RequiredWords::Nothing;
    };
    let binds = |name: &str| {
        let whole = |after: &str| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        pattern.match_indices(&format!("${name}")).any(|(at, found)| whole(&pattern[at + found.len()..]))
    };
    let needs = constraints.iter().filter(|(name, _)| binds(name)).map(|(_, rule)| of_rule(rule, utils, 0));
    RequiredWords::all(needs.collect())
}

/// However a name is imported, its parts are written somewhere.
fn of_imports(imports: &Imports) -> RequiredWords {
    match imports {
        Imports::Anywhere(names) => of_names(names),
        Imports::Of(variables) => RequiredWords::all(variables.values().map(of_names).collect()),
    }
}

fn of_names(names: &Names) -> RequiredWords {
    let of_name = |name: &str| {
        let parts = name.split('.').filter(|part| *part != "*" && *part != "builtins" && !part.is_empty());
        RequiredWords::all(parts.map(|part| RequiredWords::Word(part.to_owned())).collect())
    };
    RequiredWords::any(names.iter().map(of_name).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn possible(rule: &Value, text: &str) -> bool {
        !Index::new([(0, &of_rule(rule, None, 0))]).possible(text).is_empty()
    }

    #[test]
    fn a_pattern_needs_its_words_and_not_its_variables() {
        let rule = json!({ "pattern": "json.dumps($X, indent=$N)" });
        assert!(possible(&rule, "json.dumps(a, indent=2)") && !possible(&rule, "json.dumps(a)"));
        assert!(possible(&json!({ "pattern": "$A + $B" }), ""));
        assert!(!possible(&json!({ "pattern": "$X in $LIST" }), "for x"), "keywords are written out as well");
    }

    #[test]
    fn any_needs_one_and_not_needs_none() {
        let rule = json!({ "any": [{ "pattern": "aa()" }, { "pattern": "bb()" }], "not": { "pattern": "cc()" } });
        assert!(possible(&rule, "bb") && !possible(&rule, "cc"));
        assert!(possible(&json!({ "any": [{ "pattern": "aa()" }, { "kind": "call" }] }), "x"));
    }

    #[test]
    fn a_regex_needs_one_of_its_beginnings() {
        let rule = json!({ "kind": "identifier", "regex": "^(dumps|loads)$" });
        assert!(possible(&rule, "x.loads") && !possible(&rule, "x.load"));
        assert!(possible(&json!({ "regex": "(?i)select" }), "SELECT"));
        assert!(possible(&json!({ "regex": "^.*x" }), ""));
    }
}
