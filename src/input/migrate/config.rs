//! kbc.toml: its keys. Where possible a key is rewritten where it stands (`rulebook = ` becomes `paths.rulebook = `), so that
//! comments and order stay.

use std::ops::Range;

use super::Refusal;
use super::edits::Edits;
use crate::input::files::config::old::renamed;
use crate::input::formats::toml_document::{self, Form, Statement, statements};

/// The text in the words of this format.
///
/// # Errors
/// If a setting is there under its old name and under its new one.
pub fn migrate(source: &str) -> Result<String, Refusal> {
    let joined = super::allow::migrate(source)?;
    let source = joined.as_str();
    let statements = statements(source);
    let Some(first) = statements.iter().find(|statement| new_path(&statement.path) != statement.path) else {
        return Ok(source.to_owned());
    };
    let hooks = statements.iter().find(|each| each.form == Form::Header && each.path == ["hooks"]);
    let migration = Migration { source, statements: &statements, agents: hooks.map(|header| header.value.end) };
    let migrated = migration.run()?;
    match toml_document::json(&migrated) {
        Ok(_) => Ok(migrated),
        Err(fault) => Err(Refusal::new(
            first.key().start,
            format!("kbc.toml has settings under old names that do not fit beside those under new names: {fault}"),
            "`kbc schema config` prints the settings of today; delete those of old that are there twice",
        )),
    }
}

/// Where a setting stands now.
fn new_path(path: &[String]) -> Vec<String> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    renamed(&parts).unwrap_or_else(|| path.to_vec())
}

/// Lines `  setting /POINTER = VALUE` of a lock with the pointers of today, in their order.
pub fn settings(lines: &[&str]) -> Vec<String> {
    let mut made: Vec<String> = lines.iter().flat_map(|line| setting(line)).collect();
    if made.iter().ne(lines.iter()) {
        made.sort_by(|a, b| a.split(" = ").next().cmp(&b.split(" = ").next()));
    }
    made
}

fn setting(line: &str) -> Vec<String> {
    let parts = line.strip_prefix("  setting /").and_then(|rest| rest.split_once(" = "));
    // What a template says has its file in its pointer, and is no setting of kbc.toml.
    let Some((pointer, value)) = parts.filter(|(pointer, _)| !pointer.starts_with("templates/")) else {
        return vec![line.to_owned()];
    };
    let names: Vec<String> = pointer.split('/').map(str::to_owned).collect();
    let new = new_path(&names);
    let mut lines = vec![format!("  setting /{} = {value}", new.join("/"))];
    if let ["agents", "roles", role, "tier"] = new.iter().map(String::as_str).collect::<Vec<_>>()[..]
        && new != names
        && value.trim_end() == "\"orchestrator\""
    {
        let end = &value[value.trim_end().len()..];
        lines.insert(0, format!("  setting /agents/roles/{role}/root = true{end}"));
    }
    lines
}

fn dotted(names: &[String]) -> String {
    names.iter().map(|name| toml_document::key(name)).collect::<Vec<_>>().join(".")
}

struct Migration<'a> {
    source: &'a str,
    statements: &'a [Statement],
    /// Where the header ends that becomes `[agents]`. TOML has no other place then for settings of that table.
    agents: Option<usize>,
}

/// What is made of a text: changes of parts of it, and what goes elsewhere.
struct Made<'a> {
    edits: Edits<'a>,
    /// Below the header that becomes `[agents]`.
    below_agents: String,
    /// Behind all others.
    last: String,
}

