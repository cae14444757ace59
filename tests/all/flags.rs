//! One meaning a flag: tests/flags.txt has every flag with its meaning, and below it what the help of each command that has it
//! says. `TRYCMD=overwrite` writes the lines of commands; a meaning is written by hand.

use std::collections::BTreeMap;
use std::fs;

use clap::{Arg, Command};

const TABLE: &str = "tests/flags.txt";

/// What the help of each command says of a flag.
type Uses = BTreeMap<String, String>;

/// The flags of a command and of those below it.
fn collect(command: &Command, path: &str, found: &mut BTreeMap<String, Uses>) {
    for arg in command.get_arguments().filter(|arg| !arg.is_positional()) {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        found.entry(name(arg)).or_default().insert(path.to_owned(), help.lines().next().unwrap_or_default().to_owned());
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        collect(below, format!("{path} {}", below.get_name()).trim_start(), found);
    }
}

/// `-q, --quiet`
fn name(arg: &Arg) -> String {
    let long = format!("--{}", arg.get_long().expect("every flag has a long name"));
    arg.get_short().map_or(long.clone(), |short| format!("-{short}, {long}"))
}

fn flags() -> BTreeMap<String, Uses> {
    let mut command = kbc::cli::command();
    command.build();
    let mut found = BTreeMap::new();
    collect(&command, "", &mut found);
    // What every command has is said once.
    for uses in found.values_mut() {
        if let Some(help) = uses.get("").cloned() {
            uses.retain(|path, other| path.is_empty() || *other != help);
        }
    }
    found
}

/// The meanings that were written by hand, by flag.
fn meanings(table: &str) -> BTreeMap<&str, &str> {
    let mut meanings = BTreeMap::new();
    for line in table.lines().filter(|line| line.starts_with('-')) {
        let (flag, meaning) = line.split_once(": ").unwrap_or_else(|| panic!("{TABLE}: `{line}` has no meaning"));
        assert!(meanings.insert(flag, meaning).is_none(), "{TABLE}: `{flag}` has two meanings");
    }
    meanings
}

#[test]
fn every_flag_has_one_meaning() {
    let old = fs::read_to_string(TABLE).unwrap_or_default();
    let meanings = meanings(&old);
    let flags = flags();
    let mut new = String::new();
    for (flag, uses) in &flags {
        new += &format!("{flag}: {}\n", meanings.get(flag.as_str()).unwrap_or(&"?"));
        let mut alike: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (path, help) in uses {
            alike.entry(help).or_default().push(if path.is_empty() { "every command" } else { path });
        }
        for (help, paths) in alike {
            new += &format!("    {}: {help}\n", paths.join(", "));
        }
    }
    if std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite") {
        fs::write(TABLE, &new).expect("the table can be written");
    } else {
        assert_eq!(old, new, "{TABLE} differs: does the flag mean there what it means elsewhere?");
    }
    assert!(!new.contains(": ?\n"), "write the meaning of a flag into {TABLE}");
}

/// A short name is of one flag, wherever it is.
#[test]
fn short_names_are_of_one_flag() {
    let flags = flags();
    let mut shorts: BTreeMap<&str, &str> = BTreeMap::new();
    for (short, long) in flags.keys().filter_map(|flag| flag.split_once(", ")) {
        assert!(shorts.insert(short, long).is_none_or(|other| other == long), "`{short}` is of two flags");
    }
}
