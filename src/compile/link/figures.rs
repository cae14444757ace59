//! Figures computed from measurements: where these were first taken, and wherever else they were repeated.

use std::collections::{BTreeMap, BTreeSet};

use super::{UniqueIds, Used, plausibility};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::data;
use crate::input::formats::yaml::Document;
use crate::model::{Case, Confidence, EnvironmentValue, Figure, Kind, Model, Setting};
use crate::text::quantity::{self, Unit};
use crate::text::source::Span;

/// Fills the figures of the model, whose measurements are there.
pub fn link(files: &[data::File], model: &mut Model, used: &mut Used, diags: &mut Sink) {
    let mut owners = UniqueIds::new("figure");
    for file in files {
        for (id, written) in &file.data.figures {
            let pointer = format!("/figures/{}", id.0);
            let span = file.document.key_span(&pointer);
            if model.measurements.contains_key(&id.0) {
                diags.push(
                    Diagnostic::new(Code::DuplicateId, span, format!("`{}` is a measurement and a figure", id.0))
                        .also(model.measurements[&id.0].span, "the measurement")
                        .help("give the figure an id of its own"),
                );
            } else if owners.claim(&id.0, span, diags) && !plausibility::is_unfounded(written, model) {
                let suggests = diags.suggests(Code::UnknownBenchmark, &span.into());
                let document = &file.document;
                let computing = Computing { model, document, pointer: &pointer, place: Series::Original, suggests };
                match computing.figure(written, used) {
                    Ok(figure) => {
                        computing.holds_in(&id.0, &figure, diags);
                        model.settings.extend(settings(&id.0, &pointer, &figure, &file.document));
                        model.figures.insert(id.0.clone(), figure);
                    }
                    Err(diagnostic) => diags.push(*diagnostic),
                }
            }
        }
    }
}

/// Where a figure is claimed, and how exactly; outputs show its value alone.
fn settings(id: &str, pointer: &str, figure: &Figure, document: &Document) -> Vec<Setting> {
    let tolerance = (figure.tolerance.total_cmp(&data::TOLERANCE).is_ne()).then(|| format!("{}", figure.tolerance));
    let holds_in = figure.holds_in.as_ref().map(|environments| environments.join(" "));
    let written = [("tolerance", tolerance), ("holds_in", holds_in)];
    let setting = |(key, value): (&str, Option<String>)| {
        let (pointer, span) = (format!("/figures/{id}/{key}"), document.span(&format!("{pointer}/{key}")));
        value.map(|value| Setting { pointer, value, span })
    };
    written.into_iter().filter_map(setting).collect()
}

type Fault = Box<Diagnostic>;

/// Which values of a measurement are computed with.
#[derive(Clone, Copy)]
enum Series<'a> {
    Original,
    In(&'a str),
}

/// One figure being computed.
#[derive(Clone, Copy)]
struct Computing<'a> {
    model: &'a Model,
    document: &'a Document,
    /// Of the figure in its file.
    pointer: &'a str,
    place: Series<'a>,
    /// Is the word looked for that was meant by one that is unknown?
    suggests: bool,
}

/// A case that a figure names, with what is needed to compute with it.
#[derive(Clone, Copy)]
struct Input<'a> {
    /// As the figure names it.
    name: &'a str,
    measurement: &'a str,
    id: &'a str,
    case: &'a Case,
    unit: &'a Unit,
}

impl Input<'_> {
    fn id(&self) -> (String, String) {
        (self.measurement.to_owned(), self.id.to_owned())
    }
}

/// What came of computing a figure once.
struct Computed {
    value: f64,
    unit: Unit,
    formula: String,
    /// Measurements and their cases.
    inputs: Vec<(String, String)>,
}

