//! Figures computed from results: in the first environment that has all their cases, and in every other that has them.

use std::collections::{BTreeMap, BTreeSet};

use super::{UniqueIds, Used, plausibility};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::data;
use crate::input::formats::yaml::Document;
use crate::model::{Benchmark, Case, Confidence, EnvironmentValue, Figure, Model, Op, Results, Setting};
use crate::text::quantity::{self, Unit};
use crate::text::source::Span;

/// Fills the figures of the model, whose benchmarks are there.
pub fn link(files: &[data::File], model: &mut Model, used: &mut Used, diags: &mut Sink) {
    let mut owners = UniqueIds::new("figure");
    let mut aliases = Vec::new();
    for file in files {
        for (id, written) in &file.data.figures {
            let pointer = format!("/figures/{}", id.0);
            let span = file.document.key_span(&pointer);
            let alias = |(index, alias): (usize, &data::Id)| {
                (alias.0.clone(), id.0.clone(), file.document.span(&format!("{pointer}/aliases/{index}")))
            };
            aliases.extend(written.aliases.iter().enumerate().map(alias));
            if let Some(benchmark) = model.benchmarks.get(&id.0) {
                diags.push(
                    Diagnostic::new(Code::DuplicateId, span, format!("`{}` is a benchmark and a figure", id.0))
                        .also(benchmark.span, "the benchmark")
                        .help("give the figure an id of its own"),
                );
            } else if owners.claim(&id.0, span, diags) && !plausibility::is_unfounded(written, model) {
                let suggests = diags.suggests(Code::UnknownBenchmark, &span.into());
                let document = &file.document;
                let computing =
                    Computing { model, document, pointer: &pointer, written, place: Place::First, suggests };
                match computing.figure(used) {
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
    for (alias, id, span) in aliases {
        if owners.claim(&alias, span, diags) {
            model.figure_aliases.insert(alias, id);
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

/// Which results are computed with.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// Of each case the first.
    First,
    In(&'a str),
}

/// One figure being computed.
#[derive(Clone, Copy)]
struct Computing<'a> {
    model: &'a Model,
    document: &'a Document,
    /// Of the figure in its file.
    pointer: &'a str,
    written: &'a data::Figure,
    place: Place<'a>,
    /// Is the word looked for that was meant by one that is unknown?
    suggests: bool,
}

/// A case that a figure names, with what is needed to compute with it.
#[derive(Clone, Copy)]
struct Input<'a> {
    /// As the figure names it.
    name: &'a str,
    benchmark: &'a str,
    id: &'a str,
    case: &'a Case,
    unit: &'a Unit,
}

impl Input<'_> {
    fn id(&self) -> (String, String) {
        (self.benchmark.to_owned(), self.id.to_owned())
    }
}

/// What came of computing a figure once.
struct Computed {
    value: f64,
    unit: Unit,
    formula: String,
    /// Benchmarks and their cases.
    inputs: Vec<(String, String)>,
}

impl<'a> Computing<'a> {
    fn figure(&self, used: &mut Used) -> Result<Figure, Fault> {
        let written = self.written;
        let home = self.home();
        let here = home.map_or(*self, |home| Computing { place: Place::In(home), ..*self });
        let computed = here.compute()?;
        used.extend(computed.inputs.iter().map(|(id, case)| format!("{id}.{case}")));
        let (value, unit) = self.shown(computed.value, &computed.unit)?;
        let inputs = computed.inputs;
        let found: Vec<(&Results, &Case)> = inputs.iter().filter_map(|(id, case)| here.case(id, case)).collect();
        let homes: BTreeSet<&str> = found.iter().map(|(results, _)| results.environment.as_str()).collect();
        let has_spread = found.iter().all(|(_, case)| case.spread.is_some());
        let environments = written
            .holds_in
            .as_ref()
            .map(|claimed| claimed.iter().map(|id| self.model.environment_id(&id.0).to_owned()).collect());
        Ok(Figure {
            about: written.about.clone(),
            value: quantity::tidy(value),
            text: quantity::print(value, &unit, written.print.decimals),
            elsewhere: self.elsewhere(&inputs, &homes, &unit),
            unit,
            formula: computed.formula,
            of: written.of.names().to_vec(),
            inputs,
            op: written.op,
            home: homes.into_iter().map(str::to_owned).collect(),
            confidence: if has_spread { Confidence::Known } else { Confidence::Low },
            tolerance: written.tolerance.percent(),
            holds_in: environments,
            span: self.span(),
        })
    }

    /// The first environment that has all cases; of a crossover, the first that has both series.
    fn home(&self) -> Option<&'a str> {
        let names: Vec<(&Benchmark, Option<&str>)> = self
            .written
            .names()
            .map(|name| {
                let (id, case) = name.split_once('.').map_or((name, None), |(id, case)| (id, Some(case)));
                Some((self.model.benchmarks.get(id)?, case))
            })
            .collect::<Option<_>>()?;
        let has = |environment: &str| {
            names.iter().all(|(benchmark, case)| {
                let results = benchmark.in_environment(environment);
                results.is_some_and(|results| case.is_none_or(|case| results.cases.contains_key(case)))
            })
        };
        let (first, _) = names.first()?;
        first.results.iter().map(|results| results.environment.as_str()).find(|environment| has(environment))
    }

    fn compute(&self) -> Result<Computed, Fault> {
        let names = self.written.of.names();
        let op = self.written.op;
        let wanted = if op == Op::Value { 1 } else { 2 };
        if names.len() != wanted {
            let at = self.document.span(&format!("{}/of", self.pointer));
            let what = if op == Op::Crossover { "benchmarks" } else { "cases" };
            let message = format!(
                "a {} is computed of {}",
                op.name(),
                if wanted == 1 { "one case".to_owned() } else { format!("two {what}") }
            );
            let help = if wanted == 1 { "write `of: benchmark.case`" } else { "write `of: [first, second]`" };
            return Err(Box::new(Diagnostic::new(Code::InvalidValue, at, message).help(help)));
        }
        let computed = match op {
            Op::Value => {
                let input = self.input(0)?;
                let (value, unit) = (input.case.value, input.unit.clone());
                Computed { value, unit, formula: names[0].clone(), inputs: vec![input.id()] }
            }
            Op::Crossover => self.crossover()?,
            Op::Ratio | Op::Difference | Op::Saving | Op::Share => self.of_two()?,
        };
        if computed.value.is_finite() { Ok(computed) } else { Err(self.too_large(&computed.formula, "of")) }
    }

    /// A quotient, a difference or a conversion of numbers may be larger than any number.
    fn too_large(&self, formula: &str, member: &str) -> Fault {
        let at = self.document.span(&format!("{}/{member}", self.pointer));
        let message = format!("`{formula}` is larger than a number can be");
        let help = "look at the values that were measured, and at their units";
        Box::new(Diagnostic::new(Code::InvalidValue, at, message).help(help))
    }

    /// The figure in every environment that has all its inputs, but for the one that it was computed in.
    fn elsewhere(
        &self,
        inputs: &[(String, String)],
        homes: &BTreeSet<&str>,
        unit: &Unit,
    ) -> BTreeMap<String, EnvironmentValue> {
        let decimals = self.written.print.decimals;
        let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, case) in inputs {
            wanted.entry(id).or_default().push(case);
        }
        let has_all = |environment: &&'a str| {
            wanted.iter().all(|(id, cases)| {
                let results = self.model.benchmarks[*id].in_environment(environment);
                let has = |results: &Results, case: &str| {
                    results.cases.get(case).is_some_and(|case| results.unit.implausible(case.value).is_none())
                };
                results.is_some_and(|results| cases.iter().all(|case| has(results, case)))
            })
        };
        let compute = |environment: &'a str| {
            let there = Computing { place: Place::In(environment), suggests: false, ..*self };
            let value = match there.compute() {
                Ok(computed) => Some(computed.value * computed.unit.factor_to(unit).unwrap_or(1.0)),
                Err(fault) if fault.code == Code::NoCrossover => None,
                // Nothing can be said of a quotient by zero, or of one that is larger than any number.
                Err(_) => return None,
            };
            if value.is_some_and(|value| !value.is_finite()) {
                return None;
            }
            let text = value.map_or("no crossover".to_owned(), |value| quantity::print(value, unit, decimals));
            Some((environment.to_owned(), EnvironmentValue { value: value.map(quantity::tidy), text }))
        };
        let Some((first, _)) = inputs.first() else { return BTreeMap::new() };
        let others = self.model.benchmarks[first].results.iter().map(|results| results.environment.as_str());
        let others = others.filter(|environment| homes.len() != 1 || !homes.contains(environment));
        others.filter(has_all).filter_map(compute).collect()
    }

    /// Complains about environments that a figure cannot be claimed for.
    fn holds_in(&self, id: &str, figure: &Figure, diags: &mut Sink) {
        let Some(claimed) = &figure.holds_in else { return };
        for (index, environment) in claimed.iter().enumerate() {
            let written = self.written.holds_in.as_ref().map_or(environment.as_str(), |written| &written[index].0);
            let at = self.document.span(&format!("{}/holds_in/{index}", self.pointer));
            if !super::results::is_known(written, at, self.model, diags) {
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

    /// A case in the place that is computed with.
    fn case(&self, id: &str, case: &str) -> Option<(&'a Results, &'a Case)> {
        let benchmark = self.model.benchmarks.get(id)?;
        match self.place {
            Place::First => benchmark.case(case),
            Place::In(environment) => {
                let results = benchmark.in_environment(environment)?;
                Some((results, results.cases.get(case)?))
            }
        }
    }

    /// The results of a whole benchmark.
    fn series(&self, id: &str) -> Option<&'a Results> {
        let benchmark = self.model.benchmarks.get(id)?;
        match self.place {
            Place::First => benchmark.results.first(),
            Place::In(environment) => benchmark.in_environment(environment),
        }
    }

    fn input(&self, index: usize) -> Result<Input<'a>, Fault> {
        let name = &self.written.of.names()[index];
        let found = name.split_once('.').and_then(|(benchmark, id)| {
            let (results, case) = self.case(benchmark, id)?;
            Some(Input { name, benchmark, id, case, unit: &results.unit })
        });
        if let Some(input) = found {
            return Ok(input);
        }
        let cases = self.model.benchmarks.iter().filter(|_| self.suggests).flat_map(|(id, benchmark)| {
            benchmark.first_cases().into_iter().map(move |(case, (_, found))| (format!("{id}.{case}"), found.span))
        });
        let known: Vec<(String, Span)> = cases.collect();
        let message = format!("no measured case is called `{name}`");
        Err(Box::new(
            Diagnostic::new(Code::UnknownBenchmark, self.at(index), message)
                .help_nearest_at(name, known.iter().map(|(known, span)| (known.as_str(), *span))),
        ))
    }

    /// Where one of the names is.
    fn at(&self, index: usize) -> Span {
        self.document.span(&format!("{}/{}", self.pointer, self.written.of.member(index)))
    }

    fn of_two(&self) -> Result<Computed, Fault> {
        let op = self.written.op;
        let (first, second) = (self.input(0)?, self.input(1)?);
        let Some(factor) = second.unit.factor_to(first.unit) else {
            let fault = self.unit_mismatch(second.unit, first.unit, "/of");
            let fault = fault.also(first.case.span, format!("in `{}`", first.unit));
            return Err(Box::new(fault.also(second.case.span, format!("in `{}`", second.unit))));
        };
        let (a, b) = (first.case.value, second.case.value * factor);
        if op != Op::Difference && b == 0.0 {
            return Err(Box::new(
                Diagnostic::new(
                    Code::ZeroDivision,
                    self.at(1),
                    format!("the figure divides by `{}`, which is zero", second.name),
                )
                .also(second.case.span, "measured here")
                .help("compare by a `difference`, or divide by something that is there"),
            ));
        }
        let (a_name, b_name) = (first.name, second.name);
        let times = || Unit::new(Unit::TIMES);
        let percent = || Unit::new(Unit::PERCENT);
        let (value, unit, formula) = match op {
            Op::Ratio => (a / b, times(), format!("{a_name} / {b_name}")),
            Op::Difference => (a - b, first.unit.clone(), format!("{a_name} - {b_name}")),
            Op::Saving => (100.0 * (1.0 - a / b), percent(), format!("100 * (1 - {a_name} / {b_name})")),
            Op::Share => (100.0 * a / b, percent(), format!("100 * {a_name} / {b_name}")),
            Op::Value | Op::Crossover => unreachable!("it is not computed from two cases"),
        };
        Ok(Computed { value, unit, formula, inputs: vec![first.id(), second.id()] })
    }

    /// The size at which the second series becomes the lower one: the first change of sign, found by
    /// linear interpolation between the two sizes around it.
    fn crossover(&self) -> Result<Computed, Fault> {
        let pair = self.written.of.names();
        let series = |index: usize| {
            self.series(&pair[index]).ok_or_else(|| {
                let at = self.at(index);
                let known = self.model.benchmarks.keys().filter(|_| self.suggests).map(String::as_str);
                let message = format!("no benchmark with results is called `{}`", pair[index]);
                Box::new(Diagnostic::new(Code::UnknownBenchmark, at, message).help_nearest(&pair[index], known))
            })
        };
        let (first, second) = (series(0)?, series(1)?);
        let (unit, other) = (&first.unit, &second.unit);
        let Some(factor) = other.factor_to(unit) else {
            return Err(Box::new(self.unit_mismatch(other, unit, "/of")));
        };
        // With the id as it is written: 010 is the size 10, and its case is called otherwise.
        let sizes: BTreeMap<u64, (&str, f64)> = first
            .cases
            .iter()
            .filter_map(|(id, case)| {
                let gap = case.value - second.cases.get(id)?.value * factor;
                Some((id.parse().ok()?, (id.as_str(), gap)))
            })
            .collect();
        let points: Vec<_> = sizes.iter().map(|(size, (_, gap))| (*size as f64, *gap)).collect();
        let crossing = points.windows(2).find(|two| two[0].1 < 0.0 && two[1].1 >= 0.0);
        let Some(&[(before, low), (after, high)]) = crossing else {
            let at = self.document.span(&format!("{}/of", self.pointer));
            let message = format!("`{}` does not rise from below `{}` to above it", pair[0], pair[1]);
            return Err(Box::new(
                Diagnostic::new(Code::NoCrossover, at, message)
                    .note(format!("they have {} sizes in common", points.len()))
                    .help(if points.len() < 2 {
                        "a crossover needs cases whose ids are sizes, in both benchmarks"
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

    fn shown(&self, value: f64, unit: &Unit) -> Result<(f64, Unit), Fault> {
        let Some(wanted) = &self.written.print.unit else { return Ok((value, unit.clone())) };
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
