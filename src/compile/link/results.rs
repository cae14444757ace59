//! Where something was measured, what is measured, and what came of it. A file may have any part of that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Inputs, UniqueIds};
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::data;
use crate::input::formats::yaml::Document;
use crate::input::world::World;
use crate::model::{Benchmark, Case, Environment, Model, Results};
use crate::text::day;
use crate::text::quantity::Unit;
use crate::text::source::Span;

/// Fills environments and benchmarks of the model.
pub fn link(written: &Inputs, model: &mut Model, diags: &mut Sink) {
    let files = &written.parsed.data;
    let days = Days { world: written.world };
    let defaults = environments(files, &days, model, diags);
    let order = reference(files, model, diags);
    benchmarks(files, model, diags);
    let sessions = sessions(files, &days, model, diags);
    let fences = written.parsed.papers.iter().flat_map(|paper| &paper.prose.fences);
    let in_papers = fences.filter_map(|fence| fence.attributes.get("bench")).map(String::as_str).collect();
    let mut linking = Linking { days, defaults, sessions, in_papers, firsts: HashMap::new() };
    for file in files {
        for (environment, results) in &file.data.results {
            let pointer = format!("/results/{}", environment.0);
            if !is_known(&environment.0, file.document.key_span(&pointer), model, diags) {
                continue;
            }
            let environment = model.environment_id(&environment.0).to_owned();
            for (id, written) in results {
                let at = format!("{pointer}/{}", id.0);
                let group = Group { document: &file.document, pointer: &at, environment: &environment, id: &id.0 };
                linking.group(&group, written, model, diags);
            }
        }
    }
    in_order(&order, model);
}

/// Which days are days, and not in the future. The world is asked for today only where a day is written, since an answer holds no
/// longer than the day that it was given on.
struct Days<'a> {
    world: &'a dyn World,
}

impl Days<'_> {
    fn check(&self, date: &str, at: Span, diags: &mut Sink) {
        let (message, help) = if !day::is_day(date) {
            (format!("`{date}` is no day"), "write the day as YYYY-MM-DD".to_owned())
        } else if let Some(today) = self.world.day().filter(|today| date > today.as_str()) {
            (format!("`{date}` is in the future"), format!("today is {today} (UTC): write the day of the measurement"))
        } else {
            return;
        };
        diags.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
    }
}

/// The environments. Gives the day that each has for results without one.
fn environments(files: &[data::File], days: &Days<'_>, model: &mut Model, diags: &mut Sink) -> HashMap<String, String> {
    let mut owners = UniqueIds::new("environment");
    let mut defaults = HashMap::new();
    let mut aliases = Vec::new();
    for file in files {
        for (id, written) in &file.data.environments {
            let pointer = format!("/environments/{}", id.0);
            let span = file.document.key_span(&pointer);
            if !owners.claim(&id.0, span, diags) {
                continue;
            }
            if let Some(date) = &written.date {
                days.check(date, file.document.span(&format!("{pointer}/date")), diags);
                defaults.insert(id.0.clone(), date.clone());
            }
            let alias = |(index, alias): (usize, &data::EnvironmentId)| {
                (alias.0.clone(), id.0.clone(), file.document.span(&format!("{pointer}/aliases/{index}")))
            };
            aliases.extend(written.aliases.iter().enumerate().map(alias));
            model.environments.insert(id.0.clone(), environment(written, span));
        }
    }
    for (alias, id, span) in aliases {
        if owners.claim(&alias, span, diags) {
            model.environment_aliases.insert(alias, id);
        }
    }
    defaults
}

fn environment(written: &data::Environment, span: Span) -> Environment {
    Environment {
        about: written.about.clone().unwrap_or_default(),
        interpreter: written.interpreter.clone(),
        platform: written.platform.clone(),
        processor: written.processor.clone(),
        memory: written.memory.clone(),
        days: None,
        source: written.source.clone(),
        limits: written.limits.clone(),
        span,
    }
}