impl Migration<'_> {
    fn run(&self) -> Result<String, Refusal> {
        let mut made = Made { edits: Edits::new(self.source), below_agents: String::new(), last: String::new() };
        for statement in self.statements {
            self.statement(statement, &mut made)?;
        }
        Ok(self.finish(made))
    }

    fn statement(&self, statement: &Statement, made: &mut Made) -> Result<(), Refusal> {
        let (above, new) = (&statement.path[..statement.above()], new_path(&statement.path));
        let is_of_root = statement.form == Form::Line && above.is_empty();
        let is_of_agents = new.first().is_some_and(|name| name == "agents") && new != statement.path;
        if is_of_root && statement.path == ["hooks"] && self.source[statement.value.clone()].starts_with('{') {
            self.open_hooks(statement, made)?;
        } else if is_of_root && is_of_agents && self.agents.is_some() {
            self.move_below_agents(statement, &new, made);
        } else if new.starts_with(&new_path(above)) {
            self.rewrite(statement, &mut made.edits);
        } else {
            self.move_out(statement, &new, made);
        }
        Ok(())
    }

    /// Gives a key its name of today where it stands.
    fn rewrite(&self, statement: &Statement, edits: &mut Edits) {
        let new = new_path(&statement.path);
        let above = new_path(&statement.path[..statement.above()]);
        let Some(own) = new.strip_prefix(above.as_slice()).filter(|_| new != statement.path) else { return };
        if own != &statement.path[statement.above()..] {
            edits.replace(statement.key(), self.key(statement, own));
        }
        self.root_of_orchestrator(statement, &new, &above, edits);
    }

    /// Names as a key. Those that stay are written as they were.
    fn key(&self, statement: &Statement, names: &[String]) -> String {
        let own = &statement.path[statement.above()..];
        let written = |at: usize, name: &String| {
            let back = names.len() - at;
            let index = own.len().checked_sub(back).filter(|index| own[*index] == *name)?;
            Some(self.source[statement.parts[index].clone()].to_owned())
        };
        let part = |(at, name): (usize, &String)| written(at, name).unwrap_or_else(|| toml_document::key(name));
        names.iter().enumerate().map(part).collect::<Vec<_>>().join(".")
    }

    /// A setting of the top level whose table has a header now.
    fn move_below_agents(&self, statement: &Statement, new: &[String], made: &mut Made) {
        let (line, own) = (self.line(statement), statement.key());
        let mut edits = Edits::new(self.source);
        edits.replace(own, self.key(statement, &new[1..]));
        let is_within = |inner: &&Statement| {
            inner.form == Form::Inline
                && statement.value.start <= inner.value.start
                && inner.value.end <= statement.value.end
        };
        self.statements.iter().filter(is_within).for_each(|inner| self.rewrite(inner, &mut edits));
        made.below_agents.push_str(&edits.apply_to(line.clone()));
        if !made.below_agents.ends_with('\n') {
            made.below_agents.push_str(self.line_end());
        }
        made.edits.replace(line, "");
    }

    /// `hooks = { agents = ..., default = ... }`: an inline table cannot be continued elsewhere, so its settings get lines.
    fn open_hooks(&self, statement: &Statement, made: &mut Made) -> Result<(), Refusal> {
        if self.source[statement.value.clone()].contains('\n') {
            let message = "`hooks` is a table in braces over several lines, which has no place in the new format";
            return Err(Refusal::new(
                statement.key().start,
                message,
                "write it below a header `[hooks]`, then migrate",
            ));
        }
        let members = self.statements.iter().filter(|inner| {
            inner.form == Form::Inline && inner.above() == 1 && inner.path.first().is_some_and(|name| name == "hooks")
        });
        let line = |member: &Statement| {
            let names = new_path(&member.path);
            format!("{} = {}", dotted(&names), &self.source[member.value.clone()])
        };
        let lines = members.map(line).collect::<Vec<_>>().join(self.line_end());
        made.edits.replace(statement.key().start..statement.value.end, lines);
        Ok(())
    }

    /// A setting that belongs to another table now.
    fn move_out(&self, statement: &Statement, new: &[String], made: &mut Made) {
        if statement.form == Form::Inline {
            // The line that it is a part of is one of the top level, and so is its own.
            let lines = self.statements.iter().filter(|line| line.form == Form::Line);
            let outer = lines.take_while(|line| line.key().start < statement.key().start).last();
            let at = outer.map_or(0, |outer| outer.key().start);
            let value = &self.source[statement.value.clone()];
            made.edits.insert(at, format!("{} = {value}{}", dotted(new), self.line_end()));
            made.edits.replace(self.member(statement), "");
            return;
        }
        let (line, end) = (self.line(statement), self.line_end());
        let (table, own) = new.split_at(new.len() - 1);
        let mut edits = Edits::new(self.source);
        edits.replace(statement.key(), dotted(own));
        let text = edits.apply_to(line.clone());
        made.last.push_str(&format!("{end}[{}]{end}{}{end}", dotted(table), text.trim_end()));
        made.edits.replace(line, "");
    }

    /// Work begins with the role whose tier was `orchestrator`. Templates print the word, so it stays.
    fn root_of_orchestrator(&self, statement: &Statement, new: &[String], above: &[String], edits: &mut Edits) {
        let ["agents", "roles", role, "tier"] = new.iter().map(String::as_str).collect::<Vec<_>>()[..] else { return };
        if self.source[statement.value.clone()].trim_matches(['"', '\'']) != "orchestrator" {
            return;
        }
        let names = ["agents", "roles", role, "root"].map(str::to_owned);
        let own = names.strip_prefix(above).unwrap_or(&names);
        let separator = if statement.form == Form::Inline { ", " } else { self.line_end() };
        edits.insert(statement.key().start, format!("{} = true{separator}", dotted(own)));
    }

    /// The lines of a setting, with the comments right above it.
    fn line(&self, statement: &Statement) -> Range<usize> {
        let begin_of_line = |at: usize| self.source[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let mut start = begin_of_line(statement.key().start);
        while start > 0 {
            let above = begin_of_line(start - 1);
            if !self.source[above..start].trim_start().starts_with('#') {
                break;
            }
            start = above;
        }
        let end = statement.value.end;
        start..self.source[end..].find('\n').map_or(self.source.len(), |newline| end + newline + 1)
    }

    /// A member of an inline table with one of the commas around it.
    fn member(&self, statement: &Statement) -> Range<usize> {
        let (start, end) = (statement.key().start, statement.value.end);
        let after = self.source[end..].trim_start();
        if let Some(rest) = after.strip_prefix(',') {
            return start..self.source.len() - rest.trim_start().len();
        }
        let before = self.source[..start].trim_end();
        before.strip_suffix(',').map_or(start, str::len)..end
    }

    fn line_end(&self) -> &'static str {
        if self.source.contains("\r\n") { "\r\n" } else { "\n" }
    }

    fn finish(&self, made: Made) -> String {
        let Made { mut edits, below_agents, last } = made;
        let line_end = self.line_end();
        if let Some(end) = self.agents.filter(|_| !below_agents.is_empty()) {
            match self.source[end..].find('\n').map(|newline| end + newline + 1) {
                Some(next) => edits.insert(next, below_agents),
                None => edits.insert(self.source.len(), format!("{line_end}{below_agents}")),
            }
        }
        let mut text = edits.apply();
        if !last.is_empty() && !text.is_empty() && !text.ends_with('\n') {
            text.push_str(line_end);
        }
        text + &last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrated(text: &str) -> String {
        let once = migrate(text).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"));
        assert_eq!(migrate(&once).as_ref(), Ok(&once), "it is the same a second time");
        once
    }

    #[test]
    fn keys_are_rewritten_where_they_stand() {
        for (old, new) in [
            ("# a\nname = 'x' # b\nrules = \"r.yaml\"\n", "# a\nname = 'x' # b\npaths.rules = \"r.yaml\"\n"),
            ("schema = \"s\"\nrulebook=\"R.md\"", "paths.schemas = \"s\"\npaths.rulebook=\"R.md\""),
            ("templates = [\n  \"a\", # why\n]\n", "targets = [\n  \"a\", # why\n]\n"),
            ("[papers] # how long\nmin_tokens = 3\n", "[budget.papers] # how long\nmin = 3\n"),
            ("papers.max_tokens = 3\n", "budget.papers.max = 3\n"),
            ("papers = { min_tokens = 3, max_tokens = 4 }\n", "budget.papers = { min = 3, max = 4 }\n"),
            ("papers = {}\n", "budget.papers = {}\n"),
            ("phases = [\"a\"]\r\n[roles.x]\r\n", "agents.phases = [\"a\"]\r\n[agents.roles.x]\r\n"),
            (
                "[ roles . \"a b\" ]\ndomains = [\"d\"]\ntags = []  # t\n[roles.'c'.budget]\nmax = 3\n",
                "[ agents.roles.\"a b\" ]\nselect.papers = [\"d\"]\nselect.tags = []  # t\n[agents.roles.'c'.budget]\nmax = 3\n",
            ),
            (
                "roles = { x = { domains = [\"d\"], tags = [\"t\"] } }\n",
                "agents.roles = { x = { select.papers = [\"d\"], select.tags = [\"t\"] } }\n",
            ),
            (
                "[roles.x]\nhands_over = [{ when = \"a\", to = \"roles\" }]\n",
                "[agents.roles.x]\nhands_over = [{ when = \"a\", to = \"roles\" }]\n",
            ),
            ("[review]\nignores = [\"a\"]\n", "[review]\nexclude = [\"a\"]\n"),
            (
                "metadata.rules = 1\nreview.rules = { A1 = \"off\" }\n",
                "metadata.rules = 1\nreview.rules = { A1 = \"off\" }\n",
            ),
        ] {
            assert_eq!(migrated(old), new);
        }
    }

    #[test]
    fn the_role_that_work_begins_with_says_so() {
        for (old, new) in [
            (
                "[roles.x]\ntier = \"orchestrator\" # t\n",
                "[agents.roles.x]\nroot = true\ntier = \"orchestrator\" # t\n",
            ),
            ("roles.x.tier = 'orchestrator'\n", "agents.roles.x.root = true\nagents.roles.x.tier = 'orchestrator'\n"),
            ("roles.x = { tier = \"orchestrator\" }\n", "agents.roles.x = { root = true, tier = \"orchestrator\" }\n"),
            ("[roles.x]\ntier = \"master\"\n", "[agents.roles.x]\ntier = \"master\"\n"),
        ] {
            assert_eq!(migrated(old), new);
        }
    }

    #[test]
    fn a_table_that_becomes_part_of_another_takes_its_settings_along() {
        for (old, new) in [
            (
                "[hooks]\ndefault = \"a\"\n[hooks.agents]\nb = \"a\"\n",
                "[agents]\ndefault_role = \"a\"\n[agents.types]\nb = \"a\"\n",
            ),
            (
                "# the order\nphases = [\"a\"]\nname = \"n\"\n[hooks]\nagents = { B = \"a\" }\n",
                "name = \"n\"\n[agents]\n# the order\nphases = [\"a\"]\ntypes = { B = \"a\" }\n",
            ),
            (
                "roles = { a = { tags = [\"t\"] } }\n[hooks] # h",
                "[agents] # h\nroles = { a = { select.tags = [\"t\"] } }\n",
            ),
            (
                "phases = [\"a\"]\nhooks = { agents = { B = \"a\" }, default = \"c\" } # h\n",
                "agents.phases = [\"a\"]\nagents.types = { B = \"a\" }\nagents.default_role = \"c\" # h\n",
            ),
        ] {
            assert_eq!(migrated(old), new);
        }
    }

    #[test]
    fn the_version_of_python_gets_a_table() {
        for (old, new) in [
            (
                "[review]\n# lowest\npython = \"3.11\" # p\nignores = []\n[check]\n",
                "[review]\nexclude = []\n[check]\n\n[languages.python]\n# lowest\nversion = \"3.11\" # p\n",
            ),
            ("review.python = \"3.11\"", "languages.python.version = \"3.11\""),
            (
                "review = { python = \"3.11\", ignores = [] }\n",
                "languages.python.version = \"3.11\"\nreview = { exclude = [] }\n",
            ),
            (
                "review = { ignores = [], python = \"3.11\" }\n",
                "languages.python.version = \"3.11\"\nreview = { exclude = [] }\n",
            ),
        ] {
            assert_eq!(migrated(old), new);
        }
    }

    #[test]
    fn a_setting_that_is_there_under_both_names_is_refused() {
        let refusal = migrate("targets = []\ntemplates = []\n").expect_err("it is there twice");
        assert_eq!(refusal.at, 13);
        assert!(refusal.message.contains("duplicate key"), "{}", refusal.message);
    }

    #[test]
    fn settings_in_a_lock_move_along() {
        let lines = [
            "  setting /figures/f/tolerance = 50\n",
            "  setting /papers/min_tokens = 300\n",
            "  setting /roles/a/tier = \"orchestrator\"\n",
            "  setting /templates/R.md/budget/min = 2\n",
        ];
        let made = [
            "  setting /agents/roles/a/root = true\n",
            "  setting /agents/roles/a/tier = \"orchestrator\"\n",
            "  setting /budget/papers/min = 300\n",
            "  setting /figures/f/tolerance = 50\n",
            "  setting /templates/R.md/budget/min = 2\n",
        ];
        assert_eq!(settings(&lines), made);
        assert_eq!(settings(&made), made);
    }

    #[test]
    fn what_is_up_to_date_or_odd_comes_back_as_it_is() {
        for text in
            ["", "# nothing\n", "[agents.roles.x]\nselect.tags = []\n", "[metadata.hooks]\nrules = 1\n", "a = [\n"]
        {
            assert_eq!(migrated(text), text);
        }
    }
}
