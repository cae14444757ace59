//! What a command reads and writes besides the knowledge base: standard input, output and error, and the folder that it
//! runs in. They are those of the process, or texts in memory, so that a test runs hundreds of commands in one process.

mod links;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

use crate::text::quoted;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colours {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    Always,
    Never,
}

/// Bytes of an answer that are collected before they are written.
const BUFFER: usize = 64 << 10;

/// What was written to memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    /// Both, in the order that they were written.
    pub both: String,
}

/// The ends that a command is connected to. Copies share them.
#[derive(Clone, Debug)]
pub struct Console {
    ends: Arc<Ends>,
    here: PathBuf,
    colours: Colours,
    threads: usize,
    voice: Voice,
    /// The answer, where it is kept instead of written.
    kept: Option<Arc<Mutex<String>>>,
}

/// How much is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voice {
    Full,
    /// No progress.
    Unwatched,
    /// Nothing, on no stream.
    Silent,
}

#[derive(Debug)]
enum Ends {
    Process,
    Memory { input: Mutex<io::Cursor<Vec<u8>>>, output: Mutex<Output> },
}

#[derive(Clone, Copy)]
enum End {
    Output,
    Error,
}

impl Console {
    /// The streams and the current folder of the process.
    pub fn of_process() -> Self {
        // Where the folder is gone, what is looked for in it is not there.
        let here = std::env::current_dir().unwrap_or_default();
        Self { ends: Arc::new(Ends::Process), here, colours: Colours::Auto, threads: 0, voice: Voice::Full, kept: None }
    }

    /// Texts in memory, and a folder as the current one.
    pub fn in_memory(here: &Path, input: impl Into<Vec<u8>>) -> Self {
        let ends = Ends::Memory { input: Mutex::new(io::Cursor::new(input.into())), output: Mutex::default() };
        Self {
            ends: Arc::new(ends),
            here: here.to_path_buf(),
            colours: Colours::Auto,
            threads: 0,
            voice: Voice::Full,
            kept: None,
        }
    }

    /// As many threads as are used if no flag says otherwise.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// One that shows no progress.
    #[must_use]
    pub fn unwatched(&self) -> Self {
        Self { voice: Voice::Unwatched, ..self.clone() }
    }

    /// One that writes to no stream.
    #[must_use]
    pub fn silenced(&self) -> Self {
        Self { voice: Voice::Silent, ..self.clone() }
    }

    /// One that keeps answers instead of writing them to standard output.
    #[must_use]
    pub fn keeping(&self) -> Self {
        Self { kept: Some(Arc::default()), ..self.clone() }
    }

    /// The answer that was kept, without the colours of a terminal.
    pub fn kept(&self) -> String {
        self.kept.as_ref().map_or_else(String::new, |kept| lock(kept).clone())
    }

    #[must_use]
    pub fn with_colours(self, colours: Colours) -> Self {
        Self { colours, ..self }
    }

    /// The same, as seen from another folder.
    #[must_use]
    pub fn at(&self, here: &Path) -> Self {
        Self { here: self.here.join(here), ..self.clone() }
    }

    /// The folder that paths are seen from.
    pub fn here(&self) -> &Path {
        &self.here
    }

    /// Where a path leads that somebody typed.
    pub fn path(&self, typed: impl AsRef<Path>) -> PathBuf {
        self.here.join(typed)
    }

    /// How many threads to use; 0 is one per processor.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The columns to wrap help to, if not those of a terminal.
    pub fn width(&self) -> Option<usize> {
        match *self.ends {
            Ends::Process => None,
            Ends::Memory { .. } => Some(100),
        }
    }