impl<'a> Computing<'a> {
    fn figure(&self, written: &'a data::Figure, used: &mut Used) -> Result<Figure, Fault> {
        let (kind, names) = self.kind(written)?;
        let computed = self.compute(kind, names)?;
        used.extend(computed.inputs.iter().map(|(id, case)| format!("{id}.{case}")));
        let (value, unit) = self.shown(computed.value, &computed.unit, written)?;
        let inputs = computed.inputs;
        let homes = inputs.iter().map(|(id, _)| self.model.measurements[id].environment.clone());
        let home: BTreeSet<String> = homes.collect();
        let has_spread = |(id, case): &(String, String)| self.model.measurements[id].cases[case].spread.is_some();
        let confidence = if inputs.iter().all(has_spread) { Confidence::Known } else { Confidence::Low };
        Ok(Figure {
            about: written.about.clone(),
            value: quantity::tidy(value),
            text: quantity::print(value, &unit, written.print.decimals),
            elsewhere: self.elsewhere(kind, names, &inputs, &unit, written),
            unit,
            formula: computed.formula,
            inputs,
            kind,
            home: home.into_iter().collect(),
            confidence,
            tolerance: written.tolerance,
            holds_in: written.holds_in.clone(),
            span: self.span(),
        })
    }

    fn kind(&self, written: &'a data::Figure) -> Result<(Kind, &'a [String]), Fault> {
        let kinds = [
            (Kind::Ratio, written.ratio.as_ref().map(<[String; 2]>::as_slice)),
            (Kind::Difference, written.difference.as_ref().map(<[String; 2]>::as_slice)),
            (Kind::Saving, written.saving.as_ref().map(<[String; 2]>::as_slice)),
            (Kind::Share, written.share.as_ref().map(<[String; 2]>::as_slice)),
            (Kind::Value, written.value.as_ref().map(std::slice::from_ref)),
            (Kind::Crossover, written.crossover.as_ref().map(<[String; 2]>::as_slice)),
        ];
        let mut kinds = kinds.into_iter().filter_map(|(kind, names)| Some((kind, names?)));
        match (kinds.next(), kinds.next()) {
            (Some(kind), None) => Ok(kind),
            _ => {
                let message = "a figure is computed in exactly one way";
                let help = "write one of `ratio`, `difference`, `saving`, `share`, `value`, `crossover`";
                Err(Box::new(Diagnostic::new(Code::InvalidValue, self.span(), message).help(help)))
            }
        }
    }

    fn compute(&self, kind: Kind, names: &'a [String]) -> Result<Computed, Fault> {
        let computed = match kind {
            Kind::Value => {
                let input = self.input(&names[0], "value")?;
                let (value, unit) = (input.case.value, input.unit.clone());
                Computed { value, unit, formula: names[0].clone(), inputs: vec![input.id()] }
            }
            Kind::Crossover => self.crossover(names)?,
            Kind::Ratio | Kind::Difference | Kind::Saving | Kind::Share => self.of_two(kind, names)?,
        };
        if computed.value.is_finite() { Ok(computed) } else { Err(self.too_large(&computed.formula, kind.name())) }
    }

    /// A quotient, a difference or a conversion of numbers may be larger than any number.
    fn too_large(&self, formula: &str, member: &str) -> Fault {
        let at = self.document.span(&format!("{}/{member}", self.pointer));
        let message = format!("`{formula}` is larger than a number can be");
        let help = "look at the values that were measured, and at their units";
        Box::new(Diagnostic::new(Code::InvalidValue, at, message).help(help))
    }

