//! What was computed before: values by the function that made them and the bytes that it made them of.
//!
//! A wrong answer would be worse than any loss of time, so a key holds all that a value depends on, this build of kbc
//! included, and a value counts only if every byte of it is as it was written. Anything else was never computed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fingerprint::{self, Digest};

/// This build: its sources, features, target and compiler; build.rs makes it.
const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), "-", env!("KBC_BUILD"));
/// How an entry begins.
const MAGIC: &[u8; 8] = b"kbcmemo1";
/// What stands before the value: the begin, the key, the checksum.
const HEAD: usize = MAGIC.len() + 2 * size_of::<Digest>();
/// A value that takes more bytes is made anew each time.
const MAX_VALUE: usize = 32 << 20;

/// Where entries are kept. It may lose any of them, or hand out what it likes.
pub trait Store: Send + Sync {
    fn get(&self, key: &Digest) -> Option<Vec<u8>>;
    fn put(&self, key: &Digest, entry: &[u8]);
}

/// What is remembered, or nothing.
#[derive(Clone, Default)]
pub struct Memory {
    store: Option<Arc<dyn Store>>,
    /// What besides tells one build from another.
    build: String,
}

impl Memory {
    /// Remembers nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Kept for as long as the process lives.
    pub fn of_process() -> Self {
        Self::kept_in(Arc::new(InProcess::default()), String::new())
    }

    /// Kept by a store. `build` tells this program from others of the same sources.
    pub fn kept_in(store: Arc<dyn Store>, build: String) -> Self {
        Self { store: Some(store), build }
    }

    pub fn is_none(&self) -> bool {
        self.store.is_none()
    }

    /// The value of a function of some bytes, computed only if it is not known. Whatever changes what a function makes of
    /// the same bytes in the same build belongs to the bytes.
    pub fn get_or<T: Serialize + DeserializeOwned>(
        &self,
        function: &str,
        version: u32,
        input: &[&[u8]],
        compute: impl FnOnce() -> T,
    ) -> T {
        self.get(function, version, input).unwrap_or_else(|| {
            let value = compute();
            self.put(function, version, input, &value);
            value
        })
    }

    /// The value, if it is known.
    pub fn get<T: DeserializeOwned>(&self, function: &str, version: u32, input: &[&[u8]]) -> Option<T> {
        let store = self.store.as_ref()?;
        let key = self.key(function, version, input);
        decoded(opened(&key, &store.get(&key)?)?)
    }

    pub fn put<T: Serialize>(&self, function: &str, version: u32, input: &[&[u8]], value: &T) {
        let Some(store) = &self.store else { return };
        let Ok(value) = postcard::to_stdvec(value) else { return };
        if value.len() <= MAX_VALUE {
            let key = self.key(function, version, input);
            store.put(&key, &sealed(&key, &value));
        }
    }

    fn key(&self, function: &str, version: u32, input: &[&[u8]]) -> Digest {
        let head: [&[u8]; 4] = [BUILD.as_bytes(), self.build.as_bytes(), function.as_bytes(), &version.to_le_bytes()];
        fingerprint::whole(&[&head[..], input].concat())
    }
}

/// An entry: its key and a checksum over all of it, then the value.
fn sealed(key: &Digest, value: &[u8]) -> Vec<u8> {
    [MAGIC, &key[..], &fingerprint::whole(&[MAGIC, key, value]), value].concat()
}

/// The value of an entry that is whole, and of this key.
fn opened<'a>(key: &Digest, entry: &'a [u8]) -> Option<&'a [u8]> {
    let (head, value) = entry.split_at_checked(HEAD)?;
    let checksum = fingerprint::whole(&[MAGIC, key, value]);
    (*head == *[MAGIC, &key[..], &checksum].concat()).then_some(value)
}

/// A value out of its bytes, and all of them.
pub fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(value)
}

/// Entries in memory, the whole of them under a limit: beyond it, all are forgotten.
#[derive(Default)]
struct InProcess(Mutex<(usize, HashMap<Digest, Vec<u8>>)>);

/// Bytes that are kept in memory.
const MAX_IN_PROCESS: usize = 256 << 20;

impl Store for InProcess {
    fn get(&self, key: &Digest) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.get(key).cloned()
    }

    fn put(&self, key: &Digest, entry: &[u8]) {
        let (size, entries) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *size + entry.len() > MAX_IN_PROCESS {
            (*size, *entries) = (0, HashMap::new());
        }
        *size += entry.len();
        if let Some(old) = entries.insert(*key, entry.to_vec()) {
            *size -= old.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every question with one entry.
    struct Forger(Vec<u8>);

    impl Store for Forger {
        fn get(&self, _: &Digest) -> Option<Vec<u8>> {
            Some(self.0.clone())
        }

        fn put(&self, _: &Digest, _: &[u8]) {}
    }

    fn over(entry: Vec<u8>) -> Memory {
        Memory::kept_in(Arc::new(Forger(entry)), String::new())
    }

    #[test]
    fn a_value_is_computed_once_for_each_function_version_and_input() {
        let memory = Memory::of_process();
        let inputs: [(&str, u32, &[&[u8]]); 6] = [
            ("count", 1, &[b"ab", b"c"]),
            ("count", 1, &[b"a", b"bc"]),
            ("count", 1, &[b"abc"]),
            ("count", 1, &[b"abc", b""]),
            ("count", 2, &[b"abc"]),
            ("counts", 1, &[b"abc"]),
        ];
        for (number, (function, version, input)) in inputs.into_iter().enumerate() {
            assert_eq!(memory.get_or(function, version, input, || number), number, "{function} {version} {input:?}");
        }
        for (number, (function, version, input)) in inputs.into_iter().enumerate() {
            assert_eq!(memory.get_or(function, version, input, || 99), number, "{function} {version} {input:?}");
        }
        let other = Memory { build: "other".to_owned(), ..memory };
        assert_eq!(other.get::<usize>("count", 1, &[b"abc"]), None);
        assert_eq!(Memory::none().get_or("count", 1, &[b"abc"], || 7), 7);
    }

    #[test]
    fn an_entry_that_is_not_whole_or_of_another_key_is_a_miss() {
        let value = postcard::to_stdvec(&"told".to_owned()).expect("a text is a value");
        let key = Memory::none().key("f", 1, &[b"x"]);
        let entry = sealed(&key, &value);
        let get = |entry: Vec<u8>| over(entry).get::<String>("f", 1, &[b"x"]);
        assert_eq!(get(entry.clone()).as_deref(), Some("told"));
        for length in 0..entry.len() {
            assert_eq!(get(entry[..length].to_vec()), None, "cut to {length} bytes");
        }
        for at in 0..entry.len() {
            let mut entry = entry.clone();
            entry[at] ^= 1;
            assert_eq!(get(entry), None, "byte {at}");
        }
        assert_eq!(get([&entry[..], b"x"].concat()), None);
        let longer = [&value[..], b"x"].concat();
        assert_eq!(get(sealed(&key, &longer)), None, "what a value leaves over is no value");
        assert_eq!(over(entry).get::<String>("f", 1, &[b"y"]), None);
    }
}
