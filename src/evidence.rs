//! Measurements: results of other tools, what many runs come to, which benchmarks to run, and the data files that kbc
//! writes.

pub mod machine;
pub mod measure;
pub mod record;
pub mod results;
pub mod statistics;
