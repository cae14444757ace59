//! The hash of a token's bytes. The build script places tokens by it and a lookup finds them by it, so both compile this
//! file. Short strings are all that is hashed, and nobody outside chooses the keys of the table.

/// Bytes of the longest token. No table has a longer one; the build script checks it.
pub const LONGEST: usize = 128;

/// Bits of an entry of the table that are the rank. The bits above are part of the hash.
pub const RANK_BITS: u32 = 18;

/// An entry of the table that no token has taken.
pub const EMPTY: u32 = u32::MAX;

/// Tokens in a row that share the start of their bytes, see `Table::start`.
pub const BLOCK: usize = 64;

const FACTORS: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93];

/// The hash of all bytes.
pub fn hash(bytes: &[u8]) -> u64 {
    let mut state = bytes.len() as u64;
    let mut rest = bytes;
    while rest.len() > WORDS {
        state = mix([state ^ word(rest, 0), word(rest, 8)]);
        rest = &rest[WORDS..];
    }
    let [low, high] = words(rest);
    mix([state ^ low, high])
}

/// At most so many bytes are two words.
pub const WORDS: usize = 16;

/// The bytes as two words, which overlap where the bytes are few. No two strings of the same size have the same words.
#[inline]
pub fn words(bytes: &[u8]) -> [u64; 2] {
    match bytes.len() {
        0 => [0, 0],
        size @ 1..4 => [u64::from(bytes[0]), u64::from(bytes[size / 2]) << 8 | u64::from(bytes[size - 1])],
        size @ 4..8 => [half(bytes, 0), half(bytes, size - 4)],
        size => [word(bytes, 0), word(bytes, size - 8)],
    }
}

/// Where the search for a hash begins in a table of so many entries.
pub fn place(hash: u64, entries: usize) -> usize {
    ((u128::from(hash) * entries as u128) >> 64) as usize
}

/// The part of a hash that an entry holds.
pub fn mark(hash: u64) -> u32 {
    (hash as u32) << RANK_BITS
}

fn mix([a, b]: [u64; 2]) -> u64 {
    let product = u128::from(a ^ FACTORS[0]) * u128::from(b ^ FACTORS[1]);
    product as u64 ^ (product >> 64) as u64
}

fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

fn half(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")))
}
