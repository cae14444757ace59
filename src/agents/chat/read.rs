//! Reading a prompt: a text, or a chat as JSON.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Content, Message, Refusal, Role};
use crate::input::formats::managed_block;

/// A chat around its messages, as `kbc inject --as anthropic` prints it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chat {
    system: Option<Content>,
    messages: Vec<Value>,
}

/// What a prompt is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Json,
    /// A text, unless it is a chat.
    Text,
    /// A chat if it begins like one.
    Unknown,
}

/// The messages of a prompt; a text is what a user says.
///
/// # Errors
/// If it is JSON, but not a chat.
pub fn read(prompt: &str, form: Form) -> Result<Vec<Message>, Refusal> {
    let start: String = prompt.chars().filter(|c| !c.is_whitespace()).take(2).collect();
    let looks_like_chat = ["[{", "{\"", "[]"].contains(&start.as_str());
    let json = || match (form, looks_like_chat) {
        (Form::Unknown | Form::Text, false) => None,
        (Form::Text, true) => Some(serde_json::from_str(prompt)).filter(|json| json.as_ref().is_ok_and(is_chat)),
        (Form::Json, _) | (Form::Unknown, true) => Some(serde_json::from_str(prompt)),
    };
    let Some(json) = json() else {
        // The rulebook gets a message of its own, so one from before is taken out of the text.
        let text = managed_block::without(prompt, managed_block::INJECTED)
            .map_err(|damage| Refusal::whole(damage.to_string()))?;
        let is_blank = text.trim().is_empty();
        return Ok((!is_blank).then(|| Message::text(Role::User, text)).into_iter().collect());
    };
    let json: Value =
        json.map_err(|error| Refusal::whole(format!("this looks like a chat, and is no JSON: {error}")))?;
    let chat = match json {
        Value::Array(messages) => Chat { system: None, messages },
        json => serde_json::from_value(json).map_err(|error| {
            Refusal::whole(format!("a chat is a list of messages, or an object with `messages` and `system`: {error}"))
        })?,
    };
    let system = chat.system.into_iter().map(|content| Ok(Message::new(Role::System, Some(content))));
    let is_template = chat.messages.iter().any(|message| ["human", "ai"].iter().any(|role| message["role"] == *role));
    let said = chat.messages.into_iter().enumerate().flat_map(|(index, message)| {
        let message = if is_template { of_template(message) } else { message };
        of_blocks(message).into_iter().map(move |message| one(index, message))
    });
    let messages = system.chain(said).collect::<Result<Vec<_>, _>>()?;
    calls(&messages)?;
    Ok(messages)
}

/// Has JSON the shape of a chat, whatever is wrong in it?
fn is_chat(json: &Value) -> bool {
    let messages = if json.is_array() { json } else { &json["messages"] };
    messages.as_array().is_some_and(|messages| messages.iter().all(|message| !message["role"].is_null()))
}

/// A message as `--as langchain` prints it, with the roles of others and its braces taken for text.
fn of_template(mut message: Value) -> Value {
    let role = match message["role"].as_str() {
        Some("human") => Some("user"),
        Some("ai") => Some("assistant"),
        Some(_) | None => None,
    };
    if let Some(role) = role {
        message["role"] = role.into();
    }
    if let Some(text) = message["content"].as_str() {
        message["content"] = text.replace("{{", "{").replace("}}", "}").into();
    }
    message
}

/// A message of the Messages API as messages of the Chat Completions API: calls of tools and their answers are parts of the
/// one, and keys and messages of the other.
fn of_blocks(mut message: Value) -> Vec<Value> {
    let is_call = |part: &Value| part["type"] == "tool_use";
    let is_answer = |part: &Value| part["type"] == "tool_result";
    let Some(parts) =
        message["content"].as_array().filter(|parts| parts.iter().any(|part| is_call(part) || is_answer(part)))
    else {
        return vec![message];
    };
    let call = |part: &Value| {
        let function = json!({ "name": part["name"], "arguments": part["input"].to_string() });
        json!({ "id": part["id"], "type": "function", "function": function })
    };
    let answer = |part: &Value| {
        let content = Some(part["content"].clone()).filter(|content| !content.is_null()).unwrap_or("".into());
        json!({ "role": "tool", "tool_call_id": part["tool_use_id"], "content": content })
    };
    let calls: Vec<Value> = parts.iter().filter(|part| is_call(part)).map(call).collect();
    let mut messages: Vec<Value> = parts.iter().filter(|part| is_answer(part)).map(answer).collect();
    let said: Vec<Value> = parts.iter().filter(|part| !is_call(part) && !is_answer(part)).cloned().collect();
    if !said.is_empty() || !calls.is_empty() {
        message["content"] = if said.is_empty() { Value::Null } else { said.into() };
        if !calls.is_empty() {
            message["tool_calls"] = calls.into();
        }
        messages.push(message);
    }
    messages
}

