//! How large the values of a template can become, found before it runs: the engine counts steps, and what is written,
//! but not what a step makes. Forty times `{% set text = text ~ text %}` would fill any memory.
//!
//! Every name has a growth: how many times as large as a text that templates are given its value may be. Names that are set
//! have that of what they are set to, where parts that are joined, or put into one list, add up. Tags are taken in the order
//! of the text, which is the order in which values can be carried on: what a loop sets is forgotten at its next round, and
//! `namespace`, which would not be, is refused. What is handed to a macro, an included template or the next level of a loop
//! may grow by no more than a macro takes it for, so that a call in a circle makes it no larger.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The growth that a tag may have.
pub const MOST: u64 = 256;
/// That of what is handed on, of what a macro or a block writes, and of names that nobody sets here.
const HANDED: u64 = 16;
/// How much longer a text becomes when it is escaped or repeated, each time.
const LONGER: [(&str, u64); 6] = [("tojson", 4), ("urlencode", 4), ("escape", 4), ("e", 4), ("pprint", 4), ("safe", 1)];
/// What templates are given, and functions.
const GIVEN: [&str; 21] = [
    "domains",
    "rules",
    "role",
    "domain",
    "name",
    "roles",
    "phases",
    "figures",
    "evidence",
    "environments",
    "checks",
    "examples",
    "loop",
    "range",
    "dict",
    "true",
    "false",
    "none",
    "True",
    "False",
    "None",
];
const WORDS: [&str; 8] = ["and", "or", "not", "in", "is", "if", "else", "recursive"];

/// The first tag of a template that makes more of its values than it may.
pub fn excessive(template: &str) -> Option<Range<usize>> {
    let mut reading = Reading::default();
    tags(template).into_iter().find(|(_, tokens)| reading.tag(tokens).is_none()).map(|(range, _)| range)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    /// A text or a number.
    Literal,
    Sign(char),
}

/// The tags that compute, with their places.
fn tags(template: &str) -> Vec<(Range<usize>, Vec<Token<'_>>)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut is_raw = false;
    while let Some(begin) = template[at..].find('{').map(|next| at + next) {
        let (close, inside) = match template.as_bytes().get(begin + 1) {
            Some(b'{') => ("}}", begin + 2),
            Some(b'%') => ("%}", begin + 2),
            Some(b'#') => {
                at = template[begin..].find("#}").map_or(template.len(), |end| begin + end + 2);
                continue;
            }
            _ => {
                at = begin + 1;
                continue;
            }
        };
        let (tokens, end) = tokens(template, inside, close);
        match tokens.first() {
            Some(Token::Name("raw")) if close == "%}" => is_raw = true,
            Some(Token::Name("endraw")) if close == "%}" => is_raw = false,
            _ if is_raw => {}
            _ => {
                // An output has no word that says what it is.
                let word = (close == "}}").then_some(Token::Name("do"));
                found.push((begin..end, word.into_iter().chain(tokens).collect()));
            }
        }
        at = if is_raw { begin + 2 } else { end };
    }
    found
}

/// The tokens of a tag, and where it ends.
fn tokens<'a>(template: &'a str, inside: usize, close: &str) -> (Vec<Token<'a>>, usize) {
    let mut tokens = Vec::new();
    let mut at = inside;
    while let Some(c) = template[at..].chars().next() {
        let rest = &template[at..];
        if rest.starts_with(close) {
            return (tokens, at + close.len());
        }
        let length = if c == '"' || c == '\'' {
            tokens.push(Token::Literal);
            quoted(rest, c)
        } else if c.is_alphanumeric() || c == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(if c.is_numeric() { Token::Literal } else { Token::Name(&rest[..length]) });
            length
        } else {
            tokens.extend((!c.is_whitespace()).then_some(Token::Sign(c)));
            c.len_utf8()
        };
        at += length;
    }
    (tokens, template.len())
}

/// The bytes of a text in quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !is_escaped {
            return at + 1;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    rest.len()
}

/// What is known of the names of a template.
#[derive(Default)]
struct Reading<'a> {
    growth: HashMap<&'a str, u64>,
    /// Those whose values are computed from what is set, so that an included template may find them large.
    largest: u64,
    macros: HashSet<&'a str>,
}

