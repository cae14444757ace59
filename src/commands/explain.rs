//! `kbc explain`: from a rule, a figure, a code or a line back to where it comes from, and forward to
//! where it goes.

mod code;
mod place;

use std::path::Path;

use anyhow::Result;

use super::console::Console;
use super::exit::Exit;
use super::project::compile;
use super::session::Session;
use crate::compile::Compilation;
use crate::diag::{Code, UserError};
use crate::model::Rule;
use crate::print::trace;
use crate::text::hidden::visible;
use crate::text::source::nearest;

pub use self::place::parse as place_in;

/// What a name is of. The word before a colon says which one is meant: `code:stale-output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Rule,
    Paper,
    Figure,
    Case,
    Utility,
    Code,
}

impl Sort {
    /// In the order in which a name is looked up: what people named comes before what kbc named, so that a new code takes no
    /// name away.
    const ALL: [Sort; 6] = [Sort::Rule, Sort::Paper, Sort::Figure, Sort::Case, Sort::Utility, Sort::Code];

    fn word(self) -> &'static str {
        match self {
            Sort::Rule => "rule",
            Sort::Paper => "paper",
            Sort::Figure => "figure",
            Sort::Case => "case",
            Sort::Utility => "utility",
            Sort::Code => "code",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Sort::Case => "measured case",
            Sort::Utility => "utility rule",
            sort => sort.word(),
        }
    }

    /// What the knowledge base, or kbc, has under a name of this sort.
    fn text(self, name: &str, compiled: Option<&Compilation>) -> Option<String> {
        if self == Sort::Code {
            return code::explained(name);
        }
        let compiled = compiled?;
        match self {
            Sort::Rule => compiled.model.rule_meant(name).map(|rule| trace::rule(compiled, rule)),
            Sort::Paper => trace::paper(compiled, name),
            Sort::Figure => compiled.model.figures.get(name).map(|figure| trace::figure(compiled, name, figure)),
            Sort::Case => trace::case(compiled, name),
            Sort::Utility => utility(compiled, name),
            Sort::Code => None,
        }
    }

    /// The names that there are, for "did you mean".
    fn names(self, compiled: Option<&Compilation>) -> Vec<&str> {
        if self == Sort::Code {
            return Code::ALL.iter().map(|code| code.name()).collect();
        }
        let Some(model) = compiled.map(|compiled| &compiled.model) else { return Vec::new() };
        match self {
            Sort::Rule => model.rules.iter().map(|rule| rule.id.0.as_str()).collect(),
            Sort::Paper => model.papers.iter().map(|paper| paper.id.as_str()).collect(),
            Sort::Figure => model.figures.keys().map(String::as_str).collect(),
            Sort::Utility => model.utilities.iter().map(|utility| utility.id.as_str()).collect(),
            Sort::Case | Sort::Code => Vec::new(),
        }
    }
}

/// What a name or a place means.
pub struct Explained {
    /// What the knowledge base has on it: words of its papers, data and outputs.
    pub traced: Option<String>,
    /// What kbc says itself.
    pub own: String,
}

impl Explained {
    fn tell(self, call: &Session, what: &str) -> Result<()> {
        call.set("what", &what);
        call.set("traced", &self.traced);
        call.set("text", &self.own);
        call.answer(&(self.traced.unwrap_or_default() + &self.own))
    }
}

/// Explains a rule id, a figure, a diagnostic code, or a place written FILE:LINE; without any of these, says what can be
/// asked.
pub fn run(call: &Session, what: Option<&str>) -> Result<Exit> {
    let Some(what) = what else {
        let overview = overview(call);
        call.set("text", &overview);
        call.answer(&overview)?;
        return Ok(Exit::Clean);
    };
    let place = place_in(what);
    if call.root_for_any_kbc().is_err() && place.is_none() {
        if asked(what).0.is_some_and(|sort| sort != Sort::Code) {
            call.root()?;
        }
        named(None, what)?.tell(call, what)?;
        return Ok(Exit::Clean);
    }
    let compilation = compile(call)?;
    let compiled = &compilation.compiled;
    let explained = explain(&call.console, &compilation.root, compiled, what).inspect_err(|_| {
        if place.is_some() && compiled.has_errors() {
            call.complain(&compiled.diags, &compiled.sources);
        }
    })?;
    explained.tell(call, what)?;
    Ok(Exit::Clean)
}

/// Lists all codes by group.
pub fn list(call: &Session) -> Result<Exit> {
    call.set("codes", &code::documents());
    call.answer(&code::list())?;
    Ok(Exit::Clean)
}

/// What kbc itself has under a name.
pub fn code(what: &str) -> Option<String> {
    match asked(what) {
        (None | Some(Sort::Code), name) => code::explained(name),
        (Some(_), _) => None,
    }
}

/// What a rule, a figure, a case, a paper, a code or a place comes from and leads to. What papers and outputs say is shown with
/// what it hides written out.
///
/// # Errors
/// If nothing has this name; the message says what probably was meant.
pub fn explain(console: &Console, root: &Path, compiled: &Compilation, what: &str) -> Result<Explained> {
    let (sort, _) = asked(what);
    match place_in(what).filter(|_| sort.is_none()) {
        Some((file, line)) => {
            let text = place::traced(place::inside(console, root, file).as_deref().unwrap_or(file), compiled, line)?;
            Ok(Explained { traced: Some(visible(&text).into_owned()), own: String::new() })
        }
        None => named(Some(compiled), what),
    }
}

