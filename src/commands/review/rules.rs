//! What a review goes by: the rules of the papers or of the evals as built; of these, those that are in force and have a
//! check, of a role, by name, precise enough.

use anyhow::{Result, bail};

use super::options::{Layer, Options};
use crate::commands::built_outputs;
use crate::compile::roles;
use crate::compile::{self, Compilation, Linked, Texts};
use crate::diag::{Severity, Sink, UserError};
use crate::input::files::config::Config;
use crate::input::vocabulary::Status;
use crate::input::world::World;
use crate::model::{Check, Model, Rule};
use crate::review::CheckPlace;
use crate::review::finding::RuleLevels;
use crate::text::memo::Memory;
use crate::text::source::{Sources, nearest};

/// What a review goes by.
pub struct RuleSet {
    pub sources: Sources,
    pub config: Config,
    pub model: Model,
    /// Errors in the papers.
    pub diagnostics: Sink,
}

impl RuleSet {
    /// The rules where they are to be read, or in the papers if no output has them.
    ///
    /// # Errors
    /// If the output that has them is not understood.
    pub fn of(world: &dyn World, layer: Layer, memory: &Memory) -> Result<Self> {
        let as_built = if layer == Layer::Built { Self::as_built(world, memory)? } else { None };
        Ok(as_built.unwrap_or_else(|| Self::of_papers(world)))
    }

    fn of_papers(world: &dyn World) -> Self {
        let understood = compile::link_only(Texts::read(world), world);
        let Linked { sources, config, model, diags, .. } = understood;
        let mut diagnostics = Sink::unbounded();
        diagnostics.extend(diags.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error));
        Self { sources, config, model, diagnostics }
    }

    /// The rules of the papers, of a knowledge base that is compiled already.
    pub fn of_compiled(compiled: &Compilation) -> Self {
        let Compilation { sources, config, model, unlinked, .. } = compiled;
        let (sources, config, model) = (sources.clone(), config.clone(), model.clone());
        let mut diagnostics = Sink::unbounded();
        diagnostics.extend(unlinked.iter().cloned());
        Self { sources, config, model, diagnostics }
    }

    /// `None` if there is no output to go by.
    fn as_built(world: &dyn World, memory: &Memory) -> Result<Option<Self>> {
        let (config, Texts { mut sources, diags, .. }) = built_outputs::settings(world);
        // The papers are read with the settings, and tell what is wrong with these.
        if !diags.is_empty() {
            return Ok(None);
        }
        let model = built_outputs::rules::read(world, &config.rules(), &mut sources, memory)?;
        Ok(model.map(|model| Self { sources, config, model, diagnostics: Sink::unbounded() }))
    }
}

/// The checks of rules that run: those that are not off and precise enough.
pub fn checks(model: &Model, rules: &[usize], options: &Options) -> Vec<CheckPlace> {
    let checks = rules.iter().flat_map(|rule| model.rules[*rule].checks().enumerate().map(move |found| (*rule, found)));
    let wanted = checks.filter(|(_, (_, check))| is_precise(check, options));
    wanted.map(|(rule, (check, _))| CheckPlace { rule, check }).collect()
}

fn is_precise(check: &Check, options: &Options) -> bool {
    !check.is_off && options.min_precision.is_none_or(|least| check.precision() >= least)
}

/// The rules to run, as indices into the model.
pub fn wanted(model: &Model, config: &Config, options: &Options, diags: &mut Sink) -> Result<Vec<usize>> {
    for id in &options.rules {
        if model.rule(id).is_none() {
            let near = nearest(id, model.rules.iter().map(|rule| rule.id.0.as_str()));
            let help = near.map_or("`kbc budget` lists the rules".to_owned(), |near| format!("did you mean `{near}`?"));
            bail!(UserError::new(format!("no rule is called `{id}`")).help(help));
        }
    }
    let role = match &options.role {
        None => None,
        Some(name) => match config.agents.roles.get(name) {
            Some(role) => Some(role),
            None => bail!(roles::unknown(name, config)),
        },
    };
    let levels = RuleLevels::new(config, model, diags);
    // Who asks for a rule gets it.
    let is_asked_for = |id: &String| options.rules.contains(id) || options.rules.is_empty() && !levels.is_off(id);
    let is_wanted = |rule: &Rule| {
        rule.status == Status::Active
            && is_asked_for(&rule.id.0)
            && role.is_none_or(|role| roles::carries(role, rule, model))
            && rule.checks().any(|check| is_precise(check, options))
    };
    Ok((0..model.rules.len()).filter(|index| is_wanted(&model.rules[*index])).collect())
}
