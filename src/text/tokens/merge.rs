//! Byte-pair merging: how many tokens a piece comes to that is no token itself. Of all neighbours that together are a token, the
//! pair of the lowest rank, and of those the first, becomes one part, until no two neighbours are a token.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::hash::{LONGEST, RANK_BITS};

/// Up to so many bytes, the next pair is searched among all. In a longer piece a heap has it on top.
const SHORT: usize = 64;

/// The rank of what is no token.
const NONE: u32 = u32::MAX;

/// The number of tokens of a piece, by the ranks of tokens.
pub fn count(piece: &[u8], rank: impl Fn(&[u8]) -> Option<u32>) -> usize {
    if piece.len() <= SHORT {
        let (mut sizes, mut ranks) = ([1; SHORT], [NONE; SHORT]);
        Parts::new(piece, rank, &mut sizes[..piece.len()], &mut ranks[..piece.len()]).merge_by_search()
    } else {
        let (mut sizes, mut ranks) = (vec![1; piece.len()], vec![NONE; piece.len()]);
        Parts::new(piece, rank, &mut sizes, &mut ranks).merge_by_heap()
    }
}

/// The bits of a pair that are the place of its first byte. The rank is above them.
const FIRST: u64 = u64::MAX >> RANK_BITS;

/// A piece in parts, which at first are its bytes.
struct Parts<'a, R> {
    piece: &'a [u8],
    rank: R,
    /// The size of each part, at its first byte and again at its last one, so that both neighbours of a part are found.
    sizes: &'a mut [u8],
    /// At the first byte of a part: the rank of the token that it and its right neighbour are.
    ranks: &'a mut [u32],
}

const _: () = assert!(LONGEST <= u8::MAX as usize, "a size is a byte");

impl<'a, R: Fn(&[u8]) -> Option<u32>> Parts<'a, R> {
    fn new(piece: &'a [u8], rank: R, sizes: &'a mut [u8], ranks: &'a mut [u32]) -> Self {
        let mut parts = Self { piece, rank, sizes, ranks };
        for at in 0..piece.len() {
            parts.look_up(at);
        }
        parts
    }

    fn size(&self, at: usize) -> usize {
        usize::from(self.sizes[at])
    }

    /// Finds the rank of the pair whose left part begins at a byte.
    fn look_up(&mut self, at: usize) {
        let middle = at + self.size(at);
        self.ranks[at] = match self.sizes.get(middle) {
            Some(size) => (self.rank)(&self.piece[at..middle + usize::from(*size)]).unwrap_or(NONE),
            None => NONE,
        };
    }

    /// Makes one part of the pair whose left part begins at a byte. Then two pairs are new: the one that begins there, and the one
    /// before. Gives the first byte of the latter if there is one.
    fn join(&mut self, at: usize) -> Option<usize> {
        let middle = at + self.size(at);
        let end = middle + self.size(middle);
        let size = u8::try_from(end - at).expect("what has a rank is a token, and no token is longer than LONGEST");
        (self.sizes[at], self.sizes[end - 1]) = (size, size);
        self.ranks[middle] = NONE;
        self.look_up(at);
        let before = at.checked_sub(1).map(|last| at - self.size(last));
        if let Some(before) = before {
            self.look_up(before);
        }
        before
    }

    fn merge_by_search(mut self) -> usize {
        let mut count = self.piece.len();
        loop {
            let lower = |low: (usize, u32), (at, rank): (usize, &u32)| if *rank < low.1 { (at, *rank) } else { low };
            let (at, rank) = self.ranks.iter().enumerate().fold((0, NONE), lower);
            if rank == NONE {
                return count;
            }
            self.join(at);
            count -= 1;
        }
    }

    /// Takes `n log n` steps. A pair that is no more stays in the heap until it is on top, where its rank is not the one that
    /// its first byte has now.
    fn merge_by_heap(mut self) -> usize {
        let mut count = self.piece.len();
        let mut heap: BinaryHeap<_> = (0..count).filter_map(|at| self.pair(at)).collect();
        while let Some(Reverse(pair)) = heap.pop() {
            let at = (pair & FIRST) as usize;
            if self.pair(at) != Some(Reverse(pair)) {
                continue;
            }
            let before = self.join(at);
            count -= 1;
            heap.extend(self.pair(at));
            heap.extend(before.and_then(|before| self.pair(before)));
        }
        count
    }

    /// The pair whose left part begins at a byte, as one number that is lower for a pair that is merged before others.
    fn pair(&self, at: usize) -> Option<Reverse<u64>> {
        let rank = self.ranks[at];
        (rank != NONE).then_some(Reverse(u64::from(rank) << FIRST.count_ones() | at as u64))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::hash::hash;
    use super::super::table::O200K_BASE;
    use super::*;

    fn rank(token: &[u8]) -> Option<u32> {
        O200K_BASE.rank(token, hash(token))
    }

    #[test]
    fn both_ways_give_the_same_count() {
        let text = "AntidisestablishmentarianismusDonaudampfschifffahrtsgesellschaftskapit\u{e4}nzzzzzzzzzz".repeat(2);
        for from in 0..text.len() {
            for to in from + 1..=text.len().min(from + SHORT) {
                let piece = &text.as_bytes()[from..to];
                let (mut sizes, mut ranks) = (vec![1; piece.len()], vec![NONE; piece.len()]);
                let by_heap = Parts::new(piece, rank, &mut sizes, &mut ranks).merge_by_heap();
                assert_eq!(count(piece, rank), by_heap, "{:?}", String::from_utf8_lossy(piece));
            }
        }
    }

    /// Every pair that is put on the heap was looked up, so this bounds the heap too.
    #[test]
    fn a_piece_takes_less_than_three_look_ups_a_byte() {
        for pattern in ["a", "ab", " ", "=", "-*", "Donaudampfschiff", "\u{4e2d}", "\u{301}", "qzj"] {
            for size in [1 << 10, 1 << 17] {
                let looked = Cell::new(0);
                let counted = |token: &[u8]| {
                    looked.set(looked.get() + 1);
                    rank(token)
                };
                count(pattern.repeat(size / pattern.len()).as_bytes(), counted);
                assert!(looked.get() < 3 * size, "{pattern}: {} for {size} bytes", looked.get());
            }
        }
    }
}
