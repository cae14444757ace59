//! What kbc has to say to a person: a [`Diagnostic`] with a code, places and the next step.
//! How it is printed and what exit code follows is decided elsewhere.

mod codes;
pub mod diagnostic;
mod home;
mod levels;
mod severity;
mod sink;
pub mod user_error;

pub use codes::{Code, Group, Kind};
pub use diagnostic::{Diagnostic, Label, Place, count, worst};
pub use home::HOME;
pub use levels::{Level, Levels, SwitchedOff};
pub use severity::{Class, Severity};
pub use sink::{MOST, SUGGESTED, Sink};
pub use user_error::UserError;
