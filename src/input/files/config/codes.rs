//! What is wrong with `[check.codes]` of kbc.toml: names that no code has, and severities that a code may not have.

use super::Config;
use crate::diag::{Code, Diagnostic, Kind, Level, Sink};

/// Complains about names and severities that have no effect.
pub fn check(config: &Config, diags: &mut Sink) {
    for (name, level) in &config.check.codes {
        let pointer = format!("/check/codes/{}", name.replace('~', "~0").replace('/', "~1"));
        let at = config.places.key_at(&pointer);
        let Some(code) = Code::from_any_name(name) else {
            let message = format!("no code is called `{name}`");
            let known = Code::ALL.iter().map(|code| code.name());
            let unknown = Diagnostic::new(Code::UnknownKey, at, message).note("`kbc explain --list` lists all codes");
            diags.push(diags.near(unknown, name, known));
            continue;
        };
        if code.name() != name {
            let message = format!("`{name}` is now called `{}`", code.name());
            diags.push(Diagnostic::new(Code::RenamedCode, at, message).help("write the new name"));
        }
        if !code.may_be(*level) {
            diags.push(refusal(code, *level, config.places.at(&pointer).into()));
        }
    }
}

/// Why a code may not have a severity, and what to do instead.
fn refusal(code: Code, level: Level, at: crate::diag::Place) -> Diagnostic {
    let (name, severity) = (code.name(), code.severity().name());
    if code.kind() == Kind::Rule {
        let message = format!("`{name}` has no severity of its own: each rule has one");
        return Diagnostic::new(Code::InvalidValue, at, message)
            .help("set that of a rule: `[review.rules] RTY1 = \"info\"`");
    }
    let message = match level {
        Level::Off => format!("`{name}` cannot be switched off: it is no matter of taste"),
        Level::Info | Level::Warning | Level::Error => {
            format!("`{name}` cannot be less than {severity}: it is no matter of taste")
        }
    };
    Diagnostic::new(Code::InvalidValue, at, message)
        .note("if it could, the check would pass although papers, data, outputs or reviews contradict each other")
        .help("correct what it reports; if one place is right as it is, say so with an `allow` entry for the thing, with a reason")
}
