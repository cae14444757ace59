//! `[paths]` of kbc.toml: where inputs are read and outputs are written. No path leaves the project, and no two of them
//! overlap.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Places;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::lock_file;
use crate::text::source::Span;

/// The name of the settings.
pub const SETTINGS: &str = "kbc.toml";
/// Folders that no path may name or lead into: they are git's, and that of writes under way.
const RESERVED: [&str; 2] = [".git", ".kbc-staging"];

/// Where inputs are read and outputs are written, relative to kbc.toml.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Paths {
    /// The folder of the papers, or several.
    pub papers: Folders,
    /// The folder of the data.
    pub data: String,
    /// The folder of the utility rules of checks.
    pub utils: String,
    /// The folder of the templates.
    pub templates: String,
    /// The folder that belongs to kbc: what it did not make there is reported. Without it, the folder of `rules`.
    pub out: Option<String>,
    /// The rulebook that `kbc inject` prints. Without it, `RULEBOOK.md` in `out`.
    pub rulebook: Option<String>,
    /// The file for the checks and everything else about the rules. Without it, `rules.yaml` in `out`.
    pub rules: Option<String>,
    /// The folder for the JSON Schemas of kbc's formats, for editors; none are written without it.
    pub schemas: Option<String>,
}

/// One folder or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Folders {
    One(String),
    Many(#[schemars(length(min = 1))] Vec<String>),
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            papers: Folders::One("papers".into()),
            data: "data".into(),
            utils: "utils".into(),
            templates: "templates".into(),
            out: None,
            rulebook: None,
            rules: None,
            schemas: None,
        }
    }
}

/// A kind of input that has a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    Papers,
    Data,
    Utilities,
    Templates,
}

impl Input {
    pub const ALL: [Input; 4] = [Input::Papers, Input::Data, Input::Utilities, Input::Templates];

    /// As the setting is called.
    pub fn name(self) -> &'static str {
        match self {
            Input::Papers => "papers",
            Input::Data => "data",
            Input::Utilities => "utils",
            Input::Templates => "templates",
        }
    }
}

impl Folders {
    fn as_slice(&self) -> &[String] {
        match self {
            Folders::One(folder) => std::slice::from_ref(folder),
            Folders::Many(folders) => folders,
        }
    }
}

/// A path without `./` before it and `/` behind it.
fn plain(path: &str) -> &str {
    path.trim_start_matches("./").trim_end_matches('/')
}

