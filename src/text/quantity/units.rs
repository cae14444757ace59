//! Units: how people and tools write them, what kind each is of, and how they convert.

use std::borrow::Cow;
use std::fmt;

/// A unit by its symbol. Times, sizes and what is counted per second convert within their kind; any other word
/// ("errors", "EUR") is a kind of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit(String);

/// The spellings of a unit, its kind, and the size of one in the kind's base unit.
const UNITS: [(&str, &str, f64); 41] = [
    ("ps picosecond picoseconds", TIME, 1e-12),
    ("ns nsec nsecs nanos nanosecond nanoseconds", TIME, 1e-9),
    ("us µs μs usec usecs µsec μsec micros microsecond microseconds", TIME, 1e-6),
    ("ms msec msecs millis millisecond milliseconds", TIME, 1e-3),
    ("s sec secs second seconds", TIME, 1.0),
    ("min mins minute minutes", TIME, 60.0),
    ("h hr hrs hour hours", TIME, 3600.0),
    ("d day days", TIME, 86_400.0),
    ("week weeks", TIME, 604_800.0),
    ("B byte bytes", "size", 1.0),
    ("kB KB kilobyte kilobytes", "size", 1e3),
    ("MB megabyte megabytes", "size", 1e6),
    ("GB gigabyte gigabytes", "size", 1e9),
    ("TB terabyte terabytes", "size", 1e12),
    ("PB petabyte petabytes", "size", 1e15),
    ("KiB kibibyte kibibytes", "size", 1024.0),
    ("MiB mebibyte mebibytes", "size", 1_048_576.0),
    ("GiB gibibyte gibibytes", "size", 1_073_741_824.0),
    ("TiB tebibyte tebibytes", "size", 1_099_511_627_776.0),
    ("PiB pebibyte pebibytes", "size", 1_125_899_906_842_624.0),
    ("bit bits", "size", 0.125),
    ("kbit Kbit kilobit kilobits", "size", 125.0),
    ("Mbit megabit megabits", "size", 125e3),
    ("Gbit gigabit gigabits", "size", 125e6),
    ("Tbit terabit terabits", "size", 125e9),
    ("bps", "size/time", 0.125),
    ("kbps Kbps", "size/time", 125.0),
    ("Mbps", "size/time", 125e3),
    ("Gbps", "size/time", 125e6),
    ("MBps", "size/time", 1e6),
    ("GBps", "size/time", 1e9),
    ("Hz", "frequency", 1.0),
    ("kHz", "frequency", 1e3),
    ("MHz", "frequency", 1e6),
    ("GHz", "frequency", 1e9),
    ("rps", "request/time", 1.0),
    ("qps", "query/time", 1.0),
    ("tps", "transaction/time", 1.0),
    ("x X × times fold", "ratio", 1.0),
    ("% percent pct", "percent", 1.0),
    ("pp percentage-points", "percentage point", 1.0),
];

const TIME: &str = "time";

/// Heads of columns that are a unit only in brackets: `min` is the least of something, `times` how often.
const AMBIGUOUS_HEADS: [&str; 8] = ["times", "min", "fold", "second", "day", "week", "d", "h"];

/// Seconds that a run takes at least: less than one cycle of a processor.
const RESOLUTION: f64 = 1e-10;

/// What a symbol stands for.
struct Meaning<'a> {
    kind: Cow<'a, str>,
    scale: f64,
    /// What it is counted for, where that is no time: `op` of `ns/op`.
    per: Option<String>,
    is_known: bool,
}

impl Unit {
    pub const TIMES: &str = "x";
    pub const PERCENT: &str = "%";
    /// Units that kbc knows, as an example of each kind.
    pub const KNOWN: &str = "ns, us, ms, s, min, h, bytes, KB, MiB, MB/s, Mbit/s, req/s, MHz, x, % and their like";

    pub fn new(symbol: impl Into<String>) -> Self {
        Self(symbol.into())
    }

