//! `kbc serve mcp`: the knowledge base for agent programs, as a server of the Model Context Protocol over standard input and
//! output. What it answers is what the commands say; here it is put into the words of the protocol.

mod inside;
mod library;
mod resources;
mod server;
mod tools;
mod transport;
mod workers;

use anyhow::{Context, Result};

use self::library::Library;
use self::server::Server;
use self::transport::Lines;
use self::workers::Workers;
use crate::commands::exit::Exit;
use crate::commands::session::Session;

/// Serves until standard input ends.
///
/// # Errors
/// If there is no knowledge base to serve.
pub fn run(call: &Session) -> Result<Exit> {
    // One that is for another kbc is told to whoever asks something.
    let root = call.root_for_any_kbc()?;
    // What is reviewed is named as seen from the project, wherever the agent program was started.
    let console = call.console.at(&root);
    let workers = Workers::start(console.threads())?;
    let server = Server::new(Library::at(console, root, call.drafts), workers);
    // This thread reads and writes; the workers answer.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(workers::AT_ONCE).build();
    let runtime = runtime.context("cannot start the server")?;
    runtime.block_on(async {
        // A client that leaves before it began has ended its session like any other.
        if let Ok(service) = rmcp::serve_server(server, Lines::start()).await {
            let _ = service.waiting().await;
        }
    });
    Ok(Exit::Clean)
}
