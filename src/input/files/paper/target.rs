//! Where a link of a paper leads, as seen from the project.

/// A link target, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Another site, or anything with a scheme.
    External,
    /// A relative path that leaves the project.
    Outside,
    /// A path of the project, with what follows `#`. A query (`?plain=1`) is about how the file is shown.
    Inside { path: String, fragment: String },
}

impl Target {
    /// Resolves a target that is written in a file of the project.
    pub fn of(from: &str, written: &str) -> Self {
        if is_external(written) {
            return Self::External;
        }
        let (path, fragment) = written.split_once('#').unwrap_or((written, ""));
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        match resolve(from, &decoded(path)) {
            Some(path) => Self::Inside { path, fragment: decoded(fragment) },
            None => Self::Outside,
        }
    }

    /// Does a link ask for the source of a text rather than the page that is made of it?
    pub fn shows_source(written: &str) -> bool {
        let path = written.split('#').next().unwrap_or_default();
        path.split_once('?').is_some_and(|(_, query)| query.split('&').any(|part| part == "plain=1"))
    }
}

fn is_external(target: &str) -> bool {
    let scheme = target.split(':').next().unwrap_or_default();
    target.contains(':') && scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        || target.starts_with("//")
}

/// A link target without its percent-encoding (RFC 3986, section 2.1).
pub fn decoded(target: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = target.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => (bytes.push(byte), rest = &after[2..]).1,
            None => (bytes.push(*first), rest = after).1,
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| target.to_owned())
}

/// A relative path as seen from the project; `None` where it leads out of it.
pub fn resolve(from: &str, path: &str) -> Option<String> {
    if path.is_empty() {
        return Some(from.to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if let Some(path) = path.strip_prefix('/') {
        return Some(path.to_owned());
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
