//! Values that cannot have been measured, named with all that is argued from them.

use super::Inputs;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::data;
use crate::model::Model;
use crate::text::quantity::Unit;
use crate::text::source::Span;

/// Users of a value that are shown.
const SHOWN: usize = 6;

/// Complains about every value of the data that cannot be.
pub fn check(written: &Inputs, diags: &mut Sink) {
    for file in &written.parsed.data {
        for (id, measurement) in &file.data.measurements {
            let at = format!("/measurements/{}", id.0);
            cases(written, file, &at, id, &measurement.unit, &measurement.cases, diags);
        }
        for (environment, repeats) in &file.data.repeats {
            for (id, repeat) in repeats {
                let at = format!("/repeats/{}/{}", environment.0, id.0);
                cases(written, file, &at, id, &repeat.unit, &repeat.cases, diags);
            }
        }
    }
}

/// Is a figure computed from a value that cannot be? It has none, then.
pub fn is_unfounded(figure: &data::Figure, model: &Model) -> bool {
    figure.names().any(|name| {
        let (id, case) = name.split_once('.').map_or((name, None), |(id, case)| (id, Some(case)));
        let Some(measurement) = model.measurements.get(id) else { return false };
        let mut cases = measurement.cases.iter().filter(|(id, _)| case.is_none_or(|case| case == *id));
        cases.any(|(_, case)| measurement.unit.implausible(case.value).is_some())
    })
}

fn cases(
    written: &Inputs,
    file: &data::File,
    pointer: &str,
    id: &data::Id,
    unit: &str,
    cases: &std::collections::BTreeMap<data::Id, data::Case>,
    diags: &mut Sink,
) {
    for (case, measured) in cases {
        let Some(why) = Unit::new(unit).implausible(measured.value) else { continue };
        let at = file.document.span(&format!("{pointer}/cases/{}/value", case.0));
        let name = format!("{}.{}", id.0, case.0);
        let message = format!("`{name}` cannot have been measured: it is {why}");
        let mut diagnostic = Diagnostic::new(Code::ImplausibleValue, at, message)
            .label(format!("{} {unit}", measured.value))
            .help("measure more rounds, or look at what was run: it may have done nothing");
        let users = users(written, &id.0, &name);
        let more = users.len().saturating_sub(SHOWN);
        for (span, what) in users.into_iter().take(SHOWN) {
            diagnostic = diagnostic.also(span, what);
        }
        diags.push(if more == 0 { diagnostic } else { diagnostic.note(format!("{more} more places use it")) });
    }
}

/// The figures that are computed from a case, and the links to it and to them.
fn users(written: &Inputs, measurement: &str, case: &str) -> Vec<(Span, String)> {
    let mut names = vec![case.to_owned()];
    let mut users = Vec::new();
    for file in &written.parsed.data {
        for (id, figure) in &file.data.figures {
            if figure.names().any(|name| name == case || name == measurement) {
                users.push((file.document.key_span(&format!("/figures/{}", id.0)), "computed from it".to_owned()));
                names.push(id.0.clone());
            }
        }
    }
    for paper in &written.parsed.papers {
        for link in &paper.prose.links {
            let name = link.target.rsplit_once('#').map_or("", |(_, fragment)| fragment);
            if names.iter().any(|known| known == name.split('@').next().unwrap_or(name)) {
                users.push((link.span, "said here".to_owned()));
            }
        }
    }
    users
}
