//! Counts a text piece by piece. The counts of pieces are remembered, since texts say the same words again and again.

use std::cell::RefCell;

use super::hash::{WORDS, hash, words};
use super::table::{self, Table};
use super::{merge, split};

/// The number of tokens of a text in `o200k_base`.
pub fn o200k_base(text: &str) -> usize {
    thread_local! {
        static MEMORY: RefCell<Memory> = const { RefCell::new(Memory(Vec::new())) };
    }
    MEMORY.with_borrow_mut(|memory| count(text, split::o200k_base, &table::O200K_BASE, memory))
}

/// The number of tokens of a text in `cl100k_base`.
pub fn cl100k_base(text: &str) -> usize {
    thread_local! {
        static MEMORY: RefCell<Memory> = const { RefCell::new(Memory(Vec::new())) };
    }
    MEMORY.with_borrow_mut(|memory| count(text, split::cl100k_base, &table::CL100K_BASE, memory))
}

#[inline(always)]
fn count(text: &str, split: impl Fn(&str, usize) -> usize, table: &Table, memory: &mut Memory) -> usize {
    let (mut total, mut at) = (0, 0);
    while at < text.len() {
        let end = split(text, at);
        debug_assert!(end > at, "some alternative matches every character");
        total += memory.count(table, &text.as_bytes()[at..end]);
        at = end;
    }
    total
}

/// The counts of short pieces that one thread has met, each at the place that its hash gives: a new one takes the place of an
/// old one, so the memory does not grow. Threads do not share it, so none waits for another.
struct Memory(Vec<Known>);

const PLACES: usize = 1 << 13;

/// A piece, by its words and its size, and its count. A size of 0 is no piece.
#[derive(Clone, Copy, Default)]
struct Known {
    words: [u64; 2],
    size: u8,
    count: u8,
}

impl Memory {
    fn count(&mut self, table: &Table, piece: &[u8]) -> usize {
        let hash = hash(piece);
        let fresh = || match table.rank(piece, hash) {
            Some(_) => 1,
            None => merge::count(piece, |token| table.rank(token, self::hash(token))),
        };
        if piece.len() > WORDS {
            return fresh();
        }
        if self.0.is_empty() {
            self.0 = vec![Known::default(); PLACES];
        }
        let known = &mut self.0[hash as usize % PLACES];
        let (words, size) = (words(piece), piece.len() as u8);
        if known.words != words || known.size != size {
            *known = Known { words, size, count: fresh() as u8 };
        }
        usize::from(known.count)
    }
}