/// The environments that figures take first.
fn reference(files: &[data::File], model: &Model, diags: &mut Sink) -> Vec<String> {
    let mut lists = files.iter().filter(|file| !file.data.reference.is_empty());
    let Some(file) = lists.next() else { return Vec::new() };
    let first = file.document.key_span("/reference");
    for again in lists {
        let at = again.document.key_span("/reference");
        diags.push(
            Diagnostic::new(Code::DuplicateId, at, "two files say which environments come first")
                .label("again")
                .also(first, "first here")
                .help("keep one list, with the environments of both"),
        );
    }
    let mut owners = UniqueIds::new("place in the order of");
    let mut order = Vec::new();
    for (index, id) in file.data.reference.iter().enumerate() {
        let at = file.document.span(&format!("/reference/{index}"));
        if is_known(&id.0, at, model, diags) && owners.claim(model.environment_id(&id.0), at, diags) {
            order.push(model.environment_id(&id.0).to_owned());
        }
    }
    order
}

/// What the data define, without results.
fn benchmarks(files: &[data::File], model: &mut Model, diags: &mut Sink) {
    let mut owners = UniqueIds::new("benchmark");
    for file in files {
        for (id, written) in &file.data.benchmarks {
            let pointer = format!("/benchmarks/{}", id.0);
            let span = file.document.key_span(&pointer);
            if !owners.claim(&id.0, span, diags) {
                continue;
            }
            diags.extend(wrong_unit(&written.unit, file.document.span(&format!("{pointer}/unit"))));
            let cases = written.cases.as_ref();
            let benchmark = Benchmark {
                about: written.about.clone(),
                unit: written.unit.unit(),
                cases: cases.map(|cases| cases.iter().map(|case| case.0.clone()).collect()),
                results: Vec::new(),
                by_environment: HashMap::new(),
                span,
            };
            model.benchmarks.insert(id.0.clone(), benchmark);
        }
    }
}

/// A word is no unit unless it says that it is counted; what has a unit is not counted.
fn wrong_unit(unit: &data::UnitText, at: Span) -> Option<Diagnostic> {
    let symbol = unit.symbol();
    let (message, help) = match (unit, Unit::known(symbol)) {
        (data::UnitText::Known(_), None) => (
            format!("`{symbol}` is no unit that kbc knows"),
            format!("it knows {}; what is counted is `unit: {{ count: {symbol} }}`", Unit::KNOWN),
        ),
        (data::UnitText::Count(_), Some(_)) => {
            (format!("`{symbol}` is a unit and is not counted"), format!("write `unit: {symbol}`"))
        }
        (data::UnitText::Known(_), Some(_)) | (data::UnitText::Count(_), None) => return None,
    };
    Some(Diagnostic::new(Code::InvalidValue, at, message).help(help))
}

/// The days of the sessions, by environment and session.
type Sessions = HashMap<(String, String), String>;

fn sessions(files: &[data::File], days: &Days<'_>, model: &Model, diags: &mut Sink) -> Sessions {
    let mut owners = UniqueIds::new("session");
    let mut sessions = Sessions::new();
    for file in files {
        for (environment, written) in &file.data.sessions {
            let pointer = format!("/sessions/{}", environment.0);
            if !is_known(&environment.0, file.document.key_span(&pointer), model, diags) {
                continue;
            }
            let environment = model.environment_id(&environment.0);
            for (id, session) in written {
                let at = format!("{pointer}/{}", id.0);
                if owners.claim(&format!("{environment}/{}", id.0), file.document.key_span(&at), diags) {
                    days.check(&session.date, file.document.span(&format!("{at}/date")), diags);
                    sessions.insert((environment.to_owned(), id.0.clone()), session.date.clone());
                }
            }
        }
    }
    sessions
}

/// Is there such an environment? Complains if not.
pub fn is_known(environment: &str, at: Span, model: &Model, diags: &mut Sink) -> bool {
    let is_known = model.environments.contains_key(model.environment_id(environment));
    if !is_known {
        let message = format!("no environment is called `{environment}`");
        let known = model.environments.iter().map(|(id, environment)| (id.as_str(), environment.span));
        let diagnostic = Diagnostic::new(Code::UnknownEnvironment, at, message);
        diags.push(diags.near_at(diagnostic, environment, known));
    }
    is_known
}

/// What results are linked with.
struct Linking<'a> {
    days: Days<'a>,
    /// The day of each environment that has one.
    defaults: HashMap<String, String>,
    sessions: Sessions,
    /// The benchmarks that papers have blocks of, broken ones too.
    in_papers: BTreeSet<&'a str>,
    /// Where the results of a benchmark in an environment are.
    firsts: HashMap<(String, String), Span>,
}

/// The results of one benchmark in one environment, as one file has them.
struct Group<'a> {
    document: &'a Document,
    pointer: &'a str,
    environment: &'a str,
    /// Of the benchmark.
    id: &'a str,
}

