//! `kbc hook`: what an agent program asks at its events: the rulebook as a session or a subagent starts, the findings in a
//! file that was just edited. It fails open: whatever goes wrong is a remark, and the agent goes on.

pub mod install;
mod replay;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs::Metadata;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::built_outputs;
use super::exit::Exit;
use super::review;
use super::review::options::{Layer, Options};
use super::session::Session;
use crate::agents::hook::{self, Edit, Event, Kind, Written};
use crate::diag::user_error::{is_not_understood, told};
use crate::diag::{Place, Severity};
use crate::host::disk;
use crate::host::disk::Project;
use crate::host::paths;
use crate::input::files::config::Config;
use crate::review::finding::{Finding, Review};
use crate::text::quantity::plural;
use crate::text::quoted;

pub use self::replay::test;

/// The most bytes of an event that are read; one with a large file in it has some hundred thousand.
const MAX_EVENT: u64 = 64 << 20;
/// The most findings that are told; an agent that has to read more reads none.
const MAX_FINDINGS: usize = 10;
/// The most names of an event that are looked up, files that are reviewed, and bytes of these: an agent waits.
const MAX_NAMES: usize = 2000;
const MAX_FILES: usize = 100;
const MAX_BYTES: u64 = 8 << 20;

/// Reads the event from standard input and answers it.
///
/// # Errors
/// Never: trouble is told as a remark.
pub fn run(call: &Session, name: &str) -> Result<Exit> {
    // A fault of kbc must not stop the agent either.
    let answered = std::panic::catch_unwind(AssertUnwindSafe(|| respond(call, name)));
    match answered {
        Ok(Ok(text)) => call.answer(&text)?,
        Ok(Err(error)) => {
            call.remark(&format!("kbc hook {name}: {}; the agent goes on without it", told(&error)));
            if let Some(kind) = Kind::from_name(name).filter(|_| is_not_understood(&error)) {
                call.answer(&hook::answer(kind, &unheard(kind, &error), None))?;
            }
        }
        Err(_) => call.remark(&format!("kbc hook {name}: this is a fault of kbc; the agent goes on without it")),
    }
    Ok(Exit::Clean)
}

/// What an agent is told that would take silence for a good sign.
fn unheard(kind: Kind, error: &anyhow::Error) -> String {
    let lacks = match kind {
        Kind::SessionStart | Kind::SubagentStart => "kbc could not hand out the rules of this project",
        Kind::PostToolUse => "kbc could not look at this edit",
    };
    format!("{lacks}: {}\n", told(error))
}

fn respond(call: &Session, name: &str) -> Result<String> {
    let Some(kind) = Kind::from_name(name) else {
        let known = Kind::ALL.map(Kind::name).join(", ");
        bail!("there is no such event (there are {known})");
    };
    let bytes = call.console.input(MAX_EVENT + 1).context("the event cannot be read")?;
    if bytes.len() as u64 > MAX_EVENT {
        bail!("the event has more than {} MiB", MAX_EVENT >> 20);
    }
    let text = String::from_utf8(bytes).context("the event is not UTF-8")?;
    let event = hook::read(kind, &text).map_err(anyhow::Error::msg)?;
    of(&Session { from: root(call, &event)?, ..call.clone() }, kind, &event)
}

/// The knowledge base: the one that `--base` names, else the one around the folder that kbc was called in, else the one around the
/// agent's.
fn root(call: &Session, event: &Event) -> Result<PathBuf> {
    let around = |folder: &Path| folder.canonicalize().ok().and_then(|folder| disk::find_root(&folder));
    let is_named = call.from != Path::new(".");
    let found = around(&call.console.path(&call.from));
    let found = found.or_else(|| around(&call.console.path(&event.cwd)));
    match found.filter(|_| !is_named) {
        Some(found) => Session { from: answering(&found)?, ..call.clone() }.root(),
        None => call.root(),
    }
}

