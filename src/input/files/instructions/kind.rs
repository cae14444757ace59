//! Which kind of file it is, by its content and, where that leaves a doubt, by its name.

use super::front::Front;
use super::record;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// AGENTS.md, CLAUDE.md, copilot-instructions.md: Markdown without front matter.
    Instructions,
    /// `.cursor/rules/*.mdc`.
    CursorRule,
    /// `.claude/rules/*.md`.
    ClaudeRule,
    /// `.github/instructions/*.instructions.md`.
    CopilotRule,
    Skill,
    /// A record of a decision, by Nygard or as MADR.
    Record,
    /// A rule of ast-grep, in YAML.
    AstGrepRule,
    /// `kbc.toml`.
    KnowledgeBase,
    /// Results of a benchmark.
    Results,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Instructions => "instructions",
            Kind::CursorRule => "rule of Cursor",
            Kind::ClaudeRule => "rule of Claude Code",
            Kind::CopilotRule => "instructions of Copilot",
            Kind::Skill => "skill",
            Kind::Record => "decision record",
            Kind::AstGrepRule => "ast-grep rule",
            Kind::KnowledgeBase => "knowledge base",
            Kind::Results => "benchmark results",
        }
    }
}

/// What a file is; the name decides only what no content tells.
pub fn kind_of(path: &str, text: &str) -> Kind {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == "kbc.toml" {
        return Kind::KnowledgeBase;
    }
    let is_markdown = name.ends_with(".md") || name.ends_with(".mdc") || name.ends_with(".markdown");
    // Neither JSON nor a rule of ast-grep begins like a line of Markdown; a link does begin like a list of JSON.
    if !is_markdown && (start.starts_with('{') || start.starts_with('[')) {
        return Kind::Results;
    }
    let has_key =
        |key: &str| start.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')));
    if !is_markdown && has_key("id") && has_key("rule") && has_key("language") {
        return Kind::AstGrepRule;
    }
    of_markdown(path, &super::front::read(text), text)
}

pub(super) fn of_markdown(path: &str, front: &Front, text: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    if front.has("applyTo") || name.ends_with(".instructions.md") {
        Kind::CopilotRule
    } else if front.has("alwaysApply") || front.has("globs") || name.ends_with(".mdc") {
        Kind::CursorRule
    } else if front.has("name") && front.has("description") || name == "SKILL.md" {
        Kind::Skill
    } else if record::is_one(front, text) {
        Kind::Record
    } else if front.has("paths") {
        Kind::ClaudeRule
    } else {
        Kind::Instructions
    }
}
