//! Every check compiled, and run on the examples of its own paper.

use crate::diag::Sink;
use crate::input::vocabulary::Status;
use crate::model::Model;
use crate::review::{self, Engine};
use crate::text::source::Sources;

/// The checks of all rules but drafts, which are being written. Complains about those that cannot run, or that find the
/// wrong thing in an example.
pub fn engine(model: &Model, sources: &Sources, sink: &mut Sink) -> Engine {
    let rules: Vec<usize> = (0..model.rules.len()).filter(|rule| model.rules[*rule].status != Status::Draft).collect();
    let engine = Engine::new(model, &rules, sources, sink);
    engine.prepare();
    sink.extend(engine.faults(model, sources));
    review::prove(&engine, model, sources, sink);
    engine
}
