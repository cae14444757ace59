//! Measurements and the figures computed from them.

use std::collections::BTreeMap;

use super::{Owners, Used};
use crate::data;
use crate::diag::{Code, Diagnostic};
use crate::model::{Case, Environment, Figure, Measurement, Model};
use crate::quantity::{self, Unit};
use crate::source::Span;
use crate::yaml::Document;

/// Fills environments, measurements and figures of the model.
pub fn link(files: &[data::File], model: &mut Model, used: &mut Used, diags: &mut Vec<Diagnostic>) {
    environments(files, model, diags);
    measurements(files, model, diags);
    let mut owners = Owners::new("figure");
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
            } else if owners.claim(&id.0, span, diags) {
                let figure = Computing { model, document: &file.document, pointer: &pointer }.figure(written, used);
                match figure {
                    Ok(figure) => drop(model.figures.insert(id.0.clone(), figure)),
                    Err(diagnostic) => diags.push(*diagnostic),
                }
            }
        }
    }
}

fn environments(files: &[data::File], model: &mut Model, diags: &mut Vec<Diagnostic>) {
    let mut owners = Owners::new("environment");
    for file in files {
        for (id, written) in &file.data.environments {
            let span = file.document.key_span(&format!("/environments/{}", id.0));
            if owners.claim(&id.0, span, diags) {
                let facts =
                    [&written.interpreter, &Some(written.platform.clone()), &written.processor, &written.memory];
                let facts: Vec<_> =
                    facts.into_iter().flatten().map(String::as_str).chain([written.date.as_str()]).collect();
                let source = written.source.as_ref().map(|publication| {
                    let commit = publication.commit.as_ref().map(|commit| format!(" at {commit}")).unwrap_or_default();
                    format!("{}{commit} ({}), {}", publication.name, publication.licence, publication.url)
                });
                model.environments.insert(
                    id.0.clone(),
                    Environment { summary: facts.join(", "), source, limits: written.limits.clone(), span },
                );
            }
        }
    }
}

fn measurements(files: &[data::File], model: &mut Model, diags: &mut Vec<Diagnostic>) {
    let mut owners = Owners::new("measurement");
    for file in files {
        for (id, written) in &file.data.measurements {
            let pointer = format!("/measurements/{}", id.0);
            let span = file.document.key_span(&pointer);
            if !owners.claim(&id.0, span, diags) {
                continue;
            }
            if !model.environments.contains_key(&written.environment) {
                let at = file.document.span(&format!("{pointer}/environment"));
                let message = format!("no environment is called `{}`", written.environment);
                let known = model.environments.keys().map(String::as_str);
                diags.push(
                    Diagnostic::new(Code::UnknownEnvironment, at, message).help_nearest(&written.environment, known),
                );
            }
            let cases = written.cases.iter().map(|(case, value)| {
                let span = file.document.span(&format!("{pointer}/cases/{}/value", case.0));
                let value = Case {
                    value: value.value,
                    spread: value.spread,
                    runs: value.runs,
                    original: value.original.clone(),
                    span,
                };
                (case.0.clone(), value)
            });
            let measurement = Measurement {
                about: written.about.clone(),
                environment: written.environment.clone(),
                unit: Unit::new(&written.unit),
                cases: cases.collect(),
                span,
            };
            model.measurements.insert(id.0.clone(), measurement);
        }
    }
}

type Fault = Box<Diagnostic>;

/// One figure being computed.
struct Computing<'a> {
    model: &'a Model,
    document: &'a Document,
    /// Of the figure in its file.
    pointer: &'a str,
}

/// A case that a figure names, with what is needed to compute with it.
#[derive(Clone, Copy)]
struct Input<'a> {
    name: &'a str,
    case: &'a Case,
    unit: &'a Unit,
}

impl<'a> Computing<'a> {
    fn figure(&self, written: &'a data::Figure, used: &mut Used) -> Result<Figure, Fault> {
        let pairs = [
            ("ratio", &written.ratio),
            ("difference", &written.difference),
            ("saving", &written.saving),
            ("share", &written.share),
            ("crossover", &written.crossover),
        ];
        let mut kinds = pairs.iter().filter_map(|(kind, pair)| Some((*kind, pair.as_ref()?)));
        let (value, unit, formula, inputs) = match (&written.value, kinds.next(), kinds.next()) {
            (Some(case), None, None) => {
                let input = self.input(case, "value")?;
                (input.case.value, input.unit.clone(), case.clone(), vec![case.clone()])
            }
            (None, Some(("crossover", pair)), None) => self.crossover(pair)?,
            (None, Some((kind, pair)), None) => self.of_two(kind, pair)?,
            _ => {
                let message = "a figure is computed in exactly one way";
                let kinds = "write one of `ratio`, `difference`, `saving`, `share`, `value`, `crossover`";
                return Err(Box::new(Diagnostic::new(Code::InvalidValue, self.span(), message).help(kinds)));
            }
        };
        used.extend(inputs.iter().cloned());
        let (shown, shown_unit) = self.shown(value, &unit, written)?;
        Ok(Figure {
            about: written.about.clone(),
            value: quantity::tidy(shown),
            text: quantity::print(shown, &shown_unit, written.print.decimals),
            unit: shown_unit,
            formula,
            inputs: inputs
                .iter()
                .filter_map(|input| input.split_once('.'))
                .map(|(m, c)| (m.into(), c.into()))
                .collect(),
            span: self.span(),
        })
    }

    fn span(&self) -> Span {
        self.document.key_span(self.pointer)
    }

