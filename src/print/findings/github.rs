//! Workflow commands of GitHub Actions, which become annotations.

use std::io::{self, Write};

use crate::diag::Severity;
use crate::review::finding::Review;

pub fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let line = |item: super::Item| {
        let level = match item.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info | Severity::Hint => "notice",
        };
        let region = item.region.map(|region| {
            // Columns across lines would be read as columns of one line.
            let columns = if region.line == region.end_line {
                format!(",col={},endColumn={}", region.column, region.end_column)
            } else {
                String::new()
            };
            format!(",line={},endLine={}{columns}", region.line, region.end_line)
        });
        let (file, title) = (property(item.reported), property(item.id));
        format!("::{level} file={file}{},title={title}::{}\n", region.unwrap_or_default(), data(&item.message))
    };
    super::items(review).try_for_each(|item| out.write_all(line(item).as_bytes()))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
