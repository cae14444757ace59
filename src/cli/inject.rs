//! The flags of `kbc inject`.

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::shared::Shared;
use crate::agents::chat;
use crate::commands::exit::Exit;
use crate::commands::inject;
use crate::commands::session::Session;

/// Print the rulebook, or a prompt with the rulebook in it.
///
/// It is printed as it was last built, without counting or compiling; `kbc check` says whether that
/// is still what the papers say.
///
/// The rulebook of a role lies in roles/ beside that of all: its own rules, within its own budget.
///
/// In a prompt the rulebook stands between `<!-- kbc:begin rulebook -->` and `<!-- kbc:end
/// rulebook -->`. A block that is there is replaced, otherwise it is put at the end.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The prompt: a file, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    prompt: Option<String>,
    /// Print another output than `paths.rulebook` of kbc.toml.
    #[arg(long, value_name = "PATH")]
    from: Option<String>,
    /// The rules that a role of kbc.toml carries.
    #[arg(long, value_name = "NAME", conflicts_with = "from")]
    role: Option<String>,
    /// The rulebook as a git revision has it: `--at origin/main`, where others may have edited the file.
    #[arg(long, value_name = "REV")]
    at: Option<String>,
    /// What the prompt is for. All but `text` make messages of it: of a text that of a user, of a chat (a list of
    /// messages as JSON) the same chat; the rulebook is in the system message.
    #[arg(long = "as", value_enum, value_name = "FRAMEWORK", default_value_t)]
    framework: Framework,
    /// The value of `{{ NAME }}` in the prompt.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
}

pub const SHARED: &[Shared] = &[Shared::Base, Shared::Output];

impl Arguments {
    pub fn run(self, call: &Session) -> Result<Exit> {
        let Self { prompt, from, role, at, framework, variables } = self;
        let framework = framework.into();
        inject::run(call, &inject::Options { role, from, at, prompt, framework, variables })
    }
}

/// What `kbc inject` makes.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Framework {
    /// One text, the rulebook in a marked block.
    #[default]
    Text,
    /// Messages of the Chat Completions API.
    Openai,
    /// `system` and alternating messages of the Messages API.
    Anthropic,
    /// Roles and templates for `ChatPromptTemplate.from_messages`, braces doubled.
    Langchain,
    /// Messages for `litellm.completion`.
    Litellm,
}

impl From<Framework> for chat::Framework {
    fn from(framework: Framework) -> Self {
        match framework {
            Framework::Text => Self::Text,
            Framework::Openai => Self::OpenAi,
            Framework::Anthropic => Self::Anthropic,
            Framework::Langchain => Self::LangChain,
            Framework::Litellm => Self::LiteLlm,
        }
    }
}
