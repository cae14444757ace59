//! What each kind of input file may say: settings, papers, data, templates, utility rules, the lock; and what several of them say.

pub mod check;
pub mod config;
pub mod data;
pub mod exception;
pub mod instructions;
pub mod lock_file;
pub mod paper;
pub mod select;
pub mod template;
pub mod utility;
