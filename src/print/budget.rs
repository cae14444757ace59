//! The token report as text: tables and bars for a terminal, Markdown for a pull request.

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, Table, presets};

use crate::compile::budget_report::{Delivered, Included, LeftOut, Output, Paper, Raise, Report};
use crate::text::quantity::plural;
use crate::text::tokens::Encoding;

const BAR: usize = 30;

/// What a report is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    Terminal,
    Markdown,
}

/// The report as text.
pub fn print(report: &Report, medium: Medium) -> String {
    let mut text = String::new();
    let budgeted = report.outputs.iter().filter(|output| output.budget.is_some());
    for output in budgeted {
        text += &heading(&output.path, medium);
        text += &verdict(output, medium);
        text +=
            &table(&["rule", "paper", "priority", "weight", "wording", "tokens"], &[3, 5], rows(&output.rules), medium);
        text += &left_out(output, medium);
        text += &raises(&output.raises, medium);
    }
    text += &heading("Every output", medium);
    text += &counts(report.outputs.iter().map(|output| (&*output.path, bounds(output), &output.counts)), medium);
    if !report.delivered.is_empty() {
        text += &heading("What agents are handed, framing included", medium);
        text += &delivered(&report.delivered, medium);
    }
    text += &heading("Every paper", medium);
    text += &papers(&report.papers, medium);
    text += "Counts for Claude models are estimates from o200k_base (x 1.18 up to Opus 4.6, x 1.53 from Opus 4.7).\n";
    text
}

fn heading(text: &str, medium: Medium) -> String {
    match medium {
        Medium::Terminal => format!("{0}{text}{0:#}\n", Style::new().bold()),
        Medium::Markdown => format!("## {text}\n\n"),
    }
}

fn bounds(output: &Output) -> String {
    output.budget.as_ref().map_or_else(|| "none".into(), |budget| format!("{}-{}", budget.min, budget.max))
}

fn verdict(output: &Output, medium: Medium) -> String {
    let Some(budget) = &output.budget else { return String::new() };
    let approximate = if budget.approximate { " (approx.)" } else { "" };
    let tokens = format!("{} of {}-{} tokens, {}{approximate}", output.tokens, budget.min, budget.max, budget.encoding);
    let fits = output.tokens >= budget.min && output.tokens <= budget.max;
    let proof = if output.exact { "" } else { "; the best that was found, not proven to be the best there is" };
    match medium {
        Medium::Terminal => format!("{} {tokens}{proof}\n", bar(output.tokens, budget.min, budget.max, fits)),
        Medium::Markdown => format!("{tokens}{proof}.\n\n"),
    }
}

/// Filled up to the value, with a mark at the lower bound.
fn bar(value: usize, min: usize, max: usize, fits: bool) -> String {
    let place = |tokens: usize| (tokens * BAR).div_ceil(max.max(1)).min(BAR);
    let filled = place(value);
    let cell = |at: usize| match (at < filled, min > 0 && at + 1 == place(min)) {
        (true, false) => '█',
        (true, true) => '▓',
        (false, true) => '|',
        (false, false) => '░',
    };
    let style = if fits { AnsiColor::Green } else { AnsiColor::Yellow }.on_default();
    format!("{style}{}{style:#}", (0..BAR).map(cell).collect::<String>())
}

fn rows(rules: &[Included]) -> Vec<Vec<String>> {
    let row = |rule: &Included| {
        vec![
            rule.id.clone(),
            rule.paper.clone(),
            rule.priority.clone(),
            rule.weight.to_string(),
            rule.wording.clone(),
            rule.tokens.to_string(),
        ]
    };
    rules.iter().map(row).collect()
}

