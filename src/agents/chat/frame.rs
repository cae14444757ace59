//! Messages in the shape that a framework takes.

use serde_json::{Map, Value, json};

use super::{Content, Framework, Message, Refusal, Role};

/// The messages as JSON. Not for [`Framework::Text`], which has no messages.
///
/// # Errors
/// If the framework has no place for a message.
pub fn frame(messages: &[Message], framework: Framework) -> Result<Value, Refusal> {
    match framework {
        Framework::Text => Err(Refusal::whole("a text has no messages")),
        Framework::OpenAi | Framework::LiteLlm => {
            Ok(serde_json::to_value(messages).expect("a message is JSON: it was read from it"))
        }
        Framework::Anthropic => anthropic(messages),
        Framework::LangChain => messages.iter().map(template).collect(),
    }
}

/// Role and template, in which braces are no variables. Not a pair: that would have to be a tuple, which JSON has none of.
fn template(message: &Message) -> Result<Value, Refusal> {
    let role = match (message.role, &message.tool_calls) {
        (Role::System | Role::Developer, _) => "system",
        (Role::User, _) => "human",
        (Role::Assistant, None) => "ai",
        (Role::Assistant, Some(_)) | (Role::Tool, _) => {
            let reason = "a template of LangChain has no place for calls of tools: hand them over in a placeholder";
            return Err(Refusal::of(message, reason));
        }
    };
    nameless(message, "a template of LangChain")?;
    plain_message(message, "a template of LangChain")?;
    let parts = parts(message, "a template of LangChain")?;
    if let Some(key) = parts.iter().find_map(more) {
        let reason = format!("a template of LangChain has no place for the `{key}` of a part: leave it out");
        return Err(Refusal::of(message, reason));
    }
    let text = joined(&parts);
    Ok(json!({ "role": role, "content": text.replace('{', "{{").replace('}', "}}") }))
}

/// The parts of a message that may have nothing but texts. What else a part says, as `cache_control`, stays with it.
fn parts(message: &Message, what: &str) -> Result<Vec<Value>, Refusal> {
    match &message.content {
        None => Ok(Vec::new()),
        Some(Content::Text(text)) => Ok(vec![json!({ "type": "text", "text": text })]),
        Some(Content::Parts(parts)) => {
            if let Some(other) = parts.iter().find(|part| part["type"] != "text") {
                let kind = other["type"].as_str().unwrap_or_default();
                let reason = format!("{what} takes texts only, and a part of it is of the type `{kind}`");
                return Err(Refusal::of(message, reason));
            }
            Ok(parts.clone())
        }
    }
}

/// A key of a part besides its text.
fn more(part: &Value) -> Option<String> {
    part.as_object()?.keys().find(|key| !["type", "text"].contains(&key.as_str())).cloned()
}

fn joined(parts: &[Value]) -> String {
    parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n\n")
}

/// Refuses a message whose speaker has a name, where there is no place for one.
fn nameless(message: &Message, what: &str) -> Result<(), Refusal> {
    match &message.name {
        None => Ok(()),
        Some(name) => {
            let reason = format!("{what} has no place for the name `{name}`: say in the text who speaks");
            Err(Refusal::of(message, reason))
        }
    }
}

/// What an SDK hands out besides what is said. The rest of it, such as ids and annotations, says nothing to a model.
const SAID: [&str; 3] = ["audio", "function_call", "refusal"];

/// Refuses a message that says something more, where there is no place for it.
fn plain_message(message: &Message, what: &str) -> Result<(), Refusal> {
    match SAID.iter().find(|key| message.more.contains_key(**key)) {
        None => Ok(()),
        Some(key) => Err(Refusal::of(message, format!("{what} has no place for its `{key}`: leave it out"))),
    }
}

/// `system` beside messages of user and assistant in turn: neighbours of one role become one message, and what tools
/// answer is said by the user.
fn anthropic(messages: &[Message]) -> Result<Value, Refusal> {
    let mut system = Vec::new();
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages {
        nameless(message, "a message for the Messages API")?;
        plain_message(message, "a message for the Messages API")?;
        if message.role.is_system() {
            if !turns.is_empty() {
                let reason = "the Messages API takes system text before the conversation only: move it up";
                return Err(Refusal::of(message, reason));
            }
            system.extend(parts(message, "`system` of the Messages API")?);
            continue;
        }
        let blocks = blocks(message)?;
        let role = if message.role == Role::Assistant { "assistant" } else { "user" };
        match turns.last_mut() {
            Some((last, before)) if *last == role => before.extend(blocks),
            None if role == "assistant" => {
                return Err(Refusal::of(message, "the Messages API begins with a message of the user"));
            }
            Some(_) | None => turns.push((role, blocks)),
        }
    }
    let turn = |(role, blocks): (&str, Vec<Value>)| json!({ "role": role, "content": plain(blocks) });
    let mut chat = Map::new();
    chat.insert("system".to_owned(), text_or_parts(system));
    chat.insert("messages".to_owned(), turns.into_iter().map(turn).collect());
    Ok(chat.into())
}

/// A lone text needs no list around it.
fn plain(mut blocks: Vec<Value>) -> Value {
    match blocks.as_mut_slice() {
        [block] if block["type"] == "text" && more(block).is_none() => block["text"].take(),
        _ => blocks.into(),
    }
}

/// One text, unless a part says more than its text.
fn text_or_parts(parts: Vec<Value>) -> Value {
    if parts.iter().any(|part| more(part).is_some()) { parts.into() } else { joined(&parts).into() }
}

fn blocks(message: &Message) -> Result<Vec<Value>, Refusal> {
    let parts = parts(message, "a message for the Messages API")?;
    if let Some(id) = &message.tool_call_id {
        return Ok(vec![json!({ "type": "tool_result", "tool_use_id": id, "content": text_or_parts(parts) })]);
    }
    let is_said = |part: &Value| part["text"].as_str().is_some_and(|text| !text.trim().is_empty());
    let mut blocks: Vec<Value> = parts.into_iter().filter(is_said).collect();
    for call in message.tool_calls.iter().flatten() {
        let input: Value = serde_json::from_str(&call.function.arguments).unwrap_or_default();
        if !input.is_object() {
            let reason = format!("the arguments of the call `{}` are no JSON object", call.id);
            return Err(Refusal::of(message, reason));
        }
        blocks.push(json!({ "type": "tool_use", "id": call.id, "name": call.function.name, "input": input }));
    }
    Ok(blocks)
}
