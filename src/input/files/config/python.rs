//! The lowest Python that a project says it supports: in its pyproject.toml (`requires-python`, or Poetry's `python`), or in its
//! setup.cfg (`python_requires`).

use crate::input::formats::toml_document;

/// What the pyproject.toml of a project says.
pub fn of_pyproject(text: &str) -> Option<Vec<u32>> {
    let table = toml_document::json(text).ok()?;
    let project = || lowest(table.get("project")?.get("requires-python")?.as_str()?);
    let poetry = || {
        let python = table.get("tool")?.get("poetry")?.get("dependencies")?.get("python")?;
        lowest(python.as_str().or_else(|| python.get("version")?.as_str())?)
    };
    project().or_else(poetry)
}

/// What the setup.cfg of a project says.
pub fn of_setup(text: &str) -> Option<Vec<u32>> {
    let mut is_options = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(section) = line.trim().strip_prefix('[') {
            is_options = section.trim_end_matches(']').trim() == "options";
        }
        let Some((key, range)) = line.split_once(['=', ':']).filter(|_| is_options) else { continue };
        if key.trim().replace('-', "_") == "python_requires" {
            // The value may stand on the next line.
            let next = if range.trim().is_empty() { lines.next().unwrap_or_default() } else { range };
            return lowest(next);
        }
    }
    None
}

/// The lowest version of a range: `>=3.9,!=3.9.*`, `~=3.11`, `>3.11`, `===3.12`, Poetry's `^3.9 || ^3.11`.
pub fn lowest(range: &str) -> Option<Vec<u32>> {
    let mut lowest: Option<Vec<u32>> = None;
    for alternative in range.split("||").flat_map(|part| part.split('|')) {
        let version = lowest_of(alternative)?;
        if lowest.as_ref().is_none_or(|lowest| version < *lowest) {
            lowest = Some(version);
        }
    }
    lowest
}

/// The lowest version that meets every bound.
fn lowest_of(range: &str) -> Option<Vec<u32>> {
    let mut lowest: Option<Vec<u32>> = None;
    let mut excluded = Vec::new();
    for (operator, version, is_series) in bounds(range) {
        match operator {
            ">=" | ">" | "~=" | "==" | "===" | "^" | "~" | "=" | "" => lowest = lowest.max(Some(version)),
            "!=" if is_series => excluded.push(version),
            _ => {}
        }
    }
    let mut lowest = lowest?;
    excluded.sort_unstable();
    for series in excluded {
        if series.len() == 2 && lowest.starts_with(&series) {
            lowest = vec![series[0], series[1] + 1];
        }
    }
    Some(lowest)
}

/// The operators and versions of a range, and whether each version stands for all that begin with it.
fn bounds(range: &str) -> Vec<(&str, Vec<u32>, bool)> {
    let is_operator = |c: char| "<>=!~^".contains(c);
    let mut bounds = Vec::new();
    let mut rest = range.trim();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let before = rest[..at].trim_end_matches(|c: char| c.is_whitespace() || c == 'v');
        let operator = &before[before.trim_end_matches(is_operator).len()..];
        let text = &rest[at..];
        let end = text.find(|c: char| c == ',' || c.is_whitespace() || is_operator(c)).unwrap_or(text.len());
        let written = &text[..end];
        let numbers = written.split('.').map_while(|part| {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            part[..digits].parse().ok()
        });
        let mut version: Vec<u32> = numbers.collect();
        // `3.13a1` has two numbers, `3.13.dev0` too.
        let is_cut = |part: &str| part.contains(|c: char| !c.is_ascii_digit());
        let whole = written.split('.').position(is_cut).map_or(version.len(), |at| at + 1);
        version.truncate(whole.max(1));
        bounds.push((operator, version, written.ends_with(".*")));
        rest = &text[end..];
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_version_of_a_range_is_found() {
        for (range, version) in [
            (">=3.9", &[3, 9][..]),
            (">= 3.9, <4", &[3, 9]),
            ("<4,>=3.10", &[3, 10]),
            (">3.11", &[3, 11]),
            ("==3.11.*", &[3, 11]),
            ("===3.12", &[3, 12]),
            ("~=3.9", &[3, 9]),
            (">=3.13.0rc1", &[3, 13, 0]),
            (">=3.13a1", &[3, 13]),
            (">=3.13.dev0", &[3, 13]),
            (">=3.8,!=3.8.*,!=3.9.*", &[3, 10]),
            (">=3.8,!=3.9.1", &[3, 8]),
            (">=3.8,>=3.10", &[3, 10]),
            ("^3.11", &[3, 11]),
            ("~3.11", &[3, 11]),
            ("3.11.*", &[3, 11]),
            ("^3.9 || ^3.11", &[3, 9]),
            (">=3.9 <4.0", &[3, 9]),
            (">=3", &[3]),
        ] {
            assert_eq!(lowest(range).as_deref(), Some(version), "{range}");
        }
        for range in ["<4", "", "*", "!=3.9.*"] {
            assert_eq!(lowest(range), None, "{range}");
        }
    }

    #[test]
    fn it_stands_in_several_files() {
        assert_eq!(of_pyproject("[project]\nrequires-python = \">=3.12\""), Some(vec![3, 12]));
        assert_eq!(of_pyproject("[tool.poetry.dependencies]\npython = \"^3.11\""), Some(vec![3, 11]));
        assert_eq!(of_pyproject("[tool.poetry.dependencies]\npython = { version = \"^3.10\" }"), Some(vec![3, 10]));
        assert_eq!(of_pyproject("[tool.ruff]\n"), None);
        assert_eq!(of_setup("[metadata]\nname = a\n[options]\npython_requires = >=3.8\n"), Some(vec![3, 8]));
        assert_eq!(of_setup("[options]\npython_requires =\n    >=3.8\n"), Some(vec![3, 8]));
        assert_eq!(of_setup("[other]\npython_requires = >=3.8\n"), None);
    }
}
