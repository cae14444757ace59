//! `kbc schema`: the JSON Schemas of every format.

use anyhow::{Result, bail};

use super::exit::Exit;
use super::session::Session;
use crate::compile::{budget_report, formats};
use crate::diag::UserError;
use crate::input::schema::Format;
use crate::print;
use crate::review::finding;
use crate::text::source::nearest;

/// What is no file of a knowledge base: what a review keeps and reads, and what commands print as JSON.
static OTHERS: [&Format; 5] = [
    &finding::BASELINE,
    &finding::ANSWERS,
    &print::json::FORMAT,
    &print::findings::json::FORMAT,
    &budget_report::FORMAT,
];

/// Every format, in the order in which they are listed.
pub fn all() -> impl Iterator<Item = &'static Format> {
    formats::ALL.into_iter().chain(OTHERS)
}

/// Prints one schema, or the names of all.
pub fn run(call: &Session, name: Option<&str>) -> Result<Exit> {
    let names: Vec<&str> = all().map(|format| format.name).collect();
    let Some(name) = name else {
        call.set("formats", &names);
        call.answer(&names.iter().map(|name| format!("{name}\n")).collect::<String>())?;
        return Ok(Exit::Clean);
    };
    let Some(format) = all().find(|format| format.name == name) else {
        let help = match nearest(name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        bail!(UserError::new(format!("no schema is called `{name}`")).help(help));
    };
    call.hand_out(format.text())?;
    Ok(Exit::Clean)
}
