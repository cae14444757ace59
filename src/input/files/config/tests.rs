//! Small settings, and what is said of them.

use super::*;
use crate::text::source::Sources;

/// What is said of a text, each as message and the text of its place.
fn told(text: &str) -> Vec<(String, String)> {
    let mut sources = Sources::default();
    let source = sources.add("kbc.toml", text);
    let mut diags = Sink::new();
    read(source, text, &mut diags);
    let place = |diagnostic: &Diagnostic| sources.text(diagnostic.span().expect("it is in kbc.toml")).to_owned();
    diags.iter().map(|diagnostic| (diagnostic.message.clone(), place(diagnostic))).collect()
}

#[test]
fn faults_are_told_at_their_places() {
    let waiver = |owner: &str, expires: &str| {
        format!(
            "[[allow]]\ncode = \"R1\"\nfiles = [\"a\"]\nowner = \"{owner}\"\nreason = \"x\"\nuntil = \"{expires}\"\n"
        )
    };
    let allow = |code: &str, files: &str| {
        format!("[[allow]]\ncode = \"hidden-text\"\nwhat = \"{code}\"\nreason = \"x\"\nfiles = [\"{files}\"]\n")
    };
    for (text, said) in [
        ("", vec![]),
        (waiver("me", "2030-01-31").as_str(), vec![]),
        (waiver(" ", "2030-01-31").as_str(), vec![("the owner is empty", "\" \"")]),
        (waiver("me", "2030-02-31").as_str(), vec![("`2030-02-31` is no day", "\"2030-02-31\"")]),
        (allow("U+200B", "*.md").as_str(), vec![]),
        (allow("200B", "*.md").as_str(), vec![("`200B` is no code point", "\"200B\"")]),
        (
            "[budget.papers]\nmin = 9\nmax = 8\n",
            vec![("budget.papers.min of 9 is above budget.papers.max of 8", "[budget.papers]")],
        ),
        ("[agents.roles.x]\nbudget = { max = 1000001 }\n", vec![("`max` cannot be `1000001`", "1000001")]),
        ("[agents.roles.x]\nbudget = { max = 1000000 }\n", vec![]),
    ] {
        let said: Vec<(String, String)> =
            said.iter().map(|(message, place): &(&str, &str)| ((*message).to_owned(), (*place).to_owned())).collect();
        let found: Vec<(String, String)> = told(text);
        assert_eq!(found.len(), said.len(), "{text}: {found:?}");
        for ((message, place), (wanted, at)) in found.iter().zip(&said) {
            assert_eq!(message, wanted, "{text}");
            assert!(place.starts_with(at.as_str()), "{text}: {place}");
        }
    }
}

#[test]
fn a_place_is_that_of_the_nearest_value_that_is_there() {
    let text = "name = \"x\"\n[agents.roles.a]\nselect.papers = [\"b\", \"c\"]\n";
    let mut sources = Sources::default();
    let source = sources.add("kbc.toml", text);
    let places = Places::of(source, document(source, text));
    let at = |pointer: &str| sources.text(places.at(pointer));
    assert_eq!(
        (at("/name"), at("/agents/roles/a/select/papers/1"), at("/agents/roles/a/select/papers/7")),
        ("\"x\"", "\"c\"", "[\"b\", \"c\"]")
    );
    assert_eq!(sources.text(places.key_at("/agents/roles/a")), "a");
    assert_eq!((places.at("/nothing").range(), places.at("").range()), (0..0, 0..0));
    assert_eq!(Places::of(source, document(source, "= no TOML")).at("/name").range(), 0..0);
}
