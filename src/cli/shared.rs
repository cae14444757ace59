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
}

use Shared::{Base, Drafts, NoCache, Threads, Today};

/// What a command takes that needs the knowledge base and compiles nothing.
pub const READS: &[Shared] = &[Base];
/// What a command takes that compiles the knowledge base.
pub const COMPILES: &[Shared] = &[Base, Drafts, Threads];

impl Shared {
    /// What the flag is called.
    pub fn name(self) -> &'static str {
        match self {
            Base => "base",
            Drafts => "drafts",
            Threads => "threads",
            NoCache => "no-cache",
            Today => "today",
        }
    }

    /// The variable of the environment that stands for it.
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Base => Some("KBC_BASE"),
            Threads => Some("KBC_THREADS"),
            Today => Some("KBC_TODAY"),
            Drafts | NoCache => None,
        }
    }

    fn arg(self) -> Arg {
        let arg = Arg::new(self.name()).long(self.name()).global(true).display_order(900 + self as usize);
        match self {
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

/// A number of threads.
pub fn threads(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|number| (1..=256).contains(number));
    number.ok_or_else(|| "write a number from 1 to 256".to_owned())
}

/// A day of the calendar.
pub fn day(text: &str) -> Result<String, String> {
    is_day(text).then(|| text.to_owned()).ok_or_else(|| "write a day as YYYY-MM-DD".to_owned())
}

/// The value of a flag, wherever it was given: before or behind the name of a command of a command.
pub fn value<T: Clone + Send + Sync + 'static>(found: &ArgMatches, flag: Shared) -> Option<T> {
    let below = found.subcommand().and_then(|(_, below)| value(below, flag));
    below.or_else(|| found.try_get_one::<T>(flag.name()).ok().flatten().cloned())
}
