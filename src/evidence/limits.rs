//! Holding results of benchmarks against a limit.

use std::collections::HashMap;

use crate::evidence::bench_results::{Measured, Run};
use crate::input::files::check::{Metric, Statistic};
use crate::text::quantity::{self, Unit, plural};
use crate::text::source::nearest;

/// What became of a limit.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Kept; and the stretch goal, if there is one?
    Met {
        stretch: Option<bool>,
    },
    Broken,
    /// It was measured, but says nothing: it failed, ran too few rounds, has several bases or no unit that converts.
    Unknown,
    /// It was measured, but what it is relative to was not.
    NoBase,
    /// Nobody measured it in this run.
    Absent,
}

/// A limit held against one result.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The result, or what the limit asked for.
    pub name: String,
    pub outcome: Outcome,
    /// The number and the limit, or why nothing can be said.
    pub text: String,
    /// The names that there are, where the one asked for is none of them.
    pub help: Option<String>,
}

/// Holds every result that a limit is about against it, in the order of their names. Nothing to hold is a judgement too.
pub fn judge(metric: &Metric, run: &Run) -> Vec<Judged> {
    let wanted = metric.quantity.as_deref().unwrap_or("time");
    let is_wanted = |measured: &&Measured| measured.quantity.is_empty() || measured.quantity == wanted;
    let results: Vec<&Measured> = run.results.iter().filter(is_wanted).collect();
    let named = |pattern: &str| {
        let mut found: Vec<&Measured> =
            results.iter().copied().filter(|measured| is_named(measured, pattern)).collect();
        found.sort_by(|a, b| a.identity().cmp(b.identity()).then(a.median.total_cmp(&b.median)));
        found
    };
    let found = named(&metric.result);
    if found.is_empty() {
        return vec![missing(&metric.result, wanted, &results, Outcome::Absent)];
    }
    let bases = metric.relative_to.as_ref().map(|name| (name, named(name)));
    let base = match bases {
        None => None,
        Some((_, bases)) if bases.len() == 1 => Some(bases[0]),
        Some((name, bases)) if bases.is_empty() => return vec![missing(name, wanted, &results, Outcome::NoBase)],
        Some((name, bases)) => return vec![ambiguous(name, &bases)],
    };
    let mut namesakes = HashMap::new();
    for measured in &found {
        *namesakes.entry(measured.name.as_str()).or_default() += 1;
    }
    let judging = Judging { metric, namesakes };
    found.iter().map(|measured| judging.judge(measured, base)).collect()
}

fn is_named(measured: &Measured, pattern: &str) -> bool {
    let fits = |name: &str| {
        let mut rest = name;
        let mut parts = pattern.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(after) = rest.strip_prefix(first) else { return false };
        rest = after;
        let mut last = None;
        for part in parts {
            if let Some(part) = last {
                let Some(at) = rest.find(part) else { return false };
                rest = &rest[at + str::len(part)..];
            }
            last = Some(part);
        }
        last.map_or(rest.is_empty(), |last| rest.ends_with(last))
    };
    fits(&measured.name) || measured.full.as_deref().is_some_and(fits)
}

fn missing(name: &str, quantity: &str, results: &[&Measured], outcome: Outcome) -> Judged {
    let names: Vec<&str> = results.iter().map(|measured| measured.name.as_str()).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if names.is_empty() => None,
        None => Some(format!("there are {}", shown(names.into_iter()))),
    };
    let text = format!("there is no {quantity} of `{name}`");
    Judged { name: name.to_owned(), outcome, text, help }
}

/// A base that is several says nothing, whichever of them comes first.
fn ambiguous(name: &str, bases: &[&Measured]) -> Judged {
    let names = shown(bases.iter().map(|base| base.identity()));
    let text = format!("`{name}` is {}: {names}", plural(bases.len(), "result"));
    let help = Some("name one of them as the base, with its file or parameters".to_owned());
    Judged { name: name.to_owned(), outcome: Outcome::Unknown, text, help }
}

/// Names that are shown at most.
const MAX_SHOWN: usize = 12;

fn shown<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.take(MAX_SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A limit, and how many results it is about by name.
struct Judging<'a> {
    metric: &'a Metric,
    namesakes: HashMap<&'a str, usize>,
}

