//! `kbc hook test`: recorded events, and what an agent would get at them.

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::context_of;
use crate::agents::hook::{self, Kind};
use crate::commands::built_outputs;
use crate::commands::exit::Exit;
use crate::commands::session::Session;
use crate::diag::UserError;
use crate::diag::user_error;
use crate::host::disk::Project;
use crate::text::quoted;

/// Replays recorded events and prints what agents would read: as each kind of agent that kbc.toml names starts, or, where
/// files are named, as one of these has been written.
///
/// # Errors
/// If there is no knowledge base here.
pub fn test(call: &Session, files: &[PathBuf]) -> Result<Exit> {
    if let Some(file) = files.iter().find(|file| !call.console.path(file).is_file()) {
        bail!(
            UserError::new(format!("there is no file `{}`", quoted::path(&file.to_string_lossy())))
                .help("name one that an agent could have written")
        );
    }
    let root = call.root()?;
    let config = built_outputs::config(&Project::at(&root))?;
    let call = Session { from: root.clone(), ..call.clone() };
    let cwd = root.to_string_lossy().into_owned();
    let mut agents: Vec<&str> = vec!["general-purpose"];
    agents.extend(config.agents.types.keys().map(String::as_str));
    agents.extend(config.agents.roles.keys().map(String::as_str));
    let start = |kind: Kind, agent: Option<&str>| {
        json!({
            "session_id": "00000000-0000-0000-0000-000000000000",
            "transcript_path": "/dev/null",
            "cwd": cwd,
            "hook_event_name": kind.event(),
            "source": "startup",
            "agent_id": "a0000000",
            "agent_type": agent,
        })
    };
    let session = (Kind::SessionStart, String::new(), start(Kind::SessionStart, None));
    let of_agent = |agent| (Kind::SubagentStart, format!(" of `{agent}`"), start(Kind::SubagentStart, Some(agent)));
    let starts = std::iter::once(session).chain(agents.into_iter().map(of_agent));
    // Who names files asks about these.
    let mut events: Vec<_> = starts.filter(|_| files.is_empty()).collect();
    events.extend(files.iter().map(|file| {
        let path = std::path::absolute(call.console.path(file)).unwrap_or_else(|_| file.clone());
        let mut event = start(Kind::PostToolUse, None);
        event["tool_name"] = json!("Write");
        event["tool_input"] = json!({ "file_path": path });
        (Kind::PostToolUse, format!(" of `{}`", quoted::path(&file.to_string_lossy())), event)
    }));
    let mut failed = 0;
    let project = root.canonicalize()?;
    for (kind, of_whom, event) in events {
        let written = event["tool_input"]["file_path"].as_str().map(PathBuf::from);
        let is_outside = |path: &PathBuf| path.canonicalize().is_ok_and(|path| !path.starts_with(&project));
        if let Some(path) = written.filter(is_outside) {
            failed += 1;
            let path = path.strip_prefix(call.console.here()).unwrap_or(&path).to_string_lossy().into_owned();
            let why = super::outside_of(&path);
            call.push("events", &json!({ "event": kind.event(), "file": path, "context": null, "error": why }));
            call.answer(&format!("== {}{of_whom}: nothing\n{why}\n", kind.event()))?;
            continue;
        }
        let (agent, file) = (event["agent_type"].clone(), event["tool_input"]["file_path"].clone());
        let told = replay(&call, kind, event);
        let (context, error) = (told.as_ref().ok(), told.as_ref().err().map(user_error::told));
        call.push(
            "events",
            &json!({ "event": kind.event(), "agent": agent, "file": file, "context": context, "error": error }),
        );
        let (text, is_heard) = match told {
            Ok(text) => (text, true),
            Err(error) => (format!("nothing: {}\n", user_error::told(&error)), false),
        };
        failed += usize::from(!is_heard);
        let length = text.chars().count();
        call.answer(&format!(
            "== {}{of_whom}: {}\n{text}",
            kind.event(),
            crate::text::quantity::plural(length, "character")
        ))?;
    }
    Ok(if failed == 0 { Exit::Clean } else { Exit::Findings })
}

fn replay(call: &Session, kind: Kind, mut event: Value) -> Result<String> {
    if event["agent_type"].is_null() {
        event.as_object_mut().expect("it was made as one").remove("agent_type");
    }
    context_of(call, kind, &hook::read(kind, &event.to_string()).map_err(anyhow::Error::msg)?)
}
