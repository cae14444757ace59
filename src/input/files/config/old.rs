//! The keys of kbc.toml that had other names before the first format, or stood elsewhere. `kbc migrate` rewrites them;
//! every other command says so.

use crate::diag::{Code, Diagnostic};
use crate::input::formats::document::{Document, Part};
use crate::text::source::Span;

/// What to say of the first key of old, if there is one.
pub fn first(document: &Document) -> Option<Diagnostic> {
    let mut found: Vec<(String, Span)> = Vec::new();
    document.texts(&mut |pointer, part, _, span| {
        let path: Vec<&str> = pointer.split('/').skip(1).collect();
        if let Some(now) = renamed(&path).filter(|_| part == Part::Key) {
            found.push((format!("`{}` is called `{}` now", path.join("."), now.join(".")), span));
        }
    });
    // Tables come before what is in them, so the deepest of those at the first place says the most.
    let start = found.iter().map(|(_, span)| span.start).min()?;
    let (message, span) = found.into_iter().rfind(|(_, span)| span.start == start)?;
    let message = format!("kbc.toml is written for an older kbc: {message}");
    Some(
        Diagnostic::new(Code::OldFormat, span, message)
            .help("run `kbc migrate`; `kbc migrate --diff` shows what it would change"),
    )
}

/// Where a setting of old stands now; `None` for one that stands where it did.
pub fn renamed(path: &[&str]) -> Option<Vec<String>> {
    let (head, rest): (&[&str], &[&str]) = match path {
        ["rulebook", rest @ ..] => (&["paths", "rulebook"], rest),
        ["rules", rest @ ..] => (&["paths", "rules"], rest),
        ["schema", rest @ ..] => (&["paths", "schemas"], rest),
        ["templates", rest @ ..] => (&["targets"], rest),
        ["papers", "min_tokens", rest @ ..] => (&["budget", "papers", "min"], rest),
        ["papers", "max_tokens", rest @ ..] => (&["budget", "papers", "max"], rest),
        ["papers", rest @ ..] => (&["budget", "papers"], rest),
        ["phases", rest @ ..] => (&["agents", "phases"], rest),
        ["roles", role, "domains", rest @ ..] => (&["agents", "roles", role, "select", "papers"], rest),
        ["roles", role, "tags", rest @ ..] => (&["agents", "roles", role, "select", "tags"], rest),
        ["roles", role, "rules", rest @ ..] => (&["agents", "roles", role, "select", "rules"], rest),
        ["roles", rest @ ..] => (&["agents", "roles"], rest),
        ["hooks", "agents", rest @ ..] => (&["agents", "types"], rest),
        ["hooks", "default", rest @ ..] => (&["agents", "default_role"], rest),
        ["hooks", rest @ ..] => (&["agents"], rest),
        ["review", "python", rest @ ..] => (&["languages", "python", "version"], rest),
        ["review", "ignores", rest @ ..] => (&["review", "exclude"], rest),
        _ => return None,
    };
    Some(head.iter().chain(rest).map(|part| (*part).to_owned()).collect())
}
