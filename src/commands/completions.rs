//! `kbc completions`: a completion script for a shell.

use anyhow::Result;
use clap_complete::Shell;

use super::exit::Exit;
use super::session::Session;

/// Prints the script.
pub fn run(call: &Session, mut command: clap::Command, shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "kbc", &mut script);
    call.answer(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
