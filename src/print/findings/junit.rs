//! JUnit's XML: one test case a rule that found nothing, one a finding otherwise.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Item;
use crate::review::finding::Review;

pub fn print(review: &Review) -> String {
    let items = super::items(review);
    let mut by_id: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for rule in &review.rules {
        by_id.entry(&review.model.rules[*rule].id.0).or_default();
    }
    for item in &items {
        by_id.entry(item.id).or_default().push(item);
    }
    let tests: usize = by_id.values().map(|items| items.len().max(1)).sum();
    let skipped = items.iter().filter(|item| item.is_open).count();
    let failures = items.len() - skipped;
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"");
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kbc review\" {counts}>\n");
    let _ = writeln!(xml, "  <testsuite name=\"kbc review\" {counts}>");
    for (id, items) in by_id {
        if items.is_empty() {
            let _ = writeln!(xml, "    <testcase classname=\"kbc\" name=\"{}\"/>", escaped(id));
        }
        for item in items {
            let _ = writeln!(xml, "{}", case(item));
        }
    }
    xml + "  </testsuite>\n</testsuites>\n"
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