impl Group<'_> {
    fn at(&self, member: &str) -> Span {
        self.document.span(&format!("{}/{member}", self.pointer))
    }
}

impl Linking<'_> {
    fn group(&mut self, group: &Group, written: &data::Results, model: &mut Model, diags: &mut Sink) {
        let span = group.document.key_span(group.pointer);
        let key = (group.environment.to_owned(), group.id.to_owned());
        if let Some(first) = self.firsts.get(&key) {
            diags.push(taken(group, span, *first));
            return;
        }
        self.firsts.insert(key, span);
        if let Some(unit) = &written.unit {
            diags.extend(wrong_unit(unit, group.at("unit")));
        }
        let own = written.unit.as_ref().map(data::UnitText::unit);
        if !model.benchmarks.contains_key(group.id) {
            // Of a value with a mark of its code it is said that the code is gone.
            let is_marked = written.cases.values().any(|case| case.code.is_some());
            if !self.in_papers.contains(group.id) && !is_marked {
                diags.push(unknown(group, span, model, diags));
                return;
            }
            let Some(unit) = own.clone() else {
                diags.push(without_unit(group, span));
                return;
            };
            model.benchmarks.insert(group.id.to_owned(), undefined(group.id, unit, span));
        }
        let benchmark = &model.benchmarks[group.id];
        let unit = own.unwrap_or_else(|| benchmark.unit.clone());
        if unit.factor_to(&benchmark.unit).is_none() {
            diags.push(mismatch(group, benchmark, &unit));
            return;
        }
        let mut cases = self.cases(group, written, diags);
        if let Some(known) = &benchmark.cases {
            cases.retain(|case, _| {
                let is_known = known.contains(case);
                if !is_known {
                    diags.push(unknown_case(group, case, benchmark, known, diags));
                }
                is_known
            });
        }
        let environment = group.environment.to_owned();
        let benchmark = model.benchmarks.get_mut(group.id).expect("it was found above");
        benchmark.results.push(Results { environment, unit, cases, span });
    }

    fn cases(&self, group: &Group, written: &data::Results, diags: &mut Sink) -> BTreeMap<String, Case> {
        let day = self.day(group, "", &written.date, written.session.as_ref(), diags);
        let default = day.or_else(|| self.defaults.get(group.environment).cloned());
        let mut cases = BTreeMap::new();
        for (id, case) in &written.cases {
            let pointer = format!("cases/{}/", id.0);
            let at = |key: &str| format!("{}/{pointer}{key}", group.pointer);
            let keys = ["spread", "runs", "original", "code", "date"].into_iter();
            let keys = keys.filter(|key| group.document.has(&at(key)));
            let parts = keys.map(|key| (key, group.document.span(&at(key)))).collect();
            let date = self.day(group, &pointer, &case.date, case.session.as_ref(), diags);
            let linked = Case {
                value: case.value,
                spread: case.spread,
                runs: case.runs,
                date: date.or_else(|| default.clone()),
                original: case.original.clone(),
                code: case.code.clone(),
                span: group.document.span(&at("value")),
                parts,
            };
            cases.insert(id.0.clone(), linked);
        }
        cases
    }

    /// The day that results or a case say, by themselves or by a session.
    fn day(
        &self,
        group: &Group,
        pointer: &str,
        date: &Option<String>,
        session: Option<&data::SessionId>,
        diags: &mut Sink,
    ) -> Option<String> {
        if let Some(date) = date {
            let at = group.at(&format!("{pointer}date"));
            self.days.check(date, at, diags);
            if session.is_some() {
                let message = "`date` stands beside `session`, which has a day";
                diags.push(Diagnostic::new(Code::InvalidValue, at, message).help("delete one of the two"));
            }
            return Some(date.clone());
        }
        let session = session?;
        let day = self.sessions.get(&(group.environment.to_owned(), session.0.clone()));
        if day.is_none() {
            let at = group.at(&format!("{pointer}session"));
            let message = format!("`{}` has no session `{}`", group.environment, session.0);
            let help =
                format!("define it under `sessions: {{ {}: ... }}`, or write a `date` instead", group.environment);
            diags.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
        }
        day.cloned()
    }
}

/// A benchmark that only papers define, or whose code is gone.
fn undefined(id: &str, unit: Unit, span: Span) -> Benchmark {
    let about = id.to_owned();
    Benchmark { about, unit, cases: None, results: Vec::new(), by_environment: HashMap::new(), span }
}

