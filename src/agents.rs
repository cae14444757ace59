//! How agent programs read: prompts in the shapes of frameworks, events of hooks, and the prompts for each step of work.

pub mod chat;
pub mod hook;
pub mod prompts;
pub mod targets;
