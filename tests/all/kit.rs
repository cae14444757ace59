//! What tests share: folders to work in, files in them, and kbc and git run there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use kbc::cli;
use kbc::commands::console::Console;

/// A knowledge base that is valid with any paper, however short.
pub const SETTINGS: &str = "[budget.papers]\nmin = 0\n";

/// An empty folder of its own; `name` begins with the name of the file of tests.
pub fn folder(name: &str) -> PathBuf {
    empty(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
}

pub fn empty(folder: PathBuf) -> PathBuf {
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// A knowledge base in a folder of its own, of a paper `a` and whatever else is given.
pub fn project(name: &str, paper: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let root = folder(name);
    knowledge(&root, paper);
    files.iter().for_each(|(path, bytes)| write(&root, path, bytes));
    root
}

/// A knowledge base of one paper.
pub fn knowledge(root: &Path, paper: &str) {
    write(root, "kbc.toml", SETTINGS);
    write(root, "papers/a.md", paper);
}

pub fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
}

/// A file, or a folder with all that is in it. Links stay links.
pub fn copy(from: &Path, to: &Path) {
    #[cfg(unix)]
    if from.is_symlink() {
        let target = fs::read_link(from).expect("a link leads somewhere");
        fs::create_dir_all(to.parent().expect("a link lies in a folder")).expect("a folder can be made");
        std::os::unix::fs::symlink(target, to).expect("a link can be made");
        return;
    }
    if from.is_dir() {
        for path in entries(from) {
            copy(&path, &to.join(path.file_name().expect("an entry has a name")));
        }
        return;
    }
    fs::create_dir_all(to.parent().expect("a file lies in a folder")).expect("a folder can be made");
    fs::copy(from, to).expect("a file can be copied");
}

/// What is in a folder, in order.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    paths.sort();
    paths
}

/// kbc as a process of its own, with nothing on its standard input.
pub fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kbc"));
    command.args(arguments).current_dir(root).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// How kbc ended, and what it said.
pub struct Ended {
    /// -1 if it was killed.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn is_clean(&self) -> bool {
        self.code == 0
    }

    /// Standard output, then standard error.
    pub fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub fn is(&self, code: i32, says: &str) {
        let text = self.said();
        let shown: String = text.chars().take(2000).collect();
        assert_eq!(self.code, code, "{shown}");
        assert!(text.contains(says), "{says:?} is not said: {shown}");
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().unwrap_or(-1);
        Self { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// kbc in this process, seen from a folder, with nothing on its standard input.
pub fn kbc(root: &Path, arguments: &[&str]) -> Ended {
    asked(root, arguments, "")
}

/// kbc in this process, with a text on its standard input.
pub fn asked(root: &Path, arguments: &[&str], input: &str) -> Ended {
    let console = Console::in_memory(root, input);
    let code = cli::run_with([&["kbc"], arguments].concat(), console.clone()) as i32;
    let output = console.output();
    Ended { code, stdout: output.stdout, stderr: output.stderr }
}

/// A command to its end.
pub fn run(command: &mut Command) -> Ended {
    command.output().expect("it can be started").into()
}

/// git, as somebody whose settings do not matter.
pub fn git(root: &Path, arguments: &[&str]) -> String {
    let who =
        ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"];
    let ended = run(Command::new("git").args(who).args(arguments).current_dir(root));
    assert!(ended.is_clean(), "git {arguments:?}: {}", ended.said());
    ended.said()
}
