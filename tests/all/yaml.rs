//! What is written as YAML is read back as the same values, and nothing in it is ambiguous: the reader
//! refuses every plain scalar that YAML 1.1 and 1.2 understand differently.

use kbc::input::formats::yaml;
use kbc::text::source::Sources;
use proptest::prelude::*;
use serde_json::Value;

/// Texts that readers take for something else, and whatever else there is.
fn text() -> impl Strategy<Value = String> {
    let traps = vec![
        "no",
        "On",
        "yes",
        "~",
        "null",
        "1_000",
        "2.10",
        "0o17",
        "0o",
        "0oz",
        "0b",
        "0b01",
        "017",
        "0x1F",
        "1:30",
        "190:20:30.5",
        ".inf",
        "1e3",
        "2026-01-01",
        "",
        " ",
        "- a",
        "a: b",
        "a #b",
        "'",
        "\"",
        "{{ f }}",
        "[x]",
        "*a",
        "&a",
        "!t",
        "%d",
        "@x",
        "`x`",
        "\t",
        "\u{85}",
        "\u{feff}",
        "\u{2028}",
        "line\nbreak",
        "trailing ",
        "?",
        ":",
        "|",
        ">",
        "---",
        "...",
        "$$$ARGS",
        "\\",
        "\u{7f}",
        "é",
        "😀",
    ];
    prop_oneof![prop::sample::select(traps).prop_map(str::to_owned), any::<String>()]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::String),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::Bool)
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let key = text().prop_filter("long keys are no keys of YAML", |key| key.len() < 200);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(key, inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_written_is_read_back(value in value()) {
        let wrapped = serde_json::json!({ "value": value });
        let text = yaml::write(&wrapped).expect("JSON can be written");
        let mut diags = kbc::diag::Sink::new();
        let source = Sources::default().add("", "");
        let document = yaml::read(source, &text, 0, &mut diags);
        prop_assert!(diags.is_empty(), "{}\n{:?}", text, diags);
        prop_assert_eq!(document.map(|document| document.to_json()), Some(wrapped), "{}", text);
    }

    #[test]
    fn no_text_at_all_makes_the_reader_panic(text in any::<String>(), yaml in "[a-z:\\[\\]{}&*!|>'\"#%@`, \n-]{0,60}") {
        for text in [text, yaml] {
            let source = Sources::default().add("", "");
            let _ = yaml::read(source, &text, 0, &mut kbc::diag::Sink::new());
        }
    }
}
