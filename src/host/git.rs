//! What stood in the files of a repository at a revision: asked of the git program, which reads objects and nothing else.
//! Neither the index nor the work tree is touched, nothing is checked out, and nothing that a repository sets is heeded.

mod changes;
mod commit;
mod repository;
mod snapshot;

pub use changes::Changes;
pub use snapshot::Snapshot;
