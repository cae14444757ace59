//! Benchmarks run by the Python of this machine, if it has one: what is recorded must be there and in order of size.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::kit::{self, Ended, kbc};

const PAPER: &str = r#"---
id: a
title: A
priority: low
---
# A

## How fast

```python bench=search setup
items = list(range(10000))
names = set(items)
```
```python bench=search case=list
-1 in items
```
```python bench=search case=set
-1 in names
```
```python bench=sizes case=integer by=size
1
```
```python bench=sizes case=integers by=size
[i for i in range(1000)]
```
```python bench=peaks case=megabyte by=peak
bytearray(1 << 20)
```
```python bench=loading case=json by=import
import json
```
```python bench=faults case=raises
def inner():
    raise ValueError("as meant")
inner()
```
```python bench=faults case=syntax
if x
```
```python bench=faults case=exits
import sys; sys.exit(1)
```
```python bench=faults case=prints
print("not an answer")
```
```python bench=faults case=endless
while True: pass
```
"#;

/// A knowledge base of one paper; `None` where there is no Python.
fn knowledge(name: &str) -> Option<PathBuf> {
    if Command::new("python3").arg("--version").output().is_err() {
        return None;
    }
    Some(kit::project(name, PAPER, &[]))
}

fn measure(root: &Path, arguments: &[&str]) -> Ended {
    kbc(root, &[&["measure", "--environment", "here", "--processes", "1"], arguments].concat())
}

/// A number of the record, by the path of its keys.
fn value(root: &Path, path: &str) -> f64 {
    let text = fs::read_to_string(root.join("data/measured-here.yaml")).expect("it was written");
    let mut sources = kbc::text::source::Sources::default();
    let source = sources.add("data/measured-here.yaml", &text);
    let mut faults = kbc::diag::Sink::new();
    let document = kbc::input::files::data::read(source, &sources, &mut faults).expect("it is YAML").document;
    assert!(faults.is_empty(), "{faults:#?}");
    let json = document.to_json();
    json.pointer(&format!("/results/here/{path}"))
        .and_then(Value::as_f64)
        .unwrap_or_else(|| panic!("no {path} in {text}"))
}

#[test]
fn what_is_measured_is_in_order_of_size() {
    let Some(root) = knowledge("measure") else { return };
    let output = measure(&root, &["search", "sizes", "peaks", "loading"]);
    assert!(output.is_clean(), "{}", output.stderr);
    let value = |path: &str| value(&root, path);
    assert!(value("search/cases/list/value") > 10.0 * value("search/cases/set/value"));
    assert!(value("search/cases/set/runs") >= 1.0 && value("search/cases/set/spread/iqr") >= 0.0);
    assert!(value("sizes/cases/integers/value") > 1000.0 * value("sizes/cases/integer/value"));
    assert!(value("peaks/cases/megabyte/value") >= f64::from(1 << 20));
    // A module that the driver had loaded already would take a microsecond.
    assert!(value("loading/cases/json/value") > 50_000.0);
    assert!(value("loading/cases/json/runs") > 1.0);
}

#[test]
fn what_fails_is_named_by_its_line_and_the_rest_is_recorded() {
    let Some(root) = knowledge("measure-faults") else { return };
    let output = measure(&root, &["faults", "--time-limit", "1.5"]);
    let told = output.stderr;
    assert_eq!(output.code, 1, "{told}");
    for part in [
        "`faults.raises` was not measured: ValueError: as meant",
        "papers/a.md\", line 34, in inner",
        "`faults.syntax` was not measured: SyntaxError",
        "papers/a.md\", line 38",
        "`faults.exits` was not measured: SystemExit: 1",
        "`faults.endless` was not measured: it takes longer than 1.5 s",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(value(&root, "faults/cases/prints/value") > 0.0);
    let record = fs::read_to_string(root.join("data/measured-here.yaml")).expect("it was written");
    assert!(!record.contains("endless") && !record.contains("raises"));
}
