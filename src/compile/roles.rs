//! The agents of kbc.toml held against the knowledge base: who carries which rule, and whom work is handed over to.
//!
//! Work begins with the root: the role with `root = true`, or else the only one that nobody hands over to.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::compile::selection;
use crate::diag::{Code, Diagnostic, Sink, UserError, diagnostic};
use crate::input::files::config::{Config, Handover, Role};
use crate::input::vocabulary::Status;
use crate::model::{Model, Rule};
use crate::text::source::{Span, nearest};

/// Roles of a circle that a message names.
const SHOWN: usize = 12;

/// Does a role carry a rule?
pub fn carries(role: &Role, rule: &Rule, model: &Model) -> bool {
    is_named(role, rule, model) || carries_all(role)
}

/// By what it selects.
fn is_named(role: &Role, rule: &Rule, model: &Model) -> bool {
    !role.select.is_empty() && selection::takes(&role.select, rule, model)
}

/// A root that selects no rules knows them all, and so answers for none of them alone.
fn carries_all(role: &Role) -> bool {
    role.root && role.select.is_empty()
}

/// The role that work begins with, if there is exactly one.
pub fn root(config: &Config) -> Option<&str> {
    match candidates(config).as_slice() {
        [root] => Some(root),
        _ => None,
    }
}

/// Those that could be the root.
fn candidates(config: &Config) -> Vec<&str> {
    let names = |is_root: &dyn Fn(&str, &Role) -> bool| -> Vec<&str> {
        let roles = config.agents.roles.iter().filter(|(name, role)| is_root(name, role));
        roles.map(|(name, _)| name.as_str()).collect()
    };
    let roots = names(&|_, role| role.root);
    if !roots.is_empty() {
        return roots;
    }
    let handovers = config.agents.roles.values().flat_map(|role| &role.hands_over);
    let followers: HashSet<&str> = handovers.map(|over| over.to.as_str()).collect();
    names(&|name, _| !followers.contains(name))
}

/// What to say of a name that is of no role.
pub fn unknown(name: &str, config: &Config) -> UserError {
    let known: Vec<&str> = config.agents.roles.keys().map(String::as_str).collect();
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "kbc.toml has no roles; add `[agents.roles.NAME]` with a `select`".to_owned(),
        None => {
            let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
            format!("there are {}", diagnostic::listed(&known))
        }
    };
    UserError::new(format!("no role is called `{name}`")).help(help)
}

/// All that is wrong with the roles by themselves.
pub fn check(config: &Config, diags: &mut Sink) {
    let checking = Checking { config, root: root(config) };
    for (name, role) in &config.agents.roles {
        checking.phase(name, role, diags);
        for (index, over) in role.hands_over.iter().enumerate() {
            checking.handover(name, role, index, over, diags);
        }
    }
    checking.hooks(diags);
    checking.reach(diags);
    checking.circles(diags);
}

/// All that is wrong between the roles and the rules, of a knowledge base that linked.
pub fn check_rules(config: &Config, model: &Model, diags: &mut Sink) {
    if config.agents.roles.is_empty() {
        return;
    }
    let checking = Checking { config, root: root(config) };
    let domains: HashSet<&str> = model.papers.iter().map(|domain| domain.id.as_str()).collect();
    let rules: HashSet<&str> = model.rules.iter().map(|rule| rule.id.0.as_str()).collect();
    for (name, role) in &config.agents.roles {
        checking.selection(name, role, [&domains, &rules], model, diags);
    }
    checking.uncarried(model, diags);
}

struct Checking<'a> {
    config: &'a Config,
    /// The role that work begins with.
    root: Option<&'a str>,
}

