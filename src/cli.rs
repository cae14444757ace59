//! The command line: flags, help, dispatch, exit code.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::agents::chat;
use crate::agents::hook::Kind;
use crate::agents::hook::settings::Program;
use crate::agents::prompts;
use crate::commands::accept::Accepted;
use crate::commands::build::{Overwrite, Show};
use crate::commands::hook;
use crate::commands::measure;
use crate::commands::prompt::exec::Agent;
use crate::commands::review::{self, BaselineMode, FailOn, Rewrites, Times};
use crate::commands::{self, Exit, Remarks, Session};
use crate::input::vocabulary;
use crate::input::vocabulary::Drafts;
use crate::print;

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
    #[command(subcommand)]
    command: Command,
}

/// Bytes of stack for each thread.
const STACK: usize = 128 << 20;

const EXIT_CODES: &str = "Exit codes: 0 clean, 1 findings, 2 wrong usage or unreadable input, 3 a fault of kbc.";

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compile, and write the outputs that changed, all or nothing.
    Build {
        /// Show what changed as a diff.
        #[arg(long)]
        diff: bool,
        /// Overwrite files that kbc did not make.
        #[arg(long)]
        force: bool,
    },
    /// Compile in memory and compare; exit 1 if anything is broken, stale, missing or stray.
    Check {
        #[arg(long, value_enum, default_value_t)]
        format: print::Format,
        /// The day that `review_by` is held against, YYYY-MM-DD [default: today].
        #[arg(long, value_name = "DAY")]
        today: Option<String>,
    },
    /// Move edits of wordings that somebody made in an output into the papers.
    ///
    /// A line of an output that holds the wording of a rule is led back to the `rule` or `short` in its paper; figures stay
    /// figures. No output is touched: `kbc build` brings them along.
    Adopt,
    /// Say that rules still say what their papers say, after reading both again.
    ///
    /// `kbc check` calls a rule suspect when the section that argues for it, a figure, its check or its examples have
    /// changed. A paper that changed elsewhere is accepted by its own id, a rule that is gone is retired for good.
    Accept {
        /// Rules and papers by id.
        #[arg(value_name = "RULE|PAPER", required_unless_present = "all")]
        ids: Vec<String>,
        /// Everything that has changed.
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
    /// Report what every output, rule and paper costs in tokens, and what more tokens would buy.
    Budget {
        #[arg(long, value_enum, default_value_t)]
        format: commands::budget::Format,
    },
    /// Replay every channel to agents, and say for each role which rules arrive, which do not, and why.
    ///
    /// Channels are the outputs that agent programs read by themselves, hooks in their settings, `kbc mcp` in .mcp.json,
    /// and `kbc inject`. Fails if one that is installed does not deliver what it should.
    Doctor {
        #[arg(long, value_enum, default_value_t)]
        format: commands::doctor::Format,
    },
    /// Print the rulebook, or a prompt with the rulebook in it.
    ///
    /// It is printed as it was last built, without counting or compiling; `kbc check` says whether that
    /// is still what the papers say.
    ///
    /// The rulebook of a role lies in roles/ beside that of all: its own rules, within its own budget.
    ///
    /// In a prompt the rulebook stands between `<!-- kbc:begin rulebook -->` and `<!-- kbc:end
    /// rulebook -->`. A block that is there is replaced, otherwise it is put at the end.
    Inject {
        /// The prompt: a file, or `-` for standard input.
        #[arg(long, value_name = "FILE")]
        prompt: Option<String>,
        /// Another output than the `rulebook` of kbc.toml.
        #[arg(long, value_name = "PATH")]
        output: Option<String>,
        /// The rules that a role of kbc.toml carries.
        #[arg(long, value_name = "NAME", conflicts_with = "output")]
        role: Option<String>,
        /// What the prompt is for. All but `text` make messages of it: of a text that of a user, of a chat (a list of
        /// messages as JSON) the same chat; the rulebook is in the system message.
        #[arg(long = "as", value_enum, value_name = "FRAMEWORK", default_value_t)]
        framework: Framework,
        /// The value of `{{ NAME }}` in the prompt.
        #[arg(long = "var", value_name = "NAME=VALUE")]
        variables: Vec<String>,
    },
    /// Answer the events of an agent program: the rulebook as a session or a subagent starts, findings after an edit.
    ///
    /// The event is read from standard input. Whatever goes wrong is a remark and the exit code is 0, so that no agent is
    /// held up.
    #[command(subcommand_value_name = "EVENT")]
    Hook {
        #[command(subcommand)]
        what: Hook,
    },
    /// Run the evals on code: on files, on what changed in them, or on measurements.
    ///
    /// Folders are walked as git does it, so that ignored files are left out. A finding names its rule, and the first
    /// of each rule shows the sentence of the paper and its figures. `# kbc: ignore[RTY1] reason` suppresses one.
    Review(Box<ReviewArguments>),
    /// Run the benchmarks of the papers with the local Python, and record what they take.
    ///
    /// A benchmark is the blocks ```python bench=MEASUREMENT case=CASE of a paper; ```python bench=MEASUREMENT setup
    /// runs before each of them, as the module around the block, which is the body of a function. by=time (the default)
    /// takes the time of a call, by=peak the memory that it holds at most, by=size the deep size of the value in its
    /// last line, by=import the time in a fresh interpreter. The values go to data/measured-ENVIRONMENT.yaml, as repeats
    /// of what was measured elsewhere first.
    Measure(MeasureArguments),
    /// Make measurements of results that pytest-benchmark, hyperfine, criterion or python-numbers wrote.
    ///
    /// They go to data/NAME.yaml, with ids made from their names; `kbc import` owns that file, replaces what it imports
    /// again and keeps the rest. Importing the same results twice changes nothing.
    Import {
        /// A file of results, or the folder `target/criterion`.
        file: PathBuf,
        /// The name of the data file [default: that of the results].
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
        /// The environment of the results: one of data/, or a name for the one that the results describe.
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
    },
    /// Trace a rule, a figure or a line to where it comes from; explain a diagnostic code.
    Explain {
        /// A rule (RTY1), paper (retries), figure (jitter_relief), measured case
        /// (outage.fixed_delay), code (stale) or place (out/RULEBOOK.md:4).
        #[arg(value_name = "ID|CODE|FILE:LINE")]
        what: String,
    },
    /// Print a prompt for a step of work on a paper: explore, write, distill or formalize.
    ///
    /// It carries what the knowledge base has for the step: measurements and figures, the form of a paper, the tokens that
    /// are left in budgets, the rules and their examples.
    Prompt {
        #[arg(value_enum)]
        step: Step,
        /// The id of a paper, there or to be.
        domain: String,
        /// Hand the prompt to this program, on its standard input: `--exec 'claude -p'`.
        ///
        /// What it answers takes the place of the paper if the knowledge base has no error with it; otherwise it is kept in
        /// rejected/, with what is wrong. What `explore` is answered is printed.
        #[arg(long, value_name = "COMMAND")]
        exec: Option<String>,
        /// Give the program up after so long.
        #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds, requires = "exec")]
        time_limit: Duration,
    },
    /// Serve the knowledge base to agent programs over standard input and output (Model Context Protocol).
    ///
    /// Rulebooks, papers and their sections are resources; explain, review, budget and search_papers are tools; the steps
    /// of `kbc prompt` are prompts. Papers are read again when they change, and nothing outside of the project is read.
    #[cfg(feature = "mcp")]
    Mcp,
    /// Start a small knowledge base that builds and checks clean at once.
    Init {
        /// Where [default: here].
        dir: Option<PathBuf>,
        /// Start with the papers, data, templates and settings of the knowledge base in FOLDER.
        #[arg(long, value_name = "FOLDER")]
        from: Option<PathBuf>,
    },
    /// Write the skeleton of a paper: papers/DOMAIN.md.
    New {
        /// Lower-case words joined by hyphens: error-handling.
        domain: String,
    },
    /// Print the JSON Schema of a format; without a name, list the formats.
    Schema {
        /// paper, benchmarks, template, rules or config.
        name: Option<String>,
    },
    /// Print a completion script for a shell.
    Completions { shell: Shell },
}

