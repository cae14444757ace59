//! JUnit's XML: one test case a rule that found nothing, one a finding otherwise.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{Entry, Item};
use crate::review::finding::Review;

pub fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let entries = super::entries(review);
    let mut by_id: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
    for rule in &review.rules {
        by_id.entry(&review.model.rules[*rule].id.0).or_default();
    }
    for entry in &entries {
        by_id.entry(entry.id(review)).or_default().push(*entry);
    }
    let tests: usize = by_id.values().map(|entries| entries.len().max(1)).sum();
    let skipped = review.open.len();
    let failures = entries.len() - skipped;
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"");
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kbc review\" {counts}>")?;
    writeln!(out, "  <testsuite name=\"kbc review\" {counts}>")?;
    for (id, entries) in by_id {
        if entries.is_empty() {
            writeln!(out, "    <testcase classname=\"kbc\" name=\"{}\"/>", escaped(id))?;
        }
        for entry in entries {
            writeln!(out, "{}", case(&entry.item(review)))?;
        }
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn case(item: &Item) -> String {
    let place = match item.region {
        Some(region) => format!("{}:{}:{}", item.path, region.line, region.column),
        None => item.path.to_owned(),
    };
    let (id, message, place) = (escaped(item.id), escaped(&item.message), escaped(&place));
    let element = if item.is_open { "skipped" } else { "failure" };
    let kind = if item.is_open { String::new() } else { format!(" type=\"{}\"", item.severity.name()) };
    format!(
        "    <testcase classname=\"{id}\" name=\"{place}\" file=\"{}\"><{element} message=\"{message}\"{kind}/></testcase>",
        escaped(item.path)
    )
}

/// Text for an attribute. Characters that XML forbids even as references are replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\r' | '\t' => escaped.push(' '),
            c if (c as u32) < 0x20 || c == '\u{fffe}' || c == '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
