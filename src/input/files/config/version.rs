//! `format` and `required_version` of kbc.toml: which format the hand-written files are in, and which kbc they need. They are
//! looked for line by line before anything else is read, so that a kbc that is too old for the rest can still say so.

use std::cmp::Ordering;
use std::ops::Range;

/// The format that this kbc reads and writes.
pub const FORMAT: u32 = 1;

/// What keeps this kbc from reading the knowledge base, and where kbc.toml says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    pub at: Range<usize>,
    pub message: String,
    pub help: String,
}

/// Is kbc.toml for this kbc?
///
/// # Errors
/// If it needs another one, or does not say which one it needs.
pub fn examine(text: &str) -> Result<(), Unfit> {
    examine_for(text, env!("CARGO_PKG_VERSION"))
}

fn examine_for(text: &str, this: &str) -> Result<(), Unfit> {
    let written = top_level(text);
    let mut found: [Option<&Written>; 2] = [None, None];
    for line in &written {
        let slot = &mut found[usize::from(line.key == "format")];
        if slot.replace(line).is_some() {
            let message = format!("kbc.toml has two values for `{}`", line.key);
            return Err(line.unfit(message, "delete one of them".to_owned()));
        }
    }
    let [required, format] = found;
    required.map_or(Ok(()), |line| required_version(line, this))?;
    format.map_or(Ok(()), |line| format_of(line, this))
}

/// One of the two keys with its value as it is written.
struct Written {
    key: &'static str,
    value: String,
    at: Range<usize>,
}

impl Written {
    fn unfit(&self, message: String, help: String) -> Unfit {
        Unfit { at: self.at.clone(), message, help }
    }
}

/// The keys above the first table, outside of texts of several lines.
fn top_level(text: &str) -> Vec<Written> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut open: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        if open.is_none() && bare.starts_with('[') {
            break;
        }
        if open.is_none()
            && let Some((key, value)) = bare.split_once('=')
        {
            let key = key.trim().trim_matches(['"', '\'']);
            let key = ["required_version", "format"].into_iter().find(|known| *known == key);
            let end = start + line.trim_end().len();
            let begin = end - bare.len();
            let written = |key| Written { key, value: without_comment(value).to_owned(), at: begin..end };
            found.extend(key.map(written));
        }
        for mark in ["\"\"\"", "'''"] {
            let is_odd = line.matches(mark).count() % 2 == 1;
            match open {
                None if is_odd => open = Some(mark),
                Some(other) if other == mark && is_odd => open = None,
                None | Some(_) => {}
            }
        }
    }
    found
}

/// A value without what follows it. The two values hold no `#`.
fn without_comment(value: &str) -> &str {
    value.split_once('#').map_or(value, |(value, _)| value).trim()
}

fn format_of(line: &Written, this: &str) -> Result<(), Unfit> {
    let digits = line.value.replace('_', "");
    let digits = digits.strip_prefix('+').unwrap_or(&digits);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("`format` of kbc.toml is `{}`, which is no format", line.value);
        return Err(line.unfit(message, format!("write `format = {FORMAT}`, a whole number without quotes")));
    }
    // A number that is too large to be read is newer as well.
    match digits.parse::<u64>().unwrap_or(u64::MAX).cmp(&u64::from(FORMAT)) {
        Ordering::Equal => Ok(()),
        Ordering::Less => {
            let message = format!("`format` of kbc.toml is `{}`, and the first format is 1", line.value);
            Err(line.unfit(message, format!("write `format = {FORMAT}`")))
        }
        Ordering::Greater => {
            let message = format!(
                "this base was written for a newer kbc: format {digits}, and this is kbc {this} for format {FORMAT}"
            );
            Err(line.unfit(message, "install the kbc that it was written for".to_owned()))
        }
    }
}

