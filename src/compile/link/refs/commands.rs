//! Commands by name: which file of the project defines what a command line runs, and whether it does.

use super::definitions;
use super::{DeadReference, Hint};
use crate::input::world::{Content, World};
use crate::text::source::nearest;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Npm,
    Pnpm,
    Yarn,
    Make,
    Just,
    Cargo,
}

/// A program that runs what a file of the project defines.
struct Runner {
    program: Program,
    name: &'static str,
    /// What it runs is called.
    what: &'static str,
    /// The files that define it, of which the first that is there counts. The last is the usual one.
    files: &'static [&'static str],
    /// The words of its own, and the file that defines the others.
    own: &'static [&'static str],
    /// Options that name another folder to look in.
    folder: &'static [&'static str],
    names: fn(&str) -> Result<Vec<String>, String>,
}

const PACKAGE: &[&str] = &["package.json"];
const JUSTFILES: &[&str] = &[".justfile", ".Justfile", "JUSTFILE", "Justfile", "justfile"];
/// What a package manager does by itself.
const NPM: &[&str] =
    &["audit", "ci", "exec", "i", "install", "link", "ls", "outdated", "pack", "publish", "update", "version"];
/// The scripts that it runs without `run`.
const NPM_SCRIPTS: &[&str] = &["test", "start", "stop", "restart"];
const PNPM: &[&str] = &[
    "add", "audit", "dlx", "exec", "i", "import", "install", "link", "list", "ls", "outdated", "pack", "prune",
    "publish", "rebuild", "remove", "update", "why",
];
const YARN: &[&str] = &[
    "add",
    "audit",
    "bin",
    "cache",
    "config",
    "constraints",
    "dedupe",
    "dlx",
    "exec",
    "info",
    "install",
    "link",
    "list",
    "outdated",
    "pack",
    "publish",
    "remove",
    "up",
    "upgrade",
    "version",
    "why",
];
/// What every toolchain brings along, its usual components included.
const CARGO: &[&str] = &[
    "add",
    "b",
    "bench",
    "build",
    "c",
    "check",
    "clean",
    "clippy",
    "config",
    "d",
    "doc",
    "fetch",
    "fix",
    "fmt",
    "generate-lockfile",
    "help",
    "info",
    "init",
    "install",
    "locate-project",
    "login",
    "logout",
    "metadata",
    "miri",
    "new",
    "owner",
    "package",
    "pkgid",
    "publish",
    "r",
    "remove",
    "report",
    "rm",
    "run",
    "rustc",
    "rustdoc",
    "search",
    "t",
    "test",
    "tree",
    "uninstall",
    "update",
    "vendor",
    "verify-project",
    "version",
    "yank",
];

const RUNNERS: [Runner; 6] = [
    Runner {
        program: Program::Npm,
        name: "npm",
        what: "script",
        files: PACKAGE,
        own: NPM,
        folder: &["--prefix"],
        names: definitions::scripts,
    },
    Runner {
        program: Program::Pnpm,
        name: "pnpm",
        what: "script",
        files: PACKAGE,
        own: PNPM,
        folder: &["-C", "--dir"],
        names: definitions::scripts,
    },
    Runner {
        program: Program::Yarn,
        name: "yarn",
        what: "script",
        files: PACKAGE,
        own: YARN,
        folder: &["--cwd"],
        names: definitions::scripts,
    },
    Runner {
        program: Program::Make,
        name: "make",
        what: "target",
        files: &["GNUmakefile", "makefile", "Makefile"],
        own: &[],
        folder: &["-C", "--directory"],
        names: definitions::targets,
    },
    Runner {
        program: Program::Just,
        name: "just",
        what: "recipe",
        files: JUSTFILES,
        own: &[],
        folder: &[],
        names: definitions::recipes,
    },
    Runner {
        program: Program::Cargo,
        name: "cargo",
        what: "command",
        files: &[".cargo/config", ".cargo/config.toml"],
        own: CARGO,
        folder: &[],
        names: definitions::aliases,
    },
];

/// A command whose definition is there.
pub fn find(around: &dyn World, command: &str) -> Result<(), DeadReference> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let Some((program, rest)) = words.split_first() else {
        return Err(DeadReference::new("the command is empty", Hint::Say("name one, as in `make test`".into())));
    };
    match RUNNERS.iter().find(|runner| runner.name == *program) {
        Some(runner) => Line::read(runner, command, rest)?.find(around),
        None => console_script(around, program),
    }
}

/// A command line, taken apart.
struct Line<'a> {
    runner: &'a Runner,
    command: &'a str,
    folder: &'a str,
    /// What follows the options of the program itself.
    words: &'a [&'a str],
}

