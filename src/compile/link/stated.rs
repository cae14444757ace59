//! Is the number of a link what the data say: with its unit, and with the words beside it?

use super::claims::{Fact, Subject};
use crate::diag::{Code, Diagnostic};
use crate::input::files::paper::Link;
use crate::model::{Case, Figure, Model, Op};
use crate::text::quantity::{self, Bound, Comparison, NumberInText as Number, Unit};

/// Complains about a link that says something else than the data, or nothing that can be compared with them.
pub fn verify(model: &Model, link: &Link, subject: Subject, fact: &Fact) -> Option<Diagnostic> {
    let unclear =
        |message: String, help: String| Some(Diagnostic::new(Code::UnclearClaim, link.span, message).help(help));
    let numbers = Number::found(&link.text);
    let [(range, number)] = numbers.as_slice() else {
        if numbers.len() > 1 {
            let help = format!("link only the one that `{}` bears out: {}", subject.id, fact.text);
            return unclear(format!("`{}` holds {} numbers", link.text, numbers.len()), help);
        }
        let help = format!("write it plainly: {}", fact.text);
        if quantity::hides_digits(&link.text) {
            return unclear(format!("`{}` has digits, but no number that can be read", link.text), help);
        }
        return quantity::in_words(&link.text)
            .and_then(|words| unclear(format!("`{words}` is a number in words, which cannot be compared"), help));
    };
    let inside = (&link.text[..range.start], &link.text[range.end..]);
    if let Some(beside) = beside(link, number.unit.is_some()) {
        let help = format!("take it into the link, or put a space between: {}", fact.text);
        return unclear(format!("`{beside}` right beside the link would change its number"), help);
    }
    let stated = Stated { link, number, inside };
    let unit = match stated.unit(fact) {
        Ok(unit) => unit,
        Err(diagnostic) => return Some(*diagnostic),
    };
    let is_difference = || model.figures.get(subject.id).is_some_and(|figure| figure.op == Op::Difference);
    let points = || (unit.is_percentage_points() && fact.unit.is_percent() && is_difference()).then_some(1.0);
    let Some(factor) = fact.unit.factor_to(&unit).or_else(points) else {
        let message = format!("`{}` is in `{}`, not in `{unit}`", subject.id, fact.unit);
        let diagnostic = Diagnostic::new(Code::UnclearClaim, link.span, message).also(fact.span, "defined here");
        return Some(diagnostic.help(format!("it is {}", fact.text)));
    };
    let kind = model.figures.get(subject.id).map(|figure| figure.op);
    stated.against(fact, &unit, factor, &seen(model, subject)).or_else(|| stated.compared(subject, kind, fact, factor))
}

/// What stands so close to a link that it is read as a part of its number.
fn beside(link: &Link, has_unit: bool) -> Option<String> {
    let mut before = link.before.chars().rev();
    let (last, previous) = (before.next(), before.next());
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let is_sign = |c: char| "-−+±".contains(c) && !previous.is_some_and(|c| c.is_alphanumeric() || c == ')');
    let before = last.filter(|c| c.is_alphanumeric() || is_sign(*c) || ".,/'_".contains(*c) && is_digit(previous));
    if before.is_some() {
        return before.map(String::from);
    }
    let after: String = link.after.chars().take_while(|c| !c.is_whitespace()).collect();
    let word: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '%').collect();
    // Behind a unit, a point or a comma ends the sentence or the item.
    let joints: &[char] = if has_unit { &['×', '·', '*', '^'] } else { &['×', '·', '*', '^', '.', ',', '\'', '_'] };
    let mut signs = after.trim_start_matches(joints).chars();
    let goes_on = word.contains(char::is_numeric) || signs.next().is_some_and(char::is_numeric);
    (goes_on || has_unit && !word.is_empty()).then_some(after)
}

/// A number as a paper has it.
struct Stated<'a> {
    link: &'a Link,
    number: &'a Number,
    /// The text of the link before the number, and that behind it and its unit.
    inside: (&'a str, &'a str),
}

