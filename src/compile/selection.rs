//! Which rules a selection takes, whoever wrote it: a template or a role.

use crate::input::files::select::Select;
use crate::model::{Model, Rule};

/// Is a rule in a selection? Roles and status are for those to look at who know the roles and what goes without saying.
pub fn takes(select: &Select, rule: &Rule, model: &Model) -> bool {
    let paper = &model.papers[rule.paper];
    is_named(select, rule, model)
        && select.priorities.as_ref().is_none_or(|priorities| priorities.contains(&rule.priority))
        && select.files.as_ref().is_none_or(|files| files.is_match(&paper.path))
}

/// By its paper, a tag or its id, if the selection names any.
fn is_named(select: &Select, rule: &Rule, model: &Model) -> bool {
    let Select { papers, tags, rules, .. } = select;
    if papers.is_none() && tags.is_none() && rules.is_none() {
        return true;
    }
    papers.as_ref().is_some_and(|ids| ids.contains(&model.papers[rule.paper].id))
        || rules.as_ref().is_some_and(|ids| ids.contains(&rule.id))
        || tags.as_ref().is_some_and(|tags| rule.tags.iter().any(|tag| tags.contains(tag)))
}
