//! kbc.lock: entries whose pointers or values are written otherwise, and the version.

use std::collections::BTreeMap;

use super::{Refusal, config};

/// The text in the words of this format.
///
/// # Errors
/// If it cannot be told what a part of it means.
pub fn migrate(source: &str) -> Result<String, Refusal> {
    let end = if source.contains("\r\n") { "\r\n" } else { "\n" };
    let mut made = String::with_capacity(source.len());
    let mut settings = Settings::default();
    for line in source.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        match bare.strip_prefix("  setting ") {
            Some(setting) => settings.take(setting),
            None => {
                std::mem::take(&mut settings).write(end, &mut made);
                made.push_str(&moved(line, &CHECKS));
            }
        }
    }
    settings.write(end, &mut made);
    Ok(settings_of_base(&made))
}

/// The same with the settings of kbc.toml where they are now.
fn settings_of_base(source: &str) -> String {
    let mut made = String::with_capacity(source.len());
    let mut settings: Vec<&str> = Vec::new();
    for line in source.split_inclusive('\n').chain([""]) {
        if line.starts_with("  setting /") {
            settings.push(line);
            continue;
        }
        made.extend(config::settings(&settings));
        settings.clear();
        made.push_str(line);
    }
    made
}

/// Pointers into checks that lead elsewhere now.
const CHECKS: [(&str, &str); 1] = [("  check /where/python = ", "  check /where/version/python = ")];

/// Pointers of settings of papers that lead elsewhere now.
const SETTINGS: [(&str, &str); 3] =
    [("/known/", "/allow/unsourced-number/"), ("/unruled/", "/allow/unused-benchmark/"), ("/review_by", "/reread_by")];

/// Lists of exceptions that kbc.toml had.
const LISTS: [&str; 3] = ["/unassigned/", "/waivers/", "/hidden/allow/"];

fn moved(line: &str, known: &[(&str, &str)]) -> String {
    let found = known.iter().find_map(|(old, new)| Some(format!("{new}{}", line.strip_prefix(old)?)));
    found.unwrap_or_else(|| line.to_owned())
}

/// The settings of one entry, which are written in the order of their pointers.
#[derive(Default)]
struct Settings<'a> {
    lines: Vec<(String, String)>,
    /// By list and index, the values by their keys.
    lists: BTreeMap<(&'a str, &'a str), BTreeMap<&'a str, &'a str>>,
    is_moved: bool,
}

impl<'a> Settings<'a> {
    fn take(&mut self, setting: &'a str) {
        if let Some((pointer, value)) = setting.split_once(" = ")
            && let Some(list) = LISTS.into_iter().find(|list| pointer.starts_with(list))
            && let Some((index, key)) = pointer[list.len()..].split_once('/')
        {
            self.lists.entry((list, index)).or_default().insert(key, value);
            self.is_moved = true;
            return;
        }
        let (mark, rest) = if let Some(rest) = setting.strip_prefix("[\"") { ("[\"", rest) } else { ("", setting) };
        let line = moved(rest, &SETTINGS);
        self.is_moved |= line != rest;
        let pointer = line.split([' ', '"']).next().unwrap_or_default();
        let pointer = line.split_once(" = ").map_or(pointer, |(pointer, _)| pointer).to_owned();
        self.lines.push((pointer, format!("{mark}{line}")));
    }

    fn write(mut self, end: &str, made: &mut String) {
        for ((list, _), values) in &self.lists {
            self.lines.extend(exceptions(list, values).map(|(at, said)| (at.clone(), format!("{at} = {said}"))));
        }
        if self.is_moved {
            self.lines.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        for (_, line) in self.lines {
            made.push_str("  setting ");
            made.push_str(&line);
            made.push_str(end);
        }
    }
}

/// An entry of a list of kbc.toml as the exceptions that it became, each with its pointer.
fn exceptions(list: &str, values: &BTreeMap<&str, &str>) -> impl Iterator<Item = (String, String)> {
    let text = |key: &str| {
        let value = values.get(key).copied().unwrap_or_default();
        serde_json::from_str::<String>(value).unwrap_or_else(|_| value.trim_matches('\'').to_owned())
    };
    let all = |key: &str| {
        let value = values.get(key).copied().unwrap_or_default();
        serde_json::from_str::<Vec<String>>(value).unwrap_or_default()
    };
    let reason = text("reason");
    let of_files = |files: &[String]| match files {
        [] => String::new(),
        files => format!("; in {}", files.join(" ")),
    };
    match list {
        "/unassigned/" => {
            let rules = all("rules");
            rules.into_iter().map(|rule| (format!("/allow/rule-without-role/{rule}"), reason.clone())).collect()
        }
        "/waivers/" => {
            let (rule, path) = (text("rule"), text("path"));
            let terms = format!("{reason}; owner {}; until {}; in {path}", text("owner"), text("expires"));
            vec![(format!("/allow/{rule}/{path}"), terms)]
        }
        _ => {
            let terms = format!("{reason}{}", of_files(&all("files")));
            vec![(format!("/allow/hidden-text/{}", text("code")), terms)]
        }
    }
    .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_checks_are_found_where_they_are_now() {
        let old = "# kbc.lock\nversion 2\n\npaper a\n  section top 1234\n  setting /known/30 s = ours\n  setting /review_by = 2027-01-01\n  setting [\"/unruled/x\",\" y\"]\n\nrule R1\n  check /where/python = \">=3.8\"\n  | setting /known/30 s = a sentence\n\nsettings kbc.toml\n  setting /papers/min_tokens = 300\n  setting /unassigned/0/reason = \"for CI\"\n  setting /unassigned/0/rules = [\"B1\", \"B2\"]\n  setting /waivers/0/expires = \"2030-01-01\"\n  setting /waivers/0/owner = \"me\"\n  setting /waivers/0/path = \"old/**\"\n  setting /waivers/0/reason = \"x\"\n  setting /waivers/0/rule = \"R1\"\n";
        let new = "# kbc.lock\nversion 2\n\npaper a\n  section top 1234\n  setting /allow/unsourced-number/30 s = ours\n  setting [\"/allow/unused-benchmark/x\",\" y\"]\n  setting /reread_by = 2027-01-01\n\nrule R1\n  check /where/version/python = \">=3.8\"\n  | setting /known/30 s = a sentence\n\nsettings kbc.toml\n  setting /allow/R1/old/** = x; owner me; until 2030-01-01; in old/**\n  setting /allow/rule-without-role/B1 = for CI\n  setting /allow/rule-without-role/B2 = for CI\n  setting /budget/papers/min = 300\n";
        assert_eq!(migrate(old).as_deref(), Ok(new));
        assert_eq!(migrate(new).as_deref(), Ok(new));
    }
}
