//! The outside: the file system, git and Python. What files mean is not known here.

pub mod disk;
pub mod git;
pub mod python;
