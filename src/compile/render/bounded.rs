//! What templates may call: the filters, tests and functions of the engine, each of which counts what it makes and looks
//! at. Nothing that is not listed here exists.

use std::cell::RefCell;
use std::io;

use minijinja::value::{Kwargs, Rest, StringInput, Value, ValueKind, ValueOrKwargs};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, filters, functions, tests};

use super::guard;
use super::meter::{self, ITEM};

/// Bytes that a document may have.
pub const MAX_OUTPUT: usize = 16 << 20;

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

/// Writes a value as the engine does, and counts it: what a block or a macro writes becomes a value.
pub fn write_counted(output: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let longer = if *state.auto_escape() == AutoEscape::Html { 6 } else { 1 };
    meter::make(meter::length(value)?.saturating_mul(longer))?;
    minijinja::escape_formatter(output, state, value)
}

/// What a filter costs, counted before it runs.
#[derive(Clone, Copy, Default)]
struct Cost {
    /// Bytes that are made for each byte of a text.
    text: u64,
    /// Bytes that are made for each item of a list or map.
    item: u64,
    /// How often all that it is given is looked at.
    looks: u64,
    /// Does it make lists of lists?
    nests: bool,
}

const FREE: Cost = Cost { text: 0, item: 0, looks: 0, nests: false };
const TEXT: Cost = Cost { text: 3, looks: 1, ..FREE };
const ESCAPED: Cost = Cost { text: 6, looks: 1, ..FREE };
const PIECES: Cost = Cost { text: ITEM, item: ITEM, ..FREE };
const LOOK: Cost = Cost { looks: 1, ..FREE };
/// Each item is compared with some others.
const SORTED: Cost = Cost { text: ITEM, item: ITEM, looks: 20, nests: false };
const NESTED: Cost = Cost { nests: true, ..SORTED };
const PAIRS: Cost = Cost { item: 4 * ITEM, nests: true, ..PIECES };

/// The engine's filters.
fn known_filters() -> Vec<(&'static str, Value, Cost)> {
    vec![
        ("safe", Value::from_function(filters::safe), LOOK),
        ("escape", Value::from_function(filters::escape), ESCAPED),
        ("e", Value::from_function(filters::escape), ESCAPED),
        ("lower", Value::from_function(filters::lower), TEXT),
        ("upper", Value::from_function(filters::upper), TEXT),
        ("title", Value::from_function(filters::title), TEXT),
        ("capitalize", Value::from_function(filters::capitalize), TEXT),
        ("trim", Value::from_function(filters::trim), TEXT),
        ("length", Value::from_function(filters::length), FREE),
        ("count", Value::from_function(filters::length), FREE),
        ("default", Value::from_function(filters::default), FREE),
        ("d", Value::from_function(filters::default), FREE),
        ("round", Value::from_function(filters::round), FREE),
        ("abs", Value::from_function(filters::abs), FREE),
        ("int", Value::from_function(filters::int), FREE),
        ("float", Value::from_function(filters::float), FREE),
        ("bool", Value::from_function(filters::bool), FREE),
        ("attr", Value::from_function(filters::attr), FREE),
        ("first", Value::from_function(filters::first), FREE),
        ("last", Value::from_function(filters::last), FREE),
        ("reverse", Value::from_function(filters::reverse), PIECES),
        ("list", Value::from_function(filters::list), PIECES),
        ("split", Value::from_function(filters::split), PIECES),
        ("lines", Value::from_function(filters::lines), PIECES),
        ("select", Value::from_function(filters::select), PIECES),
        ("reject", Value::from_function(filters::reject), PIECES),
        ("selectattr", Value::from_function(filters::selectattr), PIECES),
        ("rejectattr", Value::from_function(filters::rejectattr), PIECES),
        ("map", Value::from_function(filters::map), PIECES),
        ("chain", Value::from_function(filters::chain), PIECES),
        ("min", Value::from_function(filters::min), LOOK),
        ("max", Value::from_function(filters::max), LOOK),
        ("sort", Value::from_function(filters::sort), SORTED),
        ("unique", Value::from_function(filters::unique), SORTED),
        ("dictsort", Value::from_function(filters::dictsort), NESTED),
        ("groupby", Value::from_function(filters::groupby), NESTED),
        ("items", Value::from_function(filters::items), PAIRS),
        ("zip", Value::from_function(filters::zip), PAIRS),
    ]
}

