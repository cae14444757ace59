//! Trouble of whoever called kbc: what is wrong, and what to do about it. Printed in one place, whatever it went through.

use std::fmt;

use crate::text::quoted;

/// An error with help. Its text is the message alone; [`told()`] prints all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    pub message: String,
    pub help: Vec<String>,
    /// Was something not understood, so that who is told nothing would take it for clean?
    pub is_not_understood: bool,
}

impl UserError {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: Vec::new(), is_not_understood: false }
    }

    /// Makes it one of those that an agent is told as well.
    #[must_use]
    pub fn not_understood(self) -> Self {
        Self { is_not_understood: true, ..self }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The same of something whose name comes first.
    #[must_use]
    pub fn of(self, what: impl fmt::Display) -> Self {
        Self { message: format!("{what} {}", self.message), ..self }
    }
}

impl fmt::Display for UserError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for UserError {}

impl From<String> for UserError {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<anyhow::Error> for UserError {
    fn from(error: anyhow::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&anyhow::Error> for UserError {
    fn from(error: &anyhow::Error) -> Self {
        let is_not_understood = is_not_understood(error);
        Self { message: format!("{error:#}"), help: help(error).cloned().collect(), is_not_understood }
    }
}

/// An error with its causes, and below it the help of each of them.
pub fn told(error: &anyhow::Error) -> String {
    let help: String = help(error).map(|help| format!("\n  help: {}", quoted::line(help))).collect();
    format!("{}{help}", quoted::line(&format!("{error:#}")))
}

/// An error and its help in one line.
pub fn line(error: &anyhow::Error) -> String {
    let help: String = help(error).map(|help| format!("; {help}")).collect();
    quoted::line(&format!("{error}{help}")).into_owned()
}

/// Would who is told nothing of an error take it for clean?
pub fn is_not_understood(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<UserError>()).any(|error| error.is_not_understood)
}

fn help(error: &anyhow::Error) -> impl Iterator<Item = &String> {
    error.chain().filter_map(|cause| cause.downcast_ref::<UserError>()).flat_map(|error| &error.help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_stands_below_whatever_it_went_through() {
        let error = UserError::new("it is gone").help("make it").help("or leave it out").of("`a`");
        let error = anyhow::Error::from(error).context("cannot read `b`");
        assert_eq!(told(&error), "cannot read `b`: `a` it is gone\n  help: make it\n  help: or leave it out");
        assert_eq!(line(&error), "cannot read `b`; make it; or leave it out");
    }
}
