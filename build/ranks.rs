//! The table of one encoding, as four files: `slots` (open addressing: which rank has a token of this hash), `bytes` (of all
//! tokens by rank), and `blocks` with `starts` (where the bytes of a rank begin). Numbers are little-endian.

use tiktoken_rs::CoreBPE;

use crate::hash::{BLOCK, EMPTY, LONGEST, RANK_BITS, hash, mark, place};
use crate::{Files, Result};

/// Entries for every three tokens. Emptier tables are larger, fuller ones take longer to say that there is no such token.
const ENTRIES: usize = 5;

pub fn files(name: &str, encoding: &CoreBPE) -> Result<Files> {
    let tokens = tokens(encoding)?;
    let (blocks, starts) = starts(&tokens)?;
    let parts = [("slots", slots(&tokens)?), ("blocks", blocks), ("starts", starts), ("bytes", tokens.concat())];
    Ok(parts.map(|(part, bytes)| (format!("{name}.{part}"), bytes)).into())
}

/// The bytes of each token by rank.
fn tokens(encoding: &CoreBPE) -> Result<Vec<Vec<u8>>> {
    let special = encoding.special_tokens();
    let is_special = |bytes: &Vec<u8>| str::from_utf8(bytes).is_ok_and(|text| special.contains(text));
    let token = |rank| encoding.decode_bytes(&[rank]).ok().filter(|bytes| !is_special(bytes));
    let tokens: Vec<Vec<u8>> = (0..).map_while(token).collect();
    let highest = (1 << RANK_BITS) - 1;
    if tokens.len() >= highest as usize || (tokens.len() as u32..=highest).any(|rank| token(rank).is_some()) {
        return Err("the ranks of an encoding have a gap or take more bits than an entry has".into());
    }
    match tokens.iter().find(|token| token.is_empty() || token.len() > LONGEST) {
        Some(token) => Err(format!("a token has {} bytes", token.len()).into()),
        None => Ok(tokens),
    }
}

/// The lowest ranks are the most frequent tokens. They are placed first, so they lie where their search begins.
fn slots(tokens: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut slots = vec![EMPTY; tokens.len() * ENTRIES / 3];
    for (rank, token) in tokens.iter().enumerate() {
        let hash = hash(token);
        let mut at = place(hash, slots.len());
        while slots[at] != EMPTY {
            at = (at + 1) % slots.len();
        }
        slots[at] = mark(hash) | u32::try_from(rank)?;
    }
    Ok(slots.into_iter().flat_map(u32::to_le_bytes).collect())
}

/// Where the bytes of each block of ranks begin, and by how much each rank and the end are behind the begin of their block.
fn starts(tokens: &[Vec<u8>]) -> Result<(Vec<u8>, Vec<u8>)> {
    let (mut blocks, mut starts) = (Vec::new(), Vec::new());
    let (mut at, mut block) = (0, 0);
    for rank in 0..=tokens.len() {
        if rank % BLOCK == 0 {
            block = at;
            blocks.extend(u32::try_from(block)?.to_le_bytes());
        }
        starts.extend(u16::try_from(at - block)?.to_le_bytes());
        at += tokens.get(rank).map_or(0, Vec::len);
    }
    Ok((blocks, starts))
}