    /// The unit of that name, if it is one of those that kbc knows.
    pub fn known(symbol: &str) -> Option<Self> {
        meaning(symbol).is_known.then(|| Self::new(symbol))
    }

    /// The unit of a column, as its head says it: `ns`, `time (ns)`, `size in bytes` are one, `times` is none.
    pub fn of_column(head: &str) -> Option<Self> {
        let head = head.trim();
        let inner = head.strip_suffix(')').and_then(|head| head.rsplit_once('(')).map(|(_, unit)| unit);
        let inner = inner.or_else(|| head.rsplit_once(" in ").map(|(_, unit)| unit));
        let named = inner.unwrap_or(head).trim();
        (inner.is_some_and(|unit| unit.trim() != "times") || !AMBIGUOUS_HEADS.contains(&named))
            .then(|| Self::known(named))?
    }

    pub fn symbol(&self) -> &str {
        &self.0
    }

    pub fn is_ratio(&self) -> bool {
        meaning(&self.0).kind == "ratio"
    }

    pub fn is_percent(&self) -> bool {
        meaning(&self.0).kind == "percent"
    }

    pub fn is_percentage_points(&self) -> bool {
        meaning(&self.0).kind == "percentage point"
    }

    /// Why so much of this unit cannot have been measured: times, sizes and rates are above zero, and no clock
    /// tells a tenth of a nanosecond. Of other units (errors, EUR) nothing is known.
    pub fn implausible(&self, value: f64) -> Option<&'static str> {
        let Meaning { kind, scale, .. } = meaning(&self.0);
        let is_measured = kind == TIME || kind == "size" || kind.ends_with("/time");
        match kind.as_ref() {
            _ if is_measured && value < 0.0 => Some("negative"),
            _ if is_measured && value == 0.0 => Some("zero"),
            TIME if value * scale < RESOLUTION => Some("below the resolution of any clock"),
            _ => None,
        }
    }

    /// What one of this unit is in `other`; `None` where the two do not convert.
    pub fn factor_to(&self, other: &Unit) -> Option<f64> {
        let (own, other) = (meaning(&self.0), meaning(&other.0));
        let is_per_the_same = own.per.is_none() || other.per.is_none() || own.per == other.per;
        (own.kind == other.kind && is_per_the_same).then_some(own.scale / other.scale)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn meaning(symbol: &str) -> Meaning<'_> {
    if let Some((kind, scale)) = spelled(symbol) {
        return Meaning { kind: kind.into(), scale, per: None, is_known: true };
    }
    let is_word = |text: &str| !text.is_empty() && text.chars().all(char::is_alphabetic);
    let parts = symbol.split_once('/').or_else(|| symbol.split_once(" per "));
    let parts = parts.map(|(amount, per)| (amount.trim(), per.trim()));
    match parts.map(|(amount, per)| (amount, spelled(amount), per, spelled(per))) {
        Some((_, Some((kind, scale)), _, Some((TIME, seconds)))) => {
            Meaning { kind: format!("{kind}/time").into(), scale: scale / seconds, per: None, is_known: true }
        }
        Some((amount, None, _, Some((TIME, seconds)))) if is_word(amount) => {
            Meaning { kind: format!("{}/time", noun(amount)).into(), scale: 1.0 / seconds, per: None, is_known: true }
        }
        Some((_, Some((kind, scale)), per, None)) if is_word(per) => {
            Meaning { kind: kind.into(), scale, per: Some(noun(per)), is_known: true }
        }
        _ => Meaning { kind: format!("a {}", noun(symbol)).into(), scale: 1.0, per: None, is_known: false },
    }
}