#[derive(Debug, clap::Args)]
struct MeasureArguments {
    /// Figures, or measurements that have a benchmark [default: every benchmark].
    #[arg(value_name = "FIGURE")]
    figures: Vec<String>,
    /// Print the program of every case, and run none.
    #[arg(long)]
    dry_run: bool,
    /// The interpreter.
    #[arg(long, value_name = "PATH", default_value = "python3")]
    python: String,
    /// How many processes to spread the runs over.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    processes: u32,
    /// Give a case up whose runs together take longer.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    time_limit: Duration,
    /// The name of the environment [default: of system, processor and interpreter].
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// The day to record, YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DAY")]
    today: Option<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0 && *seconds <= 86_400.0);
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "write seconds above 0, at most 86400".to_owned())
}

impl From<MeasureArguments> for measure::Options {
    fn from(arguments: MeasureArguments) -> Self {
        Self {
            figures: arguments.figures,
            mode: if arguments.dry_run { measure::Mode::Show } else { measure::Mode::Run },
            python: arguments.python,
            processes: arguments.processes,
            time_limit: arguments.time_limit,
            name: arguments.name,
            today: arguments.today,
        }
    }
}

#[derive(Debug, clap::Args)]
struct ReviewArguments {
    /// Files and folders [default: the current folder].
    paths: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: print::findings::Format,
    /// Fail on findings of this severity or worse; `open` adds questions that nobody answered [default: warning].
    #[arg(long, value_enum, value_name = "SEVERITY", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// Only this rule; may be repeated.
    #[arg(long = "rule", value_name = "ID", value_delimiter = ',')]
    rules: Vec<String>,
    /// Only the rules that a role of kbc.toml carries.
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// Only rules that are right at least this often.
    #[arg(long, value_enum, value_name = "PRECISION")]
    min_precision: Option<Precision>,
    /// Make the fixes of rules of high precision, in all files or none, and tell what remains.
    #[arg(long)]
    fix: bool,
    /// Show the fixes as a diff instead of the findings, and make none.
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// Only findings on lines that changed since a git revision: `--since origin/main`.
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Leave out the findings that this file knows.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is found to the baseline.
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
    /// Review the text on standard input.
    #[arg(long, requires = "path", conflicts_with_all = ["paths", "fix", "since"])]
    stdin: bool,
    /// The name of the file that the text on standard input is of.
    #[arg(long, value_name = "NAME", requires = "stdin")]
    path: Option<String>,
    /// Go by the evals as they were built, where they were, not by the papers: an editor that asks at every key waits less.
    #[arg(long)]
    built: bool,
    /// Tell how long each rule took.
    #[arg(long)]
    timing: bool,
    /// DirectoryLock limits against results of pytest-benchmark, hyperfine, criterion (estimates.json) or python-numbers.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    metrics: Vec<PathBuf>,
    /// Answers to the questions of rules: JSON lines of rule, place, answer and reason.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// The lowest version of Python that the code supports [default: `review.python` of kbc.toml, or pyproject.toml].
    #[arg(long, value_name = "VERSION", value_parser = version)]
    python: Option<String>,
    /// The day that waivers are held against, YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DAY")]
    today: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Precision {
    Low,
    Medium,
    High,
}

fn version(text: &str) -> Result<String, String> {
    let is_version = text.split('.').all(|part| part.parse::<u32>().is_ok());
    is_version.then(|| text.to_owned()).ok_or_else(|| "write it as 3.11".to_owned())
}

impl From<ReviewArguments> for review::Options {
    fn from(arguments: ReviewArguments) -> Self {
        Self {
            paths: arguments.paths,
            layer: if arguments.built { review::Layer::Built } else { review::Layer::Papers },
            format: arguments.format,
            fail_on: arguments.fail_on,
            rules: arguments.rules,
            role: arguments.role,
            min_precision: arguments.min_precision.map(|precision| match precision {
                Precision::Low => vocabulary::Precision::Low,
                Precision::Medium => vocabulary::Precision::Medium,
                Precision::High => vocabulary::Precision::High,
            }),
            rewrites: match (arguments.fix, arguments.diff) {
                (true, _) => Rewrites::Made,
                (false, true) => Rewrites::Shown,
                (false, false) => Rewrites::Offered,
            },
            since: arguments.since,
            baseline: arguments.baseline,
            baseline_mode: if arguments.write_baseline { BaselineMode::Write } else { BaselineMode::Read },
            stdin: arguments.path.filter(|_| arguments.stdin),
            text: None,
            within: None,
            timing: if arguments.timing { Times::Told } else { Times::Untold },
            metrics: arguments.metrics,
            answers: arguments.answers,
            python: arguments.python,
            today: arguments.today,
        }
    }
}

/// Runs kbc with the arguments of the process.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // A closed pipe is no trouble, and there is nowhere left to complain.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Unusable as u8 } else { Exit::Clean as u8 });
        }
    };
    match arguments.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    // Parsers of templates go as deep as their text is long; memory of a stack is taken only when used.
    let threads = arguments.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build_global();
    // Fails only if there is a pool already, which nothing before this makes.
    drop(pool);
    std::panic::set_hook(Box::new(|panic| {
        commands::remark(&format!(
            "bug: {panic}\n  help: this is a fault of kbc; please report it with the input that led to it"
        ));
    }));
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(|| dispatch(arguments));
    let exit = thread.map_err(anyhow::Error::from).and_then(|thread| thread.join().unwrap_or(Ok(Exit::Bug)));
    let exit = exit.unwrap_or_else(|error| {
        commands::fail(&format!("{error:#}"));
        Exit::Unusable
    });
    ExitCode::from(exit as u8)
}

