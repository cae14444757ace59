//! What can be asked: explain, review, budget and search_papers. Each answers as text, and as JSON where there is any.

use rmcp::model::{CallToolResult, ContentBlock, ErrorData, JsonObject, Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::library::Library;
use super::{inside, resources};
use crate::commands::explain::Explained;
use crate::commands::review::options::{Options, Stop};
use crate::commands::{budget as budget_report, explain, review};
use crate::compile::Compilation;
use crate::compile::paper_search;
use crate::diag::Severity;
use crate::diag::user_error::told;
use crate::host::disk::Project;
use crate::input::world::World;
use crate::print::budget::Medium;
use crate::print::{self, document, findings};
use crate::text::source::nearest;

/// Sections that are found at most, and unless more are asked for.
const MOST: usize = 100;
const FOUND: usize = 10;

/// The endings of code by language, for code without a name.
const ENDINGS: [(&str, &str); 6] =
    [("python", "py"), ("rust", "rs"), ("javascript", "js"), ("typescript", "ts"), ("go", "go"), ("java", "java")];

/// What to explain.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Explain {
    /// A rule (RTY1), paper, figure (jitter_relief), measured case, diagnostic code (stale) or place (FILE:LINE).
    what: String,
}

/// What to review: `path`, or `code` with `name` or `language`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Review {
    /// A file or folder of the project.
    path: Option<String>,
    /// The text of a file.
    code: Option<String>,
    /// The path that the text is reviewed as, since rules may be about some files only; nothing is read from there.
    name: Option<String>,
    /// The language of the text, if it has no name: python, rust, javascript, typescript, go or java.
    language: Option<String>,
    /// Only the rules that a role of kbc.toml carries.
    role: Option<String>,
    /// Only these rules.
    #[serde(default)]
    rules: Vec<String>,
}

/// How to report.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Budget {
    /// The form of the text; the structured content is the same.
    #[serde(default)]
    format: BudgetFormat,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum BudgetFormat {
    #[default]
    Markdown,
    Json,
}

/// What to look for: `words`, a `tag`, or both.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchPapers {
    /// Words, or how they begin; sections with most of them come first.
    #[serde(default)]
    words: String,
    /// Only sections that argue for a rule with this tag.
    tag: Option<String>,
    /// How many sections at most [default: 10, at most 100].
    limit: Option<usize>,
}

/// Every tool with its form.
pub fn all() -> Vec<Tool> {
    vec![
        tool::<Explain>(
            "explain",
            "Trace a rule, a figure, a paper or a line to the paper, section and measurements that it comes from, and to the \
             outputs that it is in; or say what a diagnostic code of kbc means.",
        ),
        tool::<Review>(
            "review",
            "Run the checks of the knowledge base on a file or folder of the project, or on code that is handed over. Each \
             finding has its rule, the sentence of its paper and the figures behind it.",
        ),
        tool::<Budget>(
            "budget",
            "What every output, rule and paper costs in tokens, what was left out and why, and what more tokens would buy.",
        ),
        tool::<SearchPapers>(
            "search_papers",
            "Find sections of the papers by words and by tag, with an excerpt, their rules and the URI to read them by.",
        ),
    ]
}

fn tool<T: JsonSchema>(name: &'static str, about: &'static str) -> Tool {
    let schema = schemars::schema_for!(T).to_value();
    let schema = schema.as_object().expect("the form of an object is an object").clone();
    let annotations = ToolAnnotations::new().read_only(true).open_world(false);
    Tool::new(name, about, schema).with_annotations(annotations)
}