impl Judging<'_> {
    /// The name of a result, with what tells it from the others where there are others of that name.
    fn name<'a>(&self, measured: &'a Measured) -> &'a str {
        let is_one_of_several = self.namesakes.get(measured.name.as_str()).is_some_and(|count| *count > 1);
        if is_one_of_several { measured.identity() } else { &measured.name }
    }

    fn judge(&self, measured: &Measured, base: Option<&Measured>) -> Judged {
        let name = self.name(measured);
        let verdict = |outcome, text| Judged { name: name.to_owned(), outcome, text, help: None };
        let value = match self.value(measured, base) {
            Ok(value) => value,
            Err(why) => return verdict(Outcome::Unknown, why),
        };
        let Metric { target, stretch, statistic, .. } = self.metric;
        let number = quantity::print(value, &target.unit(), None);
        let what = match base {
            None => format!("the {} of `{name}` is {number}", statistic.name()),
            Some(base) => format!("`{name}` is {number} of `{}`", base.name),
        };
        if !target.holds(value) {
            return verdict(Outcome::Broken, format!("{what}, the target is {}", target.0));
        }
        let Some(stretch) = stretch else {
            return verdict(Outcome::Met { stretch: None }, format!("{what}, the target is {}", target.0));
        };
        let factor = target.unit().factor_to(&stretch.unit()).unwrap_or(f64::NAN);
        let is_met = stretch.holds(value * factor);
        let goal = if is_met { format!("target is {}", target.0) } else { format!("stretch goal is {}", stretch.0) };
        verdict(Outcome::Met { stretch: Some(is_met) }, format!("{what}, the {goal}"))
    }

    /// What is held against the limit, in its unit.
    fn value(&self, measured: &Measured, base: Option<&Measured>) -> Result<f64, String> {
        let both = [Some(measured), base];
        for side in both.into_iter().flatten() {
            if let Some(trouble) = &side.trouble {
                return Err(format!("`{}` {trouble}", self.name(side)));
            }
        }
        let rounds = both.into_iter().flatten().filter_map(|side| Some((side.rounds?, side))).min_by_key(|side| side.0);
        if let (Some(least), Some((rounds, side))) = (self.metric.rounds, rounds)
            && rounds < u64::from(least)
        {
            let ran = plural(usize::try_from(rounds).unwrap_or(usize::MAX), "round");
            return Err(format!("`{}` ran {ran}, and fewer than {least} say nothing", self.name(side)));
        }
        let target = self.metric.target.unit();
        let value = self.statistic(measured)?;
        let (value, factor) = match base {
            None => (value, factor(measured, &target).ok_or_else(|| self.no_unit(measured, &target))?),
            Some(base) => {
                let factor = match (&measured.unit, &base.unit) {
                    (Some(unit), Some(base_unit)) => unit.factor_to(base_unit),
                    (unit, base_unit) => (unit == base_unit).then_some(1.0),
                };
                let factor = factor.ok_or_else(|| self.no_ratio(measured, base))?;
                let is_percent = ["%", "percent"].contains(&target.symbol());
                (value / self.statistic(base)?, factor * if is_percent { 100.0 } else { 1.0 })
            }
        };
        let value = quantity::tidy(value * factor);
        value.is_finite().then_some(value).ok_or_else(|| {
            format!(
                "`{}` cannot be divided by what `{}` took",
                self.name(measured),
                base.map_or("it", |base| &base.name)
            )
        })
    }

    fn statistic(&self, measured: &Measured) -> Result<f64, String> {
        let value = match self.metric.statistic {
            Statistic::Median => Some(measured.median),
            Statistic::Min => measured.min,
        };
        let value = value.filter(|value| value.is_finite());
        value.ok_or_else(|| format!("`{}` has no {}", self.name(measured), self.metric.statistic.name()))
    }

    fn no_unit(&self, measured: &Measured, target: &Unit) -> String {
        let unit = measured.unit.as_ref().map_or("no unit", Unit::symbol);
        format!("`{}` is in {unit}, its limit in {target}", self.name(measured))
    }

    fn no_ratio(&self, measured: &Measured, base: &Measured) -> String {
        let unit = |side: &Measured| side.unit.as_ref().map_or("no unit".to_owned(), Unit::to_string);
        format!("`{}` is in {}, its base `{}` in {}", self.name(measured), unit(measured), base.name, unit(base))
    }
}

