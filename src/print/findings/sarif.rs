//! SARIF 2.1.0 (OASIS, 2020), as code scanning reads it: every rule with its help, relative URIs, fingerprints that
//! survive moving lines, and fixes.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::{Entry, Item, Region};
use crate::diag::{Code, HOME, Severity};
use crate::input::vocabulary::Precision;
use crate::model::{Check, Rule};
use crate::review::finding::{Finding, Review, Tolerance};
use crate::text::source::Span;
use crate::text::url;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What the fingerprint is called. Another way to make it gets another name, so that nothing is reopened by it.
const FINGERPRINT: &str = "kbc/v1";

#[derive(Serialize)]
struct Log<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<R>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<R> {
    tool: Value,
    column_kind: &'static str,
    original_uri_base_ids: Value,
    invocations: Value,
    results: R,
}

pub fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let entries = super::entries(review);
    // The rules that looked, then the codes of the diagnostics.
    let mut ids: Vec<&str> = review.rules.iter().map(|rule| review.model.rules[*rule].id.0.as_str()).collect();
    let mut index: HashMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    for id in entries.iter().map(|entry| entry.id(review)) {
        index.entry(id).or_insert_with(|| {
            ids.push(id);
            ids.len() - 1
        });
    }
    let rules: Vec<Value> = ids.iter().map(|id| descriptor(id, review)).collect();
    let is_complete = review.diagnostics.iter().all(|trouble| trouble.severity < Severity::Error);
    let run = Run {
        tool: json!({ "driver": {
            "name": "kbc",
            "informationUri": HOME,
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        }}),
        column_kind: "unicodeCodePoints",
        original_uri_base_ids: json!({ "SRCROOT": { "description": { "text": "the repository, or the folder of the knowledge base" } } }),
        invocations: json!([{ "executionSuccessful": is_complete }]),
        results: super::Each(|| {
            let told = entries.iter().map(|entry| result(&entry.item(review), &index, review));
            told.chain(review.tolerated.iter().map(|(finding, by)| suppressed(finding, by, &index, review)))
        }),
    };
    super::pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] }, out)
}

fn descriptor(id: &str, review: &Review) -> Value {
    match review.model.rule(id) {
        Some(rule) => rule_descriptor(rule, review),
        None => {
            let code = Code::from_name(id).expect("what is no rule is a code");
            json!({
                "id": id,
                "shortDescription": { "text": code.summary() },
                "helpUri": code.url(),
                "help": { "text": code.explanation(), "markdown": code.explanation() },
                "defaultConfiguration": { "level": level(code.severity()) },
            })
        }
    }
}

fn rule_descriptor(rule: &Rule, review: &Review) -> Value {
    // Each result has the severity and precision of its own check.
    let severity = rule.checks().map(|check| check.severity).max().unwrap_or(Severity::Warning);
    let precision = rule.checks().map(Check::precision).min().unwrap_or(Precision::Medium);
    let paper = review.paper(rule);
    let figures = rule.evidence.iter().filter_map(|id| Some((id, review.model.figures.get(id)?)));
    let figures: Vec<(String, String)> =
        figures.map(|(id, figure)| (format!("{id} is {}", figure.text), figure.about.clone())).collect();
    let plain: String = figures.iter().map(|(value, about)| format!("\n{value}: {about}")).collect();
    let marked: String = figures.iter().map(|(value, about)| format!("\n- **{value}**: {about}")).collect();
    let wording = &rule.full.text;
    let mut descriptor = json!({
        "id": rule.id.0,
        "name": rule.id.0,
        "shortDescription": { "text": rule.short.as_ref().map_or(wording, |short| &short.text) },
        "fullDescription": { "text": wording },
        "help": {
            "text": format!("{wording}\n{plain}\n\nArgued for in {paper}."),
            "markdown": format!("{wording}\n{marked}\n\nArgued for in `{paper}`."),
        },
        "defaultConfiguration": { "level": level(severity) },
        "properties": {
            "precision": precision.name(),
            "problem.severity": match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info | Severity::Hint => "recommendation",
            },
            "tags": rule.tags,
        },
    });
    if let Some(url) = review.url(rule) {
        descriptor["helpUri"] = json!(url);
    }
    descriptor
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Hint => "note",
    }
}

fn result(item: &Item, index: &HashMap<&str, usize>, review: &Review) -> Value {
    let mut location = json!({ "artifactLocation": artifact(item.reported) });
    if let Some(region) = item.region {
        location["region"] = region_of(region, review);
    }
    let mut result = json!({
        "ruleId": item.id,
        "ruleIndex": index.get(item.id),
        "message": { "text": item.message },
        "locations": [{ "physicalLocation": location }],
        "partialFingerprints": { FINGERPRINT: item.fingerprint },
    });
    if item.is_open {
        // The standard has a word for what nobody decided yet, and no level goes with it.
        result["kind"] = json!("open");
        result["level"] = json!("none");
    } else {
        result["level"] = json!(level(item.severity));
    }
    if let Some((edit, region)) = item.fix.zip(item.region) {
        let span = Span { start: edit.range.start, end: edit.range.end, ..region.span };
        result["fixes"] = json!([{
            "description": { "text": format!("the fix of {}", item.id) },
            "artifactChanges": [{
                "artifactLocation": artifact(item.reported),
                "replacements": [{
                    "deletedRegion": bare_region(super::region(span, review)),
                    "insertedContent": { "text": edit.text },
                }],
            }],
        }]);
    }
    result
}

/// A finding that somebody tolerates: code scanning shows it as dismissed, and does not reopen it.
fn suppressed(finding: &Finding, by: &Tolerance, index: &HashMap<&str, usize>, review: &Review) -> Value {
    let mut result = result(&Entry::Finding(finding).item(review), index, review);
    let reason = match by {
        Tolerance::Waiver => "waived in kbc.toml",
        Tolerance::Baseline(reason) => reason.as_deref().unwrap_or("in the baseline"),
    };
    result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": reason }]);
    result
}

fn region_of(region: Region, review: &Review) -> Value {
    let mut value = bare_region(region);
    let text = review.sources.text(region.span);
    if text.len() <= 1000 {
        value["snippet"] = json!({ "text": text });
    }
    value
}

fn bare_region(region: Region) -> Value {
    json!({
        "startLine": region.line,
        "startColumn": region.column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    })
}

/// Relative to the repository or the knowledge base, percent-encoded.
fn artifact(path: &str) -> Value {
    let uri = url::encoded(path);
    match path.strip_prefix('/') {
        Some(_) => json!({ "uri": format!("file://{uri}") }),
        None => json!({ "uri": uri, "uriBaseId": "SRCROOT" }),
    }
}