/// Runs a tool. What it cannot do is an answer too, so that the agent reads why.
///
/// # Errors
/// If there is no such tool, or it is asked in a form that it does not have.
pub fn call(
    library: &Library,
    name: &str,
    arguments: Option<JsonObject>,
    stop: Stop,
) -> Result<CallToolResult, ErrorData> {
    let answer = match name {
        "explain" => explain(library, &arguments_of(name, arguments)?),
        "review" => review(library, arguments_of(name, arguments)?, stop)?,
        "budget" => budget(library, &arguments_of(name, arguments)?),
        "search_papers" => search(library, &arguments_of(name, arguments)?)?,
        _ => {
            let known = ["explain", "review", "budget", "search_papers"];
            let help = nearest(name, known)
                .map_or(format!("there are {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
            return Err(ErrorData::invalid_params(format!("no tool is called `{name}`; {help}"), None));
        }
    };
    Ok(answer.unwrap_or_else(|error| failed(told(&error))))
}

type Answer = anyhow::Result<CallToolResult>;

fn arguments_of<T: DeserializeOwned>(tool: &str, arguments: Option<JsonObject>) -> Result<T, ErrorData> {
    serde_json::from_value(Value::Object(arguments.unwrap_or_default()))
        .map_err(|fault| ErrorData::invalid_params(format!("`{tool}` cannot be asked so: {fault}"), None))
}

fn said(text: String, structured: Option<Value>) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = structured;
    result
}

fn failed(text: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// Why there is no answer: what is wrong with the knowledge base.
fn broken(why: &str, compiled: &Compilation) -> CallToolResult {
    let told = plain(&print::diagnostics(print::Format::Human, &compiled.diags, &compiled.sources));
    let mut result = failed(format!("{why}\n\n{told}"));
    let json = print::checked(print::Format::Json, &compiled.diags, &compiled.sources, &compiled.off);
    result.structured_content = serde_json::from_str(&json).ok();
    result
}

/// A text without the colours of a terminal.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// What stands before texts of papers and data. They are somebody else's words, so each of their lines is marked.
const TRACED: &str = "What the knowledge base has on it, quoted from its papers, data and outputs:";

/// A text with each of its lines marked as a quotation.
fn marked(text: &str) -> String {
    text.lines().map(|line| format!("> {line}").trim_end().to_owned() + "\n").collect()
}

fn explain(library: &Library, asked: &Explain) -> Answer {
    if let Some((file, _)) = explain::place_in(&asked.what) {
        inside::resolve(&library.root, file)?;
    }
    let compiled = match (library.now(), explain::code(&asked.what)) {
        (Ok(compiled), _) => compiled,
        (Err(_), Some(text)) => return Ok(said(text, None)),
        (Err(error), None) => return Err(error),
    };
    match explain::explain(&library.console, &library.root, &compiled, &asked.what) {
        Ok(Explained { traced: Some(text), own }) => {
            Ok(said(format!("{TRACED}\n{}{own}", marked(&text)), Some(json!({ "quote": text }))))
        }
        Ok(Explained { traced: None, own }) => Ok(said(own, None)),
        Err(error) if compiled.has_errors() => Ok(broken(&told(&error), &compiled)),
        Err(error) => Err(error),
    }
}

fn review(library: &Library, asked: Review, stop: Stop) -> Result<Answer, ErrorData> {
    let mut options = Options {
        format: findings::Format::Human,
        rules: asked.rules,
        role: asked.role,
        within: Some(library.root.clone()),
        stop,
        ..Options::default()
    };
    match (asked.path, asked.code) {
        (Some(path), None) => match inside::resolve(&library.root, &path) {
            Ok(real) => options.paths = vec![real],
            Err(refusal) => return Ok(Err(refusal)),
        },
        (None, Some(code)) => {
            options.stdin = Some(name_of_code(asked.name, asked.language)?);
            options.text = Some(code);
        }
        (Some(_), Some(_)) | (None, None) => {
            let message = "`review` takes a `path`, or `code` with a `name` or a `language`";
            return Err(ErrorData::invalid_params(message, None));
        }
    }
    Ok(library.review(&options).map(|review| {
        let text = findings::print(findings::Format::Human, &review) + &review::summary(&review) + "\n";
        let json = findings::print(findings::Format::Json, &review);
        let mut result = said(plain(&text), serde_json::from_str(&json).ok());
        // What could not be looked at has not passed.
        result.is_error = Some(review.diagnostics.iter().any(|trouble| trouble.severity == Severity::Error));
        result
    }))
}

fn name_of_code(name: Option<String>, language: Option<String>) -> Result<String, ErrorData> {
    if let Some(name) = name {
        return Ok(name);
    }
    let Some(language) = language else {
        let message = "`review` needs the `name` of the file that the code is of, or its `language`";
        return Err(ErrorData::invalid_params(message, None));
    };
    let ending = ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&language));
    ending.map(|(_, ending)| format!("code.{ending}")).ok_or_else(|| {
        let known = ENDINGS.map(|(language, _)| language).join(", ");
        ErrorData::invalid_params(format!("`{language}` is no language that is reviewed; there are {known}"), None)
    })
}