/// A name, with the sort that it is said to be of.
fn asked(what: &str) -> (Option<Sort>, &str) {
    let found = what.split_once(':').and_then(|(word, name)| {
        let sort = Sort::ALL.into_iter().find(|sort| sort.word() == word)?;
        // A line of a file with such a name is a place.
        name.parse::<usize>().is_err().then_some((Some(sort), name))
    });
    found.unwrap_or((None, what))
}

fn named(compiled: Option<&Compilation>, what: &str) -> Result<Explained> {
    let (only, name) = asked(what);
    let sorts = Sort::ALL.into_iter().filter(|sort| only.is_none_or(|only| only == *sort));
    let mut meanings = sorts.filter_map(|sort| Some((sort, sort.text(name, compiled)?)));
    let Some((sort, text)) = meanings.next() else {
        return Err(unknown(compiled, only, name));
    };
    let others: String = meanings.map(|(other, _)| also(other, name, "also a") + "\n").collect();
    let others = if others.is_empty() { others } else { format!("\n{others}") };
    Ok(match sort {
        Sort::Code => Explained { traced: None, own: text + &others },
        _ => Explained { traced: Some(visible(&text).into_owned()), own: others },
    })
}

/// That a name is of a sort, and how to ask for it.
fn also(sort: Sort, name: &str, article: &str) -> String {
    format!("`{name}` is {article} {}: `kbc explain {}:{name}`", sort.title(), sort.word())
}

fn utility(compiled: &Compilation, name: &str) -> Option<String> {
    let utilities = compiled.model.utilities.iter().filter(|utility| utility.id == name);
    let told: String = utilities.map(|utility| trace::utility(compiled, utility)).collect();
    if told.is_empty() { trace::builtin_utility(compiled, name) } else { Some(told) }
}

/// That nothing has a name, and what was probably meant.
fn unknown(compiled: Option<&Compilation>, only: Option<Sort>, name: &str) -> anyhow::Error {
    let sorts: Vec<Sort> = only.map_or_else(|| Sort::ALL.to_vec(), |only| vec![only]);
    let known = sorts.iter().flat_map(|sort| sort.names(compiled));
    let what = match (only, compiled) {
        (Some(Sort::Code), _) | (None, None) => "diagnostic code",
        (Some(sort), _) => sort.title(),
        (None, Some(_)) => "rule, paper, figure, case, utility rule or code",
    };
    let other = Sort::ALL.into_iter().find(|sort| sort.text(name, compiled).is_some());
    let rule = compiled.and_then(|compiled| compiled.model.rules.first());
    let help = other.map_or_else(|| did_you_mean(name, known, rule), |other| also(other, name, "a"));
    UserError::new(format!("no {what} is called `{name}`")).help(help).into()
}

fn did_you_mean<'a>(what: &str, known: impl Iterator<Item = &'a str>, rule: Option<&Rule>) -> String {
    match nearest(what, known) {
        Some(word) => format!("did you mean `{word}`?"),
        None => {
            let rule = rule.map(|rule| format!(" (`{}`)", rule.id)).unwrap_or_default();
            format!("name a rule{rule}, a figure, a code (`stale-output`) or a place (`out/RULEBOOK.md:4`)")
        }
    }
}

/// What can be asked, with names of this knowledge base where there is one.
fn overview(call: &Session) -> String {
    let compilation = call.root().ok().and_then(|_| compile(call).ok());
    let model = compilation.as_ref().map(|compilation| &compilation.compiled.model);
    let first = |sort: Sort, sample: &str| {
        let names = sort.names(compilation.as_ref().map(|compilation| &compilation.compiled));
        names.first().map_or(sample, |name| *name).to_owned()
    };
    let case = model.and_then(|model| {
        let mut cases = model
            .benchmarks
            .iter()
            .flat_map(|(id, benchmark)| benchmark.first_cases().into_keys().map(move |case| format!("{id}.{case}")));
        cases.next()
    });
    let rows = [
        ("a rule", first(Sort::Rule, "RTY1")),
        ("a paper", first(Sort::Paper, "retries")),
        ("a figure", first(Sort::Figure, "jitter_relief")),
        ("a measured case", case.unwrap_or_else(|| "outage.fixed_delay".to_owned())),
        ("a code of a message", "stale-output".to_owned()),
        ("a line of a file", "out/RULEBOOK.md:4".to_owned()),
    ];
    let width = rows.iter().map(|(_, name)| name.len()).max().unwrap_or(0);
    let rows = rows.iter().map(|(what, name)| format!("  kbc explain {name:<width$}  {what}\n"));
    format!(
        "`kbc explain` says what these are and where they come from:\n\n{}\n\
         If a name has several meanings, say which one: `rule:`, `paper:`, `figure:`, `case:`, `utility:` or `code:` before it.\n\
         `kbc explain --list` lists all codes.\n",
        rows.collect::<String>()
    )
}