/// Kind and size of a unit by a spelling of it. Symbols are as they are written, words in any case.
fn spelled(word: &str) -> Option<(&'static str, f64)> {
    let find = |word: &str| {
        let is_there = |(spellings, ..): &&(&str, &str, f64)| spellings.split(' ').any(|known| known == word);
        UNITS.iter().find(is_there).map(|(_, kind, scale)| (*kind, *scale))
    };
    find(word).or_else(|| {
        let is_word = word.len() >= 3 && word.chars().any(char::is_uppercase);
        is_word.then(|| find(&word.to_lowercase())).flatten()
    })
}

/// What is counted, in one form: `requests`, `req` and `Request` are one.
fn noun(word: &str) -> String {
    let word = word.to_lowercase();
    let one = match word.as_str() {
        word if word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]),
        word if word.len() > 2 && word.ends_with('s') && !word.ends_with("ss") => word[..word.len() - 1].to_owned(),
        word => word.to_owned(),
    };
    let full = match one.as_str() {
        "req" => "request",
        "op" | "oper" => "operation",
        "it" | "iter" => "iteration",
        "msg" => "message",
        "txn" | "tx" => "transaction",
        one => one,
    };
    full.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(from: &str, to: &str) -> Option<f64> {
        let factor = Unit::new(from).factor_to(&Unit::new(to));
        factor.map(|factor| format!("{factor:.9e}").parse().expect("it was a number"))
    }

    #[test]
    fn units_of_one_kind_convert() {
        assert_eq!(factor("ms", "us"), Some(1000.0));
        assert_eq!(factor("ms", "KB"), None);
        assert_eq!(factor("errors", "errors"), Some(1.0));
        assert_eq!((factor("msec", "Seconds"), factor("hours", "min")), (Some(0.001), Some(60.0)));
        assert_eq!((factor("MB/s", "KB/ms"), factor("Mbit/s", "kB/s")), (Some(1.0), Some(125.0)));
        assert_eq!((factor("req/s", "requests per second"), factor("rps", "req/min")), (Some(1.0), Some(60.0)));
        assert_eq!((factor("req/s", "ops/s"), factor("MB/s", "MB"), factor("MHz", "ops/s")), (None, None, None));
        assert_eq!((factor("ns/op", "us"), factor("ns/op", "ns/byte")), (Some(0.001), None));
        assert_eq!((factor("item", "items"), factor("items", "rows")), (Some(1.0), None));
        assert_eq!((factor("x", "fold"), factor("x", "%"), factor("%", "pp")), (Some(1.0), None, None));
    }

    #[test]
    fn what_is_no_spelling_is_no_unit() {
        for word in ["ks", "mS", "mb", "k", "m", "million", "items", "ops", "µ"] {
            assert_eq!(Unit::known(word), None, "{word}");
        }
        for word in ["usec", "TB", "Mbit/s", "ops/s", "GHz", "SEC", "Bytes", "×", "ms/call", "rows per second"] {
            assert!(Unit::known(word).is_some(), "{word}");
        }
    }

    #[test]
    fn heads_of_columns_name_a_unit() {
        let heads = ["time (ns)", "ns", "size in bytes", "%", "time (min)", "req/s", "usec"];
        assert!(heads.iter().all(|head| Unit::of_column(head).is_some()));
        let heads = ["times", "slots", "read (one)", "items", "", "min", "day", "runs (times)"];
        assert!(heads.iter().all(|head| Unit::of_column(head).is_none()));
    }

    #[test]
    fn nothing_takes_no_time() {
        let why = |unit: &str, value| Unit::new(unit).implausible(value);
        assert_eq!((why("ns", 0.0), why("ms", -1.0)), (Some("zero"), Some("negative")));
        assert_eq!(why("ms", 0.000_000_09), Some("below the resolution of any clock"));
        assert_eq!((why("req/s", 0.0), why("ns/op", 0.0)), (Some("zero"), Some("zero")));
        assert_eq!(
            (why("ns", 0.1), why("bytes", 0.05), why("errors", 0.0), why("EUR", -3.0)),
            (None, None, None, None)
        );
    }
}
