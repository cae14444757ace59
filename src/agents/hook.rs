//! What an agent program tells its hooks, and what they answer. The shapes are those of Claude Code, which Codex shares.

mod edits;
pub mod settings;

use serde::Deserialize;
use serde_json::{Value, json};

pub use self::edits::{Edit, Written};

/// The events that kbc answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    SessionStart,
    SubagentStart,
    PostToolUse,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::SessionStart, Self::SubagentStart, Self::PostToolUse];

    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::SessionStart => "session-start",
            Self::SubagentStart => "subagent-start",
            Self::PostToolUse => "post-tool-use",
        }
    }

    /// As agent programs write it.
    pub fn event(self) -> &'static str {
        match self {
            Self::SessionStart => "SessionStart",
            Self::SubagentStart => "SubagentStart",
            Self::PostToolUse => "PostToolUse",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What kbc reads of an event; agent programs send more, and add to it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    pub hook_event_name: String,
    /// The folder that the agent works in.
    pub cwd: String,
    pub agent_type: String,
    pub tool_name: String,
    pub tool_input: Value,
    pub tool_response: Value,
}

/// Reads the event that a hook was called with.
///
/// # Errors
/// If it is no JSON object, or an event of another kind; says so in a line.
pub fn read(kind: Kind, text: &str) -> Result<Event, String> {
    let unread = |error: serde_json::Error| format!("the event cannot be read: {error}");
    let mut event: Value = serde_json::from_str(text).map_err(unread)?;
    let entries = event.as_object_mut().ok_or("the event cannot be read: it is no JSON object")?;
    // What a program does not know it may leave out or call null.
    entries.retain(|_, value| !value.is_null());
    let event: Event = serde_json::from_value(event).map_err(unread)?;
    let name = &event.hook_event_name;
    if !name.is_empty() && name != kind.event() {
        return Err(format!("this is the event `{name}`, and `kbc hook {}` answers `{}`", kind.name(), kind.event()));
    }
    Ok(event)
}

/// What an agent is told, as the agent program takes it; nothing is said with an empty text.
pub fn answer(kind: Kind, context: &str, block: Option<&str>) -> String {
    let mut answer = json!({
        "hookSpecificOutput": { "hookEventName": kind.event(), "additionalContext": context }
    });
    if let Some(reason) = block {
        answer["decision"] = json!("block");
        answer["reason"] = json!(reason);
    }
    format!("{answer}\n")
}

impl Event {
    /// What a tool has just written, by file.
    pub fn edits(&self) -> Vec<Edit> {
        edits::of(&self.tool_input, &self.tool_response)
    }
}