fn taken(group: &Group, span: Span, first: Span) -> Diagnostic {
    let message = format!("`{}` is measured in `{}` twice", group.id, group.environment);
    Diagnostic::new(Code::DuplicateId, span, message)
        .label("again")
        .also(first, "first here")
        .help("keep one of the two; another machine is another environment")
}

fn unknown(group: &Group, span: Span, model: &Model, diags: &Sink) -> Diagnostic {
    let message = format!("these are results of `{}`, and no benchmark is called so", group.id);
    let known = model.benchmarks.iter().map(|(id, benchmark)| (id.as_str(), benchmark.span));
    let diagnostic = Diagnostic::new(Code::UnknownBenchmark, span, message)
        .help(format!("define it under `benchmarks`, or as blocks of a paper: ```python bench={} case=...", group.id));
    diags.near_at(diagnostic, group.id, known)
}

fn without_unit(group: &Group, span: Span) -> Diagnostic {
    let message = format!("the results of `{}` have no unit", group.id);
    Diagnostic::new(Code::MissingKey, span, message)
        .help("write `unit: ns` beside `cases`; only a benchmark under `benchmarks` has a unit for all results")
}

fn mismatch(group: &Group, benchmark: &Benchmark, unit: &Unit) -> Diagnostic {
    let message = format!("`{unit}` does not convert to `{}`, the unit of `{}`", benchmark.unit, group.id);
    Diagnostic::new(Code::UnitMismatch, group.at("unit"), message)
        .also(benchmark.span, format!("measured in `{}`", benchmark.unit))
        .help("measure it in a unit of the same kind")
}

fn unknown_case(
    group: &Group,
    case: &str,
    benchmark: &Benchmark,
    known: &BTreeSet<String>,
    diags: &Sink,
) -> Diagnostic {
    let at = group.document.key_span(&format!("{}/cases/{case}", group.pointer));
    let message = format!("`{}` has no case `{case}`", group.id);
    let diagnostic = Diagnostic::new(Code::UnknownBenchmark, at, message).also(benchmark.span, "the benchmark");
    diags.near(diagnostic, case, known.iter().map(String::as_str))
}

/// Puts results into the order in which they are taken, and tells each environment the days of its results.
fn in_order(order: &[String], model: &mut Model) {
    let mut days = days_of(model);
    // What was measured later than everything else changes no figure.
    let first_day = |id: &&String| days.get(*id).map_or_else(|| "later".to_owned(), |(first, _)| first.clone());
    let mut rest: Vec<&String> = model.environments.keys().filter(|id| !order.contains(id)).collect();
    rest.sort_by_key(first_day);
    let ranks: HashMap<String, usize> =
        order.iter().chain(rest).enumerate().map(|(rank, id)| (id.clone(), rank)).collect();
    for benchmark in model.benchmarks.values_mut() {
        benchmark.results.sort_by_key(|results| ranks[&results.environment]);
        let environments = benchmark.results.iter().map(|results| results.environment.clone());
        benchmark.by_environment = environments.zip(0..).collect();
    }
    for (id, environment) in &mut model.environments {
        environment.days = days.remove(id);
        if environment.about.is_empty() {
            environment.about = facts(environment);
        }
    }
}

/// The first and the last day of the results of each environment.
fn days_of(model: &Model) -> HashMap<String, (String, String)> {
    let mut days: HashMap<String, (String, String)> = HashMap::new();
    for results in model.benchmarks.values().flat_map(|benchmark| &benchmark.results) {
        for date in results.cases.values().filter_map(|case| case.date.as_deref()) {
            match days.get_mut(&results.environment) {
                None => drop(days.insert(results.environment.clone(), (date.to_owned(), date.to_owned()))),
                Some((first, _)) if date < first.as_str() => date.clone_into(first),
                Some((_, last)) if date > last.as_str() => date.clone_into(last),
                Some(_) => {}
            }
        }
    }
    days
}

/// What an environment is, with the days of its results, in one line.
fn facts(environment: &Environment) -> String {
    let Environment { interpreter, platform, processor, memory, days, .. } = environment;
    let days = days.as_ref().map(|(first, last)| match first == last {
        true => first.clone(),
        false => format!("{first} to {last}"),
    });
    let facts = [interpreter.clone(), Some(platform.clone()), processor.clone(), memory.clone(), days];
    facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
