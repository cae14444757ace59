//! Where papers and rules are in their lives: what is superseded has a successor, and what was to be read again by a
//! day was.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, Sink};
use crate::input::files::paper::ParsedPaper;
use crate::input::vocabulary::Status;
use crate::input::world::World;
use crate::text::day;
use crate::text::source::Span;

/// Complains about successors that are missing and about reviews that are due on the day that it is. Only a paper with
/// such a day asks for it.
pub fn examine(papers: &[&ParsedPaper], world: &dyn World, diags: &mut Sink) {
    let fronts = papers.iter().filter_map(|paper| Some((*paper, paper.decoded.front.as_ref()?)));
    let succession = fronts.clone().map(|(paper, front)| {
        let at = Keys { paper, pointer: String::new() };
        at.stage(&paper.id, front.status, front.superseded_by.as_deref())
    });
    successors("paper", &succession.collect(), diags);
    let rules = papers.iter().flat_map(|paper| paper.decoded.rules.iter().map(move |rule| (*paper, rule)));
    let succession = rules.map(|(paper, (index, rule))| {
        let at = Keys { paper, pointer: format!("/rules/{index}") };
        at.stage(&rule.id.0, rule.status.unwrap_or_default(), rule.superseded_by.as_ref().map(|id| id.0.as_str()))
    });
    successors("rule", &succession.collect(), diags);
    for (paper, front) in fronts {
        let Some(day) = &front.reread_by else { continue };
        due(paper, day, world.day().as_deref(), diags);
    }
}

/// One paper or rule.
struct Stage<'a> {
    status: Status,
    status_span: Span,
    successor: Option<(&'a str, Span)>,
}

/// Where the keys of a paper or of one of its rules stand.
struct Keys<'a> {
    paper: &'a ParsedPaper,
    pointer: String,
}

impl<'a> Keys<'a> {
    fn stage(&self, id: &'a str, status: Status, successor: Option<&'a str>) -> (&'a str, Stage<'a>) {
        let span = |key: &str| self.paper.document.span(&format!("{}/{key}", self.pointer));
        let successor = successor.map(|successor| (successor, span("superseded_by")));
        (id, Stage { status, status_span: span("status"), successor })
    }
}

fn successors(what: &str, stages: &BTreeMap<&str, Stage>, diags: &mut Sink) {
    for (id, stage) in stages {
        match (stage.status, stage.successor) {
            (Status::Superseded, None) => diags.push(
                Diagnostic::new(
                    Code::NoSuccessor,
                    stage.status_span,
                    format!("the superseded {what} `{id}` has no `superseded_by`"),
                )
                .help(format!("name the {what} that replaces it: `superseded_by: its-id`")),
            ),
            (_, Some((successor, span))) if !stages.contains_key(successor) => {
                let known = stages.keys().copied().filter(|known| known != id);
                let diagnostic = Diagnostic::new(Code::NoSuccessor, span, format!("no {what} is called `{successor}`"));
                diags.push(diags.near(diagnostic, successor, known));
            }
            (Status::Superseded, Some((_, span))) => {
                if let Some(way) = circle(id, stages) {
                    let message = format!("the successors of `{id}` lead back to it: {way}");
                    let help = "one of them is in force: give it `status: active` and no `superseded_by`";
                    diags.push(Diagnostic::new(Code::NoSuccessor, span, message).help(help));
                }
            }
            (Status::Draft | Status::Active | Status::Deprecated, Some((_, span))) => {
                let message = format!("`{id}` has a successor, but its status is {}", stage.status.name());
                let help = "write `status: superseded`, or remove `superseded_by`";
                diags.push(Diagnostic::new(Code::NoSuccessor, span, message).help(help));
            }
            (Status::Draft | Status::Active | Status::Deprecated, None) => {}
        }
    }
}

/// The way from something over its successors back to it, told once: at the first of its ids.
fn circle(id: &str, stages: &BTreeMap<&str, Stage>) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut way = format!("`{id}`");
    let mut at = id;
    while let Some((next, _)) = stages.get(at).and_then(|stage| stage.successor) {
        way.push_str(&format!(" -> `{next}`"));
        if next == id {
            return Some(way);
        }
        if next < id || !seen.insert(next) {
            return None;
        }
        at = next;
    }
    None
}

fn due(paper: &ParsedPaper, day: &str, today: Option<&str>, diags: &mut Sink) {
    let span = paper.document.span("/reread_by");
    if !day::is_day(day) {
        let message = format!("`{day}` is no day of the calendar");
        diags.push(Diagnostic::new(Code::InvalidValue, span, message).help("write it as 2027-06-01"));
    } else if today.is_some_and(|today| day < today) {
        let message = format!("`{}` was to be read again by {day} (UTC)", paper.id);
        diags.push(
            Diagnostic::new(Code::OverduePaper, span, message)
                .help("read it, correct what is not true any more, and set the day of its next review"),
        );
    }
}
