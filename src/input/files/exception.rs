//! An exception: something that kbc would report, and why it may stay. It has one shape in papers, in their rules and in
//! kbc.toml.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diag::{Code, Kind};
use crate::text::day;
use crate::text::glob::Globs;
use crate::text::quantity::NumberInText;

/// Something that would be reported, and why it may stay.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// What would be reported: a code (`unsourced-number`), or in kbc.toml the id of a rule, for what `kbc review` finds.
    #[schemars(length(min = 1))]
    pub code: String,
    /// What it is about, as the message names it: a number as it is written, an id, a character (`U+200B`). Without it, all
    /// that the code is about here.
    pub what: Option<What>,
    /// In kbc.toml: globs of the files that it is about. Without `/` a glob is about names in any folder.
    #[serde(default)]
    pub files: Vec<String>,
    /// Why it may stay.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Who answers for it.
    #[schemars(length(min = 1))]
    pub owner: Option<String>,
    /// The last day (UTC) that it holds, YYYY-MM-DD.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub until: Option<String>,
}

/// One thing or several.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum What {
    One(#[schemars(length(min = 1))] String),
    Several(#[schemars(length(min = 1), inner(length(min = 1)))] Vec<String>),
}

/// Where an exception stands, and so what it can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// kbc.toml: anything that may be allowed at all.
    Base,
    /// A paper or one of its rules.
    Paper,
}

/// What is wrong with an exception: the key at fault, the message, and the next step.
pub type Fault = (&'static str, String, String);

impl Exception {
    /// The code of kbc that it is about.
    pub fn of_kbc(&self) -> Option<Code> {
        Code::from_any_name(&self.code)
    }

    /// The things that it is about; none, if it is about all.
    pub fn things(&self) -> &[String] {
        match &self.what {
            None => &[],
            Some(What::One(what)) => std::slice::from_ref(what),
            Some(What::Several(all)) => all,
        }
    }

    /// Is it about the findings of a rule?
    pub fn is_of_rule(&self) -> bool {
        self.code.starts_with(|c: char| c.is_ascii_uppercase())
    }

    /// Has its day passed?
    pub fn is_over(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }

    /// The characters that it lets pass.
    pub fn characters(&self) -> impl Iterator<Item = char> {
        let is_about = self.of_kbc() == Some(Code::HiddenText);
        self.things().iter().filter(move |_| is_about).filter_map(|what| character(what))
    }

    /// What it says besides its code and what it is about.
    pub fn terms(&self) -> String {
        let owner = self.owner.iter().map(|owner| format!("; owner {owner}"));
        let until = self.until.iter().map(|until| format!("; until {until}"));
        let files = (!self.files.is_empty()).then(|| format!("; in {}", self.files.join(" ")));
        self.reason.clone() + &owner.chain(until).chain(files).collect::<String>()
    }

    /// Where the lock keeps it: by its code, and by each thing that it is about.
    pub fn pointers(&self) -> Vec<String> {
        let code = self.of_kbc().map_or_else(|| self.code.clone(), |code| code.name().to_owned());
        match self.things() {
            [] if self.is_of_rule() => vec![format!("/allow/{code}/{}", self.files.join(" "))],
            [] => vec![format!("/allow/{code}")],
            things => things.iter().map(|what| format!("/allow/{code}/{what}")).collect(),
        }
    }

    /// What is wrong with it by itself.
    pub fn faults(&self, holder: Holder) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |key, message: String, help: &str| faults.push((key, message, help.to_owned()));
        match self.of_kbc() {
            _ if self.is_of_rule() => self.of_findings(holder, &mut fault),
            None => fault("code", format!("no code is called `{}`", self.code), "`kbc explain CODE` knows every code"),
            Some(code) if !is_allowable(code) => {
                let message = format!("`{}` cannot be allowed", code.name());
                fault("code", message, "correct what it reports; only what is a matter of taste can stay");
            }
            Some(Code::HiddenText) => self.of_characters(holder, &mut fault),
            Some(Code::UnsourcedNumber) => {
                for what in self.things() {
                    if !matches!(NumberInText::all(what).as_slice(), [number] if number.unit.is_some()) {
                        let message = format!("`{what}` is no number with a unit");
                        fault("what", message, "write one number as the prose does: `48 bytes`");
                    }
                }
            }
            Some(_) => {}
        }
        if holder == Holder::Paper && !self.files.is_empty() {
            fault(
                "files",
                "an exception of a paper is about that paper".to_owned(),
                "delete `files`, or move it to kbc.toml",
            );
        }
        if self.what.is_some() && self.things().iter().all(|what| what.trim().is_empty()) {
            fault("what", "`what` names nothing".to_owned(), "name what it is about, or delete the key");
        }
        if let Err(error) = Globs::new(&self.files) {
            fault("files", error, "`*` stays in a folder, `**` crosses them");
        }
        if self.reason.trim().is_empty() {
            fault("reason", format!("nobody says why `{}` is allowed", self.code), "say why it may stay");
        }
        if self.owner.as_deref().is_some_and(|owner| owner.trim().is_empty()) {
            fault("owner", "the owner is empty".to_owned(), "say who answers for it, or delete the key");
        }
        if let Some(until) = self.until.as_deref().filter(|until| !day::is_day(until)) {
            fault("until", format!("`{until}` is no day"), "write it as YYYY-MM-DD: `2027-01-31`");
        }
        faults
    }

    fn of_findings(&self, holder: Holder, fault: &mut dyn FnMut(&'static str, String, &str)) {
        if holder == Holder::Paper {
            let message = format!("findings of `{}` are allowed in kbc.toml", self.code);
            fault("code", message, "move it to `[[allow]]` of kbc.toml, with the `files` that it is about");
        } else if self.files.is_empty() {
            let message = format!("the exception for findings of `{}` has no `files`", self.code);
            fault("code", message, "name the files that it is about: `files = [\"legacy/**\"]`");
        }
        if !self.things().is_empty() {
            fault("what", "findings are allowed by their files".to_owned(), "delete `what`");
        }
    }

    fn of_characters(&self, holder: Holder, fault: &mut dyn FnMut(&'static str, String, &str)) {
        if holder == Holder::Paper {
            let message = "hidden characters are allowed in kbc.toml".to_owned();
            fault("code", message, "move it to `[[allow]]` of kbc.toml, with the `files` that it is about");
        } else if self.things().is_empty() {
            fault("code", "the exception names no character".to_owned(), "name it: `what = \"U+200B\"`");
        }
        for what in self.things().iter().filter(|what| character(what).is_none()) {
            let help = "write it in capital hexadecimal digits, as messages do: `U+200B`";
            fault("what", format!("`{what}` is no code point"), help);
        }
    }
}

/// Can what a code reports stay for a reason? What is false or broken cannot.
fn is_allowable(code: Code) -> bool {
    code.kind() == Kind::Taste || matches!(code, Code::HiddenText | Code::RuleWithoutRole)
}

/// A character by its code point: U+200B.
fn character(what: &str) -> Option<char> {
    let digits = what.strip_prefix("U+").filter(|digits| (4..=6).contains(&digits.len()))?;
    let is_digit = |digit: u8| digit.is_ascii_digit() || (b'A'..=b'F').contains(&digit);
    char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(is_digit))?)
}
