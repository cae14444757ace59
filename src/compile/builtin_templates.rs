//! The templates that kbc brings along for the files that agents read. kbc.toml names those that are wanted; a file of the
//! same name in `templates/` is taken instead.

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::config::{Config, Input};

/// The template of a knowledge base without a `templates` folder.
pub const DEFAULT_TEMPLATE: &str = include_str!("builtin_templates/RULEBOOK.md");

/// By name.
const SHIPPED: [(&str, &str); 7] = [
    ("agents-md", include_str!("builtin_templates/agents-md.md")),
    ("claude-md", include_str!("builtin_templates/claude-md.md")),
    ("claude-agents", include_str!("builtin_templates/claude-agents.md")),
    ("claude-rules", include_str!("builtin_templates/claude-rules.md")),
    ("claude-skills", include_str!("builtin_templates/claude-skills.md")),
    ("cursor-rules", include_str!("builtin_templates/cursor-rules.md")),
    ("copilot-instructions", include_str!("builtin_templates/copilot-instructions.md")),
];

/// The names of all.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// The wanted ones that no file stands for, as path and text. Files are known by their paths.
pub fn wanted<'a>(config: &'a Config, files: &'a [&str]) -> impl Iterator<Item = (String, &'static str)> + 'a {
    let is_wanted = |name: &str| config.targets.iter().any(|wanted| wanted == name);
    let is_taken =
        move |name: &str| files.contains(&format!("{}/{name}.md", config.paths.folder(Input::Templates)).as_str());
    let wanted = SHIPPED.iter().filter(move |(name, _)| is_wanted(name) && !is_taken(name));
    wanted.map(|(name, text)| (format!("shipped/{name}.md"), *text))
}

/// Complains about names that are of none.
pub fn check(config: &Config, diags: &mut Sink) {
    for (index, name) in config.targets.iter().enumerate() {
        if SHIPPED.iter().any(|(known, _)| known == name) {
            continue;
        }
        let at = config.places.at(&format!("/targets/{index}"));
        let message = format!("kbc brings no template `{name}` along");
        let diagnostic = Diagnostic::new(Code::InvalidValue, at, message);
        diags.push(
            diagnostic
                .help_nearest(name, SHIPPED.iter().map(|(known, _)| *known))
                .note("every file of templates/ is compiled without being named here"),
        );
    }
}
