//! What a command tells programs: one JSON document, put together while it works and printed as it ends, whatever happens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Map, Value};

use super::exit::Exit;
use crate::diag::{Diagnostic, UserError};
use crate::print::document::{self, Message};
use crate::text::source::Sources;

/// A document in the making. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct Report(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    body: Map<String, Value>,
    diagnostics: Vec<Value>,
    /// Did the command write a document by itself?
    is_made: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    body: &'a Map<String, Value>,
    diagnostics: &'a [Value],
}

impl Report {
    /// Sets a field.
    pub fn set(&self, key: &str, value: &impl Serialize) {
        self.contents().body.insert(key.to_owned(), as_value(value));
    }

    /// Adds to a field that is a list.
    pub fn push(&self, key: &str, value: &impl Serialize) {
        let mut contents = self.contents();
        let list = contents.body.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        list.as_array_mut().expect("a field is either set or pushed to").push(as_value(value));
    }

    /// The command writes a document by itself, with its head.
    pub fn is_made(&self) {
        self.contents().is_made = true;
    }

    pub fn complain<'a>(&self, diags: impl IntoIterator<Item = &'a Diagnostic>, sources: &Sources) {
        let values = diags.into_iter().map(|diagnostic| as_value(&Message::of(diagnostic, sources)));
        self.contents().diagnostics.extend(values);
    }

    pub fn fail(&self, why: &UserError) {
        self.contents().diagnostics.push(as_value(&Message::of_failure(&why.message, &why.help)));
    }

    /// The document of a command that wrote none by itself. If it could not do what it was asked to, that is what it says.
    pub fn text(&self, command: &str, exit: Exit) -> Option<String> {
        let contents = self.contents();
        if contents.is_made {
            return None;
        }
        let failed = exit >= Exit::Unusable && contents.body.is_empty();
        let kind = if failed { "kbc.error".to_owned() } else { format!("kbc.{command}") };
        let body = Body { body: &contents.body, diagnostics: &contents.diagnostics };
        Some(document::text(&kind, 1, &body))
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The document of a call that could not even be understood.
pub fn failed(why: &UserError) -> String {
    let report = Report::default();
    report.fail(why);
    report.text("error", Exit::Unusable).unwrap_or_default()
}

fn as_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("texts and numbers are JSON")
}