/// The engine's tests, and whether they look at all that they are given.
fn known_tests() -> Vec<(&'static str, Value, bool)> {
    let compared = [
        ("eq", Value::from_function(tests::is_eq)),
        ("equalto", Value::from_function(tests::is_eq)),
        ("==", Value::from_function(tests::is_eq)),
        ("ne", Value::from_function(tests::is_ne)),
        ("!=", Value::from_function(tests::is_ne)),
        ("lt", Value::from_function(tests::is_lt)),
        ("lessthan", Value::from_function(tests::is_lt)),
        ("<", Value::from_function(tests::is_lt)),
        ("le", Value::from_function(tests::is_le)),
        ("<=", Value::from_function(tests::is_le)),
        ("gt", Value::from_function(tests::is_gt)),
        ("greaterthan", Value::from_function(tests::is_gt)),
        (">", Value::from_function(tests::is_gt)),
        ("ge", Value::from_function(tests::is_ge)),
        (">=", Value::from_function(tests::is_ge)),
        ("in", Value::from_function(tests::is_in)),
        ("sameas", Value::from_function(tests::is_sameas)),
        ("lower", Value::from_function(tests::is_lower)),
        ("upper", Value::from_function(tests::is_upper)),
        ("startingwith", Value::from_function(tests::is_startingwith)),
        ("endingwith", Value::from_function(tests::is_endingwith)),
    ];
    let others = [
        ("undefined", Value::from_function(tests::is_undefined)),
        ("defined", Value::from_function(tests::is_defined)),
        ("none", Value::from_function(tests::is_none)),
        ("safe", Value::from_function(tests::is_safe)),
        ("escaped", Value::from_function(tests::is_safe)),
        ("boolean", Value::from_function(tests::is_boolean)),
        ("odd", Value::from_function(tests::is_odd)),
        ("even", Value::from_function(tests::is_even)),
        ("divisibleby", Value::from_function(tests::is_divisibleby)),
        ("number", Value::from_function(tests::is_number)),
        ("integer", Value::from_function(tests::is_integer)),
        ("int", Value::from_function(tests::is_integer)),
        ("float", Value::from_function(tests::is_float)),
        ("string", Value::from_function(tests::is_string)),
        ("sequence", Value::from_function(tests::is_sequence)),
        ("iterable", Value::from_function(tests::is_iterable)),
        ("mapping", Value::from_function(tests::is_mapping)),
        ("true", Value::from_function(tests::is_true)),
        ("false", Value::from_function(tests::is_false)),
        ("filter", Value::from_function(tests::is_filter)),
        ("test", Value::from_function(tests::is_test)),
    ];
    let compared = compared.into_iter().map(|(name, test)| (name, test, true));
    compared.chain(others.into_iter().map(|(name, test)| (name, test, false))).collect()
}

/// Adds all that templates may call.
pub fn install(environment: &mut Environment) {
    for (name, filter, cost) in known_filters() {
        let run = move |state: &mut State, arguments: Rest<ValueOrKwargs>| -> Result<Value, Error> {
            let arguments = arguments.into_values();
            count(cost, &arguments)?;
            let made = filter.call(state, &arguments)?;
            if cost.nests {
                meter::size(&made)?;
            }
            Ok(made)
        };
        environment.add_filter(name, run);
    }
    for (name, test, looks) in known_tests() {
        let run = move |state: &mut State, arguments: Rest<ValueOrKwargs>| -> Result<Value, Error> {
            let arguments = arguments.into_values();
            if looks {
                look(&arguments)?;
            }
            test.call(state, &arguments)
        };
        environment.add_test(name, run);
    }
    own_filters(environment);
    functions(environment);
    for (name, guard) in GUARDS {
        environment.add_filter(name, guard);
    }
    environment.add_filter(guard::ROUNDS, rounds);
    environment.add_filter(guard::WROTE, |bytes: u64| meter::make(bytes).map(|()| false));
}