/// Of a knowledge base and those around it the one that speaks for the project. A folder that came along with a dependency
/// may be one as well, so one inside of another one's folder speaks only if that one lists it.
fn answering(found: &Path) -> Result<PathBuf> {
    // In a folder that many share (`/tmp`) somebody else may have put one.
    let is_base = |folder: &&Path| folder.join("kbc.toml").is_file() && paths::have_one_owner(folder, found);
    let mut around: Vec<&Path> = found.ancestors().skip(1).filter(is_base).collect();
    around.insert(0, found);
    let mut speaks = around.pop().unwrap_or(found);
    while let Some(inner) = around.pop() {
        let listed = built_outputs::config(&Project::at(speaks))?.agents.bases;
        let below = inner.strip_prefix(speaks).unwrap_or(inner);
        if !listed.iter().any(|folder| Path::new(folder.trim_start_matches("./")) == below) {
            break;
        }
        speaks = inner;
    }
    Ok(speaks.to_path_buf())
}

/// What an event is answered; nothing where there is nothing to say.
fn of(call: &Session, kind: Kind, event: &Event) -> Result<String> {
    let root = &call.from;
    let config = built_outputs::config(&Project::at(root))?;
    match kind {
        Kind::SessionStart => Ok(hook::answer(kind, &context(&config, None, root)?, None)),
        Kind::SubagentStart => {
            let role = config.agents.role_of(&event.agent_type);
            Ok(hook::answer(kind, &context(&config, role, root)?, None))
        }
        Kind::PostToolUse => edited(call, event),
    }
}

/// What an agent reads at an event, out of the answer that its program gets.
///
/// # Errors
/// As of the event: no such role, no such output.
pub fn context_of(call: &Session, kind: Kind, event: &Event) -> Result<String> {
    let told = of(call, kind, event)?;
    let answer: Value = if told.is_empty() { Value::Null } else { serde_json::from_str(&told)? };
    Ok(answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap_or_default().to_owned())
}

/// The rulebook as an agent reads it: what it is, then what it says. Stated as a fact, since text that gives orders from
/// the side is taken for an attack.
fn context(config: &Config, role: Option<&str>, root: &Path) -> Result<String> {
    let (path, rulebook) = built_outputs::rulebook(&Project::at(root), config, role)?;
    let whose = role.map(|role| format!(", the part of the role `{role}`")).unwrap_or_default();
    Ok(format!(
        "The rules of this project{whose} (from {path}, `kbc explain ID` has the evidence):\n\n{}\n",
        rulebook.trim_end()
    ))
}

/// Findings on the lines that were just written.
fn edited(call: &Session, event: &Event) -> Result<String> {
    let project = call.from.canonicalize().context("the project is gone")?;
    let Edited { files, outside, left_out } = files(call, event, &project);
    if let Some(path) = outside {
        call.remark(&format!("kbc hook: {}", outside_of(&path)));
    }
    let mut told = Told::default();
    if !files.is_empty() {
        let paths = files.keys().cloned().collect();
        let review = review::review_of(call, &Options { paths, layer: Layer::Built, ..Options::default() })?;
        let path_of = |name: &str| {
            let path = call.console.path(name);
            if files.contains_key(&path) { Some(path) } else { path.canonicalize().ok() }
        };
        told.add(&review, &files, &project, &path_of);
    }
    let more = (left_out > 0).then(|| {
        let files = plural(left_out, "file");
        format!("{files} of this edit were not looked at, as it is large: `kbc review` looks at all\n")
    });
    Ok(told.answer(&more.unwrap_or_default()))
}

/// What an event has written that is looked at.
struct Edited {
    files: BTreeMap<PathBuf, Edit>,
    /// A file that is not of this project, as it was named.
    outside: Option<String>,
    /// How many files there are besides.
    left_out: usize,
}

