//! What a template may write, into the document and into its own values, and what its filters may make.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io;

use minijinja::value::{Kwargs, StringInput, Value};
use minijinja::{Error, ErrorKind, Output, State, filters};

/// Bytes that a template may write, and as many that it may write into its own values besides.
pub const MAX_OUTPUT: usize = 16 << 20;

thread_local! {
    /// Bytes that the template that runs here has written so far, into values as well.
    static WRITTEN: Cell<usize> = const { Cell::new(0) };
}

/// Begins another document.
pub fn begin() {
    WRITTEN.set(0);
}

/// A writer that refuses to grow without bound.
#[derive(Default)]
pub struct Bounded(pub Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other("the output is too large"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a value as the engine does, and counts it: what a block or a macro writes becomes a value, which nothing else bounds.
pub fn write_counted(output: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    WRITTEN.set(WRITTEN.get().saturating_add(length(value)));
    if WRITTEN.get() > 2 * MAX_OUTPUT {
        return Err(Error::new(ErrorKind::WriteFailure, "the values are too large"));
    }
    minijinja::escape_formatter(output, state, value)
}

/// The bytes of a value as text, as far as they are not too many.
fn length(value: &Value) -> usize {
    if let Some(text) = value.as_str() {
        return text.len();
    }
    let mut counted = Counted(0);
    let _ = write!(counted, "{value}");
    counted.0
}

/// Counts what is written to it, up to a little more than it may be.
struct Counted(usize);

impl std::fmt::Write for Counted {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0 = self.0.saturating_add(text.len());
        if self.0 > 2 * MAX_OUTPUT { Err(std::fmt::Error) } else { Ok(()) }
    }
}

fn bounded(size: usize) -> Result<(), Error> {
    if size <= MAX_OUTPUT { Ok(()) } else { Err(Error::new(ErrorKind::WriteFailure, "the value is too large")) }
}

/// The engine's filter, where what it makes is not too large.
pub fn replace(
    state: &mut State,
    text: StringInput<'_>,
    from: StringInput<'_>,
    to: StringInput<'_>,
) -> Result<Value, Error> {
    let times = text.as_str().matches(from.as_str()).count();
    bounded(text.as_str().len().saturating_add(times.saturating_mul(to.as_str().len())))?;
    filters::replace(state, text, from, to)
}

/// The engine's filter, where what it makes is not too large.
pub fn join(
    state: &mut State,
    items: &Value,
    joiner: Option<StringInput<'_>>,
    attribute: Option<&str>,
    options: Kwargs,
) -> Result<Value, Error> {
    let named: Option<String> = options.peek("d").unwrap_or_default();
    let between = joiner.as_ref().map_or(named.as_ref().map_or(0, String::len), |joiner| joiner.as_str().len());
    let mut size: usize = 0;
    for item in items.try_iter().into_iter().flatten() {
        size = size.saturating_add(between).saturating_add(length(&item));
        // Of an item only a part is joined, if an attribute is named.
        bounded(if attribute.is_some() { size / 64 } else { size })?;
    }
    filters::join(state, items, joiner, attribute, options)
}
