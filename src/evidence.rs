//! Measurements: results of other tools, what many runs come to, which benchmarks to run, and the data files that kbc
//! writes.

pub mod bench_results;
pub mod data_writer;
pub mod limits;
pub mod machine;
pub mod measure;
pub mod statistics;
