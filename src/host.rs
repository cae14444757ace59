//! The outside: the file system, git and Python. What files mean is not known here.

pub mod cache;
pub mod clock;
pub mod code;
pub mod directory_lock;
pub mod disk;
pub mod git;
pub mod ignore_files;
pub mod journal;
pub mod key;
pub mod leftovers;
pub mod paths;
pub mod project;
pub mod python;
pub mod read;
pub mod rewrite;
