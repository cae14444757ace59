//! The command line: the flags of every command, help, dispatch, exit code. A command has its flags in a file of its own; to
//! add one is that file, its `mod` and its row in `commands!`.

mod accept;
mod adopt;
mod author;
mod budget;
mod build;
mod call;
mod check;
mod completions;
mod config;
mod doctor;
mod explain;
mod hook;
mod import;
mod init;
mod inject;
mod list;
#[cfg(feature = "mcp")]
mod mcp;
mod measure;
mod migrate;
mod new;
mod prompt;
mod report;
mod review;
mod schema;
#[cfg(feature = "mcp")]
mod serve;
mod shared;

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::call::{Color, Every, Given};
use self::shared::Shared;

use crate::commands::console::{Colours, Console};
use crate::commands::exit::Exit;
use crate::commands::report as document;
use crate::commands::session::Session;
use crate::diag::UserError;
use crate::diag::user_error::told;

/// Compiles a knowledge base: papers in, a rulebook for coding agents and checks out.
///
/// A knowledge base is a folder with papers/ (Markdown with rules in its front matter), data/
/// (results that the papers argue from), utils/ (what several checks need) and templates/ (what
/// to make of them). `kbc build` distills the papers to out/RULEBOOK.md, a few hundred tokens that
/// every coding agent can carry, and to out/rules.yaml, the same rules for machines. `kbc check`
/// fails in CI when papers, data and outputs no longer say the same.
///
/// Start with `kbc init my-knowledge`, then `kbc check`.
#[derive(Debug, Parser)]
#[command(name = "kbc", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    #[command(flatten)]
    every: Every,
    /// When to use colours: auto (on a terminal), always or never [default: auto] [env: KBC_COLOR].
    #[arg(long, global = true, value_enum, value_name = "WHEN", hide_possible_values = true)]
    color: Option<Color>,
    #[command(subcommand)]
    command: Command,
}

/// Bytes of stack for each thread. Parsers of templates go as deep as their text is long; the memory of a stack is only
/// reserved, and taken when it is used.
const STACK: usize = 128 << 20;

const EXIT_CODES: &str = "Exit codes: 0 nothing found, 1 something found, 2 could not be done, 3 a fault of kbc. `kbc help COMMAND` tells more.";

