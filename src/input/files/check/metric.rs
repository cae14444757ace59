//! A limit on what was measured: `<= 500 ms`, or a ratio between two results of one run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::quantity::Unit;

/// What is measured, and the limits on it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The name of a result; `*` stands for any text, and then every result of such a name is held to the limit.
    #[schemars(length(min = 1))]
    pub result: String,
    /// Another result of the same run: the limit is then on the first divided by this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative_to: Option<String>,
    /// What of the result: `time` (the default), `memory`, or a value that the benchmark recorded besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// Which statistic of the rounds is held to the limit.
    #[serde(default, skip_serializing_if = "is_median")]
    pub statistic: Statistic,
    /// Operator, number and unit: `<= 500 ms`, `< 0.6` for a ratio.
    pub target: Limit,
    /// A limit beyond the target; missing it is a hint, no finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stretch: Option<Limit>,
    /// With fewer rounds than this a result says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub rounds: Option<u32>,
}

/// A statistic that noise moves little. The mean is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Statistic {
    #[default]
    Median,
    Min,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_median(statistic: &Statistic) -> bool {
    *statistic == Statistic::Median
}

impl Statistic {
    pub fn name(self) -> &'static str {
        match self {
            Statistic::Median => "median",
            Statistic::Min => "minimum",
        }
    }
}

/// `<= 500 ms`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Limit(#[schemars(regex(pattern = r"^(<=|<|>=|>) *\d+(\.\d+)? *[^\d\s]*$"))] pub String);

impl Limit {
    fn parts(&self) -> Option<(&str, f64, &str)> {
        let at = self.0.find(|c: char| !"<>=".contains(c))?;
        let (operator, rest) = self.0.split_at(at);
        let rest = rest.trim();
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        Some((operator, rest[..length].parse().ok()?, rest[length..].trim()))
    }

    /// The unit of the number; a plain number is a ratio.
    pub fn unit(&self) -> Unit {
        let (.., unit) = self.parts().unwrap_or_default();
        Unit::new(if unit.is_empty() { Unit::TIMES } else { unit })
    }

    /// Is there a value that keeps this limit and another? Units that do not convert cannot contradict each other.
    pub fn admits_with(&self, other: &Self) -> bool {
        let (Some((_, mine, _)), Some((_, theirs, _))) = (self.parts(), other.parts()) else { return true };
        let Some(factor) = other.unit().factor_to(&self.unit()) else { return true };
        // If any value keeps both, then one at or beside a limit does.
        let near = |limit: f64| [limit, limit * (1.0 - 1e-9) - 1e-12, limit * (1.0 + 1e-9) + 1e-12];
        let mut values = near(mine).into_iter().chain(near(theirs * factor));
        values.any(|value| {
            self.holds(value) && other.holds(value / factor)
                || (value / factor - theirs).abs() < 1e-12 && self.holds(value) && other.holds(theirs)
        })
    }

    /// Does a value in the limit's unit keep it? A limit that cannot be read is kept by nothing.
    pub fn holds(&self, value: f64) -> bool {
        match self.parts() {
            Some(("<=", limit, _)) => value <= limit,
            Some(("<", limit, _)) => value < limit,
            Some((">=", limit, _)) => value >= limit,
            Some((">", limit, _)) => value > limit,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_people_write_them() {
        let limit = |text: &str| Limit(text.to_owned());
        assert!(limit("<= 500 ms").holds(500.0) && !limit("< 500ms").holds(500.0));
        assert_eq!(limit("<=500 ms").unit(), Unit::new("ms"));
        assert_eq!(limit(">= 60 %").unit(), Unit::new("%"));
        assert!(limit(">= 60 %").holds(80.0) && limit("< 0.6").holds(0.59));
        assert_eq!(limit("< 0.6").unit(), Unit::new(Unit::TIMES));
        assert!(!limit("five").holds(0.0));
    }

    #[test]
    fn limits_that_leave_no_value_contradict() {
        let both = |one: &str, two: &str| Limit(one.to_owned()).admits_with(&Limit(two.to_owned()));
        assert!(both("<= 500 ms", ">= 0.5 s") && both("< 1 s", "> 500 ms") && both("<= 1 s", "<= 500 ms"));
        assert!(!both("< 500 ms", ">= 0.5 s") && !both("<= 10 ms", "> 1 s"));
        assert!(both("<= 10 ms", ">= 60 %"), "what does not convert does not contradict");
    }
}
