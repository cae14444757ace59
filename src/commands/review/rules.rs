//! Which rules look: those that are in force and have a check, of a role, by name, precise enough.

use anyhow::{Result, bail};

use super::Options;
use crate::config::{Config, Role};
use crate::model::{Model, Rule};
use crate::source::nearest;
use crate::terms::Status;

/// The rules to run, as indices into the model.
pub fn wanted(model: &Model, config: &Config, options: &Options) -> Result<Vec<usize>> {
    for id in &options.rules {
        if model.rule(id).is_none() {
            let near = nearest(id, model.rules.iter().map(|rule| rule.id.0.as_str()));
            let help = near.map_or("`kbc budget` lists the rules".to_owned(), |near| format!("did you mean `{near}`?"));
            bail!("no rule is called `{id}`\n  help: {help}");
        }
    }
    let role = match &options.role {
        None => None,
        Some(name) => match config.roles.get(name) {
            Some(role) => Some(role),
            None => bail!("{}", unknown_role(name, config)),
        },
    };
    let is_wanted = |rule: &Rule| {
        let Some(check) = &rule.check else { return false };
        rule.status == Status::Active
            && (options.rules.is_empty() || options.rules.contains(&rule.id.0))
            && role.is_none_or(|role| carries(role, rule, model))
            && options.min_precision.is_none_or(|least| check.precision() >= least)
    };
    Ok((0..model.rules.len()).filter(|index| is_wanted(&model.rules[*index])).collect())
}

fn carries(role: &Role, rule: &Rule, model: &Model) -> bool {
    role.domains.contains(&model.domains[rule.domain].id)
        || role.rules.contains(&rule.id.0)
        || rule.tags.iter().any(|tag| role.tags.contains(tag))
}

fn unknown_role(name: &str, config: &Config) -> String {
    let known: Vec<&str> = config.roles.keys().map(String::as_str).collect();
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => {
            "kbc.toml has no roles; add `[roles.NAME]` with `domains`, `tags` or `rules`".to_owned()
        }
        None => format!("there are {}", known.join(", ")),
    };
    format!("no role is called `{name}`\n  help: {help}")
}
