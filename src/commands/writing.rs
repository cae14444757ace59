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
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Written,
    Removed,
}

impl Done {
    pub fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Removed => "removed",
        }
    }

    /// The words before the name of the file.
    pub fn told(self, mode: Mode) -> &'static str {
        match (self, mode) {
            (Self::Written, Mode::Write) => "wrote",
            (Self::Written, Mode::Name | Mode::Diff) => "would write",
            (Self::Removed, Mode::Write) => "removed",
            (Self::Removed, Mode::Name | Mode::Diff) => "would remove",
        }
    }
}
