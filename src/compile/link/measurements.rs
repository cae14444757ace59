//! Where measurements were taken, and what they are: first, and once more elsewhere.

use std::collections::BTreeMap;

use super::UniqueIds;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::data;
use crate::input::formats::yaml::Document;
use crate::model::{Case, Environment, Measurement, Model, Repeat};
use crate::text::quantity::Unit;
use crate::text::source::Span;

/// Fills environments and measurements of the model.
pub fn link(files: &[data::File], model: &mut Model, diags: &mut Sink) {
    environments(files, model, diags);
    measurements(files, model, diags);
    for file in files {
        for (environment, repeats) in &file.data.repeats {
            let pointer = format!("/repeats/{}", environment.0);
            let span = file.document.key_span(&pointer);
            let known = is_known(&environment.0, span, model, diags);
            for (id, written) in repeats.iter().filter(|_| known) {
                let at = format!("{pointer}/{}", id.0);
                Repeating { document: &file.document, pointer: &at, environment: &environment.0, id: &id.0 }
                    .link(written, model, diags);
            }
        }
    }
}

fn environments(files: &[data::File], model: &mut Model, diags: &mut Sink) {
    let mut owners = UniqueIds::new("environment");
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

fn measurements(files: &[data::File], model: &mut Model, diags: &mut Sink) {
    let mut owners = UniqueIds::new("measurement");
    for file in files {
        for (id, written) in &file.data.measurements {
            let pointer = format!("/measurements/{}", id.0);
            let span = file.document.key_span(&pointer);
            if !owners.claim(&id.0, span, diags) {
                continue;
            }
            let at = file.document.span(&format!("{pointer}/environment"));
            is_known(&written.environment, at, model, diags);
            let measurement = Measurement {
                about: written.about.clone(),
                environment: written.environment.clone(),
                unit: Unit::new(&written.unit),
                cases: cases(&written.cases, &file.document, &pointer),
                repeats: BTreeMap::new(),
                span,
            };
            model.measurements.insert(id.0.clone(), measurement);
        }
    }
}

/// Is there such an environment? Complains if not.
pub fn is_known(environment: &str, at: Span, model: &Model, diags: &mut Sink) -> bool {
    let is_known = model.environments.contains_key(environment);
    if !is_known {
        let message = format!("no environment is called `{environment}`");
        let known = model.environments.iter().map(|(id, environment)| (id.as_str(), environment.span));
        let diagnostic = Diagnostic::new(Code::UnknownEnvironment, at, message);
        diags.push(diags.near_at(diagnostic, environment, known));
    }
    is_known
}

fn cases(written: &BTreeMap<data::Id, data::Case>, document: &Document, pointer: &str) -> BTreeMap<String, Case> {
    let case = |(id, case): (&data::Id, &data::Case)| {
        let at = |key: &str| format!("{pointer}/cases/{}/{key}", id.0);
        let keys = ["spread", "runs", "original", "code"].into_iter().filter(|key| document.has(&at(key)));
        let parts = keys.map(|key| (key, document.span(&at(key)))).collect();
        let span = document.span(&at("value"));
        let data::Case { value, spread, runs, original, code } = case;
        let (original, code) = (original.clone(), code.clone());
        (id.0.clone(), Case { value: *value, spread: *spread, runs: *runs, original, code, span, parts })
    };
    written.iter().map(case).collect()
}

/// One repeat being linked.
struct Repeating<'a> {
    document: &'a Document,
    /// Of the repeat in its file.
    pointer: &'a str,
    environment: &'a str,
    /// Of the measurement.
    id: &'a str,
}

impl Repeating<'_> {
    fn link(&self, written: &data::Repeat, model: &mut Model, diags: &mut Sink) {
        let span = self.document.key_span(self.pointer);
        let Some(measurement) = model.measurements.get(self.id) else {
            let message = format!("no measurement is called `{}`, so nothing is repeated here", self.id);
            let known = model.measurements.keys().map(String::as_str);
            diags.push(diags.near(Diagnostic::new(Code::UnknownBenchmark, span, message), self.id, known));
            return;
        };
        let unit = Unit::new(&written.unit);
        let faults = [self.taken(measurement, span), self.mismatch(measurement, &unit)];
        let faults: Vec<Diagnostic> = faults.into_iter().flatten().collect();
        if !faults.is_empty() {
            diags.extend(faults);
            return;
        }
        let mut cases = cases(&written.cases, self.document, self.pointer);
        cases.retain(|case, value| {
            let is_known = measurement.cases.contains_key(case);
            if !is_known {
                diags.push(self.unknown_case(case, measurement, diags));
            }
            is_known && unit.implausible(value.value).is_none()
        });
        let measurement = model.measurements.get_mut(self.id).expect("it was found above");
        measurement.repeats.insert(self.environment.to_owned(), Repeat { unit, cases, span });
    }

    fn taken(&self, measurement: &Measurement, span: Span) -> Option<Diagnostic> {
        let first = match measurement.repeats.get(self.environment) {
            Some(repeat) => repeat.span,
            None if measurement.environment == self.environment => measurement.span,
            None => return None,
        };
        let message = format!("`{}` is measured in `{}` twice", self.id, self.environment);
        Some(
            Diagnostic::new(Code::DuplicateId, span, message)
                .label("again")
                .also(first, "first here")
                .help("keep one of the two; another machine or another run is another environment"),
        )
    }

    fn mismatch(&self, measurement: &Measurement, unit: &Unit) -> Option<Diagnostic> {
        if unit.factor_to(&measurement.unit).is_some() {
            return None;
        }
        let at = self.document.span(&format!("{}/unit", self.pointer));
        let message = format!("`{unit}` does not convert to `{}`, the unit of `{}`", measurement.unit, self.id);
        Some(
            Diagnostic::new(Code::UnitMismatch, at, message)
                .also(measurement.span, format!("measured in `{}`", measurement.unit))
                .help("repeat the measurement in a unit of the same kind"),
        )
    }

    fn unknown_case(&self, case: &str, measurement: &Measurement, diags: &Sink) -> Diagnostic {
        let at = self.document.key_span(&format!("{}/cases/{case}", self.pointer));
        let known = measurement.cases.keys().map(String::as_str);
        let message = format!("`{}` has no case `{case}` to repeat", self.id);
        let diagnostic = Diagnostic::new(Code::UnknownBenchmark, at, message).also(measurement.span, "the measurement");
        diags.near(diagnostic, case, known)
    }
}