/// The files of a project that an event has written, each once, up to a bound: an agent waits.
fn files(call: &Session, event: &Event, project: &Path) -> Edited {
    let mut edited = Edited { files: BTreeMap::new(), outside: None, left_out: 0 };
    let mut bytes = 0;
    let edits = event.edits();
    edited.left_out = edits.len().saturating_sub(MAX_NAMES);
    for edit in edits.into_iter().take(MAX_NAMES) {
        let path = call.console.path(&event.cwd).join(&edit.path);
        // What is gone, or is no plain file, has no code.
        let Ok(path) = path.canonicalize() else { continue };
        let Some(size) = path.metadata().ok().filter(Metadata::is_file).map(|metadata| metadata.len()) else {
            continue;
        };
        if !path.starts_with(project) {
            edited.outside.get_or_insert(edit.path);
        } else if edited.files.len() == MAX_FILES || bytes + size > MAX_BYTES {
            edited.left_out += 1;
        } else {
            bytes += size;
            edited.files.insert(path, edit);
        }
    }
    edited
}

/// Why nothing is said of a file.
pub fn outside_of(file: &str) -> String {
    format!("`{}` lies outside of the folder of the knowledge base, so it is not looked at", quoted::path(file))
}

/// What somebody has to know whose knowledge base is a folder of a repository and not its top.
pub fn below_repository(root: &Path) -> Option<String> {
    let root = root.canonicalize().ok()?;
    let top = paths::repository(&root).filter(|top| *top != root)?;
    let folder = root.strip_prefix(top).ok()?.to_string_lossy().replace('\\', "/");
    let folder = quoted::path(&folder);
    Some(format!(
        "the knowledge base is `{folder}/` of its repository: hooks look at no file outside of it, and an agent program that is \
         opened at the top does not read the settings in `{folder}/`"
    ))
}

/// What an agent is told of its edit.
#[derive(Default)]
struct Told {
    /// On the lines that were written, and in files in which these were not found again.
    new: Vec<String>,
    somewhere: Vec<String>,
    is_error: bool,
}

impl Told {
    fn add(
        &mut self,
        review: &Review,
        files: &BTreeMap<PathBuf, Edit>,
        project: &Path,
        path_of: &dyn Fn(&str) -> Option<PathBuf>,
    ) {
        let mut known: HashMap<&str, Option<(PathBuf, Written)>> = HashMap::new();
        for finding in &review.findings {
            let Place::Span(span) = &finding.place else { continue };
            let source = review.sources.get(span.source);
            let written = known.entry(&source.path).or_insert_with(|| {
                let path = path_of(&source.path)?;
                let written = files.get(&path)?.written(&source.text);
                Some((path, written))
            });
            let Some((path, written)) = written else { continue };
            let line = || line(finding, review, path.strip_prefix(project).unwrap_or(path));
            if written.touches(&(span.start..span.end.max(span.start + 1))) {
                self.new.push(line());
                self.is_error |= review.severity(finding) == Severity::Error;
            } else if !written.is_all_found {
                self.somewhere.push(line());
            }
        }
    }

    fn answer(self, more: &str) -> String {
        let mut text = String::new();
        let mut left = MAX_FINDINGS;
        let heads = ["in what was just written", "in the files of this edit; which of them it wrote is not known"];
        for (found, head) in [&self.new, &self.somewhere].into_iter().zip(heads) {
            if !found.is_empty() {
                let _ = writeln!(text, "kbc review found {} {head}:", plural(found.len(), "finding"));
                found.iter().take(left).for_each(|line| text.push_str(line));
                left -= found.len().min(left);
            }
        }
        let rest = (self.new.len() + self.somewhere.len()).saturating_sub(MAX_FINDINGS);
        if rest > 0 {
            let _ = writeln!(text, "and {rest} more: `kbc review` has them all");
        }
        text.push_str(more);
        if text.is_empty() {
            return text;
        }
        let reason = self.is_error.then(|| text.lines().next().unwrap_or_default().trim_end_matches(':').to_owned());
        hook::answer(Kind::PostToolUse, &text, reason.as_deref())
    }
}

fn line(finding: &Finding, review: &Review, path: &Path) -> String {
    let Place::Span(span) = &finding.place else { return String::new() };
    let rule = review.rule(finding);
    let source = review.sources.get(span.source);
    let (line, _) = source.position(span.start);
    let path = path.to_string_lossy();
    let (path, message, says) = (quoted::path(&path), quoted::line(&finding.message), quoted::line(&rule.full.text));
    format!("- {path}:{line}: {} {message}: {says}\n", rule.id)
}