impl Stated<'_> {
    /// The unit that the number is said to be in: of the link, behind it, or over its column.
    fn unit(&self, fact: &Fact) -> Result<Unit, Box<Diagnostic>> {
        let Self { link, number, inside: (before, behind) } = self;
        let refuse = |message: String, help: String| {
            Err(Box::new(Diagnostic::new(Code::UnclearClaim, link.span, message).help(help)))
        };
        let own = fact.unit.symbol();
        let is_digits = |text: &String| text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        match (&number.unit, &number.unknown) {
            (Some(unit), None) => return Ok(unit.clone()),
            (_, Some(digits)) if is_digits(digits) => {
                let help = format!("write one plain number, as 5,000 or 0.2, with its unit: {}", fact.text);
                return refuse(format!("`{digits}` is not one plain number"), help);
            }
            (None, Some(_)) if begins_with(behind, fact.unit) => return Ok(fact.unit.clone()),
            (_, Some(word)) => {
                let known = format!("it knows {}", Unit::KNOWN);
                let help = format!("write the number out, with its unit: {}; {known}", fact.text);
                return refuse(format!("`{word}` is no unit that kbc knows"), help);
            }
            (None, None) => {}
        }
        if before.trim_end().ends_with(own) && !own.chars().all(char::is_alphanumeric) {
            return Ok(fact.unit.clone());
        }
        let is_factor = |text: &str| {
            let text = text.trim_end().to_lowercase();
            ["factor of", "factor"].iter().any(|words| text.ends_with(words))
        };
        if is_factor(before) || before.trim().is_empty() && is_factor(&link.before) {
            return Ok(Unit::new(Unit::TIMES));
        }
        let outside = if behind.trim().is_empty() { link.after.as_str() } else { "" };
        let read = Number::all(&format!("1{outside}")).into_iter().next().filter(|read| read.value == 1.0);
        if let Some(Number { unit: Some(unit), unknown: None, .. }) = read {
            return Ok(unit);
        }
        if begins_with(outside, fact.unit) {
            return Ok(fact.unit.clone());
        }
        link.column.clone().map_or_else(
            || {
                refuse(
                    format!("`{}` has no unit, and kbc does not take `{own}` from the data", link.text),
                    format!("write it with its unit: {}", fact.text),
                )
            },
            Ok,
        )
    }

    /// The bound that the words beside the number set, and whether they call it an approximation.
    fn bound(&self) -> (Bound, bool) {
        let before = format!("{}{}", self.link.before, self.inside.0);
        Bound::of(&before, &format!("{}{}", self.inside.1, self.link.after))
    }

    /// Holds the number against the data; `factor` makes of them what the number is in.
    fn against(&self, fact: &Fact, unit: &Unit, factor: f64, seen: &[Seen]) -> Option<Diagnostic> {
        let number = self.number;
        let value = fact.value * factor;
        let (bound, approximate) = self.bound();
        let is_true = number.is_true_of(value, approximate);
        let largest = seen.iter().map(|seen| seen.value * factor).fold(value, f64::max);
        let is_reached = match bound {
            Bound::None => is_true,
            Bound::UpTo => {
                number.is_true_of(largest, true)
                    || seen.iter().any(|seen| number.is_true_of(seen.high() * factor, true))
            }
            Bound::Nearly => value >= number.value - number.value.abs() * 0.1,
            Bound::AtLeast | Bound::MoreThan | Bound::AtMost | Bound::LessThan => true,
        };
        let is_kept = |seen: &&Seen| {
            let (low, high) = if bound == Bound::Nearly { (seen.value, seen.value) } else { (seen.low(), seen.high()) };
            approximate && number.is_true_of(seen.value * factor, true)
                || bound.holds(number.value, low * factor, high * factor)
        };
        if bound == Bound::None {
            return (!is_true).then(|| self.false_claim(fact, value, unit));
        }
        let broken = seen.iter().find(|seen| !is_kept(seen));
        if let Some(broken) = broken {
            return Some(self.beyond(fact, broken, bound, unit, factor));
        }
        (!is_reached).then(|| self.false_claim(fact, if bound == Bound::UpTo { largest } else { value }, unit))
    }

    fn false_claim(&self, fact: &Fact, value: f64, unit: &Unit) -> Diagnostic {
        let (number, text) = (self.number, &self.link.text);
        let bound = self.bound().0;
        let mut at_its_precision = quantity::print(value, unit, Some(number.decimals));
        if Number::all(&at_its_precision).iter().all(|number| number.value == 0.0) {
            at_its_precision = quantity::print(value, unit, None);
        }
        let message = format!("the paper says {}, the data say {at_its_precision}", self.said(bound));
        let diagnostic = self.with_its_data(fact, message).label(format!("not {at_its_precision}"));
        if number.is_true_of(value, true) && bound == Bound::None {
            diagnostic.help(format!("write `{at_its_precision}`, or `about {text}`"))
        } else {
            diagnostic.help(format!("write `{at_its_precision}`, or correct the data"))
        }
    }

    /// What the paper says, with the words that set a bound.
    fn said(&self, bound: Bound) -> String {
        let (inside, _) = Bound::of(self.inside.0, self.inside.1);
        let words = if inside == Bound::None { bound.words() } else { "" };
        format!("{words}{}", self.link.text)
    }

    /// A value that the words beside the number leave out.
    fn beyond(&self, fact: &Fact, seen: &Seen, bound: Bound, unit: &Unit, factor: f64) -> Diagnostic {
        let said = self.said(bound);
        let value = seen.value * factor;
        let print = |decimals| quantity::print(value, unit, Some(decimals));
        // With as many digits as it takes to see the difference.
        let is_other = |printed: &String| {
            Number::all(printed).first().is_some_and(|printed| !printed.is_true_of(self.number.value, false))
        };
        let decimals = self.number.decimals;
        let mut shown = (decimals..decimals + 4).map(print).find(is_other).unwrap_or_else(|| print(decimals));
        let is_in_the_spread = bound.holds(self.number.value, value, value);
        if is_in_the_spread {
            shown = format!("{shown} ± {}", quantity::print(seen.spread() * factor, unit, None));
        }
        let place = if seen.is_home { String::new() } else { format!(" in `{}`", seen.environment) };
        let message = format!("the paper says {said}, the data say {shown}{place}");
        let help = match (is_in_the_spread, seen.is_home) {
            (true, _) => "write a bound beyond the spread, or the number without one".to_owned(),
            (false, true) => format!("write `{shown}`, or a bound that holds"),
            (false, false) => {
                "write a bound that holds in every environment, or link it for one: `#figure@environment`".into()
            }
        };
        self.with_its_data(fact, message).label(format!("not {said}")).help(help)
    }

    fn with_its_data(&self, fact: &Fact, message: String) -> Diagnostic {
        let mut diagnostic =
            Diagnostic::new(Code::FalseClaim, self.link.span, message).also(fact.span, "from here").note(&fact.formula);
        for (name, span) in &fact.inputs {
            diagnostic = diagnostic.also(*span, format!("`{name}`"));
        }
        diagnostic
    }

    /// Does a word that compares fit the figure? Of a ratio above one both ways can be told, by what is named first.
    fn compared(&self, subject: Subject, kind: Option<Op>, fact: &Fact, factor: f64) -> Option<Diagnostic> {
        let before = format!("{}{}", self.link.before, self.inside.0);
        let (way, word) = quantity::comparison(&before, &format!("{}{}", self.inside.1, self.link.after))?;
        let text = &self.link.text;
        let diagnostic =
            |code, message: String| Diagnostic::new(code, self.link.span, message).also(fact.span, "from here");
        match (kind?, way) {
            (Op::Ratio, _) if fact.value * factor < 1.0 && self.number.value < 1.0 => {
                let message = format!("nothing is `{word}` by {text}: the ratio is below one");
                let help = format!("say `{text} the time` or the like, or turn the ratio of `{}` round", subject.id);
                Some(diagnostic(Code::UnclearClaim, message).help(help))
            }
            (Op::Share, _) => {
                let message = format!("`{}` is a share of the whole: {text} of it, not {text} {word}", subject.id);
                Some(diagnostic(Code::UnclearClaim, message).help("say of what it is the share, or define a `saving`"))
            }
            (Op::Saving, Comparison::More) if fact.value > 0.0 => {
                let message = format!("the paper says {text} {word}, the data say that {text} are saved");
                Some(
                    diagnostic(Code::FalseClaim, message).note(&fact.formula).help("say `less`, or correct the figure"),
                )
            }
            (Op::Saving, Comparison::Less) if fact.value < 0.0 => {
                let message = format!("the paper says {text} {word}, the data say that it is more");
                Some(
                    diagnostic(Code::FalseClaim, message).note(&fact.formula).help("say `more`, or correct the figure"),
                )
            }
            (Op::Ratio | Op::Saving | Op::Difference | Op::Value | Op::Crossover, _) => None,
        }
    }
}

