//! The hidden characters that kbc.toml allows, and which of them were met.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config::{self, Config};
use crate::text::glob::Globs;

/// The allowances of a knowledge base.
#[derive(Debug, Default)]
pub struct AllowedCharacters(Vec<Allowance>);

#[derive(Debug)]
struct Allowance {
    /// `None`: not to be used, since its code or its globs are not to be understood; that was complained about.
    character: Option<char>,
    /// `None`: every file.
    files: Option<Globs>,
    was_met: AtomicBool,
}

impl AllowedCharacters {
    pub fn new(config: &Config) -> Self {
        let allowance = |written: &config::Allowance| {
            let globs = Globs::new(&written.files).ok();
            let character = written.character().filter(|_| globs.is_some() && !written.reason.trim().is_empty());
            let files = globs.filter(|_| !written.files.is_empty());
            Allowance { character, files, was_met: AtomicBool::new(false) }
        };
        Self(config.hidden.allow.iter().map(allowance).collect())
    }

    /// Tells for a file which characters it may hold.
    pub fn of<'a>(&'a self, path: &str) -> impl Fn(char) -> bool + 'a {
        let is_about = |allowance: &&Allowance| allowance.files.as_ref().is_none_or(|files| files.is_match(path));
        let here: Vec<&Allowance> = self.0.iter().filter(is_about).collect();
        move |c| {
            let allowing = here.iter().filter(|allowance| allowance.character == Some(c));
            allowing.inspect(|allowance| allowance.was_met.store(true, Ordering::Relaxed)).count() > 0
        }
    }

    /// Complains about those that no file needed.
    pub fn unused(&self, places: &config::Places, diags: &mut Sink) {
        for (index, allowance) in self.0.iter().enumerate() {
            let Some(c) = allowance.character.filter(|_| !allowance.was_met.load(Ordering::Relaxed)) else { continue };
            let at = places.at(&format!("/hidden/allow/{index}/code"));
            let files = if allowance.files.is_some() { "its files" } else { "the inputs and outputs" };
            let message = format!("{} is allowed, but none of {files} holds it", super::title(c));
            diags.push(
                Diagnostic::new(Code::UnusedAllow, at, message).help("delete it; it would let the next one pass"),
            );
        }
    }
}
