//! The ranks of an encoding's tokens, read in place from the binary. The build script lays the table out (`build/ranks.rs`).

use super::hash::{BLOCK, EMPTY, LONGEST, RANK_BITS, mark, place};

/// Which bytes are a token, and the token's rank: pairs of lower rank are merged first.
pub struct Table {
    slots: &'static [[u8; 4]],
    blocks: &'static [[u8; 4]],
    starts: &'static [[u8; 2]],
    bytes: &'static [u8],
}

macro_rules! table {
    ($name:literal) => {
        Table {
            slots: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".slots")).as_chunks().0,
            blocks: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".blocks")).as_chunks().0,
            starts: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".starts")).as_chunks().0,
            bytes: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".bytes")),
        }
    };
}

pub static O200K_BASE: Table = table!("o200k_base");
pub static CL100K_BASE: Table = table!("cl100k_base");

impl Table {
    /// The rank of a token, by its bytes and their hash.
    pub fn rank(&self, token: &[u8], hash: u64) -> Option<u32> {
        if token.len() > LONGEST {
            return None;
        }
        let mark = mark(hash);
        let mut at = place(hash, self.slots.len());
        loop {
            let slot = u32::from_le_bytes(self.slots[at]);
            if slot == EMPTY {
                return None;
            }
            let rank = slot & ((1 << RANK_BITS) - 1);
            if slot ^ rank == mark && self.token(rank as usize) == token {
                return Some(rank);
            }
            at = if at + 1 == self.slots.len() { 0 } else { at + 1 };
        }
    }

    fn token(&self, rank: usize) -> &'static [u8] {
        &self.bytes[self.start(rank)..self.start(rank + 1)]
    }

    /// Where the bytes of a rank begin: two bytes for each rank, and four for each block of them.
    fn start(&self, rank: usize) -> usize {
        u32::from_le_bytes(self.blocks[rank / BLOCK]) as usize + usize::from(u16::from_le_bytes(self.starts[rank]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::hash;
    use super::*;

    #[test]
    fn every_token_has_its_rank_and_nothing_else_has_one() {
        for (table, size) in [(&O200K_BASE, 199_998), (&CL100K_BASE, 100_256)] {
            assert_eq!(table.starts.len(), size + 1);
            for rank in 0..size {
                let token = table.token(rank);
                assert_eq!(table.rank(token, hash(token)), Some(rank as u32));
            }
            for no_token in [&b""[..], b"\xff\xff", b"qzjx", &[b' '; LONGEST + 1]] {
                assert_eq!(table.rank(no_token, hash(no_token)), None);
                // Not even if the hash says so.
                assert_eq!(table.rank(no_token, hash(b"the")), None);
            }
        }
    }
}
