//! The local Python: started with a program, fed with a request, read line by line, and stopped when it takes too
//! long. What the lines mean is known elsewhere.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::diag::UserError;

/// Bytes of what it complains about that are kept.
const COMPLAINT: usize = 4000;

/// A process that runs.
pub struct Running {
    child: Child,
    /// Closed when this process ends, however it ends; the program ends with it.
    _input: Arc<Mutex<ChildStdin>>,
    lines: Receiver<String>,
    complaint: Option<JoinHandle<Vec<u8>>>,
}

/// What a process did next.
pub enum Event {
    Line(String),
    /// Nothing, for longer than it may.
    Late,
    Ended,
}

/// Starts an interpreter, whose path is as seen from `here`, in a folder. Hashes are random, as they are for whoever runs the code; the folder is the only
/// place that the program may litter.
///
/// # Errors
/// If there is no such interpreter; the message says what to do.
pub fn start(here: &Path, python: &str, folder: &Path, program: &str, request: &str) -> Result<Running> {
    // A path is the caller's; a name is looked for where programs are.
    let is_path = Path::new(python).components().count() > 1;
    let path = if is_path { here.join(python) } else { python.into() };
    let mut command = Command::new(path);
    command.args(["-X", "utf8", "-c", program]).current_dir(folder).env_remove("PYTHONHASHSEED");
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => bail!(
            UserError::new(format!("cannot run `{python}`: {error}"))
                .help("install Python 3.8 or newer, or name one with `--interpreter PATH`")
        ),
    };
    let input = child.stdin.take().context("the interpreter takes no input")?;
    let input = Arc::new(Mutex::new(input));
    let (writer, request) = (Arc::clone(&input), format!("{request}\n"));
    // One that ends at once does not listen; that it ended is told by what it prints.
    std::thread::spawn(move || {
        let mut input = writer.lock().unwrap_or_else(PoisonError::into_inner);
        drop(input.write_all(request.as_bytes()).and_then(|()| input.flush()));
    });
    let output = BufReader::new(child.stdout.take().context("the interpreter has no output")?);
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let mut errors = child.stderr.take().context("the interpreter has no standard error")?;
    let complaint = std::thread::spawn(move || {
        let (mut kept, mut buffer) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = errors.read(&mut buffer) {
            kept.extend_from_slice(&buffer[..count]);
            let excess = kept.len().saturating_sub(COMPLAINT);
            kept.drain(..excess);
        }
        kept
    });
    Ok(Running { child, _input: input, lines, complaint: Some(complaint) })
}

impl Running {
    /// Waits for the next line.
    pub fn next(&mut self, limit: Duration) -> Event {
        match self.lines.recv_timeout(limit) {
            Ok(line) => Event::Line(line),
            Err(RecvTimeoutError::Timeout) => Event::Late,
            Err(RecvTimeoutError::Disconnected) => Event::Ended,
        }
    }

    /// Waits for the end; how it ended if not well, and the last lines of what it complained about.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn end(mut self) -> Result<Option<String>> {
        let status = self.child.wait().context("the interpreter does not end")?;
        let complaint = self.complaint.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        if status.success() {
            return Ok(None);
        }
        let complaint = String::from_utf8_lossy(&complaint);
        let lines: Vec<&str> = complaint.trim_end().lines().collect();
        let last = lines[lines.len().saturating_sub(6)..].join("\n");
        Ok(Some(format!("the interpreter ended with {status}\n{last}").trim_end().to_owned()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be stopped, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
