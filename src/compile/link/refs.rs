//! What papers and rules say that they govern in the repository around them: whatever is not there any more is complained
//! about at its entry, since an agent would believe it.

mod commands;
mod definitions;

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::paper::{self, ParsedPaper};
use crate::input::world::{Matched, World};
use crate::model::{Reference, References};
use crate::text::glob::Globs;

/// Resolves the references below a pointer: that of a rule, or the empty one for a paper.
pub fn link(
    around: &dyn World,
    paper: &ParsedPaper,
    pointer: &str,
    refs: &paper::References,
    diags: &mut Sink,
) -> References {
    type Ask = fn(&dyn World, &str) -> Result<(), DeadReference>;
    let mut entries = |key: &str, entries: &[String], ask: Ask| {
        let mut found = Vec::new();
        for (index, text) in entries.iter().enumerate() {
            let span = paper.document.span(&format!("{pointer}/refs/{key}/{index}"));
            if let Err(dead) = ask(around, text) {
                diags.push(dead.told(Diagnostic::new(Code::DeadReference, span, &dead.message)));
            }
            found.push(Reference { text: text.clone(), span });
        }
        found
    };
    References {
        files: entries("files", &refs.files, file),
        commands: entries("commands", &refs.commands, commands::find),
    }
}

/// A reference that is dead: what it names, what is wrong and what may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    pub text: String,
    pub message: String,
    pub help: Option<String>,
}

/// The one of some paths, each another way to read what is written, if none of them is there.
pub fn dead_file(around: &dyn World, written: &str, ways: &[String]) -> Option<Dead> {
    let mut found = ways.iter().map(|way| file(around, way));
    let first = found.next()?.err()?;
    found.all(|found| found.is_err()).then(|| first.plainly(written))
}

/// A command whose name the project should define and does not. What a package manager runs by a bare name may be installed.
pub fn dead_command(around: &dyn World, written: &str) -> Option<Dead> {
    let found = if is_named(written) { commands::find(around, written) } else { Ok(()) };
    found.err().map(|dead| dead.plainly(written))
}

/// A command whose name the project defines.
pub fn is_defined(around: &dyn World, written: &str) -> bool {
    is_named(written) && commands::find(around, written).is_ok()
}

/// Does a command run what a file of the project names?
fn is_named(command: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().collect();
    let named = matches!(words[..], ["npm" | "pnpm" | "yarn", "run", _, ..] | ["make" | "just", _, ..]);
    let placeholder = command.contains(['<', '[', '{', '$', '…']) || command.contains("...") || command.contains("&&");
    named && !placeholder
}

/// Why a reference is dead.
struct DeadReference {
    message: String,
    next: Hint,
}

/// What its author can do.
enum Hint {
    Say(String),
    /// The word that is not there, and those that are.
    Nearest(String, Vec<String>),
    /// As `Nearest`, if there are any words; and what else may be the cause.
    NearestOr(String, Vec<String>, &'static str),
}

impl DeadReference {
    fn new(message: impl Into<String>, next: Hint) -> Self {
        Self { message: message.into(), next }
    }

    fn plainly(self, written: &str) -> Dead {
        let help = match self.next {
            Hint::Say(help) => Some(help),
            Hint::Nearest(word, known) | Hint::NearestOr(word, known, _) => {
                let near = crate::text::source::nearest(&word, known.iter().map(String::as_str));
                near.map(|near| format!("did you mean `{near}`?"))
            }
        };
        Dead { text: written.to_owned(), message: self.message, help }
    }

    fn told(&self, diagnostic: Diagnostic) -> Diagnostic {
        match &self.next {
            Hint::Say(help) => diagnostic.help(help),
            Hint::Nearest(_, known) if known.is_empty() => diagnostic.help("correct it, or remove it"),
            Hint::Nearest(word, known) => diagnostic.help_nearest(word, known.iter().map(String::as_str)),
            Hint::NearestOr(word, known, note) => {
                diagnostic.help_nearest(word, known.iter().map(String::as_str)).note(*note)
            }
        }
    }
}

/// A path that is there, or a glob that something matches. Names with brackets are taken as they are written first.
fn file(around: &dyn World, written: &str) -> Result<(), DeadReference> {
    let path = inside(written)?;
    if around.exists(&path) {
        return Ok(());
    }
    let steps: Vec<&str> = path.split('/').collect();
    let plain = steps.iter().take_while(|step| !step.contains(['*', '?', '[', '{'])).count();
    if plain == steps.len() {
        return Err(missing(around, written, &steps, format!("there is no `{written}`")));
    }
    let globs = Globs::new(std::slice::from_ref(&path))
        .map_err(|fault| DeadReference::new(fault, Hint::Say("`*` stays in a folder, `**` crosses them".into())))?;
    let folder = steps[..plain].join("/");
    if !folder.is_empty() && !around.exists(&folder) {
        return Err(missing(around, written, &steps[..plain], format!("nothing matches `{written}`")));
    }
    match around.matches(&folder, &globs) {
        Matched::Some | Matched::Unknown => Ok(()),
        Matched::None => Err(missing(around, written, &steps[..=plain], format!("nothing matches `{written}`"))),
        Matched::NotAmong(count) => {
            let message = format!("nothing among {count} files matches `{written}`, and there are more");
            Err(DeadReference::new(message, Hint::Say("begin the glob with the folder that it means".into())))
        }
    }
}

/// A path as seen from the project; it does not lead out of it.
fn inside(written: &str) -> Result<String, DeadReference> {
    let help = "paths are relative to the folder of kbc.toml, with forward slashes";
    let dead = |message: String| Err(DeadReference::new(message, Hint::Say(help.into())));
    let has_drive = written.as_bytes().get(1) == Some(&b':');
    if has_drive || written.starts_with(['/', '\\', '~']) {
        return dead(format!("`{written}` is an absolute path, which is another file on every machine"));
    }
    match paper::resolve("", written) {
        None => dead(format!("`{written}` leads out of the project")),
        Some(path) if path.is_empty() => dead(format!("`{written}` names the whole project")),
        Some(path) => Ok(path),
    }
}

/// The name that stands in the folder of the first step that is not there, and is nearest to it.
fn missing(around: &dyn World, written: &str, steps: &[&str], message: String) -> DeadReference {
    let is_there = |count: &usize| *count == 0 || around.exists(&steps[..*count].join("/"));
    let there = (0..steps.len()).rev().find(is_there).unwrap_or(0);
    let folder = steps[..there].join("/");
    let names = around.names(&folder);
    let below = |name: &str| if there == 0 { name.to_owned() } else { format!("{folder}/{name}") };
    let Some(near) = crate::text::source::nearest(steps[there], names.iter().map(String::as_str)) else {
        let known = names.iter().map(|name| below(name)).collect();
        return DeadReference::new(message, Hint::Nearest(written.to_owned(), known));
    };
    let whole = [vec![below(near)], steps[there + 1..].iter().map(|step| (*step).to_owned()).collect()].concat();
    let whole = whole.join("/");
    let near = if around.exists(&whole) { whole } else { below(near) };
    DeadReference::new(message, Hint::Say(format!("did you mean `{near}`?")))
}