    /// Writes what was asked for to standard output. A reader that went away is no trouble.
    ///
    /// # Errors
    /// If it cannot be written for another reason, such as a full disk.
    pub fn answer(&self, text: &str) -> Result<()> {
        if let Some(kept) = &self.kept {
            lock(kept).push_str(&anstream::adapter::strip_str(text).to_string());
            return Ok(());
        }
        match self.write(End::Output, text) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.context("cannot write to standard output"),
        }
    }

    /// Writes what was asked for to standard output, as it is made. A reader that went away is no trouble.
    ///
    /// # Errors
    /// If it cannot be written for another reason, such as a full disk.
    pub fn answer_with(&self, made: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        if self.kept.is_some() {
            let mut text = Vec::new();
            made(&mut text).context("cannot write the answer")?;
            return self.answer(&String::from_utf8_lossy(&text));
        }
        if self.voice == Voice::Silent {
            return Ok(());
        }
        let written = match &*self.ends {
            Ends::Process => {
                let shows_links = self.shows_links(io::stdout().is_terminal());
                let mut out = io::BufWriter::with_capacity(BUFFER, self.stream(io::stdout().lock()));
                if shows_links { made(&mut out) } else { made(&mut links::Without::new(&mut out)) }
                    .and_then(|()| out.flush())
            }
            Ends::Memory { .. } => {
                let mut bytes = Vec::new();
                made(&mut bytes).and_then(|()| self.write(End::Output, &String::from_utf8_lossy(&bytes)))
            }
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.context("cannot write to standard output"),
        }
    }

    /// A text on standard error. Where there is none, there is nobody to tell.
    pub fn complain(&self, text: &str) {
        let _ = self.write(End::Error, text);
    }

    /// A line on standard error, with what it hides written out.
    pub fn remark(&self, text: &str) {
        self.complain(&format!("{}\n", quoted::lines(text)));
    }

    /// Why a command could do nothing, on standard error.
    pub fn fail(&self, why: &str) {
        let style = anstyle::AnsiColor::Red.on_default().bold();
        self.complain(&format!("{style}error{style:#}: {}\n", quoted::lines(why)));
    }

    /// A variable of the environment. In memory there is none.
    pub fn variable(&self, name: &str) -> Option<String> {
        #[expect(clippy::disallowed_methods, reason = "what a flag would say")]
        let read = |name| std::env::var(name).ok();
        match *self.ends {
            Ends::Process => read(name),
            Ends::Memory { .. } => None,
        }
    }

    /// The bytes of standard input, at most so many.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn input(&self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match &*self.ends {
            Ends::Process => io::stdin().lock().take(most).read_to_end(&mut bytes)?,
            Ends::Memory { input, .. } => Read::by_ref(&mut *lock(input)).take(most).read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    }

    /// Is there a terminal that a person watches?
    pub fn is_watched(&self) -> bool {
        self.voice == Voice::Full && matches!(*self.ends, Ends::Process) && io::stderr().is_terminal()
    }

    /// What was written to memory so far.
    pub fn output(&self) -> Output {
        match &*self.ends {
            Ends::Process => Output::default(),
            Ends::Memory { output, .. } => lock(output).clone(),
        }
    }

    fn write(&self, end: End, text: &str) -> io::Result<()> {
        if self.voice == Voice::Silent {
            return Ok(());
        }
        match (&*self.ends, end) {
            (Ends::Process, End::Output) => {
                let is_terminal = io::stdout().is_terminal();
                self.write_to(io::stdout().lock(), &self.linked(text, is_terminal))
            }
            (Ends::Process, End::Error) => {
                let is_terminal = io::stderr().is_terminal();
                self.write_to(io::stderr().lock(), &self.linked(text, is_terminal))
            }
            (Ends::Memory { output, .. }, end) => {
                let text = match self.colours {
                    Colours::Always => links::without(text).into_owned(),
                    Colours::Auto | Colours::Never => anstream::adapter::strip_str(text).to_string(),
                };
                let mut output = lock(output);
                match end {
                    End::Output => output.stdout.push_str(&text),
                    End::Error => output.stderr.push_str(&text),
                }
                output.both.push_str(&text);
                Ok(())
            }
        }
    }

    /// Does a text go to a terminal that shows links?
    fn shows_links(&self, is_terminal: bool) -> bool {
        is_terminal && links::are_shown(|name| self.variable(name))
    }

    /// The text with its links, if it goes to where they are shown.
    fn linked<'a>(&self, text: &'a str, is_terminal: bool) -> Cow<'a, str> {
        if self.shows_links(is_terminal) { Cow::Borrowed(text) } else { links::without(text) }
    }

    fn write_to(
        &self,
        stream: impl anstream::stream::RawStream + anstream::stream::AsLockedWrite,
        text: &str,
    ) -> io::Result<()> {
        let mut stream = self.stream(stream);
        stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
    }

    fn stream<S: anstream::stream::RawStream + anstream::stream::AsLockedWrite>(
        &self,
        stream: S,
    ) -> anstream::AutoStream<S> {
        match self.colours {
            Colours::Auto => anstream::AutoStream::auto(stream),
            Colours::Always => anstream::AutoStream::always(stream),
            Colours::Never => anstream::AutoStream::never(stream),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_the_order_and_takes_colours_off() {
        let console = Console::in_memory(Path::new("/"), "abc");
        console.answer("one\n").expect("memory can be written");
        console.fail("two");
        let output = console.output();
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("one\n", "error: two\n"));
        assert_eq!(output.both, "one\nerror: two\n");
        assert_eq!(console.input(2).expect("memory can be read"), b"ab");
        let coloured = console.with_colours(Colours::Always);
        coloured.fail("three");
        assert!(coloured.output().stderr.contains("\u{1b}["));
    }
}
