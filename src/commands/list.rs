//! `kbc list`: what a knowledge base has, one thing a line: a kind is a function that makes rows, and its row in `KINDS`.

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::exit::Exit;
use super::project::compile;
use super::session::Session;
use crate::compile::exceptions::Listed;
use crate::compile::{Compilation, builtin_templates, roles};
use crate::diag::Severity;
use crate::model::Rule;
use crate::print::trace;
use crate::text::quantity::plural;
use crate::text::quoted;

/// A thing: its fields by name, in the order in which they are printed. The first one is its id.
type Row = Map<String, Value>;

/// Something that can be listed.
pub struct Kind {
    pub name: &'static str,
    pub about: &'static str,
    rows: fn(&Compilation) -> Vec<Row>,
}

pub const KINDS: [Kind; 8] = [
    Kind { name: "rules", about: "Rules, with their papers and wordings", rows: rules },
    Kind { name: "papers", about: "Papers, with how many rules each has", rows: papers },
    Kind { name: "figures", about: "Figures that papers and rules can state, with their values", rows: figures },
    Kind { name: "benchmarks", about: "Benchmarks that `kbc measure` runs, with their cases", rows: benchmarks },
    Kind { name: "roles", about: "Roles of agents, with how many rules each carries", rows: agent_roles },
    Kind { name: "outputs", about: "Files that `kbc build` writes, with their tokens", rows: outputs },
    Kind { name: "exceptions", about: "What kbc would report, and why it may stay", rows: exceptions },
    Kind { name: "targets", about: "Templates that kbc ships, and whether kbc.toml names them", rows: targets },
];

/// Lists the things of a kind. Of broken inputs it lists what could be understood.
///
/// # Errors
/// If there is no knowledge base.
pub fn run(call: &Session, kind: &Kind) -> Result<Exit> {
    let compilation = compile(call)?;
    let compiled = &compilation.compiled;
    let rows = (kind.rows)(compiled);
    call.set(kind.name, &rows);
    call.answer(&table(&rows))?;
    if !compiled.has_errors() {
        return Ok(Exit::Clean);
    }
    let errors = compiled.diags.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    if call.report.is_some() {
        call.complain(errors, &compiled.sources);
    }
    call.remark("the inputs have errors, so some of it may be missing: `kbc check` tells them");
    Ok(Exit::Findings)
}

fn rules(compiled: &Compilation) -> Vec<Row> {
    let row = |rule: &Rule| {
        row([
            ("id", json!(rule.id.0)),
            ("paper", json!(compiled.model.papers[rule.paper].id)),
            ("priority", json!(rule.priority.name())),
            ("status", json!(rule.status.name())),
            ("is_checked", json!(!rule.checks.is_empty())),
            ("text", json!(rule.full.text)),
        ])
    };
    compiled.model.rules.iter().map(row).collect()
}

fn papers(compiled: &Compilation) -> Vec<Row> {
    let papers = compiled.model.papers.iter().enumerate().map(|(index, paper)| {
        row([
            ("id", json!(paper.id)),
            ("status", json!(paper.status.name())),
            ("rules", json!(compiled.model.rules_of(index).len())),
            ("path", json!(paper.path)),
            ("title", json!(paper.title)),
        ])
    });
    papers.collect()
}

fn figures(compiled: &Compilation) -> Vec<Row> {
    let figures = compiled.model.figures.iter().map(|(id, figure)| {
        row([
            ("id", json!(id)),
            ("text", json!(figure.text)),
            ("place", json!(trace::place(compiled, figure.span))),
            ("about", json!(figure.about)),
        ])
    });
    figures.collect()
}

fn benchmarks(compiled: &Compilation) -> Vec<Row> {
    let benchmarks = compiled.model.programs.iter().map(|(id, benchmark)| {
        let cases: Vec<&String> = benchmark.cases.keys().collect();
        row([("id", json!(id)), ("path", json!(compiled.sources.get(benchmark.paper).path)), ("cases", json!(cases))])
    });
    benchmarks.collect()
}

fn agent_roles(compiled: &Compilation) -> Vec<Row> {
    let roles = compiled.config.agents.roles.iter().map(|(name, role)| {
        let rules = compiled.model.rules.iter().filter(|rule| roles::carries(role, rule, &compiled.model)).count();
        let rulebook = compiled.config.rulebook_of(name);
        row([("id", json!(name)), ("rules", json!(rules)), ("rulebook", json!(rulebook))])
    });
    roles.collect()
}

fn outputs(compiled: &Compilation) -> Vec<Row> {
    let outputs = compiled.artifacts.iter().map(|artifact| {
        let digest = compiled.digests.iter().find(|digest| digest.front.output == artifact.path);
        let made_from = artifact.maker.map(|maker| compiled.sources.get(maker.source).path.as_str());
        row([
            ("path", json!(artifact.path)),
            ("tokens", json!(digest.map(|digest| digest.tokens))),
            ("rules", json!(digest.map(|digest| digest.picks.len()))),
            ("made_from", json!(made_from)),
        ])
    });
    outputs.collect()
}

/// Those of kbc.toml, papers and rules; comments in code are for `kbc review`.
fn exceptions(compiled: &Compilation) -> Vec<Row> {
    let exceptions = compiled.exceptions.all().map(|Listed { exception, span }| {
        row([
            ("code", json!(exception.code)),
            ("what", json!(exception.things())),
            ("files", json!(exception.files)),
            ("place", json!(trace::place(compiled, span))),
            ("owner", json!(exception.owner)),
            ("until", json!(exception.until)),
            ("reason", json!(exception.reason)),
        ])
    });
    exceptions.collect()
}

fn targets(compiled: &Compilation) -> Vec<Row> {
    let targets = builtin_templates::names();
    targets
        .map(|name| {
            row([
                ("id", json!(name)),
                ("is_wanted", json!(compiled.config.targets.iter().any(|wanted| wanted == name))),
            ])
        })
        .collect()
}

fn row<const N: usize>(fields: [(&str, Value); N]) -> Row {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Rows as columns, the last of which is as wide as its text.
fn table(rows: &[Row]) -> String {
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|(name, value)| cell(name, value)).collect()).collect();
    let width = |column: usize| cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..).map_while(width).collect();
    let line = |row: &Vec<String>| {
        let columns = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        columns.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    cells.iter().map(line).collect()
}

/// A value as a person reads it: what is true is named, what is not there is left out.
fn cell(name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => name.trim_start_matches("is_").to_owned(),
        Value::Bool(false) => format!("not {}", name.trim_start_matches("is_")),
        Value::Number(number) => {
            let count = number.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
            plural(count, name.trim_end_matches('s'))
        }
        Value::String(text) => quoted::line(text).into_owned(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::Object(_) => value.to_string(),
    }
}
