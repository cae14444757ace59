//! Does a figure say the same in every environment that it is claimed for? Whoever reads the number reads it as
//! true of every machine; where it is not, a paper says so or the build does.

use std::cmp::Ordering;

use super::Used;
use crate::diag::{Code, Diagnostic, Sink};
use crate::model::{EnvironmentValue, Figure, Model, Op};
use crate::text::quantity::NumberInText;

/// Complains about figures that another environment does not bear out and no paper says so of.
pub fn check(model: &Model, used: &Used, diags: &mut Sink) {
    for (id, figure) in &model.figures {
        for (environment, elsewhere) in &figure.elsewhere {
            let is_said = used.contains(&format!("{id}@{environment}"));
            if is_said || !figure.is_claimed_for(environment) {
                continue;
            }
            let comparing = Comparing { model, id, figure, environment, elsewhere };
            match verdict(figure, elsewhere) {
                Verdict::Agrees => {}
                Verdict::Differs(by) => diags.push(comparing.differs(by)),
                Verdict::Reversed => diags.push(comparing.turned()),
            }
        }
    }
}

/// What another environment says of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Agrees,
    /// By so many per cent of the figure; `None` where a crossover is not there at all.
    Differs(Option<f64>),
    /// The fast way is the slow one.
    Reversed,
}

/// Holds a figure against what it is elsewhere.
pub fn verdict(figure: &Figure, elsewhere: &EnvironmentValue) -> Verdict {
    let Some(value) = elsewhere.value else { return Verdict::Differs(None) };
    // A ratio that is printed as 1.0x claims no direction, so none can be turned round.
    let side = |text: &str| {
        let number = NumberInText::all(text).first().map_or(f64::NAN, |number| number.value);
        pivot(figure.op).and_then(|pivot| number.partial_cmp(&pivot)).filter(|side| *side != Ordering::Equal)
    };
    if let (Some(first), Some(second)) = (side(&figure.text), side(&elsewhere.text))
        && first != second
    {
        return Verdict::Reversed;
    }
    let by = 100.0 * ((value - figure.value) / figure.value).abs();
    match figure.op {
        Op::Ratio | Op::Saving | Op::Share if by > figure.tolerance => Verdict::Differs(Some(by)),
        Op::Ratio | Op::Saving | Op::Share | Op::Difference | Op::Value | Op::Crossover => Verdict::Agrees,
    }
}

/// Where a figure changes from "more" to "less".
fn pivot(op: Op) -> Option<f64> {
    match op {
        Op::Ratio => Some(1.0),
        Op::Share => Some(100.0),
        Op::Difference | Op::Saving => Some(0.0),
        Op::Value | Op::Crossover => None,
    }
}

/// A figure beside what it is in one other environment.
struct Comparing<'a> {
    model: &'a Model,
    id: &'a str,
    figure: &'a Figure,
    environment: &'a str,
    elsewhere: &'a EnvironmentValue,
}

impl Comparing<'_> {
    fn differs(&self, by: Option<f64>) -> Diagnostic {
        let Self { id, environment, .. } = self;
        let (text, home) = (&self.figure.text, self.home());
        let Some(by) = by else {
            let message = format!("`{id}` is {text} in {home}, and in `{environment}` nothing crosses");
            return self.places(Diagnostic::new(Code::EnvironmentsDisagree, self.figure.span, message));
        };
        let message = format!("`{id}` is {text} in {home} and {} in `{environment}`", self.elsewhere.text);
        let tolerance = self.figure.tolerance;
        let label = format!("they differ by {by:.0}%, {tolerance}% is tolerated");
        self.places(Diagnostic::new(Code::EnvironmentsDisagree, self.figure.span, message).label(label))
    }

    fn turned(&self) -> Diagnostic {
        let Self { id, environment, .. } = self;
        let (text, home) = (&self.figure.text, self.home());
        let there = &self.elsewhere.text;
        let message = format!("`{id}` is reversed in `{environment}`: {there} there, {text} in {home}");
        self.places(
            Diagnostic::new(Code::ClaimReversed, self.figure.span, message).label("true of one, false of the other"),
        )
    }

    fn home(&self) -> String {
        let names: Vec<String> = self.figure.home.iter().map(|id| format!("`{id}`")).collect();
        names.join(" and ")
    }

    /// The measured values on both sides, and what to do.
    fn places(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let mut inputs: Vec<_> = self.figure.inputs.iter().collect();
        inputs.dedup();
        for (benchmark, case) in inputs.into_iter().take(4) {
            let first = self.figure.input(&self.model.benchmarks, benchmark, case);
            let there = self.model.benchmarks[benchmark].in_environment(self.environment);
            let there = there.and_then(|results| Some((results, results.cases.get(case)?)));
            for (results, case_there) in [first, there].into_iter().flatten() {
                diagnostic =
                    diagnostic.also(case_there.span, format!("`{benchmark}.{case}` in `{}`", results.environment));
            }
        }
        let link = format!("`[{}](../data/...#{}@{})`", self.elsewhere.text, self.id, self.environment);
        let homes = self.figure.home.join(", ");
        diagnostic.help(format!("say so in a paper: {link}, or name where it holds: `holds_in: [{homes}]`"))
    }
}
