//! Flags that several commands take: each is defined once here, with one meaning, and every command lists those that mean
//! something there. A variable of the environment stands for the flag where that is not given.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};

use crate::text::day::is_day;

/// A flag that is not of one command alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    Base,
    Drafts,
    Threads,
    NoCache,
    Today,
    /// Text for people, or a document for programs. A command that knows more formats has a flag of its own.
    Format,
    Output,
}

use Shared::{Base, Drafts, Format, NoCache, Output, Threads, Today};

/// What a command takes that reads the knowledge base, or writes to it, and compiles no outputs.
pub const READS: &[Shared] = &[Base, Format, Output];
/// What a command takes that compiles the knowledge base.
pub const COMPILES: &[Shared] = &[Base, Drafts, Threads, Format, Output];
/// What a command takes that needs no knowledge base.
pub const REPORTS: &[Shared] = &[Format, Output];

/// The variable that stands for `--format`, of whatever command.
pub const FORMAT: &str = "KBC_FORMAT";

impl Shared {
    /// What the flag is called.
    pub fn name(self) -> &'static str {
        match self {
            Base => "base",
            Drafts => "drafts",
            Threads => "threads",
            NoCache => "no-cache",
            Today => "today",
            Format => "format",
            Output => "output",
        }
    }

    /// The variable of the environment that stands for it.
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Base => Some("KBC_BASE"),
            Threads => Some("KBC_THREADS"),
            Today => Some("KBC_TODAY"),
            Drafts | NoCache | Format | Output => None,
        }
    }

    fn arg(self) -> Arg {
        let arg = Arg::new(self.name()).long(self.name()).global(true).display_order(900 + self as usize);
        match self {
            Format => arg
                .value_name("FORMAT")
                .value_parser(["human", "json"])
                .default_value("human")
                .hide_possible_values(true)
                .hide_default_value(true)
                .help("How the report is written: human or json [default: human] [env: KBC_FORMAT]"),
            Output => arg
                .short('o')
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .value_parser(value_parser!(PathBuf))
                .help("Write the report to FILE instead of standard output"),
            Base => arg
                .value_name("DIR")
                .value_hint(ValueHint::DirPath)
                .value_parser(value_parser!(PathBuf))
                .help("The knowledge base: the one in DIR or in a folder above it [default: .] [env: KBC_BASE]"),
            Drafts => {
                arg.action(ArgAction::SetTrue).help("Compile papers and rules that are drafts as if they were active")
            }
            Threads => arg.value_name("N").value_parser(threads).help(
                "Use N threads; the result is the same with any number [default: one per processor] [env: KBC_THREADS]",
            ),
            NoCache => arg
                .action(ArgAction::SetTrue)
                .help("Compute everything anew, and remember nothing of it for the next run"),
            Today => arg.value_name("DAY").value_parser(day).help(
                "Take DAY (YYYY-MM-DD, UTC) for today in everything that expires [default: today] [env: KBC_TODAY]",
            ),
        }
    }
}

/// Gives a command its shared flags.
pub fn add(command: Command, flags: &[Shared]) -> Command {
    command.args(flags.iter().map(|flag| flag.arg()))
}

/// The formats of all commands together.
const FORMATS: [&str; 9] = ["human", "short", "json", "markdown", "sarif", "github", "gitlab", "rdjsonl", "junit"];

/// Makes a format the default of every command that has it. Is there such a format?
pub fn prefer(command: &mut Command, format: &str) -> bool {
    let Some(format) = FORMATS.into_iter().find(|known| *known == format) else { return false };
    let has = |arg: &Arg| arg.get_possible_values().iter().any(|value| value.get_name() == format);
    if command.get_arguments().any(|arg| arg.get_id() == "format" && has(arg)) {
        *command = std::mem::take(command).mut_arg("format", |arg| arg.default_value(format));
    }
    command.get_subcommands_mut().fold(true, |_, below| prefer(below, format))
}

/// A number of threads.
pub fn threads(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|number| (1..=256).contains(number));
    number.ok_or_else(|| "write a number from 1 to 256".to_owned())
}

/// A day of the calendar.
pub fn day(text: &str) -> Result<String, String> {
    is_day(text).then(|| text.to_owned()).ok_or_else(|| "write a day as YYYY-MM-DD".to_owned())
}

/// The word behind `--format`, given or by default.
pub fn format(found: &ArgMatches) -> Option<String> {
    let below = found.subcommand().and_then(|(_, below)| format(below));
    below.or_else(|| {
        let mut words = found.try_get_raw("format").ok().flatten()?;
        words.next_back().map(|word| word.to_string_lossy().into_owned())
    })
}

/// The value of a flag, wherever it was given: before or behind the name of a command of a command.
pub fn value<T: Clone + Send + Sync + 'static>(found: &ArgMatches, flag: Shared) -> Option<T> {
    let below = found.subcommand().and_then(|(_, below)| value(below, flag));
    below.or_else(|| found.try_get_one::<T>(flag.name()).ok().flatten().cloned())
}
