//! Which rules look: those that are in force and have a check, of a role, by name, precise enough.

use anyhow::{Result, bail};

use super::Options;
use crate::compile::roles;
use crate::input::files::config::Config;
use crate::input::vocabulary::Status;
use crate::model::{Model, Rule};
use crate::text::source::nearest;

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
            None => bail!("{}", roles::unknown(name, config)),
        },
    };
    let is_wanted = |rule: &Rule| {
        let Some(check) = rule.check() else { return false };
        rule.status == Status::Active
            && (options.rules.is_empty() || options.rules.contains(&rule.id.0))
            && role.is_none_or(|role| roles::carries(role, rule, model))
            && options.min_precision.is_none_or(|least| check.precision() >= least)
    };
    Ok((0..model.rules.len()).filter(|index| is_wanted(&model.rules[*index])).collect())
}