impl<'a> Line<'a> {
    fn read(runner: &'a Runner, command: &'a str, mut words: &'a [&'a str]) -> Result<Self, DeadReference> {
        let mut folder = "";
        loop {
            match words {
                [option, name, rest @ ..] if runner.folder.contains(option) => (folder, words) = (name, rest),
                [word, rest @ ..] if is_setting(runner, word) => words = rest,
                [option, ..] if option.starts_with('-') => {
                    let message = format!("what `{option}` makes of `{command}` is not known");
                    let help = format!("write the {} right behind `{}`", runner.what, runner.name);
                    return Err(DeadReference::new(message, Hint::Say(help)));
                }
                _ => return Ok(Self { runner, command, folder, words }),
            }
        }
    }

    fn find(&self, around: &dyn World) -> Result<(), DeadReference> {
        match self.runner.program {
            Program::Npm | Program::Pnpm | Program::Yarn => self.script(around),
            Program::Make => self.targets(around),
            Program::Just => self.defined(around, self.words.get(..1).unwrap_or_default()),
            Program::Cargo => match self.words.first() {
                None => Err(self.nameless()),
                Some(word) if self.runner.own.contains(word) => Ok(()),
                Some(word) => self.defined(around, &[word]),
            },
        }
    }

    fn script(&self, around: &dyn World) -> Result<(), DeadReference> {
        let (program, own) = (self.runner.program, self.runner.own);
        match self.words {
            ["run" | "run-script", name, ..] => self.defined(around, &[name]),
            [] if program == Program::Yarn => self.defined(around, &[]),
            [] | ["run" | "run-script"] => Err(self.nameless()),
            [word, ..] if own.contains(word) => self.defined(around, &[]),
            [word, ..] if program == Program::Npm && !NPM_SCRIPTS.contains(word) => Err(self.without_run(word)),
            [word, ..] => self.defined(around, &[word]),
        }
    }

    /// Each word up to the first option is a target.
    fn targets(&self, around: &dyn World) -> Result<(), DeadReference> {
        let words = self.words.iter().take_while(|word| !word.starts_with('-'));
        let targets: Vec<&str> = words.filter(|word| !word.contains('=')).copied().collect();
        self.defined(around, &targets)
    }

    /// The file that counts is there and defines all names.
    fn defined(&self, around: &dyn World, names: &[&str]) -> Result<(), DeadReference> {
        let folder = if self.folder.is_empty() { String::new() } else { format!("{}/", super::inside(self.folder)?) };
        for file in self.runner.files {
            let file = format!("{folder}{file}");
            match around.content(&file) {
                Content::Absent => {}
                Content::Unknown => return Ok(()),
                Content::Unreadable(why) => return Err(unusable(&file, &why)),
                Content::Text(text) => {
                    let known = (self.runner.names)(&text).map_err(|why| unusable(&file, &why))?;
                    return names.iter().try_for_each(|name| self.among(&file, name, &known));
                }
            }
        }
        if self.runner.program == Program::Cargo {
            return names.iter().try_for_each(|name| self.among(".cargo/config.toml", name, &[]));
        }
        let message =
            format!("there is no `{folder}{}` for `{}`", self.runner.files.last().unwrap_or(&""), self.command);
        Err(DeadReference::new(message, Hint::Say("correct the command, or remove it".into())))
    }

    fn among(&self, file: &str, name: &str, known: &[String]) -> Result<(), DeadReference> {
        if known.iter().any(|known| known == name) {
            return Ok(());
        }
        let what = self.runner.what;
        let message = format!("`{file}` has no {what} `{name}`");
        let (name, known) = (name.to_owned(), known.to_vec());
        Err(match self.runner.program {
            Program::Npm | Program::Pnpm | Program::Yarn => DeadReference::new(message, Hint::Nearest(name, known)),
            Program::Make | Program::Just => {
                let note = "what it includes or imports, patterns and variables are not looked into";
                DeadReference::new(message, Hint::NearestOr(name, known, note))
            }
            Program::Cargo => self.no_alias(file, &name, &known),
        })
    }

    fn no_alias(&self, file: &str, name: &str, aliases: &[String]) -> DeadReference {
        let own = self.runner.own.iter().filter(|own| own.len() > 1).copied();
        let near = nearest(name, own.chain(aliases.iter().map(String::as_str)));
        let help = match near {
            Some(near) => format!("did you mean `cargo {near}`?"),
            None => "what is installed beside cargo is not known; make it an alias".to_owned(),
        };
        DeadReference::new(format!("cargo has no command `{name}`, and `{file}` no such alias"), Hint::Say(help))
    }

    fn nameless(&self) -> DeadReference {
        let what = self.runner.what;
        DeadReference::new(
            format!("`{}` names no {what}", self.command),
            Hint::Say(format!("name the {what} that is meant")),
        )
    }

    /// npm runs no script by its bare name.
    fn without_run(&self, word: &str) -> DeadReference {
        let message = format!("`npm {word}` is no command of npm that kbc knows");
        DeadReference::new(message, Hint::Say(format!("a script is written `npm run {word}`")))
    }
}

/// Is a word in front of the name about how to run it, and not what?
fn is_setting(runner: &Runner, word: &str) -> bool {
    match runner.program {
        Program::Make | Program::Just => word.contains('=') && !word.starts_with('-'),
        Program::Cargo => word.starts_with('+'),
        Program::Npm | Program::Pnpm | Program::Yarn => false,
    }
}

fn unusable(file: &str, why: &str) -> DeadReference {
    DeadReference::new(
        format!("`{file}` cannot be read: {why}"),
        Hint::Say("repair it, or remove the reference".into()),
    )
}

/// A program that is none of the runners is one that pyproject.toml defines.
fn console_script(around: &dyn World, program: &str) -> Result<(), DeadReference> {
    let file = "pyproject.toml";
    let scripts = match around.content(file) {
        Content::Absent => Vec::new(),
        Content::Unknown => return Ok(()),
        Content::Unreadable(why) => return Err(unusable(file, &why)),
        Content::Text(text) => definitions::console_scripts(&text).map_err(|why| unusable(file, &why))?,
    };
    if scripts.iter().any(|script| script == program) {
        return Ok(());
    }
    let known: Vec<&str> = RUNNERS.iter().map(|runner| runner.name).chain(scripts.iter().map(String::as_str)).collect();
    let help = match nearest(program, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "it knows npm, pnpm, yarn, make, just, cargo, and the scripts of pyproject.toml by name".to_owned(),
    };
    Err(DeadReference::new(format!("`{program}` is no command that kbc can look up"), Hint::Say(help)))
}
