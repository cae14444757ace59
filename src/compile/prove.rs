//! Every check compiled, and run on the examples of its own paper.

use crate::diag::Sink;
use crate::input::vocabulary::Status;
use crate::model::Model;
use crate::review::{self, CheckPlace, Engine};
use crate::text::source::Sources;

/// The checks of all rules but drafts, which are being written. Complains about those that cannot run, or that find the
/// wrong thing in an example.
pub fn engine(model: &Model, sources: &Sources, sink: &mut Sink) -> Engine {
    let rules = model.rules.iter().enumerate().filter(|(_, rule)| rule.status != Status::Draft);
    let checks =
        rules.flat_map(|(index, rule)| (0..rule.checks.len()).map(move |check| CheckPlace { rule: index, check }));
    let engine = Engine::new(model, checks.collect(), sources, sink);
    engine.prepare();
    sink.extend(engine.faults(model, sources));
    review::prove(&engine, model, sources, sink);
    engine
}