/// Does a text begin with a unit of the data, as a word of its own?
fn begins_with(text: &str, unit: &Unit) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || "-_(*`".contains(c));
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || "^/_".contains(c));
    let word: String = text.chars().take_while(|c| c.is_alphabetic()).collect();
    let is_word = !word.is_empty() && ends(&text[word.len()..]) && Unit::new(word).factor_to(unit) == Some(1.0);
    is_word || text.strip_prefix(unit.symbol()).is_some_and(ends)
}

/// What one environment says of a figure or case, in the unit of the data.
struct Seen {
    environment: String,
    is_home: bool,
    value: f64,
    /// How far it may lie below and above.
    reach: (f64, f64),
}

impl Seen {
    fn low(&self) -> f64 {
        self.value - self.reach.0
    }

    fn high(&self) -> f64 {
        self.value + self.reach.1
    }

    /// The greater of the two.
    fn spread(&self) -> f64 {
        self.reach.0.max(self.reach.1)
    }
}

/// The values in all environments that a link claims something of.
fn seen(model: &Model, subject: Subject) -> Vec<Seen> {
    let Some(figure) = model.figures.get(subject.id) else { return case(model, subject).into_iter().collect() };
    let named = |environment: &str| subject.environment.is_none_or(|named| named == environment);
    let mut all = Vec::new();
    let home = figure.home.first().map_or("", String::as_str);
    if subject.environment.is_none() || figure.home.len() == 1 && named(home) {
        let reach = reach(figure, figure.value, &|id, case| Some(figure.input(&model.benchmarks, id, case)?.1));
        all.push(Seen { environment: home.to_owned(), is_home: true, value: figure.value, reach });
    }
    let is_claimed = |environment: &str| {
        let is_relative = matches!(figure.op, Op::Ratio | Op::Saving | Op::Share);
        named(environment) && (subject.environment.is_some() || is_relative && figure.is_claimed_for(environment))
    };
    for (environment, there) in figure.elsewhere.iter().filter(|(environment, _)| is_claimed(environment)) {
        let Some(value) = there.value else { continue };
        let cases = |id: &str, case: &str| model.benchmarks.get(id)?.in_environment(environment)?.cases.get(case);
        let reach = reach(figure, value, &cases);
        all.push(Seen { environment: environment.clone(), is_home: false, value, reach });
    }
    all
}

