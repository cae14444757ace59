//! `kbc schema`: the JSON Schemas of every format.

use anyhow::{Result, bail};

use super::exit::Exit;
use super::session::Session;
use crate::compile::formats;
use crate::diag::UserError;
use crate::text::source::nearest;

/// Prints one schema, or the names of all.
pub fn run(call: &Session, name: Option<&str>) -> Result<Exit> {
    let Some(name) = name else {
        call.set("formats", &formats::ALL.map(|format| format.name));
        call.answer(&formats::ALL.map(|format| format.name.to_owned() + "\n").concat())?;
        return Ok(Exit::Clean);
    };
    let Some(format) = formats::ALL.into_iter().find(|format| format.name == name) else {
        let names = formats::ALL.map(|format| format.name);
        let help = match nearest(name, names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        bail!(UserError::new(format!("no schema is called `{name}`")).help(help));
    };
    call.hand_out(format.text())?;
    Ok(Exit::Clean)
}
