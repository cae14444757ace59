//! GitLab's Code Quality report, a subset of Code Climate's.

use serde::Serialize;

use crate::diag::Severity;
use crate::review::finding::Review;

#[derive(Serialize)]
struct Issue<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'a str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

pub fn print(review: &Review) -> String {
    let items = super::items(review);
    super::pretty(&super::Each(|| items.iter().map(issue)))
}

fn issue<'a>(item: &'a super::Item<'a>) -> Issue<'a> {
    Issue {
        severity: match item.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Info | Severity::Hint => "info",
        },
        description: &item.message,
        check_name: item.id,
        fingerprint: &item.fingerprint,
        location: Location {
            path: item.reported,
            lines: Lines {
                begin: item.region.map_or(1, |region| region.line),
                end: item.region.map_or(1, |region| region.end_line),
            },
        },
    }
}
