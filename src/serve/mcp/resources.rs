//! What can be read: the rulebook, the rulebooks of roles, papers and their sections, each by a name that stays.

use std::fmt;

use anyhow::{Result, bail};

use super::inside;
use crate::commands::built_outputs;
use crate::compile::Compilation;
use crate::compile::paper_search::{self, Section};
use crate::diag::UserError;
use crate::host::disk::Project;
use crate::input::files::paper::decoded;
use crate::input::world::World;
use crate::text::hidden::visible;
use crate::text::source::nearest;

/// A resource by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    Rulebook,
    Role(String),
    Paper(String),
    /// Of a paper, by anchor without `#`.
    Section(String, String),
}

/// The forms of names that have a part to fill in, with what they are.
pub const TEMPLATES: [(&str, &str, &str); 3] = [
    ("kbc://roles/{role}", "role", "The rulebook of a role of kbc.toml, as it was built"),
    ("kbc://papers/{paper}", "paper", "A paper, with its rules in the front matter"),
    ("kbc://papers/{paper}/sections/{section}", "section", "A section of a paper, by its anchor"),
];

impl Name {
    pub fn of(uri: &str) -> Option<Self> {
        let path = uri.strip_prefix("kbc://")?;
        // As links name it; clients that resolve URIs cut it off.
        let path = path.replacen('#', "/sections/", 1);
        let parts: Vec<String> = path.split('/').map(decoded).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["rulebook"] | ["rulebook", ""] => Some(Self::Rulebook),
            ["roles", role] => Some(Self::Role((*role).to_owned())),
            ["papers", paper] => Some(Self::Paper((*paper).to_owned())),
            ["papers", paper, "sections", anchor] => Some(Self::Section((*paper).to_owned(), (*anchor).to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Rulebook => f.write_str("kbc://rulebook"),
            Name::Role(role) => write!(f, "kbc://roles/{}", encoded(role)),
            Name::Paper(paper) => write!(f, "kbc://papers/{}", encoded(paper)),
            Name::Section(paper, anchor) => write!(f, "kbc://papers/{}/sections/{}", encoded(paper), encoded(anchor)),
        }
    }
}

/// With everything but letters, digits, hyphens and underscores of ASCII as percent-encoding (RFC 3986, section 2.1).
fn encoded(part: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    part.bytes().map(byte).collect()
}

/// A resource as it is listed.
pub struct Entry {
    pub name: Name,
    pub title: String,
    pub about: String,
}

/// The name of a section.
pub fn name_of(section: &Section, compiled: &Compilation) -> Name {
    let paper = &compiled.model.papers[section.paper].id;
    Name::Section(paper.clone(), section.anchor.trim_start_matches('#').to_owned())
}

/// Everything that can be read: rulebooks, then papers, each with its sections.
pub fn all(compiled: &Compilation, around: &dyn World) -> Vec<Entry> {
    let config = &compiled.config;
    let entry = |name, title: &str, about: String| Entry { name, title: title.to_owned(), about };
    let mut entries =
        vec![entry(Name::Rulebook, "The rulebook", format!("What every agent carries: {}", config.rulebook()))];
    for (role, settings) in &config.agents.roles {
        let about = settings.description.clone();
        entries.push(entry(Name::Role(role.clone()), &format!("The rulebook of {role}"), about));
    }
    for (index, paper) in compiled.model.papers.iter().enumerate() {
        if !around.exists(&paper.path) {
            continue;
        }
        let about = format!("{}, {}, priority {}", paper.path, paper.status.name(), paper.priority.name());
        entries.push(entry(Name::Paper(paper.id.clone()), &paper.title, about));
        for section in paper_search::of(index, &compiled.model, &compiled.sources) {
            let about = format!("A section of {}", paper.title);
            entries.push(entry(name_of(&section, compiled), &section.title, about));
        }
    }
    entries
}

/// The text of a resource, with what it hides written out.
///
/// # Errors
/// If there is none of that name, or it leads out of the project.
pub fn read(name: &Name, root: &std::path::Path, compiled: &Compilation) -> Result<String> {
    let config = &compiled.config;
    let index_of = |paper: &str| {
        let known = || compiled.model.papers.iter().map(|paper| paper.id.as_str());
        let Some(index) = known().position(|id| id == paper) else {
            let help = nearest(paper, known())
                .map_or("`resources/list` has them".to_owned(), |near| format!("did you mean `{near}`?"));
            bail!(UserError::new(format!("no paper is called `{paper}`")).help(help));
        };
        inside::resolve(root, &compiled.model.papers[index].path)?;
        Ok(index)
    };
    let text = match name {
        Name::Rulebook | Name::Role(_) => {
            let role = match name {
                Name::Role(role) => Some(role.as_str()),
                _ => None,
            };
            let path = match role {
                Some(role) if config.agents.roles.contains_key(role) => config.rulebook_of(role),
                _ => config.rulebook(),
            };
            inside::resolve(root, &path)?;
            built_outputs::rulebook(&Project::at(root), config, role)?.1
        }
        Name::Paper(paper) => {
            let index = index_of(paper)?;
            compiled.sources.get(compiled.model.papers[index].source).text.clone()
        }
        Name::Section(paper, anchor) => {
            let index = index_of(paper)?;
            let sections = paper_search::of(index, &compiled.model, &compiled.sources);
            let known = || sections.iter().map(|section| section.anchor.trim_start_matches('#'));
            let Some(at) = known().position(|known| known == anchor) else {
                let help = nearest(anchor, known()).map_or_else(
                    || format!("there are {}", known().collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                bail!(UserError::new(format!("the paper `{paper}` has no section `{anchor}`")).help(help));
            };
            compiled.sources.get(compiled.model.papers[index].source).text[sections[at].range.clone()].to_owned()
        }
    };
    Ok(visible(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        let section = Name::Section("a-b".into(), "über-50-%_x".into());
        for name in [Name::Rulebook, Name::Role("io".into()), Name::Paper("a-b".into()), section] {
            assert_eq!(Name::of(&name.to_string()), Some(name));
        }
        assert_eq!(Name::of("kbc://papers/a#why"), Some(Name::Section("a".into(), "why".into())));
        for uri in
            ["kbc://", "kbc://papers", "kbc://papers/a/b", "file:///etc/passwd", "kbc://papers/a/sections/b/c", ""]
        {
            assert_eq!(Name::of(uri), None, "{uri}");
        }
    }
}
