//! What one run of a template may make and look at. The engine counts its steps, but not how much a step makes or walks
//! over, so this is counted here: bytes of values and of output, and values and characters that are looked at.

use std::cell::Cell;

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};

use crate::text::quantity::grouped;

/// Bytes that a template may make, and how many more for each rule.
const MADE: u64 = 32 << 20;
const MADE_PER_RULE: u64 = 2 << 10;
/// Values that it may look at, and how many more for each rule. Sixteen characters count as a value.
const WALKED: u64 = 8_000_000;
const WALKED_PER_RULE: u64 = 4_000;
/// How deep a value may be nested.
const DEEPEST: usize = 64;
/// Bytes of a list for each item.
pub const ITEM: u64 = 24;
/// Begins what is said of a template that does too much.
pub const SAID: &str = "the template ";

#[derive(Clone, Copy)]
struct Meter {
    made: u64,
    most_made: u64,
    walked: u64,
    most_walked: u64,
}

thread_local! {
    /// That of the template that runs here.
    static METER: Cell<Meter> = const { Cell::new(Meter { made: 0, most_made: MADE, walked: 0, most_walked: WALKED }) };
}

/// Begins a run, in a knowledge base of so many rules.
pub fn begin(rules: usize) {
    let rules = rules as u64;
    let (most_made, most_walked) = (MADE + MADE_PER_RULE * rules, WALKED + WALKED_PER_RULE * rules);
    METER.set(Meter { made: 0, most_made, walked: 0, most_walked });
}

/// Values that were looked at so far.
pub fn walked() -> u64 {
    METER.get().walked
}

/// What the run has done so far, in steps of the engine: a value that is looked at takes as long as some of them, and one of
/// them as long as some bytes.
pub fn steps() -> u64 {
    let meter = METER.get();
    (meter.made / 4).saturating_add(meter.walked.saturating_mul(4))
}

/// Bytes that may be made still.
pub fn left() -> u64 {
    let meter = METER.get();
    meter.most_made.saturating_sub(meter.made)
}

/// An error of a template that does too much.
pub fn too_much(what: &str) -> Error {
    Error::new(ErrorKind::WriteFailure, SAID.to_owned() + what)
}

/// Counts bytes that a template makes, before it makes them.
pub fn make(bytes: u64) -> Result<(), Error> {
    let mut meter = METER.get();
    meter.made = meter.made.saturating_add(bytes);
    METER.set(meter);
    if meter.made <= meter.most_made {
        return Ok(());
    }
    Err(too_much(&format!("makes values of more than {} MiB", meter.most_made >> 20)))
}

/// Counts what a copy of a value in another form makes.
pub fn make_all(value: &Value) -> Result<(), Error> {
    let size = size(value)?;
    make(size.bytes.saturating_mul(2).saturating_add(size.values.saturating_mul(64 + 2 * size.depth)))
}

/// Counts values that a template looks at.
pub fn walk(values: u64) -> Result<(), Error> {
    let mut meter = METER.get();
    meter.walked = meter.walked.saturating_add(values);
    METER.set(meter);
    if meter.walked <= meter.most_walked {
        return Ok(());
    }
    let most = grouped(usize::try_from(meter.most_walked).unwrap_or(usize::MAX));
    Err(too_much(&format!("compares or converts more than {most} values")))
}

/// How large a value is when it is walked over: what it shares counts as often as it is met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Size {
    pub values: u64,
    pub bytes: u64,
    pub depth: u64,
    pub has_namespace: bool,
}

/// Walks over a value, which counts.
pub fn size(value: &Value) -> Result<Size, Error> {
    let mut size = Size::default();
    add(value, 0, &mut size)?;
    Ok(size)
}

fn add(value: &Value, depth: usize, size: &mut Size) -> Result<(), Error> {
    size.values += 1;
    size.depth = size.depth.max(depth as u64);
    if depth > DEEPEST {
        return Err(too_much(&format!("nests values deeper than {DEEPEST}")));
    }
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            walk(1)?;
            for item in value.try_iter().into_iter().flatten() {
                add(&item, depth + 1, size)?;
            }
        }
        ValueKind::Map => {
            walk(1)?;
            size.has_namespace |= is_namespace(value);
            for key in value.try_iter().into_iter().flatten() {
                add(&key, depth + 1, size)?;
                if let Ok(item) = value.get_item(&key) {
                    add(&item, depth + 1, size)?;
                }
            }
        }
        ValueKind::String | ValueKind::Bytes => {
            let bytes = text_length(value);
            size.bytes = size.bytes.saturating_add(bytes);
            walk(1 + bytes / 16)?;
        }
        _ => walk(1)?,
    }
    Ok(())
}

/// The bytes of a text; of anything else, none.
pub fn text_length(value: &Value) -> u64 {
    value.as_str().map(str::len).or_else(|| value.as_bytes().map(<[u8]>::len)).unwrap_or(0) as u64
}

fn is_namespace(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.type_name().ends_with("::Namespace"))
}

/// A value as text, if it is not too long.
pub fn text(value: &Value) -> Result<String, Error> {
    written(format_args!("{value}"))
}

/// What is formatted, if it is not too long.
pub fn written(arguments: std::fmt::Arguments<'_>) -> Result<String, Error> {
    let mut limited = Limited { text: String::new(), most: left() };
    if std::fmt::write(&mut limited, arguments).is_err() {
        make(left().saturating_add(1))?;
    }
    make(limited.text.len() as u64)?;
    Ok(limited.text)
}

/// The bytes of a value as text.
pub fn length(value: &Value) -> Result<u64, Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.len() as u64);
    }
    let mut counted = Counted { bytes: 0, most: left() };
    if std::fmt::write(&mut counted, format_args!("{value}")).is_err() {
        make(left().saturating_add(1))?;
    }
    Ok(counted.bytes)
}

/// A text that ends where it would become too long.
struct Limited {
    text: String,
    most: u64,
}

impl std::fmt::Write for Limited {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        if (self.text.len() + part.len()) as u64 > self.most {
            return Err(std::fmt::Error);
        }
        self.text.push_str(part);
        Ok(())
    }
}

/// Counts what is written to it.
struct Counted {
    bytes: u64,
    most: u64,
}

impl std::fmt::Write for Counted {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        self.bytes = self.bytes.saturating_add(part.len() as u64);
        if self.bytes > self.most { Err(std::fmt::Error) } else { Ok(()) }
    }
}
