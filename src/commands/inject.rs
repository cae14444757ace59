//! `kbc inject`: the rulebook, alone or in a prompt, in the shape that a framework takes.

use anyhow::{Context, Result, bail};

use super::built_outputs;
use super::console::Console;
use super::exit::Exit;
use super::session::Session;
use crate::agents::chat::{self, Form, Framework, Variables};
use crate::compile::text_checks;
use crate::diag::UserError;
use crate::host::disk;
use crate::host::read::{self, MAX_HANDED};
use crate::input::formats::managed_block;
use crate::text::hidden;
use crate::text::quoted;
use crate::text::source::nearest;

/// The most places of hidden text that are told one by one.
const MAX_TOLD: usize = 20;

/// What is wanted.
#[derive(Debug)]
pub struct Options {
    pub role: Option<String>,
    /// Another output than the rulebook.
    pub from: Option<String>,
    /// The revision that it is taken from, if not from the file.
    pub at: Option<String>,
    /// A file, or `-` for standard input.
    pub prompt: Option<String>,
    pub framework: Framework,
    /// `name=value`
    pub variables: Vec<String>,
}

/// Prints the rulebook, or the prompt with it.
///
/// # Errors
/// If the rulebook is not there, the prompt cannot be read or understood, or a variable is of no use.
pub fn run(call: &Session, options: &Options) -> Result<Exit> {
    let root = call.root()?;
    let world = disk::world(&root, options.at.as_deref())?;
    let config = built_outputs::config(&*world)?;
    let rulebook = match &options.from {
        Some(path) => built_outputs::output(&*world, &config, path)?,
        None => built_outputs::rulebook(&*world, &config, options.role.as_deref())?.1,
    };
    let variables = variables(&options.variables)?;
    let (name, prompt) = match &options.prompt {
        Some(prompt) => read(&call.console, prompt)?,
        None if !variables.is_empty() => {
            bail!(UserError::new("there is no prompt to fill in").help("hand one over: `--prompt FILE`"))
        }
        None if options.framework == Framework::Text => {
            call.answer(&rulebook)?;
            return Ok(Exit::Clean);
        }
        None => (String::new(), String::new()),
    };
    let refused = |refusal: chat::Refusal| anyhow::anyhow!("{name}: {refusal}");
    if options.framework == Framework::Text {
        let mut filled = chat::Filled::default();
        let prompt = chat::fill(&prompt, &variables, &mut filled);
        tell(call, &name, &filled, &variables)?;
        let text = managed_block::splice(&prompt, managed_block::INJECTED, &rulebook)
            .map_err(|damage| anyhow::anyhow!("{name}: {damage}"))?;
        warn(call, &name, &prompt, &text);
        call.answer(&text)?;
        return Ok(Exit::Clean);
    }
    warn(call, &name, &prompt, &prompt);
    let mut messages = chat::read(&prompt, form(&name)).map_err(refused)?;
    let filled = chat::fill_all(&mut messages, &variables);
    tell(call, &name, &filled, &variables)?;
    chat::inject(&mut messages, managed_block::INJECTED, &rulebook).map_err(refused)?;
    let json = chat::frame(&messages, options.framework).map_err(refused)?;
    call.answer(&format!("{}\n", serde_json::to_string_pretty(&json).expect("JSON can be written")))?;
    Ok(Exit::Clean)
}

/// What a prompt is by the ending of its name.
fn form(name: &str) -> Form {
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        Some("json") => Form::Json,
        Some("md" | "markdown" | "mdc" | "txt" | "prompt" | "rst") => Form::Text,
        Some(_) | None => Form::Unknown,
    }
}

fn variables(written: &[String]) -> Result<Variables> {
    let mut variables = Variables::new();
    for text in written {
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| chat::is_name(name)) else {
            bail!(
                UserError::new(format!("`{text}` gives no variable a value"))
                    .help("write `--var name=value`; names are letters, digits and underscores")
            );
        };
        if variables.insert(name.to_owned(), value.to_owned()).is_some() {
            bail!(UserError::new(format!("the variable `{name}` has two values")).help("leave one of them out"));
        }
    }
    Ok(variables)
}

/// A value that fills nothing is a slip of the caller; a variable without one may be meant for somebody else.
fn tell(call: &Session, name: &str, filled: &chat::Filled, variables: &Variables) -> Result<()> {
    if let Some(unused) = variables.keys().find(|variable| !filled.used.contains(*variable)) {
        let help = match nearest(unused, filled.open.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write `{{{{ {unused} }}}}` where it belongs, or leave it out"),
        };
        bail!(UserError::new(format!("{name} has no variable `{unused}`")).help(help));
    }
    // Who fills nothing uses no variables; braces are part of the prompt then.
    for variable in filled.open.iter().filter(|_| !variables.is_empty()) {
        call.remark(&format!(
            "warning: {name}: `{{{{ {variable} }}}}` is left as it is: `--var {variable}=...` fills it"
        ));
    }
    Ok(())
}

/// The prompt belongs to its owner, so what it hides is said and left. What stood in the old block is gone.
fn warn(call: &Session, name: &str, host: &str, text: &str) {
    if hidden::scan(text).is_empty() {
        return;
    }
    let runs = hidden::scan(host);
    let rest = runs.len().saturating_sub(MAX_TOLD);
    for run in runs.into_iter().take(MAX_TOLD) {
        let (line, column) = built_outputs::position(host, run.range.start);
        let payload = run.payload.map(|payload| format!("; decoded, it says `{payload}`")).unwrap_or_default();
        call.remark(&format!(
            "warning: {name}:{line}:{column}: {} is hidden text{payload}",
            text_checks::title(run.first)
        ));
    }
    if rest > 0 {
        call.remark(&format!("warning: {name}: and {rest} more places of hidden text"));
    }
}

fn read(console: &Console, prompt: &str) -> Result<(String, String)> {
    let (name, bytes) = if prompt == "-" {
        let bytes = console.input(MAX_HANDED + 1).context("cannot read the prompt from standard input")?;
        if bytes.len() as u64 > MAX_HANDED {
            bail!(
                UserError::new(format!("the prompt has more than {} MiB", MAX_HANDED >> 20))
                    .help("hand over a shorter one")
            );
        }
        ("standard input".to_owned(), bytes)
    } else {
        (
            quoted::path(prompt).into_owned(),
            read::bytes(&console.path(prompt), MAX_HANDED)
                .with_context(|| format!("cannot read the prompt `{prompt}`"))?,
        )
    };
    let text = String::from_utf8(bytes).with_context(|| format!("the prompt ({name}) is not UTF-8"))?;
    Ok((name, text))
}