    /// The figure in every environment that has all its inputs, but for the one that all of them come from.
    fn elsewhere(
        &self,
        kind: Kind,
        names: &'a [String],
        inputs: &[(String, String)],
        unit: &Unit,
        written: &'a data::Figure,
    ) -> BTreeMap<String, EnvironmentValue> {
        let measurement = |id: &String| &self.model.measurements[id];
        let has_all = |environment: &&String| {
            let has = |(id, case): &(String, String)| {
                measurement(id).in_environment(environment).is_some_and(|(cases, _)| cases.contains_key(case))
            };
            inputs.iter().all(has) && inputs.iter().any(|(id, _)| measurement(id).environment != **environment)
        };
        let compute = |environment: &'a String| {
            let there = Computing { place: Series::In(environment), suggests: false, ..*self };
            let value = match there.compute(kind, names) {
                Ok(computed) => Some(computed.value * computed.unit.factor_to(unit).unwrap_or(1.0)),
                Err(fault) if fault.code == Code::NoCrossover => None,
                // Nothing can be said of a quotient by zero, or of one that is larger than any number.
                Err(_) => return None,
            };
            if value.is_some_and(|value| !value.is_finite()) {
                return None;
            }
            let text =
                value.map_or("no crossover".to_owned(), |value| quantity::print(value, unit, written.print.decimals));
            Some((environment.clone(), EnvironmentValue { value: value.map(quantity::tidy), text }))
        };
        self.model.environments.keys().filter(has_all).filter_map(compute).collect()
    }

    /// Complains about environments that a figure cannot be claimed for.
    fn holds_in(&self, id: &str, figure: &Figure, diags: &mut Sink) {
        let Some(claimed) = &figure.holds_in else { return };
        for (index, environment) in claimed.iter().enumerate() {
            let at = self.document.span(&format!("{}/holds_in/{index}", self.pointer));
            if !super::measurements::is_known(environment, at, self.model, diags) {
                continue;
            }
            if !figure.home.contains(environment) && !figure.elsewhere.contains_key(environment) {
                let message = format!("`{id}` is said to hold in `{environment}`, where its cases are not measured");
                let help = "measure them there, or leave the environment out";
                diags.push(Diagnostic::new(Code::UnknownEnvironment, at, message).help(help));
            }
        }
        for home in figure.home.iter().filter(|home| !claimed.contains(home)) {
            let at = self.document.span(&format!("{}/holds_in", self.pointer));
            let message = format!("`{id}` is computed from `{home}`, where it is not said to hold");
            let help = format!("add `{home}`, or compute the figure from what was measured elsewhere");
            diags.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
        }
    }

    fn span(&self) -> Span {
        self.document.key_span(self.pointer)
    }

    fn series(&self, id: &str) -> Option<(&'a BTreeMap<String, Case>, &'a Unit)> {
        let measurement = self.model.measurements.get(id)?;
        match self.place {
            Series::Original => Some((&measurement.cases, &measurement.unit)),
            Series::In(environment) => measurement.in_environment(environment),
        }
    }

    fn input(&self, name: &'a str, member: &str) -> Result<Input<'a>, Fault> {
        let found = name.split_once('.').and_then(|(measurement, id)| {
            let (cases, unit) = self.series(measurement)?;
            Some(Input { name, measurement, id, case: cases.get(id)?, unit })
        });
        if let Some(input) = found {
            return Ok(input);
        }
        let at = self.document.span(&format!("{}/{member}", self.pointer));
        let cases = self.model.measurements.iter().filter(|_| self.suggests).flat_map(|(id, measurement)| {
            measurement.cases.iter().map(move |(case, found)| (format!("{id}.{case}"), found.span))
        });
        let known: Vec<(String, Span)> = cases.collect();
        let message = format!("no measured case is called `{name}`");
        Err(Box::new(
            Diagnostic::new(Code::UnknownBenchmark, at, message)
                .help_nearest_at(name, known.iter().map(|(known, span)| (known.as_str(), *span))),
        ))
    }

    fn of_two(&self, kind: Kind, pair: &'a [String]) -> Result<Computed, Fault> {
        let key = kind.name();
        let first = self.input(&pair[0], &format!("{key}/0"))?;
        let second = self.input(&pair[1], &format!("{key}/1"))?;
        let Some(factor) = second.unit.factor_to(first.unit) else {
            let fault = self.unit_mismatch(second.unit, first.unit, &format!("/{key}"));
            let fault = fault.also(first.case.span, format!("in `{}`", first.unit));
            return Err(Box::new(fault.also(second.case.span, format!("in `{}`", second.unit))));
        };
        let (a, b) = (first.case.value, second.case.value * factor);
        if kind != Kind::Difference && b == 0.0 {
            let at = self.document.span(&format!("{}/{key}/1", self.pointer));
            return Err(Box::new(
                Diagnostic::new(
                    Code::ZeroDivision,
                    at,
                    format!("the figure divides by `{}`, which is zero", second.name),
                )
                .also(second.case.span, "measured here")
                .help("compare by a `difference`, or divide by something that is there"),
            ));
        }
        let (a_name, b_name) = (first.name, second.name);
        let times = || Unit::new(Unit::TIMES);
        let percent = || Unit::new(Unit::PERCENT);
        let (value, unit, formula) = match kind {
            Kind::Ratio => (a / b, times(), format!("{a_name} / {b_name}")),
            Kind::Difference => (a - b, first.unit.clone(), format!("{a_name} - {b_name}")),
            Kind::Saving => (100.0 * (1.0 - a / b), percent(), format!("100 * (1 - {a_name} / {b_name})")),
            Kind::Share => (100.0 * a / b, percent(), format!("100 * {a_name} / {b_name}")),
            Kind::Value | Kind::Crossover => unreachable!("it is not computed from two cases"),
        };
        Ok(Computed { value, unit, formula, inputs: vec![first.id(), second.id()] })
    }

    /// The size at which the second series becomes the lower one: the first change of sign, found by
    /// linear interpolation between the two sizes around it.
    fn crossover(&self, pair: &'a [String]) -> Result<Computed, Fault> {
        let series = |index: usize| {
            self.series(&pair[index]).ok_or_else(|| {
                let at = self.document.span(&format!("{}/crossover/{index}", self.pointer));
                let known = self.model.measurements.keys().filter(|_| self.suggests).map(String::as_str);
                let message = format!("no measurement is called `{}`", pair[index]);
                Box::new(Diagnostic::new(Code::UnknownBenchmark, at, message).help_nearest(&pair[index], known))
            })
        };
        let ((first, unit), (second, other)) = (series(0)?, series(1)?);
        let Some(factor) = other.factor_to(unit) else {
            return Err(Box::new(self.unit_mismatch(other, unit, "/crossover")));
        };
        // With the id as it is written: 010 is the size 10, and its case is called otherwise.
        let sizes: BTreeMap<u64, (&str, f64)> = first
            .iter()
            .filter_map(|(id, case)| {
                let gap = case.value - second.get(id)?.value * factor;
                Some((id.parse().ok()?, (id.as_str(), gap)))
            })
            .collect();
        let points: Vec<_> = sizes.iter().map(|(size, (_, gap))| (*size as f64, *gap)).collect();
        let crossing = points.windows(2).find(|two| two[0].1 < 0.0 && two[1].1 >= 0.0);
        let Some(&[(before, low), (after, high)]) = crossing else {
            let at = self.document.span(&format!("{}/crossover", self.pointer));
            let message = format!("`{}` does not rise from below `{}` to above it", pair[0], pair[1]);
            return Err(Box::new(
                Diagnostic::new(Code::NoCrossover, at, message)
                    .note(format!("they have {} sizes in common", points.len()))
                    .help(if points.len() < 2 {
                        "a crossover needs cases whose ids are sizes, in both measurements"
                    } else {
                        "if it falls there, write the two the other way round; else they do not cross in what was measured"
                    }),
            ));
        };
        let size = before + (after - before) * -low / (high - low);
        let inputs =
            sizes.values().flat_map(|(case, _)| pair.iter().map(|id| (id.clone(), (*case).to_owned()))).collect();
        let formula = format!("{} = {}", pair[0], pair[1]);
        Ok(Computed { value: size, unit: Unit::new("items"), formula, inputs })
    }

    fn shown(&self, value: f64, unit: &Unit, written: &data::Figure) -> Result<(f64, Unit), Fault> {
        let Some(wanted) = &written.print.unit else { return Ok((value, unit.clone())) };
        let wanted = Unit::new(wanted);
        match unit.factor_to(&wanted) {
            Some(factor) if (value * factor).is_finite() => Ok((value * factor, wanted)),
            Some(_) => Err(self.too_large(&format!("{value:e} {unit}"), "print/unit")),
            None => Err(Box::new(self.unit_mismatch(unit, &wanted, "/print/unit"))),
        }
    }

    fn unit_mismatch(&self, from: &Unit, to: &Unit, member: &str) -> Diagnostic {
        let at = self.document.span(&format!("{}{member}", self.pointer));
        Diagnostic::new(Code::UnitMismatch, at, format!("`{from}` does not convert to `{to}`"))
            .help("compare values of one kind: times, sizes, rates")
    }
}
