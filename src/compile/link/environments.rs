//! Does a figure say the same in every environment that it is claimed for? Whoever reads the number reads it as
//! true of every machine; where it is not, a paper says so or the build does.

use std::cmp::Ordering;

use super::Used;
use crate::diag::{Code, Diagnostic, Sink};
use crate::model::{EnvironmentValue, Figure, Kind, Model};
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
        pivot(figure.kind).and_then(|pivot| number.partial_cmp(&pivot)).filter(|side| *side != Ordering::Equal)
    };
    if let (Some(first), Some(second)) = (side(&figure.text), side(&elsewhere.text))
        && first != second
    {
        return Verdict::Reversed;
    }
    let by = 100.0 * ((value - figure.value) / figure.value).abs();
    match figure.kind {
        Kind::Ratio | Kind::Saving | Kind::Share if by > figure.tolerance => Verdict::Differs(Some(by)),
        Kind::Ratio | Kind::Saving | Kind::Share | Kind::Difference | Kind::Value | Kind::Crossover => Verdict::Agrees,
    }
}

/// Where a figure changes from "more" to "less".
fn pivot(kind: Kind) -> Option<f64> {
    match kind {
        Kind::Ratio => Some(1.0),
        Kind::Share => Some(100.0),
        Kind::Difference | Kind::Saving => Some(0.0),
        Kind::Value | Kind::Crossover => None,
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
        for (measurement, case) in inputs.into_iter().take(4) {
            let found = &self.model.measurements[measurement];
            let first = found.cases.get(case).map(|case| (&found.environment[..], case.span));
            let there = found.in_environment(self.environment).and_then(|(cases, _)| cases.get(case));
            let second = there.map(|case| (self.environment, case.span));
            for (environment, span) in [first, second].into_iter().flatten() {
                diagnostic = diagnostic.also(span, format!("`{measurement}.{case}` in `{environment}`"));
            }
        }
        let link = format!("`[{}](../data/...#{}@{})`", self.elsewhere.text, self.id, self.environment);
        let homes = self.figure.home.join(", ");
        diagnostic.help(format!("say so in a paper: {link}, or name where it holds: `holds_in: [{homes}]`"))
    }
}
