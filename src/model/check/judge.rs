//! A question about places that a rule by syntax finds.

use serde_json::Value;

use super::{Fault, Kind, Syntax};
use crate::input::files::check as written;
use crate::input::files::check::Judge;

pub(super) fn new(judge: &Judge, ast: &Value, check: &written::Check) -> Result<Kind, Vec<Fault>> {
    let syntax = Syntax::new(ast, check);
    if check.fix.is_none() {
        return Ok(Kind::Judge(judge.clone(), syntax?));
    }
    let fix = ("fix", "has a `fix`, but what it finds is a question".to_owned(), "leave the `fix` out".to_owned());
    Err(syntax.err().into_iter().flatten().chain([fix]).collect())
}
