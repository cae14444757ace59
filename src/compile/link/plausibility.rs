//! Values that cannot have been measured, named with all that is argued from them.

use std::collections::HashMap;

use super::Inputs;
use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::data;
use crate::model::{Case, Model, Results};
use crate::text::source::Span;

/// Users of a value that are shown.
const SHOWN: usize = 6;

/// Complains about every value of the data that cannot be.
pub fn check(written: &Inputs, model: &Model, diags: &mut Sink) {
    let mut users = None;
    for (id, benchmark) in &model.benchmarks {
        for results in &benchmark.results {
            for (case, measured) in &results.cases {
                let Some(why) = results.unit.implausible(measured.value) else { continue };
                let name = format!("{id}.{case}");
                let message = format!("`{name}` cannot have been measured: it is {why}");
                let diagnostic = Diagnostic::new(Code::ImplausibleValue, measured.span, message)
                    .label(format!("{} {}", measured.value, results.unit))
                    .help("measure more rounds, or look at what was run: it may have done nothing");
                diags.push(users.get_or_insert_with(|| Users::of(written)).add(diagnostic, id, &name));
            }
        }
    }
}

/// Is a figure computed from a value that cannot be? It has none, then.
pub fn is_unfounded(figure: &data::Figure, model: &Model) -> bool {
    figure.names().any(|name| {
        let (id, case) = name.split_once('.').map_or((name, None), |(id, case)| (id, Some(case)));
        let Some(benchmark) = model.benchmarks.get(id) else { return false };
        let is_bad = |results: &Results, case: &Case| results.unit.implausible(case.value).is_some();
        match case {
            Some(case) => benchmark.case(case).is_some_and(|(results, case)| is_bad(results, case)),
            None => {
                let first = benchmark.results.first();
                first.is_some_and(|results| results.cases.values().any(|case| is_bad(results, case)))
            }
        }
    })
}

/// What is argued from the data: by the name of a case, a benchmark or a figure, the figures computed from it and the links
/// to it.
struct Users<'a> {
    figures: HashMap<&'a str, Vec<(&'a str, Span)>>,
    links: HashMap<&'a str, Vec<Span>>,
}

impl<'a> Users<'a> {
    fn of(written: &'a Inputs) -> Self {
        let mut users = Self { figures: HashMap::new(), links: HashMap::new() };
        for file in &written.parsed.data {
            for (id, figure) in &file.data.figures {
                let span = file.document.key_span(&format!("/figures/{}", id.0));
                figure.names().for_each(|name| users.figures.entry(name).or_default().push((&id.0, span)));
            }
        }
        for link in written.parsed.papers.iter().flat_map(|paper| &paper.prose.links) {
            let name = link.target.rsplit_once('#').map_or("", |(_, fragment)| fragment);
            users.links.entry(name.split('@').next().unwrap_or(name)).or_default().push(link.span);
        }
        users
    }

    /// Adds the places that use a case to what is said of it.
    fn add(&self, mut diagnostic: Diagnostic, benchmark: &str, case: &str) -> Diagnostic {
        let figures: Vec<_> =
            [case, benchmark].into_iter().filter_map(|name| self.figures.get(name)).flatten().collect();
        let names = std::iter::once(case).chain(figures.iter().map(|(id, _)| *id));
        let links = names.filter_map(|name| self.links.get(name)).flatten().map(|span| (*span, "said here"));
        let users = figures.iter().map(|(_, span)| (*span, "computed from it")).chain(links);
        let mut more = 0_usize;
        for (at, (span, what)) in users.enumerate() {
            if at < SHOWN {
                diagnostic = diagnostic.also(span, what);
            } else {
                more += 1;
            }
        }
        if more == 0 { diagnostic } else { diagnostic.note(format!("{more} more places use it")) }
    }
}
