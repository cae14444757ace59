//! GitLab's Code Quality report, a subset of Code Climate's.

use std::io::{self, Write};

use serde::Serialize;

use crate::diag::Severity;
use crate::review::finding::Review;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
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

pub fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    super::pretty(&super::Each(|| super::items(review).map(issue)), out)
}

fn issue(item: super::Item<'_>) -> Issue<'_> {
    Issue {
        severity: match item.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Info | Severity::Hint => "info",
        },
        description: item.message,
        check_name: item.id,
        fingerprint: item.fingerprint,
        location: Location {
            path: item.reported,
            lines: Lines {
                begin: item.region.map_or(1, |region| region.line),
                end: item.region.map_or(1, |region| region.end_line),
            },
        },
    }
}