/// The commands by group in the order of the help, each with the file that has its flags and its call.
macro_rules! commands {
    ($($group:literal { $($(#[$when:meta])? $name:ident($file:ident),)* })*) => {
        #[derive(Debug, Subcommand)]
        enum Command {
            $($($(#[$when])? $name(Box<$file::Arguments>),)*)*
        }

        fn dispatch(command: Command, call: &Session) -> anyhow::Result<Exit> {
            match command {
                $($($(#[$when])? Command::$name(arguments) => arguments.run(call),)*)*
            }
        }

        /// The shared flags of a command.
        fn shared_by(command: &str) -> &'static [Shared] {
            $($($(#[$when])? if command == stringify!($file) {
                return $file::SHARED;
            })*)*
            &[]
        }

        /// The commands by group, in the order of the help.
        const GROUPS: &[(&str, &[&str])] = &[$(($group, &[$($(#[$when])? stringify!($file),)*]),)*];
    };
}

commands! {
    "Every day" {
        Build(build),
        Check(check),
        Review(review),
        Explain(explain),
        Accept(accept),
    }
    "Write" {
        New(new),
        Adopt(adopt),
        Measure(measure),
        Import(import),
        Prompt(prompt),
        Author(author),
    }
    "Look" {
        List(list),
        Budget(budget),
        Report(report),
        Doctor(doctor),
    }
    "Connect" {
        Inject(inject),
        Hook(hook),
        #[cfg(feature = "mcp")]
        Serve(serve),
        #[cfg(feature = "mcp")]
        Mcp(mcp),
    }
    "Set up" {
        Init(init),
        Config(config),
        Migrate(migrate),
        Schema(schema),
        Completions(completions),
    }
}

/// A time as several commands take it: with a unit, or else in seconds.
fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 4] = [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let unit = UNITS.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)));
    let (number, unit) = unit.unwrap_or((text, 1.0));
    let seconds = number.trim_end().parse().ok().map(|number: f64| number * unit);
    let seconds = seconds.filter(|seconds| *seconds > 0.0 && *seconds <= 86_400.0);
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "write a time such as `500ms`, `30s`, `15m` or `2h`, at most `24h`".to_owned())
}

/// The help of kbc itself, with the commands by group.
fn groups(command: &clap::Command) -> String {
    let line = |name: &&str| {
        let about = command.find_subcommand(name).and_then(clap::Command::get_about);
        about.map(|about| format!("  {name:<11}  {about}\n")).unwrap_or_default()
    };
    let group = |(title, names): &(&str, &[&str])| {
        let lines: String = names.iter().filter(|name| **name != OTHER_NAME).map(line).collect();
        format!("{title}:\n{lines}\n")
    };
    let groups: String = GROUPS.iter().map(group).collect();
    format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}Options:\n{{options}}{{after-help}}"
    )
}

/// What `kbc serve mcp` is called in settings of agent programs.
const OTHER_NAME: &str = "mcp";

/// Every command with its flags.
pub fn command() -> clap::Command {
    let command = Arguments::command();
    let help = groups(&command);
    command.help_template(help).mut_subcommands(|command| {
        let flags = shared_by(command.get_name());
        let is_other_name = command.get_name() == OTHER_NAME;
        let command = shared::add(command, flags).hide(is_other_name);
        // Of what a hook answers, the agent program alone says where it goes.
        match command.get_name() {
            "hook" => command.mut_subcommands(|below| match below.get_name() {
                "test" | "install" => shared::add(below, shared::REPORTS),
                _ => below,
            }),
            _ => command,
        }
    })
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
    let words: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let mut command = match console.width() {
        Some(width) => command().term_width(width),
        None => command(),
    };
    let format = console.variable(shared::FORMAT).filter(|format| !format.is_empty());
    if let Some(format) = format.filter(|format| !shared::prefer(&mut command, format)) {
        let error = UserError::new(format!("the variable `{}` is `{format}`, which is no format", shared::FORMAT));
        console.fail(&told(&error.help("correct it, or unset it").into()));
        return Exit::Unusable;
    }
    let parsed =
        command.try_get_matches_from(&words).and_then(|found| Ok((Arguments::from_arg_matches(&found)?, found)));
    let (arguments, found) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error, &words, &console),
    };
    let named = call::colours(arguments.color, &console);
    let console = console.with_colours(*named.as_ref().unwrap_or(&Colours::Auto));
    let name = found.subcommand_name().unwrap_or_default();
    let called =
        named.and_then(|_| Given { flags: shared_by(name), found: &found, console: &console }.call(&arguments.every));
    match called {
        Ok(call) => {
            let done = in_threads(call.console.threads(), || dispatch(arguments.command, &call));
            call.end(name, done)
        }
        Err(error) => {
            console.fail(&told(&error));
            if asks_for_json(&words) {
                let _ = console.answer(&document::failed(&error.into()));
            }
            Exit::Unusable
        }
    }
}

/// Do arguments that cannot be used ask for a document?
fn asks_for_json(words: &[OsString]) -> bool {
    words.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
        || words.iter().any(|word| word == "--format=json")
}

/// Prints help, the version, or what is wrong with the arguments.
fn refuse(error: &clap::Error, words: &[OsString], console: &Console) -> Exit {
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        console.complain(&text);
        if asks_for_json(words) {
            let plain = error.render().to_string();
            let message = plain.trim_start_matches("error: ").lines().next().unwrap_or_default().to_owned();
            let _ = console.answer(&document::failed(&UserError::new(message)));
        }
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