fn dispatch(arguments: Arguments) -> anyhow::Result<Exit> {
    let remarks = if arguments.quiet { Remarks::Hidden } else { Remarks::Shown };
    let drafts = if arguments.drafts { Drafts::Compiled } else { Drafts::LeftOut };
    let mut call = Session { from: arguments.directory, remarks, drafts, today: None };
    match arguments.command {
        Command::Build { diff, force } => {
            let show = if diff { Show::Diff } else { Show::Names };
            let overwrite = if force { Overwrite::AnyFile } else { Overwrite::OwnFiles };
            commands::build::run(&call, show, overwrite)
        }
        Command::Check { format, today } => {
            call.today = Some(commands::day_or_today(today.as_deref())?);
            commands::check::run(&call, format)
        }
        Command::Adopt => commands::adopt::run(&call),
        Command::Accept { ids, all } => {
            commands::accept::run(&call, &if all { Accepted::All } else { Accepted::Named(ids) })
        }
        Command::Budget { format } => commands::budget::run(&call, format),
        Command::Doctor { format } => commands::doctor::run(&call, format),
        Command::Inject { prompt, output, role, framework, variables } => {
            let framework = framework.into();
            commands::inject::run(&call, &commands::inject::Options { role, output, prompt, framework, variables })
        }
        Command::Hook { what } => what.run(&call),
        Command::Review(arguments) => review::run(&call, &(*arguments).into()),
        Command::Explain { what } => commands::explain::run(&call, &what),
        Command::Measure(arguments) => measure::run(&call, &arguments.into()),
        Command::Import { file, name, environment } => {
            commands::import::run(&call, &commands::import::Options { file, name, environment })
        }
        Command::Prompt { step, domain, exec, time_limit } => {
            let agent = exec.map(|command| Agent { command, time_limit });
            commands::prompt::run(&call, step.into(), &domain, agent.as_ref())
        }
        #[cfg(feature = "mcp")]
        Command::Mcp => crate::serve::mcp::run(&call),
        Command::Init { dir, from } => commands::init::run(&call, dir.as_deref(), from.as_deref()),
        Command::New { domain } => commands::new::run(&call, &domain),
        Command::Schema { name } => commands::schema::run(&call, name.as_deref()),
        Command::Completions { shell } => commands::completions::run(Arguments::command(), shell),
    }
}