impl<'a> Reading<'a> {
    /// Takes in a tag; `None` if it makes too much.
    fn tag(&mut self, tokens: &[Token<'a>]) -> Option<()> {
        let tokens: Vec<Token> =
            tokens.iter().copied().skip_while(|token| matches!(token, Token::Sign('-' | '+'))).collect();
        let (Some(Token::Name(word)), rest) = (tokens.first(), tokens.get(1..)?) else { return Some(()) };
        match *word {
            "set" | "with" => {
                for part in
                    split(rest, ',').into_iter().filter(|_| *word == "with").chain((*word == "set").then_some(rest))
                {
                    self.set(part)?;
                }
            }
            "for" => {
                let (targets, from) = rest.split_at(rest.iter().position(|token| *token == Token::Name("in"))?);
                let growth = self.expression(from)?;
                let growth = if rest.contains(&Token::Name("recursive")) { growth.max(HANDED) } else { growth };
                self.bind(targets, growth);
            }
            "macro" | "call" => {
                let at = rest.iter().position(|token| *token == Token::Sign('(')).unwrap_or(rest.len());
                if let (Some(Token::Name(name)), "macro") = (rest.first(), *word) {
                    self.macros.insert(name);
                    self.bind(&rest[at..], HANDED);
                } else {
                    let end = at + split_at_close(&rest[at..]);
                    self.bind(if at == 0 { &rest[..end] } else { &[] }, HANDED);
                    self.expression(if at == 0 { &rest[end..] } else { rest })?;
                }
            }
            "include" | "import" | "from" | "extends" => {
                return (self.largest <= HANDED).then_some(());
            }
            _ => drop(self.expression(rest)?),
        }
        Some(())
    }

    /// `name = value`; without a value, it is what the block writes.
    fn set(&mut self, part: &[Token<'a>]) -> Option<()> {
        let is_equal = |at: &usize| part[*at] == Token::Sign('=') && part.get(at + 1) != Some(&Token::Sign('='));
        let growth = match (0..part.len()).find(is_equal) {
            Some(at) => self.expression(&part[at + 1..])?,
            None => HANDED,
        };
        let end = (0..part.len()).find(is_equal).unwrap_or(part.len());
        self.bind(&part[..end], growth);
        Some(())
    }

    fn bind(&mut self, names: &[Token<'a>], growth: u64) {
        self.largest = self.largest.max(growth);
        for token in names {
            if let Token::Name(name) = token {
                self.growth.insert(name, growth.max(1));
            }
        }
    }

    fn of(&self, name: &str) -> u64 {
        match self.growth.get(name) {
            Some(growth) => *growth,
            None if WORDS.contains(&name) => 0,
            None if GIVEN.contains(&name) => 1,
            None => HANDED,
        }
    }

    /// The growth of what an expression makes; `None` if it, or what it hands on, is more than it may be.
    fn expression(&self, tokens: &[Token<'a>]) -> Option<u64> {
        let mut total: u64 = 0;
        for part in split(tokens, ',') {
            total = total.saturating_add(self.part(part)?);
        }
        (total <= MOST).then_some(total)
    }

    /// A part without commas of its own.
    fn part(&self, tokens: &[Token<'a>]) -> Option<u64> {
        let joins = tokens.iter().any(|token| matches!(token, Token::Sign('~' | '+' | '*')));
        let (mut largest, mut sum, mut longer) = (0, 0_u64, 1_u64);
        let mut at = 0;
        while at < tokens.len() {
            let before = at.checked_sub(1).map(|before| tokens[before]);
            let calls = tokens.get(at + 1) == Some(&Token::Sign('('));
            let growth = match tokens[at] {
                Token::Name(filter) if before == Some(Token::Sign('|')) => {
                    let by = LONGER.iter().find(|(known, _)| *known == filter).map_or(1, |(_, by)| *by);
                    longer = longer.saturating_mul(by);
                    0
                }
                Token::Name(_) if before == Some(Token::Sign('.')) => 0,
                Token::Name(name) if self.macros.contains(name) && calls => HANDED,
                Token::Name(name) => self.of(name),
                Token::Sign('*') => HANDED,
                Token::Sign(open @ ('(' | '[' | '{')) => {
                    let end = at + split_at_close(&tokens[at..]);
                    let inside = &tokens[at + 1..end.saturating_sub(1).max(at + 1)];
                    let growth = self.brackets(open, before, inside)?;
                    at = end.max(at + 1) - 1;
                    growth
                }
                Token::Literal | Token::Sign(_) => 0,
            };
            largest = largest.max(growth);
            sum = sum.saturating_add(growth);
            at += 1;
        }
        let growth = if joins { sum } else { largest }.saturating_mul(longer);
        (growth <= MOST).then_some(growth)
    }

    /// What stands in brackets: the parts of a list add up, those of a call are handed on one by one.
    fn brackets(&self, open: char, before: Option<Token>, inside: &[Token<'a>]) -> Option<u64> {
        let is_function = |name: &str| ["range", "dict"].contains(&name) || WORDS.contains(&name);
        let is_call = open == '(' && matches!(before, Some(Token::Name(name)) if !is_function(name));
        if open != '(' {
            return self.expression(inside);
        }
        let parts: Option<Vec<u64>> = split(inside, ',').into_iter().map(|part| self.part(part)).collect();
        let largest = parts?.into_iter().max().unwrap_or(0);
        (!is_call || largest <= HANDED).then_some(largest)
    }
}

/// The parts between signs that stand in no brackets.
fn split<'t, 'a>(tokens: &'t [Token<'a>], sign: char) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0_usize;
    let is_between = |token: &Token| {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Sign(sign)
    };
    tokens.split(is_between).collect()
}

/// Where brackets end that open with the first token.
fn split_at_close(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_grows_with_each_step_is_found() {
        let doubling = "{% set x = x ~ x %}".repeat(5);
        let wide = format!("{{{{ name{} }}}}", " ~ name".repeat(256));
        let quoted = format!("{{{{ name{} }}}}", " | tojson".repeat(5));
        for template in [
            doubling.as_str(),
            &format!("{{% set x = name %}}{}", "{% set x = [x, x] %}".repeat(9)),
            &format!("{{% set x = name %}}{}", "{% set x = x + x %}".repeat(9)),
            &format!("{{% set x = name %}}{}", "{%- with x = x ~ x -%}".repeat(9)),
            &format!("{{% set a = name %}}{}", "{% set b = a ~ a %}{% set a = b ~ b %}".repeat(5)),
            "{% macro f(x, n) %}{% if n %}{{ f(x ~ x, n - 1) }}{% endif %}{% endmacro %}{{ f(name, 9) }}",
            "{% for x in [name] recursive %}{{ loop([x ~ x]) }}{% endfor %}",
            "{% set x = y ~ y %}{% include 'part' %}",
            &wide,
            &quoted,
            "{% set x = \"-\" * 9 %}{{ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x }}",
        ] {
            assert!(excessive(template).is_some(), "{template}");
        }
    }

    #[test]
    fn what_templates_do_is_fine() {
        for template in [
            "",
            "{",
            "{{",
            "{% set x = \"a\" ~ rules[0].id ~ 'b\\'' ~ name %}{{ x }}",
            "{% for rule in rules %}{{ rule.id ~ \": \" ~ rule.text | replace(\"a\", name) }}\n{% endfor %}",
            "{% macro row(a, b) %}{{ a ~ \" | \" ~ b }}{% endmacro %}{{ row(name, name) ~ row(\"x\", \"y\") }}",
            "{% set n = 0 %}{% set n = n + 1 %}{% set n = n + 1 %}{{ \"=\" * (name | length) }}",
            "{% raw %}{{ x ~ x }}{% set x = x ~ x %}{% endraw %}{# {% set x = x ~ x %} #}{{ name }}",
            &format!("{{{{ {} }}}}", "name ~ ".repeat(9) + "name"),
            &"{% set x = name ~ name %}".repeat(99),
            &"{{ name ~ name }}".repeat(999),
            "{% set body %}{{ name }}{% endset %}{{ body | trim }}{% include \"part\" %}",
            "{{ {\"id\": name, \"text\": rules | map(attribute=\"text\") | join(\", \")} | tojson }}",
        ] {
            assert_eq!(excessive(template), None, "{template}");
        }
    }
}
