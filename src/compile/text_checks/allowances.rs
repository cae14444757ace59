//! The hidden characters that kbc.toml allows, and which of them were met.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config::{Config, Places};
use crate::input::files::exception::{Exception, Holder};
use crate::text::glob::Globs;

/// The allowances of a knowledge base.
#[derive(Debug, Default)]
pub struct AllowedCharacters(Vec<Allowance>);

#[derive(Debug)]
struct Allowance {
    character: char,
    /// Where it stands in kbc.toml.
    at: String,
    /// `None`: every file.
    files: Option<Globs>,
    was_met: AtomicBool,
}

impl AllowedCharacters {
    pub fn new(config: &Config) -> Self {
        let sound = config.allow.iter().enumerate().filter(|(_, exception)| exception.faults(Holder::Base).is_empty());
        let of = |(index, exception): (usize, &Exception)| {
            let all = exception.characters().enumerate();
            let allowance = |(thing, character)| Allowance {
                character,
                at: format!("/allow/{index}/what/{thing}"),
                files: Globs::new(&exception.files).ok().filter(|_| !exception.files.is_empty()),
                was_met: AtomicBool::new(false),
            };
            all.map(allowance).collect::<Vec<_>>()
        };
        Self(sound.flat_map(of).collect())
    }

    /// Tells for a file which characters it may hold.
    pub fn of<'a>(&'a self, path: &str) -> impl Fn(char) -> bool + 'a {
        let is_about = |allowance: &&Allowance| allowance.files.as_ref().is_none_or(|files| files.is_match(path));
        let here: Vec<&Allowance> = self.0.iter().filter(is_about).collect();
        move |c| {
            let allowing = here.iter().filter(|allowance| allowance.character == c);
            allowing.inspect(|allowance| allowance.was_met.store(true, Ordering::Relaxed)).count() > 0
        }
    }

    /// Complains about those that no file needed.
    pub fn unused(&self, places: &Places, diags: &mut Sink) {
        for allowance in self.0.iter().filter(|allowance| !allowance.was_met.load(Ordering::Relaxed)) {
            let (c, at) = (allowance.character, places.at(&allowance.at));
            let files = if allowance.files.is_some() { "its files" } else { "the inputs and outputs" };
            let message = format!("{} is allowed, but none of {files} holds it", super::title(c));
            diags.push(
                Diagnostic::new(Code::UnusedAllow, at, message).help("delete it; it would let the next one pass"),
            );
        }
    }
}
