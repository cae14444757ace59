//! What each command does, in the order that it does it. A command knows no rule of any kind.

pub mod accept;
pub mod adopt;
pub mod budget;
pub mod build;
pub mod built_outputs;
pub mod channels;
pub mod check;
pub mod completions;
pub mod console;
mod data_file;
pub mod doctor;
pub mod exit;
pub mod explain;
pub mod hook;
pub mod import;
pub mod init;
pub mod inject;
pub mod measure;
pub mod new;
mod progress;
pub mod project;
pub mod prompt;
mod results;
pub mod review;
pub mod schema;
pub mod session;
pub mod verdict;