/// The filters that count in a way of their own.
fn own_filters(environment: &mut Environment) {
    environment.add_filter("replace", replace);
    environment.add_filter("join", join);
    environment.add_filter("string", |value: &Value| -> Result<Value, Error> {
        if value.kind() == ValueKind::String { Ok(value.clone()) } else { meter::text(value).map(Value::from) }
    });
    let sum = Value::from_function(filters::sum);
    environment.add_filter("sum", move |state: &mut State, arguments: Rest<ValueOrKwargs>| {
        let arguments = arguments.into_values();
        count(LOOK, &arguments)?;
        // Each list that is added to a long one may be a copy of it.
        let lists =
            |value: &Value| value.try_iter().into_iter().flatten().filter(|item| item.as_object().is_some()).count();
        let lists = arguments.first().map_or(0, lists) as u64;
        meter::walk(lists.saturating_mul(lists))?;
        sum.call(state, &arguments)
    });
    environment.add_filter("pprint", |value: &Value| meter::written(format_args!("{value:#?}")));
    environment.add_filter("tojson", tojson);
    environment.add_filter("quote", |text: StringInput<'_>| -> Result<String, Error> {
        meter::make(text.as_str().len() as u64 * 2)?;
        let quoted = serde_json::to_string(text.as_str()).expect("a text is JSON");
        meter::make(quoted.len() as u64)?;
        Ok(quoted)
    });
}

fn functions(environment: &mut Environment) {
    environment.add_function("range", functions::range);
    environment.add_function("dict", |value: Option<Value>, more: Kwargs| {
        let made = functions::dict(value, more)?;
        meter::size(&made)?;
        Ok::<_, Error>(made)
    });
    environment.add_function("debug", |state: &State, values: Rest<Value>| match values.as_slice() {
        [] => meter::written(format_args!("{state:#?}")),
        [value] => meter::written(format_args!("{value:#?}")),
        values => meter::written(format_args!("{values:#?}")),
    });
    let namespace = Value::from_function(functions::namespace);
    environment.add_function("namespace", move |state: &mut State, defaults: Rest<ValueOrKwargs>| {
        let defaults = defaults.into_values();
        defaults.iter().try_for_each(carried)?;
        namespace.call(state, &defaults)
    });
}

/// Counts what a filter will cost.
fn count(cost: Cost, arguments: &[Value]) -> Result<(), Error> {
    for argument in arguments {
        meter::walk(meter::text_length(argument) / 16)?;
        meter::make(meter::text_length(argument).saturating_mul(cost.text))?;
        if cost.item > 0 && argument.as_str().is_none() {
            meter::make(cost.item.saturating_mul(argument.len().unwrap_or(0) as u64))?;
        }
    }
    if cost.looks > 0 {
        let before = meter::walked();
        look(arguments)?;
        meter::walk((meter::walked() - before).saturating_mul(cost.looks - 1))?;
    }
    Ok(())
}

/// Counts what is looked at when all of these are.
fn look(values: &[Value]) -> Result<(), Error> {
    values.iter().try_for_each(|value| meter::size(value).map(drop))
}

/// What [`guard`] puts around the parts of a template that nothing else bounds. Each hands on the value that it is given.
type Guard = fn(&Value) -> Result<Value, Error>;
const GUARDS: [(&str, Guard); 10] = [
    (guard::FIRST, |value| {
        meter::length(value).map(|bytes| OPERANDS.with_borrow_mut(|open| open.push(bytes))).map(|()| value.clone())
    }),
    (guard::NEXT, |value| {
        joined(value).map(|bytes| OPERANDS.with_borrow_mut(|open| open.push(bytes))).map(|()| value.clone())
    }),
    (guard::LAST, |value| joined(value).map(|_| value.clone())),
    (guard::LEFT, |value| Ok(left(value))),
    (guard::ADDED, |value| operated(value, added)),
    (guard::TIMES, |value| operated(value, times)),
    (guard::LOOKED, |value| meter::size(value).map(|_| value.clone())),
    (guard::LENGTH, |value| meter::walk(meter::text_length(value) / 16).map(|()| value.clone())),
    (guard::CALLED, |value| called(value).map(|()| value.clone())),
    (guard::CARRIED, |value| carried(value).map(|()| value.clone())),
];