/// Is a path a folder, or does it lie in it?
fn lies_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Paths {
    /// The folders of a kind of input.
    pub fn folders(&self, input: Input) -> Vec<&str> {
        match input {
            Input::Papers => self.papers.as_slice().iter().map(|folder| plain(folder)).collect(),
            Input::Data => vec![plain(&self.data)],
            Input::Utilities => vec![plain(&self.utils)],
            Input::Templates => vec![plain(&self.templates)],
        }
    }

    /// The folder that new files of a kind are written to.
    pub fn folder(&self, input: Input) -> &str {
        self.folders(input).first().copied().unwrap_or_default()
    }

    /// What kind of input a path is, by the folder that it lies in.
    pub fn input_of(&self, path: &str) -> Option<Input> {
        Input::ALL.into_iter().find(|input| self.is_among(*input, path))
    }

    /// Does a path lie in a folder of a kind?
    pub fn is_among(&self, input: Input, path: &str) -> bool {
        self.folders(input).into_iter().any(|folder| path != folder && lies_in(path, folder))
    }

    /// Can no output have a path, since an input has it?
    pub fn is_input(&self, path: &str) -> bool {
        let is_folder = |input: Input| self.folders(input).into_iter().any(|folder| lies_in(path, folder));
        [SETTINGS, lock_file::PATH].iter().any(|file| lies_in(path, file)) || Input::ALL.into_iter().any(is_folder)
    }

    /// The name of a template: its path below the folder of templates.
    pub fn template_name<'a>(&self, path: &'a str) -> &'a str {
        let below = path.strip_prefix(self.folder(Input::Templates)).and_then(|rest| rest.strip_prefix('/'));
        // That of a built-in one is the name of its file.
        below.or_else(|| path.split_once('/').map(|(_, name)| name)).unwrap_or(path)
    }

    pub fn rulebook(&self) -> String {
        self.rulebook.clone().unwrap_or_else(|| self.output("RULEBOOK.md"))
    }

    pub fn rules(&self) -> String {
        self.rules.clone().unwrap_or_else(|| self.output("rules.yaml"))
    }

    fn output(&self, name: &str) -> String {
        format!("{}/{name}", self.out.as_deref().map_or("out", plain))
    }

    /// The folder that belongs to kbc. Empty if it is the project itself.
    pub fn output_folder(&self) -> String {
        let of_rules = || self.rules().rsplit_once('/').map(|(folder, _)| folder.to_owned()).unwrap_or_default();
        self.out.as_deref().map_or_else(of_rules, |out| plain(out).to_owned())
    }

    /// Every setting that is a folder, by the name of its setting.
    fn named(&self) -> Vec<(String, String)> {
        let papers = self.folders(Input::Papers).into_iter().enumerate().map(|(at, folder)| match &self.papers {
            Folders::One(_) => ("papers".to_owned(), folder),
            Folders::Many(_) => (format!("papers/{at}"), folder),
        });
        let others = [Input::Data, Input::Utilities, Input::Templates]
            .map(|input| (input.name().to_owned(), self.folder(input)));
        let out = self.output_folder();
        let out = Some(("out".to_owned(), out)).filter(|(_, folder)| !folder.is_empty());
        let inputs = papers.chain(others).map(|(key, folder)| (key, folder.to_owned()));
        inputs.chain(out).collect()
    }

    /// Complains about folders that cannot be meant; each setting at fault has its default then.
    pub fn examined(self, places: &Places, diags: &mut Sink) -> Self {
        let before = diags.len();
        let written = [("papers", self.papers.as_slice())].into_iter().chain([
            ("data", std::slice::from_ref(&self.data)),
            ("utils", std::slice::from_ref(&self.utils)),
            ("templates", std::slice::from_ref(&self.templates)),
            ("out", self.out.as_slice()),
            ("schemas", self.schemas.as_slice()),
        ]);
        for (key, folders) in written {
            for (index, folder) in folders.iter().enumerate() {
                let pointer = format!("/paths/{key}/{index}");
                diags.extend(fault(folder).map(|why| told(places.at(&pointer), key, folder, why)));
            }
        }
        if diags.len() == before {
            self.overlaps(places, diags);
        }
        if diags.len() == before {
            self
        } else {
            Self { rulebook: self.rulebook, rules: self.rules, ..Self::default() }
        }
    }

    fn overlaps(&self, places: &Places, diags: &mut Sink) {
        let named = self.named();
        for (index, (key, folder)) in named.iter().enumerate() {
            for (other, inner) in &named[..index] {
                let (a, b) = (folder.to_lowercase(), inner.to_lowercase());
                let [this, that] = [key, other].map(|key| format!("`paths.{}`", key.split('/').next().unwrap_or(key)));
                let message = if a == b {
                    format!("{this} and {that} are the same folder `{folder}`")
                } else if lies_in(&a, &b) {
                    format!("{this}, `{folder}`, lies in {that}, `{inner}`")
                } else if lies_in(&b, &a) {
                    format!("{that}, `{inner}`, lies in {this}, `{folder}`")
                } else {
                    continue;
                };
                let mut spans = [key, other].map(|key| places.at(&format!("/paths/{key}")));
                // One of them may be a default, which stands nowhere.
                spans.sort_by_key(|span| std::cmp::Reverse(span.range().end));
                let help = "give each kind of file a folder of its own, beside the others";
                diags.push(Diagnostic::new(Code::InvalidValue, spans[0], message).help(help));
            }
        }
    }
}

/// Why a path cannot be a folder of the project.
fn fault(folder: &str) -> Option<&'static str> {
    let bare = plain(folder);
    let is_odd = |part: &str| part.contains(|c: char| c.is_control() || "\\:".contains(c)) || part.trim() != part;
    if bare.is_empty() || bare == "." {
        return Some("is the project itself, in which other files lie");
    }
    if bare.starts_with('/') || folder.starts_with('/') || bare.split('/').any(|part| part == "..") {
        return Some("leads out of the project");
    }
    if bare.split('/').any(|part| RESERVED.iter().any(|name| part.eq_ignore_ascii_case(name))) {
        return Some("is a folder that kbc does not touch");
    }
    bare.split('/').any(|part| part.is_empty() || part == "." || is_odd(part)).then_some("is no plain path")
}

fn told(at: Span, key: &str, folder: &str, why: &str) -> Diagnostic {
    let message = format!("`paths.{key}` cannot be `{}`: it {why}", folder.escape_debug());
    let help = "write a folder inside of the project, relative to kbc.toml: `docs/papers`";
    Diagnostic::new(Code::InvalidValue, at, message).help(help)
}
