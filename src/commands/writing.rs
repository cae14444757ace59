//! What a command does with the files that it would write.

/// Are files written, or only named, or are their changes shown?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Write,
    /// `--dry-run`
    Name,
    /// `--diff`
    Diff,
}

impl Mode {
    /// By the flags of a command.
    pub fn of(diff: bool, dry_run: bool) -> Self {
        match (diff, dry_run) {
            (true, _) => Self::Diff,
            (false, true) => Self::Name,
            (false, false) => Self::Write,
        }
    }

    /// The word before the name of a file that is written, or would be.
    pub fn wrote(self) -> &'static str {
        match self {
            Self::Write => "wrote",
            Self::Name | Self::Diff => "would write",
        }
    }
}