/// Leaves out what an SDK names and has nothing to say of.
fn without_empty(json: &mut Value) {
    const OURS: [&str; 5] = ["role", "content", "name", "tool_calls", "tool_call_id"];
    let is_empty = |key: &str, value: &Value| match value {
        Value::Null => key != "content",
        Value::Array(items) => items.is_empty() && !OURS.contains(&key),
        Value::Object(entries) => entries.is_empty() && !OURS.contains(&key),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if let Some(entries) = json.as_object_mut() {
        entries.retain(|key, value| !is_empty(key, value));
    }
}

fn one(index: usize, mut json: Value) -> Result<Message, Refusal> {
    without_empty(&mut json);
    if !json.is_object() {
        return Err(at(index, "a message is an object with `role` and `content`"));
    }
    let role = json.get("role").cloned();
    let mut message: Message = serde_json::from_value(json).map_err(|error| {
        let text = error.to_string();
        let reason = match role {
            None => "it does not say whose it is: add a `role`, one of system, developer, user, assistant and tool"
                .to_owned(),
            Some(role) if text.contains("unknown variant") => {
                format!("the role {role} is none of system, developer, user, assistant and tool")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::chat::{self, Framework};

    fn framed(messages: &[Message], framework: Framework) -> String {
        chat::frame(messages, framework).expect("it has a place for all of it").to_string()
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let prompt = json!([
            { "role": "system", "content": [{ "type": "text", "text": "Brief {x}", "cache_control": { "type": "ephemeral" } }] },
            { "role": "user", "content": "What?" },
            { "role": "assistant", "content": null, "tool_calls":
                [{ "id": "c1", "type": "function", "function": { "name": "cost", "arguments": "{\"of\":\"a\"}" } }] },
            { "role": "tool", "content": "400", "tool_call_id": "c1" },
            { "role": "user", "content": "And?" },
            { "role": "assistant", "content": "Half {x}." },
        ]);
        let plain = json!([{ "role": "system", "content": "A {x}" }, { "role": "user", "content": "B {{y}}" }]);
        for (prompt, framework) in [
            (&prompt, Framework::Anthropic),
            (&prompt, Framework::OpenAi),
            (&plain, Framework::LangChain),
            (&plain, Framework::LiteLlm),
        ] {
            let read_of = |text: &str| read(text, Form::Json).expect("it is a chat");
            let once = framed(&read_of(&prompt.to_string()), framework);
            let read_back = read_of(&once);
            // An answer of a tool and what the user says then are one message of the Messages API.
            assert_eq!(framed(&read_back, framework), once, "{}", framework.name());
        }
    }

    #[test]
    fn messages_are_read_as_sdks_hand_them_out() {
        let prompt = json!([
            { "role": "developer", "content": "Be brief" },
            { "role": "user", "content": "hi", "name": null },
            { "role": "assistant", "content": "hello", "refusal": null, "annotations": [], "function_call": null,
              "tool_calls": null, "provider_specific_fields": {}, "id": "msg_1" },
        ]);
        let messages = read(&prompt.to_string(), Form::Unknown).expect("it is a chat");
        assert_eq!(
            framed(&messages, Framework::OpenAi),
            r#"[{"role":"developer","content":"Be brief"},{"role":"user","content":"hi"},{"role":"assistant","content":"hello","id":"msg_1"}]"#
        );
        assert_eq!(
            framed(&messages, Framework::Anthropic),
            r#"{"system":"Be brief","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"hello"}]}"#
        );
        let refusing =
            json!([{ "role": "user", "content": "a" }, { "role": "assistant", "content": "b", "refusal": "no" }]);
        let messages = read(&refusing.to_string(), Form::Json).expect("it is a chat");
        assert!(
            chat::frame(&messages, Framework::Anthropic).is_err_and(|refusal| refusal.reason.contains("`refusal`"))
        );
    }

    #[test]
    fn a_text_that_begins_like_json_is_a_text_by_its_name() {
        for text in ["[{ not json", "{\"a\": 1}\n\nis what you get.", "[]", "{\"a\": 1}"] {
            let messages = read(text, Form::Text).expect("it is a text");
            assert_eq!(messages.len(), usize::from(text != "[]"), "{text}");
        }
        assert!(read("[{ not json", Form::Unknown).is_err());
        assert_eq!(read(r#"[{"role": "user", "content": "hi"}]"#, Form::Text).expect("it is a chat").len(), 1);
    }
}
