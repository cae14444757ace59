//! What instruction files come to as rules, as text for people and as JSON.

use std::collections::BTreeMap;

use anstyle::Style;
use serde::Serialize;

use super::document;
use crate::compile::move_in::{Body, DeadEnd, File, Found, Report};
use crate::input::files::instructions::{Decision, Passed, WhyNot};
use crate::text::quantity::{grouped, plural};

/// Lines of one reason that are listed.
const LISTED: usize = 12;
/// Characters of a rule that a list shows.
const WIDTH: usize = 100;

/// The report for a terminal.
pub fn human(report: &Report) -> String {
    let mut text = rules(report);
    text += &records(report);
    text += &checkable(report);
    let pair = |one: usize, two: usize, how: &str| {
        let (first, second) = (&report.rules[one], &report.rules[two]);
        format!(
            "  {how}:\n    {} {}  {}\n    {} {}  {}\n",
            first.rule.id,
            report.place(first),
            cut(&first.rule.text),
            second.rule.id,
            report.place(second),
            cut(&second.rule.text)
        )
    };
    let same = report.same.iter().map(|(one, two)| pair(*one, *two, "the same twice")).collect::<String>();
    text += &part("Say the same twice", report.same.len(), &same);
    let opposite = report.opposite.iter().map(|(one, two, how)| pair(*one, *two, how.about())).collect::<String>();
    text += &part("May contradict each other", report.opposite.len(), &opposite);
    text += &part("Name what is not there", report.dead.len(), &dead(report));
    text += &passed(report);
    text + &totals(report)
}

fn heading(text: &str) -> String {
    format!("{0}{text}{0:#}\n", Style::new().bold())
}

fn part(title: &str, count: usize, text: &str) -> String {
    if count == 0 { String::new() } else { format!("{}{text}\n", heading(&format!("{title} ({count})"))) }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", text[..at].trim_end()),
    }
}

/// Every rule, below its file.
fn rules(report: &Report) -> String {
    let mut text = String::new();
    for (index, file) in report.files.iter().enumerate() {
        let Body::Instructions(found) = &file.body else { continue };
        let of_file: Vec<&Found> = report.rules.iter().filter(|found| found.file == index).collect();
        let count = plural(of_file.len(), "rule");
        let name = found.kind.name();
        text += &heading(&format!("{} ({name}, {} tokens): {count}", file.path, grouped(file.tokens)));
        if !found.globs.is_empty() {
            text += &format!("  for {}\n", found.globs.join(", "));
        }
        let id = of_file.iter().map(|found| found.rule.id.len()).max().unwrap_or_default();
        for found in of_file {
            text += &format!("  {:id$}  {:>4}  {}\n", found.rule.id, found.rule.lines.start, cut(&found.rule.text));
        }
        text.push('\n');
    }
    text
}

/// The decisions, which stay where they are.
fn records(report: &Report) -> String {
    let mut text = String::new();
    let mut count = 0;
    for file in &report.files {
        if let Body::Record(record) = &file.body {
            count += 1;
            let by = record.superseded_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            text += &format!("  {}  {}{by}  {}\n", file.path, record.decision.name(), cut(&record.title));
            if record.decision == Decision::Unknown && !record.status.is_empty() {
                text += &format!("    `{}` is no status that kbc knows\n", record.status);
            }
        }
    }
    part("Decision records, which stay where they are", count, &text)
}

fn checkable(report: &Report) -> String {
    let found: Vec<&Found> = report.distinct().filter(|found| found.rule.checkable().is_some()).collect();
    let line = |found: &&Found| {
        let construct = found.rule.checkable().unwrap_or_default();
        format!("  {}  a check could look for `{construct}`\n", found.rule.id)
    };
    part("Look checkable", found.len(), &found.iter().map(line).collect::<String>())
}

fn dead(report: &Report) -> String {
    let line = |end: &DeadEnd| {
        let help = end.dead.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        format!("  {}:{}  {}{help}\n", report.files[end.file].path, end.line, end.dead.message)
    };
    report.dead.iter().map(line).collect()
}

/// What was not taken: the lines, by reason. Reasons that follow each other on neighbouring lines are one range.
fn passed(report: &Report) -> String {
    let mut reasons: BTreeMap<(usize, WhyNot), Vec<(usize, usize)>> = BTreeMap::new();
    let mut count = 0;
    for (file, passed) in report.passed() {
        count += 1;
        let (first, last) = (passed.lines.start, passed.lines.end - 1);
        let ranges = reasons.entry((file, passed.why)).or_default();
        match ranges.last_mut() {
            Some((_, end)) if first <= *end + 1 => *end = last.max(*end),
            Some(_) | None => ranges.push((first, last)),
        }
    }
    let line = |((file, why), ranges): (&(usize, WhyNot), &Vec<(usize, usize)>)| {
        let more = ranges.len().saturating_sub(LISTED);
        let more = if more == 0 { String::new() } else { format!(", and {more} more places") };
        let range = |(first, last): &(usize, usize)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        let listed: Vec<String> = ranges.iter().take(LISTED).map(range).collect();
        format!("  {}  {}: {}{more}\n", report.files[*file].path, why.name(), listed.join(", "))
    };
    part("Not taken", count, &reasons.iter().map(line).collect::<String>())
}

