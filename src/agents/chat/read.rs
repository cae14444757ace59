//! Reading a prompt: a text, or a chat as JSON.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

use super::{Content, Message, Refusal, Role};
use crate::input::formats::managed_block;

/// A chat around its messages, as `kbc inject --as anthropic` prints it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chat {
    system: Option<String>,
    messages: Vec<Value>,
}

/// The messages of a prompt; a text is what a user says. `is_json` says that it cannot be meant as a text.
///
/// # Errors
/// If it is JSON, but not a chat.
pub fn read(prompt: &str, is_json: bool) -> Result<Vec<Message>, Refusal> {
    let start: String = prompt.chars().filter(|c| !c.is_whitespace()).take(2).collect();
    if !is_json && !["[{", "{\"", "[]"].contains(&start.as_str()) {
        // The rulebook gets a message of its own, so one from before is taken out of the text.
        let text = managed_block::without(prompt, managed_block::INJECTED)
            .map_err(|damage| Refusal::whole(damage.to_string()))?;
        let is_blank = text.trim().is_empty();
        return Ok((!is_blank).then(|| Message::text(Role::User, text)).into_iter().collect());
    }
    let json: Value = serde_json::from_str(prompt)
        .map_err(|error| Refusal::whole(format!("this looks like a chat, and is no JSON: {error}")))?;
    let chat = match json {
        Value::Array(messages) => Chat { system: None, messages },
        json => serde_json::from_value(json).map_err(|error| {
            Refusal::whole(format!("a chat is a list of messages, or an object with `messages` and `system`: {error}"))
        })?,
    };
    let system = chat.system.into_iter().map(|text| Ok(Message::text(Role::System, text)));
    let messages = chat.messages.into_iter().enumerate().map(|(index, message)| one(index, message));
    let messages = system.chain(messages).collect::<Result<Vec<_>, _>>()?;
    calls(&messages)?;
    Ok(messages)
}

fn one(index: usize, json: Value) -> Result<Message, Refusal> {
    if !json.is_object() {
        return Err(at(index, "a message is an object with `role` and `content`"));
    }
    let role = json.get("role").cloned();
    let mut message: Message = serde_json::from_value(json).map_err(|error| {
        let text = error.to_string();
        let reason = match role {
            None => "it does not say whose it is: add a `role`, one of system, user, assistant and tool".to_owned(),
            Some(role) if text.contains("unknown variant") => {
                format!("the role {role} is none of system, user, assistant and tool")
            }
            Some(_) if text.contains("untagged enum Content") => {
                "its `content` is neither a text nor a list of parts".to_owned()
            }
            Some(_) => text,
        };
        at(index, reason)
    })?;
    message.index = Some(index);
    if let Some(reason) = fault(&message) {
        return Err(at(index, reason));
    }
    Ok(message)
}

fn at(index: usize, reason: impl Into<String>) -> Refusal {
    Refusal { message: Some(index), reason: reason.into() }
}

/// What no framework would take.
fn fault(message: &Message) -> Option<&'static str> {
    let only_calls = message.role == Role::Assistant && message.tool_calls.is_some();
    match (&message.content, &message.tool_call_id, &message.tool_calls) {
        (None, ..) if !only_calls => Some("it has no `content`"),
        (Some(Content::Text(text)), ..) if text.trim().is_empty() && !only_calls && message.role != Role::Tool => {
            Some("its `content` is empty")
        }
        (Some(Content::Parts(parts)), ..) if parts.is_empty() => Some("its `content` has no parts"),
        (Some(Content::Parts(parts)), ..) if parts.iter().any(|part| part["type"].as_str().is_none()) => {
            Some("a part of its `content` does not say its `type`")
        }
        (Some(Content::Parts(parts)), ..)
            if parts.iter().any(|part| part["type"] == "text" && !part["text"].is_string()) =>
        {
            Some("a part of its `content` is of the type `text`, and has no `text`")
        }
        (Some(Content::Parts(parts)), ..)
            if parts.iter().all(is_blank) && !only_calls && message.role != Role::Tool =>
        {
            Some("its `content` is empty")
        }
        (_, None, _) if message.role == Role::Tool => Some("it does not say which call it answers: add `tool_call_id`"),
        (_, Some(_), _) if message.role != Role::Tool => Some("only a tool's message has a `tool_call_id`"),
        (_, _, Some(_)) if message.role != Role::Assistant => Some("only an assistant's message has `tool_calls`"),
        (_, _, Some(calls)) if calls.is_empty() => Some("its `tool_calls` is empty: leave it out"),
        (_, _, Some(calls)) if calls.iter().any(|call| call.r#type != "function") => {
            Some("a tool call is of the type `function`")
        }
        _ => None,
    }
}

/// A part that says nothing; one without a text has something else.
fn is_blank(part: &Value) -> bool {
    part["text"].as_str().is_some_and(|text| text.trim().is_empty())
}

/// Every answer of a tool is to a call that was made before, and every call is answered before anybody else speaks.
fn calls(messages: &[Message]) -> Result<(), Refusal> {
    let mut open: HashSet<&str> = HashSet::new();
    let mut caller = None;
    for message in messages {
        match &message.tool_call_id {
            Some(id) if !open.remove(id.as_str()) => {
                let reason =
                    format!("it answers the call `{id}`, and no assistant's message before it makes that call");
                return Err(Refusal::of(message, reason));
            }
            Some(_) => continue,
            None => {}
        }
        if let Some(id) = open.iter().min() {
            return Err(Refusal::of(message, format!("the call `{id}` before it has no answer of a tool")));
        }
        for call in message.tool_calls.iter().flatten() {
            caller = Some(message);
            if !open.insert(call.id.as_str()) {
                return Err(Refusal::of(message, format!("it makes the call `{}` twice", call.id)));
            }
        }
    }
    match (open.iter().min(), caller) {
        (Some(id), Some(caller)) => Err(Refusal::of(caller, format!("no tool answers its call `{id}`"))),
        _ => Ok(()),
    }
}