/// What `kbc prompt` is about.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Step {
    /// Analyse a domain: what is decided in it, and what bears on it.
    Explore,
    /// Write its paper.
    Write,
    /// Make rules of it that fit the budgets.
    Distill,
    /// Make checks of the rules, and prove them.
    Formalize,
}

impl From<Step> for prompts::Step {
    fn from(step: Step) -> Self {
        match step {
            Step::Explore => Self::Explore,
            Step::Write => Self::Write,
            Step::Distill => Self::Distill,
            Step::Formalize => Self::Formalize,
        }
    }
}

/// What `kbc inject` makes.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Framework {
    /// One text, the rulebook in a marked block.
    #[default]
    Text,
    /// Messages of the Chat Completions API.
    Openai,
    /// `system` and alternating messages of the Messages API.
    Anthropic,
    /// Roles and templates for `ChatPromptTemplate.from_messages`, braces doubled.
    Langchain,
    /// Messages for `litellm.completion`.
    Litellm,
}

impl From<Framework> for chat::Framework {
    fn from(framework: Framework) -> Self {
        match framework {
            Framework::Text => Self::Text,
            Framework::Openai => Self::OpenAi,
            Framework::Anthropic => Self::Anthropic,
            Framework::Langchain => Self::LangChain,
            Framework::Litellm => Self::LiteLlm,
        }
    }
}