fn totals(report: &Report) -> String {
    let (rules, files) = (plural(report.distinct().count(), "rule"), plural(report.files.len(), "file"));
    let tokens: usize = report.distinct().map(|found| found.tokens).sum();
    let (today, after) = (grouped(report.today), grouped(report.after));
    format!(
        "{rules} in {files}: {} tokens of {today} today; {after} with each rule once, as one line\n",
        grouped(tokens)
    )
}

/// The report for programs.
pub fn json(report: &Report) -> String {
    let file = |file: &File| {
        let (kind, globs) = match &file.body {
            Body::Instructions(found) => (found.kind.name(), found.globs.clone()),
            Body::Record(_) => ("decision record", Vec::new()),
        };
        FileItem { path: file.path.clone(), kind, globs, tokens: file.tokens, record: record(&file.body) }
    };
    let pair = |one: usize, two: usize, how: &'static str| Pair {
        rules: [report.rules[one].rule.id.clone(), report.rules[two].rule.id.clone()],
        how,
    };
    let document = Document {
        tokens: Tokens { encoding: report.encoding.name(), today: report.today, after: report.after },
        files: report.files.iter().map(file).collect(),
        rules: report.rules.iter().map(|found| rule(report, found)).collect(),
        same: report.same.iter().map(|(one, two)| pair(*one, *two, "say the same twice")).collect(),
        opposite: report.opposite.iter().map(|(one, two, how)| pair(*one, *two, how.about())).collect(),
        dead: report.dead.iter().map(|end| dead_item(report, end)).collect(),
        not_taken: report.passed().map(|(file, passed)| not_taken(report, file, passed)).collect(),
        diagnostics: [],
    };
    document::text("kbc.import", 1, &document)
}

#[derive(Serialize)]
struct Document {
    tokens: Tokens,
    files: Vec<FileItem>,
    rules: Vec<RuleItem>,
    same: Vec<Pair>,
    opposite: Vec<Pair>,
    dead: Vec<DeadItem>,
    not_taken: Vec<NotTaken>,
    diagnostics: [(); 0],
}

#[derive(Serialize)]
struct Tokens {
    encoding: &'static str,
    today: usize,
    after: usize,
}

#[derive(Serialize)]
struct FileItem {
    path: String,
    kind: &'static str,
    globs: Vec<String>,
    tokens: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordItem>,
}

#[derive(Serialize)]
struct RecordItem {
    title: String,
    status: &'static str,
    date: Option<String>,
    superseded_by: Option<String>,
    line: usize,
    text: String,
}

fn record(body: &Body) -> Option<RecordItem> {
    let Body::Record(record) = body else { return None };
    Some(RecordItem {
        title: record.title.clone(),
        status: record.decision.name(),
        date: record.date.clone(),
        superseded_by: record.superseded_by.clone(),
        line: record.line,
        text: record.text.clone(),
    })
}

#[derive(Serialize)]
struct RuleItem {
    id: String,
    text: String,
    why: &'static str,
    path: String,
    line: usize,
    end_line: usize,
    headings: Vec<String>,
    tokens: usize,
    forbids: bool,
    checkable: Option<String>,
    has_example: bool,
    files: Vec<String>,
    globs: Vec<String>,
    commands: Vec<String>,
}

fn rule(report: &Report, found: &Found) -> RuleItem {
    let rule = found.rule.clone();
    RuleItem {
        checkable: rule.checkable().map(str::to_owned),
        id: rule.id,
        text: rule.text,
        why: rule.why.name(),
        path: report.files[found.file].path.clone(),
        line: rule.lines.start,
        end_line: rule.lines.end - 1,
        headings: rule.headings,
        tokens: found.tokens,
        forbids: rule.forbids,
        has_example: rule.has_example,
        files: rule.files,
        globs: rule.globs,
        commands: rule.commands,
    }
}

#[derive(Serialize)]
struct Pair {
    rules: [String; 2],
    how: &'static str,
}

#[derive(Serialize)]
struct DeadItem {
    path: String,
    line: usize,
    reference: String,
    message: String,
    help: Option<String>,
}

fn dead_item(report: &Report, end: &DeadEnd) -> DeadItem {
    let dead = end.dead.clone();
    let path = report.files[end.file].path.clone();
    DeadItem { path, line: end.line, reference: dead.text, message: dead.message, help: dead.help }
}

#[derive(Serialize)]
struct NotTaken {
    path: String,
    line: usize,
    end_line: usize,
    why: &'static str,
    text: String,
}

fn not_taken(report: &Report, file: usize, passed: &Passed) -> NotTaken {
    let path = report.files[file].path.clone();
    let (line, end_line) = (passed.lines.start, passed.lines.end - 1);
    NotTaken { path, line, end_line, why: passed.why.name(), text: passed.text.clone() }
}
