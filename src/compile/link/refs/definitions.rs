//! The names that the files of a project define for its commands: scripts, targets, recipes, aliases. What such a file
//! includes or imports, and names that it computes, are not known.

use serde_json::Value;

use crate::input::formats::toml_document;

/// The scripts of a package.json.
pub fn scripts(text: &str) -> Result<Vec<String>, String> {
    let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(json["scripts"].as_object().map(|scripts| scripts.keys().cloned().collect()).unwrap_or_default())
}

/// The aliases of a cargo configuration.
pub fn aliases(text: &str) -> Result<Vec<String>, String> {
    toml_document::keys(text, &["alias"])
}

/// The console scripts of a pyproject.toml.
pub fn console_scripts(text: &str) -> Result<Vec<String>, String> {
    let poetry = toml_document::keys(text, &["tool", "poetry", "scripts"])?;
    Ok([toml_document::keys(text, &["project", "scripts"])?, poetry].concat())
}

/// The targets of a makefile: what stands before the colon of a rule, but for patterns, variables and make's own
/// (`.PHONY`).
pub fn targets(text: &str) -> Result<Vec<String>, String> {
    let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut names: Vec<String> = Vec::new();
    let mut is_in_definition = false;
    for line in text.lines() {
        match line.split_whitespace().next() {
            Some("define") => is_in_definition = true,
            Some("endef") => is_in_definition = false,
            Some(_) | None => {}
        }
        if !is_in_definition && !line.starts_with('\t') {
            names.extend(targets_of(line).into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
        }
    }
    Ok(names)
}

fn targets_of(line: &str) -> Vec<String> {
    let line = without_variables(line.split('#').next().unwrap_or_default());
    let Some((before, after)) = line.split_once(':') else { return Vec::new() };
    // `a := b`, `a ::= b`, `a = b:c`, and a variable of one target: `a: b = c`.
    let prerequisites = after.split(';').next().unwrap_or_default();
    if before.contains('=') || prerequisites.contains('=') {
        return Vec::new();
    }
    let is_own = |name: &str| name.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_uppercase()));
    let names = before.split_whitespace().map(|name| name.trim_end_matches('&'));
    names.filter(|name| !name.is_empty() && !name.contains(['%', '$']) && !is_own(name)).map(str::to_owned).collect()
}

/// A line of a makefile with `$` for every `$(...)` and `${...}`: what is in them is no rule.
fn without_variables(line: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0;
    let mut previous = ' ';
    for c in line.chars() {
        match c {
            '(' | '{' if depth > 0 || previous == '$' => depth += 1,
            ')' | '}' if depth > 0 => depth -= 1,
            c if depth == 0 => plain.push(c),
            _ => {}
        }
        previous = c;
    }
    plain
}

/// The recipes and aliases of a justfile.
pub fn recipes(text: &str) -> Result<Vec<String>, String> {
    Ok(text.lines().filter_map(recipe).map(str::to_owned).collect())
}

/// The name in front of the colon that begins a recipe, in the first column, or of an alias.
fn recipe(line: &str) -> Option<&str> {
    let line = line.strip_prefix('@').unwrap_or(line);
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start();
    if name == "alias" && !rest.starts_with(':') {
        return Some(rest.split_once(":=")?.0.trim());
    }
    let is_other = ["export", "import", "mod", "set", "unexport"].contains(&name) && !rest.starts_with(':');
    let is_recipe = !name.is_empty() && !rest.starts_with(":=") && rest.contains(':') && !is_other;
    is_recipe.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_what_rules_make() {
        let text = "CC := gcc\nX = a:b\nY ::= c\n.PHONY: all\nall lib.a: $(OBJ:.c=.o) x.h # y: z\n\tcc: no\ntest:: ; run a=b\n\
            %.o: %.c\n$(BIN): all\nall: FLAGS = -g\na b &: c\n  space:\nlong \\\n  wide: x\n\
            define T\nnever:\nendef\nexport PATH := a:b\n-include x.mk\nafter: x\r\n";
        let known = ["all", "lib.a", "test", "a", "b", "space", "long", "wide", "after"];
        assert_eq!(targets(text).expect("any text is read"), known);
    }

    #[test]
    fn recipes_begin_in_the_first_column() {
        let text = "set shell := [\"a:b\"]\nexport X := \"a:b\"\nv := \"a:b\"\n# no: x\n[private]\n@build target=\"x:y\": lint\n  \
            not: here\ntest-all *args:\n\tx:\nalias t := test-all\nimport 'a:b'\nset:\n";
        assert_eq!(recipes(text).expect("any text is read"), ["build", "test-all", "t", "set"]);
    }

    #[test]
    fn scripts_are_those_of_both_kinds_of_projects() {
        let text = "[project.scripts]\na = \"x:y\"\n[tool.poetry.scripts]\nb = \"x:y\"\n";
        assert_eq!(console_scripts(text).expect("it is TOML"), ["a", "b"]);
        assert!(console_scripts("a = ").is_err() && scripts("{").is_err());
        assert_eq!(scripts("{\"scripts\": {\"x\": \"\"}}").expect("it is JSON"), ["x"]);
        assert!(scripts("[]").expect("it is JSON").is_empty());
        assert_eq!(aliases("[alias]\nxtask = \"run -p xtask --\"\n").expect("it is TOML"), ["xtask"]);
    }
}
