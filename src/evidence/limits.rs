//! Holding results of benchmarks against a limit.

use crate::evidence::bench_results::{Measured, Run};
use crate::input::files::check::{Metric, Statistic};
use crate::text::quantity;
use crate::text::source::nearest;

/// What became of a limit.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Kept; and the stretch goal, if there is one?
    Met {
        stretch: Option<bool>,
    },
    Broken,
    /// There is no such result, too few rounds, or units that do not convert.
    Unknown,
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

/// Holds every result that a limit is about against it. Nothing to hold is a judgement too.
pub fn judge(metric: &Metric, run: &Run) -> Vec<Judged> {
    let wanted = metric.quantity.as_deref().unwrap_or("time");
    let is_wanted = |measured: &&Measured| measured.quantity.is_empty() || measured.quantity == wanted;
    let results: Vec<&Measured> = run.results.iter().filter(is_wanted).collect();
    let named =
        |pattern: &str| results.iter().copied().filter(|measured| is_named(measured, pattern)).collect::<Vec<_>>();
    let found = named(&metric.result);
    if found.is_empty() {
        return vec![missing(&metric.result, wanted, &results)];
    }
    let base = match &metric.relative_to {
        None => None,
        Some(name) => match named(name).first() {
            None => return vec![missing(name, wanted, &results)],
            Some(base) => Some(*base),
        },
    };
    found.into_iter().map(|measured| judge_one(metric, measured, base)).collect()
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
    fits(&measured.name) || measured.alias.as_deref().is_some_and(fits)
}

fn missing(name: &str, quantity: &str, results: &[&Measured]) -> Judged {
    let names: Vec<&str> = results.iter().map(|measured| measured.name.as_str()).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if names.is_empty() => None,
        None => Some(format!(
            "there are {}",
            names.iter().take(12).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        )),
    };
    let text = format!("there is no {quantity} of `{name}`");
    Judged { name: name.to_owned(), outcome: Outcome::Unknown, text, help }
}

fn judge_one(metric: &Metric, measured: &Measured, base: Option<&Measured>) -> Judged {
    let verdict = |outcome, text| Judged { name: measured.name.clone(), outcome, text, help: None };
    let unknown = |text: String| verdict(Outcome::Unknown, text);
    let rounds = [Some(measured), base].into_iter().flatten().filter_map(|measured| measured.rounds).min();
    if let (Some(least), Some(rounds)) = (metric.rounds, rounds)
        && rounds < u64::from(least)
    {
        let ran = quantity::plural(usize::try_from(rounds).unwrap_or(usize::MAX), "round");
        return unknown(format!("`{}` ran {ran}, and fewer than {least} say nothing", measured.name));
    }
    let statistic = |measured: &Measured| match metric.statistic {
        Statistic::Median => Some(measured.median),
        Statistic::Min => measured.min,
    };
    let target_unit = metric.target.unit();
    let (value, unit) = match base {
        None => (statistic(measured), measured.unit.clone().unwrap_or(target_unit.clone())),
        Some(base) => {
            let scale = if ["%", "percent"].contains(&target_unit.symbol()) { 100.0 } else { 1.0 };
            let ratio = statistic(measured).zip(statistic(base)).map(|(value, base)| value / base * scale);
            (ratio, target_unit.clone())
        }
    };
    let Some(value) = value.filter(|value| value.is_finite()) else {
        return unknown(format!("`{}` has no {}", measured.name, metric.statistic.name()));
    };
    let Some(factor) = unit.factor_to(&target_unit) else {
        return unknown(format!("`{}` is in {unit}, its limit in {target_unit}", measured.name));
    };
    let value = quantity::tidy(value * factor);
    let shown = quantity::print(value, &target_unit, None);
    let what = match base {
        None => format!("the {} of `{}` is {shown}", metric.statistic.name(), measured.name),
        Some(base) => format!("`{}` is {shown} of `{}`", measured.name, base.name),
    };
    let text = format!("{what}, the target is {}", metric.target.0);
    if !metric.target.holds(value) {
        return verdict(Outcome::Broken, text);
    }
    let stretch = metric.stretch.as_ref().map(|stretch| {
        let factor = target_unit.factor_to(&stretch.unit()).unwrap_or(f64::NAN);
        stretch.holds(value * factor)
    });
    match (&metric.stretch, stretch) {
        (Some(stretch), Some(false)) => {
            verdict(Outcome::Met { stretch: Some(false) }, format!("{what}, the stretch goal is {}", stretch.0))
        }
        _ => verdict(Outcome::Met { stretch }, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::bench_results::example;
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
        assert_eq!(outcome(&ratio, "new: 3 s"), Outcome::Unknown);
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
}
