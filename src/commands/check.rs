//! `kbc check`: would `kbc build` change anything, and does every layer bear out the others?

use anyhow::Result;

use super::exit::Exit;
use super::project::compile;
use super::session::Session;
use crate::diag::Diagnostic;
use crate::print::{self, Format};
use crate::text::quantity::plural;

/// Compares in memory. Nothing is written, but for what a build that was killed had begun.
pub fn run(call: &Session, format: Format) -> Result<Exit> {
    let compilation = compile(call)?;
    let compiled = &compilation.compiled;
    let diags: Vec<Diagnostic> = compilation.diagnostics().cloned().collect();
    call.answer(&print::diagnostics(format, &diags, &compiled.sources))?;
    let contents = format!(
        "{}, {}, {}",
        plural(compiled.model.domains.len(), "paper"),
        plural(compiled.model.rules.len(), "rule"),
        plural(compiled.artifacts.len(), "output")
    );
    call.remark(&match print::tally(&diags) {
        None => format!("clean: {contents}"),
        Some(tally) if compiled.has_errors() => {
            format!("{tally}; the outputs were not compared because the inputs have errors")
        }
        Some(tally) => format!("{tally}: {contents}"),
    });
    Ok(compilation.exit())
}
