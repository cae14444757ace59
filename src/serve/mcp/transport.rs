//! Messages as lines of JSON on standard input and output. Whatever a line is, the next one is read: what cannot be
//! understood is answered with an error, and nothing else is ever written.
//!
//! The transport of the SDK passes over broken and oversized lines without an answer, and a client would wait for it.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ErrorData, JsonRpcMessage, RequestId, ServerJsonRpcMessage,
};
use rmcp::service::{RoleServer, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

/// Bytes of a message. A file that is reviewed has at most a few MiB.
const LONGEST: usize = 16 << 20;

/// Lines that were read and nobody looked at yet.
const AHEAD: usize = 16;

/// A line of standard input.
enum Line {
    Text(Vec<u8>),
    TooLong,
}

/// The ends of a session.
pub struct Lines {
    lines: mpsc::Receiver<Line>,
    open: Arc<Mutex<Open>>,
    answered: watch::Sender<()>,
    has_begun: bool,
}

/// Requests without an answer. A client may use an id twice, and the SDK answers each id once, so requests are numbered here.
#[derive(Default)]
struct Open {
    count: i64,
    /// The client's id, and is the answer waited for at the end?
    requests: BTreeMap<i64, (RequestId, bool)>,
}

impl Open {
    fn number(&mut self, id: RequestId, is_waited_for: bool) -> RequestId {
        self.count += 1;
        self.requests.insert(self.count, (id, is_waited_for));
        RequestId::Number(self.count)
    }

    /// The number of a request that a client names; of several with its id, the last.
    fn numbered(&self, id: &RequestId) -> Option<RequestId> {
        let last = self.requests.iter().rev().find(|(_, (of, _))| of == id);
        last.map(|(number, _)| RequestId::Number(*number))
    }

    /// The client's id of a request that has its answer now.
    fn close(&mut self, number: &RequestId) -> Option<RequestId> {
        let RequestId::Number(number) = number else { return None };
        self.requests.remove(number).map(|(id, _)| id)
    }

    fn is_waited_for(&self) -> bool {
        self.requests.values().any(|(_, is_waited_for)| *is_waited_for)
    }
}

impl Lines {
    /// Reads from now on.
    pub fn start() -> Self {
        let (sender, lines) = mpsc::channel(AHEAD);
        std::thread::spawn(move || {
            let mut input = io::stdin().lock();
            while let Ok(Some(line)) = read(&mut input) {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines, open: Arc::default(), answered: watch::Sender::new(()), has_begun: false }
    }

    /// Keeps what is to be answered in mind. Before a client has asked to begin, only requests are of use: anything else would
    /// end the session.
    fn note(&mut self, message: &mut ClientJsonRpcMessage) -> bool {
        let mut open = locked(&self.open);
        match message {
            JsonRpcMessage::Request(request) => {
                let method = request.request.method();
                self.has_begun |= method == "initialize";
                // A subscription is answered when it ends, which is when the client leaves.
                request.id = open.number(request.id.clone(), method != "subscriptions/listen");
                true
            }
            JsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) = &mut notification.notification
                    && let Some(number) = cancelled.params.request_id.as_ref().and_then(|id| open.numbered(id))
                {
                    open.close(&number);
                    cancelled.params.request_id = Some(number);
                }
                self.has_begun
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => self.has_begun,
        }
    }
}

fn locked(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transport<RoleServer> for Lines {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let (open, answered) = (self.open.clone(), self.answered.clone());
        async move {
            let mut message = message;
            let number = match &mut message {
                JsonRpcMessage::Response(response) => Some(&mut response.id),
                JsonRpcMessage::Error(error) => error.id.as_mut(),
                JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
            };
            if let Some(number) = number {
                let id = locked(&open).close(number);
                // Nobody waits for the answer to a request that was taken back.
                let Some(id) = id else { return Ok(()) };
                *number = id;
            }
            let written = write(&message);
            answered.send_replace(());
            written
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let Some(line) = self.lines.recv().await else {
                // Nothing more is asked; what was asked is answered first.
                let mut answers = self.answered.subscribe();
                while locked(&self.open).is_waited_for() {
                    answers.changed().await.ok()?;
                }
                return None;
            };
            let parsed = match line {
                Line::Text(line) if line.trim_ascii().is_empty() => continue,
                Line::Text(line) => parse(&line),
                Line::TooLong => Err(refused(
                    None,
                    ErrorData::invalid_request(format!("a message has more than {} MiB", LONGEST >> 20), None),
                )),
            };
            match parsed {
                Ok(mut message) => {
                    if self.note(&mut message) {
                        return Some(message);
                    }
                }
                // A client that does not read has its trouble with every answer; it ends by closing its side.
                Err(Some(error)) => drop(write(&error)),
                Err(None) => {}
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.lines.close();
        Ok(())
    }
}

/// The next line, with at most [`LONGEST`] bytes; `None` at the end.
fn read(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let count = input.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut line)?;
    if count <= LONGEST || line.ends_with(b"\n") {
        return Ok((count > 0).then_some(Line::Text(line)));
    }
    drop(line);
    loop {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() || used == 0 {
            return Ok(Some(Line::TooLong));
        }
    }
}

fn write(message: &ServerJsonRpcMessage) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let mut output = io::stdout().lock();
    output.write_all(&line)?;
    output.flush()
}

fn refused(id: Option<RequestId>, error: ErrorData) -> Option<Box<ServerJsonRpcMessage>> {
    Some(Box::new(JsonRpcMessage::error(error, id)))
}

/// A message, or what to answer instead: nothing, to a notification that is none.
fn parse(line: &[u8]) -> Result<ClientJsonRpcMessage, Option<Box<ServerJsonRpcMessage>>> {
    let json: Value = serde_json::from_slice(line)
        .map_err(|error| refused(None, ErrorData::parse_error(format!("the line is no JSON: {error}"), None)))?;
    let id = json.get("id").and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok());
    let is_notification = json.get("method").is_some_and(Value::is_string) && json.get("id").is_none();
    serde_json::from_value(json).map_err(|_| {
        let why = "the line is no message of JSON-RPC 2.0: an object with `jsonrpc`, `id`, `method` and `params`";
        if is_notification { None } else { refused(id, ErrorData::invalid_request(why, None)) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_ends_where_it_ends() {
        let text = [b"{}\n".to_vec(), vec![b'x'; LONGEST + 1], b"\n[]\nlast".to_vec()].concat();
        let mut input = io::BufReader::new(text.as_slice());
        let mut next = || read(&mut input).expect("memory can be read");
        assert!(matches!(next(), Some(Line::Text(line)) if line == b"{}\n"));
        assert!(matches!(next(), Some(Line::TooLong)));
        assert!(matches!(next(), Some(Line::Text(line)) if line == b"[]\n"));
        assert!(matches!(next(), Some(Line::Text(line)) if line == b"last"));
        assert!(next().is_none());
    }
}
