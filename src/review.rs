//! Running checks on code: the one module that knows the syntax engine. It compiles the checks of a
//! model, proves them on the examples of their papers, and finds what breaks them in a text. Which texts,
//! and what is done with the findings, is for others.

mod builtin;
mod comment_runs;
mod conditions;
mod engine;
mod fault;
mod fault_report;
mod filled;
pub mod finding;
mod fix;
mod growth;
mod line_ends;
mod matcher;
mod node_table;
mod prefilter;
mod prove;
mod python_names;
mod python_repair;
mod recall;
mod scan;
mod suppress;
mod tree_filter;

pub use self::builtin::{names_for, utils_of};
pub use self::engine::{CodeText, Engine, Timing};
pub use self::fix::{Edit, Fixed, fixed};
pub use self::matcher::{CheckPlace, Matcher};
pub use self::prove::prove;
pub use self::recall::Recall;
pub use self::scan::{Match, Scan, Unlooked};
pub use self::suppress::SuppressionIssue;