    fn input(&self, name: &'a str, member: &str) -> Result<Input<'a>, Fault> {
        let found = name.split_once('.').and_then(|(id, case)| {
            let measurement = self.model.measurements.get(id)?;
            Some((measurement.cases.get(case)?, &measurement.unit))
        });
        if let Some((case, unit)) = found {
            return Ok(Input { name, case, unit });
        }
        let at = self.document.span(&format!("{}/{member}", self.pointer));
        let known: Vec<String> = self
            .model
            .measurements
            .iter()
            .flat_map(|(id, measurement)| measurement.cases.keys().map(move |case| format!("{id}.{case}")))
            .collect();
        let message = format!("no measured case is called `{name}`");
        Err(Box::new(
            Diagnostic::new(Code::UnknownMeasurement, at, message).help_nearest(name, known.iter().map(String::as_str)),
        ))
    }

    fn of_two(&self, kind: &str, pair: &'a [String; 2]) -> Result<Computed, Fault> {
        let first = self.input(&pair[0], &format!("{kind}/0"))?;
        let second = self.input(&pair[1], &format!("{kind}/1"))?;
        let Some(factor) = second.unit.factor_to(first.unit) else {
            return Err(self.unit_mismatch(second.unit, first.unit, &format!("/{kind}")));
        };
        let (a, b) = (first.case.value, second.case.value * factor);
        if kind != "difference" && b == 0.0 {
            let at = self.document.span(&format!("{}/{kind}/1", self.pointer));
            return Err(Box::new(
                Diagnostic::new(
                    Code::ZeroDivision,
                    at,
                    format!("the figure divides by `{}`, which is zero", second.name),
                )
                .also(second.case.span, "measured here")
                .help("a time of zero is below the clock's resolution; measure more rounds"),
            ));
        }
        let (value, unit, formula) = match kind {
            "ratio" => (a / b, Unit::new(Unit::TIMES), format!("{} / {}", first.name, second.name)),
            "difference" => (a - b, first.unit.clone(), format!("{} - {}", first.name, second.name)),
            "saving" => (
                100.0 * (1.0 - a / b),
                Unit::new(Unit::PERCENT),
                format!("100 * (1 - {} / {})", first.name, second.name),
            ),
            "share" => (100.0 * a / b, Unit::new(Unit::PERCENT), format!("100 * {} / {}", first.name, second.name)),
            other => unreachable!("`{other}` is no kind of figure"),
        };
        Ok((value, unit, formula, pair.to_vec()))
    }

    /// The size at which the second series becomes the lower one: the first change of sign, found by
    /// linear interpolation between the two sizes around it.
    fn crossover(&self, pair: &'a [String; 2]) -> Result<Computed, Fault> {
        let series = |index: usize| {
            self.model.measurements.get(&pair[index]).ok_or_else(|| {
                let at = self.document.span(&format!("{}/crossover/{index}", self.pointer));
                let known = self.model.measurements.keys().map(String::as_str);
                let message = format!("no measurement is called `{}`", pair[index]);
                Box::new(Diagnostic::new(Code::UnknownMeasurement, at, message).help_nearest(&pair[index], known))
            })
        };
        let (first, second) = (series(0)?, series(1)?);
        let Some(factor) = second.unit.factor_to(&first.unit) else {
            return Err(self.unit_mismatch(&second.unit, &first.unit, "/crossover"));
        };
        let sizes: BTreeMap<u64, f64> = first
            .cases
            .iter()
            .filter_map(|(size, case)| Some((size.parse().ok()?, case.value - second.cases.get(size)?.value * factor)))
            .collect();
        let points: Vec<_> = sizes.iter().map(|(size, gap)| (*size as f64, *gap)).collect();
        let crossing = points.windows(2).find(|two| two[0].1 < 0.0 && two[1].1 >= 0.0);
        let Some(&[(before, low), (after, high)]) = crossing else {
            let at = self.document.span(&format!("{}/crossover", self.pointer));
            let message = format!("`{}` does not rise from below `{}` to above it", pair[0], pair[1]);
            return Err(Box::new(
                Diagnostic::new(Code::NoCrossover, at, message)
                    .note(format!("they have {} sizes in common", points.len()))
                    .help("a crossover needs cases whose ids are sizes, in both measurements"),
            ));
        };
        let size = before + (after - before) * -low / (high - low);
        let inputs = sizes.keys().flat_map(|size| pair.iter().map(move |id| format!("{id}.{size}"))).collect();
        Ok((size, Unit::new("items"), format!("{} = {}", pair[0], pair[1]), inputs))
    }

    fn shown(&self, value: f64, unit: &Unit, written: &data::Figure) -> Result<(f64, Unit), Fault> {
        let Some(wanted) = &written.print.unit else { return Ok((value, unit.clone())) };
        let wanted = Unit::new(wanted);
        match unit.factor_to(&wanted) {
            Some(factor) => Ok((value * factor, wanted)),
            None => Err(self.unit_mismatch(unit, &wanted, "/print/unit")),
        }
    }

    fn unit_mismatch(&self, from: &Unit, to: &Unit, member: &str) -> Fault {
        let at = self.document.span(&format!("{}{member}", self.pointer));
        Box::new(
            Diagnostic::new(Code::UnitMismatch, at, format!("`{from}` does not convert to `{to}`"))
                .help("compare values of one kind: times, sizes, rates"),
        )
    }
}

/// Value, unit, formula, inputs.
type Computed = (f64, Unit, String, Vec<String>);