fn left_out(output: &Output, medium: Medium) -> String {
    if output.left_out.is_empty() {
        return "Every rule is in.\n\n".into();
    }
    let row = |rule: &LeftOut| {
        let needs = rule.needs.map_or_else(|| "-".into(), |needs| format!("+{needs}"));
        vec![
            rule.id.clone(),
            rule.paper.clone(),
            rule.priority.clone(),
            rule.weight.to_string(),
            needs,
            rule.why.clone(),
        ]
    };
    let rows = output.left_out.iter().map(row).collect();
    let title = format!(
        "{} left out; \"needs\" is what the budget must rise by to admit it\n",
        plural(output.left_out.len(), "rule")
    );
    let gap = if medium == Medium::Markdown { "\n" } else { "" };
    title + gap + &table(&["rule", "paper", "priority", "weight", "needs", "why"], &[3, 4], rows, medium)
}

fn raises(raises: &[Raise], medium: Medium) -> String {
    let list = |ids: &[String]| if ids.is_empty() { "-".to_owned() } else { ids.join(" ") };
    let row = |raise: &Raise| {
        vec![format!("+{}", raise.tokens), list(&raise.admits), list(&raise.lengthens), list(&raise.drops)]
    };
    table(
        &["more tokens", "would admit", "would lengthen", "would drop"],
        &[0],
        raises.iter().map(row).collect(),
        medium,
    )
}

fn counts<'a>(
    rows: impl Iterator<Item = (&'a str, String, &'a std::collections::BTreeMap<String, usize>)>,
    medium: Medium,
) -> String {
    let row = |(path, bounds, counts): (&str, String, &std::collections::BTreeMap<String, usize>)| {
        let counts = Encoding::ALL.iter().map(|encoding| count(*encoding, counts[encoding.name()]));
        [path.to_owned(), bounds].into_iter().chain(counts).collect()
    };
    let columns = ["file", "budget"].into_iter().chain(Encoding::ALL.map(Encoding::name));
    table(&columns.collect::<Vec<_>>(), &[2, 3, 4, 5], rows.map(row).collect(), medium)
}

fn delivered(rows: &[Delivered], medium: Medium) -> String {
    let row = |delivered: &Delivered| {
        let counts = Encoding::ALL.iter().map(|encoding| count(*encoding, delivered.counts[encoding.name()]));
        let role = delivered.role.as_deref().unwrap_or("every other agent").to_owned();
        [role, delivered.channel.clone()].into_iter().chain(counts).collect()
    };
    let columns = ["role", "channel"].into_iter().chain(Encoding::ALL.map(Encoding::name));
    table(&columns.collect::<Vec<_>>(), &[2, 3, 4, 5], rows.iter().map(row).collect(), medium)
}

fn count(encoding: Encoding, tokens: usize) -> String {
    if encoding.is_estimate() { format!("~{tokens}") } else { tokens.to_string() }
}

fn papers(papers: &[Paper], medium: Medium) -> String {
    let row = |paper: &Paper| {
        let tokens = paper.counts[Encoding::default().name()];
        let fits = (paper.min..=paper.max).contains(&tokens);
        let counts = Encoding::ALL.iter().map(|encoding| count(*encoding, paper.counts[encoding.name()]));
        let verdict = match medium {
            Medium::Terminal => bar(tokens, paper.min, paper.max, fits),
            Medium::Markdown => if fits { "fits" } else { "misfit" }.to_owned(),
        };
        [paper.path.clone(), format!("{}-{}", paper.min, paper.max)]
            .into_iter()
            .chain(counts)
            .chain([verdict])
            .collect()
    };
    let columns = ["paper", "bounds"].into_iter().chain(Encoding::ALL.map(Encoding::name)).chain([""]);
    table(&columns.collect::<Vec<_>>(), &[2, 3, 4, 5], papers.iter().map(row).collect(), medium)
}

fn table(columns: &[&str], numbers: &[usize], rows: Vec<Vec<String>>, medium: Medium) -> String {
    let mut table = Table::new();
    table.load_style(match medium {
        Medium::Terminal => presets::NOTHING,
        Medium::Markdown => presets::ASCII_MARKDOWN,
    });
    table.set_header(columns);
    table.add_rows(rows);
    for number in numbers {
        if let Some(column) = table.column_mut(*number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.to_string();
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect::<String>() + "\n"
}