fn required_version(line: &Written, this: &str) -> Result<(), Unfit> {
    let quoted = ['"', '\''].into_iter().find_map(|mark| line.value.strip_prefix(mark)?.strip_suffix(mark));
    let bounds = quoted.map(|quoted| quoted.split(',').map(Bound::of).collect::<Option<Vec<_>>>());
    let (Some(needed), Some(Some(bounds))) = (quoted, bounds) else {
        let message = format!("`required_version` of kbc.toml is {}, which is no bound on versions", line.value);
        let help = "write `required_version = \">=0.1\"`; several bounds have commas between them".to_owned();
        return Err(line.unfit(message, help));
    };
    let own = version(this).expect("the version of the package is three numbers");
    if bounds.iter().all(|bound| bound.holds(own)) {
        return Ok(());
    }
    let message = format!("this base needs kbc {needed}, this is {this}");
    Err(line.unfit(message, format!("install a kbc that is {needed}; `required_version` of kbc.toml asks for it")))
}

type Version = [u64; 3];

/// Does a comparison of the own version with that of a bound fit its sign?
type IsMet = fn(Ordering) -> bool;

struct Bound {
    is_met: IsMet,
    version: Version,
}

impl Bound {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let signs: [(&str, IsMet); 6] = [
            (">=", Ordering::is_ge),
            ("<=", Ordering::is_le),
            ("==", Ordering::is_eq),
            ("!=", Ordering::is_ne),
            (">", Ordering::is_gt),
            ("<", Ordering::is_lt),
        ];
        let (sign, is_met) = signs.into_iter().find(|(sign, _)| text.starts_with(sign))?;
        Some(Self { is_met, version: version(text[sign.len()..].trim())? })
    }

    fn holds(&self, own: Version) -> bool {
        (self.is_met)(own.cmp(&self.version))
    }
}

/// One to three numbers with points between them; those that are left out are 0.
fn version(text: &str) -> Option<Version> {
    let parts: Vec<u64> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let part = |at: usize| parts.get(at).copied().unwrap_or(0);
    (parts.len() <= 3).then(|| [part(0), part(1), part(2)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        examine_for(text, "0.3.1").err().map_or_else(String::new, |unfit| unfit.message)
    }

    #[test]
    fn a_base_that_this_kbc_reads_is_let_through() {
        for text in [
            "",
            "format = 1",
            "format=1 # the first\nname = \"a\"",
            "\"format\" = +1",
            "required_version = '>=0.3, <1'",
            "required_version = \">= 0.3.1\"\nformat = 1\n",
            "name = \"\"\"\nformat = 2\n\"\"\"\n",
            "[roles.a]\nformat = 7\n",
            "formats = 9",
            "no TOML at all = = =",
        ] {
            assert_eq!(told(text), "", "{text}");
        }
    }

    #[test]
    fn any_other_one_is_told_whatever_follows() {
        for (text, says) in [
            (
                "format = 2\nsomething = [[[",
                "this base was written for a newer kbc: format 2, and this is kbc 0.3.1 for format 1",
            ),
            ("format = 18446744073709551616", "written for a newer kbc: format 18446744073709551616"),
            ("format = 0", "`format` of kbc.toml is `0`, and the first format is 1"),
            ("format = -1", "`format` of kbc.toml is `-1`, which is no format"),
            ("format = \"1\"", "`format` of kbc.toml is `\"1\"`, which is no format"),
            ("format = 1.0", "`format` of kbc.toml is `1.0`, which is no format"),
            ("format =", "`format` of kbc.toml is ``, which is no format"),
            ("format = 1\nformat = 1", "kbc.toml has two values for `format`"),
            ("\r\nrequired_version = \">=0.4\"\r\nformat = 2", "this base needs kbc >=0.4, this is 0.3.1"),
            ("required_version = \">=0.3,!=0.3.1\"", "this base needs kbc >=0.3,!=0.3.1, this is 0.3.1"),
            ("required_version = \"<0.3\"", "this base needs kbc <0.3, this is 0.3.1"),
            ("required_version = \"0.4\"", "`required_version` of kbc.toml is \"0.4\", which is no bound on versions"),
            ("required_version = 4", "`required_version` of kbc.toml is 4, which is no bound on versions"),
            ("required_version = \">=1.2.3.4\"", "which is no bound on versions"),
        ] {
            assert!(told(text).contains(says), "{text}: {}", told(text));
        }
    }
}