/// A plain number is in the unit of the limit.
fn factor(measured: &Measured, target: &Unit) -> Option<f64> {
    measured.unit.as_ref().map_or(Some(1.0), |unit| unit.factor_to(target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::bench_results::{Trouble, example};
    use crate::input::files::check::Limit;

    fn metric(result: &str, target: &str) -> Metric {
        Metric {
            result: result.to_owned(),
            relative_to: None,
            quantity: None,
            statistic: Statistic::Median,
            target: Limit(target.to_owned()),
            stretch: None,
            rounds: None,
        }
    }

    fn outcome(metric: &Metric, text: &str) -> Outcome {
        judge(metric, &example(text).expect("the example is one"))[0].outcome.clone()
    }

    #[test]
    fn units_convert_and_ratios_have_none() {
        assert_eq!(outcome(&metric("import", "<= 500 ms"), "import: 0.4 s"), Outcome::Met { stretch: None });
        assert_eq!(outcome(&metric("import", "<= 500 ms"), "import: 0.6 s"), Outcome::Broken);
        assert_eq!(outcome(&metric("import", "<= 500 ms"), "import: 3 MB"), Outcome::Unknown);
        let ratio = Metric { relative_to: Some("old".into()), ..metric("new", "< 0.6") };
        assert_eq!(outcome(&ratio, "new: 3 s\nold: 10 s"), Outcome::Met { stretch: None });
        assert_eq!(outcome(&ratio, "new: 3 s"), Outcome::NoBase);
        let share = Metric { relative_to: Some("old".into()), ..metric("new", "<= 20 %") };
        assert_eq!(outcome(&share, "new: 3 s\nold: 10 s"), Outcome::Broken);
    }

    #[test]
    fn a_stretch_goal_lies_beyond_the_target() {
        let metric = Metric { stretch: Some(Limit("<= 0.3 s".into())), ..metric("import", "<= 500 ms") };
        assert_eq!(outcome(&metric, "import: 400 ms"), Outcome::Met { stretch: Some(false) });
        assert_eq!(outcome(&metric, "import: 200 ms"), Outcome::Met { stretch: Some(true) });
    }

    #[test]
    fn names_may_have_stars() {
        let run = example("test_a[x]: 1 s\ntest_b: 2 s").expect("it is an example");
        assert_eq!(judge(&metric("test_*", "< 3 s"), &run).len(), 2);
        assert_eq!(judge(&metric("*[x]", "< 3 s"), &run).len(), 1);
        let none = judge(&metric("test_c", "< 3 s"), &run);
        assert_eq!(none[0].help.as_deref(), Some("did you mean `test_b`?"));
    }

    fn measured(name: &str, full: &str, median: f64, unit: &str) -> Measured {
        let unit = (!unit.is_empty()).then(|| Unit::new(unit));
        let (name, full) = (name.to_owned(), Some(full.to_owned()));
        Measured { name, full, quantity: "time".to_owned(), unit, median, min: Some(median), ..Measured::default() }
    }

    #[test]
    fn the_order_of_results_changes_no_verdict() {
        let new = measured("new", "a.py::new", 5.0, "s");
        let bases = [measured("old", "a.py::old", 9.0, "s"), measured("old", "b.py::old", 1.0, "s")];
        let ratio = |base: &str| Metric { relative_to: Some(base.into()), ..metric("new", "< 1") };
        let run = |results: &[&Measured]| Run { results: results.iter().copied().cloned().collect(), ..Run::default() };
        let (one, two) = (run(&[&new, &bases[0], &bases[1]]), run(&[&bases[1], &bases[0], &new]));
        let judged = judge(&ratio("old"), &one);
        assert_eq!(judged, judge(&ratio("old"), &two));
        assert_eq!(judged[0].outcome, Outcome::Unknown);
        assert_eq!(judged[0].text, "`old` is 2 results: `a.py::old`, `b.py::old`");
        assert_eq!(judge(&ratio("a.py::old"), &two)[0].outcome, Outcome::Met { stretch: None });
        let both = judge(&metric("old", "< 5 s"), &two);
        assert_eq!(both[0].text, "the median of `a.py::old` is 9.0 s, the target is < 5 s");
        assert_eq!((&both[0].outcome, &both[1].outcome), (&Outcome::Broken, &Outcome::Met { stretch: None }));
    }

    #[test]
    fn a_base_may_be_in_another_unit() {
        let ratio = Metric { relative_to: Some("old".into()), ..metric("new", "< 0.6") };
        let judge = |new: Measured, old: Measured| {
            let run = Run { results: vec![new, old], ..Run::default() };
            judge(&ratio, &run).remove(0)
        };
        let old = |unit: &str| measured("old", "old", 10.0, unit);
        assert_eq!(judge(measured("new", "new", 300.0, "ms"), old("s")).outcome, Outcome::Met { stretch: None });
        assert_eq!(judge(measured("new", "new", 3.0, "s"), old("ms")).outcome, Outcome::Broken);
        let judged = judge(measured("new", "new", 3.0, "KB"), old("ms"));
        assert_eq!((judged.outcome, judged.text.as_str()), (Outcome::Unknown, "`new` is in KB, its base `old` in ms"));
        assert_eq!(judge(measured("new", "new", 3.0, ""), old("ms")).outcome, Outcome::Unknown);
    }

    #[test]
    fn a_word_that_is_no_known_unit_meets_no_limit() {
        assert_eq!(outcome(&metric("peak", "<= 50 MB"), "peak: 2 quux"), Outcome::Unknown);
        assert_eq!(outcome(&metric("peak", "<= 50 MB"), "peak: 2"), Outcome::Met { stretch: None });
        assert_eq!(outcome(&metric("peak", "<= 50 errors"), "peak: 2 errors"), Outcome::Met { stretch: None });
    }

    #[test]
    fn a_result_of_a_failure_meets_no_limit() {
        let failed = Trouble::Failed("ended with exit code 2".to_owned());
        let bad = Measured { trouble: Some(failed), ..measured("new", "new", 0.1, "s") };
        let run = Run { results: vec![bad], ..Run::default() };
        let judged = judge(&metric("new", "< 1 s"), &run);
        assert_eq!((&judged[0].outcome, judged[0].text.as_str()), (&Outcome::Unknown, "`new` ended with exit code 2"));
    }
}