impl Checking<'_> {
    fn at(&self, pointer: &str) -> Span {
        self.config.places.at(pointer)
    }

    fn key(&self, name: &str) -> Span {
        self.config.places.key_at(&format!("/agents/roles/{name}"))
    }

    fn phase(&self, name: &str, role: &Role, diags: &mut Sink) {
        let Some(phase) = role.phase.as_ref().filter(|phase| !self.config.agents.phases.contains(phase)) else {
            return;
        };
        let message = format!("the role `{name}` is of the phase `{phase}`, which `agents.phases` does not list");
        let diagnostic = Diagnostic::new(Code::PhaseOrder, self.at(&format!("/agents/roles/{name}/phase")), message);
        diags.push(match self.config.agents.phases.is_empty() {
            true => diagnostic.help(format!("list the phases in their order: `agents.phases = [\"{phase}\"]`")),
            false => diags.near(diagnostic, phase, self.config.agents.phases.iter().map(String::as_str)),
        });
    }

    /// The roles that agents get by their types.
    fn hooks(&self, diags: &mut Sink) {
        let agents = &self.config.agents;
        let types = agents.types.iter().map(|(agent, role)| (format!("/agents/types/{agent}"), role));
        for (pointer, role) in
            types.chain(agents.default_role.iter().map(|role| ("/agents/default_role".to_owned(), role)))
        {
            if !self.config.agents.roles.contains_key(role) {
                let message = format!("`[agents]` gives agents the role `{role}`, but no role is called so");
                let known = self.config.agents.roles.keys().map(String::as_str);
                let diagnostic = Diagnostic::new(Code::UnknownRole, self.at(&pointer), message);
                diags.push(diags.near(diagnostic, role, known));
            }
        }
    }

    fn handover(&self, name: &str, role: &Role, index: usize, over: &Handover, diags: &mut Sink) {
        let at = |key: &str| self.at(&format!("/agents/roles/{name}/hands_over/{index}/{key}"));
        if over.when.trim().is_empty() {
            let message = format!("the role `{name}` does not say when it hands over to `{}`", over.to);
            diags.push(Diagnostic::new(Code::InvalidValue, at("when"), message).help("say on which finding it does"));
        }
        let Some(next) = self.config.agents.roles.get(&over.to) else {
            let message = format!("the role `{name}` hands over to `{}`, but no role is called so", over.to);
            let known = self.config.agents.roles.keys().map(String::as_str);
            let diagnostic = Diagnostic::new(Code::UnknownRole, at("to"), message);
            diags.push(diags.near(diagnostic, &over.to, known));
            return;
        };
        if let Some((from, to)) = self.goes_back(role, next).filter(|_| self.root != Some(&over.to)) {
            let message = format!(
                "the role `{name}` of the phase `{from}` hands over to `{}` of the phase `{to}` before it",
                over.to
            );
            let diagnostic = Diagnostic::new(Code::PhaseOrder, at("to"), message)
                .also(self.at("/agents/phases"), "the phases in their order")
                .help("hand over to the root, which begins again, or move one of them to another phase");
            diags.push(diagnostic);
        }
    }

    /// The phases of a role and the next one, if the next one's is before.
    fn goes_back(&self, role: &Role, next: &Role) -> Option<(&str, &str)> {
        let phases = &self.config.agents.phases;
        let order = |role: &Role| phases.iter().position(|known| Some(known) == role.phase.as_ref());
        let (from, to) = (order(role)?, order(next)?);
        (to < from).then(|| (phases[from].as_str(), phases[to].as_str()))
    }

    /// Roles that hand nothing over are agents of their own, and need no root.
    fn reach(&self, diags: &mut Sink) {
        if self.config.agents.roles.values().all(|role| role.hands_over.is_empty() && !role.root) {
            return;
        }
        let Some(root) = self.root else {
            let candidates = candidates(self.config);
            let place = candidates.first().map_or_else(|| self.at("/agents/roles"), |name| self.key(name));
            let names: Vec<String> = candidates.iter().map(|name| format!("`{name}`")).collect();
            let message = match names.as_slice() {
                [] => "no role is where work begins: each is handed over to by another".to_owned(),
                names => format!("{} roles could be where work begins: {}", names.len(), diagnostic::listed(names)),
            };
            let is_root = |name: &&str| self.config.agents.roles[*name].root;
            let help = match candidates.first().filter(|name| is_root(name)) {
                None => "write `root = true` in the one that it begins with",
                Some(_) => "leave `root = true` to the one that it begins with",
            };
            diags.push(Diagnostic::new(Code::UnreachableRole, place, message).help(help));
            return;
        };
        let mut reached = BTreeSet::from([root]);
        let mut next = vec![root];
        while let Some(role) = next.pop().and_then(|name| self.config.agents.roles.get(name)) {
            next.extend(role.hands_over.iter().map(|over| over.to.as_str()).filter(|to| reached.insert(to)));
        }
        for name in self.config.agents.roles.keys().filter(|name| !reached.contains(name.as_str())) {
            let message = format!("no handover leads from `{root}` to the role `{name}`");
            let diagnostic = Diagnostic::new(Code::UnreachableRole, self.key(name), message);
            diags.push(diagnostic.also(self.key(root), "work begins here").help(format!(
                "let a role hand over to it, `hands_over = [{{ when = \"...\", to = \"{name}\" }}]`, or delete it"
            )));
        }
    }

    /// Handovers that go round without the root: nobody in the circle is there to say that the work is done.
    fn circles(&self, diags: &mut Sink) {
        // Without a root there is nobody to hand back to, which was told.
        let Some(root) = self.root else { return };
        let mut done = BTreeSet::new();
        for name in self.config.agents.roles.keys() {
            self.circles_from(name, root, &mut done, diags);
        }
    }

    /// Follows the handovers from a role, as deep as they lead; `done` are the roles whose ways were followed.
    fn circles_from<'a>(&'a self, first: &'a str, root: &str, done: &mut BTreeSet<&'a str>, diags: &mut Sink) {
        // The way to the role that is looked at: each role, and which of its handovers is next.
        let mut way: Vec<(&str, usize)> = Vec::new();
        let mut on_way: HashMap<&str, usize> = HashMap::new();
        let mut enter = Some(first);
        loop {
            if let Some(name) = enter.take().filter(|name| !done.contains(name)) {
                on_way.insert(name, way.len());
                way.push((name, 0));
            }
            let Some((name, next)) = way.last_mut() else { return };
            let (name, index) = (*name, *next);
            *next += 1;
            let role = self.config.agents.roles.get(name);
            let Some(over) = role.and_then(|role| role.hands_over.get(index)) else {
                way.pop();
                on_way.remove(name);
                // What is no role has no handovers to follow.
                done.insert(name);
                continue;
            };
            let to = over.to.as_str();
            match on_way.get(to) {
                _ if to == root && to != name => {}
                None => enter = Some(to),
                Some(start) => {
                    diags.extend(self.circle(&way[*start..], index, root));
                }
            }
        }
    }

    /// Complains about a handover of the last role of a circle to its first.
    fn circle(&self, circle: &[(&str, usize)], index: usize, root: &str) -> Option<Diagnostic> {
        let ((to, _), (name, _)) = (*circle.first()?, *circle.last()?);
        let (role, next) = (self.config.agents.roles.get(name)?, self.config.agents.roles.get(to)?);
        // A way back to an earlier phase was told as such.
        if self.goes_back(role, next).is_some() {
            return None;
        }
        let at = self.at(&format!("/agents/roles/{name}/hands_over/{index}/to"));
        let named = |roles: &[(&str, usize)]| roles.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" -> ");
        let message = match circle {
            [_] => format!("the role `{name}` hands over to itself"),
            circle if circle.len() <= SHOWN => format!("handovers lead in a circle: {} -> {to}", named(circle)),
            circle => {
                let (first, others) = (named(&circle[..SHOWN - 1]), circle.len() - SHOWN);
                format!("handovers lead in a circle: {first} -> ({others} others) -> {name} -> {to}")
            }
        };
        let help = match root {
            root if root == name => "hand over to another role, or to nobody".to_owned(),
            root => format!("hand over to `{root}`, which decides what comes next, or to nobody"),
        };
        Some(Diagnostic::new(Code::CircularHandover, at, message).help(help))
    }

    /// Tags may be of papers yet to come; whether one is missing shows in what nobody carries.
    fn selection(&self, name: &str, role: &Role, known: [&HashSet<&str>; 2], model: &Model, diags: &mut Sink) {
        let select = &role.select;
        for (key, is_there) in [("roles", select.roles.is_some()), ("status", select.status.is_some())] {
            if is_there {
                let message = format!("the role `{name}` selects by `{key}`, which only templates can");
                let at = self.config.places.key_at(&format!("/agents/roles/{name}/select/{key}"));
                diags.push(Diagnostic::new(Code::InvalidValue, at, message).help("delete the line"));
            }
        }
        if let Some(files) = &select.files {
            files.examine(self.at(&format!("/agents/roles/{name}/select/files")), diags);
        }
        let domains = || model.papers.iter().map(|domain| domain.id.as_str());
        let rules = || model.rules.iter().map(|rule| rule.id.0.as_str());
        let mut unknown =
            |key: &str, what: &str, index: usize, word: &str, near: &dyn Fn(Diagnostic, &Sink) -> Diagnostic| {
                let message = format!("the role `{name}` carries `{word}`, but no {what} is called so");
                let at = self.at(&format!("/agents/roles/{name}/select/{key}/{index}"));
                diags.push(near(Diagnostic::new(Code::UnknownSelection, at, message), diags));
            };
        for (index, word) in
            select.papers.iter().flatten().enumerate().filter(|(_, word)| !known[0].contains(word.as_str()))
        {
            unknown("papers", "paper", index, word, &|diagnostic, diags| diags.near(diagnostic, word, domains()));
        }
        let ids = select.rules.iter().flatten().map(|id| id.0.as_str());
        for (index, word) in ids.enumerate().filter(|(_, word)| !known[1].contains(word)) {
            unknown("rules", "rule", index, word, &|diagnostic, diags| diags.near(diagnostic, word, rules()));
        }
        if !active(model).any(|rule| carries(role, rule, model)) {
            let message = format!("the role `{name}` carries no rule");
            let help = "give it a `select` with `papers`, `tags` or `rules` that an active rule has, or delete it";
            diags.push(Diagnostic::new(Code::IdleRole, self.key(name), message).help(help));
        }
    }

    fn uncarried(&self, model: &Model, diags: &mut Sink) {
        let roles = || self.config.agents.roles.values();
        for rule in active(model) {
            if roles().any(|role| is_named(role, rule, model)) {
                continue;
            }
            let message = format!("no role carries `{}`", rule.id);
            let help = format!(
                "let a role of kbc.toml select its paper, a tag of it or its id, or say why none carries it: \
                 `[[allow]]` with `code = \"rule-without-role\"`, `what = \"{}\"` and a `reason`",
                rule.id
            );
            diags.push(Diagnostic::new(Code::RuleWithoutRole, rule.span, message).about(&rule.id.0).help(help));
        }
    }
}

fn active(model: &Model) -> impl Iterator<Item = &Rule> {
    model.rules.iter().filter(|rule| rule.status == Status::Active)
}