fn case(model: &Model, subject: Subject) -> Option<Seen> {
    let (benchmark, case) = subject.id.split_once('.')?;
    let benchmark = model.benchmarks.get(benchmark)?;
    let (first, _) = benchmark.case(case)?;
    let environment = subject.environment.unwrap_or(&first.environment);
    let measured = benchmark.in_environment(environment)?.cases.get(case)?;
    Some(Seen {
        environment: environment.to_owned(),
        is_home: environment == first.environment,
        value: measured.value,
        reach: measured.reach(),
    })
}

/// How far a figure may lie from its value, below and above, by the spreads of its cases (to the first order).
fn reach<'a>(figure: &Figure, value: f64, cases: &dyn Fn(&str, &str) -> Option<&'a Case>) -> (f64, f64) {
    let inputs = || figure.inputs.iter().filter_map(|(benchmark, case)| cases(benchmark, case));
    let wider = |case: &Case| case.reach().0.max(case.reach().1);
    let relative = || inputs().map(|case| (wider(case) / case.value).abs()).sum::<f64>();
    let both = |spread: f64| if spread.is_finite() { (spread, spread) } else { (0.0, 0.0) };
    match figure.op {
        Op::Ratio | Op::Share => both(value.abs() * relative()),
        Op::Saving => both((100.0 - value).abs() * relative()),
        Op::Difference => both(inputs().map(wider).sum()),
        Op::Value => inputs().next().map_or((0.0, 0.0), |case| {
            // To the unit that the figure is printed in.
            let factor = if case.value == 0.0 { 1.0 } else { (value / case.value).abs() };
            (case.reach().0 * factor, case.reach().1 * factor)
        }),
        Op::Crossover => (0.0, 0.0),
    }
}