thread_local! {
    /// Bytes of the texts that are being joined here, and values that are being added or multiplied.
    static OPERANDS: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
    static LEFT: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// Forgets what an earlier run left behind when it failed.
pub fn begin(rules: usize) {
    meter::begin(rules);
    OPERANDS.with_borrow_mut(Vec::clear);
    LEFT.with_borrow_mut(Vec::clear);
}

/// Counts what joining one more text makes.
fn joined(value: &Value) -> Result<u64, Error> {
    let before = OPERANDS.with_borrow_mut(Vec::pop).unwrap_or_default();
    let bytes = before.saturating_add(meter::length(value)?);
    meter::make(bytes)?;
    Ok(bytes)
}

fn left(value: &Value) -> Value {
    LEFT.with_borrow_mut(|open| open.push(value.clone()));
    value.clone()
}

fn operated(right: &Value, bytes: fn(&Value, &Value) -> u64) -> Result<Value, Error> {
    let left = LEFT.with_borrow_mut(Vec::pop).unwrap_or_default();
    meter::make(bytes(&left, right))?;
    Ok(right.clone())
}

/// A longer list shares what it is made from.
fn added(left: &Value, right: &Value) -> u64 {
    let items = if right.as_object().is_some() { right.len().unwrap_or(0) as u64 } else { 0 };
    meter::text_length(left).saturating_add(meter::text_length(right)).saturating_add(items.saturating_mul(ITEM))
}

fn times(left: &Value, right: &Value) -> u64 {
    let of = |many: &Value, times: &Value| {
        let times = u64::try_from(times.clone()).ok()?;
        let items = if many.as_object().is_some() { many.len().unwrap_or(0) as u64 } else { 0 };
        Some(meter::text_length(many).saturating_add(items.saturating_mul(ITEM)).saturating_mul(times))
    };
    of(left, right).unwrap_or(0).max(of(right, left).unwrap_or(0))
}

fn called(value: &Value) -> Result<(), Error> {
    let items = if value.as_object().is_some() { value.len().unwrap_or(0) as u64 } else { 0 };
    meter::make(meter::text_length(value).saturating_add(items.saturating_mul(ITEM)))?;
    meter::size(value).map(drop)
}

/// Counts the text that stands in a loop, for each of its rounds.
fn rounds(items: &Value, bytes: u64) -> Result<Value, Error> {
    let rounds = items.len().unwrap_or_else(|| items.try_iter().into_iter().flatten().count());
    meter::make(bytes.saturating_mul(rounds as u64))?;
    Ok(items.clone())
}

/// What is set in a namespace stays from round to round of a loop, so it cannot hold another one: no value would say how
/// deep it is.
fn carried(value: &Value) -> Result<(), Error> {
    if meter::size(value)?.has_namespace {
        return Err(Error::new(ErrorKind::InvalidOperation, "a namespace cannot hold another one"));
    }
    Ok(())
}

/// The engine's filter, where what it makes is not too large.
fn replace(
    state: &mut State,
    text: StringInput<'_>,
    from: StringInput<'_>,
    to: StringInput<'_>,
) -> Result<Value, Error> {
    let (text_length, to_length) = (text.as_str().len() as u64, to.as_str().len() as u64);
    meter::make(text_length)?;
    let times = text.as_str().matches(from.as_str()).count() as u64;
    meter::make(times.saturating_mul(to_length))?;
    filters::replace(state, text, from, to)
}

/// The engine's filter, where what it makes is not too large.
fn join(
    state: &mut State,
    items: &Value,
    joiner: Option<StringInput<'_>>,
    attribute: Option<&str>,
    options: Kwargs,
) -> Result<Value, Error> {
    let named: Option<String> = options.peek("d").unwrap_or_default();
    let between = joiner.as_ref().map_or(named.as_ref().map_or(0, String::len), |joiner| joiner.as_str().len()) as u64;
    let attribute_named: Option<String> = options.peek("attribute").unwrap_or_default();
    let part = attribute.map(str::to_owned).or(attribute_named);
    if let Some(text) = items.as_str() {
        meter::make((text.len() as u64).saturating_mul(between + 1))?;
    } else {
        for item in items.try_iter().into_iter().flatten() {
            let joined = part.as_ref().map_or(Ok(item.clone()), |part| item.get_item(&Value::from(part.as_str())));
            // Of a path with dots, all is counted.
            let joined = joined.ok().filter(|joined| !joined.is_undefined()).unwrap_or(item);
            meter::make(meter::length(&joined)?.saturating_add(between))?;
        }
    }
    filters::join(state, items, joiner, attribute, options)
}

/// The engine's filter, where what it makes is not too large.
fn tojson(value: &Value, indent: Option<Value>, options: Kwargs) -> Result<Value, Error> {
    let named: Option<Value> = options.peek("indent").unwrap_or_default();
    let steps = indent.as_ref().or(named.as_ref()).map_or(0, |steps| i64::try_from(steps.clone()).unwrap_or(2));
    let size = meter::size(value)?;
    let line = 8 + u64::try_from(steps).unwrap_or(0).saturating_mul(size.depth + 1);
    meter::make(size.bytes.saturating_mul(2).saturating_add(size.values.saturating_mul(line)))?;
    let made = filters::tojson(value, indent, options)?;
    meter::make(meter::text_length(&made))?;
    Ok(made)
}