/// What `kbc hook` is asked for.
#[derive(Debug, Subcommand)]
enum Hook {
    /// The rulebook.
    SessionStart,
    /// The rulebook of the role that `[hooks]` of kbc.toml has for the type of agent.
    SubagentStart,
    /// What a review finds on the lines that were just written.
    PostToolUse,
    /// Put the hooks into the settings of agent programs; nothing else there changes.
    Install {
        /// `.claude/settings.json`; the default.
        #[arg(long)]
        claude: bool,
        /// `.codex/hooks.json`
        #[arg(long)]
        codex: bool,
        /// Show the change, write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Replay recorded events and print what agents would get.
    Test {
        /// Files that an agent is taken to have just written: only what it would be told of each.
        files: Vec<PathBuf>,
    },
    /// An event that this kbc does not know is passed over, so that no agent is held up.
    #[command(external_subcommand)]
    Other(Vec<String>),
}

impl Hook {
    fn run(&self, call: &Session) -> anyhow::Result<Exit> {
        match self {
            Hook::SessionStart => hook::run(call, Kind::SessionStart.name()),
            Hook::SubagentStart => hook::run(call, Kind::SubagentStart.name()),
            Hook::PostToolUse => hook::run(call, Kind::PostToolUse.name()),
            Hook::Other(words) => hook::run(call, words.first().map_or("", String::as_str)),
            Hook::Test { files } => hook::test(call, files),
            Hook::Install { claude, codex, dry_run } => {
                let wanted = |program: &Program| match program {
                    Program::Claude => *claude || !*codex,
                    Program::Codex => *codex,
                };
                let programs: Vec<Program> = Program::ALL.into_iter().filter(wanted).collect();
                let mode = if *dry_run { hook::install::Mode::DryRun } else { hook::install::Mode::Write };
                hook::install::run(call, &programs, mode)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }
}
