//! A limit on what was measured.

use super::{Fault, foreign, keys_for_syntax};
use crate::input::files::check as written;
use crate::input::files::check::Metric;
use crate::input::vocabulary::Precision;

/// What is measured, and the limits on it.
#[derive(Clone, Debug)]
pub struct Measured {
    pub metric: Metric,
    /// It need not say how often it is right.
    pub precision: Option<Precision>,
}

impl Measured {
    pub(super) fn new(metric: &Metric, check: &written::Check) -> Result<Self, Vec<Fault>> {
        let mut faults: Vec<Fault> = keys_for_syntax(check).collect();
        let files = [("files", check.files.is_some()), ("ignores", check.ignores.is_some())];
        let files = files.into_iter().filter(|(_, is_there)| *is_there);
        faults.extend(files.map(|(key, _)| foreign(key, "checks that look at files")));
        faults.extend(units(metric));
        let measured = Self { metric: metric.clone(), precision: check.precision };
        if faults.is_empty() { Ok(measured) } else { Err(faults) }
    }

    pub(super) fn written(&self, empty: written::Check) -> written::Check {
        written::Check { metric: Some(self.metric.clone()), precision: self.precision, ..empty }
    }
}

fn units(metric: &Metric) -> Vec<Fault> {
    let mut faults = Vec::new();
    let unit = metric.target.unit();
    if let Some(stretch) = &metric.stretch
        && stretch.unit().factor_to(&unit).is_none()
    {
        let message = format!("has a target in {unit} and a stretch goal in {}", stretch.unit());
        faults.push(("metric", message, "give both in units of one kind".to_owned()));
    }
    let is_plain = matches!(unit.symbol(), "x" | "times" | "%" | "percent");
    if metric.relative_to.is_some() && !is_plain {
        let message = format!("has a ratio of two results as its limit, in {unit}");
        faults.push(("metric", message, "a ratio has no unit: `< 0.6`".to_owned()));
    }
    faults
}