fn budget(library: &Library, asked: &Budget) -> Answer {
    let compiled = library.now()?;
    if compiled.has_errors() {
        return Ok(broken("there is no report while the inputs have errors", &compiled));
    }
    let report = budget_report::of(&library.console, &library.root, &compiled);
    let document = document::text("kbc.budget", 1, &report);
    let json = serde_json::from_str(&document)?;
    let text = match asked.format {
        BudgetFormat::Markdown => print::budget::print(&report, Medium::Markdown),
        BudgetFormat::Json => document,
    };
    Ok(said(plain(&text), Some(json)))
}

fn search(library: &Library, asked: &SearchPapers) -> Result<Answer, ErrorData> {
    if asked.words.trim().is_empty() && asked.tag.is_none() {
        return Err(ErrorData::invalid_params("`search_papers` needs `words`, a `tag` or both", None));
    }
    let around = Project::at(&library.root);
    let compiled = match library.now() {
        Ok(compiled) => compiled,
        Err(error) => return Ok(Err(error)),
    };
    if compiled.has_errors() {
        return Ok(Ok(broken("the papers are not searched while the inputs have errors", &compiled)));
    }
    Ok(Ok(found(asked, &compiled, &around)))
}

fn found(asked: &SearchPapers, compiled: &Compilation, around: &dyn World) -> CallToolResult {
    let model = &compiled.model;
    let all = paper_search::find(&asked.words, asked.tag.as_deref(), model, &compiled.sources);
    let is_inside = |found: &&paper_search::Found| around.exists(&model.papers[found.section.paper].path);
    let limit = asked.limit.unwrap_or(FOUND).min(MOST);
    let mut text = String::new();
    let mut json = Vec::new();
    for found in all.iter().filter(is_inside).take(limit) {
        let section = &found.section;
        let paper = &model.papers[section.paper];
        let uri = resources::name_of(section, compiled).to_string();
        let rules: Vec<&str> =
            model.rules.iter().filter(|rule| section.argues_for(rule)).map(|rule| rule.id.0.as_str()).collect();
        let argues = if rules.is_empty() { String::new() } else { format!(" [{}]", rules.join(", ")) };
        let quote = marked(&format!("{}\n{}", section.title, found.excerpt));
        text += &format!("{}{}{argues}\n  {uri}\n{quote}", paper.path, section.anchor);
        json.push(json!({
            "paper": paper.id, "title": paper.title, "path": paper.path, "anchor": section.anchor,
            "section": section.title, "uri": uri, "rules": rules, "quote": found.excerpt,
        }));
    }
    if json.is_empty() {
        let mut tags: Vec<&str> = model.rules.iter().flat_map(|rule| &rule.tags).map(String::as_str).collect();
        tags.sort_unstable();
        tags.dedup();
        text = match &asked.tag {
            Some(tag) if !tags.contains(&tag.as_str()) => {
                format!("no rule has the tag `{tag}`\n  help: there are {}\n", tags.join(", "))
            }
            _ => "no section has any of these words\n  help: try fewer letters of them, or other words\n".to_owned(),
        };
    }
    said(crate::text::hidden::visible(&text).into_owned(), Some(json!({ "sections": json, "found": all.len() })))
}
