//! A prompt as a chat: read from text or JSON, its variables filled, the rulebook put where a model looks first. What
//! cannot be understood is refused with the number of the message; nothing of a prompt is executed.

mod frame;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::frame::frame;
pub use self::read::{Form, read};
use crate::input::formats::managed_block;

/// What the messages are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// One text.
    Text,
    /// Messages of the Chat Completions API.
    OpenAi,
    /// `system` beside alternating messages of the Messages API.
    Anthropic,
    /// Roles and templates, as `ChatPromptTemplate.from_messages` takes them.
    LangChain,
    /// Messages as `litellm.completion` takes them.
    LiteLlm,
}

impl Framework {
    pub const ALL: [Self; 5] = [Self::Text, Self::OpenAi, Self::Anthropic, Self::LangChain, Self::LiteLlm];

    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::LangChain => "langchain",
            Self::LiteLlm => "litellm",
        }
    }
}

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    System,
    /// What OpenAI calls a system message of newer models.
    Developer,
    User,
    Assistant,
    Tool,
}

impl Role {
    /// Does it say how all of the chat is to be answered?
    pub fn is_system(self) -> bool {
        matches!(self, Self::System | Self::Developer)
    }
}

/// One message, with the keys that the Chat Completions API has for it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Message {
    pub role: Role,
    /// A text or a list of parts; an assistant that only calls tools has none.
    pub content: Option<Content>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<Vec<ToolCall>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// What else an SDK hands out with it.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
    /// Which of the prompt's messages it is, from 0.
    #[serde(skip)]
    pub index: Option<usize>,
}

impl Message {
    fn text(role: Role, text: String) -> Self {
        Self::new(role, Some(Content::Text(text)))
    }

    fn new(role: Role, content: Option<Content>) -> Self {
        Self { role, content, name: None, tool_calls: None, tool_call_id: None, more: BTreeMap::new(), index: None }
    }
}

/// What is said.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Content {
    Text(String),
    /// Objects with a `type`; those of type `text` have a `text`.
    Parts(Vec<Value>),
}

/// An assistant asks for a function to be called.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ToolCall {
    pub id: String,
    pub r#type: String,
    pub function: Function,
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Function {
    pub name: String,
    /// An object as JSON text.
    pub arguments: String,
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// Why a prompt is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The message, from 0, if it is about one.
    pub message: Option<usize>,
    pub reason: String,
}

impl Refusal {
    fn whole(reason: impl Into<String>) -> Self {
        Self { message: None, reason: reason.into() }
    }

    fn of(message: &Message, reason: impl Into<String>) -> Self {
        Self { message: message.index, reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message {
            Some(index) => write!(f, "messages[{index}]: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// Puts the rulebook into a system message as a marked block: into the one that has the block, or else the first; where there
/// is none, before all others as a message of its own.
///
/// # Errors
/// If the marks in that message are damaged.
pub fn inject(messages: &mut Vec<Message>, block: &str, rulebook: &str) -> Result<(), Refusal> {
    let spliced = |message: Option<usize>, text: &str| {
        managed_block::splice(text, block, rulebook).map_err(|damage| Refusal { message, reason: damage.to_string() })
    };
    let holds =
        |text: Option<&str>| managed_block::begun(text.unwrap_or_default()).iter().any(|(name, _)| *name == block);
    let has_block = |message: &Message| match &message.content {
        None => false,
        Some(Content::Text(text)) => holds(Some(text.as_str())),
        Some(Content::Parts(parts)) => parts.iter().any(|part| holds(part["text"].as_str())),
    };
    let marked = messages.iter().position(|message| message.role.is_system() && has_block(message));
    let first = || messages.iter().position(|message| message.role.is_system());
    let Some(place) = marked.or_else(first) else {
        messages.insert(0, Message::text(Role::System, spliced(None, "")?));
        return Ok(());
    };
    let system = &mut messages[place];
    let index = system.index;
    match &mut system.content {
        Some(Content::Text(text)) => *text = spliced(index, text)?,
        Some(Content::Parts(parts)) => {
            // A part that has the block keeps it, else it is a part of its own.
            match parts.iter().position(|part| holds(part["text"].as_str())) {
                Some(part) => {
                    let text = parts[part]["text"].as_str().unwrap_or_default();
                    parts[part]["text"] = spliced(index, text)?.into();
                }
                None => parts.push(serde_json::json!({ "type": "text", "text": spliced(index, "")? })),
            }
        }
        None => unreachable!("reading refuses a system message without content"),
    }
    Ok(())
}

/// Values by the names of variables.
pub type Variables = BTreeMap<String, String>;

/// What became of the variables of a prompt.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The names that were found.
    pub used: BTreeSet<String>,
    /// The names that nobody gave a value.
    pub open: BTreeSet<String>,
}

/// Fills `{{ name }}` in a text. A value is put in as it is: what looks like a variable in it is none.
pub fn fill(text: &str, variables: &Variables, filled: &mut Filled) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some((name, length)) = variable(&rest[start..]) else {
            // What begins inside of it may be a variable.
            out.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        };
        out.push_str(&rest[..start]);
        let whole = &rest[start..start + length];
        match variables.get(name) {
            Some(value) => {
                out.push_str(value);
                filled.used.insert(name.to_owned());
            }
            None => {
                out.push_str(whole);
                filled.open.insert(name.to_owned());
            }
        }
        rest = &rest[start + length..];
    }
    out.push_str(rest);
    out
}

/// The name of the variable that a text begins with, and the length of the whole with its braces. CompiledRule no further than
/// that, so that a text of nothing but braces is read once.
fn variable(text: &str) -> Option<(&str, usize)> {
    let inside = text.strip_prefix("{{")?.trim_start();
    let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inside.len());
    let behind = inside[end..].trim_start().strip_prefix("}}")?;
    let name = &inside[..end];
    is_name(name).then_some((name, text.len() - behind.len()))
}

/// Letters, digits and underscores, as variables of templates are named.
pub fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Fills the variables of all messages.
pub fn fill_all(messages: &mut [Message], variables: &Variables) -> Filled {
    let mut filled = Filled::default();
    for message in messages {
        match &mut message.content {
            Some(Content::Text(text)) => *text = fill(text, variables, &mut filled),
            Some(Content::Parts(parts)) => {
                for part in parts {
                    if let Some(text) = part["text"].as_str() {
                        part["text"] = fill(text, variables, &mut filled).into();
                    }
                }
            }
            None => {}
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_once_and_nothing_else_is_touched() {
        let variables = Variables::from([("name".to_owned(), "{{ other }} {{name}}".to_owned())]);
        let mut filled = Filled::default();
        let text = fill("{{name}} {{ name }} {{{name}}} {{ a b }} {% x %} {{open}} {{", &variables, &mut filled);
        assert_eq!(
            text,
            "{{ other }} {{name}} {{ other }} {{name}} {{{ other }} {{name}}} {{ a b }} {% x %} {{open}} {{"
        );
        assert_eq!(filled, Filled { used: ["name".into()].into(), open: ["open".into()].into() });
    }

    /// Ten million braces would never be done with if each of them looked for its end.
    #[test]
    fn a_text_of_braces_is_read_once() {
        for text in ["{".repeat(10_000_000), "{{ a".repeat(1_000_000), "{{ ".repeat(1_000_000)] {
            assert_eq!(fill(&text, &Variables::new(), &mut Filled::default()), text);
        }
    }
}
