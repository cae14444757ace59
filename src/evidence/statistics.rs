//! What many runs of one thing come to: the median, and how far the middle half of them lies apart.

/// Runs summed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    pub median: f64,
    /// Half the interquartile range.
    pub spread: f64,
    pub min: f64,
    /// How many there were.
    pub runs: u32,
}

/// Sums up; `None` of no runs.
pub fn summary(runs: &[f64]) -> Option<Summary> {
    let mut sorted = runs.to_vec();
    sorted.sort_by(f64::total_cmp);
    let min = *sorted.first()?;
    let spread = (quantile(&sorted, 0.75) - quantile(&sorted, 0.25)) / 2.0;
    let runs = u32::try_from(sorted.len()).unwrap_or(u32::MAX);
    Some(Summary { median: quantile(&sorted, 0.5), spread, min, runs })
}

/// Interpolated between the two runs around it: definition 7 of Hyndman and Fan, "Sample Quantiles in
/// Statistical Packages", 1996.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_runs() {
        let four = summary(&[4.0, 1.0, 3.0, 2.0]).expect("there are runs");
        assert_eq!((four.median, four.spread, four.min, four.runs), (2.5, 0.75, 1.0, 4));
        let one = summary(&[7.0]).expect("there is a run");
        assert_eq!((one.median, one.spread), (7.0, 0.0));
        assert_eq!(summary(&[]), None);
    }
}
