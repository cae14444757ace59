//! An agent program that is handed a prompt: its answer is the text of the paper, which takes its place only if the
//! knowledge base holds with it.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::compile::{self, Texts};
use crate::diag::{Diagnostic, Place, Severity, UserError};
use crate::host::disk::{self, Change};
use crate::input::vocabulary::Drafts;
use crate::print;
use crate::text::source::{SourceId, Sources};

/// Where answers go that do not hold.
const REJECTED: &str = "rejected";
/// The most bytes of an answer; papers have some tens of thousands.
const MAX_ANSWER: u64 = 4 << 20;

/// The agent program, as the shell takes it, and how long it may take.
#[derive(Debug)]
pub struct Agent {
    pub command: String,
    pub time_limit: Duration,
}

/// Runs an agent program in a folder and returns what it printed.
///
/// # Errors
/// If it cannot be run, fails, takes too long, or prints nothing that is text.
pub fn ask(agent: &Agent, folder: &Path, prompt: &str) -> Result<String> {
    let mut command = shell(&agent.command);
    let spawned = command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = spawned.context("cannot start a shell")?;
    let mut input = child.stdin.take().context("the program takes no input")?;
    let prompt = prompt.to_owned();
    // One that does not listen may answer all the same.
    std::thread::spawn(move || drop(input.write_all(prompt.as_bytes())));
    let output = child.stdout.take().context("the program has no output")?;
    let (sender, read) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let done = output.take(MAX_ANSWER + 1).read_to_end(&mut bytes);
        drop(sender.send(done.map(|_| bytes)));
    });
    let read = read.recv_timeout(agent.time_limit);
    if matches!(read, Err(RecvTimeoutError::Timeout)) {
        stop(&mut child);
        let limit = agent.time_limit;
        bail!(
            UserError::new(format!("`{}` did not answer within {limit:?}; nothing was written", agent.command))
                .help("`--time-limit DURATION` gives it longer")
        );
    }
    let bytes = read.context("the program cannot be read")?.context("the program cannot be read")?;
    if bytes.len() as u64 > MAX_ANSWER {
        stop(&mut child);
        bail!("`{}` answers more than {} MiB; nothing was written", agent.command, MAX_ANSWER >> 20);
    }
    let status = child.wait().context("the program does not end")?;
    if !status.success() {
        bail!(
            UserError::new(format!("`{}` ended with {status}; nothing was written", agent.command))
                .help("what it complained about stands above")
        );
    }
    let text = String::from_utf8(bytes).context("the answer is not UTF-8; nothing was written")?;
    if text.trim().is_empty() {
        bail!(
            UserError::new(format!("`{}` answered nothing; nothing was written", agent.command))
                .help("it has to read the prompt from standard input and print the answer")
        );
    }
    Ok(text)
}

fn shell(command: &str) -> Command {
    let (program, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut shell = Command::new(program);
    shell.args([flag, command]);
    // With all that it starts it can be stopped as one.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    shell
}

/// Stops a shell and what it started. One that has ended cannot be stopped, and need not be.
fn stop(child: &mut Child) {
    if cfg!(unix) {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Puts an answer in the place of the paper if the knowledge base holds with it; otherwise keeps it aside, with what is
/// wrong with it.
///
/// # Errors
/// If neither can be written.
pub fn take(call: &Session, root: &Path, path: &str, paper: &str, said: &str) -> Result<Exit> {
    let text = unwrapped(said);
    let (sources, faults) = faults(root, path, text);
    if faults.is_empty() {
        disk::apply(root, &[Change::Write { path: path.to_owned(), text: text.to_owned() }])?;
        call.answer(&format!("wrote {path}\n"))?;
        call.remark("next: read it, then `kbc build` and `kbc accept` what you stand by");
        return Ok(Exit::Clean);
    }
    call.complain(&faults, &sources);
    let [kept, told] = ["md", "txt"].map(|ending| format!("{REJECTED}/{paper}.{ending}"));
    let diagnostics = print::diagnostics(print::Format::Short, &faults, &sources);
    let changes = [(&kept, text.to_owned()), (&told, diagnostics)];
    disk::apply(root, &changes.map(|(path, text)| Change::Write { path: path.clone(), text }))?;
    call.answer(&format!("wrote {kept}\nwrote {told}\n"))?;
    call.remark(&format!(
        "{path} is as it was: the answer does not hold, and was kept in {kept}, with what is wrong in {told}"
    ));
    Ok(Exit::Findings)
}

/// What would be wrong that is not wrong now, drafts included.
fn faults(root: &Path, path: &str, text: &str) -> (Sources, Vec<Diagnostic>) {
    let compiled = |answer: Option<&str>| {
        let read = disk::load(root);
        let mut texts: Vec<(String, String)> =
            read.sources.iter().map(|(_, source)| (source.path.clone(), source.text.clone())).collect();
        if let Some(answer) = answer {
            texts.retain(|(known, _)| known != path);
            texts.push((path.to_owned(), answer.to_owned()));
        }
        let inputs = Texts { drafts: Drafts::Compiled, ..Texts::of(texts) };
        compile::compile(inputs, &disk::Project::at(root))
    };
    let (before, after) = (compiled(None), compiled(Some(text)));
    let known: Vec<(String, &str)> =
        before.diags.iter().map(|diag| (place(diag, &before.sources), diag.message.as_str())).collect();
    let is_new = |diag: &&Diagnostic| {
        let place = place(diag, &after.sources);
        let is_own = place == path;
        diag.severity == Severity::Error && (is_own || !known.contains(&(place, diag.message.as_str())))
    };
    let faults = after.diags.iter().filter(is_new).cloned().collect();
    (after.sources, faults)
}

fn place(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let of = |source: SourceId| sources.get(source).path.clone();
    match &diagnostic.place {
        Place::File(path) => path.clone(),
        Place::Span(span) => of(span.source),
    }
}

/// An answer without the fence that some programs put around all of it.
fn unwrapped(said: &str) -> &str {
    let text = said.trim();
    let inside = || {
        let fence = text.split(|c| c != '`').next().filter(|fence| fence.len() >= 3)?;
        let (info, rest) = text[fence.len()..].split_once('\n')?;
        let body = rest.strip_suffix(fence).filter(|body| body.ends_with('\n'))?;
        (["", "markdown", "md"].contains(&info.trim()) && body.starts_with("---")).then_some(body)
    };
    // Everything from the front matter on is kept byte for byte.
    inside().unwrap_or_else(|| said.trim_start())
}

#[cfg(test)]
mod tests {
    use super::unwrapped;

    #[test]
    fn a_fence_around_all_of_it_is_taken_off() {
        assert_eq!(unwrapped("```markdown\n---\nid: a\n---\n# A\n```\n"), "---\nid: a\n---\n# A\n");
        assert_eq!(unwrapped("\n---\nid: a\n---\n```python\n1\n```\n"), "---\nid: a\n---\n```python\n1\n```\n");
        assert_eq!(unwrapped("```python\n1\n```\n"), "```python\n1\n```\n");
        assert_eq!(
            unwrapped("````md\n---\nid: a\n---\n```python\n1\n```\n````"),
            "---\nid: a\n---\n```python\n1\n```\n"
        );
    }
}
