//! What the cases show of JSON documents fits the schemas that `kbc schema` prints.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kbc::commands::schema;
use serde_json::Value;

/// The documents in the cases: those printed, and those in files beside them.
fn documents() -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("tests/cases")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of this repository") {
            let path = entry.expect("it is listed").path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.extend(in_text(&path, &text).into_iter().map(|document| (path.clone(), document)));
            }
        }
    }
    found
}

/// Documents begin in a line of their own and say of which kind they are.
fn in_text(path: &Path, text: &str) -> Vec<Value> {
    let is_case = path.extension().is_some_and(|extension| extension == "md");
    let starts = text.match_indices("{\n  \"kind\": \"kbc.").map(|(at, _)| at);
    let starts = starts.filter(|at| if is_case { text[..*at].ends_with('\n') } else { *at == 0 });
    // What a case leaves out of a document with `...` is no JSON.
    let first = |at: usize| serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>().next();
    starts.filter_map(first).filter_map(Result::ok).collect()
}

#[test]
fn documents_fit_their_schemas() {
    let mut met = BTreeSet::new();
    for (path, document) in documents() {
        let kind = document["kind"].as_str().unwrap_or_default().trim_start_matches("kbc.");
        // Some cases are about files of a kbc to come.
        let Some(format) = schema::all().find(|format| format.name == kind && document["version"] == 1) else {
            continue;
        };
        // `kbc review --statistics` counts and lists no findings: that document has no schema yet.
        if kind == "review" && document["findings"].is_null() {
            continue;
        }
        let faults = format.faults(&document);
        assert!(faults.is_empty(), "{}: {faults:#?}\n{document:#}", path.display());
        met.insert(format.name);
    }
    assert_eq!(met.into_iter().collect::<Vec<_>>(), ["baseline", "budget", "check", "review"]);
}

/// A schema is a JSON Schema with an address of its own.
#[test]
fn every_schema_has_an_address() {
    for format in schema::all() {
        let published: Value = serde_json::from_str(format.text()).expect("a schema is JSON");
        assert_eq!(published["$id"], format!("{}/schema/1/{}.json", kbc::diag::HOME, format.name));
    }
}

/// People learn of a misspelt key; programs pass over the keys of a later kbc.
#[test]
fn only_what_people_write_is_closed() {
    for format in schema::all() {
        let is_written_by_people = ["paper", "data", "config", "template", "utility"].contains(&format.name);
        let published: Value = serde_json::from_str(format.text()).expect("a schema is JSON");
        assert_eq!(published["additionalProperties"] == false, is_written_by_people, "{}", format.name);
    }
}
