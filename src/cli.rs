//! The command line: the flags of every command, help, dispatch, exit code. A command has its flags in a file of its own; to
//! add one is that file, its `mod` and its row in `commands!`.

mod accept;
mod adopt;
mod budget;
mod build;
mod check;
mod completions;
mod doctor;
mod explain;
mod hook;
mod import;
mod init;
mod inject;
#[cfg(feature = "mcp")]
mod mcp;
mod measure;
mod migrate;
mod new;
mod prompt;
mod review;
mod schema;

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::commands::console::{Colours, Console};
use crate::commands::exit::Exit;
use crate::commands::session::{Remarks, Session};
use crate::diag::user_error::told;
use crate::host::cache::Cache;
use crate::input::vocabulary::Drafts;

/// Compiles a knowledge base: papers in, a rulebook for coding agents and evals out.
///
/// A knowledge base is a folder with papers/ (Markdown with rules in its front matter), data/
/// (measurements that the papers argue from), utils/ (what several checks need) and templates/ (what
/// to make of them). `kbc build` distills the papers to out/RULEBOOK.md, a few hundred tokens that
/// every coding agent can carry, and to out/rules.yaml, the same rules for machines. `kbc check`
/// fails in CI when papers, data and outputs no longer say the same.
///
/// Start with `kbc init my-knowledge`, then `kbc check`.
#[derive(Debug, Parser)]
#[command(name = "kbc", version, max_term_width = 100, after_help = EXIT_CODES, disable_help_subcommand = true)]
struct Arguments {
    /// Look for the knowledge base from this folder upwards, instead of the current one.
    #[arg(short = 'C', long, global = true, value_name = "DIR", default_value = ".", hide_default_value = true)]
    directory: PathBuf,
    /// Say nothing but what was asked for.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Compile papers and rules that are drafts as if they were active.
    #[arg(long, global = true)]
    drafts: bool,
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", hide_possible_values = true)]
    color: Color,
    /// How many threads to use; the result is the same with any number [default: one per processor].
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Compute everything anew, and remember nothing of it for the next run.
    #[arg(long, global = true)]
    no_cache: bool,
    #[command(subcommand)]
    command: Command,
}

/// Bytes of stack for each thread. Parsers of templates go as deep as their text is long; the memory of a stack is only
/// reserved, and taken when it is used.
const STACK: usize = 128 << 20;

const EXIT_CODES: &str = "Exit codes: 0 clean, 1 findings, 2 wrong usage or unreadable input, 3 a fault of kbc.";

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The commands in the order of the help, each with the file that has its flags and its call.
macro_rules! commands {
    ($($(#[$when:meta])? $name:ident($file:ident),)*) => {
        #[derive(Debug, Subcommand)]
        enum Command {
            $($(#[$when])? $name(Box<$file::Arguments>),)*
        }

        fn dispatch(command: Command, call: &Session) -> anyhow::Result<Exit> {
            match command {
                $($(#[$when])? Command::$name(arguments) => arguments.run(call),)*
            }
        }
    };
}

commands! {
    Build(build),
    Check(check),
    Adopt(adopt),
    Accept(accept),
    Budget(budget),
    Doctor(doctor),
    Inject(inject),
    Hook(hook),
    Review(review),
    Measure(measure),
    Import(import),
    Explain(explain),
    Prompt(prompt),
    #[cfg(feature = "mcp")]
    Mcp(mcp),
    Init(init),
    New(new),
    Migrate(migrate),
    Schema(schema),
    Completions(completions),
}

/// A number of seconds, as several commands take it.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0 && *seconds <= 86_400.0);
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "write seconds above 0, at most 86400".to_owned())
}

fn command() -> clap::Command {
    Arguments::command()
}

/// Runs kbc with the arguments and the streams of the process.
pub fn run() -> ExitCode {
    let console = Console::of_process();
    let told = console.clone();
    std::panic::set_hook(Box::new(move |panic| {
        told.remark(&format!(
            "bug: {panic}\n  help: this is a fault of kbc; please report it with the input that led to it"
        ));
    }));
    ExitCode::from(run_with(std::env::args_os(), console) as u8)
}

/// Runs kbc with arguments, of which the first is the name of the program, and streams. Nothing of the process is used
/// but the disk and the environment of the programs that it starts.
pub fn run_with<A: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = A>, console: Console) -> Exit {
    let command = match console.width() {
        Some(width) => command().term_width(width),
        None => command(),
    };
    let parsed = command.try_get_matches_from(arguments).and_then(|found| Arguments::from_arg_matches(&found));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error, &console),
    };
    let console = console.with_colours(match arguments.color {
        Color::Auto => Colours::Auto,
        Color::Always => Colours::Always,
        Color::Never => Colours::Never,
    });
    let threads = arguments.threads.map_or(console.threads(), usize::from);
    let session = Session {
        console: console.clone(),
        from: arguments.directory,
        remarks: if arguments.quiet { Remarks::Hidden } else { Remarks::Shown },
        drafts: if arguments.drafts { Drafts::Compiled } else { Drafts::LeftOut },
        today: None,
        cache: if arguments.no_cache { Cache::Unused } else { Cache::Used },
    };
    in_threads(threads, || dispatch(arguments.command, &session)).unwrap_or_else(|error| {
        console.fail(&told(&error));
        Exit::Unusable
    })
}

/// Prints help, the version, or what is wrong with the arguments.
fn refuse(error: &clap::Error, console: &Console) -> Exit {
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        console.complain(&text);
        return Exit::Unusable;
    }
    // There is nowhere left to complain.
    let _ = console.answer(&text);
    Exit::Clean
}

/// Runs a command in a pool of threads, 0 for one per processor. A panic was told by its hook.
fn in_threads(threads: usize, command: impl FnOnce() -> anyhow::Result<Exit> + Send) -> anyhow::Result<Exit> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build();
    let pool = pool.context("cannot start threads")?;
    let caught = pool.install(|| std::panic::catch_unwind(AssertUnwindSafe(command)));
    caught.unwrap_or(Ok(Exit::Bug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        command().debug_assert();
    }
}
